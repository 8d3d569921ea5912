"""B0, B1 and B2 against hand-made and closed-form answers."""

import numpy as np
import pytest
from windows import cut, make_window

from oilseer.errors import ConfigError, ModelError
from oilseer.models import benchmarks
from oilseer.models.base import Window
from oilseer.quantiles import HORIZONS, LEVELS, MEDIAN

SESSIONS = tuple(HORIZONS.values())


def answer(name, window, horizons=SESSIONS, seed=3):
    return benchmarks.make(name).fit(window, seed).predict(window, horizons)


def without_session(window, gone):
    keep = np.arange(len(window.settle)) != gone
    return Window(
        window.cutoff, window.dates[keep], window.session[keep], window.settle[keep],
        window.returns[keep], window.features[keep], window.names,
    )  # fmt: skip


def test_b0_is_the_quantiles_of_past_changes_around_the_last_settle():
    window = make_window(n=400)
    changes = np.log(window.settle[21:] / window.settle[:-21])
    expected = window.settle[-1] * np.exp(np.quantile(changes, LEVELS) - np.median(changes))
    np.testing.assert_allclose(answer("B0", window, (21,)).at(21), expected)


def test_b0_counts_sessions_not_rows():
    """A missing session removes its two changes and shortens no other."""
    window = make_window(n=400)
    logs = np.log(window.settle)
    changes = [logs[t + 5] - logs[t] for t in range(395) if 200 not in (t, t + 5)]
    expected = window.settle[-1] * np.exp(np.quantile(changes, LEVELS) - np.median(changes))
    np.testing.assert_allclose(answer("B0", without_session(window, 200), (5,)).at(5), expected)


@pytest.mark.parametrize("name", ["B0", "B1"])
def test_median_of_a_no_change_forecast_is_the_last_settle(name):
    window = make_window(n=1500)
    np.testing.assert_allclose(answer(name, window).values[:, MEDIAN], window.settle[-1], rtol=1e-9)


def test_b0_covers_future_changes_as_often_as_it_promises():
    """Constant 1.5 % a day and 4,000 sessions: quantiles are 1.5 % × √h × z but for sampling."""
    window = make_window(n=4000, stochastic=False, rolls=False)
    offsets = np.log(answer("B0", window, (5,)).at(5) / window.settle[-1])
    np.testing.assert_allclose(offsets[[0, 8]], 0.015 * np.sqrt(5) * np.array([-1.96, 1.96]), rtol=0.12)


def test_b1_on_constant_variance_is_the_square_root_of_time():
    window = make_window(n=3000, stochastic=False, rolls=False)
    forecast = answer("B1", window)
    for horizon in SESSIONS:
        low, high = np.log(forecast.at(horizon)[[2, 6]] / window.settle[-1])
        assert high == pytest.approx(0.015 * np.sqrt(horizon) * 1.2816, rel=0.08)
        assert low == pytest.approx(-high, rel=1e-9)  # mirrored paths


def test_b2_median_follows_the_curve_to_its_second_contract_and_no_further():
    window = make_window(n=1000, slope=-0.12)  # 61 days between the deliveries
    curve, still = answer("B2", window), answer("B0", window)
    assert curve.at(21)[MEDIAN] == pytest.approx(window.settle[-1] * np.exp(-0.01))
    for horizon in (63, 252):
        assert curve.at(horizon)[MEDIAN] == pytest.approx(window.settle[-1] * np.exp(-0.12 * 61 / 365.25))
    np.testing.assert_allclose(curve.at(63) / curve.at(63)[MEDIAN], still.at(63) / still.at(63)[MEDIAN])


def test_b2_without_a_second_contract_is_refused_not_replaced():
    window = make_window(n=1000)
    window.features[-1, 0] = np.nan
    with pytest.raises(ModelError, match="no second contract at this origin"):
        answer("B2", window)


def test_too_few_past_changes_are_refused():
    with pytest.raises(ModelError, match="past changes over 252 sessions"):
        answer("B0", cut(make_window(n=400), 270))


def test_unknown_benchmark_is_refused():
    with pytest.raises(ConfigError, match="B0, B1, B2"):
        benchmarks.make("B3")
