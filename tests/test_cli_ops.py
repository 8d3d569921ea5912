"""`oilseer health`, `gates`, `schedule` and `sync` as typed: exit codes, texts, JSON, and what is written where."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from apscheduler.schedulers.blocking import BlockingScheduler
from command_line import CommandLine, command_line
from snapshots import AS_OF, NOW, RUN_ID, make_snapshot

from oilseer.reference.cadence import cadences
from oilseer.reference.jobs import jobs
from oilseer.reference.sources import sources
from oilseer.warehouse.workspace import Workspace, create_workspace

MORNING = NOW + timedelta(hours=2)


@pytest.fixture(scope="module")
def database(tmp_path_factory) -> bytes:
    """A run of 2025-06-30, its gates, and every critical table."""
    path = tmp_path_factory.mktemp("made") / "run.duckdb"
    with make_snapshot(path).connection as connection:
        for table in (name for name, cadence in cadences().items() if cadence.critical):
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} (observation_date DATE)")
            if connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,):
                connection.execute(f"INSERT INTO {table} (observation_date) VALUES (?)", [AS_OF])
    return path.read_bytes()


@pytest.fixture
def workspace(tmp_path, database) -> Workspace:
    """A real workspace in which that run is published."""
    made = create_workspace(tmp_path / "home", "real", NOW)
    Path(made.database).write_bytes(database)
    publish(made)
    return made


def publish(workspace: Workspace) -> None:
    """The database as it stands becomes the snapshot."""
    workspace.published.mkdir(exist_ok=True)
    (workspace.published / f"{RUN_ID}.duckdb").write_bytes(Path(workspace.database).read_bytes())
    (workspace.published / "current").write_text(f"{RUN_ID}.duckdb")


def change(workspace: Workspace, sql: str, *values: object) -> None:
    """Change the database and publish it."""
    with duckdb.connect(workspace.database) as connection:
        connection.execute(sql, list(values))
    publish(workspace)


@pytest.fixture
def oilseer(monkeypatch, capsys, workspace) -> CommandLine:
    """The command line in the workspace, on the morning after its run."""
    command = command_line(monkeypatch, capsys)
    command.set(OILSEER_HOME=workspace.home)
    monkeypatch.setattr("oilseer.cli_ingest.clock", lambda: MORNING)
    monkeypatch.setattr("oilseer.cli_ops.clock", lambda: MORNING)
    return command


def test_gates_list_each_with_found_and_expected_and_end_well(oilseer):
    said = oilseer("gates", "--json")
    assert said.code == 0
    assert said.answer["run_id"] == RUN_ID
    assert (said.answer["passed"], said.answer["failed"], said.answer["blocking_failed"]) == (1, 1, 0)
    row = next(row for row in said.answer["rows"] if row["gate"] == "zl_has_enough_sessions")
    assert (row["stage"], row["found"], row["expected"], row["blocking"]) == (
        "staging", "6,420", "6,000 or more", True,
    )  # fmt: skip


def test_a_blocking_gate_that_failed_ends_with_three_and_is_shown(oilseer, workspace):
    change(workspace, "UPDATE ops.gate_results SET passed = false, found = '912' WHERE blocking")
    said = oilseer("gates")
    assert said.code == 3
    assert "912" in said.out
    assert oilseer("gates", "--json").code == 3


def test_health_lists_every_source_table_and_job_and_ends_well_while_all_that_counts_is_fresh(oilseer):
    said = oilseer("health", "--json")
    assert said.code == 0, said.answer["words"]
    assert said.answer["critical_stale"] == []
    assert [row["source"] for row in said.answer["sources"]] == list(sources())
    assert [row["job"] for row in said.answer["jobs"]] == list(jobs())
    wanted = {"status", "last_attempt", "last_success", "rows", "newest_available_at", "message"}
    assert all(row.keys() >= wanted for row in said.answer["sources"])
    assert said.answer["measured_at"].startswith("2025-07-01T08:00")


@pytest.mark.parametrize("table", [name for name, cadence in cadences().items() if cadence.critical])
def test_a_critical_table_that_is_missing_ends_with_one_and_is_named_in_words(oilseer, workspace, table):
    change(workspace, f"DELETE FROM {table}")
    said = oilseer("health", "--json")
    assert said.code == 1
    assert said.answer["critical_stale"] == [table]
    assert said.answer["words"].startswith("Missing for a forecast: ")
    assert said.answer["words"] in " ".join(oilseer("health").out.split())


def test_a_fortnight_later_everything_critical_is_stale_and_nobody_should_act(oilseer):
    oilseer.monkeypatch.setattr("oilseer.cli_ingest.clock", lambda: MORNING + timedelta(days=14))
    said = oilseer("health")
    assert said.code == 1
    assert "Do not act on the forecast before these are renewed" in " ".join(said.out.split())


def test_a_critical_source_that_was_asked_and_is_silent_ends_with_one(oilseer, workspace):
    from oilseer.raw import records

    long_ago = MORNING - timedelta(days=30)
    with duckdb.connect(workspace.database) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        records.prepare(connection)
        row = dict.fromkeys(records.STATUS.column_names) | dict.fromkeys(("downloads", "changed", "quarantined"), 0)
        row |= {"source": "yahoo", "status": "stale", "last_success": long_ago, "newest_available_at": long_ago,
                "rows": 42, "message": "yahoo: part chart_zl: found status 503"}  # fmt: skip
        records.write(connection, records.STATUS, [row])
    publish(workspace)
    said = oilseer("health", "--json")
    assert said.code == 1
    assert said.answer["critical_sources_stale"] == ["yahoo"]
    yahoo = next(row for row in said.answer["sources"] if row["source"] == "yahoo")
    assert (yahoo["status"], yahoo["last_attempt"], yahoo["rows"]) == ("stale", "stale", 42)
    assert yahoo["message"] == "yahoo: part chart_zl: found status 503"


def test_health_is_that_of_what_was_fetched_since_the_last_publication(oilseer, workspace):
    """An hourly fetch publishes nothing; a workspace that never published has a health too."""
    from oilseer.raw import records

    with duckdb.connect(workspace.database) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        records.prepare(connection)
        row = dict.fromkeys(records.STATUS.column_names) | dict.fromkeys(("downloads", "changed", "quarantined"), 0)
        row |= {"source": "farmdoc", "status": "ok", "newest_available_at": MORNING, "rows": 7, "message": "fetched"}
        records.write(connection, records.STATUS, [row])
    farmdoc = next(row for row in oilseer("health", "--json").answer["sources"] if row["source"] == "farmdoc")
    assert (farmdoc["status"], farmdoc["rows"]) == ("fresh", 7)
    (workspace.published / "current").unlink()
    assert oilseer("health", "--json").code == 0


@pytest.mark.parametrize("command", ["health", "gates"])
def test_without_a_workspace_the_way_to_one_is_told(oilseer, tmp_path, command):
    oilseer.set(OILSEER_HOME=tmp_path / "nowhere")
    said = oilseer(command)
    assert said.code == 2
    assert "no workspace in" in said.err
    assert "oilseer import" in said.err


def test_the_schedule_shows_each_job_with_its_times_and_last_run(oilseer):
    rows = oilseer("schedule", "show", "--json").answer["rows"]
    assert [row["name"] for row in rows] == list(jobs())
    assert all({"cron", "zone", "command", "state"} <= row.keys() for row in rows)
    shown = oilseer("schedule", "show")
    assert shown.code == 0
    assert all(name in shown.out for name in jobs())


@pytest.mark.parametrize("kind", ["cron", "systemd", "launchd"])
def test_install_writes_the_files_that_show_prints_and_says_how_to_switch_them_on(oilseer, tmp_path, kind):
    folder = tmp_path / "units"
    said = oilseer("schedule", "install", "--for", kind, "--to", folder, "--json")
    assert said.code == 0
    assert said.answer["folder"] == str(folder)
    assert sorted(path.name for path in folder.iterdir()) == said.answer["files"]
    assert said.answer["then"].startswith({"cron": "crontab", "systemd": "systemctl", "launchd": "launchctl"}[kind])
    printed = oilseer("schedule", "show", "--for", kind, "--json").answer
    assert {path.name: path.read_text() for path in folder.iterdir()} == printed
    assert all(str(tmp_path / "home") in text for name, text in printed.items() if not name.endswith(".timer"))


def test_an_unknown_scheduler_is_refused_before_anything_is_written(oilseer, tmp_path):
    said = oilseer("schedule", "install", "--for", "windows", "--to", tmp_path / "units")
    assert said.code == 2
    assert "'windows': expected one of cron, systemd, launchd" in said.err
    assert not (tmp_path / "units").exists()


def test_the_built_in_scheduler_takes_every_job_at_its_time(oilseer):
    taken = {}

    def start(scheduler: BlockingScheduler) -> None:
        taken.update({job.id: job for job in scheduler.get_jobs()})
        raise KeyboardInterrupt

    oilseer.monkeypatch.setattr(BlockingScheduler, "start", start)
    said = oilseer("schedule", "run")
    assert said.code == 1
    assert f"{len(jobs())} jobs scheduled" in said.err
    assert "interrupted; finished work is kept" in said.err
    assert list(taken) == list(jobs())
    # 2025-07-01 is a Tuesday; the daily job is due at 17:00 Chicago, which is 22:00 UTC in summer
    due = taken["daily"].trigger.get_next_fire_time(None, datetime(2025, 7, 1, 12, tzinfo=UTC))
    assert due == datetime(2025, 7, 1, 22, tzinfo=UTC)
    assert taken["daily"].args[0][-2:] == ["job", "daily"]


def test_an_unknown_job_names_the_known_ones(oilseer):
    said = oilseer("job", "dinner")
    assert said.code == 2
    assert f"no job 'dinner'; expected one of {', '.join(jobs())}" in said.err


def test_a_dry_sync_tells_tables_and_rows_and_writes_nothing(oilseer, tmp_path):
    other = tmp_path / "other.duckdb"
    said = oilseer("sync", other, "--dry-run", "--json")
    assert said.code == 0
    rows = {row["table"]: row for row in said.answer["rows"]}
    assert rows["staging.zl_prices_clean"]["action"] == "copied"
    assert rows["staging.zl_prices_clean"]["rows_target"] is None
    assert not other.exists()
    assert "a dry run, nothing written" in " ".join(oilseer("sync", other, "--dry-run").out.split())


def test_a_sync_copies_and_the_next_finds_all_the_same(oilseer, tmp_path):
    other = tmp_path / "other.duckdb"
    assert oilseer("sync", other).code == 0
    again = oilseer("sync", other, "--dry-run", "--json").answer["rows"]
    assert {row["action"] for row in again} == {"same"}


def test_a_sync_into_a_simulated_database_is_refused(oilseer, tmp_path):
    make_snapshot(tmp_path / "demo.duckdb", "simulated").connection.close()
    before = (tmp_path / "demo.duckdb").read_bytes()
    said = oilseer("sync", tmp_path / "demo.duckdb")
    assert said.code == 1
    assert "simulated" in said.err
    assert (tmp_path / "demo.duckdb").read_bytes() == before
