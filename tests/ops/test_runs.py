"""A run's identity follows from code, data, libraries and seed, and from nothing else."""

import subprocess
from datetime import UTC, date, datetime

import pytest

from oilseer.ops import runs
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import COMPLETION, ensure

NOW = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", NOW)) as opened:
        yield opened


def deliver(connection, name):
    ensure(connection, COMPLETION)
    connection.execute(
        f"INSERT INTO {COMPLETION.name} VALUES ('raw.t', ?, 'simulated', ?, ?, 1, 1, 'complete')", [name, NOW, NOW]
    )


def test_the_same_code_and_deliveries_make_the_same_run_at_any_time(connection):
    deliver(connection, "a")
    first = runs.identify(connection, date(2024, 5, 1), "{}", NOW)
    later = runs.identify(connection, date(2024, 5, 1), "{}", datetime(2030, 1, 1, tzinfo=UTC))
    assert first.run_id == later.run_id
    assert first.run_id.startswith("20240501-")


def test_a_new_delivery_session_or_setting_makes_another_run(connection):
    deliver(connection, "a")
    first = runs.identify(connection, date(2024, 5, 1), "{}", NOW)
    assert runs.identify(connection, date(2024, 5, 2), "{}", NOW).run_id != first.run_id
    assert runs.identify(connection, date(2024, 5, 1), '{"cover": 1}', NOW).run_id != first.run_id
    deliver(connection, "b")
    assert runs.identify(connection, date(2024, 5, 1), "{}", NOW).run_id != first.run_id


def test_the_same_bytes_read_by_another_mapping_make_another_run(connection):
    deliver(connection, "a")
    connection.execute(
        "CREATE TABLE ops.imports (table_name VARCHAR, provenance_id VARCHAR, source VARCHAR, fingerprint VARCHAR)"
    )
    connection.execute("INSERT INTO ops.imports VALUES ('raw.t', 'a', 'mine', 'lag of one day')")
    first = runs.identify(connection, date(2024, 5, 1), "{}", NOW)
    connection.execute("UPDATE ops.imports SET fingerprint = 'lag of two days'")
    assert runs.identify(connection, date(2024, 5, 1), "{}", NOW).run_id != first.run_id


def test_a_package_below_a_foreign_checkout_does_not_name_its_commit(tmp_path, monkeypatch):
    installed = tmp_path / ".venv" / "runs.py"
    installed.parent.mkdir()
    installed.write_text("")
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "theirs"], check=True)
    monkeypatch.setattr(runs, "__file__", str(installed))
    assert runs.code_version() == runs.__version__


def test_a_run_is_one_row_that_ends_with_its_status(connection):
    found = runs.identify(connection, date(2024, 5, 1), "{}", NOW)
    runs.note(connection, found, "running", None)
    runs.note(connection, found, "blocked", NOW, "2 gates failed")
    rows = connection.execute(f"SELECT run_id, status, detail, ended_at IS NOT NULL FROM {runs.RUNS.name}").fetchall()
    assert rows == [(found.run_id, "blocked", "2 gates failed", True)]
