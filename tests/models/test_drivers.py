"""Drivers-ridge against markets whose drivers are planted."""

from dataclasses import replace

import numpy as np
import pytest
from windows import planted_window

from oilseer.models.density import carry
from oilseer.models.drivers import MIN_KNOWN, learn_slopes, make
from oilseer.models.predictors import PREDICTORS
from oilseer.quantiles import HORIZONS, MEDIAN

NAMES = tuple(predictor.name for predictor in PREDICTORS)
SHARE = NAMES.index("spread_oil_share_ratio")


def market(slope: float, **changes):
    """The oil share moves the price, nothing else does."""
    return planted_window(NAMES, "spread_oil_share_ratio", slope, **changes)


def test_a_planted_driver_is_found_and_the_noise_is_not():
    found = learn_slopes(market(-0.1), 21)
    assert found.slope[SHARE] < -0.1  # planted: −0.1 · √21 · mean of 0.99^k ≈ −0.41, shrunk
    assert np.abs(np.delete(found.slope, SHARE)).max() < abs(found.slope[SHARE]) / 3
    # today it stands two standard deviations high: that takes the front down, in log by slope · 2 · 1 % · √21
    assert found.shift[SHARE] == pytest.approx(2 * found.slope[SHARE] * 0.01 * np.sqrt(21), rel=0.25)


def test_a_slope_against_its_sign_is_zero():
    assert learn_slopes(market(+0.1), 21).slope[SHARE] == 0


def test_few_independent_outcomes_leave_little():
    long, short = learn_slopes(market(-0.1), 252).slope[SHARE], learn_slopes(market(-0.1, n=2000), 252).slope[SHARE]
    assert long < short <= 0


def test_the_median_is_carry_and_the_shifts():
    window = market(-0.1)
    found = make("Drivers-ridge").fit(window, 1).predict(window, tuple(HORIZONS.values()))
    for horizon, row in zip(HORIZONS.values(), found.values, strict=True):
        expected = carry(window, horizon) + learn_slopes(window, horizon).shift.sum()
        assert np.log(row[MEDIAN] / window.settle[-1]) == pytest.approx(expected)


def test_an_unknown_or_young_predictor_says_nothing():
    window = market(-0.1)
    features = window.features.copy()
    features[:, 0] = np.nan
    features[: -MIN_KNOWN + 1, SHARE] = np.nan
    assert learn_slopes(replace(window, features=features), 21).shift[[0, SHARE]].tolist() == [0, 0]
