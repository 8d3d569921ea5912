"""features.daily_ml_matrix_zl in one pass: what was known, the families over it, one row a session.

A new session costs one row: what was known is kept, and each family is run over the tail it declares. Where the
past changed, or the code did, all rows are made anew; both ways give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from oilseer.checks import require
from oilseer.features import join, registry, state
from oilseer.features.evaluate import Sessions, evaluate, known_arrays, read_sessions, table_of
from oilseer.features.feature import Feature
from oilseer.features.known import EVER, SYMBOLS, column_of, drop_known, inputs_spec, make_known
from oilseer.features.registry import FAMILIES, FEATURES, Family
from oilseer.features.views import make_views
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import append, replace, transaction

_KEYS = (Column("as_of_date", "DATE", "", "session at whose close one decides"), Column("symbol", "VARCHAR"))


def matrix_spec(name: str, features: Sequence[Feature]) -> TableSpec:
    """Spec of a table of `features`, one row a session."""
    return TableSpec(
        name,
        "one row per ZL session",
        ("as_of_date", "symbol"),
        (*_KEYS, *(Column(feature.name, "DOUBLE", feature.unit, feature.formula) for feature in features)),
        "as_of_date 17:00 New York: every value was public by then",
        "staging",
    )


MATRIX = matrix_spec("features.daily_ml_matrix_zl", FEATURES)


@dataclass(frozen=True)
class Built:
    """What a build did: sessions in the matrix, how many of them it made, and why it made all (empty where not)."""

    sessions: int
    made: int
    reason: str


def build_features(
    connection: duckdb.DuckDBPyConnection, families: Sequence[Family] = FAMILIES, rebuild: bool = False
) -> Built:
    """Bring the matrix, its views and the registry up to staging, in one transaction; what was done.

    rebuild  make every row anew even where adding the new ones is enough
    Raises ContractError, or GateFailed where a join loses rows or columns: what stood before still stands then.
    """
    found = "asked for" if rebuild else state.why_rebuild(connection, MATRIX.name, families)
    adds = isinstance(found, date)
    if adds and not _follows(connection, found):
        return Built(_sessions(connection), 0, "")
    try:
        # before the transaction: in one, joins of tables that are still uncommitted take a hundred times as long
        make_known(connection, found if adds else EVER)
        with transaction(connection):
            made = _add(connection, families) if adds else _rebuild(connection, families)
    finally:
        drop_known(connection)
    return Built(_sessions(connection), made, "" if adds else found)


def _rebuild(connection: duckdb.DuckDBPyConnection, families: Sequence[Family]) -> int:
    """Make every row; their number."""
    replace(connection, inputs_spec(), "SELECT * FROM known")
    sessions = read_sessions(connection, MATRIX.name, None, families)
    made = evaluate(sessions, families)
    require(join.sound(families, sessions.days, made, sessions.rows))
    replace(connection, _spec(families), table_of(sessions.days, made))
    _describe(sessions, families, made)
    return sessions.rows


def _add(connection: duckdb.DuckDBPyConnection, families: Sequence[Family]) -> int:
    """Add the sessions that `known` holds; their number."""
    fresh = connection.execute("SELECT * FROM known").to_arrow_table()
    if fresh.num_rows == 0:
        return 0
    append(connection, inputs_spec(), fresh)
    sessions = read_sessions(connection, MATRIX.name, fresh.num_rows, families)
    made = evaluate(sessions, families)
    require(join.sound(families, sessions.days, made, sessions.rows))
    append(connection, _spec(families), table_of(sessions.days[-sessions.rows :], made))
    _describe(sessions, families, made)
    return sessions.rows


def _describe(sessions: Sessions, families: Sequence[Family], made: dict[str, np.ndarray]) -> None:
    """Views, registry and the measures of the joins over the matrix as it stands, and what it was made from."""
    make_views(sessions.connection, MATRIX.name, made)
    registry.write(sessions.connection, sessions.days, made, families)
    recent = made
    if sessions.rows < len(sessions.days):
        recent = known_arrays(sessions.connection, MATRIX.name, max(len(sessions.days) - join.RECENT, 0))
    join.measure(sessions, families, recent, {symbol: column_of(symbol) for symbol in SYMBOLS})
    state.remember(sessions.connection, MATRIX.name, families)


def _follows(connection: duckdb.DuckDBPyConnection, last: date) -> bool:
    """Whether staging has a session after `last`."""
    newest = connection.execute("SELECT max(observation_date) FROM staging.zl_prices_clean").fetchone()[0]
    return newest is not None and newest > last


def _sessions(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute(f"SELECT count(*) FROM {MATRIX.name}").fetchone()[0]


def _spec(families: Sequence[Family]) -> TableSpec:
    return matrix_spec(MATRIX.name, [feature for family in families for feature in family.features])
