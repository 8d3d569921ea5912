"""Columns of what was known on a made-up market: ZL sessions of one price, and the raw rows that a test gives."""

from datetime import date

import numpy as np
from raw_market import empty_database, insert

from oilseer.features.known import make_known
from oilseer.market import sessions
from oilseer.staging.build import build_all


def zl_sessions(first: date, last: date) -> list[dict]:
    """Rows of raw.databento_futures_ohlcv_1d: ZL at 50 to 52 ¢/lb, each month's contract two months before delivery."""
    days = sessions.sessions()
    days = days[(days >= np.datetime64(first)) & (days <= np.datetime64(last))]
    return [
        {
            "symbol": "ZL", "contract": f"ZL{day.astype('datetime64[M]') + 2}",
            "contract_month": (day.astype("datetime64[M]") + 2).astype("datetime64[D]").astype(object),
            "close": 50.0 + i % 3, "open": 50.0, "high": 53.0, "low": 49.0, "volume": 9,
            "observation_date": day.astype(object),
        }
        for i, day in enumerate(days)
    ]  # fmt: skip


def with_rows(first: date, last: date, **tables: list[dict]):
    """A raw database with ZL sessions from `first` to `last` and the rows of `tables` (raw names)."""
    connection = empty_database()
    insert(connection, "raw.databento_futures_ohlcv_1d", zl_sessions(first, last))
    for table, rows in tables.items():
        insert(connection, f"raw.{table}", rows)
    return connection


def known_of(connection) -> dict[str, np.ndarray]:
    """Staging anew, and the columns of `known`: (n,) float64 by name, days since 1970 for dates."""
    build_all(connection)
    make_known(connection)
    found = connection.execute("SELECT * FROM known ORDER BY as_of_date").fetchnumpy()
    columns = {}
    for name, column in found.items():
        values, mask = np.ma.getdata(column), np.ma.getmaskarray(column)
        if values.dtype.kind == "M":
            values = values.astype("datetime64[D]").astype(np.int64)
        if values.dtype.kind in "iufb":
            columns[name] = np.where(mask, np.nan, values.astype(float))
    return columns


def by_day(known: dict[str, np.ndarray], values: np.ndarray) -> dict[date, float]:
    """Values by session."""
    days = known["as_of_date"].astype(np.int64).astype("datetime64[D]")
    return dict(zip([day.astype(object) for day in days], values.tolist(), strict=True))
