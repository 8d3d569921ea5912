"""Averages with a memory, against a published table, pandas and hand sums."""

import numpy as np
import pandas as pd
import pytest

from oilseer.features.recursive import ema, hysteresis, wilder_rsi

# StockCharts' ChartSchool table for the RSI (QQQQ, winter 2009/10): closes, and the index from the 15th on.
CLOSES = np.array([
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328,
    45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
])  # fmt: skip
PUBLISHED = np.array([70.53, 66.32, 66.55, 69.41, 66.36, 57.97])


def test_rsi_equals_the_published_table():
    np.testing.assert_allclose(wilder_rsi(CLOSES)[14:], PUBLISHED, atol=0.006)


def test_rsi_needs_as_many_moves_as_sessions():
    assert np.isnan(wilder_rsi(CLOSES)[:14]).all()
    assert np.isnan(wilder_rsi(CLOSES[:14])).all()


def test_rsi_is_100_when_only_rising_and_50_when_still():
    assert wilder_rsi(np.arange(1.0, 20))[-1] == 100
    assert wilder_rsi(np.ones(20))[-1] == 50


@pytest.mark.parametrize("span", [9, 12, 21, 26])
def test_ema_equals_pandas(span):
    values = np.exp(np.random.default_rng(5).normal(0, 0.02, 400).cumsum())
    expected = pd.Series(values).ewm(span=span, adjust=False).mean().to_numpy()
    np.testing.assert_allclose(ema(values, span)[span - 1 :], expected[span - 1 :], rtol=1e-12)
    assert np.isnan(ema(values, span)[: span - 1]).all()


def test_gate_rises_at_the_upper_bound_and_falls_only_below_the_lower():
    score = np.array([np.nan, 0.9, 1.1, 0.9, 0.8, 0.7, 0.9, 2.1, 1.9, 1.8, 1.7, 0.8, np.nan, 0.5, 3.0, 0.0])
    state = hysteresis(score, (1.0, 2.0), (0.75, 1.75))
    expected = [np.nan, 0, 1, 1, 1, 0, 0, 2, 2, 2, 1, 1, 1, 0, 2, 0]
    np.testing.assert_array_equal(state, expected)
