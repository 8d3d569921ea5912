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
from oilseer.metrics import expected_shortfall, mean_interval

NOMINAL = 0.9
THREE_YEARS = 36


@dataclass(frozen=True)
class PolicyScore:
    """One policy against ratable buying; savings are positive where it paid less.

    low, high                    90 % interval of `saving_vs_ratable_cents_lb`
    low_deflated, high_deflated  the same after Bonferroni for all policies tried
    share_of_ceiling             its saving over that of perfect foresight; None where that saves nothing
    cvar95_overrun_change        ratio, −0.2 = a fifth lower than ratable's; None where ratable's is not positive
    worst_three_years_saving_ratio  least saving over ratable's cost in any 36 months; None for a shorter replay
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
    worst_year: int
    worst_year_saving_cents_per_lb: float
    worst_three_years_saving_ratio: float | None
    saving_by_year_cents_per_lb: dict[int, float]
    forward_ratio: float
    bought_lb: float


@dataclass(frozen=True)
class ReplayReport:
    """Scores of all policies over the same months; `n_policies_tried` counts also those not shown."""

    first_month: date
    last_month: date
    month_count: int
    n_policies_tried: int
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
    n_policies_tried: int | None = None,
    seed: int = 0,
) -> ReplayReport:
    """Compare `bills` of `replay`, which must hold `ratable` and `foresight`.

    budget_cents_per_lb  (n_months,) to measure overruns against; None: what full cover paid, the price at
                         which each month could first be locked, so bills must then hold `full_cover` too
    n_policies_tried     all rules and settings ever tried on this history, shown or not; None: those given

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
    shown = [bill for bill in bills if bill.name not in ("ratable", "foresight")]
    tried = len(shown) if n_policies_tried is None else n_policies_tried
    if tried < len(shown):
        raise ConfigError(f"{len(shown)} policies shown, {tried} said to be tried: count every one")
    budget = by_name["full_cover"].cost_cents_per_lb if budget_cents_per_lb is None else np.asarray(budget_cents_per_lb)
    ceiling = float((reference.cost_cents_per_lb - by_name["foresight"].cost_cents_per_lb).mean())
    scores = [_score(bill, reference, budget, ceiling, terms, max(tried, 1), seed) for bill in bills]
    return ReplayReport(
        first_month=reference.starts[0].astype(object),
        last_month=reference.starts[-1].astype(object),
        month_count=len(need),
        n_policies_tried=tried,
        nominal=NOMINAL,
        needed_lb=float(need.sum()),
        ceiling_saving_cents_per_lb=ceiling,
        terms=terms,
        policies=tuple(scores),
    )


def _score(
    bill: Bill, reference: Bill, budget: np.ndarray, ceiling: float, terms: ReplayTerms, tried: int, seed: int
) -> PolicyScore:
    """Score of one bill."""
    cost, base = bill.cost_cents_per_lb, reference.cost_cents_per_lb
    saving = base - cost
    # Purchases of months_ahead months share prices: that many months move together.
    low, high = mean_interval(saving, terms.months_ahead, NOMINAL, seed=seed)
    deflated = mean_interval(saving, terms.months_ahead, 1 - (1 - NOMINAL) / tried, draws=4_000, seed=seed)
    years = bill.starts.astype("datetime64[Y]").astype(int) + 1970
    by_year = {int(year): float(saving[years == year].mean()) for year in np.unique(years)}
    worst_year = min(by_year, key=by_year.__getitem__)
    overrun, usual = expected_shortfall(cost - budget), expected_shortfall(base - budget)
    three = np.convolve(saving, np.ones(THREE_YEARS), "valid") / np.convolve(base, np.ones(THREE_YEARS), "valid")
    return PolicyScore(
        policy=bill.name,
        cost_cents_per_lb=float(cost.mean()),
        saving_vs_ratable_cents_lb=float(saving.mean()),
        low=low,
        high=high,
        low_deflated=deflated[0],
        high_deflated=deflated[1],
        saving_ratio=float(saving.mean() / base.mean()),
        saving_usd_per_year=usd(float(saving.mean()), 12 * terms.need_lb_month),
        share_of_ceiling=float(saving.mean() / ceiling) if ceiling > 0 else None,
        cvar95_overrun_cents_per_lb=overrun,
        cvar95_overrun_change=overrun / usual - 1 if usual > 0 else None,
        worst_year=worst_year,
        worst_year_saving_cents_per_lb=by_year[worst_year],
        worst_three_years_saving_ratio=float(three.min()) if len(saving) >= THREE_YEARS else None,
        saving_by_year_cents_per_lb=by_year,
        forward_ratio=float(bill.forward_lb.sum() / bill.bought_lb.sum()),
        bought_lb=float(bill.bought_lb.sum()),
    )
