"""The block-bootstrap interval of a mean, against the normal theory it must meet."""

import numpy as np
import pytest

from oilseer.metrics import joint_intervals, mean_interval, reality_check, shortfall_change_interval


def test_interval_of_independent_values_meets_the_normal_one():
    values = np.random.default_rng(0).normal(2.0, 3.0, 2_000)
    low, high = mean_interval(values, lag=1, nominal=0.9)
    half = 1.645 * values.std() / np.sqrt(2_000)
    assert low == pytest.approx(values.mean() - half, abs=0.25 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.25 * half)


def test_interval_widens_to_the_number_of_independent_values():
    groups = np.random.default_rng(1).normal(size=100)
    values = np.repeat(groups, 40)  # 40 neighbours move as one: 100 independent values, not 4,000
    expected = 2 * 1.645 * groups.std() / np.sqrt(100)
    naive, honest = (np.diff(mean_interval(values, lag))[0] for lag in (1, 160))
    assert honest == pytest.approx(expected, rel=0.25)
    assert naive < 0.75 * expected


def test_joint_interval_of_one_mean_is_its_own_and_of_ten_meets_the_normal_maximum():
    values = np.random.default_rng(2).normal(size=(2_000, 10))
    half = values.std(axis=0) / np.sqrt(2_000)
    alone = joint_intervals(values[:, :1], lag=1)
    assert (alone[1] - alone[0])[0] / 2 == pytest.approx(1.645 * half[0], rel=0.1)
    low, high = joint_intervals(values, lag=1)
    # of ten independent means all stay inside with probability 0.9: each with 0.9 ** (1 / 10), 2.56 errors
    assert (high - low) / 2 == pytest.approx(2.56 * half, rel=0.15)


def test_joint_interval_keeps_a_mean_that_never_varies():
    low, high = joint_intervals(np.column_stack([np.ones(50), np.random.default_rng(0).normal(size=50)]), lag=3)
    assert (low[0], high[0]) == (1.0, 1.0)


def test_reality_check_tells_a_real_gain_from_the_best_of_many_draws():
    rng = np.random.default_rng(5)
    reference = rng.normal(size=200)
    idle = reference[:, None] + rng.normal(size=(200, 15))
    assert reality_check(reference, idle, lag=3) > 0.1
    assert reality_check(reference, np.column_stack([idle, reference - 0.4 + rng.normal(size=200)]), lag=3) < 0.01


def test_shortfall_change_interval_of_a_scaled_tail_is_the_scale():
    values = np.random.default_rng(4).gamma(2.0, size=300)
    assert shortfall_change_interval(0.8 * values, values, lag=6) == pytest.approx((-0.2, -0.2))
