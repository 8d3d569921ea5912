"""What a pound costs, bought now or in its month, and the risk of the whole bill.

Made from price paths and the buyer's policy; prices in ¢/lb with the basis, bills in USD.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oilseer.decisions.calendar import MonthSpan
from oilseer.decisions.policy import SESSIONS_PER_MONTH, CoverPolicy
from oilseer.errors import ConfigError
from oilseer.market.units import usd
from oilseer.metrics import expected_shortfall


@dataclass(frozen=True)
class CostRisk:
    """Cost of the whole need, over scenarios: USD, and ¢/lb of need."""

    expected_usd: float
    cvar95_usd: float
    expected_cents_per_lb: float
    cvar95_cents_per_lb: float
    probability_above_budget: float | None


def monthly_prices(paths: np.ndarray, spans: Sequence[MonthSpan]) -> np.ndarray:
    """Average front price of each month by path, ¢/lb; (n, months).

    A last month of which the paths miss some sessions is the average of those they reach: a year of months may
    hold a session or two more than the longest forecast. Raises ConfigError where they miss it whole.
    """
    reached = paths.shape[1] - 1
    if paths.ndim != 2 or spans[-1].start >= reached:
        raise ConfigError(
            f"paths reach {reached} sessions ahead, the month of {spans[-1].month:%Y-%m} begins after "
            f"{spans[-1].start}: draw longer paths or give fewer months of need"
        )
    return np.column_stack([paths[:, span.start + 1 : span.end + 1].mean(axis=1) for span in spans])


def locked_prices(
    spot: float, policy: CoverPolicy, spans: Sequence[MonthSpan], curve_cents_per_lb: np.ndarray | None = None
) -> np.ndarray:
    """Price at which each month can be bought today, basis included, ¢/lb; (months,). Raises ConfigError."""
    if curve_cents_per_lb is None:
        elapsed = np.array([span.middle for span in spans]) / SESSIONS_PER_MONTH
        board = spot * (1 + policy.carry_rate * elapsed / 12) + policy.storage_cents_per_lb_month * elapsed
    else:
        board = np.asarray(curve_cents_per_lb, float)
        if board.shape != (policy.months,) or not (np.isfinite(board) & (board > 0)).all():
            raise ConfigError(f"curve has shape {board.shape}, expected {policy.months} positive prices, one a month")
    return board + policy.basis


def costs_cents(
    prices: np.ndarray, locked: np.ndarray, bought: np.ndarray, policy: CoverPolicy, spot: float
) -> np.ndarray:
    """Cost of each month's need by scenario where `bought` (months,) lb are bought now, ¢; (n, months)."""
    floating = policy.need - policy.covered - bought
    return policy.covered_prices(spot) * policy.covered + locked * bought + prices * floating


def cost_risk(prices: np.ndarray, locked: np.ndarray, bought: np.ndarray, policy: CoverPolicy, spot: float) -> CostRisk:
    """Cost of the whole need where `bought` (months,) lb are bought now and the rest in its month."""
    total = float(policy.need.sum())
    per_lb = costs_cents(prices, locked, bought, policy, spot).sum(axis=1) / total
    expected, tail, budget = float(per_lb.mean()), expected_shortfall(per_lb), policy.budget_cents_per_lb
    above = None if budget is None else float((per_lb > budget).mean())
    return CostRisk(usd(expected, total), usd(tail, total), expected, tail, above)


def edge_of_locking(
    prices: np.ndarray, locked: np.ndarray, pounds: np.ndarray, open_lb: np.ndarray
) -> tuple[float, float]:
    """What locking `pounds` of `open_lb` does, both (months,): ¢/lb of those pounds, zeros where there are none.

    First its mean cost over waiting, then what it takes off the mean of the dearest 5 % of outcomes.
    """
    total = float(pounds.sum())
    if total <= 0:
        return 0.0, 0.0
    extra = float((locked - prices.mean(axis=0)) @ pounds) / total
    relief = expected_shortfall(prices @ open_lb) - expected_shortfall(prices @ (open_lb - pounds) + locked @ pounds)
    return extra, relief / total


def regret_usd(cents: np.ndarray) -> float:
    """The loss exceeded in one of ten scenarios, USD, 0 or more, from `cents` (n,) lost."""
    return max(0.0, float(np.quantile(cents, 0.9)) / 100)
