"""features.daily_ml_matrix_zl in one pass: what was known, the families over it, one row a session.

A new session costs one row: what was known is kept, and each family is run over the tail it declares. Where the
past changed, or the code did, all rows are made anew; both ways give the same bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from oilseer.features import registry, state
from oilseer.features.evaluate import evaluate, known_arrays, table_of
from oilseer.features.feature import Feature
from oilseer.features.known import EVER, drop_known, inputs_spec, make_known
from oilseer.features.registry import FAMILIES, FEATURES, Family
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import merge, replace, transaction

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
CORE = matrix_spec("features.core_macro_fx", [feature for feature in FEATURES if feature.category == "core"])


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
    Raises ContractError.
    """
    found = "asked for" if rebuild else state.why_rebuild(connection, MATRIX.name, families)
    adds = isinstance(found, date)
    try:
        # before the transaction: in one, joins of tables that are still uncommitted take a hundred times as long
        make_known(connection, found if adds else EVER)
        with transaction(connection):
            made = _add(connection, families) if adds else _rebuild(connection, families)
            if made:
                core = ", ".join(CORE.column_names)
                connection.execute(f"CREATE OR REPLACE VIEW {CORE.name} AS SELECT {core} FROM {MATRIX.name}")
                registry.write(connection, MATRIX.name, families)
                state.remember(connection, MATRIX.name, families)
    finally:
        drop_known(connection)
    sessions = connection.execute(f"SELECT count(*) FROM {MATRIX.name}").fetchone()[0]
    return Built(sessions, made, "" if adds else found)


def _rebuild(connection: duckdb.DuckDBPyConnection, families: Sequence[Family]) -> int:
    """Make every row; their number."""
    replace(connection, inputs_spec(), "SELECT * FROM known")
    days, known = known_arrays(connection, inputs_spec().name)
    made = evaluate(connection, families, days, known, len(days), lambda name: np.empty(0))
    return replace(connection, _spec(families), table_of(days, made))


def _add(connection: duckdb.DuckDBPyConnection, families: Sequence[Family]) -> int:
    """Add the sessions that `known` holds; their number."""
    fresh = connection.execute("SELECT * FROM known").to_arrow_table()
    if fresh.num_rows == 0:
        return 0
    merge(connection, inputs_spec(), fresh)
    days, known = known_arrays(connection, inputs_spec().name)
    made = evaluate(connection, families, days, known, fresh.num_rows, lambda name: _stored(connection, name))
    return merge(connection, _spec(families), table_of(days[-fresh.num_rows :], made))


def _spec(families: Sequence[Family]) -> TableSpec:
    return matrix_spec(MATRIX.name, [feature for family in families for feature in family.features])


def _stored(connection: duckdb.DuckDBPyConnection, name: str) -> np.ndarray:
    """A feature's values in the matrix as it stands, NaN where null; (n,)."""
    found = connection.execute(f'SELECT "{name}" AS x FROM {MATRIX.name} ORDER BY as_of_date').fetchnumpy()["x"]
    return np.ma.filled(np.ma.asarray(found, dtype=float), np.nan)
