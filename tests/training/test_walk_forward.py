"""The runner: resumable, the same bytes in any order on any number of processes, blind to the future."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from market_history import make_history

from oilseer.errors import GateFailed, ModelError
from oilseer.market import sessions
from oilseer.models.zoo import ZOO, Entry
from oilseer.quantiles import HORIZONS, LEVELS
from oilseer.training import ensemble, scores, walk_forward
from oilseer.training.artefacts import Artefacts
from oilseer.training.history import monthly_origins
from oilseer.training.panel import read_panels
from oilseer.training.parallel import Workers
from oilseer.training.specs import FAILURES, SCORES, WALK_FORWARD, WEIGHTS
from oilseer.training.work import Work
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import table_hash

QUICK = ("B0", "B1", "B0-long", "Naive", "SES")
HISTORY = make_history()
ORIGINS = monthly_origins(HISTORY, date(2013, 9, 1), date(2014, 2, 14))


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as opened:
        yield opened


def run(connection, history=HISTORY, models=QUICK, origins=ORIGINS, jobs=1, kept=None):
    means = walk_forward.Means(Workers(jobs), kept)
    return walk_forward.run(connection, history, models, origins, "run", means, lambda done, total: None).forecasts


def test_a_rerun_computes_nothing_and_a_new_day_costs_one_origin(connection):
    assert run(connection, origins=ORIGINS[:-1]) == len(QUICK) * (len(ORIGINS) - 1)
    assert run(connection) == len(QUICK)
    assert run(connection) == 0


def test_order_and_processes_change_no_byte(connection, tmp_path):
    run(connection)
    with writer(create_workspace(tmp_path / "other", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as other:
        run(other, models=QUICK[::-1], origins=ORIGINS[::-1], jobs=2)
        assert table_hash(other, WALK_FORWARD) == table_hash(connection, WALK_FORWARD)


def test_forecasts_are_blind_to_what_comes_after_their_origin(connection, tmp_path):
    run(connection, origins=ORIGINS[:2])
    after = HISTORY.place(ORIGINS[1]) + 1
    poisoned = replace(
        HISTORY,
        settle=np.r_[HISTORY.settle[:after], np.full(len(HISTORY.settle) - after, 1e9)],
        returns=np.r_[HISTORY.returns[:after], np.full(len(HISTORY.settle) - after, 9.0)],
        features=np.r_[HISTORY.features[:after], np.full((len(HISTORY.settle) - after, len(HISTORY.names)), 1e9)],
    )
    assert run(connection, poisoned, origins=ORIGINS[:2]) == 0  # the same work, by its hash
    with writer(create_workspace(tmp_path / "other", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as other:
        run(other, poisoned, origins=ORIGINS[:2])
        assert table_hash(other, WALK_FORWARD) == table_hash(connection, WALK_FORWARD)


def test_a_changed_past_is_computed_again(connection):
    run(connection)
    place = HISTORY.place(ORIGINS[2])
    changed = replace(
        HISTORY, settle=np.r_[HISTORY.settle[:place], HISTORY.settle[place] * 1.01, HISTORY.settle[place + 1 :]]
    )
    assert run(connection, changed) == len(QUICK) * (len(ORIGINS) - 2)


def fail(name):
    class Broken:
        def fit(self, window, seed):
            raise ModelError("no luck today")

    return Broken()


def test_a_failure_is_a_row_with_its_reason_and_blocks_below_the_quorum(connection, monkeypatch):
    monkeypatch.setitem(ZOO, "Broken", Entry("Broken", "statistical", "price", f"{__name__}:fail"))
    models = (*QUICK, "Broken")
    run(connection, models=models, origins=ORIGINS[-1:])
    rows = connection.execute(f"SELECT model, error, traceback FROM {FAILURES.name}").fetchall()
    assert rows[0][:2] == ("Broken", "ModelError: no luck today")
    assert "fit" in rows[0][2]
    with pytest.raises(GateFailed, match="1 of 6 models gave no forecast from 2014-02-14: Broken"):
        walk_forward.require_quorum(connection, models, ORIGINS[-1])
    walk_forward.require_quorum(connection, QUICK, ORIGINS[-1])


def test_a_model_sees_only_the_features_that_it_declares():
    place, cutoff = HISTORY.place(ORIGINS[0]) + 1, sessions.cutoff(ORIGINS[0])
    works = tuple(Work(name, ORIGINS[0], place, cutoff, "x") for name in ("B0", "B2"))
    windows = walk_forward.task_of(HISTORY, works, Artefacts(None)).windows
    assert {reads: window.names for reads, window in windows.items()} == {r: r for r in ((), ZOO["B2"].reads)}
    assert {len(window.settle) for window in windows.values()} == {place}


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A few years of quick models with the ensemble and its scores."""
    workspace = create_workspace(tmp_path_factory.mktemp("scored"), "simulated", datetime(2025, 1, 1, tzinfo=UTC))
    with writer(workspace) as opened:
        yield _score(opened)


def _score(connection):
    history = make_history(2400, seed=3)
    last = history.dates[-1].astype(object)
    origins = monthly_origins(history, date(2012, 1, 1), last)
    models = ("B0", "B1", "B0-long", "GARCH-t-long", "GARCH-t-carry", "Naive")
    run(connection, history, models, origins, 2)
    ensemble.run(connection, history, models, origins, "run")
    scores.run(connection, history, models, origins, "run")
    return connection, history, models, origins


@pytest.mark.slow
def test_the_ensemble_is_scored_like_any_model_and_knows_no_outcome_early(scored):
    connection, history, models, origins = scored
    rows = connection.execute(f"SELECT model, horizon, n_origins FROM {SCORES.name} WHERE slice = 'all'").fetchall()
    assert {row[0] for row in rows} == {*models, "ensemble"}
    assert {row[1] for row in rows} == set(HORIZONS.values())
    assert connection.execute(
        "SELECT max(abs(total - 1)) < 1e-9 FROM "
        f"(SELECT sum(weight) AS total FROM {WEIGHTS.name} GROUP BY origin, horizon)"
    ).fetchone()[0]
    # cutting the history at an origin leaves that origin's combination as it was
    middle = origins[len(origins) // 2]
    cut = [o for o in origins if o <= middle]
    before = connection.execute(
        f"SELECT * EXCLUDE (run_id) FROM {WALK_FORWARD.name} WHERE model = 'ensemble' AND origin = ? ORDER BY ALL",
        [middle],
    ).fetchall()
    ensemble.run(connection, history.until(middle), models, cut, "again")
    after = connection.execute(
        f"SELECT * EXCLUDE (run_id) FROM {WALK_FORWARD.name} WHERE model = 'ensemble' AND origin = ? ORDER BY ALL",
        [middle],
    ).fetchall()
    assert before == after


@pytest.mark.slow
def test_a_session_looked_at_beside_changes_no_combination(scored):
    # 30 sessions before the end: its outcomes of a week and a month are known at the last origin, and not learned from
    connection, history, models, origins = scored
    beside = history.dates[-30].astype(object)
    assert beside not in origins
    query = (
        f"SELECT * EXCLUDE (run_id) FROM {WALK_FORWARD.name} "
        "WHERE model = 'ensemble' AND list_contains(?, origin) ORDER BY ALL"
    )
    before = connection.execute(query, [origins]).fetchall()
    run(connection, history, models, [beside], 1)
    ensemble.run(connection, history, models, origins, "again", beside=[beside])
    assert connection.execute(query, [origins]).fetchall() == before
    assert len(connection.execute(query, [[beside]]).fetchall()) == len(HORIZONS) * len(LEVELS)
    ensemble.run(connection, history, models, [*origins, beside], "evidence")
    assert connection.execute(query, [origins]).fetchall() != before


@pytest.mark.slow
def test_skill_on_a_random_walk_is_zero_within_its_interval(scored):
    connection, *_ = scored
    rows = connection.execute(
        f"SELECT horizon, skill_b1, skill_b1_low, skill_b1_high FROM {SCORES.name} "
        "WHERE slice = 'all' AND model = 'ensemble'"
    ).fetchall()
    assert all(low <= 0 for _, _, low, _ in rows), rows


@pytest.mark.slow
def test_scores_equal_a_hand_count(scored):
    connection, history, models, origins = scored
    panel = read_panels(connection, history, models, origins, "price", (21,))[21]
    known = np.isfinite(panel.outcome)
    low, high = panel.quantiles[known, 0, 2], panel.quantiles[known, 0, 6]
    inside = ((panel.outcome[known] >= low) & (panel.outcome[known] <= high)).mean()
    mape = np.abs(panel.quantiles[known, 0, 4] / panel.outcome[known] - 1).mean()
    row = connection.execute(
        f"SELECT coverage80, mape, n_origins, skill_b0, mape_ratio_rw FROM {SCORES.name} "
        "WHERE slice = 'all' AND model = 'B0' AND horizon = 21"
    ).fetchone()
    assert row == pytest.approx((inside, mape, known.sum(), 0.0, 1.0))
