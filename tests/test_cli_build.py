"""`oilseer build features` over a simulated market: what it makes, when it makes it again, and whom it waits for."""

from datetime import UTC, date, datetime

import duckdb
import pytest
from command_line import command_line

from oilseer import pipeline
from oilseer.checks import Check
from oilseer.simulate.market import load_market, simulate
from oilseer.warehouse.connect import alone, writer
from oilseer.warehouse.workspace import create_workspace

NOW = datetime(2025, 7, 1, tzinfo=UTC)
START, END = date(2017, 1, 3), date(2018, 3, 13)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = create_workspace(tmp_path_factory.mktemp("build") / "home", "simulated", NOW)
    with writer(made) as connection:
        load_market(connection, simulate(7, END, NOW, START), NOW, NOW)
    return made


@pytest.fixture
def ask(monkeypatch, capsys, workspace):
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=workspace.home)
    # a history of one year is too short for a forecast, and long enough to be built
    passed = [Check("sound", True, "rye", "rye")]
    monkeypatch.setattr(pipeline.gates, "after_staging", lambda connection, replayed: passed)
    monkeypatch.setattr(pipeline.gates, "after_features", lambda connection: passed)
    return made


def matrix(workspace) -> list[tuple]:
    with duckdb.connect(workspace.database, read_only=True) as connection:
        return connection.execute("SELECT * FROM features.daily_ml_matrix_zl ORDER BY as_of_date").fetchall()


def test_features_are_made_once_and_again_where_raw_changed(ask, workspace):
    first = ask("build", "features", "--json").answer
    assert (first["staging_made"], first["why_all"]) == (True, "no earlier build")
    assert first["sessions"] == first["sessions_made"] == len(matrix(workspace)) > 200
    assert first["as_of_date"] == END.isoformat()
    before = matrix(workspace)
    again = ask("build", "features")
    assert (again.code, again.err) == (0, "staging: done\nfeatures: done\nsignals: done\n")
    assert "Nothing new" in again.out
    assert "SIMULATED" in again.out
    assert matrix(workspace) == before
    assert ask("rules", "--json").answer["rows"][0]["as_of_date"] == END.isoformat()

    with writer(workspace) as connection:
        connection.execute("DELETE FROM raw.fred_economic WHERE observation_date > '2018-03-01'")
    late = ask("build", "features", "--json").answer
    assert (late["staging_made"], late["sessions_made"]) == (True, first["sessions"])
    assert "staging.fred_macro_panel" in late["why_all"]


def test_every_session_is_made_anew_where_that_is_asked(monkeypatch, capsys, workspace):
    asked = []
    monkeypatch.setattr(pipeline, "features_only", lambda *arguments: asked.append(arguments[-1]) or {})
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=workspace.home)
    for option in ((), ("--rebuild",)):
        made("build", "features", *option, "--json")
    assert asked == [False, True]


def test_a_workspace_that_is_written_to_is_left_alone(ask, workspace):
    with alone(workspace):
        said = ask("build", "features")
    assert said.code == 1
    assert "another oilseer process is writing" in said.err


def test_a_gate_that_blocks_is_named_and_ends_with_its_code(ask, monkeypatch):
    blocking = Check("breadth", False, "two series", "thirty")
    monkeypatch.setattr(pipeline.gates, "after_features", lambda connection: [blocking])
    said = ask("build", "features")
    assert said.code == 3
    assert "breadth: found two series, expected thirty" in said.err


def test_no_workspace_says_how_to_begin(monkeypatch, capsys, tmp_path):
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=tmp_path)
    said = made("build", "features")
    assert said.code == 2
    assert "no workspace in" in said.err
