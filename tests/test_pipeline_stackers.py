"""The training step lets stackers learn from what the walk-forward wrote, and never hands them a price window."""

from datetime import UTC, datetime

import pyarrow as pa
from market_history import make_history
from stacked_panel import MODELS, base_rows

from oilseer import pipeline
from oilseer.settings import Settings
from oilseer.training import walk_forward
from oilseer.training.specs import ARTEFACTS, FAILURES, SCORES, WALK_FORWARD
from oilseer.warehouse import connect
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import ensure, merge

NOW = datetime(2025, 1, 1, tzinfo=UTC)
HISTORY = make_history(2900, seed=3)  # five years before the first early origin, and more than five of these
LAST = HISTORY.dates[-1].astype(object)
STACKER = "LightGBM-stack"


def test_stackers_learn_from_the_walk_forward_and_are_scored_beside_its_models(tmp_path, monkeypatch):
    asked = []

    def simulated(connection, history, models, origins, *rest):
        for spec in (WALK_FORWARD, FAILURES, ARTEFACTS):
            ensure(connection, spec)
        asked.append(tuple(models))
        merge(connection, WALK_FORWARD, base_rows(history, origins, ("B0", *MODELS)))
        return walk_forward.Done(len(origins), 0, dict.fromkeys(models, 1.0))

    monkeypatch.setattr(pipeline.walk_forward, "run", simulated)
    monkeypatch.setattr(pipeline, "read_history", lambda connection, names: HISTORY)
    monkeypatch.setattr(pipeline, "models_of", lambda tiers: ("B0", *MODELS, STACKER))
    workspace = create_workspace(tmp_path / "home", "simulated", NOW)
    settings = Settings(
        home=workspace.home, first_scored_year=LAST.year, warm_up_years=0, early_evidence_years=6, jobs=1,
        tracking=False,
    )  # fmt: skip
    with connect.writer(workspace) as connection:
        connection.register("session", pa.table({"observation_date": [LAST]}))
        connection.execute("CREATE TABLE staging.zl_prices_clean AS FROM session")
        pipeline._backtest(pipeline.Day(connection, pipeline.Job(settings, lambda: NOW, lambda *_: None)))
        assert len(asked) == 2
        assert STACKER not in {name for models in asked for name in models}
        query = f"SELECT count(DISTINCT origin) FROM {WALK_FORWARD.name} WHERE model = ? AND origin = ?"
        assert connection.execute(query, [STACKER, LAST]).fetchone() == (1,)
        scored = connection.execute(f"SELECT tier FROM {SCORES.name} WHERE model = ?", [STACKER]).fetchall()
        assert scored
        assert {tier for (tier,) in scored} == {"meta"}
