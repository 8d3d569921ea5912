"""The roll rule: which contract is front in a session, from nothing that was unknown before it traded.

1. Where two contracts or more had volume in the session before, the one with most is the candidate.
2. Else the vendor's own front is, where the vendor gives one.
3. Else the calendar: the nearest delivery month that is more than ROLL_SESSIONS sessions away.
The front moves forward only. A session in which it has no price is a gap: another contract's price
would put a jump of the spread between the two into the level.
"""

from dataclasses import dataclass

import numpy as np

from oilseer.errors import ShapeError
from oilseer.market.contracts import roll_days

FRONT_MAX_DAYS = 200  # July to December is the longest step of the active months, 153 days, and a month of lead
EXPIRED_DAYS = 20  # past the first of the delivery month: currencies and indices trade into its third week
UNKNOWN_DAYS = 200  # a contract without a month is front only where the symbol's months are never known


def volumes_before(symbol: np.ndarray, day: np.ndarray, month: np.ndarray, volume: np.ndarray) -> np.ndarray:
    """Volume of the same contract in the symbol's session before; (n,) float, NaN where there is none.

    Rows are sorted by symbol, then day. A contract without a month has no session before.
    """
    starts = np.concatenate([[True], (np.diff(symbol) != 0) | (np.diff(day) != np.timedelta64(0, "D"))])
    group = np.cumsum(starts) - 1
    rows = np.flatnonzero(~np.isnat(month) & (volume > 0))
    rows = rows[np.lexsort((group[rows], month[rows], symbol[rows]))]
    last, now = rows[:-1], rows[1:]
    same = (symbol[last] == symbol[now]) & (month[last] == month[now]) & (group[now] - group[last] == 1)
    before = np.full(len(day), np.nan)
    before[now[same]] = volume[last[same]]
    return before


@dataclass(frozen=True)
class Quotes:
    """One row a symbol, session and contract, sorted by symbol, then day.

    symbol           (n,) int codes, non-decreasing
    day              (n,) datetime64[D]
    month            (n,) datetime64[M], NaT where the vendor does not tell
    previous_volume  (n,) volume of this contract in the symbol's session before; NaN unknown
    vendor_front     (n,) bool, the vendor's own front contract
    calendar_front   (n,) bool, may be front by the calendar: its history holds the nearby months
    max_days         (n,) days from `day` to delivery beyond which a contract is never front

    Raises ShapeError for unequal lengths or rows out of order.
    """

    symbol: np.ndarray
    day: np.ndarray
    month: np.ndarray
    previous_volume: np.ndarray
    vendor_front: np.ndarray
    calendar_front: np.ndarray
    max_days: np.ndarray

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in self.__dataclass_fields__}
        if len(lengths) != 1:
            raise ShapeError(f"quotes have columns of lengths {sorted(lengths)}, one length expected")
        order = np.diff(self.symbol) * 1_000_000 + np.diff(self.day.astype("datetime64[D]").astype(np.int64))
        if (order < 0).any():
            raise ShapeError("quotes are not sorted by symbol and day; sort before choosing fronts")


def front_rows(quotes: Quotes) -> np.ndarray:
    """Whether each quote is its session's front; (n,) bool, at most one a symbol and session."""
    n = len(quotes.day)
    if n == 0:
        return np.zeros(0, dtype=bool)
    day, known = quotes.day.astype("datetime64[D]"), ~np.isnat(quotes.month)
    month = quotes.month.astype("datetime64[M]").astype(np.int64)
    ahead = np.where(known, (quotes.month.astype("datetime64[D]") - day).astype(np.int64), FRONT_MAX_DAYS * 9)
    alive = known & (ahead > -EXPIRED_DAYS) & (ahead <= quotes.max_days)
    before_roll = np.zeros(n, dtype=bool)
    before_roll[known] = day[known] < roll_days(quotes.month[known])

    starts = np.concatenate([[True], (np.diff(quotes.symbol) != 0) | (np.diff(day) != np.timedelta64(0, "D"))])
    group = np.cumsum(starts) - 1
    first = np.flatnonzero(starts)

    rival = alive & (quotes.previous_volume > 0)
    contest = rival & (np.bincount(group, rival)[group] >= 2)
    candidate = _best(group, month, contest, -np.where(contest, quotes.previous_volume, 0))
    candidate = np.where(candidate >= 0, candidate, _best(group, month, alive & quotes.vendor_front, month))
    by_calendar = alive & before_roll & quotes.calendar_front
    candidate = np.where(candidate >= 0, candidate, _best(group, month, by_calendar, month))

    front = _forward_only(candidate, quotes.symbol[first])
    return (alive & (month == front[group])) | _of_unknown_month(quotes, group, first, known, day)


def _best(group: np.ndarray, month: np.ndarray, allowed: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Month of the allowed row with the least cost in each group, the nearer at a tie; -1 where none; (n_groups,)."""
    rows = np.flatnonzero(allowed)
    rows = rows[np.lexsort((month[rows], cost[rows], group[rows]))]
    best = np.full(group[-1] + 1, -1, dtype=np.int64)
    best[group[rows][::-1]] = month[rows][::-1]
    return best


def _forward_only(candidate: np.ndarray, symbol: np.ndarray) -> np.ndarray:
    """Running maximum of the candidates' months within each symbol; -1 before the first; (n_groups,)."""
    step = 100_000  # more months than any delivery month counts
    return np.maximum.accumulate(symbol.astype(np.int64) * step + candidate + 1) - symbol * step - 1


def _of_unknown_month(
    quotes: Quotes, group: np.ndarray, first: np.ndarray, known: np.ndarray, day: np.ndarray
) -> np.ndarray:
    """The vendor's front without a month, where no month of the symbol was known for UNKNOWN_DAYS; (n,) bool."""
    symbol, days = quotes.symbol[first].astype(np.int64), day[first].astype(np.int64)
    seen = np.bincount(group, known) > 0
    step = 1_000_000
    last = np.maximum.accumulate(symbol * step + np.where(seen, days + 100_000, 0)) - symbol * step - 100_000
    lonely = (days - last > UNKNOWN_DAYS)[group]
    wanted = quotes.vendor_front & ~known & lonely
    chosen = np.zeros(len(wanted), dtype=bool)
    rows = np.flatnonzero(wanted)
    _, places = np.unique(group[rows], return_index=True)
    chosen[rows[places]] = True
    return chosen
