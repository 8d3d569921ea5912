"""Realized volatility from mixed variance models: what is known already, and past errors carried forward."""

from dataclasses import replace

import numpy as np
import pytest
from windows import make_window

from oilseer.errors import ConfigError
from oilseer.models.base import TRADING_DAYS, realized_volatility
from oilseer.models.variance_ahead import learn
from oilseer.models.volatility_mixed import make
from oilseer.quantiles import LEVELS, MEDIAN


def median(window, name, horizon):
    return make(name).fit(window, 1).predict(window, (horizon,)).values[0, MEDIAN]


@pytest.mark.parametrize("name", ["Log-linear-RV", "Average-RV"])
def test_a_week_ahead_the_sixteen_returns_already_seen_count(name):
    window = make_window(n=1500, seed=2)
    wild = window.returns.copy()
    wild[-16:] = 0.06 * np.where(np.arange(16) % 2, 1, -1)
    seen = replace(window, returns=wild)
    known = np.sqrt(16 * 0.06**2 / 21 * TRADING_DAYS)
    assert median(window, name, 5) < 0.5 < 0.9 * known < median(seen, name, 5)


def test_quantiles_are_the_expected_volatility_times_past_relative_errors():
    window = make_window(n=1500, seed=3)
    returns = window.returns[1:]
    expected = np.sqrt(learn("Log-linear", window)(42, 63)[1:] / 21 * TRADING_DAYS)
    errors = np.log(realized_volatility(returns)[63:] / expected[:-63])
    by_hand = expected[-1] * np.exp(np.quantile(errors[np.isfinite(errors)], LEVELS))
    found = make("Log-linear-RV").fit(window, 1).predict(window, (63,)).values[0]
    np.testing.assert_allclose(found, by_hand, rtol=1e-9)


def test_unknown_model_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="Average-RV"):
        make("Average")
