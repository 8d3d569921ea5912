"""Which tables there are: in the open database alone, where a replay has the published snapshot beside it."""

import duckdb


def tables(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Every table and view of the open database as schema.table; nothing of attached ones."""
    found = connection.execute(
        "SELECT table_schema || '.' || table_name FROM information_schema.tables "
        "WHERE table_catalog = current_database()"
    )
    return frozenset(name for (name,) in found.fetchall())
