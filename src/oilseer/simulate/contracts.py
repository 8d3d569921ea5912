"""Single futures contracts: which are listed when, and daily bars with volume that rolls, from a curve.

Everything is flat: one array element per session and contract, ordered by session, then expiry.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from oilseer.market import sessions
from oilseer.simulate.draws import Span, ar1, day_of_year

MONTH_LETTERS = "FGHJKMNQUVXZ"
CLOSE_NOISE = 0.0006  # the last trade is near the settlement, not equal to it


@dataclass(frozen=True)
class Root:
    """A futures product. It expires on the last session before `expiry_day` of (delivery month + `expiry_offset`).

    listed: sessions before expiry from which rows exist; roll: sessions before expiry at which volume moves on.
    """

    symbol: str
    months: str
    decimals: int
    tick: float
    listed: int
    roll: int
    contracts_a_day: int
    expiry_offset: int = 0
    expiry_day: int = 15


@dataclass(frozen=True, eq=False)
class Listing:
    """Flat rows of one root: `place` of the session in the span, `left` sessions to expiry, names."""

    root: Root
    place: np.ndarray
    left: np.ndarray
    code: np.ndarray
    month: np.ndarray

    @property
    def front(self) -> np.ndarray:
        """Whether a row is its session's nearest contract that is not yet past the roll."""
        eligible = self.left > self.root.roll
        rank = np.cumsum(eligible)
        start = np.searchsorted(self.place, self.place)
        skipped = np.where(start > 0, rank[start - 1], 0)
        return eligible & (rank - skipped == 1)


@dataclass(frozen=True, eq=False)
class Deliveries:
    """Delivery months of one root in order: code, first day of the month, session number of the expiry."""

    root: Root
    code: np.ndarray
    month: np.ndarray
    expiry: np.ndarray

    def front(self, number: int) -> int:
        """Place of the contract that is the front at a session: the nearest that is not past the roll."""
        return int(np.searchsorted(self.expiry, number + self.root.roll, side="right"))


def deliveries_of(root: Root, days: np.ndarray) -> Deliveries:
    """All deliveries from the year of the first of `days` to two years after the last."""
    years = range(days[0].astype(object).year, days[-1].astype(object).year + 3)
    month = np.array(
        [f"{y}-{MONTH_LETTERS.index(m) + 1:02d}" for y in years for m in root.months], dtype="datetime64[M]"
    )
    code = np.array([f"{root.symbol}{m}{y % 100:02d}" for y in years for m in root.months])
    deadline = (month + root.expiry_offset).astype("datetime64[D]") + (root.expiry_day - 1)
    expiry = np.searchsorted(sessions.sessions(), deadline) - 1
    return Deliveries(root, code, month.astype("datetime64[D]"), expiry)


def delivery_day(month: np.ndarray) -> np.ndarray:
    """Day of year of the 15th of each delivery month."""
    return day_of_year(month) + 14


def list_contracts(span: Span, root: Root) -> Listing:
    """All rows of `root` in the span."""
    deliveries = deliveries_of(root, span.days)
    code, month, expiry = deliveries.code, deliveries.month, deliveries.expiry - span.first
    begin, stop = np.maximum(expiry - root.listed, 0), np.minimum(expiry, span.n - 1)
    rows = np.maximum(stop - begin + 1, 0)
    which = np.repeat(np.arange(len(code)), rows)
    place = np.arange(rows.sum()) - np.repeat(np.cumsum(rows) - rows, rows) + begin[which]
    order = np.lexsort((which, place))
    which, place = which[order], place[order]
    return Listing(root, place, expiry[which] - place, code[which], month[which])


def settles(
    listing: Listing, log_price: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Settlements and the same contracts' settlements one session before; log, (rows,).

    log_price(place, left) is the curve at a session for a contract with that many sessions to run.
    """
    now = log_price(listing.place, listing.left)
    earlier = log_price(np.maximum(listing.place - 1, 0), listing.left + (listing.place > 0))
    return now, earlier


def bars(
    span: Span, listing: Listing, now: np.ndarray, earlier: np.ndarray, daily_sd: np.ndarray
) -> dict[str, np.ndarray]:
    """Daily bars: open, high, low, close, settle (as quoted), volume and open interest (contracts).

    now, earlier  (rows,) log settlement at this session and the one before
    daily_sd      (n,)    standard deviation of the session's log return
    High and low are drawn from the extremes of a Brownian bridge between open and close.
    """
    root, place, rows = listing.root, listing.place, len(listing.place)
    sd = daily_sd[place]
    opened = earlier + 0.25 * sd * span.normal(f"{root.symbol} open")[place]
    closed = now + CLOSE_NOISE * span.normal(f"{root.symbol} close", rows)
    variance = 2 * (0.9 * sd) ** 2
    width = closed - opened
    depth = np.log1p(-span.uniform(f"{root.symbol} extremes", span.n, 2))[place]
    high = (opened + closed + np.sqrt(width**2 - variance * depth[:, 0])) / 2
    low = (opened + closed - np.sqrt(width**2 - variance * depth[:, 1])) / 2
    quoted = {name: quote(root, value) for name, value in (("open", opened), ("close", closed), ("settle", now))}
    top, bottom = np.maximum(quoted["open"], quoted["close"]), np.minimum(quoted["open"], quoted["close"])
    traded = activity(span, listing, np.abs(now - earlier) / sd)
    return {
        "open": quoted["open"],
        "high": np.maximum(quote(root, high), top),
        "low": np.minimum(quote(root, low), bottom),
        "close": quoted["close"],
        "settle": quoted["settle"],
        **traded,
    }


def quote(root: Root, log_price: np.ndarray) -> np.ndarray:
    """Log prices as quoted: whole ticks, at least one."""
    return np.round(np.maximum(np.round(np.exp(log_price) / root.tick), 1) * root.tick, root.decimals)


def activity(span: Span, listing: Listing, move: np.ndarray) -> dict[str, np.ndarray]:
    """Volume and open interest: most of it in the front, moving on at `roll` sessions before expiry.

    move  (rows,) size of the session's return in standard deviations: big moves trade more.
    """
    root, place, left = listing.root, listing.place, listing.left
    leaving = 1 / (1 + np.exp(-(left - root.roll - 0.5) / 1.5))
    later = np.maximum(left - root.roll, 0)
    share = leaving * np.exp(-later / 30) + 0.002
    held = 1 / (1 + np.exp(-(left - root.roll + 2) / 2.5)) * np.exp(-later / 60) + 0.002
    year = (span.days - np.datetime64("2000-01-01")).astype(float) / 365.25
    level = root.contracts_a_day * np.exp(0.04 * (year - 15) + 0.35 * ar1(span.normal(f"{root.symbol} volume"), 0.6))
    size = level[place] * share / _session_sum(share, place) * (0.7 + 0.4 * move)
    noise = np.exp(0.15 * span.normal(f"{root.symbol} volume by contract", len(place)))
    stock = 9 * root.contracts_a_day * np.exp(0.04 * (year - 15))[place] * held / _session_sum(held, place)
    return {"volume": np.round(size * noise).astype(np.int64), "open_interest": np.round(stock).astype(np.int64)}


def _session_sum(values: np.ndarray, place: np.ndarray) -> np.ndarray:
    return np.bincount(place, weights=values)[place]
