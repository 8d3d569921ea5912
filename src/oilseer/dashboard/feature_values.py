"""The past of one feature, session by session."""

from datetime import date

import duckdb

from oilseer.dashboard.lists import part
from oilseer.dashboard.states import named
from oilseer.dashboard.tables import require, rows
from oilseer.errors import ConfigError
from oilseer.features.build import MATRIX
from oilseer.features.registry import SPEC as REGISTRY


def history(
    connection: duckdb.DuckDBPyConnection, name: str, start: date | None, end: date | None, limit: int | None,
    offset: int,
) -> dict:  # fmt: skip
    """Values of a feature, newest first. Raises ConfigError where nothing is built, or for an unknown name."""
    require(connection, REGISTRY.name, "features", "build features")
    known = rows(connection, f"SELECT name, unit FROM {REGISTRY.name} WHERE name = ?", [name])
    if not known:
        raise ConfigError(f"no feature {name!r}; `oilseer features list` names all")
    query = (
        f'SELECT as_of_date, "{known[0]["name"]}" AS value FROM {MATRIX.name} '
        "WHERE ($start::DATE IS NULL OR as_of_date >= $start::DATE) "
        "AND ($end::DATE IS NULL OR as_of_date <= $end::DATE) ORDER BY as_of_date DESC"
    )
    answer = named(connection, MATRIX.name, {"value": known[0]["unit"]}) | {"name": name}
    return answer | part(connection, query, {"start": start, "end": end}, limit, offset)
