"""Writes keep every promise of a spec, in one transaction; loads are idempotent in any order."""

import itertools
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pytest

from oilseer.errors import ContractError
from oilseer.warehouse.connect import writer
from oilseer.warehouse.spec import SCHEMAS, Column, TableSpec, stamped
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import COMPLETION, load, loaded, merge, replace, table_hash

NOW = datetime(2025, 1, 15, tzinfo=UTC)
SPEC = TableSpec(
    "raw.test_prices",
    "one row per symbol, date, vintage",
    ("symbol", "observation_date", "available_at"),
    stamped(Column("symbol", "VARCHAR"), Column("close", "DOUBLE", "¢/lb", null=False, low=0, high=1000)),
    "same day",
    "test",
)


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "real", NOW)) as opened:
        yield opened


def rows(prices: dict[int, float], provenance: str = "a", ingested: datetime = NOW, source: str = "mine", **more):
    """A delivery: day of January 2024 → close."""
    n = len(prices)
    return pa.table(
        {
            "symbol": ["ZL"] * n,
            "close": list(prices.values()),
            "observation_date": [date(2024, 1, day) for day in prices],
            "available_at": [datetime(2024, 1, day, 22, tzinfo=UTC) for day in prices],
            "availability": ["lagged"] * n,
            "ingested_at": [ingested] * n,
            "source": [source] * n,
            "provenance_id": [provenance] * n,
        }
        | more
    )


def put(connection, table):
    return load(connection, SPEC, table, NOW, NOW)


def closes(connection):
    return dict(connection.execute("SELECT day(observation_date), close FROM raw.test_prices ORDER BY 1").fetchall())


def test_there_are_nine_schemas_and_no_more(connection):
    found = {
        row[0] for row in connection.execute("SELECT schema_name FROM duckdb_schemas() WHERE NOT internal").fetchall()
    }
    assert found - {"main"} == set(SCHEMAS)
    assert len(SCHEMAS) == 9


def test_loading_twice_changes_nothing(connection):
    assert put(connection, rows({2: 48.0, 3: 48.5})) == 2
    before = table_hash(connection, SPEC)
    assert put(connection, rows({2: 48.0, 3: 48.5})) == 0
    assert table_hash(connection, SPEC) == before
    assert loaded(connection, SPEC, "a")
    assert not loaded(connection, SPEC, "b")
    assert connection.execute(f"SELECT row_count, status FROM {COMPLETION.name}").fetchall() == [(2, "complete")]


def test_deliveries_in_any_order_make_the_same_table(connection):
    later = datetime(2025, 1, 16, tzinfo=UTC)
    deliveries = [rows({2: 48.0, 3: 48.5}), rows({3: 49.0, 4: 50.0}, "b", later), rows({2: 48.2}, "c", later)]
    hashes = set()
    for order in itertools.permutations(deliveries):
        connection.execute("DROP TABLE IF EXISTS raw.test_prices")
        for delivery in order:
            put(connection, delivery)
        hashes.add(table_hash(connection, SPEC))
    assert len(hashes) == 1
    assert closes(connection) == {2: 48.2, 3: 49.0, 4: 50.0}


def test_a_vintage_stands_beside_the_one_before_it(connection):
    put(connection, rows({2: 48.0}))
    revised = rows({2: 47.0}, "b", available_at=[datetime(2024, 2, 1, tzinfo=UTC)])
    put(connection, revised)
    assert connection.execute("SELECT close FROM raw.test_prices ORDER BY available_at").fetchall() == [
        (48.0,),
        (47.0,),
    ]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (rows({2: 48.0}).append_column("surprise", [[1]]), "unknown \\['surprise'\\]"),
        (rows({2: 48.0}).drop_columns(["close"]), "missing \\['close'\\]"),
        (rows({2: -1.0}), "close below 0 in 1 of 1"),
        (rows({2: 2000.0}), "close above 1000"),
        (rows({2: float("inf")}), "not finite"),
        (rows({2: None}), "close is null"),
        (rows({2: 48.0}, close=["about 48"]), "does not fit"),
        (pa.concat_tables([rows({2: 48.0}), rows({2: 49.0})]), "stands 2 times"),
        (rows({}), "no rows"),
    ],
)  # fmt: skip
def test_a_broken_promise_leaves_the_table_as_it_was(connection, table, reason):
    put(connection, rows({3: 48.5}))
    before = table_hash(connection, SPEC)
    with pytest.raises(ContractError, match=reason):
        put(connection, table)
    assert table_hash(connection, SPEC) == before
    left = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw_staging'").fetchone()[0]
    assert left == 0


def test_one_load_is_one_delivery(connection):
    with pytest.raises(ContractError, match="one load is one delivery"):
        put(connection, pa.concat_tables([rows({2: 48.0}), rows({3: 48.0}, "b")]))


def test_simulated_rows_are_refused_in_a_real_workspace(connection):
    with pytest.raises(ContractError, match="do not belong in a real workspace"):
        put(connection, rows({2: 48.0}, source="simulated market"))


def test_real_rows_are_refused_in_a_simulated_workspace(tmp_path):
    with (
        writer(create_workspace(tmp_path / "simulated", "simulated", NOW)) as connection,
        pytest.raises(ContractError, match="do not belong in a simulated workspace"),
    ):
        put(connection, rows({2: 48.0}))


def test_replace_takes_all_or_nothing(connection):
    spec = TableSpec("staging.test", "one row per k", ("k",), (Column("k", "INTEGER"),), "", "")
    assert replace(connection, spec, "SELECT unnest([1, 2]) AS k") == 2
    with pytest.raises(ContractError, match="k is null"):
        replace(connection, spec, "SELECT unnest([3, NULL]) AS k")
    assert connection.execute("SELECT k FROM staging.test ORDER BY k").fetchall() == [(1,), (2,)]


def test_merge_updates_by_key_and_counts_only_changes(connection):
    spec = TableSpec("ops.test", "one row per k", ("k",), (Column("k", "INTEGER"), Column("v", "DOUBLE")), "", "")
    merge(connection, spec, pa.table({"k": [1, 2], "v": [1.0, 2.0]}))
    assert merge(connection, spec, pa.table({"k": [2, 3], "v": [2.0, 3.0]})) == 1
    assert connection.execute("SELECT * FROM ops.test ORDER BY k").fetchall() == [(1, 1.0), (2, 2.0), (3, 3.0)]


def test_a_key_may_not_be_null_in_the_database_either(connection):
    put(connection, rows({2: 48.0}))
    with pytest.raises(duckdb.ConstraintException):
        connection.execute("INSERT INTO raw.test_prices SELECT NULL, * EXCLUDE (symbol) FROM raw.test_prices")
