"""Scores against closed forms and second libraries."""

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, ttest_1samp

from oilseer.errors import ShapeError
from oilseer.metrics import (
    covered,
    crps,
    crps_weights,
    diebold_mariano,
    effective_outcomes,
    overlap,
    pinball_loss,
    qlike,
    skill_interval,
)
from oilseer.quantiles import LEVELS

NORMAL = norm.ppf(LEVELS)


def test_pinball_loss_equals_a_second_library():
    rng = np.random.default_rng(0)
    outcome, forecast = rng.normal(size=50), np.sort(rng.normal(size=(50, 9)), axis=1)
    for column, level in enumerate(LEVELS):
        expected = scoringrules.quantile_score(outcome, forecast[:, column], level)
        np.testing.assert_allclose(pinball_loss(outcome, forecast)[:, column], expected, rtol=1e-12)


def test_pinball_loss_of_a_hand_sum():
    # 80 % level, forecast 10: an outcome of 15 costs 0.8 · 5, one of 5 costs 0.2 · 5
    loss = pinball_loss(np.array([15.0, 5.0]), np.array([[10.0], [10.0]]), (0.8,))
    np.testing.assert_allclose(loss[:, 0], [4.0, 1.0])


def test_crps_of_the_true_normal_matches_its_closed_form():
    outcome = np.random.default_rng(1).standard_normal(400_000)
    found = crps(outcome, np.tile(NORMAL, (len(outcome), 1))).mean()
    # the expected pinball loss of the true quantile is φ(z); nine levels miss 3 % of the integral 1 / √π
    assert found == pytest.approx(2 * norm.pdf(NORMAL) @ crps_weights(), rel=0.005)
    assert found == pytest.approx(1 / np.sqrt(np.pi), rel=0.04)


@pytest.mark.parametrize("wrong", [(0.5, 1.0), (0.0, 0.6), (0.3, 1.6)], ids=["shifted", "narrow", "shifted and wide"])
def test_crps_is_smallest_for_the_true_distribution(wrong):
    shift, width = wrong
    outcome = np.random.default_rng(2).standard_normal(100_000)
    true = crps(outcome, np.tile(NORMAL, (len(outcome), 1))).mean()
    assert crps(outcome, np.tile(shift + width * NORMAL, (len(outcome), 1))).mean() > true


def test_scores_refuse_what_is_unknown():
    with pytest.raises(ShapeError, match="drop unknown outcomes"):
        pinball_loss(np.array([np.nan]), NORMAL[None])
    with pytest.raises(ShapeError, match="positive"):
        qlike(np.array([0.0]), np.array([1.0]))


def test_coverage_counts_outcomes_inside_the_band_and_on_its_edge():
    band = np.tile(np.arange(9.0), (4, 1))
    found = covered(np.array([0.9, 2.0, 6.0, 6.1]), band, 0.1, 0.9)
    assert found.tolist() == [False, True, True, False]


def test_qlike_is_zero_at_the_truth_and_of_hand_value_elsewhere():
    assert qlike(np.array([2.0]), np.array([2.0]))[0] == 0
    assert qlike(np.array([2.0]), np.array([1.0]))[0] == pytest.approx(2 - np.log(2) - 1)


@given(st.integers(1, 300), st.integers(1, 252), st.integers(1, 30))
def test_effective_outcomes_share_no_session(origins, horizon, step):
    position = np.arange(origins) * step
    span = (origins - 1) * step
    assert effective_outcomes(position, horizon) == span // (int(np.ceil(horizon / step)) * step) + 1


def test_overlap_of_monthly_origins():
    monthly = np.arange(24) * 21
    assert [overlap(monthly, horizon) for horizon in (5, 21, 63, 252)] == [1, 1, 3, 12]


def test_diebold_mariano_without_overlap_is_a_t_test():
    rng = np.random.default_rng(3)
    ours, theirs = rng.gamma(2, 1, 200), rng.gamma(2, 1.1, 200)
    statistic, p_value = diebold_mariano(ours, theirs, 1)
    expected = ttest_1samp(ours - theirs, 0)
    assert statistic == pytest.approx(expected.statistic, rel=0.01)
    assert p_value == pytest.approx(expected.pvalue, abs=0.01)


def test_diebold_mariano_rejects_a_true_null_at_its_nominal_rate_under_overlap():
    rng = np.random.default_rng(4)
    lag, n, tries = 3, 240, 400
    noise = rng.standard_normal((tries, n + lag - 1))
    losses = np.lib.stride_tricks.sliding_window_view(noise, lag, axis=1).sum(axis=2)
    rejected = sum(diebold_mariano(row, np.zeros(n), lag)[1] < 0.1 for row in losses)
    assert 0.06 * tries < rejected < 0.19 * tries  # Bartlett weights reject a little too often; never twice


def test_skill_interval_covers_the_true_skill():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(200):
        reference = rng.gamma(4, 1, 150)
        low, high = skill_interval(reference * 0.95 + rng.normal(0, 0.3, 150), reference, 1, draws=300)
        hits += low <= 0.05 <= high
    assert 0.80 * 200 < hits < 0.97 * 200  # nominal 90 %


def test_skill_interval_is_wider_for_dependent_outcomes():
    rng = np.random.default_rng(6)
    losses = np.lib.stride_tricks.sliding_window_view(rng.gamma(2, 1, 251), 12).mean(axis=1)
    reference = np.full(240, 2.0)
    naive, honest = (np.diff(skill_interval(losses, reference, lag))[0] for lag in (1, 12))
    assert honest > 1.1 * naive  # one block is never shorter than n^(1/3) = 7
