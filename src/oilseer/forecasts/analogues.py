"""Past sessions at which markets had moved like a shock, and what ZL did afterwards, as known at a session."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from oilseer.forecasts.links import MarketHistory

LIKE = 2 / 3  # of the shock, in its direction, in every shocked market
AFTER = (5, 21, 63)
REST = 21  # sessions at least between two episodes


@dataclass(frozen=True)
class Analogue:
    """One episode; ratios of ZL's front price, None where the sessions after are not known yet.

    ended   the first session at which every market had moved that far
    moves   by symbol over the sessions before: ratio, or points of the VIX
    during  ZL over the same sessions
    after   ZL over the 5, 21 and 63 sessions that followed
    """

    ended: date
    moves: dict[str, float]
    during: float
    after: dict[int, float | None]


def find_analogues(history: MarketHistory, shock: dict[str, float], sessions: int, as_of: date) -> tuple[Analogue, ...]:
    """Episodes up to `as_of`, oldest first, in which every market moved at least two thirds of its shock.

    history  returns and levels; rows after `as_of` are not looked at
    shock    by symbol: ratio (−0.2 is −20 %) of the held contract, or points where the symbol is VIX

    The session counted is the first at which the move was complete, as one lives through it, not its extreme. A new
    episode begins after the shock's own length, or 21 sessions. A shock of zero has no episodes.
    """
    n = int(np.searchsorted(history.dates, np.datetime64(as_of), side="right"))
    moved = {symbol: _moves(history, symbol, sessions, n) for symbol in shock}
    like = np.ones(n, bool)
    for symbol, size in shock.items():
        like &= np.sign(size) * moved[symbol] >= LIKE * abs(size) if size else False
    price = history.levels[:n, 0]
    found, free_from = [], 0
    for place in np.flatnonzero(like):
        if place < free_from:
            continue
        free_from = place + max(sessions, REST)
        after = {h: float(price[place + h] / price[place] - 1) if place + h < n else None for h in AFTER}
        found.append(
            Analogue(
                history.dates[place].astype(object),
                {symbol: float(moves[place]) for symbol, moves in moved.items()},
                float(price[place] / price[place - sessions] - 1),
                after,
            )
        )
    return tuple(found)


def _moves(history: MarketHistory, symbol: str, sessions: int, n: int) -> np.ndarray:
    """Move of a market over the last `sessions` sessions; (n,), NaN where a part of it is not known."""
    place, out = history.symbols.index(symbol), np.full(n, np.nan)
    if n <= sessions:
        return out
    if symbol == "VIX":
        level = history.levels[:n, place]
        out[sessions:] = level[sessions:] - level[:-sessions]
        return out
    returns = history.returns[:n, place]
    total = np.cumsum(np.nan_to_num(returns))
    unknown = np.cumsum(np.isnan(returns))
    complete = unknown[sessions:] - unknown[:-sessions] <= sessions // 10  # a holiday abroad, not a hole
    out[sessions:] = np.where(complete, np.expm1(total[sessions:] - total[:-sessions]), np.nan)
    return out
