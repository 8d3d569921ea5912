import duckdb

from oilseer.warehouse.tables import tables


def test_tables_and_views_of_the_open_database_and_of_no_attached_one(tmp_path):
    with duckdb.connect(str(tmp_path / "beside.duckdb")) as beside:
        beside.execute("CREATE SCHEMA features; CREATE TABLE features.build_state (x INTEGER)")
    with duckdb.connect(str(tmp_path / "own.duckdb")) as own:
        own.execute(f"ATTACH '{tmp_path / 'beside.duckdb'}' AS published (READ_ONLY)")
        own.execute("CREATE SCHEMA raw; CREATE TABLE raw.prices (x INTEGER); CREATE VIEW raw.front AS FROM raw.prices")
        assert tables(own) == {"raw.prices", "raw.front"}
