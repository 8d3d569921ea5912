"""Sync between two real database files: what differs is copied whole, nothing mixes, a dry run writes nothing."""

import duckdb
import pytest

from oilseer.errors import ConfigError, ContractError
from oilseer.warehouse.spec import SCHEMAS
from oilseer.warehouse.sync import sync


def make(path, kind="real", rows=((1, "a"), (2, "b"))):
    with duckdb.connect(str(path)) as connection:
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute("CREATE TABLE ops.workspace (kind VARCHAR PRIMARY KEY)")
        connection.execute("INSERT INTO ops.workspace VALUES (?)", [kind])
        connection.execute('CREATE TABLE raw.things (id BIGINT, "odd name" VARCHAR NOT NULL, PRIMARY KEY (id))')
        connection.executemany("INSERT INTO raw.things VALUES (?, ?)", rows)
        connection.execute("CREATE TABLE raw_staging.parked AS SELECT 1 AS x")
        connection.execute("CREATE VIEW features.seen AS SELECT * FROM raw.things")
    return str(path)


def things(path):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("SELECT * FROM raw.things ORDER BY id").fetchall()


def actions(plan):
    return {row.table: row.action for row in plan}


def test_a_new_target_becomes_the_source_with_its_keys(tmp_path):
    source, target = make(tmp_path / "a.duckdb"), str(tmp_path / "b.duckdb")
    assert actions(sync(source, target, dry_run=False)) == {"ops.workspace": "copied", "raw.things": "copied"}
    assert things(target) == [(1, "a"), (2, "b")]
    with duckdb.connect(target) as connection, pytest.raises(duckdb.ConstraintException):
        connection.execute("INSERT INTO raw.things VALUES (1, 'again')")


def test_a_second_sync_finds_all_the_same(tmp_path):
    source, target = make(tmp_path / "a.duckdb"), str(tmp_path / "b.duckdb")
    sync(source, target, dry_run=False)
    assert set(actions(sync(source, target, dry_run=False)).values()) == {"same"}


def test_one_changed_value_is_noticed_and_copied(tmp_path):
    source = make(tmp_path / "a.duckdb")
    target = make(tmp_path / "b.duckdb", rows=((1, "a"), (2, "c")))
    assert actions(sync(source, target, dry_run=False))["raw.things"] == "copied"
    assert things(target) == [(1, "a"), (2, "b")]


def test_a_dry_run_reports_rows_and_writes_nothing(tmp_path):
    source = make(tmp_path / "a.duckdb")
    target = make(tmp_path / "b.duckdb", rows=((9, "z"),))
    found = {row.table: row for row in sync(source, target, dry_run=True)}["raw.things"]
    assert (found.rows_source, found.rows_target, found.action) == (2, 1, "copied")
    assert things(target) == [(9, "z")]
    sync(source, str(tmp_path / "new.duckdb"), dry_run=True)
    assert not (tmp_path / "new.duckdb").exists()


def test_what_only_the_target_has_stays(tmp_path):
    source, target = make(tmp_path / "a.duckdb"), make(tmp_path / "b.duckdb")
    with duckdb.connect(target) as connection:
        connection.execute("CREATE TABLE staging.mine AS SELECT 1 AS x")
    assert actions(sync(source, target, dry_run=False))["staging.mine"] == "kept"


def test_real_and_simulated_never_mix(tmp_path):
    source, target = make(tmp_path / "a.duckdb"), make(tmp_path / "b.duckdb", kind="simulated")
    with pytest.raises(ContractError, match="never mix"):
        sync(source, target, dry_run=False)


def test_a_failure_half_way_leaves_the_target_as_it_was(tmp_path):
    source, target = make(tmp_path / "a.duckdb"), make(tmp_path / "b.duckdb", rows=((9, "z"),))

    def fail(step, done, total):
        if done == total:
            return
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(source, target, dry_run=False, progress=fail)
    assert things(target) == [(9, "z")]


def test_a_missing_source_and_a_stranger_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        sync(str(tmp_path / "none.duckdb"), str(tmp_path / "b.duckdb"), dry_run=True)
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(ConfigError, match=r"no ops\.workspace"):
        sync(str(tmp_path / "other.duckdb"), str(tmp_path / "b.duckdb"), dry_run=True)
