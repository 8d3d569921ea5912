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
from oilseer.features.evaluate import Sessions, evaluate, read_sessions, table_of
from oilseer.features.feature import Feature
from oilseer.features.known import EVER, SYMBOLS, column_of, drop_known, inputs_spec, make_known
from oilseer.features.registry import FAMILIES, FEATURES, Family
from oilseer.features.views import CORE_VIEW, COVERAGE_VIEW, VIEWS, make_views
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
BESIDE = (  # what a build leaves beside the matrix
    inputs_spec().name, registry.SPEC.name, registry.GROUP.name, registry.MAP.name, join.CHECKS.name, CORE_VIEW,
    COVERAGE_VIEW, *VIEWS.values(),
)  # fmt: skip


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
    declared = state.declarations(families)
    found = "asked for" if rebuild else state.standing(connection, MATRIX.name, declared, BESIDE)
    standing = found if isinstance(found, state.Standing) else None
    if standing and not _follows(connection, standing.last_session):
        return Built(_sessions(connection), 0, "")
    try:
        # before the transaction: in one, joins of tables that are still uncommitted take a hundred times as long
        make_known(connection, standing.last_session if standing else EVER)
        with transaction(connection):
            made = _add(connection, families) if standing else _rebuild(connection, families)
            if made:
                state.remember(connection, MATRIX.name, declared, standing)
    finally:
        drop_known(connection)
    return Built(_sessions(connection), made, "" if standing else found)


def _rebuild(connection: duckdb.DuckDBPyConnection, families: Sequence[Family]) -> int:
    """Make every row; their number."""
    replace(connection, inputs_spec(), "SELECT * FROM known")
    sessions = read_sessions(connection, MATRIX.name, None, families)
    made = evaluate(sessions, families)
    require(join.sound(families, sessions.days, made, sessions.rows))
    replace(connection, _spec(families), table_of(sessions.days, made))
    make_views(connection, MATRIX.name, made)
    _measure(sessions, families, made)
    return sessions.rows


def _add(connection: duckdb.DuckDBPyConnection, families: Sequence[Family]) -> int:
    """Add the sessions that `known` holds; their number."""
    fresh = connection.execute("SELECT * FROM known").to_arrow_table()
    if fresh.num_rows == 0:
        return 0
    append(connection, inputs_spec(), fresh)
    sessions = read_sessions(connection, MATRIX.name, fresh.num_rows, families, join.RECENT)
    made = evaluate(sessions, families)
    require(join.sound(families, sessions.days, made, sessions.rows))
    append(connection, _spec(families), table_of(sessions.days[-sessions.rows :], made))
    _measure(sessions, families, made)
    return sessions.rows


def _measure(sessions: Sessions, families: Sequence[Family], made: dict[str, np.ndarray]) -> None:
    """Registry and the measures of the joins over the matrix as it stands."""
    registry.write(sessions.connection, sessions.days, made, families)
    recent = made
    if sessions.before:
        recent = {name: np.concatenate([sessions.before[name], column]) for name, column in made.items()}
    join.measure(sessions, families, recent, {symbol: column_of(symbol) for symbol in SYMBOLS})


def _follows(connection: duckdb.DuckDBPyConnection, last: date) -> bool:
    """Whether staging has a session after `last`."""
    newest = connection.execute("SELECT max(observation_date) FROM staging.zl_prices_clean").fetchone()[0]
    return newest is not None and newest > last


def _sessions(connection: duckdb.DuckDBPyConnection) -> int:
    return connection.execute(f"SELECT count(*) FROM {MATRIX.name}").fetchone()[0]


def _spec(families: Sequence[Family]) -> TableSpec:
    return matrix_spec(MATRIX.name, [feature for family in families for feature in family.features])
