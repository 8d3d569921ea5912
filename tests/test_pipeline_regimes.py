"""The training step lets the classifier speak before it combines, and gates by it where the settings say so."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from market_history import make_history
from stacked_panel import MODELS, base_rows

from oilseer import pipeline
from oilseer.errors import ConfigError
from oilseer.models.neural.regime import RegimeForecast
from oilseer.models.regimes import NAME, ZSCORE
from oilseer.models.zoo import ZOO, Entry
from oilseer.settings import Settings
from oilseer.training import walk_forward
from oilseer.training.regime_gate import PROBABILITIES
from oilseer.training.specs import ARTEFACTS, FAILURES, WALK_FORWARD
from oilseer.warehouse import connect
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import ensure, merge

NOW = datetime(2025, 1, 1, tzinfo=UTC)
HISTORY = make_history(2900, seed=3)
LAST = HISTORY.dates[-1].astype(object)


@dataclass(frozen=True)
class Even:
    """Says that all regimes are as likely, at any time."""

    name: str

    def fit(self, window, seed):
        return self

    def load(self, kept):
        return self

    def dump(self):
        return b"even"

    def predict(self, window, horizons):
        return RegimeForecast(np.full(3, 1 / 3))


def test_the_classifier_speaks_wherever_is_combined_and_gates_as_the_settings_say(tmp_path, monkeypatch):
    asked, gates = [], []

    def simulated(connection, history, models, origins, *rest):
        for spec in (WALK_FORWARD, FAILURES, ARTEFACTS):
            ensure(connection, spec)
        asked.extend(models)
        merge(connection, WALK_FORWARD, base_rows(history, origins, ("B0", *MODELS)))
        return walk_forward.Done(len(origins), 0, dict.fromkeys(models, 1.0))

    combine = pipeline.ensemble.run

    def watched(*args, gate, **kwargs):
        gates.append(gate)
        return combine(*args, gate=gate, **kwargs)

    monkeypatch.setitem(ZOO, NAME, Entry(NAME, "meta", "regime", f"{__name__}:Even", (ZSCORE,), refit=True))
    monkeypatch.setattr(pipeline.walk_forward, "run", simulated)
    monkeypatch.setattr(pipeline.ensemble, "run", watched)
    monkeypatch.setattr(pipeline, "read_history", lambda connection, names: HISTORY)
    workspace = create_workspace(tmp_path / "home", "simulated", NOW)
    settings = Settings(
        home=workspace.home, first_scored_year=LAST.year, warm_up_years=0, early_evidence_years=2, jobs=1,
        tracking=False, regime_gate="transformer",
    )  # fmt: skip
    with connect.writer(workspace) as connection:
        connection.register("session", pa.table({"observation_date": [LAST]}))
        connection.execute("CREATE TABLE staging.zl_prices_clean AS FROM session")
        day = pipeline.Day(connection, pipeline.Job(settings, lambda: NOW, lambda *_: None))

        assert day.job.settings.fingerprint() != settings.model_copy(update={"regime_gate": "kernel"}).fingerprint()
        monkeypatch.setattr(pipeline, "models_of", lambda tiers: ("B0", *MODELS))
        with pytest.raises(ConfigError, match=r'regime_gate = "transformer".*has said nothing'):
            pipeline._backtest(day)

        monkeypatch.setattr(pipeline, "models_of", lambda tiers: ("B0", *MODELS, NAME))
        pipeline._backtest(day)
        assert NAME not in asked
        missing = connection.execute(
            f"SELECT count(*) FROM (SELECT DISTINCT origin FROM {WALK_FORWARD.name} WHERE model = 'ensemble') AS e "
            f"ANTI JOIN {PROBABILITIES.name} USING (origin)"
        ).fetchone()
        assert missing == (0,)
        assert gates == ["transformer", "transformer"]
