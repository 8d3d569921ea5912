"""Experiment tracking: each training run in MLflow, in one SQLite file of the home folder.

One run of MLflow is one training run, its metrics are named MODEL/measure_horizon, and models.json beside it lists
every model with its status, code, features and artefact: a run of MLflow for each model would take ten times as long.
Nothing leaves the machine, and nothing is read back: the warehouse knows it all, MLflow shows it beside other
experiments.
"""

import json
import logging
import os
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

import duckdb

from oilseer.checks import Check
from oilseer.quantiles import HORIZONS
from oilseer.training.model_runs import MEASURES, MODEL_RUNS

EXPERIMENT = "oilseer"
CHECK = "tracked_in_mlflow"
FILE, FOLDER = "mlflow.sqlite3", "mlflow"
RUN_TAG = "oilseer.run_id"
LISTED = ("model", "tier", "target", "status", "code_hash", "reads", "n_origins", "new_forecasts", "artefact",
          "artefact_sha256")  # fmt: skip
AT_ONCE = 900  # metrics of one request, under MLflow's limit of 1,000
LONGEST = 5000  # characters of a value, under MLflow's limit of 6,000
OFFLINE = {
    "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}  # fmt: skip


def tracked(connection: duckdb.DuckDBPyConnection, home: Path, run_id: str, now: datetime, wanted: bool) -> Check:
    """Log a run in MLflow where that is wanted and installed; what came of it, which blocks nothing."""
    expected = f"the run in {FILE}"
    if not wanted:
        return Check(CHECK, False, "switched off by the setting tracking", expected, blocking=False)
    if find_spec("mlflow") is None:
        return Check(CHECK, False, "MLflow is not installed: pip install 'oilseer[tracking]'", expected, blocking=False)
    os.environ.update(OFFLINE)  # read when MLflow is imported, and it has no other switch
    try:
        from mlflow.exceptions import MlflowException
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError as error:  # a broken installation: no forecast waits for it
        return Check(CHECK, False, f"MLflow cannot be imported: {error}", expected, blocking=False)

    try:
        return Check(CHECK, True, f"{track(connection, home.resolve(), run_id, now)} models", expected, blocking=False)
    except (MlflowException, SQLAlchemyError, OSError) as error:  # no forecast waits for it
        return Check(CHECK, False, f"{type(error).__name__}: {error}", expected, blocking=False)


def track(connection: duckdb.DuckDBPyConnection, home: Path, run_id: str, now: datetime) -> int:
    """Log the rows of training.zl_model_runs of a run in MLflow, in place of an earlier log of the same run.

    How many models were logged. MLflow is imported in here, as that takes a second.
    """
    result = connection.execute(f"FROM {MODEL_RUNS.name} WHERE run_id = ? ORDER BY model", [run_id])
    rows = result.to_arrow_table().to_pylist()
    if not rows:
        return 0
    client, experiment = _open(home)
    from mlflow.entities import Metric, Param, RunTag

    at = int(now.timestamp() * 1000)
    for before in client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{run_id}'"):
        client.delete_run(before.info.run_id)
    made = client.create_run(experiment, at, {RUN_TAG: run_id}, run_id).info.run_id
    metrics = [Metric(name, value, at, 0) for row in rows for name, value in _measures(row)]
    for first in range(0, len(metrics), AT_ONCE):
        client.log_batch(made, metrics[first : first + AT_ONCE])
    settings = {name: json.dumps(value) for name, value in json.loads(rows[0]["settings_json"]).items()}
    client.log_batch(
        made,
        params=[Param(name, value[:LONGEST]) for name, value in (settings | {"seed": str(rows[0]["seed"])}).items()],
        tags=[RunTag(name, rows[0][name]) for name in ("code", "data_hash", "lock_hash")],
    )
    client.log_dict(made, {"models": [{name: row[name] for name in LISTED} for row in rows]}, "models.json")
    client.set_terminated(made, end_time=at)
    return len(rows)


def _open(home: Path):
    """A client of the store in `home`, made where it is new, and the id of the experiment."""
    from mlflow.tracking import MlflowClient

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)  # else it tells of every table that it makes

    client = MlflowClient(f"sqlite:///{home / FILE}")
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return client, found.experiment_id
    return client, client.create_experiment(EXPERIMENT, artifact_location=(home / FOLDER).as_uri())


def _measures(row: dict) -> list[tuple[str, float]]:
    """Name and value of what was measured of one model."""
    named = [("seconds", row["seconds"])]
    named += [(f"{measure}_{label}", row[f"{measure}_{label}"]) for label in HORIZONS for measure in MEASURES]
    return [(f"{row['model']}/{name}", value) for name, value in named if value is not None]
