"""Runs the families over what was known: over all sessions, or over the tail that new sessions need."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.errors import ContractError
from oilseer.features.registry import Family

INPUTS = "features.known_inputs"
EARLIEST = np.datetime64("1900-01-01", "D")


@dataclass(frozen=True, eq=False)
class Sessions:
    """The sessions that features are made for, the last `rows` of all n, and how to read what was known at them.

    days    (n,) datetime64[D], all sessions in order
    rows    how many of them are made; the features of the ones before stand in `matrix`
    known   columns of features.known_inputs, the last rows of the n, as far back as families with a lookback need
    before  the features of the last sessions before those that are made
    """

    connection: duckdb.DuckDBPyConnection
    matrix: str
    days: np.ndarray
    rows: int
    known: Mapping[str, np.ndarray]
    before: Mapping[str, np.ndarray] = field(default_factory=dict)

    def whole(self, name: str) -> np.ndarray:
        """A column of features.known_inputs over all n sessions."""
        column = self.known[name]
        return column if len(column) == len(self.days) else column_array(self.connection, INPUTS, name)

    def stored(self, name: str, count: int) -> np.ndarray:
        """A feature over the last `count` sessions that stand already; (count,)."""
        if count == 0:
            return np.empty(0)
        column = self.before[name]
        return (column if len(column) >= count else column_array(self.connection, self.matrix, name))[-count:]


class Columns(Mapping[str, np.ndarray]):
    """What a family reads, from row `start` of all sessions on: columns of `known`, then features made before it."""

    def __init__(self, sessions: Sessions, made: Mapping[str, np.ndarray], start: int):
        self._sessions, self._made, self._start = sessions, made, start

    def __getitem__(self, name: str) -> np.ndarray:
        length = len(self._sessions.days) - self._start
        if name in self._sessions.known:
            tail = self._sessions.known[name]
            return tail[-length:] if len(tail) >= length else self._sessions.whole(name)[-length:]
        if name in self._made:
            return np.concatenate([self._sessions.stored(name, length - self._sessions.rows), self._made[name]])
        raise KeyError(f"{name}: neither a column of features.known_inputs nor a feature of an earlier family")

    def __iter__(self) -> Iterator[str]:
        return iter((*self._sessions.known, *self._made))

    def __len__(self) -> int:
        return len(self._sessions.known) + len(self._made)


def read_sessions(
    connection: duckdb.DuckDBPyConnection, matrix: str, rows: int | None, families: Sequence[Family], least: int = 0
) -> Sessions:
    """The sessions of features.known_inputs, of which the last `rows` (all for None) are to be made.

    least  how many sessions before them are read at least
    """
    days = connection.execute(f"SELECT as_of_date FROM {INPUTS} ORDER BY as_of_date").fetchnumpy()["as_of_date"]
    days = np.ma.getdata(days).astype("datetime64[D]")
    if rows is None:
        return Sessions(connection, matrix, days, len(days), known_arrays(connection, INPUTS))
    back = max([least, *(family.lookback or 0 for family in families)])
    first = days[max(len(days) - rows - back, 0)]
    before = known_arrays(connection, matrix, first)
    return Sessions(connection, matrix, days, rows, known_arrays(connection, INPUTS, first), before)


def known_arrays(
    connection: duckdb.DuckDBPyConnection, table: str, first: np.datetime64 = EARLIEST
) -> dict[str, np.ndarray]:
    """Every column (n,) float64 of a table with one row a session, in order, from session `first` on.

    Null is NaN, a flag 1 or 0, a date the days since 1970-01-01.
    """
    # A difference, as a comparison would go by the index of the key, row by row: 30 times as long for 450 columns.
    found = connection.execute(
        f"SELECT * FROM {table} WHERE as_of_date - $first >= 0", {"first": first.astype(object)}
    ).fetchnumpy()
    order = np.argsort(np.ma.getdata(found["as_of_date"]))
    return {name: _floats(column)[order] for name, column in found.items() if name != "symbol"}


def column_array(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> np.ndarray:
    """One column of a table with one row a session, in order, as in `known_arrays`; (n,)."""
    return _floats(connection.execute(f'SELECT "{name}" AS x FROM {table} ORDER BY as_of_date').fetchnumpy()["x"])


def evaluate(sessions: Sessions, families: Sequence[Family]) -> dict[str, np.ndarray]:
    """Every feature for the sessions that are made; (rows,) float64 by name, NaN where it is unknown.

    A family with a lookback is made from that many earlier sessions, another one from all.
    Raises ContractError where a family makes other columns than it declares.
    """
    made: dict[str, np.ndarray] = {}
    for family in families:
        back = len(sessions.days) if family.lookback is None else family.lookback
        start = max(len(sessions.days) - sessions.rows - back, 0)
        if family.compute is None:
            columns = _by_sql(sessions.connection, family, sessions.days[start])
        else:
            columns = family.compute(Columns(sessions, made, start))
        promised = {feature.name for feature in family.features}
        if promised != set(columns):
            raise ContractError(
                f"features/{family.name}: columns missing {sorted(promised - set(columns))}, "
                f"not declared {sorted(set(columns) - promised)}; update FEATURES and what makes the columns"
            )
        for name in (feature.name for feature in family.features):
            last = np.asarray(columns[name], dtype=float)[-sessions.rows :]
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
        f"CREATE OR REPLACE TEMP TABLE known AS SELECT * FROM {INPUTS} WHERE as_of_date >= $first",
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
    values, missing = np.ma.getdata(column), np.ma.getmaskarray(column)
    if values.dtype.kind == "M":
        missing = missing | np.isnat(values)
        values = values.astype("datetime64[D]").astype(np.int64)
    return np.where(missing, np.nan, values.astype(float))
