"""Expected variances against closed forms, another library's fit, and seasons that were planted."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import GammaRegressor
from windows import cut, make_window

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import Window
from oilseer.models.garch import fit_garch
from oilseer.models.variance_ahead import (
    AVERAGED,
    LEARN,
    PRIOR_SLOPE,
    TO_DELIVERY,
    TO_REPORT,
    UNEXPLAINED,
    VIX,
    filtered,
    fit_log_linear,
    learn,
    log_linear_columns,
    weather_season,
)


def with_features(window: Window, **columns: np.ndarray | float) -> Window:
    features = window.features.copy()
    for name, values in columns.items():
        features[:, window.names.index(name)] = values
    return replace(window, features=features)


def quiet_calendar(window: Window) -> Window:
    """No report, a usual VIX and a usual contract at every row."""
    return with_features(window, **{VIX: 20.0, TO_REPORT: 0.0, TO_DELIVERY: 45.0})


def test_garch_adds_up_to_the_closed_form_of_its_span():
    window = make_window(n=1200, seed=2)
    model = fit_garch(window.known_returns())
    persistence = model.shock + model.memory
    level, last = model.omega / (1 - persistence), model.next_variance[-1]
    whole = 21 * level + (last - level) * (1 - persistence**21) / (1 - persistence)
    ahead = learn("GARCH", window)
    assert ahead(0, 21)[-1] * 1e4 == pytest.approx(whole, rel=1e-9)
    assert ahead(0, 5)[-1] + ahead(5, 21)[-1] == pytest.approx(ahead(0, 21)[-1], rel=1e-12)


def test_garch_runs_on_with_parameters_of_the_rows_it_learned_from():
    window = make_window(n=1200, seed=2)
    model = fit_garch(window.known_returns()[:1099])  # the first return is unknown
    expected = model.next_variance[-1]
    for percent in window.returns[1100:] * 100:
        expected = model.omega + model.shock * percent**2 + model.memory * expected
    assert learn("GARCH", window, 1100)(0, 1)[-1] * 1e4 == pytest.approx(expected, rel=1e-12)
    assert len(filtered(model, window.returns[1100:]).next_variance) == 1199


@pytest.mark.parametrize("name", LEARN)
def test_later_rows_change_no_earlier_forecast(name):
    window = quiet_calendar(make_window(n=1200, seed=3))
    for span in ((0, 1), (0, 21), (42, 63)):
        long, short = learn(name, window, 1000)(*span), learn(name, cut(window, 1050), 1000)(*span)
        np.testing.assert_allclose(long[:1050], short, rtol=1e-10)


@pytest.mark.parametrize("name", ["HAR", "Log-linear"])
def test_outcomes_that_end_after_the_learned_rows_are_not_learned_from(name):
    window = quiet_calendar(make_window(n=1200, seed=3))
    wild = replace(window, returns=np.where(np.arange(1200) > 1000, 0.1, window.returns))
    before = slice(0, 1001)
    np.testing.assert_array_equal(learn(name, window, 1001)(0, 21)[before], learn(name, wild, 1001)(0, 21)[before])
    assert not np.array_equal(learn(name, window)(0, 21)[before], learn(name, wild)(0, 21)[before])


def test_log_linear_fit_is_the_gamma_regression_of_another_library():
    rng = np.random.default_rng(4)
    columns = rng.standard_normal((3000, 3))
    outcome = np.exp(-9 + columns @ [0.5, 0.2, 0.1]) * rng.chisquare(5, 3000) / 5
    ours = fit_log_linear(columns, outcome, overlap=20)
    penalty = 20 * (UNEXPLAINED / PRIOR_SLOPE) ** 2 / 3000
    theirs = GammaRegressor(alpha=penalty, tol=1e-10, max_iter=10_000).fit(columns, outcome / outcome.mean())
    np.testing.assert_allclose(ours[1:], theirs.coef_, atol=1e-5)
    assert ours[0] - np.log(outcome.mean()) == pytest.approx(theirs.intercept_, abs=1e-5)


def test_forecasts_of_the_log_linear_fit_are_right_on_average_even_where_prices_stood_still():
    rng = np.random.default_rng(5)
    columns = rng.standard_normal((2000, 2))
    outcome = np.exp(columns @ [0.4, 0.0]) * rng.standard_normal(2000) ** 2
    outcome[::7] = 0.0
    slopes = fit_log_linear(columns, outcome, overlap=1)
    assert np.mean(outcome / np.exp(slopes[0] + columns @ slopes[1:])) == pytest.approx(1.0, abs=1e-6)


def test_slope_that_the_past_would_turn_round_is_zero():
    rng = np.random.default_rng(6)
    columns = rng.standard_normal((3000, 2))
    outcome = np.exp(columns @ [0.5, -0.5]) * rng.chisquare(5, 3000) / 5
    slopes = fit_log_linear(columns, outcome, overlap=1)
    assert slopes[2] == 0.0
    assert slopes[1] == pytest.approx(0.5, abs=0.05)


def test_weather_season_is_a_wave_that_peaks_in_july_and_is_averaged_over_the_span():
    days = np.array(["2021-07-15", "2021-01-13", "2021-04-15"], dtype="datetime64[D]")
    np.testing.assert_allclose(weather_season(days, 0, 1), [1, -1, 0], atol=0.04)
    np.testing.assert_allclose(weather_season(days, 0, 252), 0, atol=0.01)
    singly = np.mean([weather_season(days, n, n + 1) for n in range(10, 60)], axis=0)
    np.testing.assert_allclose(weather_season(days, 10, 60), singly, atol=1e-9)


def test_planted_weather_season_is_found_and_har_alone_is_late():
    rng = np.random.default_rng(7)
    dates = np.arange("1990-01-01", "2020-01-01", dtype="datetime64[D]")
    dates = dates[np.is_busday(dates)]
    deviation = 0.012 * np.exp(0.4 * weather_season(dates, 0, 1))
    returns = deviation * rng.standard_normal(len(dates))
    returns[0] = np.nan
    plain = quiet_calendar(make_window(n=len(dates)))
    window = replace(plain, dates=dates, returns=returns)
    window = with_features(window, volatility_realized_hourly_ratio=np.nan)
    seasonal, har = learn("Log-linear", window)(0, 21), learn("HAR", window)(0, 21)
    months = dates.astype("datetime64[M]").astype(int) % 12 + 1
    june = (months == 6) & (np.arange(len(dates)) > 1000)
    truth = np.exp(np.mean(np.log(deviation[june]))) ** 2 * 21
    assert np.mean(har[june]) < 0.93 * np.mean(seasonal[june])
    assert np.mean(seasonal[june]) == pytest.approx(truth, rel=0.2)


def test_report_counts_where_its_day_by_the_calendar_lies_in_the_span():
    window = quiet_calendar(make_window(n=600))
    days = {"today": 0.0, "in three sessions": 4.0, "in ten sessions": 14.0}

    def falls(to_report: float, first: int, stop: int) -> float:
        return log_linear_columns(with_features(window, **{TO_REPORT: to_report}), first, stop)[-1, -2]

    assert [falls(day, 0, 5) for day in days.values()] == [0, 1, 0]
    assert [falls(day, 5, 21) for day in days.values()] == [0, 0, 1]


def test_unknown_vix_counts_as_a_usual_one():
    window = quiet_calendar(make_window(n=600))
    unknown = with_features(window, **{VIX: np.nan})
    np.testing.assert_array_equal(log_linear_columns(window, 0, 5)[-1], log_linear_columns(unknown, 0, 5)[-1])
    fear = log_linear_columns(with_features(window, **{VIX: 40.0}), 0, 5)
    assert fear[-1, 7] == pytest.approx(np.log(2))


def test_average_is_the_geometric_mean_of_its_three():
    window = quiet_calendar(make_window(n=900, seed=8))
    parts = [learn(name, window)(0, 21) for name in AVERAGED]
    np.testing.assert_allclose(learn("Average", window)(0, 21), np.prod(parts, axis=0) ** (1 / 3), rtol=1e-12)


def test_hourly_bars_tell_today_what_daily_returns_tell_later():
    window = quiet_calendar(make_window(n=3000, seed=9))
    blind = with_features(window, volatility_realized_hourly_ratio=np.nan)
    truth = (window.feature("volatility_realized_hourly_ratio")[1:] ** 2) / 252  # the true variance with noise
    errors = [np.abs(np.log(learn("HAR", seen)(0, 1)[400:-1] / truth[400:])).mean() for seen in (window, blind)]
    assert errors[0] < 0.9 * errors[1]


def test_too_few_rows_and_unknown_names_are_refused():
    with pytest.raises(ModelError, match="lengthen"):
        learn("HAR", quiet_calendar(make_window(n=480)))(0, 21)
    with pytest.raises(ConfigError, match="Log-linear"):
        learn("Loglinear", make_window(n=480))
