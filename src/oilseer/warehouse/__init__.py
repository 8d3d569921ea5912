"""The only code that opens DuckDB: workspaces, connections, table specs, writes and as-of views."""
