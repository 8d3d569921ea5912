"""Writes keep every promise of a spec, in one transaction; loads are idempotent in any order."""

import itertools
from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from oilseer.errors import ContractError
from oilseer.warehouse.connect import writer
from oilseer.warehouse.spec import SCHEMAS, Column, TableSpec, stamped
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import COMPLETION, append, load, merge, replace, table_hash

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


def test_there_are_nine_schemas_and_no_more(connection):
    found = {
        row[0] for row in connection.execute("SELECT schema_name FROM duckdb_schemas() WHERE NOT internal").fetchall()
    }
    assert found - {"main"} == set(SCHEMAS)
    assert len(SCHEMAS) == 9


def test_the_hash_of_a_table_sees_two_rows_exchange_a_value(connection):
    put(connection, rows({2: 48.0}, provenance="a"))
    put(connection, rows({3: 48.0}, provenance="b"))
    before = table_hash(connection, SPEC)
    connection.execute(f"UPDATE {SPEC.name} SET provenance_id = CASE provenance_id WHEN 'a' THEN 'b' ELSE 'a' END")
    assert table_hash(connection, SPEC) != before


def test_loading_twice_changes_nothing(connection):
    assert put(connection, rows({2: 48.0, 3: 48.5})) == 2
    before = table_hash(connection, SPEC)
    assert put(connection, rows({2: 48.0, 3: 48.5})) == 0
    assert table_hash(connection, SPEC) == before
    assert connection.execute(f"SELECT row_count, status FROM {COMPLETION.name}").fetchall() == [(2, "complete")]


SECOND, THIRD = datetime(2025, 1, 16, 9, tzinfo=UTC), datetime(2025, 1, 17, 9, tzinfo=UTC)


def vintages(connection):
    """Day of January 2024, instant from which public, availability and close, by day and instant."""
    return connection.execute(
        "SELECT day(observation_date), available_at, availability, close FROM raw.test_prices ORDER BY ALL"
    ).fetchall()


def lagged(day: int) -> datetime:
    return datetime(2024, 1, day, 22, tzinfo=UTC)


def in_any_order(connection, deliveries) -> list[tuple]:
    """Vintages after each order of the deliveries, asserted to be the same table."""
    hashes = set()
    for order in itertools.permutations(deliveries):
        connection.execute("DROP TABLE IF EXISTS raw.test_prices")
        for delivery in order:
            put(connection, delivery)
        hashes.add(table_hash(connection, SPEC))
    assert len(hashes) == 1
    return vintages(connection)


def test_three_imports_in_any_order_make_the_same_table_and_all_vintages_stay(connection):
    deliveries = [
        rows({2: 48.0, 3: 48.5, 5: 51.0}),
        rows({2: 48.2, 3: 49.0, 4: 50.0, 5: 51.0}, "b", SECOND),
        rows({2: 48.3, 3: 49.0, 4: 50.5}, "c", THIRD),
    ]
    assert in_any_order(connection, deliveries) == [
        (2, lagged(2), "lagged", 48.0),
        (2, SECOND, "vintage", 48.2),
        (2, THIRD, "vintage", 48.3),
        (3, lagged(3), "lagged", 48.5),
        (3, SECOND, "vintage", 49.0),  # the third says the same
        (4, lagged(4), "lagged", 50.0),
        (4, THIRD, "vintage", 50.5),
        (5, lagged(5), "lagged", 51.0),
    ]
    assert connection.execute(
        "SELECT provenance_id FROM raw.test_prices WHERE day(observation_date) = 5"
    ).fetchall() == [("a",)]


def test_files_of_one_import_replace_each_other_in_place_in_any_order(connection):
    a_moment_later = NOW + timedelta(microseconds=7)
    deliveries = [rows({2: 48.0, 3: 1.0}), rows({2: 48.1, 3: 2.0}, "b"), rows({2: 48.2}, "a", a_moment_later)]
    assert in_any_order(connection, deliveries) == [(2, lagged(2), "lagged", 48.2), (3, lagged(3), "lagged", 2.0)]


def test_two_files_of_a_later_import_make_one_vintage_in_any_order(connection):
    a_moment_later = SECOND + timedelta(microseconds=7)
    deliveries = [rows({2: 48.0}), rows({2: 48.1}, "b", SECOND), rows({2: 48.2}, "c", a_moment_later)]
    assert in_any_order(connection, deliveries) == [
        (2, lagged(2), "lagged", 48.0),
        (2, a_moment_later, "vintage", 48.2),
    ]


def test_a_delivery_before_the_lag_has_passed_is_public_no_earlier_than_the_lag(connection):
    early = [lagged(2) - timedelta(hours=n) for n in (3, 2)]
    deliveries = [rows({2: 48.0}, "a", early[0]), rows({2: 48.1}, "b", early[1]), rows({2: 48.2}, "c", SECOND)]
    assert in_any_order(connection, deliveries) == [
        (2, lagged(2), "lagged", 48.1),  # the last word at the instant it became public
        (2, SECOND, "vintage", 48.2),
    ]


def test_values_that_flip_back_are_a_vintage_when_they_arrive_in_their_order(connection):
    for close, provenance, ingested in ((48.0, "a", NOW), (49.0, "b", SECOND), (48.0, "c", THIRD)):
        assert put(connection, rows({2: close}, provenance, ingested)) == 1
    assert [(instant, close) for _, instant, _, close in vintages(connection)] == [
        (lagged(2), 48.0), (SECOND, 49.0), (THIRD, 48.0),
    ]  # fmt: skip


def test_a_later_delivery_with_the_newest_values_changes_nothing(connection):
    put(connection, rows({2: 48.0, 3: 48.5}))
    put(connection, rows({2: 48.2, 3: 48.5}, "b", SECOND))
    before = connection.execute("SELECT * FROM raw.test_prices ORDER BY ALL").fetchall()
    assert put(connection, rows({2: 48.2, 3: 48.5}, "c", THIRD)) == 0
    assert connection.execute("SELECT * FROM raw.test_prices ORDER BY ALL").fetchall() == before


def test_a_recorded_instant_is_merged_in_place_and_displaces_no_vintage(connection):
    put(connection, rows({2: 48.0}))
    put(connection, rows({2: 48.2}, "b", SECOND))
    recorded = {"available_at": [datetime(2024, 2, 1, tzinfo=UTC)], "availability": ["vintage"]}
    put(connection, rows({2: 47.0}, "r", NOW, **recorded))
    put(connection, rows({2: 47.5}, "s", THIRD, **recorded))
    assert [close for *_, close in vintages(connection)] == [48.0, 47.5, 48.2]


def test_a_recorded_row_that_comes_again_stays_as_it_was_first_loaded(connection):
    recorded = {"available_at": [datetime(2024, 2, 1, tzinfo=UTC)], "availability": ["vintage"]}
    put(connection, rows({2: 47.0}, "s", SECOND, **recorded))
    before = connection.execute("FROM raw.test_prices").fetchall()
    put(connection, rows({2: 47.0}, "t", THIRD, **recorded))
    assert connection.execute("FROM raw.test_prices").fetchall() == before
    put(connection, rows({2: 47.0}, "r", NOW, **recorded))  # an earlier load that arrives last
    assert connection.execute("SELECT ingested_at, provenance_id FROM raw.test_prices").fetchone()[0] == NOW


def test_an_observation_twice_in_one_delivery_is_left_to_the_merge(connection):
    twice = pa.concat_tables([rows({2: 48.0}), rows({2: 48.1}, available_at=[lagged(9)])])
    put(connection, twice)
    again = twice.set_column(twice.column_names.index("ingested_at"), "ingested_at", [[SECOND] * 2])
    put(connection, again)
    assert [(instant, close) for _, instant, _, close in vintages(connection)] == [(lagged(2), 48.0), (lagged(9), 48.1)]


def test_a_vintage_stands_beside_the_one_before_it(connection):
    put(connection, rows({2: 48.0}))
    recorded = datetime(2024, 2, 1, tzinfo=UTC)
    revised = rows({2: 47.0}, "b", available_at=[recorded], availability=["vintage"])
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


def test_append_adds_new_rows_and_refuses_a_key_that_is_there(connection):
    spec = TableSpec("features.test", "one row per k", ("k",), (Column("k", "INTEGER"),), "", "")
    append(connection, spec, pa.table({"k": [2]}))
    assert append(connection, spec, pa.table({"k": [3]})) == 1
    with pytest.raises(ContractError, match="append adds new rows only"):
        append(connection, spec, pa.table({"k": [3, 4]}))
    assert connection.execute("SELECT k FROM features.test ORDER BY k").fetchall() == [(2,), (3,)]
