"""From the logs that members add to a median to ¢/lb that add up to the published one."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oilseer.errors import ContractError
from oilseer.models.attribution import CARRY, OWN_PAST, TYPICAL_PAST, UNTOLD

# what components stand for that are no features: words, bucket of the Big 8, driver group
BESIDE_FEATURES = {
    CARRY: ("the futures curve: what rolls have added in the past year", "crush", "WEATHER_SUPPLY"),
    OWN_PAST: ("the price's own past", "volatility", "TECHNICAL_REGIME"),
    TYPICAL_PAST: ("what a usual market brings", "volatility", "TECHNICAL_REGIME"),
    UNTOLD: ("what learning models see, not told apart", "volatility", "TECHNICAL_REGIME"),
}
CLOSE = 1e-9  # relative: between the pooled medians and the published one


@dataclass(frozen=True)
class Member:
    """One member of the combination: its weight, its median (¢/lb), and what moves that, as logs by component."""

    weight: float
    median: float
    logs: Mapping[str, float]


def in_cents(spot: float, published: float, members: list[Member]) -> dict[str, float]:
    """What each component adds to the published median over `spot`, ¢/lb; they add up to it.

    Logs are pooled by weight, as the medians were. A log becomes ¢/lb at the logarithmic mean of both prices, which
    leaves nothing over (Ang 2004, "Decomposition analysis for policymaking in energy", LMDI).
    Raises ContractError where the members do not make the published median.
    """
    pooled = float(np.exp(sum(member.weight * np.log(member.median) for member in members)))
    if abs(pooled / published - 1) > CLOSE:
        raise ContractError(
            f"members pool to {pooled:.6f} ¢/lb, the published median is {published:.6f}: "
            "weights and forecasts come from different runs; `oilseer run` makes both anew"
        )
    total: dict[str, float] = {}
    for member in members:
        for name, log in member.logs.items():
            total[name] = total.get(name, 0.0) + member.weight * log
    rate = logarithmic_mean(spot, published)
    return {name: rate * log for name, log in total.items()}


def logarithmic_mean(a: float, b: float) -> float:
    """(b − a) / log(b / a), and a where both are equal: ¢/lb for a log change of one between two prices."""
    log = float(np.log(b / a))
    return a if log == 0 else (b - a) / log


@dataclass(frozen=True)
class Seen:
    """One session's forecast for one horizon, ¢/lb: front, published median, and the same made anew today.

    repooled  today's members under the weights of the session before; for that session itself the median made anew
    """

    spot: float
    published: float
    repooled: float


def causes(before: Seen, now: Seen, held_log_change: float, same_code: bool) -> dict[str, float]:
    """Why the published median moved, ¢/lb by cause; they add up to the move.

    price      what the held contract earned
    roll       the step of the front into another contract
    drivers    what the forecast expects beyond the front, from new data
    revisions  of what was known the session before, where the code is the same
    model      other weights; and where the code changed, what it makes of the session before
    """
    price = before.spot * float(np.expm1(held_log_change))
    anew = before.repooled - before.published
    return {
        "price": price,
        "roll": now.spot - before.spot - price,
        "drivers": (now.repooled - now.spot) - (before.repooled - before.spot),
        "revisions": anew if same_code else 0.0,
        "model": now.published - now.repooled + (0.0 if same_code else anew),
    }
