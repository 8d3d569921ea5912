"""The quantile forecast refuses what is none, and the price at a probability inverts a lognormal."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from oilseer.errors import ShapeError
from oilseer.quantiles import LEVELS, QuantileForecast, price_at

ROW = np.linspace(40, 60, 9)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (ROW[None, :8], "shape"),
        (np.where(np.arange(9) == 3, np.nan, ROW)[None], "non-finite"),
        (ROW[None, ::-1], "cross"),
        (np.full((1, 9), 50.0), "no width"),
    ],
)
def test_a_forecast_that_is_none_is_refused(values, reason):
    with pytest.raises(ShapeError, match=reason):
        QuantileForecast((5,), values)


def test_a_forecast_answers_by_horizon_only():
    forecast = QuantileForecast((5, 21), np.stack([ROW, ROW + 1]))
    assert forecast.at(21)[0] == 41
    with pytest.raises(ShapeError, match="63"):
        forecast.at(63)


@given(st.floats(0.001, 0.999), st.floats(0.02, 1.0))
def test_a_lognormal_forecast_is_reproduced_beyond_its_levels(probability, deviation):
    quantiles = 50 * np.exp(deviation * norm.ppf(LEVELS))
    expected = 50 * np.exp(deviation * norm.ppf(probability))
    assert price_at(quantiles, np.array([probability]))[0] == pytest.approx(expected, rel=1e-9)


@given(arrays(float, 9, elements=st.floats(1, 200)))
def test_prices_rise_with_probability_and_meet_every_level(values):
    quantiles = np.sort(values)
    prices = price_at(quantiles, np.linspace(0.001, 0.999, 400))
    assert (np.diff(prices) >= -1e-9).all()
    np.testing.assert_allclose(price_at(quantiles, np.array(LEVELS)), quantiles, rtol=1e-9)
