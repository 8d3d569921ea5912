"""The block-bootstrap interval of a mean, against the normal theory it must meet."""

import numpy as np
import pytest

from oilseer.metrics import mean_interval


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
