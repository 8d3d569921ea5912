"""Staging tables whose sources may not be there: without its raw tables such a table is empty."""

from importlib.resources import files

import duckdb
import pyarrow as pa

from oilseer.warehouse.spec import TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import replace


def build_from(connection: duckdb.DuckDBPyConnection, spec: TableSpec, parts: dict[str, str]) -> int:
    """Replace `spec`'s table by the union of the SELECTs whose raw table is there; number of rows.

    parts  SQL file of this package by the raw table that it reads: {"usda_wasde": "wasde"}
    Raises ContractError where a part breaks the spec.
    """
    there = existing(connection, "raw")
    queries = [sql(name) for table, name in parts.items() if table in there]
    if not queries:
        return replace(connection, spec, nothing(spec))
    return replace(connection, spec, " UNION ALL BY NAME ".join(f"({query})" for query in queries))


def nothing(spec: TableSpec) -> pa.Table:
    """No rows with the columns of `spec`."""
    return pa.table({name: pa.nulls(0) for name in spec.column_names})


def sql(name: str) -> str:
    """The SELECT of one file of this package, without its semicolon."""
    return (files("oilseer.staging") / f"{name}.sql").read_text(encoding="utf-8").rstrip().rstrip(";")


def existing(connection: duckdb.DuckDBPyConnection, schema: str) -> set[str]:
    """Names of the tables and views of a schema, without it."""
    return {name.split(".")[1] for name in tables(connection) if name.startswith(f"{schema}.")}
