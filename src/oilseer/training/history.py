"""The priced sessions and their features as arrays, and the window that a model may see at an origin."""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from oilseer.errors import ContractError
from oilseer.market import sessions
from oilseer.models.base import Window, realized_volatility

PRICES = "staging.zl_prices_clean"
MATRIX = "features.daily_ml_matrix_zl"
KEYS = ("as_of_date", "symbol")


@dataclass(frozen=True)
class History:
    """All priced sessions of ZL, oldest first; arrays as in Window, (n,) and (n, k)."""

    dates: np.ndarray
    session: np.ndarray
    settle: np.ndarray
    returns: np.ndarray
    features: np.ndarray
    names: tuple[str, ...]

    def place(self, origin: date) -> int:
        """Row of session `origin`. Raises ContractError where it has no price."""
        i = int(np.searchsorted(self.dates, np.datetime64(origin)))
        if i == len(self.dates) or self.dates[i] != np.datetime64(origin):
            raise ContractError(
                f"{origin} has no ZL price; the sessions nearest are {self.dates[max(i - 1, 0)]} and "
                f"{self.dates[min(i, len(self.dates) - 1)]}"
            )
        return i

    def window(self, origin: date) -> Window:
        """What is known at the cutoff of `origin`."""
        part = slice(0, self.place(origin) + 1)
        return Window(
            sessions.cutoff(origin), self.dates[part], self.session[part], self.settle[part],
            self.returns[part], self.features[part], self.names,
        )  # fmt: skip

    def ahead(self, origin: date, horizon: int) -> int | None:
        """Row exactly `horizon` sessions after `origin`; None where it is unknown or has no price."""
        session = self.session[self.place(origin)] + horizon
        i = int(np.searchsorted(self.session, session))
        return i if i < len(self.session) and self.session[i] == session else None

    def outcome(self, origin: date, horizon: int) -> float:
        """Front price (¢/lb) exactly `horizon` sessions after `origin`; NaN where unknown."""
        i = self.ahead(origin, horizon)
        return float("nan") if i is None else float(self.settle[i])

    def volatility_outcome(self, origin: date, horizon: int) -> float:
        """Annualised volatility (ratio) of the 21 returns that end `horizon` sessions ahead; NaN where unknown."""
        i = self.ahead(origin, horizon)
        return float("nan") if i is None else float(realized_volatility(self.returns[max(0, i - 30) : i + 1])[-1])

    def until(self, last: date) -> "History":
        """The history up to and with session `last`, as if nothing came after."""
        part = slice(0, self.place(last) + 1)
        return History(
            self.dates[part], self.session[part], self.settle[part], self.returns[part], self.features[part], self.names
        )


def read_history(connection: duckdb.DuckDBPyConnection, only: tuple[str, ...] | None = None) -> History:
    """Prices and features of all sessions, joined on as_of_date; features `only`, None for all there are.

    Raises ContractError where prices and features disagree on the sessions.
    """
    prices = connection.execute(
        f"SELECT observation_date, price_cents_per_lb, return_log FROM {PRICES} ORDER BY observation_date"
    ).fetchnumpy()
    columns = "*" if only is None else ", ".join(f'"{name}"' for name in ("as_of_date", *only))
    matrix = connection.execute(f"SELECT {columns} FROM {MATRIX} ORDER BY as_of_date").fetchnumpy()
    dates = prices["observation_date"].astype("datetime64[D]")
    if not np.array_equal(matrix["as_of_date"].astype("datetime64[D]"), dates):
        raise ContractError(
            f"{MATRIX} has {len(matrix['as_of_date'])} sessions, {PRICES} {len(dates)}, and they differ: "
            "`oilseer build` makes both anew"
        )
    names = tuple(name for name in matrix if name not in KEYS)
    known = [np.ma.filled(np.ma.asarray(matrix[name], dtype=float), np.nan) for name in names]
    features = np.column_stack(known) if known else np.empty((len(dates), 0))
    return History(
        dates,
        sessions.number(dates),
        np.asarray(prices["price_cents_per_lb"], dtype=float),
        np.ma.filled(np.ma.asarray(prices["return_log"], dtype=float), np.nan),
        features,
        names,
    )


def monthly_origins(history: History, first: date, last: date) -> list[date]:
    """The last priced session of each whole month from `first` on, before `last`, and then `last` itself."""
    days = history.dates[(history.dates >= np.datetime64(first)) & (history.dates <= np.datetime64(last))]
    months = days.astype("datetime64[M]")
    ends = days[:-1][months[1:] != months[:-1]]
    return sorted({*(day.astype(object) for day in ends), last})
