"""The training step heeds the registry: who runs, who is combined, and what is kept of each run."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from market_history import make_history

from oilseer import pipeline
from oilseer.settings import Settings
from oilseer.training import registry
from oilseer.training.specs import WALK_FORWARD, WEIGHTS
from oilseer.warehouse import connect
from oilseer.warehouse.workspace import create_workspace

NOW = datetime(2025, 1, 1, tzinfo=UTC)
HISTORY = make_history(2200, seed=3)
LAST = HISTORY.dates[-1].astype(object)
MODELS = ("B0", "B1", "B0-long", "GARCH-t-long", "GARCH-t-carry", "GARCH-empirical-carry", "Naive")


def train(connection, home, **settings):
    """The training step over a few quick models; its day."""
    made = Settings(home=home, first_scored_year=LAST.year, warm_up_years=0, early_evidence_years=0, jobs=1, **settings)
    day = pipeline.Day(connection, pipeline.Job(made, lambda: NOW, lambda step, done, total: None))
    pipeline._backtest(day)
    return day.run.run_id


def asked(connection, query, *values):
    return connection.execute(query, values).fetchall()


@pytest.mark.slow
def test_the_training_step_heeds_the_registry_and_keeps_what_it_did(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "read_history", lambda connection, names: HISTORY)
    monkeypatch.setattr(pipeline, "models_of", lambda tiers: MODELS)
    workspace = create_workspace(tmp_path / "home", "simulated", NOW)
    seen = []
    combined = pipeline.ensemble.run
    monkeypatch.setattr(
        pipeline.ensemble, "run", lambda *args, **others: (seen.append(tuple(args[2])), combined(*args, **others))[1]
    )
    with connect.writer(workspace) as connection:
        connection.register("session", pa.table({"observation_date": [LAST]}))
        connection.execute("CREATE TABLE staging.zl_prices_clean AS FROM session")
        first = train(connection, workspace.home, tracking=False)
        assert seen == [MODELS]  # with no status set, as it was before there were any
        kept = "SELECT model, status, new_forecasts > 0, seconds > 0 FROM training.zl_model_runs WHERE run_id = ?"
        assert asked(connection, f"{kept} AND n_origins > 0 AND model <> 'ensemble' ORDER BY model", first) == [
            (name, "champion", True, True) for name in sorted(MODELS)
        ]
        alarms = asked(connection, "SELECT alarm, found FROM ops.training_logs WHERE kind = 'alarm' ORDER BY entry")
        assert [name for name, _ in alarms] == [
            "enough_scored_origins", "not_too_good_to_be_true", "error_grows_with_horizon", "tracked_in_mlflow",
        ]  # fmt: skip
        assert "switched off" in alarms[-1][1]
        assert train(connection, workspace.home, tracking=False) == first

        order = registry.Order("ada", NOW, "tried")
        registry.set_statuses(connection, {"GARCH-t-carry": "shadow", "Naive": "retired"}, "shadow", order)
        connection.execute(f"DELETE FROM {WALK_FORWARD.name} WHERE model IN ('Naive', 'GARCH-t-carry')")
        changed = train(connection, workspace.home, tracking=False)
        assert changed != first  # other champions are another run
        assert "GARCH-t-carry" not in seen[-1]
        weighed = {name for (name,) in asked(connection, f"SELECT DISTINCT model FROM {WEIGHTS.name}")}
        assert "B1" in weighed
        assert not weighed & {"GARCH-t-carry", "Naive"}
        there = {name for (name,) in asked(connection, f"SELECT DISTINCT model FROM {WALK_FORWARD.name}")}
        assert ("GARCH-t-carry" in there, "Naive" in there) == (True, False)
