"""Runs the families over what was known: over all sessions, or over the tail that new sessions need."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.errors import ContractError
from oilseer.features.registry import Family


class Columns(Mapping[str, np.ndarray]):
    """Columns of `known`, then the features made so far, from row `start` on; (n − start,) float64 each.

    known   (n,) by name
    made    (rows,) by name: the features of the rows that are being made, the last of the n
    stored  gives the earlier rows of a feature, (n − rows,)
    """

    def __init__(
        self,
        known: Mapping[str, np.ndarray],
        made: Mapping[str, np.ndarray],
        stored: Callable[[str], np.ndarray],
        start: int,
    ):
        self._known, self._made, self._stored, self._start = known, made, stored, start

    def __getitem__(self, name: str) -> np.ndarray:
        if name in self._known:
            return self._known[name][self._start :]
        if name in self._made:
            return np.concatenate([self._stored(name), self._made[name]])[self._start :]
        raise KeyError(f"{name}: neither a column of features.known_inputs nor a feature of an earlier family")

    def __iter__(self) -> Iterator[str]:
        return iter((*self._known, *self._made))

    def __len__(self) -> int:
        return len(self._known) + len(self._made)


def known_arrays(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Days (n,) datetime64[D] and every column (n,) float64 of a table with one row a session, in order.

    Null is NaN, a flag 1 or 0, a date the days since 1970-01-01.
    """
    found = connection.execute(f"SELECT * FROM {table} ORDER BY as_of_date").fetchnumpy()
    days = np.ma.getdata(found["as_of_date"]).astype("datetime64[D]")
    return days, {name: _floats(column) for name, column in found.items()}


def evaluate(
    connection: duckdb.DuckDBPyConnection,
    families: Sequence[Family],
    days: np.ndarray,
    known: Mapping[str, np.ndarray],
    rows: int,
    stored: Callable[[str], np.ndarray],
) -> dict[str, np.ndarray]:
    """Every feature for the last `rows` of the n sessions; (rows,) float64 by name, NaN where it is unknown.

    days, known  of all n sessions
    stored       the feature's values of the n − rows sessions before
    A family with a lookback is made from that many earlier sessions, another one from all.
    Raises ContractError where a family makes other columns than it declares.
    """
    made: dict[str, np.ndarray] = {}
    for family in families:
        start = 0 if family.lookback is None else max(len(days) - rows - family.lookback, 0)
        if family.compute is None:
            columns = _by_sql(connection, family, days[start])
        else:
            columns = family.compute(Columns(known, made, stored, start))
        promised = {feature.name for feature in family.features}
        if promised != set(columns):
            raise ContractError(
                f"features/{family.name}: columns missing {sorted(promised - set(columns))}, "
                f"not declared {sorted(set(columns) - promised)}; update FEATURES and what makes the columns"
            )
        for name in (feature.name for feature in family.features):
            last = np.asarray(columns[name], dtype=float)[-rows:]
            made[name] = np.where(np.isfinite(last), last, np.nan)
    return made


def family_query(name: str) -> str:
    """The SELECT of a family's SQL file, which reads `known`."""
    return (files("oilseer.features") / f"{name}.sql").read_text().rstrip().rstrip(";")


def table_of(days: np.ndarray, columns: Mapping[str, np.ndarray]) -> pa.Table:
    """Rows of the matrix: the session, the symbol, and each feature, null where it is NaN."""
    cells = {name: pa.array(values, pa.float64(), mask=np.isnan(values)) for name, values in columns.items()}
    return pa.table({"as_of_date": pa.array(days), "symbol": pa.array(["ZL"] * len(days)), **cells})


def _by_sql(connection: duckdb.DuckDBPyConnection, family: Family, first: np.datetime64) -> dict[str, np.ndarray]:
    """Columns of a family's SQL over the sessions from `first` on, in order."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known AS SELECT * FROM features.known_inputs WHERE as_of_date >= $first "
        "ORDER BY as_of_date",
        {"first": first.astype(object)},
    )
    try:
        found = connection.execute(f"SELECT * FROM ({family_query(family.name)}) ORDER BY as_of_date").fetchnumpy()
    finally:
        connection.execute("DROP TABLE temp.known")
    found.pop("as_of_date")
    return {name: _floats(column) for name, column in found.items()}


def _floats(column: np.ndarray) -> np.ndarray:
    """A column as float64, NaN where it is null; dates as days since 1970-01-01."""
    if np.ma.getdata(column).dtype.kind == "M":
        missing = np.ma.getmaskarray(column) | np.isnat(np.ma.getdata(column))
        counted = np.ma.getdata(column).astype("datetime64[D]").astype(np.int64).astype(float)
        return np.where(missing, np.nan, counted)
    return np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)
