"""Trailing operators against pandas and hand sums; and the tail of an array against the whole of it, bit for bit."""

import numpy as np
import pandas as pd
import pytest

from oilseer.features import rolling

RNG = np.random.default_rng(5)
N = 700
VALUES = 40 + RNG.normal(0, 1, N).cumsum()
VALUES[RNG.choice(N, 30, replace=False)] = np.nan
OTHER = VALUES * 0.4 + RNG.normal(0, 2, N)
OTHER[RNG.choice(N, 10, replace=False)] = np.nan
WINDOWS = (2, 5, 21, 60, 63, 252)
SHARE = 0.7


def pandas(window, values=VALUES):
    return pd.Series(values).rolling(window, min_periods=max(int(np.ceil(SHARE * window)), 2))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", ["sum", "mean", "std", "min", "max"])
def test_operator_agrees_with_pandas(name, window):
    found = getattr(rolling, f"rolling_{name}")(VALUES, window, SHARE)
    np.testing.assert_allclose(found, getattr(pandas(window), name)().to_numpy(), rtol=1e-9)


@pytest.mark.parametrize("operator", [rolling.rolling_corr, rolling.rolling_beta])
def test_many_columns_at_once_have_the_bytes_of_each_alone(operator):
    one, other = (np.column_stack([np.roll(base, i) for i in range(60)]) for base in (VALUES, OTHER))
    assert one.size > 2 * rolling.CACHED
    together = operator(one, other, 63)
    assert together.shape == one.shape
    for i in range(60):
        assert together[:, i].tobytes() == operator(one[:, i], other[:, i], 63).tobytes()


@pytest.mark.parametrize("window", WINDOWS)
def test_corr_and_beta_agree_with_pandas_on_complete_pairs(window):
    both = np.isnan(VALUES) | np.isnan(OTHER)
    x, y = np.where(both, np.nan, VALUES), np.where(both, np.nan, OTHER)
    x_rolling = pandas(window, x)
    np.testing.assert_allclose(
        rolling.rolling_corr(VALUES, OTHER, window, SHARE), x_rolling.corr(pd.Series(y)), rtol=1e-7
    )
    slope = x_rolling.cov(pd.Series(y)) / x_rolling.var()
    np.testing.assert_allclose(rolling.rolling_beta(OTHER, VALUES, window, SHARE), slope, rtol=1e-7)


def test_window_with_too_few_values_is_unknown():
    values = np.array([1, np.nan, 3, 4, 5, 6, 7, 8, 9, 10, 11.0])
    assert np.isnan(rolling.rolling_sum(values, 10)[:9]).all(), "a window that is not full holds too little"
    assert rolling.rolling_sum(values, 10)[9:] == pytest.approx([53, 63])  # 9 of 10 values, then 9 of 10 again
    values[4] = np.nan
    assert np.isnan(rolling.rolling_sum(values, 10)[9]), "8 of 10 are too few"


def test_rank_share_counts_earlier_values_no_higher_by_hand():
    values = np.array([3.0, 1.0, 2.0, 2.0, 5.0, 0.0])
    assert rolling.rank_share(values, 3)[3:] == pytest.approx([2 / 3, 1.0, 0.0])
    assert rolling.rank_share(values, 3, own=True)[2:] == pytest.approx([2 / 3, 1.0, 1.0, 1 / 3])


def test_zscore_of_own_or_earlier_window_by_hand():
    values = np.array([1.0, 2.0, 3.0, 6.0])
    assert rolling.rolling_zscore(values, 3)[2] == pytest.approx(1.0)
    assert rolling.rolling_zscore(values, 3, own=False)[3] == pytest.approx(4.0)


def test_constants_have_no_spread_zscore_or_correlation():
    steady = np.full(300, 0.1 + 0.2)
    assert (rolling.rolling_std(steady, 252)[251:] == 0).all()
    assert np.isnan(rolling.rolling_zscore(steady, 252)).all()
    assert np.isnan(rolling.rolling_corr(steady, VALUES[:300], 60)).all()


def test_small_moves_of_a_large_level_keep_their_deviation():
    level = 1e9 + RNG.normal(0, 1, N)
    np.testing.assert_allclose(
        rolling.rolling_std(level, 63)[63:], pd.Series(level - 1e9).rolling(63).std()[63:], rtol=1e-5
    )


def test_changes_by_hand():
    values = np.array([50.0, 55.0, 0.0, 44.0])
    assert rolling.lag(values, 1)[1:] == pytest.approx([50, 55, 0])
    assert rolling.change(values, 2)[2:] == pytest.approx([-50, -11])
    assert rolling.log_change(values, 1)[1] == pytest.approx(np.log(1.1))
    assert np.isnan(rolling.log_change(values, 1)[2:]).all(), "no logarithm of zero, nor against it"
    assert rolling.percent(values, 1)[1:3] == pytest.approx([10, -100])
    assert np.isnan(rolling.percent(values, 1)[3])


OPERATORS = {
    "sum": lambda x, y, w: rolling.rolling_sum(x, w),
    "mean": lambda x, y, w: rolling.rolling_mean(x, w),
    "std": lambda x, y, w: rolling.rolling_std(x, w),
    "min": lambda x, y, w: rolling.rolling_min(x, w),
    "max": lambda x, y, w: rolling.rolling_max(x, w),
    "rank": lambda x, y, w: rolling.rank_share(x, w - 1),
    "zscore": lambda x, y, w: rolling.rolling_zscore(x, w - 1, own=False),
    "corr": lambda x, y, w: rolling.rolling_corr(x, y, w),
    "beta": lambda x, y, w: rolling.rolling_beta(y, x, w),
    "log_change": lambda x, y, w: rolling.log_change(x, w - 1),
}


@pytest.mark.parametrize("window", WINDOWS[1:])
@pytest.mark.parametrize("name", OPERATORS)
def test_tail_has_the_bytes_of_the_whole(name, window):
    whole = OPERATORS[name](VALUES, OTHER, window)
    for rows in (1, 2, 7, 64):
        for end in (N, N - 3, N - 129):
            start = end - window - rows + 1
            tail = OPERATORS[name](VALUES[start:end].copy(), OTHER[start:end].copy(), window)
            assert tail[-rows:].tobytes() == whole[end - rows : end].tobytes()


def test_columns_side_by_side_have_the_bytes_of_each_alone():
    both = np.column_stack([VALUES, OTHER])
    together = rolling.rolling_std(both, 63)
    assert together[:, 1].tobytes() == rolling.rolling_std(OTHER, 63).tobytes()
