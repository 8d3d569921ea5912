"""features.daily_ml_matrix_zl in one pass: what was known, the families over it, one row a session."""

from collections.abc import Sequence
from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.features import registry
from oilseer.features.feature import Feature
from oilseer.features.known import drop_known, make_known
from oilseer.features.registry import FAMILIES, FEATURES, Family
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

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


def build_features(connection: duckdb.DuckDBPyConnection, families: Sequence[Family] = FAMILIES) -> int:
    """Rebuild the matrix, its core columns and the registry from staging; number of sessions. Raises ContractError."""
    features = [feature for family in families for feature in family.features]
    make_known(connection)
    made: list[str] = []
    try:
        for family in families:
            made.append(_make(connection, family, made))
        columns = ", ".join(
            f"CASE WHEN isfinite({name}::DOUBLE) THEN {name}::DOUBLE END AS {name}"
            for name in (f.name for f in features)
        )
        joined = " ".join(f"INNER JOIN {table} USING (as_of_date)" for table in made)
        query = f"SELECT as_of_date, 'ZL' AS symbol, {columns} FROM cutoffs {joined} ORDER BY as_of_date"
        rows = replace(connection, matrix_spec(MATRIX.name, features), query)
    finally:
        drop_known(connection)
        for family in families:
            connection.execute(f"DROP TABLE IF EXISTS temp.family_{family.name}")
    core = ", ".join(CORE.column_names)
    connection.execute(f"CREATE OR REPLACE VIEW {CORE.name} AS SELECT {core} FROM {MATRIX.name}")
    registry.write(connection, MATRIX.name, families)
    return rows


def family_query(name: str) -> str:
    """The SELECT of a family's SQL file, which reads `known`."""
    return (files("oilseer.features") / f"{name}.sql").read_text().rstrip().rstrip(";")


def _make(connection: duckdb.DuckDBPyConnection, family: Family, made: list[str]) -> str:
    """Make the temporary table of one family; its name."""
    table = f"family_{family.name}"
    names = ", ".join(feature.name for feature in family.features)
    if family.compute is None:
        query = f"SELECT as_of_date, {names} FROM ({family_query(family.name)})"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")
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
