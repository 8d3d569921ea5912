"""How well ZL followed the response that joint residuals gave it, at past month ends: a stress test, tested."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from oilseer.forecasts.joint import respond
from oilseer.forecasts.links import FEWEST, OWN, MarketHistory, learn_links

SESSIONS = 21
FEW = 12  # month ends below which nothing is said


@dataclass(frozen=True)
class Followed:
    """One driver's moves over the 21 sessions after month ends, and ZL's beside its response to them.

    slope        what ZL moved for each unit of its response; 1 is right, below 1 the response was too strong
    error_ratio  mean square error of the response over that of "ZL does not move": below 1 it helps
    large_*      the same over the fifth of month ends with the driver's largest moves
    """

    symbol: str
    first: date
    count: int
    slope: float
    error_ratio: float
    large_slope: float
    large_error_ratio: float


def judge_responses(history: MarketHistory, first_year: int) -> tuple[Followed, ...]:
    """The response to each driver's actual move, learnt at each month end from what was known by then.

    Month ends from January of `first_year` on; a driver counts from when it can be linked.
    """
    months = history.dates.astype("datetime64[M]")
    ends = np.flatnonzero(months[1:] != months[:-1])
    ends = ends[(history.dates[ends] >= np.datetime64(str(first_year))) & (ends + SESSIONS < len(months))]
    seen: dict[str, list[tuple[int, float, float, float]]] = {}
    for end in ends[np.cumsum(np.isfinite(history.returns[:, 0]))[ends] >= FEWEST]:
        known = MarketHistory(
            history.symbols, history.dates[: end + 1], history.returns[: end + 1], history.levels[: end + 1]
        )
        links = learn_links(known)
        after = np.nansum(history.returns[end + 1 : end + 1 + SESSIONS], axis=0)
        for symbol in links.symbols[1:]:
            moved = float(after[history.symbols.index(symbol)])
            total = respond(links, {symbol: moved}, SESSIONS).total[0]
            seen.setdefault(symbol, []).append((end, moved, float(total), float(after[history.symbols.index(OWN)])))
    return tuple(_followed(history, symbol, np.array(rows)) for symbol, rows in seen.items() if len(rows) >= FEW)


def _followed(history: MarketHistory, symbol: str, rows: np.ndarray) -> Followed:
    """Slopes and errors of (end, driver's move, response, ZL's move) by row."""
    moved, response, own = rows[:, 1], rows[:, 2], rows[:, 3]
    large = np.abs(moved) >= np.quantile(np.abs(moved), 0.8)

    def fit(part: np.ndarray) -> tuple[float, float]:
        given, came = response[part], own[part]
        return float(given @ came / (given @ given)), float(((came - given) ** 2).mean() / (came**2).mean())

    first = history.dates[int(rows[0, 0])].astype(object)
    return Followed(symbol, first, len(rows), *fit(np.ones(len(rows), bool)), *fit(large))
