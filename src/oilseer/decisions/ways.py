"""What the whole need costs by scenario in three ways: the plan, ratable buying, and nothing bought ahead.

From the same price paths, so that the ways differ by what is bought when and by nothing else.
"""

from itertools import pairwise

import numpy as np

from oilseer.decisions.costs import costs_cents
from oilseer.decisions.policy import CoverPolicy
from oilseer.metrics import expected_shortfall

BINS = 40
COST_UNITS = {
    "cents_per_lb": "¢/lb of the whole need, basis included",
    "count": "scenarios whose cost lies from `from` up to `to`",
    "probability": "0 to 1",
    "saving": "¢/lb that the plan costs less than the way, scenario by scenario",
}


def ways(
    prices: np.ndarray, locked: np.ndarray, bought: np.ndarray, policy: CoverPolicy, spot: float
) -> dict[str, np.ndarray]:
    """Mean cost of a pound of the whole need by way and scenario, ¢/lb; (n,) each.

    prices  (n, months)  average price of each month, basis included
    locked  (months,)    price today of each month, basis included
    bought  (months,)    pounds that the plan buys today

    Ratable buying takes what is open of the month k ahead in k + 1 equal parts, one a month from now to it, each at
    that month's average; a later month costs as much more or less than a nearer one as it does today.
    """
    total = float(policy.need.sum())
    nothing = np.zeros(policy.months)
    return {
        "plan": costs_cents(prices, locked, bought, policy, spot).sum(axis=1) / total,
        "ratable": _ratable(prices, locked, policy, spot) / total,
        "nothing": costs_cents(prices, locked, nothing, policy, spot).sum(axis=1) / total,
    }


def compared(costs: dict[str, np.ndarray], budget: float | None) -> dict:
    """Mean, tails, chance above the budget and saving of the plan by way, and how often each cost comes."""
    whole = np.concatenate(list(costs.values()))
    edges = np.linspace(*np.quantile(whole, (0.001, 0.999)), BINS + 1)
    counts = {name: np.histogram(np.clip(cost, edges[0], edges[-1]), edges)[0] for name, cost in costs.items()}
    return {
        "budget_cents_per_lb": budget,
        "scenario_count": len(costs["plan"]),
        "ways": [_way(name, cost, costs["plan"], budget) for name, cost in costs.items()],
        "distribution": [
            {"from_cents_per_lb": float(low), "to_cents_per_lb": float(high)}
            | {f"count_{name}": int(found[place]) for name, found in counts.items()}
            for place, (low, high) in enumerate(pairwise(edges))
        ],
    }


def _way(name: str, cost: np.ndarray, plan: np.ndarray, budget: float | None) -> dict:
    low, median, high = np.quantile(cost, (0.1, 0.5, 0.9)).tolist()
    saving = cost - plan
    return {
        "way": name, "expected_cents_per_lb": float(cost.mean()), "p10_cents_per_lb": low,
        "median_cents_per_lb": median, "p90_cents_per_lb": high, "cvar95_cents_per_lb": expected_shortfall(cost),
        "probability_above_budget": None if budget is None else float((cost > budget).mean()),
        "saving_expected_cents_per_lb": float(saving.mean()),
        "saving_p10_cents_per_lb": float(np.quantile(saving, 0.1)),
        "saving_p90_cents_per_lb": float(np.quantile(saving, 0.9)),
        "probability_plan_cheaper": float((saving > 0).mean()),
    }  # fmt: skip


def _ratable(prices: np.ndarray, locked: np.ndarray, policy: CoverPolicy, spot: float) -> np.ndarray:
    """Cost of the whole need by scenario, ¢; (n,)."""
    board, rest = locked - policy.basis, policy.need - policy.covered
    part = rest / (np.arange(policy.months) + 1)
    parts = np.triu(np.outer(1 / board, board * part))  # what month k buys in month j ≤ k, in pounds of month j's price
    fixed = policy.covered_prices(spot) @ policy.covered + policy.basis @ rest
    return (prices - policy.basis) @ parts.sum(axis=1) + fixed
