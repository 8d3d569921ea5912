"""Savings and risk of replayed policies against ratable buying, from their bills.

Prices are ¢/lb, money is USD; intervals come from a block bootstrap over the months.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from oilseer.decisions.replay import Bill, ReplayTerms
from oilseer.errors import ConfigError
from oilseer.market.units import usd
from oilseer.metrics import (
    expected_shortfall,
    joint_intervals,
    mean_interval,
    reality_check,
    shortfall_change_interval,
)
from oilseer.reference.regimes import regime_calendar, regime_places

NOMINAL = 0.9
THREE_YEARS = 36


@dataclass(frozen=True)
class PolicyScore:
    """One policy against ratable buying; savings are positive where it paid less.

    low, high                    90 % interval of `saving_vs_ratable_cents_lb`
    low_deflated, high_deflated  the same, holding for all policies tried at once (max-statistic bootstrap)
    share_of_ceiling             its saving over that of perfect foresight; None where that saves nothing
    cvar95_overrun_change        ratio, −0.2 = a fifth lower than ratable's; None where ratable's is not positive;
                                 with its 90 % interval, _low and _high
    worst_three_years_saving_ratio  least saving over ratable's cost in any 36 months; None for a shorter replay
    saving_by_regime_cents_per_lb   by the named regime in which the month of need begins
    """

    policy: str
    cost_cents_per_lb: float
    saving_vs_ratable_cents_lb: float
    low: float
    high: float
    low_deflated: float
    high_deflated: float
    saving_ratio: float
    saving_usd_per_year: float
    share_of_ceiling: float | None
    cvar95_overrun_cents_per_lb: float
    cvar95_overrun_change: float | None
    cvar95_overrun_change_low: float | None
    cvar95_overrun_change_high: float | None
    worst_year: int
    worst_year_saving_cents_per_lb: float
    worst_three_years_saving_ratio: float | None
    saving_by_year_cents_per_lb: dict[int, float]
    saving_by_regime_cents_per_lb: dict[str, float]
    forward_ratio: float
    bought_lb: float


@dataclass(frozen=True)
class ReplayReport:
    """Scores of all policies over the same months.

    n_policies_tried  all that are shown but ratable, the reference, and foresight, the ceiling
    reality_check_p   p value that none of them costs less than ratable buying, however good the best one looks
    """

    first_month: date
    last_month: date
    month_count: int
    n_policies_tried: int
    reality_check_p: float
    nominal: float
    needed_lb: float
    ceiling_saving_cents_per_lb: float
    terms: ReplayTerms
    policies: tuple[PolicyScore, ...]

    def to_dict(self) -> dict:
        """Plain numbers and ISO dates for JSON."""
        return asdict(self) | {"first_month": str(self.first_month), "last_month": str(self.last_month)}


def report(
    bills: Sequence[Bill],
    terms: ReplayTerms,
    budget_cents_per_lb: np.ndarray | None = None,
    seed: int = 0,
) -> ReplayReport:
    """Compare `bills` of `replay`, which must hold `ratable` and `foresight`.

    budget_cents_per_lb  (n_months,) to measure overruns against; None: what full cover paid, the price at
                         which each month could first be locked, so bills must then hold `full_cover` too

    Raises ConfigError for a missing bill, bills of other months, or pounds bought that differ from the need.
    """
    by_name = {bill.name: bill for bill in bills}
    missing = {"ratable", "foresight"} | ({"full_cover"} if budget_cents_per_lb is None else set())
    if missing - set(by_name):
        raise ConfigError(f"replay has bills of {sorted(by_name)}: {sorted(missing - set(by_name))} needed to compare")
    reference = by_name["ratable"]
    need = np.full(len(reference.starts), terms.need_lb_month)
    for bill in bills:
        if not np.array_equal(bill.starts, reference.starts) or not np.allclose(bill.bought_lb, need, rtol=1e-12):
            raise ConfigError(f"bill of {bill.name} covers other months or pounds than ratable: replay them together")
    budget = by_name["full_cover"].cost_cents_per_lb if budget_cents_per_lb is None else np.asarray(budget_cents_per_lb)
    base = reference.cost_cents_per_lb
    ceiling = float((base - by_name["foresight"].cost_cents_per_lb).mean())
    tried = [bill for bill in bills if bill.name not in ("ratable", "foresight")]
    costs = np.column_stack([bill.cost_cents_per_lb for bill in tried])
    # Purchases of months_ahead months share prices: that many months move together.
    joint = joint_intervals(base[:, None] - costs, terms.months_ahead, NOMINAL, seed=seed)
    deflated = {bill.name: (float(low), float(high)) for bill, low, high in zip(tried, *joint, strict=True)}
    scores = [_score(bill, reference, budget, ceiling, terms, deflated.get(bill.name), seed) for bill in bills]
    return ReplayReport(
        first_month=reference.starts[0].astype(object),
        last_month=reference.starts[-1].astype(object),
        month_count=len(need),
        n_policies_tried=len(tried),
        reality_check_p=reality_check(base, costs, terms.months_ahead, seed=seed),
        nominal=NOMINAL,
        needed_lb=float(need.sum()),
        ceiling_saving_cents_per_lb=ceiling,
        terms=terms,
        policies=tuple(scores),
    )


def _score(
    bill: Bill,
    reference: Bill,
    budget: np.ndarray,
    ceiling: float,
    terms: ReplayTerms,
    deflated: tuple[float, float] | None,
    seed: int,
) -> PolicyScore:
    """Score of one bill; reference and ceiling are no claims, so nothing of theirs is deflated."""
    cost, base = bill.cost_cents_per_lb, reference.cost_cents_per_lb
    saving = base - cost
    low, high = mean_interval(saving, terms.months_ahead, NOMINAL, seed=seed)
    low_deflated, high_deflated = deflated or (low, high)
    years = bill.starts.astype("datetime64[Y]").astype(int) + 1970
    by_year = {int(year): float(saving[years == year].mean()) for year in np.unique(years)}
    regimes = np.array([regime_calendar()[place].regime for place in regime_places(bill.starts)])
    by_regime = {str(name): float(saving[regimes == name].mean()) for name in dict.fromkeys(regimes)}
    worst_year = min(by_year, key=by_year.__getitem__)
    overrun, usual = expected_shortfall(cost - budget), expected_shortfall(base - budget)
    change: tuple[float | None, ...] = (None, None, None)
    if usual > 0:
        change = (
            overrun / usual - 1,
            *shortfall_change_interval(cost - budget, base - budget, terms.months_ahead, NOMINAL, seed=seed),
        )
    three = np.convolve(saving, np.ones(THREE_YEARS), "valid") / np.convolve(base, np.ones(THREE_YEARS), "valid")
    return PolicyScore(
        policy=bill.name,
        cost_cents_per_lb=float(cost.mean()),
        saving_vs_ratable_cents_lb=float(saving.mean()),
        low=low,
        high=high,
        low_deflated=low_deflated,
        high_deflated=high_deflated,
        saving_ratio=float(saving.mean() / base.mean()),
        saving_usd_per_year=usd(float(saving.mean()), 12 * terms.need_lb_month),
        share_of_ceiling=float(saving.mean() / ceiling) if ceiling > 0 else None,
        cvar95_overrun_cents_per_lb=overrun,
        cvar95_overrun_change=change[0],
        cvar95_overrun_change_low=change[1],
        cvar95_overrun_change_high=change[2],
        worst_year=worst_year,
        worst_year_saving_cents_per_lb=by_year[worst_year],
        worst_three_years_saving_ratio=float(three.min()) if len(saving) >= THREE_YEARS else None,
        saving_by_year_cents_per_lb=by_year,
        saving_by_regime_cents_per_lb=by_regime,
        forward_ratio=float(bill.forward_lb.sum() / bill.bought_lb.sum()),
        bought_lb=float(bill.bought_lb.sum()),
    )
