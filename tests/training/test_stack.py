"""The stackers in the walk-forward: resumable, taught by what is evidence, their inputs kept without outcomes."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from market_history import make_history
from scipy.stats import norm
from stacked_panel import MODELS, base_rows, simulated_panel

from oilseer.models import stackers
from oilseer.models.zoo import ZOO
from oilseer.quantiles import LEVELS
from oilseer.training import ensemble, stack
from oilseer.training.history import monthly_origins
from oilseer.training.parallel import Workers
from oilseer.training.specs import FAILURES, WALK_FORWARD
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import append, ensure, table_hash

HISTORY = make_history(n=1800)
LAST = date(2014, 6, 27)
ORIGINS = monthly_origins(HISTORY, date(2008, 1, 31), LAST)
STACKERS = ("LightGBM-stack", "RandomForest-stack")
NAMES = (*MODELS, *STACKERS)


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as opened:
        ensure(opened, WALK_FORWARD)
        append(opened, WALK_FORWARD, base_rows(HISTORY, ORIGINS))
        yield opened


def run(connection, origins=ORIGINS, models=NAMES, jobs=1, beside=(), history=HISTORY):
    return stack.run(connection, history, models, origins, "run", Workers(jobs), lambda done, total: None, beside)


def spoken(connection, model, horizon):
    return [
        row[0]
        for row in connection.execute(
            f"SELECT DISTINCT origin FROM {WALK_FORWARD.name} WHERE model = ? AND horizon = ? ORDER BY 1",
            [model, horizon],
        ).fetchall()
    ]


def test_it_speaks_from_sixty_known_outcomes_on_at_every_horizon(connection):
    assert run(connection) > 0
    for model in STACKERS:
        for horizon, months in ((21, 1), (63, 3), (126, 6)):
            assert abs(ORIGINS.index(spoken(connection, model, horizon)[0]) - (60 + months)) <= 1
        assert spoken(connection, model, 252)[0] > spoken(connection, model, 126)[0]
    assert connection.execute(f"SELECT count(*) FROM {FAILURES.name}").fetchone() == (0,)


def test_a_rerun_computes_nothing_and_a_new_day_costs_one_origin(connection):
    assert run(connection, origins=ORIGINS[:67]) > 0
    assert run(connection, origins=ORIGINS[:68]) == len(STACKERS)
    assert run(connection, origins=ORIGINS[:68]) == 0


def test_a_changed_forecast_of_the_past_is_learned_from_anew(connection):
    run(connection, origins=ORIGINS[:66])

    def change(origin):
        connection.execute(
            f"UPDATE {WALK_FORWARD.name} SET value = value * 1.01 WHERE origin = ? AND model = 'Drivers-ridge'",
            [origin],
        )

    change(ORIGINS[65])  # whose outcome no origin knows
    assert run(connection, origins=ORIGINS[:66]) == len(STACKERS)
    change(ORIGINS[5])  # what every origin learned from
    assert run(connection, origins=ORIGINS[:66]) == len(STACKERS) * len(spoken(connection, STACKERS[0], 21))


def test_processes_change_no_byte(connection, tmp_path):
    origins = ORIGINS[:70]
    run(connection, origins=origins)
    with writer(create_workspace(tmp_path / "other", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as other:
        ensure(other, WALK_FORWARD)
        append(other, WALK_FORWARD, base_rows(HISTORY, ORIGINS))
        run(other, origins=origins, models=NAMES[::-1], jobs=2)
        assert table_hash(other, WALK_FORWARD) == table_hash(connection, WALK_FORWARD)


def test_origins_beside_are_spoken_at_and_teach_none(connection):
    origins, beside = ORIGINS[:70], ORIGINS[30]
    without = [origin for origin in origins if origin != beside]
    run(connection, origins=without)
    assert run(connection, origins=without, beside=[beside]) == 0
    assert run(connection, origins=without, beside=[ORIGINS[71]]) == len(STACKERS)


def test_inputs_are_kept_with_no_outcome_and_no_member_outside_its_part(connection):
    run(connection, origins=ORIGINS[:64])
    names = {row[0] for row in connection.execute(f"SELECT DISTINCT input FROM {stack.FEATURES.name}").fetchall()}
    regime = {name for stacker in STACKERS for name in ZOO[stacker].reads}
    known = {name for name in MODELS if name != "Naive"}  # of the statistical only one a family
    assert names == {f"{kind}:{name}" for kind in ("middle", "width") for name in known} | {"pool_deviation"} | regime
    value, unknown = connection.execute(
        f"SELECT any_value(value) FILTER (input = 'pool_deviation' AND horizon = 21), count(*) FILTER (value IS NULL) "
        f"FROM {stack.FEATURES.name}"
    ).fetchone()
    assert value == pytest.approx(np.log(0.015 * np.sqrt(21)), abs=1e-3)
    assert unknown == 0


def test_a_silent_pool_is_no_forecast(connection):
    at = ORIGINS[66]
    connection.execute(
        f"DELETE FROM {WALK_FORWARD.name} WHERE origin = ? AND model IN "
        "('GARCH-empirical-carry', 'Drivers-ridge', 'Drivers-trees')",
        [at],
    )
    run(connection, origins=ORIGINS[:68])
    assert at not in spoken(connection, STACKERS[0], 21)
    assert ORIGINS[67] in spoken(connection, STACKERS[0], 21)


def test_a_refusal_is_a_row_among_the_failures(connection, monkeypatch):
    monkeypatch.setitem(stackers.LEARNERS, "LightGBM-stack", lambda *_: np.full(len(LEVELS), np.nan))
    run(connection, origins=ORIGINS[:66])
    found = connection.execute(f"SELECT model, any_value(error) FROM {FAILURES.name} GROUP BY model").fetchall()
    assert [model for model, _ in found] == ["LightGBM-stack"]
    assert "non-finite" in found[0][1]
    assert spoken(connection, "RandomForest-stack", 21)


def test_the_ensemble_reads_stackers_like_any_other_model(connection):
    run(connection, origins=ORIGINS[:66])
    combined = ensemble.run(connection, HISTORY, list(NAMES), ORIGINS[:66], "run")
    assert {item.origin for item in combined} == set(ORIGINS[:66])


def test_a_changed_regime_is_a_changed_lesson(connection):
    run(connection, origins=ORIGINS[:66])
    features = HISTORY.features.copy()
    features[HISTORY.place(ORIGINS[65]), HISTORY.names.index("regime_volatility_zscore_ratio")] = 3.0
    changed = replace(HISTORY, features=features)
    assert run(connection, origins=ORIGINS[:66], history=changed) == len(STACKERS)


def test_inputs_and_outcome_are_measured_by_the_pool():
    panel, regimes = simulated_panel(n=4)
    middles, spreads = np.array([0.0, 0.02, 0.04, 0.06, 0.08, 0.10]), np.array([1, 1, 2, 3, 0.5, 1]) * 0.05
    quantiles = 50 * np.exp(middles[:, None] + spreads[:, None] * norm.ppf(LEVELS))
    table = stack.tabulate(replace(panel, quantiles=np.tile(quantiles, (4, 1, 1)), outcome=np.full(4, 55.0)), regimes)
    middle, spread = 0.04, 0.1  # means of the second to fourth: density and direct
    found = dict(zip(table.names, table.values[0], strict=True))
    assert table.middle[0] == pytest.approx(np.log(50) + middle)
    assert table.spread[0] == pytest.approx(spread, rel=1e-3)
    assert table.outcome[0] == pytest.approx((np.log(55 / 50) - middle) / spread, rel=1e-3)
    assert found["middle:AutoARIMA"] == pytest.approx((0.08 - middle) / spread, rel=1e-3)
    assert found["width:Drivers-trees"] == pytest.approx(np.log(0.15 / spread), abs=1e-3)
    np.testing.assert_allclose(table.pool[0], norm.ppf(LEVELS), rtol=1e-3, atol=1e-12)
