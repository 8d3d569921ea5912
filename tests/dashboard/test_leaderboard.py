"""The leaderboard tells every model, with the belief that chose it, and gives no reason that it cannot check."""

import shutil
from datetime import date

import duckdb
import numpy as np
import pytest
from published_site import make_site

from oilseer.dashboard import leaderboard, training_past
from oilseer.dashboard.leaderboard import Belief, _why
from oilseer.errors import ConfigError
from oilseer.models.zoo import ZOO
from oilseer.training.combine import regime_probabilities
from oilseer.training.ensemble import combine_panel
from oilseer.training.history import monthly_origins, read_history
from oilseer.training.panel import read_panels


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    workspace = make_site(tmp_path_factory.mktemp("board") / "home")
    (found,) = workspace.published.glob("*.duckdb")
    return found


@pytest.fixture
def connection(path, tmp_path):
    with duckdb.connect(shutil.copy(path, tmp_path / "site.duckdb")) as found:
        found.execute("SET TimeZone = 'UTC'")
        yield found


def test_every_model_of_the_zoo_is_named_once_with_the_weight_of_today(connection):
    answer = leaderboard.leaderboard(connection, "1m")
    names = [row["model"] for row in answer["rows"]]
    assert len(names) == len(set(names))
    assert set(ZOO) < set(names)
    assert names[0] == "ensemble"
    weights = {row["model"]: row["weight"] for row in answer["rows"] if row["weight"]}
    stored = "SELECT model, weight FROM training.ensemble_weights WHERE horizon = 21 AND origin = '2025-06-30'"
    assert weights == dict(connection.execute(stored).fetchall())


def test_a_belief_that_is_not_the_stored_one_gives_no_reason(connection):
    answer = leaderboard.leaderboard(connection, "1m")  # the fixture's weights were chosen by nobody
    assert not answer["reasons_known"]
    whys = {row["model"]: row["why"] for row in answer["rows"]}
    assert (whys["B1"], whys["Theta"], whys["ETS"]) == ("a member", "a member", "no member")
    assert whys["HAR-RV"] == "forecasts volatility, not the price"


def test_reasons_say_what_the_choice_did():
    skill = {"B1": 0.0, "Drivers-ridge": 0.02, "GARCH-t-long": 0.001, "Theta": -0.01, "B2": 0.5, "LSTM": 0.03}
    belief = Belief(skill, {}, {}, frozenset({"B2"}), frozenset({"LSTM"}))
    seven = {"B1": {}, "Drivers-ridge": {}, "b": {}, "c": {}, "d": {}, "e": {}, "f": {}}
    origin, statuses = date(2025, 6, 30), dict.fromkeys(ZOO, "champion")
    said = {name: _why(name, seven, belief, None, origin, statuses) for name in skill}
    assert said["B1"] == "the anchor: always a member"
    assert said["Drivers-ridge"] == "among the 6 believed best"
    assert said["LSTM"] == "a network speaks only 5 % ahead of the best statistical model"
    assert said["GARCH-t-long"] == "believed better than B1, but 6 others more so"
    assert said["Theta"] == "not believed better than B1"
    assert said["B2"] == "no forecast at 30 Jun 2025"
    alone = {name: _why(name, {"B1": {}}, belief, None, origin, statuses) for name in ("B1", "GARCH-t-long")}
    assert alone["B1"] == "speaks alone: 2 models believed better than it, 4 needed"
    assert alone["GARCH-t-long"] == "believed better than B1, as only 2 of the 4 needed are"
    statuses["Drivers-ridge"] = "shadow"  # no rival of the others, and it says why it is silent
    assert _why("Drivers-ridge", {"B1": {}}, belief, None, origin, statuses).startswith("a shadow: scored beside")
    assert _why("B1", {"B1": {}}, belief, None, origin, statuses) == (
        "speaks alone: 1 model believed better than it, 4 needed"
    )


def test_weights_by_regime_are_means_that_add_up(connection):
    connection.execute("ALTER TABLE features.daily_ml_matrix_zl ADD COLUMN IF NOT EXISTS regime_gate_state DOUBLE")
    connection.execute("UPDATE features.daily_ml_matrix_zl SET regime_gate_state = CASE WHEN as_of_date < '2023-01-01' "
                       "THEN 0 ELSE 2 END")  # fmt: skip
    connection.execute("UPDATE training.ensemble_weights SET weight = CASE model WHEN 'B1' THEN 0.8 WHEN 'Theta' "
                       "THEN 0.0 ELSE 0.2 END WHERE origin >= '2023-01-01'")  # fmt: skip
    answer = training_past.weights_by_regime(connection, "1m")
    found = {(row["regime"], row["model"]): row["weight"] for row in answer["rows"]}
    assert found["CALM", "B1"] == pytest.approx(0.4)
    assert found["CRISIS", "B1"] == pytest.approx(0.8)
    for regime, origins in answer["origins"].items():
        assert sum(weight for (name, _), weight in found.items() if name == regime) == pytest.approx(1)
        assert origins > 12


def test_history_counts_the_forecasts_of_each_run(connection):
    answer = training_past.history(connection)
    (row,) = answer["rows"]
    query = "SELECT count(DISTINCT (model, target, origin, horizon)) FROM training.walk_forward"
    assert row["forecasts"] == connection.execute(query).fetchone()[0]
    assert row["minutes"] == pytest.approx(3)
    connection.execute("UPDATE training.walk_forward SET run_id = 'elsewhere' WHERE model = 'B1'")
    moved = training_past.history(connection)
    assert (moved["rows"][0]["forecasts"] + moved["before"][0]["forecasts"], moved["before"][0]["run_id"]) == (
        row["forecasts"], "elsewhere",
    )  # fmt: skip


def test_importance_names_the_command_that_makes_it(connection):
    with pytest.raises(ConfigError, match="oilseer prune"):
        training_past.importance(connection)


def test_a_skill_computed_anew_is_the_stored_one_where_nothing_else_changed(connection):
    rng = np.random.default_rng(7)
    connection.execute("ALTER TABLE features.daily_ml_matrix_zl ADD COLUMN IF NOT EXISTS "
                       "regime_volatility_zscore_ratio DOUBLE")  # fmt: skip
    connection.execute("UPDATE features.daily_ml_matrix_zl SET regime_volatility_zscore_ratio = 0.5")
    for name in ("Theta", "GARCH-t-long", "Drivers-ridge", "B0-carry", "GARCH-t-carry", "HAR-empirical-carry"):
        factor = 1 + 0.02 * rng.normal()
        connection.execute(
            "INSERT INTO training.walk_forward SELECT $name, target, origin, horizon, level, value * $factor, "
            "work_hash, run_id FROM training.walk_forward WHERE model = 'ensemble'", {"name": name, "factor": factor},
        )  # fmt: skip
    history = read_history(connection, ("regime_volatility_zscore_ratio",))
    last = history.dates[-1].astype(object)
    origins = monthly_origins(history, history.dates[0].astype(object), last)
    query = "SELECT DISTINCT model FROM training.walk_forward WHERE model <> 'ensemble' ORDER BY ALL"
    models = [name for (name,) in connection.execute(query).fetchall() if name in ZOO]
    panel = read_panels(connection, history, models, origins, "price", (21,))[21]
    combined = combine_panel(panel, regime_probabilities(np.full(len(origins), 0.5)))[-1]
    connection.execute("DELETE FROM training.ensemble_weights WHERE origin = ? AND horizon = 21", [last])
    for name, weight, skill in zip(
        combined.weights.models, combined.weights.weight, combined.weights.skill, strict=True
    ):
        row = [last, 21, name, float(weight), 60, float(skill), 0.0, 1.0, "r"]
        connection.execute("INSERT INTO training.ensemble_weights VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    answer = leaderboard.leaderboard(connection, "1m")
    assert answer["reasons_known"]
    believed = {row["model"]: row["believed_skill_b1"] for row in answer["rows"]}
    for name, skill in zip(combined.weights.models, combined.weights.skill, strict=True):
        assert believed[name] == pytest.approx(skill, abs=1e-12)
