"""Residual hybrids: their centres are those of statsforecast, and what they see is what these left."""

import numpy as np
import pytest
from windows import cut, make_window

from oilseer.models.neural.hybrids import learn_arima, learn_ets, learn_mstl, read_arima, read_ets, read_mstl
from oilseer.models.neural.inputs import SESSIONS, deviations, learn_variance
from oilseer.models.statistical import TABLE

HYBRIDS = {
    "ARIMA": (learn_arima, read_arima), "ETS": (learn_ets, read_ets), "MSTL": (learn_mstl, read_mstl),
}  # fmt: skip


def window():
    return make_window(n=1800, seed=4)


def test_the_centre_of_arima_is_the_path_of_statsforecast_at_the_end_and_before():
    seen = window()
    inputs = read_arima(seen, learn_arima(seen))
    logs = np.log(seen.settle / seen.settle[0])
    fitted = TABLE["ARIMA"].make().fit(logs[-1000:])
    for row in (1799, 1500):
        path = fitted.forward(np.ascontiguousarray(logs[: row + 1]), 252)["mean"] - logs[row]
        np.testing.assert_allclose(inputs.centre[row], path[np.array(SESSIONS) - 1], atol=1e-6)


def test_the_centre_of_ets_goes_on_from_the_states_of_statsforecast():
    # its states, and the damped sum of the book: statsforecast adds the first power twice, as R's C code does
    seen = window()
    learned = learn_ets(seen)
    logs = np.log(seen.settle / seen.settle[0])
    level, trend = TABLE["ETS"].make().fit(logs[-1000:]).model_["states"][-1]
    fading = [sum(learned["damping"] ** i for i in range(1, horizon + 1)) for horizon in SESSIONS]
    expected = level - logs[-1] + trend * np.array(fading)
    np.testing.assert_allclose(read_ets(seen, learned).centre[-1], expected, rtol=1e-6)


def test_ets_carries_its_trend_on_and_lets_it_fade():
    # by hand: level and trend after two sessions, then 0.5 + 0.25 + … of the trend
    seen = window()
    seen.settle[:3] = np.exp([0.0, 0.1, 0.3])
    learned = learn_variance(seen) | {"level": 0.5, "trend": 0.2, "damping": 0.5}
    level, trend = 0.05, 0.02
    error = 0.3 - level - 0.5 * trend
    level, trend = level + 0.5 * trend + 0.5 * error, 0.5 * trend + 0.2 * error
    expected = level + trend * (0.5 + 0.25 + 0.125 + 0.0625 + 0.03125) - 0.3
    assert read_ets(seen, learned).centre[2, 0] == pytest.approx(expected)


def weekly(n: int) -> tuple:
    """A window whose log price has a profile of the week, 2 % up on each session of one kind."""
    seen = make_window(n=n, seed=4, rolls=False)
    bump = np.where(np.arange(n) % 5 == 3, 0.02, 0.0)
    seen.settle[:] = seen.settle * np.exp(bump)
    return seen, bump


def test_the_profile_of_the_week_is_found_and_goes_on():
    seen, bump = weekly(1500)
    centre = read_mstl(seen, learn_variance(seen)).centre
    rows = np.arange(1010, 1450)  # two years that begin on different sessions of the week
    expected = bump[(rows + 21) % 5] - bump[rows % 5]
    assert np.abs(centre[rows, 1] - expected).max() < 0.012
    np.testing.assert_allclose(centre[rows, 0], 0, atol=1e-12)  # a week is five sessions


def test_the_profile_of_a_year_knows_nothing_of_it():
    seen, _ = weekly(1500)
    learned = learn_variance(seen)
    poisoned = cut(seen, 1500)
    poisoned.settle[1300:] *= np.where(np.arange(200) % 5 == 1, 2.0, 1.0)
    same = slice(0, 1301)
    np.testing.assert_array_equal(read_mstl(poisoned, learned).centre[same], read_mstl(seen, learned).centre[same])


@pytest.mark.parametrize("name", list(HYBRIDS))
def test_a_network_sees_what_the_path_left(name):
    learn, read = HYBRIDS[name]
    seen = window()
    learned = learn(seen)
    inputs = read(seen, learned)
    ahead = deviations(learned, seen)[1]
    row, column = 1700, inputs.names.index("error_21")
    left = np.log(seen.settle[row] / seen.settle[row - 21]) - inputs.centre[row - 21, 1]
    assert inputs.channels[row, column] == pytest.approx(left / ahead[row - 21, 1])


def test_the_first_channel_is_the_error_one_session_ahead():
    seen = window()
    learned = learn_variance(seen) | {"ar": 0.3}
    logs = np.log(seen.settle)
    left = (logs[900] - logs[899]) - 0.3 * (logs[899] - logs[898])
    assert read_arima(seen, learned).channels[900, 0] == pytest.approx(left / deviations(learned, seen)[0][900])


@pytest.mark.parametrize("name", list(HYBRIDS))
def test_later_prices_change_nothing_that_was_seen_before(name):
    learn, read = HYBRIDS[name]
    seen = window()
    learned = learn(cut(seen, 1600))
    whole, part = read(seen, learned), read(cut(seen, 1600), learned)
    np.testing.assert_array_equal(whole.centre[:1600], part.centre)
    np.testing.assert_array_equal(whole.channels[:1600], part.channels)
