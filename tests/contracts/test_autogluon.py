"""The promises of test_models.py for AutoGluon's tier, on the smallest fit; and that its folds leak nothing."""

import logging
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest
from windows import cut, make_window, scaled

from oilseer.errors import ModelError
from oilseer.models.autogluon_fit import fit_predictor, quietly
from oilseer.models.drivers import scaled_outcomes
from oilseer.models.presets import FOREST, TREES, Preset
from oilseer.models.purged import DROPPED, time_blocks
from oilseer.models.specialists import Specialist, SpecialistFit
from oilseer.quantiles import HORIZONS, LEVELS

pytest.importorskip("autogluon.tabular")
pytestmark = pytest.mark.slow

SESSIONS = tuple(HORIZONS.values())
NAME = "AutoGluon-tariff"
TINY = Preset("tiny", 3, 0, {"GBM": {"num_boost_round": 5}, "TABICL": {}}, "a test")
FORESTS = Preset("forests", 4, 0, {"GBM": TREES["GBM"], "RF": FOREST, "XT": FOREST}, "a test")


@cache
def window():
    return make_window(n=1800, seed=1)


@cache
def fitted() -> SpecialistFit:
    """Learned at row 1699: it forecasts from there on."""
    return Specialist(NAME, TINY).fit(cut(window(), 1700), 7)


@cache
def values() -> np.ndarray:
    return fitted().predict(window(), SESSIONS).values


def test_forecasts_are_prices_at_nine_levels_and_five_horizons():
    assert values().shape == (5, len(LEVELS))
    assert (np.abs(np.log(values() / window().settle[-1])) < 2).all()
    assert (np.diff(values(), axis=1) >= 0).all()


def test_a_kept_fit_forecasts_the_same_bytes():
    kept = Specialist(NAME, TINY).load(fitted().dump())
    assert kept.predict(window(), SESSIONS).values.tobytes() == values().tobytes()
    assert kept.learned == fitted().learned
    with pytest.raises(ModelError, match="kept fit"):
        Specialist(NAME, TINY).load(b"not a fitted model")


def test_same_seed_and_twice_the_price_with_a_poisoned_future_give_twice_the_forecast():
    """One fit for three promises: the rows after the fit's origin are changed beyond recognition, prices doubled."""
    double, after = scaled(window(), 2.0), np.arange(1800) >= 1700
    poisoned = replace(
        double, settle=np.where(after, 1e9, double.settle), features=np.where(after[:, None], 1e9, double.features)
    )
    again = Specialist(NAME, TINY).fit(cut(poisoned, 1700), 7)
    np.testing.assert_allclose(again.predict(double, SESSIONS).values, 2 * values(), rtol=1e-9)


def test_a_fit_of_another_specialist_is_refused():
    with pytest.raises(ModelError, match=f"AutoGluon-fx was given a fit of {NAME}"):
        Specialist("AutoGluon-fx", TINY).load(fitted().dump())


def test_no_origin_before_the_fit_is_answered():
    with pytest.raises(ModelError, match="fit"):
        fitted().predict(cut(window(), 1699), SESSIONS)


def test_what_autogluon_drops_is_kept_and_told(caplog):
    with caplog.at_level(logging.WARNING, "oilseer.models"):
        again = Specialist(NAME, TINY).load(fitted().dump())
        assert {what.dropped for what in again.learned.values()} == {("TabICL_BAG_L1",)}
        assert all("LightGBM_BAG_L1" in what.scores for what in again.learned.values())


def test_standing_price_and_short_window_are_refused():
    still = make_window(n=1800, seed=1)
    still.settle[:] = 50.0
    still.returns[1:] = 0.0
    with pytest.raises(ModelError):
        Specialist(NAME, TINY).fit(still, 7)
    with pytest.raises(ModelError, match="short"):
        Specialist(NAME, TINY).fit(make_window(n=1000, seed=1), 7)


HORIZON = 63
COLUMNS = (*"abcdef", "session")


@cache
def walk() -> tuple[np.ndarray, np.ndarray]:
    """Features (m, 7), the last one the session, and outcomes over 63 sessions (m,) that nothing forecasts.

    The features wander, so that they tell one week from another: what a leak needs.
    """
    plain = make_window(n=4000, seed=5, stochastic=False, rolls=False)
    wander = np.cumsum(np.random.default_rng(6).standard_normal((4000, 6)), axis=0)
    rows, outcome, _ = scaled_outcomes(plain, HORIZON)
    return np.column_stack([wander[rows], plain.session[rows]]), outcome


def skill(loss: float, outcome: np.ndarray) -> float:
    """Share of the pinball loss of the outcomes' own quantiles that is saved."""
    errors, levels = outcome[:, None] - np.quantile(outcome, LEVELS), np.array(LEVELS)
    return 1 - loss / np.maximum(levels * errors, (levels - 1) * errors).mean()


def purged() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The same rows without those that are dropped, with the block of each."""
    features, outcome = walk()
    block = time_blocks(features[:, -1].astype(int), HORIZON, 4)
    return features[block != DROPPED], outcome[block != DROPPED], block[block != DROPPED]


def test_default_bagging_sees_skill_in_a_random_walk(tmp_path):
    from autogluon.tabular import TabularPredictor

    features, outcome = walk()
    predictor = TabularPredictor("outcome", "quantile", path=str(tmp_path / "default"), quantile_levels=list(LEVELS))
    with quietly():
        predictor.fit(
            pd.DataFrame(features, columns=list(COLUMNS)).assign(outcome=outcome), hyperparameters=FORESTS.models,
            num_bag_folds=4, num_bag_sets=1, dynamic_stacking=False, num_cpus=1, verbosity=0,
            ag_args_ensemble={"fold_fitting_strategy": "sequential_local"},
        )  # fmt: skip
        board = predictor.leaderboard(silent=True).set_index("model")["score_val"]
    assert skill(-board["WeightedEnsemble_L2"], outcome) > 0.15


def test_our_blocks_see_no_skill_in_a_random_walk_whatever_the_model(tmp_path):
    features, outcome, block = purged()
    scores = fit_predictor(features, COLUMNS, outcome, block, FORESTS, 3, tmp_path / "ours")
    assert set(FORESTS.asked()) <= set(scores)
    assert max(skill(loss, outcome) for loss in scores.values()) < 0.03


def test_no_row_is_judged_by_a_model_that_saw_a_session_of_its_outcome(tmp_path, monkeypatch):
    from autogluon.tabular.models import LGBModel

    folds, fit = [], LGBModel._fit

    def watched(model, X, y, X_val=None, **settings):
        folds.append((X["session"].to_numpy(), X_val["session"].to_numpy()))
        return fit(model, X=X, y=y, X_val=X_val, **settings)

    monkeypatch.setattr(LGBModel, "_fit", watched)
    features, outcome, block = purged()
    fit_predictor(features, COLUMNS, outcome, block, replace(FORESTS, models={"GBM": {}}), 3, tmp_path / "watched")
    assert len(folds) == 4
    assert sum(len(judged) for _, judged in folds) == len(outcome)
    for learned, judged in folds:
        assert np.abs(learned[:, None] - judged[None, :]).min() >= HORIZON
