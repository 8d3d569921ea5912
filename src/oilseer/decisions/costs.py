"""What a pound costs, bought now or in its month, and the risk of the whole bill.

Made from price paths and the buyer's policy; prices in ¢/lb with the basis, bills in USD.
"""

from dataclasses import dataclass

import numpy as np

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


def monthly_prices(paths: np.ndarray, months: int) -> np.ndarray:
    """Average front price of each month (21 sessions) by path, ¢/lb; (n, months). Raises ConfigError."""
    needed = months * SESSIONS_PER_MONTH
    if paths.ndim != 2 or paths.shape[1] <= needed:
        raise ConfigError(
            f"paths have shape {paths.shape}, the policy plans {months} months: {needed} sessions and the origin are "
            "needed; draw longer paths or give fewer months of need"
        )
    return paths[:, 1 : needed + 1].reshape(len(paths), months, SESSIONS_PER_MONTH).mean(axis=2)


def locked_prices(spot: float, policy: CoverPolicy, curve_cents_per_lb: np.ndarray | None = None) -> np.ndarray:
    """Price at which each month can be bought today, basis included, ¢/lb; (months,). Raises ConfigError."""
    elapsed = np.arange(policy.months) + 0.5  # months from now to the middle of each month
    if curve_cents_per_lb is None:
        board = spot * (1 + policy.carry_rate * elapsed / 12) + policy.storage_cents_per_lb_month * elapsed
    else:
        board = np.asarray(curve_cents_per_lb, float)
        if board.shape != (policy.months,) or not (np.isfinite(board) & (board > 0)).all():
            raise ConfigError(f"curve has shape {board.shape}, expected {policy.months} positive prices, one a month")
    return board + policy.basis_cents_per_lb


def cost_risk(prices: np.ndarray, locked: np.ndarray, bought: np.ndarray, policy: CoverPolicy, spot: float) -> CostRisk:
    """Cost of the whole need where `bought` (months,) lb are bought now and the rest in its month."""
    paid = policy.covered_price_cents_per_lb
    paid = spot + policy.basis_cents_per_lb if paid is None else paid
    total = float(policy.need.sum())
    cents = paid * policy.covered.sum() + locked @ bought + prices @ (policy.need - policy.covered - bought)
    per_lb = cents / total
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
