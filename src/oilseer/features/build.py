"""features.daily_ml_matrix_zl in one pass: what was known, the families over it, one row a session."""

from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.features import registry
from oilseer.features.known import drop_known, make_known
from oilseer.features.registry import FAMILIES, FEATURES, Family
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

_KEYS = (Column("as_of_date", "DATE", "", "session at whose close one decides"), Column("symbol", "VARCHAR"))
MATRIX = TableSpec(
    "features.daily_ml_matrix_zl",
    "one row per ZL session",
    ("as_of_date", "symbol"),
    (*_KEYS, *(Column(feature.name, "DOUBLE", feature.unit, feature.formula) for feature in FEATURES)),
    "as_of_date 17:00 New York: every value was public by then",
    "staging",
)
_CORE = tuple(feature for feature in FEATURES if feature.category == "core")
CORE = TableSpec(
    "features.core_macro_fx",
    "one row per ZL session",
    ("as_of_date", "symbol"),
    (*_KEYS, *(Column(feature.name, "DOUBLE", feature.unit, feature.formula) for feature in _CORE)),
    MATRIX.available_at,
    MATRIX.name,
)


def build_features(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild the matrix, its core view and the registry from staging; number of sessions. Raises ContractError."""
    make_known(connection)
    made: list[str] = []
    try:
        for family in FAMILIES:
            made.append(_make(connection, family, made))
        columns = ", ".join(
            f"CASE WHEN isfinite({f.name}::DOUBLE) THEN {f.name}::DOUBLE END AS {f.name}" for f in FEATURES
        )
        joined = " ".join(f"INNER JOIN {table} USING (as_of_date)" for table in made)
        rows = replace(
            connection,
            MATRIX,
            f"SELECT as_of_date, 'ZL' AS symbol, {columns} FROM cutoffs {joined} ORDER BY as_of_date",
        )
    finally:
        drop_known(connection)
        for family in FAMILIES:
            connection.execute(f"DROP TABLE IF EXISTS temp.family_{family.name}")
    names = ", ".join(feature.name for feature in _CORE)
    replace(connection, CORE, f"SELECT as_of_date, symbol, {names} FROM {MATRIX.name} ORDER BY as_of_date")
    registry.write(connection, MATRIX.name)
    return rows


def _make(connection: duckdb.DuckDBPyConnection, family: Family, made: list[str]) -> str:
    """Make the temporary table of one family; its name."""
    table = f"family_{family.name}"
    names = ", ".join(feature.name for feature in family.features)
    if family.compute is None:
        query = (files("oilseer.features") / f"{family.name}.sql").read_text().rstrip().rstrip(";")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT as_of_date, {names} FROM ({query})")
        return table
    source = "known" + "".join(f" INNER JOIN {other} USING (as_of_date)" for other in made if other == "family_regime")
    found = connection.execute(f"SELECT * FROM {source} ORDER BY as_of_date").fetchnumpy()
    known = {name: _floats(column) for name, column in found.items() if np.ma.getdata(column).dtype.kind in "fiub"}
    columns = {
        name: pa.array(values, pa.float64(), mask=np.isnan(values)) for name, values in family.compute(known).items()
    }
    days = pa.array(np.ma.getdata(found["as_of_date"]).astype("datetime64[D]"))
    connection.register("computed", pa.table({"as_of_date": days, **columns}))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT as_of_date, {names} FROM computed")
    connection.unregister("computed")
    return table


def _floats(column: np.ndarray) -> np.ndarray:
    """A column as float64, NaN where it is null."""
    return np.ma.filled(np.ma.asarray(column, dtype=float), np.nan)
