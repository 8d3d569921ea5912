"""Drivers-ridge against markets whose drivers are planted."""

from dataclasses import replace

import numpy as np
import pytest
from windows import planted_window

from oilseer.models.density import carry
from oilseer.models.drivers import LAPLACE, MIN_KNOWN, learn_slopes, make, posterior_mode, scaled_outcomes
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


@pytest.mark.parametrize("laplace", LAPLACE.values())
def test_a_slope_against_its_sign_is_zero(laplace):
    assert learn_slopes(market(+0.1), 21, laplace).slope[SHARE] == 0


def test_the_elastic_net_is_scikit_learns_under_the_same_penalties():
    from sklearn.linear_model import ElasticNet

    rng = np.random.default_rng(5)
    known = rng.standard_normal((400, 6)) @ rng.standard_normal((6, 6))  # correlated, so signs and zeros interact
    outcome = known @ [0.3, 0, -0.2, 0.05, 0, 0.1] + rng.standard_normal(400)
    worth, deviation, laplace = 0.25, 0.1, 0.5
    first, second = laplace * np.sqrt(2) / deviation, (1 - laplace) / deviation**2
    theirs = ElasticNet(
        alpha=(first + second) / (worth * 400), l1_ratio=first / (first + second),
        positive=True, fit_intercept=False, tol=1e-12, max_iter=100_000,
    ).fit(known, outcome).coef_  # fmt: skip
    assert 0 < (theirs > 0).sum() < 6
    np.testing.assert_allclose(posterior_mode(known, outcome, worth, deviation, laplace), theirs, atol=1e-7)


def test_without_laplace_it_is_ridge_in_closed_form_where_no_sign_binds():
    rng = np.random.default_rng(6)
    known = rng.standard_normal((300, 3))
    outcome = known @ [0.5, 0.4, 0.3] + rng.standard_normal(300)
    closed = np.linalg.inv(0.5 * known.T @ known + np.eye(3) / 0.2**2) @ (0.5 * known.T @ outcome)
    np.testing.assert_allclose(posterior_mode(known, outcome, 0.5, 0.2, 0.0), closed)


def test_the_elastic_net_finds_a_planted_driver_and_sets_noise_to_zero():
    found, ridge = learn_slopes(market(-0.1), 21, 0.5).slope, learn_slopes(market(-0.1), 21).slope
    assert found[SHARE] < -0.1
    assert (np.delete(found, SHARE) == 0).sum() > (np.delete(ridge, SHARE) == 0).sum()


def test_few_independent_outcomes_leave_little():
    long, short = learn_slopes(market(-0.1), 252).slope[SHARE], learn_slopes(market(-0.1, n=2000), 252).slope[SHARE]
    assert long < short <= 0


@pytest.mark.parametrize(("name", "laplace"), LAPLACE.items())
def test_the_median_is_carry_and_the_shifts(name, laplace):
    window = market(-0.1)
    found = make(name).fit(window, 1).predict(window, tuple(HORIZONS.values()))
    for horizon, row in zip(HORIZONS.values(), found.values, strict=True):
        expected = carry(window, horizon) + learn_slopes(window, horizon, laplace).shift.sum()
        assert np.log(row[MEDIAN] / window.settle[-1]) == pytest.approx(expected)


def test_an_unknown_or_young_predictor_says_nothing():
    window = market(-0.1)
    features = window.features.copy()
    features[:, 0] = np.nan
    features[: -MIN_KNOWN + 1, SHARE] = np.nan
    assert learn_slopes(replace(window, features=features), 21).shift[[0, SHARE]].tolist() == [0, 0]


def test_outcomes_are_what_was_not_expected_and_none_where_nothing_was():
    window = market(-0.1)
    logs = np.log(window.settle)
    foreseen = np.append(logs[21:], np.full(21, np.nan)) - logs
    foreseen[:3000] = np.nan
    rows, outcome, _ = scaled_outcomes(window, 21, foreseen)
    assert rows.min() >= 3000
    np.testing.assert_allclose(outcome, 0.0, atol=1e-12)
