"""One action, one plain sentence, and the ladder of cover by distance.

BUY      buy now, and the purchase is `buy_step_ratio` of the need or more
LADDER   buy now, a smaller step than that
WAIT     buy only what the minimum asks, which may be nothing
MONITOR  there is cover, the minimum is met, and more is not worth its price: nothing to buy
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from oilseer.decisions.calendar import MonthSpan
from oilseer.decisions.policy import SESSIONS_PER_MONTH
from oilseer.quantiles import HORIZONS

ACTIONS: tuple[str, ...] = ("BUY", "LADDER", "WAIT", "MONITOR")


@dataclass(frozen=True)
class Rung:
    """Cover up to a distance: pounds needed and covered from now through it, after today's purchase."""

    label: str
    need_lb: float
    covered_lb: float
    cover_ratio: float


def choose(contracts: int, minimum_contracts: int, covered: bool, step_ratio: float, buy_step_ratio: float) -> str:
    """The action for `contracts` bought now, of which `minimum_contracts` only meet the minimum.

    step_ratio  pounds bought now over pounds needed
    """
    if contracts == 0:
        return "MONITOR" if covered else "WAIT"
    if contracts <= minimum_contracts:
        return "WAIT"
    return "BUY" if step_ratio >= buy_step_ratio else "LADDER"


def sentence(action: str, answer: dict[str, Any], months: int, extra: float, relief: float) -> str:
    """One sentence for a buyer.

    extra   ¢/lb that locking costs over the expected price; negative where it is cheaper
    relief  ¢/lb that locking takes off the mean of the dearest 5 % of outcomes
    """
    pounds = f"{answer['buy_contracts']} contract{'s' * (answer['buy_contracts'] != 1)} ({answer['buy_lb']:,.0f} lb)"
    cover = f"{answer['cover_ratio_after']:.0%} of the need of {months} month{'s' * (months != 1)}"
    side = "above" if extra > 0 else "below"
    price = f"an estimated {abs(extra):.2f} ¢/lb {side} the average price we expect"
    worth = f"{relief:.2f} ¢/lb off the dearest 5 % of outcomes"
    if action in ("BUY", "LADDER"):
        verb, before = "Buy" if action == "BUY" else "Buy a step of", f"{answer['cover_ratio_before']:.0%}"
        return f"{verb} {pounds} now and raise cover from {before} to {cover}: that locks {price} and takes {worth}."
    if action == "MONITOR":
        lead = f"Hold: cover stands at {cover}"
    elif answer["buy_contracts"]:
        lead = f"Buy only {pounds}, which your minimum asks"
    else:
        lead = "Buy nothing yet"
    if extra == 0 and relief == 0:
        return f"{lead}; your limits allow no more."
    return f"{lead}; locking more would be {price}, for {worth}."


def ladder(need: np.ndarray, covered: np.ndarray, bought: np.ndarray, spans: Sequence[MonthSpan]) -> tuple[Rung, ...]:
    """Cover by distance after the purchase, for the distances within the months; a month is used up evenly."""
    start, end = (np.array([getattr(span, name) for span in spans], float) for name in ("start", "end"))
    rungs = []
    for label, distance in HORIZONS.items():
        if distance <= end[-1] + SESSIONS_PER_MONTH:  # twelve months from within a month end some sessions early
            share = np.clip((distance - start) / (end - start), 0, 1)
            needed, held = float(share @ need), float(share @ (covered + bought))
            rungs.append(Rung(label, needed, held, held / needed if needed else 0.0))
    return tuple(rungs)


def used_up_after(need: np.ndarray, cover_lb: float, spans: Sequence[MonthSpan]) -> int:
    """Sessions until `cover_lb` pounds are used up, if used in the order of need and evenly within a month."""
    ends = [0, *(span.end for span in spans)]
    return int(np.interp(cover_lb, np.append(0.0, np.cumsum(need)), ends))
