"""The statistical models against closed forms, hand-made averages and statsforecast itself."""

import numpy as np
import pytest
from scipy.special import ndtri
from statsforecast import models as sf
from windows import make_window

from oilseer.errors import ConfigError, ModelError
from oilseer.models import statistical
from oilseer.models.local import LocalModel, empirical_spread
from oilseer.models.statistical import MODELS, TABLE, Statistical
from oilseer.models.zoo import STATISTICAL
from oilseer.quantiles import HORIZONS, LEVELS, MEDIAN

SESSIONS = tuple(HORIZONS.values())


def answer(name, window, horizons=SESSIONS):
    return statistical.make(name).fit(window, 1).predict(window, horizons)


@pytest.fixture(scope="module")
def window():
    return make_window(n=1400, seed=2)


def test_table_declares_exactly_the_names_of_the_zoo():
    assert tuple(model.name for model in MODELS) == STATISTICAL
    assert len(set(STATISTICAL)) == 31


def test_naive_is_a_normal_log_walk_with_the_deviation_of_the_last_thousand_changes(window):
    changes = np.diff(np.log(window.settle[-1000:]))
    sigma = np.sqrt((changes**2).sum() / (len(changes) - 1))
    for horizon in SESSIONS:
        expected = window.settle[-1] * np.exp(sigma * np.sqrt(horizon) * ndtri(LEVELS))
        np.testing.assert_allclose(answer("Naive", window).at(horizon), expected, rtol=2e-3)


def test_random_walk_with_drift_moves_by_the_mean_change(window):
    logs = np.log(window.settle[-1000:])
    drift = (logs[-1] - logs[0]) / 999
    assert answer("RandomWalkWithDrift", window).at(63)[MEDIAN] == pytest.approx(np.exp(logs[-1] + 63 * drift))


def test_averages_are_geometric_means_of_the_last_month_and_of_same_weekdays(window):
    logs = np.log(window.settle)
    assert answer("WindowAverage", window).at(5)[MEDIAN] == pytest.approx(np.exp(logs[-21:].mean()))
    # 21 ≡ 1 (mod 5): the same place in the week as the first session ahead
    same_place = logs[[-5, -10, -15, -20]].mean()
    assert answer("SeasonalWindowAverage", window).at(21)[MEDIAN] == pytest.approx(np.exp(same_place))
    assert answer("HistoricAverage", window).at(252)[MEDIAN] == pytest.approx(np.exp(logs[-1000:].mean()))


def test_seasonal_naive_repeats_the_session_one_week_before(window):
    for horizon, back in ((5, 1), (21, 5), (63, 3)):  # 5·k − horizon sessions back, counted from the last
        assert answer("SeasonalNaive", window).at(horizon)[MEDIAN] == pytest.approx(window.settle[-back])


def test_ses_equals_its_recursion_and_its_spread_the_recursions_past_errors(window):
    logs = np.log(window.settle / window.settle[-1])
    level, levels = logs[0], []
    for value in logs:
        level = 0.3 * value + 0.7 * level
        levels.append(level)
    errors = logs[21:] - np.array(levels)[:-21]
    forecast = answer("SES", window).at(21)
    tail = logs[-1000]
    for value in logs[-1000:]:
        tail = 0.3 * value + 0.7 * tail
    assert forecast[MEDIAN] == pytest.approx(window.settle[-1] * np.exp(tail), rel=1e-9)
    expected = np.quantile(errors, LEVELS) - np.median(errors)
    np.testing.assert_allclose(np.log(forecast / forecast[MEDIAN]), expected, atol=2e-4)


def test_past_errors_of_a_seasonal_model_use_the_newest_state_of_the_right_weekday():
    """SeasonalES on a price that repeats every week but for noise: errors are as small at 21 as at 5 sessions."""
    rng, n = np.random.default_rng(0), 1200
    window = make_window(n=n)
    pattern = np.array([0.0, 0.1, -0.1, 0.2, -0.2])[np.arange(n) % 5] + 0.001 * rng.standard_normal(n)
    window.settle[:] = 50 * np.exp(pattern)
    forecast = answer("SeasonalES", window)
    for horizon in (5, 21, 63):
        assert forecast.at(horizon)[MEDIAN] == pytest.approx(50 * np.exp(pattern[n - 6 + horizon % 5]), rel=0.005) or (
            horizon % 5 == 0 and forecast.at(horizon)[MEDIAN] == pytest.approx(50 * np.exp(pattern[n - 1]), rel=0.005)
        )
        width = np.log(forecast.at(horizon)[-1] / forecast.at(horizon)[0])
        assert width < 0.006  # four standard deviations of 0.001 and the smoothing; a wrong weekday gives 0.1 and more


@pytest.mark.parametrize("name", ["WindowAverage", "SeasonalWindowAverage"])
def test_window_states_are_statsforecasts_own_forecasts(window, name):
    model = TABLE[name]
    series = np.log(window.settle)
    states = model.states(series)
    for end in (600, 901, 1400):
        path = np.asarray(model.make().forecast(series[:end], model.season)["mean"])
        np.testing.assert_allclose(states[end - model.season : end], path)


@pytest.mark.parametrize("name", ["CrostonOptimized", "ADIDA", "IMAPA"])
def test_demand_methods_reduce_to_ses_at_their_bound_on_prices(window, name):
    own = TABLE[name].make().forecast(window.settle[-1000:], 1)["mean"][0]
    bound = sf.SimpleExponentialSmoothing(alpha=0.3).forecast(window.settle[-1000:], 1)["mean"][0]
    assert own == pytest.approx(bound, rel=1e-6)
    assert TABLE[name].states(window.settle[-1000:])[-1] == pytest.approx(own, rel=1e-6)


def test_croston_sba_is_95_percent_of_croston(window):
    ratio = answer("CrostonSBA", window).values[:, MEDIAN] / answer("CrostonClassic", window).values[:, MEDIAN]
    np.testing.assert_allclose(ratio, 0.95)


@pytest.mark.filterwarnings("ignore:possible convergence problem")
@pytest.mark.parametrize("name", ["AutoETS", "ARIMA", "TBATS", "MSTL", "AutoARIMA"])
def test_native_quantiles_are_statsforecasts_intervals(window, name):
    logs = np.log(window.settle[-1000:] / window.settle[-1])
    path = TABLE[name].make().forecast(logs, 63, level=[50, 80, 90, 95])
    columns = ["lo-95", "lo-90", "lo-80", "lo-50", "mean", "hi-50", "hi-80", "hi-90", "hi-95"]
    expected = [window.settle[-1] * np.exp(np.asarray(path[column])[62]) for column in columns]
    np.testing.assert_allclose(answer(name, window, (63,)).at(63), expected, rtol=1e-6)


def test_simulated_spread_of_theta_is_near_its_native_interval(window):
    logs = np.log(window.settle[-1000:] / window.settle[-1])
    path = sf.Theta().forecast(logs, 63, level=[80])
    native = np.asarray(path["hi-80"] - path["lo-80"])[62]
    ours = answer("Theta", window).at(63)
    assert np.log(ours[6] / ours[2]) == pytest.approx(native, rel=0.25)  # theirs: 200 paths


def test_scaled_spread_is_never_narrower_than_past_changes(window):
    for name in ("MFLES", "AutoMFLES"):
        forecast = answer(name, window)
        for horizon in SESSIONS:
            own = np.log(forecast.at(horizon) / forecast.at(horizon)[MEDIAN])
            ratio = own[[0, -1]] / empirical_spread(window, horizon)[[0, -1]]
            assert (ratio >= 1 - 1e-9).all()
            assert ratio[0] == pytest.approx(ratio[1])


class Crossing:
    """A statsforecast-like model whose lower bound lies above its upper."""

    def fit(self, series):
        return self

    def predict(self, steps, level=None):
        path = {"mean": np.zeros(steps)}
        for nominal in level:
            path[f"lo-{nominal}"], path[f"hi-{nominal}"] = np.full(steps, 0.1), np.full(steps, -0.1)
        return path


class NotANumber(Crossing):
    def predict(self, steps, level=None):
        return {key: np.full(steps, np.nan) for key in ["mean", *(f"{s}-{n}" for s in ("lo", "hi") for n in level)]}


class Pointlike(Crossing):
    def predict(self, steps, level=None):
        return {key: np.zeros(steps) for key in ["mean", *(f"{s}-{n}" for s in ("lo", "hi") for n in level)]}


@pytest.mark.parametrize(
    ("broken", "reason"), [(Crossing, "cross"), (NotANumber, "non-finite"), (Pointlike, "no width")]
)
def test_degenerate_output_is_refused_with_model_origin_and_reason(window, broken, reason):
    model = Statistical("Broken", broken)
    fitted = LocalModel("Broken", lambda seen, seed: statistical._learn(model, seen, seed)).fit(window, 0)
    with pytest.raises(ModelError, match=rf"Broken at {window.dates[-1]}: .*{reason}"):
        fitted.predict(window, SESSIONS)


def test_unknown_name_is_refused():
    with pytest.raises(ConfigError, match="no statistical model 'Prophet'"):
        statistical.make("Prophet")
