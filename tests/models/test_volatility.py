"""The volatility engine against hand regressions, closed forms and simulated markets."""

import numpy as np
import pytest
from windows import HOURLY_VOLATILITY, make_window

from oilseer.errors import ConfigError, ModelError
from oilseer.models import volatility
from oilseer.models.base import realized_volatility
from oilseer.quantiles import HORIZONS, LEVELS, MEDIAN

SESSIONS = tuple(HORIZONS.values())


def answer(name, window, horizons=SESSIONS):
    return volatility.make(name).fit(window, 1).predict(window, horizons)


def test_realized_volatility_is_the_annualised_deviation_of_21_returns():
    returns = np.random.default_rng(0).normal(0, 0.01, 60)
    realized = realized_volatility(returns)
    assert np.isnan(realized[:20]).all()
    assert realized[20] == pytest.approx(np.std(returns[:21], ddof=1) * np.sqrt(252))
    assert realized[-1] == pytest.approx(np.std(returns[-21:], ddof=1) * np.sqrt(252))


def test_one_unknown_return_blanks_the_21_spans_that_hold_it():
    returns = np.full(60, 0.01)
    returns[30] = np.nan
    np.testing.assert_array_equal(np.isnan(realized_volatility(returns)), [t < 20 or 30 <= t <= 50 for t in range(60)])


@pytest.mark.parametrize("horizon", [1, 5, 20, 21, 63])
def test_expected_variance_is_known_squares_plus_the_path_by_hand(horizon):
    rng = np.random.default_rng(1)
    returns, path = rng.normal(0, 0.01, 80), rng.uniform(1e-4, 2e-4, (80, 63))
    ours = volatility.expected_variance(returns, path, horizon)
    for t in (25, 79):
        total = 0.0
        for session in range(t + horizon - 20, t + horizon + 1):  # the 21 sessions of the target
            total += returns[session] ** 2 if session <= t else path[t, session - t - 1]
        assert ours[t] == pytest.approx(total / 21 * 252)
    first = 20 - horizon  # the first origin whose span does not reach before the start
    assert np.isnan(ours[: max(first, 0)]).all()
    assert np.isfinite(ours[max(first, 0) :]).all()


def test_har_components_are_log_means_of_a_day_a_week_and_a_month():
    variance = np.random.default_rng(2).uniform(0.01, 0.1, 40)
    logs = volatility.har_components(variance)
    assert np.isnan(logs[3, 1])
    assert np.isnan(logs[19, 2])
    expected = [0.5 * np.log(variance[30]), 0.5 * np.log(variance[26:31].mean()), 0.5 * np.log(variance[10:31].mean())]
    np.testing.assert_allclose(logs[30], expected)


def test_har_regression_equals_ordinary_least_squares_of_statsmodels():
    import statsmodels.api as sm

    rng = np.random.default_rng(3)
    logs, realized = rng.normal(size=(300, 3)), rng.normal(size=300)
    theirs = sm.OLS(realized[5:], sm.add_constant(logs[:-5])).fit().params
    np.testing.assert_allclose(volatility.har_coefficients(logs, realized, 5), theirs)


def test_har_keeps_the_squares_that_are_known_already():
    """Five sessions ahead, 16 of the 21 returns are known: one that was ten times as large shows in full."""
    window = make_window(n=1500, seed=5, stochastic=False)
    before = answer("HAR-RV", window, (5, 63))
    window.returns[-12] = 0.15
    after = answer("HAR-RV", window, (5, 63))
    known = np.sqrt((0.15**2 + 20 * 0.015**2) / (21 * 0.015**2))  # 2.3
    assert after.at(5)[MEDIAN] / before.at(5)[MEDIAN] == pytest.approx(known, rel=0.2)
    assert after.at(63)[MEDIAN] / before.at(63)[MEDIAN] < 1.1


def test_har_recovers_planted_coefficients():
    rng = np.random.default_rng(4)
    logs = rng.normal(size=(4000, 3))
    realized = np.full(4000, np.nan)
    realized[21:] = (-0.3 + logs @ [0.2, 0.3, 0.4])[:-21] + 0.1 * rng.standard_normal(3979)
    np.testing.assert_allclose(volatility.har_coefficients(logs, realized, 21), [-0.3, 0.2, 0.3, 0.4], atol=0.01)


def test_har_reads_hourly_volatility_where_there_is_enough_and_daily_squares_otherwise():
    window = make_window(n=1500, seed=5)
    np.testing.assert_array_equal(volatility._daily_variance(window), window.feature(HOURLY_VOLATILITY) ** 2)
    window.features[-3, 1] = np.nan
    np.testing.assert_array_equal(volatility._daily_variance(window)[1:], window.returns[1:] ** 2 * 252)


def test_unknown_return_in_the_last_month_does_not_stop_any_model():
    window = make_window(n=1500, seed=5)
    window.returns[-4] = np.nan
    window.features[:, 1] = np.nan  # HAR on daily squares
    for name in volatility.LEARN:
        assert (answer(name, window).values > 0).all()


def test_median_and_spread_come_from_past_relative_errors():
    log_forecast = np.linspace(-2, -1, 200)
    realized = log_forecast[:-1] + np.tile([0.1, 0.3, 0.5], 67)[:199]
    log_realized = np.concatenate([[np.nan], realized])
    quantiles = volatility._with_past_errors(log_forecast, log_realized, 1)
    assert quantiles[MEDIAN] == pytest.approx(np.exp(-1 + 0.3))
    assert quantiles[-1] == pytest.approx(np.exp(-1 + 0.5))


def test_series_model_takes_errors_of_forecasts_made_at_past_origins():
    """With "no change" as the model, an error is the change of log volatility from every tenth origin."""
    from statsforecast.models import Naive

    window = make_window(n=1500, seed=7)
    logs = np.log(realized_volatility(window.known_returns())[20:])[-volatility.SERIES :]
    origins = np.arange(volatility.FORWARD, len(logs) - 21, volatility.STRIDE)
    expected = np.exp(logs[-1] + np.quantile(logs[origins + 21] - logs[origins], LEVELS))
    np.testing.assert_allclose(volatility._series_model(Naive, window, 0)((21,))[0], expected)


@pytest.mark.parametrize("name", sorted(volatility.LEARN))
def test_constant_volatility_is_forecast_as_itself_with_the_spread_of_a_21_day_sample(name):
    """Normal returns of 1.5 % a day: the sample deviation of 21 of them is √(χ²₂₀ / 20), at any horizon ≥ 21."""
    from scipy import stats

    window = make_window(n=3000, seed=6, stochastic=False)
    window.features[:, 1] = np.nan
    truth = 0.015 * np.sqrt(252) * np.sqrt(stats.chi2.ppf(LEVELS, 20) / 20)
    ours = answer(name, window, (63,)).at(63)
    assert ours[MEDIAN] == pytest.approx(truth[MEDIAN], rel=0.16)
    assert np.log(ours[6] / ours[2]) == pytest.approx(np.log(truth[6] / truth[2]), rel=0.45)


@pytest.mark.parametrize("name", ["GARCH", "GJR-GARCH", "EGARCH", "HAR-RV"])
def test_a_storm_raises_the_near_forecast_more_than_the_far_one(name):
    window = make_window(n=2000, seed=8)
    calm = answer(name, window)
    window.returns[-10:] *= 6
    window.features[-10:, 1] *= 6
    storm = answer(name, window)
    rise = storm.values[:, MEDIAN] / calm.values[:, MEDIAN]
    assert rise[0] > 1.5
    assert rise[0] > rise[2] > 0.95


def test_short_history_is_refused():
    with pytest.raises(ModelError, match="lengthen the window"):
        answer("GARCH", make_window(n=200))


def test_unknown_model_is_refused():
    with pytest.raises(ConfigError, match="HAR-RV"):
        volatility.make("FIGARCH")
