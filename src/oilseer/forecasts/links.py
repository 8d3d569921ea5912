"""How soybean oil moves with crude, palm oil, the real, soybeans, meal and the VIX: days of joint residuals.

Made from staging's held daily returns up to a session; what joint paths and stress tests draw from.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from oilseer.errors import ShapeError

# GARCH(1, 1) reaction and memory of daily log returns 2001 to 2025 (arch, Student's t); ZL as in paths.py. Palm has
# daily prices since 2020 only, on which the fit does not settle: it gets crude's.
CLUSTERING = {
    "ZL": (0.04, 0.955), "CL": (0.08, 0.90), "CPO": (0.08, 0.90), "6L": (0.09, 0.90),
    "ZS": (0.06, 0.93), "ZM": (0.06, 0.93), "VIX": (0.16, 0.75),
}  # fmt: skip
DRIVERS = tuple(CLUSTERING)[1:]
OWN = "ZL"
SAMPLE = 2520  # sessions: ten years, none from a market that is gone
FEWEST = 750  # joint days: three years
STALE_DAYS = 10
SPAN = 10  # sessions summed before regressing: palm answers a day later, the VIX comes back within days


@dataclass(frozen=True)
class MarketHistory:
    """Markets beside the sessions of ZL, oldest first; NaN where unknown.

    symbols  ZL first, then DRIVERS
    dates    (n,)    datetime64[D]
    returns  (n, m)  log returns of the held contract
    levels   (n, m)  front prices as quoted (¢/lb, USD/bbl, USD/t, USD per BRL, ¢/bu, USD/short ton, points)
    """

    symbols: tuple[str, ...]
    dates: np.ndarray
    returns: np.ndarray
    levels: np.ndarray


@dataclass(frozen=True)
class Links:
    """What joint paths need; m markets, ZL first.

    residuals    (days, m)  log returns over their filtered deviation, of days on which all are known; mean 0,
                            mean square 1
    next_variance, usual_variance  (m,)  of daily log returns: the next session's, and the sample's
    covariance   (m, m)     of residuals summed over 10 sessions, for each session of them
    levels       (m,)       last prices, as quoted
    left_out     reason by symbol of the drivers that could not be used
    """

    symbols: tuple[str, ...]
    residuals: np.ndarray
    next_variance: np.ndarray
    usual_variance: np.ndarray
    covariance: np.ndarray
    levels: np.ndarray
    left_out: dict[str, str]

    @property
    def correlation(self) -> np.ndarray:
        """Of the same sums; (m, m)."""
        deviation = np.sqrt(np.diag(self.covariance))
        return self.covariance / np.outer(deviation, deviation)

    @property
    def reaction(self) -> np.ndarray:
        """Weight of the last squared return in the next variance; (m,)."""
        return np.array([CLUSTERING[symbol][0] for symbol in self.symbols])

    @property
    def memory(self) -> np.ndarray:
        """Weight of the last variance in the next; (m,)."""
        return np.array([CLUSTERING[symbol][1] for symbol in self.symbols])

    def expected_variance(self, sessions: int) -> np.ndarray:
        """Variance of ZL's log returns 1 to `sessions` ahead, as the filter expects it; (sessions,)."""
        fade = (self.reaction[0] + self.memory[0]) ** np.arange(sessions)
        return self.usual_variance[0] + (self.next_variance[0] - self.usual_variance[0]) * fade


def read_markets(connection: duckdb.DuckDBPyConnection, as_of: date) -> MarketHistory:
    """Every session of ZL up to `as_of` with the drivers beside it. Raises ShapeError where ZL has none."""
    own = connection.execute(
        "SELECT observation_date, return_log, price_cents_per_lb FROM staging.zl_prices_clean "
        "WHERE observation_date <= ? ORDER BY observation_date",
        [as_of],
    ).fetchnumpy()
    dates = np.ma.getdata(own["observation_date"]).astype("datetime64[D]")
    if not len(dates):
        raise ShapeError(f"ZL has no price up to {as_of}: nothing to draw paths from")
    columns = [(_floats(own["return_log"]), _floats(own["price_cents_per_lb"]))]
    for symbol in DRIVERS:
        found = connection.execute(
            "SELECT observation_date, return_log, coalesce(settle, close) AS level FROM staging.market_daily "
            "WHERE symbol = ? AND observation_date <= ? ORDER BY observation_date",
            [symbol, as_of],
        ).fetchnumpy()
        days = np.ma.getdata(found["observation_date"]).astype("datetime64[D]")
        place = np.searchsorted(days, dates)
        there = np.append(days, np.datetime64("NaT"))[place] == dates
        columns.append(
            tuple(
                np.where(there, np.append(_floats(found[name]), np.nan)[place], np.nan)
                for name in ("return_log", "level")
            )
        )
    returns, levels = (np.column_stack([pair[part] for pair in columns]) for part in (0, 1))
    return MarketHistory((OWN, *DRIVERS), dates, returns, levels)


def learn_links(history: MarketHistory) -> Links:
    """Filtered residuals of the last ten years and their correlation, as known at the history's last session.

    Each market's returns are divided by the deviation that GARCH(1, 1) with its own parameters and the sample's
    variance expects. A driver without three years of daily returns, or silent for ten days, is left out by name.
    Source: Barone-Adesi, Giannopoulos & Vosper (1999), filtered historical simulation.

    Raises ShapeError where ZL itself has fewer than 750 returns.
    """
    returns, levels = history.returns[-SAMPLE:], history.levels[-SAMPLE:]
    dates = history.dates[-SAMPLE:]
    left_out, kept, columns, ahead, usual, last = {}, [], [], [], [], []
    for place, symbol in enumerate(history.symbols):
        known = np.isfinite(returns[:, place])
        quoted = np.flatnonzero(np.isfinite(levels[:, place]))
        if known.sum() < FEWEST:
            left_out[symbol] = f"{known.sum()} daily returns in ten years, {FEWEST} needed"
            continue
        if (dates[-1] - dates[quoted[-1]]).astype(int) > STALE_DAYS:
            left_out[symbol] = f"last price of {dates[quoted[-1]]}"
            continue
        residual, next_variance, usual_variance = _filtered(returns[known, place], *CLUSTERING[symbol])
        columns.append(np.full(len(dates), np.nan))
        columns[-1][known] = residual
        kept.append(symbol)
        ahead.append(next_variance)
        usual.append(usual_variance)
        last.append(levels[quoted[-1], place])
    if OWN in left_out:
        raise ShapeError(f"ZL: {left_out[OWN]}; joint paths need a longer history")
    stacked = np.column_stack(columns)
    while (joint := stacked[np.isfinite(stacked).all(axis=1)]).shape[0] < FEWEST:
        shortest = 1 + int(np.argmin(np.isfinite(stacked[:, 1:]).sum(axis=0)))
        left_out[kept[shortest]] = f"{len(joint)} days known with the others, {FEWEST} needed"
        stacked = np.delete(stacked, shortest, axis=1)
        for values in (kept, ahead, usual, last):
            del values[shortest]
    joint = joint - joint.mean(axis=0)
    joint /= np.sqrt((joint**2).mean(axis=0))
    summed = np.lib.stride_tricks.sliding_window_view(joint, SPAN, axis=0).sum(axis=-1)
    return Links(
        tuple(kept), joint, np.array(ahead), np.array(usual),
        np.cov(summed, rowvar=False).reshape(len(kept), len(kept)) / SPAN, np.array(last), left_out,
    )  # fmt: skip


def _filtered(returns: np.ndarray, reaction: float, memory: float) -> tuple[np.ndarray, float, float]:
    """Returns over their expected deviation (n,), the variance of the next one, and the sample's."""
    usual, state = float(np.mean(returns**2)), float(np.mean(returns**2))
    expected = np.empty(len(returns))
    for place, square in enumerate((returns**2).tolist()):
        expected[place] = state
        state = (1 - reaction - memory) * usual + reaction * square + memory * state
    return returns / np.sqrt(expected), state, usual


def _floats(values: np.ndarray) -> np.ndarray:
    return np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
