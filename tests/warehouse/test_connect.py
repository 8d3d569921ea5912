"""One writer, published snapshots swapped in whole, replays of the past, marks for life."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from test_write import NOW, SPEC, rows

from oilseer import pipeline
from oilseer.errors import ConfigError, ContractError, LockedError, MissingExtra
from oilseer.warehouse import connect
from oilseer.warehouse.workspace import create_workspace, open_workspace
from oilseer.warehouse.write import load, table_hash


@pytest.fixture
def workspace(tmp_path):
    return create_workspace(tmp_path / "home", "real", NOW)


def put(workspace, table):
    with connect.writer(workspace) as connection:
        load(connection, SPEC, table, NOW, NOW)


def test_a_second_writer_gets_a_clear_message(workspace):
    held = f"""
import sys, time
from pathlib import Path
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import open_workspace
with writer(open_workspace(Path({str(workspace.home)!r}))):
    print("held", flush=True); sys.stdin.read()
"""
    with subprocess.Popen([sys.executable, "-c", held], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match="another oilseer process is writing"), connect.writer(workspace):
            pass
        other.communicate(b"")
    with connect.writer(workspace):
        pass


def test_readers_see_the_published_state_and_keep_it_while_a_new_one_arrives(workspace):
    put(workspace, rows({2: 48.0}))
    connect.publish(workspace, "first")
    with connect.reader(workspace) as old:
        put(workspace, rows({3: 49.0}, "b"))
        assert old.execute("SELECT count(*) FROM raw.test_prices").fetchone() == (1,)
        connect.publish(workspace, "second")
        assert old.execute("SELECT count(*) FROM raw.test_prices").fetchone() == (1,)
        with connect.reader(workspace) as new:
            assert new.execute("SELECT count(*) FROM raw.test_prices").fetchone() == (2,)


INTRUDER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r} + "/tests/warehouse")
from test_connect import put
from test_write import rows
from oilseer.warehouse.workspace import open_workspace
put(open_workspace(Path({home!r})), rows({{4: 50.0}}, "b"))
"""


def intrude(workspace, request):
    """A second process tries to write one more row; the error it ends with, empty where it could."""
    code = INTRUDER.format(root=str(request.config.rootpath), home=str(workspace.home))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr


def test_nobody_writes_between_the_last_step_of_a_run_and_its_snapshot(workspace, request, monkeypatch):
    errors = []

    def steps(day):
        load(day.connection, SPEC, rows({2: 48.0}), NOW, NOW)
        return SimpleNamespace(run_id="first")

    def progress(stage, done, total):
        errors.append(intrude(workspace, request))

    monkeypatch.setattr(pipeline, "_all_steps", steps)
    pipeline.run(workspace, SimpleNamespace(progress=progress))
    before, after = errors
    assert "LockedError" in before
    assert after == ""  # free again once published
    with connect.reader(workspace) as published, connect.writer(workspace) as connection:
        count = "SELECT count(*) FROM raw.test_prices"
        assert published.execute(count).fetchone() == (1,)
        assert connection.execute(count).fetchone() == (2,)


def test_the_lock_is_held_while_the_snapshot_is_copied(workspace, request, monkeypatch):
    errors, copy = [], shutil.copyfile

    def slow_copy(source, target):
        errors.append(intrude(workspace, request))
        return copy(source, target)

    monkeypatch.setattr(connect.shutil, "copyfile", slow_copy)
    with connect.writing(workspace) as (connection, publish_at_end):
        load(connection, SPEC, rows({2: 48.0}), NOW, NOW)
        publish_at_end("first")
    assert "LockedError" in errors[0]
    assert len(errors) == 1


def test_a_block_that_fails_or_asks_for_nothing_publishes_nothing(workspace):
    def failing():
        with connect.writing(workspace) as (_, publish_at_end):
            publish_at_end("first")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    with connect.writing(workspace):
        pass
    assert not workspace.published.exists()


@pytest.mark.parametrize("name", ["published", "replays"])
def test_drafts_of_dead_processes_go_and_those_of_living_ones_stay(workspace, name):
    put(workspace, rows({2: 48.0}))
    connect.publish(workspace, "first")
    with subprocess.Popen([sys.executable, "-c", ""]) as dead:
        pass
    folder = workspace.home / name
    folder.mkdir(exist_ok=True)
    for ending in ("tmp", "tmp.wal"):
        (folder / f"x.duckdb.{dead.pid}.{ending}").write_text("half")
    (folder / f"x.duckdb.{dead.pid}.tmp.tmp").mkdir()
    living = folder / f"x.duckdb.{os.getppid()}.tmp"
    living.write_text("half")
    if name == "published":
        connect.publish(workspace, "second")
    else:
        with connect.replay(workspace, date(2024, 1, 2), NOW):
            pass
    assert [path for path in folder.iterdir() if ".tmp" in path.name] == [living]


def test_a_published_snapshot_cannot_be_written(workspace):
    put(workspace, rows({2: 48.0}))
    connect.publish(workspace, "first")
    with connect.reader(workspace) as connection, pytest.raises(Exception, match="read-only"):
        connection.execute("DELETE FROM raw.test_prices")


def test_a_replay_sees_only_what_was_public(workspace):
    put(workspace, rows({2: 48.0, 3: 48.5, 4: 49.0}))
    connect.publish(workspace, "first")
    with connect.replay(workspace, date(2024, 1, 3), datetime(2024, 1, 3, 22, tzinfo=UTC)) as connection:
        found = connection.execute("SELECT max(observation_date), count(*) FROM raw.test_prices").fetchone()
        connection.execute("CREATE TABLE staging.done AS SELECT 1 AS k")
    assert found == (date(2024, 1, 3), 2)
    with connect.reader(workspace, date(2024, 1, 3)) as connection:
        assert connection.execute("SELECT k FROM staging.done").fetchone() == (1,)


def test_a_replay_that_fails_leaves_nothing(workspace):
    put(workspace, rows({2: 48.0}))
    connect.publish(workspace, "first")
    with pytest.raises(RuntimeError), connect.replay(workspace, date(2024, 1, 2), NOW):
        raise RuntimeError
    assert list((workspace.home / "replays").iterdir()) == []


def test_a_replay_works_in_a_folder_with_an_apostrophe(tmp_path):
    odd = create_workspace(tmp_path / "miller's oil", "real", NOW)
    put(odd, rows({2: 48.0}))
    connect.publish(odd, "first")
    with connect.replay(odd, date(2024, 1, 2), datetime(2024, 1, 2, 22, tzinfo=UTC)) as connection:
        assert connection.execute("SELECT count(*) FROM raw.test_prices").fetchone() == (1,)


def test_a_new_snapshot_ends_the_replays_of_the_old_one_even_under_the_same_run(workspace):
    put(workspace, rows({2: 48.0}))
    connect.publish(workspace, "same")
    with connect.replay(workspace, date(2024, 1, 2), datetime(2024, 1, 2, 22, tzinfo=UTC)):
        pass
    put(workspace, rows({2: 50.0}, "b"))
    connect.publish(workspace, "same")
    with pytest.raises(ConfigError, match="not replayed"), connect.reader(workspace, date(2024, 1, 2)):
        pass


def test_nothing_published_says_what_to_do(workspace):
    with pytest.raises(ConfigError, match="oilseer run"), connect.reader(workspace):
        pass


def test_a_workspace_keeps_its_kind_for_life(tmp_path):
    home = tmp_path / "home"
    create_workspace(home, "simulated", NOW)
    with pytest.raises(ConfigError, match="is a simulated workspace and stays one"):
        create_workspace(home, "real", NOW)
    mark = home / "workspace.json"
    with connect.writer(open_workspace(home)):
        pass
    mark.write_text(mark.read_text().replace("simulated", "real"))
    with pytest.raises(ContractError, match="never mix"), connect.writer(open_workspace(home)):
        pass


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"kind": "maybe", "format": 1})])
def test_a_damaged_mark_is_named(tmp_path, content):
    (tmp_path / "workspace.json").write_text(content)
    with pytest.raises(ConfigError, match=r"workspace\.json"):
        open_workspace(tmp_path)


def test_motherduck_without_a_token_says_which_variable(tmp_path, monkeypatch):
    monkeypatch.delenv("MOTHERDUCK_TOKEN", raising=False)
    workspace = create_workspace(tmp_path / "home", "real", NOW, "md:usoil_intelligence")
    with pytest.raises(ConfigError, match="MOTHERDUCK_TOKEN"), connect.writer(workspace):
        pass


def test_motherduck_out_of_reach_is_a_clear_error(tmp_path, monkeypatch):
    monkeypatch.setenv("MOTHERDUCK_TOKEN", "not-a-token")
    workspace = create_workspace(tmp_path / "home", "real", NOW, "md:usoil_intelligence")
    with pytest.raises(MissingExtra, match="motherduck"), connect.writer(workspace):
        pass


def test_an_address_with_more_than_a_name_is_refused_and_its_token_not_shown(tmp_path):
    with pytest.raises(ConfigError, match="MOTHERDUCK_TOKEN") as refused:
        create_workspace(tmp_path / "home", "real", NOW, "md:usoil?motherduck_token=hush")
    assert "hush" not in str(refused.value)
    assert not (tmp_path / "home").exists()


KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r} + "/tests/warehouse")
from test_connect import put
from test_write import rows
from oilseer.warehouse.workspace import open_workspace
from oilseer.warehouse import connect
workspace = open_workspace(Path({home!r}))
print("ready", flush=True)
for turn in range(1000):
    put(workspace, rows({{day: 40.0 + turn for day in range(1, 29)}}, f"b{{turn:04d}}"))
    connect.publish(workspace, f"run{{turn % 5}}")
"""


@pytest.mark.slow
def test_killed_at_any_instant_leaves_the_old_state_or_the_new(workspace, request):
    put(workspace, rows(dict.fromkeys(range(1, 29), 39.0)))
    connect.publish(workspace, "run")
    code = KILLED.format(root=str(request.config.rootpath), home=str(workspace.home))
    for turn in range(12):
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
            process.stdout.readline()
            time.sleep(0.15 + 0.037 * turn)
            os.kill(process.pid, signal.SIGKILL)
        with connect.writer(workspace) as connection:
            turns = connection.execute("SELECT count(*), count(DISTINCT close) FROM raw.test_prices").fetchone()
            logged = connection.execute("SELECT max(provenance_id) FROM ops.ingestion_completion").fetchone()[0]
            stored = connection.execute("SELECT max(provenance_id) FROM raw.test_prices").fetchone()[0]
            parked = connection.execute(
                "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw_staging'"
            ).fetchone()
            table_hash(connection, SPEC)
        assert turns == (28, 1)
        assert logged == stored
        assert parked == (0,)
        with connect.reader(workspace) as connection:
            assert connection.execute("SELECT count(*), count(DISTINCT close) FROM raw.test_prices").fetchone() == (
                28,
                1,
            )
