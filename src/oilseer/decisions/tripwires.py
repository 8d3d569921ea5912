"""The front prices at which to decide again: where the plan itself would change, and where the forecast ends.

Found by solving the plan again at other prices of today, with the forecast unchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from oilseer.decisions.calendar import MonthSpan
from oilseer.decisions.costs import locked_prices
from oilseer.decisions.policy import SESSIONS_PER_MONTH, CoverPolicy
from oilseer.decisions.solve import recommended_purchases

REACH = 0.2  # searched up to 20 % from today's price
HALVINGS = 8  # to within 0.1 % of today's price


@dataclass(frozen=True)
class Tripwire:
    """A front price at which to decide again; `direction` is "above" or "below"."""

    price_cents_per_lb: float
    direction: str
    meaning: str


@dataclass(frozen=True)
class SignalTripwire:
    """A signal at which to decide again: what it says today, and the change that matters."""

    signal: str
    now: str
    change: str
    meaning: str


def signal_tripwires(risen_past: float, gate: str | None, gate_score: float | None) -> tuple[SignalTripwire, ...]:
    """Signals that turn what is advised or how sure it is.

    risen_past  trend of the held contract, −1 to 1, as `replay_policies.risen_past` measures it
    gate        CALM, STRESSED or CRISIS by ZL's volatility; gate_score its deviations; None where unknown
    """
    rising = risen_past > 0
    wires = [
        SignalTripwire(
            "trend of 3 to 12 months",
            f"{risen_past:+.2f} of −1 to 1",
            "below 0" if rising else "above 0",
            "the rise that called for buying sooner has ended" if rising else "a rise has begun: rises break budgets",
        )
    ]
    if gate is not None and gate_score is not None:
        change = "out of CALM, above 1" if gate == "CALM" else f"out of {gate}, into another"
        meaning = "the forecast weighs its models anew, and its bands change"
        wires.append(SignalTripwire("volatility gate", f"{gate} at {gate_score:+.1f}", change, meaning))
    return tuple(wires)


def tripwires(
    paths: np.ndarray,
    prices: np.ndarray,
    policy: CoverPolicy,
    spans: Sequence[MonthSpan],
    curve_cents_per_lb: np.ndarray | None = None,
) -> tuple[Tripwire, ...]:
    """Tripwires, ascending by price.

    paths   (n, sessions + 1) front price, ¢/lb
    prices  (n, months) average price of each month with the basis, ¢/lb, as in `cheapest_purchases`

    At most one below, where the cover advised grows by `buy_step_ratio` of the need, and one above, where it
    shrinks by as much (cover never grows with the price paid today, so halving finds them), and the
    P10 and P90 one month ahead.
    """
    month_ahead = min(SESSIONS_PER_MONTH, paths.shape[1] - 1)
    low, high = np.quantile(paths[:, month_ahead], [0.1, 0.9])
    wires = [
        Tripwire(float(low), "below", "lower than 9 of 10 outcomes expected within a month: plan again"),
        Tripwire(float(high), "above", "higher than 9 of 10 outcomes expected within a month: plan again"),
    ]
    for direction, amount in (("below", "more"), ("above", "less")):
        price = _turning_price(float(paths[0, 0]), direction, prices, policy, spans, curve_cents_per_lb)
        if price is not None:
            meaning = f"with the forecast unchanged, {amount} cover is worth its price"
            wires.append(Tripwire(price, direction, meaning))
    return tuple(sorted(wires, key=_price))


def _turning_price(
    spot: float,
    direction: str,
    prices: np.ndarray,
    policy: CoverPolicy,
    spans: Sequence[MonthSpan],
    curve: np.ndarray | None,
) -> float | None:
    """Front price nearest today's, ¢/lb, at which advised cover differs by a step; None within reach."""

    def advised(front: float) -> float:
        shifted = None if curve is None else np.asarray(curve, float) + (front - spot)
        return float(recommended_purchases(prices, locked_prices(front, policy, spans, shifted), policy).sum())

    step, now = policy.buy_step_ratio * policy.need.sum(), advised(spot)
    same, other = spot, spot * (1 - REACH if direction == "below" else 1 + REACH)
    if abs(advised(other) - now) < step:
        return None
    for _ in range(HALVINGS):
        middle = (same + other) / 2
        same, other = (same, middle) if abs(advised(middle) - now) >= step else (middle, other)
    return other


def _price(wire: Tripwire) -> float:
    return wire.price_cents_per_lb
