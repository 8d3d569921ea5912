"""On the simulated market, whose drivers are known, these come out on top, with their signs and in their order."""

from datetime import UTC, date, datetime
from functools import cache

import numpy as np
import pytest
from scipy.stats import spearmanr

from oilseer.market import sessions
from oilseer.models.base import Window
from oilseer.models.drivers import learn_slopes
from oilseer.models.predictors import PREDICTORS
from oilseer.simulate.market import simulate
from oilseer.simulate.truth import Truth

HORIZON = 21
SEEDS = (1, 2, 3)
# what each planted signal is called among the features, and whether it is turned round there
FEATURES = {
    "brl_momentum": ("fx_usdbrl_momentum_21_ratio", -1),
    "copper_momentum": ("databento_hg_momentum_21_ratio", 1),
    "crowding": ("cftc_zl_noncommercial_percentile_52w_ratio", 1),
    "dryness": ("weather_us_all_precipitation_anomaly_30d_mm", -1),
    "palm_premium": ("spread_palm_soyoil_zscore_60m_ratio", 1),
    "rin_momentum": ("epa_rin_d4_momentum_4w_ratio", 1),
    "value": ("tech_value_1260_ratio", -1),
}
NAMES = tuple(predictor.name for predictor in PREDICTORS)
PLANTED = [NAMES.index(name) for name, _ in FEATURES.values()]


@cache
def market(seed: int) -> tuple[Truth, Window]:
    """Twenty-six years with their truth; the planted signals stand in their features, the other features are noise."""
    truth = simulate(seed, date(2025, 12, 31), datetime(2026, 1, 1, tzinfo=UTC)).truth
    features = np.random.default_rng(seed).standard_normal((len(truth.dates), len(NAMES)))
    for signal, (name, sign) in FEATURES.items():
        features[:, NAMES.index(name)] = sign * truth.signals[signal]
    return truth, Window(
        datetime(2025, 12, 31, 22, tzinfo=UTC), truth.dates, sessions.number(truth.dates),
        np.exp(truth.front_settle_log), truth.held_return, features, NAMES,
    )  # fmt: skip


@cache
def slopes(seed: int) -> np.ndarray:
    return learn_slopes(market(seed)[1], HORIZON).slope


def planted_effects(truth: Truth) -> np.ndarray:
    """Log change after HORIZON sessions for one unit of each planted signal, in the order of FEATURES."""
    by_name = {driver.name: driver for driver in truth.drivers}
    return np.array([float(by_name[signal].built_up(HORIZON)) for signal in FEATURES])


@pytest.mark.slow
def test_planted_drivers_stand_above_all_others_with_their_signs():
    found = np.mean([slopes(seed) for seed in SEEDS], axis=0)
    truth, _ = market(SEEDS[0])
    turned = np.array([sign for _, sign in FEATURES.values()])
    assert (np.sign(found[PLANTED]) == np.sign(planted_effects(truth)) * turned).all()
    assert np.abs(found[PLANTED]).min() > np.abs(np.delete(found, PLANTED)).max()


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_a_days_contributions_is_that_of_the_truth(seed):
    truth, window = market(seed)
    signals = np.column_stack([truth.signals[name] for name in FEATURES])[-5 * 252 :: HORIZON]
    expected = signals * planted_effects(truth)
    columns = window.features[:, PLANTED]
    said = (slopes(seed)[PLANTED] / columns.std(axis=0) * (columns - columns.mean(axis=0)))[-5 * 252 :: HORIZON]
    ranks = [spearmanr(ours, theirs).statistic for ours, theirs in zip(said, expected, strict=True)]
    assert np.mean(ranks) > 0.7
