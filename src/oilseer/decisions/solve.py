"""The cover schedule that minimises expected cost + λ · CVaR95 of the cost, over price scenarios.

A linear program (Rockafellar & Uryasev 2000) solved by cutting planes with HiGHS, exact for all scenarios.
"""

import numpy as np
from scipy.optimize import linprog

from oilseer.decisions.policy import CoverPolicy, purchase_bounds
from oilseer.errors import ModelError

LEVEL = 0.95
TOLERANCE = 1e-10  # of the total cost
MAX_CUTS = 400


def recommended_purchases(prices: np.ndarray, locked: np.ndarray, policy: CoverPolicy) -> np.ndarray:
    """`cheapest_purchases` within a policy's bounds and at its λ, before rounding to contracts; (months,) lb."""
    least, most = purchase_bounds(policy)
    return cheapest_purchases(prices, locked, policy.need - policy.covered, least, most, policy.risk_weight)


def cheapest_purchases(
    prices: np.ndarray,
    locked: np.ndarray,
    open_lb: np.ndarray,
    least: np.ndarray,
    most: np.ndarray,
    risk_weight: float,
    level: float = LEVEL,
) -> np.ndarray:
    """Pounds to buy now for each month; (months,).

    prices    (n, months)  what a pound costs if bought in its month, by scenario, ¢/lb
    locked    (months,)    what it costs if bought now, ¢/lb
    open_lb   (months,)    pounds still open, of which the rest is bought in its month
    least     (months,)    least pounds bought now through each month (running total)
    most      (months,)    most pounds bought now for each month

    The CVaR is the greatest mean cost over any (1 − level) n scenarios; each cut adds the worst set of
    the last answer (Künzi-Bay & Mayer 2006), until the program's bound meets the answer's true
    cost. That is the same optimum as with one row per scenario, some ten times sooner. Raises ModelError.
    """
    expected = prices.mean(axis=0)
    worst = max(1, round((1 - level) * len(prices)))
    scale = max(float(open_lb.max()), 1.0)  # in units of the largest month the program is well scaled
    months, room, limit = len(locked), open_lb / scale, most / scale
    running = np.hstack([-np.tril(np.ones((months, months))), np.zeros((months, 1))])
    objective = np.append(locked - expected, risk_weight)
    cuts, cut_values = [], []
    best, answer = np.inf, limit
    purchases = limit  # feasible whenever anything is
    for _ in range(MAX_CUTS):
        cost = prices @ (room - purchases) + locked @ purchases
        tail = prices[np.argpartition(cost, len(cost) - worst)[-worst:]].mean(axis=0)
        cuts.append(np.append(locked - tail, -1.0))
        cut_values.append(-(tail @ room))
        value = objective @ np.append(purchases, tail @ (room - purchases) + locked @ purchases)
        if value < best:
            best, answer = value, purchases
        program = linprog(
            objective,
            A_ub=np.vstack([running, *cuts]),
            b_ub=np.concatenate([-least / scale, cut_values]),
            bounds=[(0.0, bound) for bound in limit] + [(None, None)],
            method="highs",
        )
        if program.status != 0:
            raise ModelError(
                f"the cover schedule could not be solved: {program.message} (HiGHS status {program.status})"
            )
        if best - program.fun <= TOLERANCE * max(abs(expected @ room), 1.0):
            return np.clip(answer, 0, limit) * scale
        purchases = program.x[:-1]
    raise ModelError(f"the cover schedule is not solved after {MAX_CUTS} cuts: {best - program.fun:.3g} apart")


def whole_lots(purchases: np.ndarray, least: np.ndarray, most: np.ndarray, lot_lb: float) -> np.ndarray:
    """Contracts to buy now for each month; (months,) ints, from pounds with the bounds of `cheapest_purchases`.

    Pounds are rounded along the running total, so that the sum is off by half a contract at most and a month's
    rest moves to the next one; then the minimum is met where the maxima so far allow a whole contract.
    """
    slack = 1e-6 * lot_lb  # the solver's last digits must not cost or save a contract
    running = np.floor((np.cumsum(purchases) + slack) / lot_lb + 0.5)
    running = np.maximum(running, np.ceil((least - slack) / lot_lb))
    running = np.minimum(running, np.floor((np.cumsum(most) + slack) / lot_lb))
    return np.diff(np.maximum.accumulate(running), prepend=0).astype(int)
