"""How much to buy now for each month ahead: the cover plan, from price paths and the buyer's policy.

Buying now locks a month's price at today's front (or futures curve) plus the cost of carrying it; whatever
stays open floats and is bought in its month at that month's average price.
"""

from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from oilseer.decisions import action as actions
from oilseer.decisions.calendar import MonthSpan, month_spans
from oilseer.decisions.costs import (
    CostRisk,
    cost_risk,
    costs_cents,
    edge_of_locking,
    locked_prices,
    monthly_prices,
    regret_usd,
)
from oilseer.decisions.policy import CoverPolicy, purchase_bounds
from oilseer.decisions.solve import recommended_purchases, whole_lots
from oilseer.decisions.tripwires import SignalTripwire, Tripwire, tripwires
from oilseer.market import sessions


@dataclass(frozen=True)
class MonthCover:
    """One calendar month of the grid, from its first session that is left. Prices include the basis.

    `probability_above_budget` is of the whole month's cost a pound, with what is covered and bought today.
    Contracts are whole, so a month may get a part of one too many: its open pounds are then negative, and
    the next month gets that much less.
    """

    month: int
    calendar_month: str
    first_session: date
    last_session: date
    need_lb: float
    covered_lb: float
    buy_now_lb: float
    buy_now_contracts: int
    open_lb: float
    locked_cents_per_lb: float
    expected_cents_per_lb: float
    p10_cents_per_lb: float
    p90_cents_per_lb: float
    probability_above_budget: float | None


@dataclass(frozen=True)
class CoverPlan:
    """The answer of one day. Cover ratios are pounds covered over pounds needed in all months.

    before, after          cost without and with today's purchase
    buying_regret_usd      what the purchase costs over waiting, if prices fall: exceeded in 1 of 10 scenarios
    waiting_regret_usd     what the open pounds cost over locking them today, if prices rise: the same
    valid_until            the answer stands to this session, unless a tripwire is crossed before
    covered_until          session at which all cover would be used up, if it is used in the order of need
    """

    as_of_date: date
    action: str
    sentence: str
    cover_ratio_before: float
    cover_ratio_after: float
    buy_lb: float
    buy_contracts: int
    valid_until: date
    covered_until: date
    spot_cents_per_lb: float
    risk_weight: float
    months: tuple[MonthCover, ...]
    ladder: tuple[actions.Rung, ...]
    tripwires: tuple[Tripwire, ...]
    signal_tripwires: tuple[SignalTripwire, ...]
    before: CostRisk
    after: CostRisk
    buying_regret_usd: float
    waiting_regret_usd: float
    scenario_count: int

    def to_dict(self) -> dict:
        """Plain numbers and ISO dates for JSON."""
        return _plain(asdict(self))


def plan(
    paths: np.ndarray,
    policy: CoverPolicy,
    as_of_date: date,
    curve_cents_per_lb: np.ndarray | None = None,
    signals: tuple[SignalTripwire, ...] = (),
) -> CoverPlan:
    """Cover plan at the close of `as_of_date`.

    paths               (n, sessions + 1) front price, ¢/lb, column 0 today's, to the last month of need
    curve_cents_per_lb  (months,) futures price for each month today; None: today's front plus carry and storage
    signals             what else would change the answer, told as it is

    For month m with need N, cover C and purchase x today, the cost in a scenario is
        C · price paid  +  x · locked_m  +  (N − C − x) · average front of the month in the scenario,
    both with the basis. `locked_m` is curve_m, or front · (1 + carry · t) + storage · t at mid-month t. Fixed
    today are x and C; all else floats. The x minimise E[cost] + λ · CVaR95[cost] within the policy's
    bounds, and are then rounded to contracts.

    What follows from that, and what does not: where the paths' mean equals the locked price, buying saves
    nothing on average and λ alone decides; with λ = 0 the answer is a bet on the forecast's mean. If every
    price of the paths is some ¢/lb higher and nothing else changes, the pounds advised are the same or
    more: the shift adds (1 + λ) · shift to the cost of each open pound, whatever the rest.

    Raises ConfigError where paths or curve do not reach the months of the policy.
    """
    spans = month_spans(as_of_date, policy.months)
    spot, prices = float(paths[0, 0]), monthly_prices(paths, spans) + policy.basis
    locked = locked_prices(spot, policy, spans, curve_cents_per_lb)
    least, most = purchase_bounds(policy)
    purchases = recommended_purchases(prices, locked, policy)
    contracts = whole_lots(purchases, least, most, policy.lot_lb)
    bought = contracts * policy.lot_lb
    rest = policy.need - policy.covered - bought
    total, covered = float(policy.need.sum()), float(policy.covered.sum())
    minimum = int(np.ceil((least[-1] - 1e-6 * policy.lot_lb) / policy.lot_lb))
    action = actions.choose(
        int(contracts.sum()), minimum, covered > 0, bought.sum() / total, policy.buy_step_ratio
    )  # fmt: skip
    used_up = actions.used_up_after(policy.need, covered + bought.sum(), spans)
    answer = {
        "cover_ratio_before": covered / total,
        "cover_ratio_after": float((covered + bought.sum()) / total),
        "buy_lb": float(bought.sum()),
        "buy_contracts": int(contracts.sum()),
    }
    more = np.maximum(most - bought, 0.0)
    more *= more.sum() >= policy.lot_lb
    bigger = (bought, rest + bought) if action in ("BUY", "LADDER") else (more, rest)
    return CoverPlan(
        as_of_date=as_of_date,
        action=action,
        sentence=actions.sentence(action, answer, policy.months, *edge_of_locking(prices, locked, *bigger)),
        **answer,
        valid_until=sessions.ahead(as_of_date, policy.review_sessions),
        covered_until=sessions.ahead(as_of_date, used_up),
        spot_cents_per_lb=spot,
        risk_weight=policy.risk_weight,
        months=_grid(as_of_date, policy, spans, prices, locked, contracts, spot),
        ladder=actions.ladder(policy.need, policy.covered, bought, spans),
        tripwires=tripwires(paths, prices, policy, spans, curve_cents_per_lb),
        signal_tripwires=signals,
        before=cost_risk(prices, locked, 0 * bought, policy, spot),
        after=cost_risk(prices, locked, bought, policy, spot),
        buying_regret_usd=regret_usd((locked - prices) @ bought),
        waiting_regret_usd=regret_usd((prices - locked) @ rest),
        scenario_count=len(paths),
    )


def _grid(
    as_of_date: date,
    policy: CoverPolicy,
    spans: tuple[MonthSpan, ...],
    prices: np.ndarray,
    locked: np.ndarray,
    contracts: np.ndarray,
    spot: float,
) -> tuple[MonthCover, ...]:
    """The months' rows."""
    bought, above = contracts * policy.lot_lb, np.full(policy.months, None)
    if policy.budget_cents_per_lb is not None:
        costs = costs_cents(prices, locked, bought, policy, spot)
        above = (costs > policy.budget_cents_per_lb * policy.need).mean(axis=0)
    low, high = np.quantile(prices, [0.1, 0.9], axis=0)
    return tuple(
        MonthCover(
            month=month + 1,
            calendar_month=f"{span.month:%Y-%m}",
            first_session=sessions.ahead(as_of_date, span.start + 1),
            last_session=sessions.ahead(as_of_date, span.end),
            need_lb=float(policy.need[month]),
            covered_lb=float(policy.covered[month]),
            buy_now_lb=float(bought[month]),
            buy_now_contracts=int(contracts[month]),
            open_lb=float(policy.need[month] - policy.covered[month] - bought[month]),
            locked_cents_per_lb=float(locked[month]),
            expected_cents_per_lb=float(prices[:, month].mean()),
            p10_cents_per_lb=float(low[month]),
            p90_cents_per_lb=float(high[month]),
            probability_above_budget=None if above[month] is None else float(above[month]),
        )
        for month, span in enumerate(spans)
    )


def _plain(value: object) -> object:
    """Dates as ISO text, all the way down."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
