"""What is kept of a run: a row a model, the audit, and the same in MLflow, read back with its own client."""

import json
import shutil
import socket
from datetime import date, timedelta

import duckdb
import pytest
from snapshots import NOW, RUN_ID, make_snapshot, write

from oilseer.checks import Check
from oilseer.models.zoo import ZOO, Entry
from oilseer.ops import training_audit
from oilseer.training import model_runs, registry, tracking
from oilseer.training.model_runs import MODEL_RUNS, Made
from oilseer.training.specs import ARTEFACTS, SCORES

MADE = Made(RUN_ID, "0.1.0@abc", "prices", "libraries", 7, '{"first_scored_year": 2006, "cover": {"a": 1}}')


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    made = tmp_path_factory.mktemp("runs") / "site.duckdb"
    make_snapshot(made).connection.close()
    return made


@pytest.fixture
def connection(path, tmp_path):
    with duckdb.connect(shutil.copy(path, tmp_path / "copy.duckdb")) as opened:
        opened.execute("SET TimeZone = 'UTC'")
        yield opened


def kept(connection, name, *columns):
    query = f"SELECT {', '.join(columns)} FROM {MODEL_RUNS.name} WHERE model = ?"
    return connection.execute(query, [name]).fetchone()


def test_a_row_a_model_has_its_scores_identity_and_newest_fit(connection):
    write(connection, ARTEFACTS, [
        {"model": "Theta", "fitted_at": date(2023 + year, 1, 2), "fit_hash": f"h{year}", "file": f"h{year}.fit",
         "sha256": f"{year}" * 64, "size": 9, "seed": 1, "columns": 0, "seconds": 2.0, "run_id": RUN_ID}
        for year in (1, 0)
    ])  # fmt: skip
    registry.set_statuses(connection, {"Theta": "shadow"}, "shadow", registry.Order("ada", NOW, "slow"))
    model_runs.record(connection, MADE, {"Theta": 1.5, "ETS": 0.5}, NOW)
    scored = f"SELECT crps, skill_b0, skill_b1 FROM {SCORES.name} WHERE slice = 'all' AND horizon = 21 AND model = ?"
    for name in ("Theta", "ensemble"):
        found = kept(connection, name, "crps_1m", "skill_b0_1m", "skill_b1_1m")
        assert found == connection.execute(scored, [name]).fetchone()
    columns = ("status", "seconds", "artefact", "artefact_sha256", "data_hash", "seed", "tier")
    assert kept(connection, "Theta", *columns) == (
        "shadow", 1.5, "Theta/h1.fit", "1" * 64, "prices", 7, "statistical",
    )  # fmt: skip
    assert kept(connection, "ETS", "seconds", "crps_1m", "n_origins") == (0.5, None, 0)
    assert kept(connection, "ensemble", "tier", "code_hash", "artefact") == ("combination", None, None)
    assert model_runs.statuses_in(connection, RUN_ID)["Theta"] == "shadow"
    assert model_runs.statuses_in(connection, "another") == {}


def test_a_run_holds_the_status_of_those_too_that_did_not_run_in_it(connection):
    order = registry.Order("ada", NOW, "slow")
    registry.set_statuses(connection, {"SES": "retired"}, "retire", order)
    model_runs.record(connection, MADE, {"Theta": 1.5}, NOW)
    registry.set_statuses(connection, {"SES": "shadow", "GRU": "champion"}, "promote", order)
    restored = registry.restore(connection, order, model_runs.statuses_in(connection, RUN_ID))
    assert restored == {"SES": "retired", "GRU": "candidate"}


def test_a_model_that_a_job_of_its_own_makes_has_its_row_too(connection, monkeypatch):
    monkeypatch.setitem(ZOO, "Elsewhere", Entry("Elsewhere", "autogluon", "price", "", learns="job"))
    connection.execute(
        f"INSERT INTO {SCORES.name} BY NAME SELECT * REPLACE ('Elsewhere' AS model, 'autogluon' AS tier) "
        f"FROM {SCORES.name} WHERE model = 'Theta'"
    )
    model_runs.record(connection, MADE, {}, NOW)
    assert kept(connection, "Elsewhere", "tier", "code_hash", "crps_1m")[:2] == ("autogluon", None)


def test_a_run_that_goes_on_after_an_interruption_adds_up_its_seconds(connection):
    for _ in range(2):
        model_runs.record(connection, MADE, {"Theta": 1.5}, NOW)
    assert kept(connection, "Theta", "seconds") == (3.0,)
    count = f"SELECT count(*), count(DISTINCT model) FROM {MODEL_RUNS.name}"
    assert len(set(connection.execute(count).fetchone())) == 1


def test_the_audit_ranks_by_the_gain_on_no_change_and_keeps_every_alarm(connection):
    model_runs.record(connection, MADE, {"Theta": 1.5}, NOW)
    alarms = [Check("not_too_good_to_be_true", False, "GRU at 21: 0.31", "no MAPE below 70%")]
    for _ in range(2):
        training_audit.log(connection, RUN_ID, alarms, NOW)
    query = "SELECT model, place, lift_b0, seconds FROM ops.training_logs WHERE kind = 'leaderboard' AND horizon = 21"
    board = connection.execute(f"{query} ORDER BY place").fetchall()
    assert [row[0] for row in board] == ["ensemble", "GARCH-t-long", "B1", "B0", "B2", "Theta", "Naive"]
    assert board[5] == ("Theta", 6, pytest.approx(-0.0456), 1.5)
    told = "SELECT alarm, passed, found FROM ops.training_logs WHERE kind = 'alarm'"
    assert connection.execute(told).fetchall() == [("not_too_good_to_be_true", False, "GRU at 21: 0.31")]


@pytest.mark.slow
def test_mlflow_holds_each_run_once_with_params_metrics_tags_and_the_list_of_models(connection, tmp_path, monkeypatch):
    pytest.importorskip("mlflow", reason="mlflow is not installed: pip install 'oilseer[tracking]'")
    monkeypatch.setattr(socket.socket, "connect", lambda *args: pytest.fail(f"asks the network for {args[1:]}"))
    model_runs.record(connection, MADE, {"Theta": 1.5}, NOW)
    rows = connection.execute(f"SELECT count(*) FROM {MODEL_RUNS.name}").fetchone()[0]
    for minutes in (0, 1):
        said = tracking.tracked(connection, tmp_path, RUN_ID, NOW + timedelta(minutes=minutes), wanted=True)
        assert (said.passed, said.found) == (True, f"{rows} models")
    from mlflow.tracking import MlflowClient

    client = MlflowClient(f"sqlite:///{tmp_path / 'mlflow.sqlite3'}")
    (run,) = client.search_runs([client.get_experiment_by_name("oilseer").experiment_id])
    assert (run.info.run_name, run.info.status) == (RUN_ID, "FINISHED")
    assert run.data.params == {"first_scored_year": "2006", "cover": '{"a": 1}', "seed": "7"}
    assert run.data.tags["data_hash"] == "prices"
    assert run.data.metrics["Theta/seconds"] == 1.5
    assert run.data.metrics["Theta/crps_1m"] == kept(connection, "Theta", "crps_1m")[0]
    assert run.data.metrics["ensemble/skill_b1_12m"] == pytest.approx(0.0055)
    (listed,) = client.list_artifacts(run.info.run_id)
    assert listed.path == "models.json"
    models = json.loads((tmp_path / "mlflow" / run.info.run_id / "artifacts" / "models.json").read_text())["models"]
    assert len(models) == rows
    assert {"model", "status", "artefact_sha256"} < set(models[0])


@pytest.mark.slow
def test_a_store_that_cannot_be_written_is_told_and_stops_no_run(connection, tmp_path):
    pytest.importorskip("mlflow", reason="mlflow is not installed: pip install 'oilseer[tracking]'")
    model_runs.record(connection, MADE, {"Theta": 1.5}, NOW)
    (tmp_path / "mlflow.sqlite3").write_bytes(b"no database, but something else" * 100)
    said = tracking.tracked(connection, tmp_path, RUN_ID, NOW, wanted=True)
    assert (said.passed, said.blocking) == (False, False)
    assert "database" in said.found


def test_without_mlflow_or_with_tracking_switched_off_it_says_so(connection, tmp_path, monkeypatch):
    monkeypatch.setattr(tracking, "find_spec", lambda name: None)
    for wanted, told in ((False, "setting tracking"), (True, "oilseer[tracking]")):
        said = tracking.tracked(connection, tmp_path, RUN_ID, NOW, wanted)
        assert told in said.found
        assert (said.passed, said.blocking) == (False, False)
    assert list(tmp_path.glob("mlflow*")) == []
