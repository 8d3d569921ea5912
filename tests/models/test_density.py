"""Carry, value and HAR against hand-made markets whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from windows import make_window

from oilseer.models.base import Window, seed_of, session_pairs
from oilseer.models.density import LEARN, carry, carry_and_value, har_deviation, make, roll_yield, value
from oilseer.quantiles import HORIZONS, MEDIAN


def rolled(window: Window, jump: float) -> Window:
    """The window with a front that jumps by log `jump` every 21 rows, which no holder earns."""
    rolls = np.where(np.arange(len(window.settle)) % 21 == 20, jump, 0.0)
    return Window(
        window.cutoff, window.dates, window.session, window.settle * np.exp(np.cumsum(rolls)),
        window.returns, window.features, window.names,
    )  # fmt: skip


def test_roll_yield_of_a_year_is_the_sum_of_its_jumps():
    plain = make_window(1500, rolls=False)
    assert roll_yield(plain)[-1] == pytest.approx(0, abs=1e-9)
    assert roll_yield(rolled(plain, 0.01))[-1] == pytest.approx(12 * 0.01)
    assert np.isnan(roll_yield(plain)[:252]).all()


@pytest.mark.parametrize("jump", [0.01, -0.02], ids=["contango", "backwardation"])
def test_the_median_follows_the_rolls_pro_rata(jump):
    window = rolled(make_window(1500, rolls=False), jump)
    assert carry(window, 126) == pytest.approx(6 * jump)
    still = make("B0-long").fit(window, 1).predict(window, (126,))
    moved = make("B0-carry").fit(window, 1).predict(window, (126,))
    assert moved.values[0, MEDIAN] / still.values[0, MEDIAN] == pytest.approx(np.exp(6 * jump))


def test_an_unknown_roll_yield_expects_nothing():
    assert carry(make_window(200), 252) == 0.0


def test_an_unknown_return_is_no_roll_while_it_lies_in_the_past_year():
    # The price doubles at row 600 where the return is unknown; a roll of 0.01 at rows 20, 41, 62, …: 12 a year.
    plain = rolled(make_window(1500, rolls=False), 0.01)
    returns, settle = plain.returns.copy(), plain.settle.copy()
    returns[600] = np.nan
    settle[600:] *= 2
    torn = replace(plain, settle=settle, returns=returns)
    yearly = roll_yield(torn)
    assert np.flatnonzero(np.isnan(yearly[252:])).tolist() == list(range(600 - 252, 600))
    assert yearly[[599, 852, 1499]] == pytest.approx([0.12] * 3)
    assert carry(torn.tail(1500), 252) == pytest.approx(0.12)
    until = replace(torn, **{k: getattr(torn, k)[:851] for k in ("dates", "session", "settle", "returns", "features")})
    assert carry(until, 252) == 0.0


def test_value_is_minus_log_price_over_its_five_year_mean():
    window = make_window(1500)
    assert value(window)[-1] == pytest.approx(np.log(window.settle[-1260:]).mean() - np.log(window.settle[-1]))


def test_value_pulls_back_a_price_that_reverts():
    rng = np.random.default_rng(5)
    n, log_price = 6000, np.zeros(6000)
    for t in range(1, n):
        log_price[t] = 0.995 * log_price[t - 1] + 0.015 * rng.standard_normal()
    log_price[-1] = 0.4
    base = make_window(n, rolls=False)
    returns = np.diff(log_price, prepend=np.nan)
    window = Window(base.cutoff, base.dates, base.session, 50 * np.exp(log_price), returns, base.features, base.names)
    # the true pull over 252 sessions is 0.4 · (0.995^252 − 1) = −0.29; half of the slope is used
    assert -0.25 < carry_and_value(window, 252) - carry(window, 252) < -0.08


def test_har_sees_a_storm_and_calms_down_with_the_horizon():
    calm = make_window(3000, stochastic=False, rolls=False)
    storm = np.r_[calm.returns[:-21], 3 * calm.returns[-21:]]
    window = Window(calm.cutoff, calm.dates, calm.session, calm.settle, storm, calm.features, calm.names)
    near, far = (har_deviation(window, horizon) for horizon in (5, 252))
    assert near[-1] > 1.02 * np.nanmedian(near)
    assert np.isnan(near[:251]).all()
    assert far[-1] / np.nanmedian(far) < near[-1] / np.nanmedian(near)


def test_har_is_the_least_squares_of_a_second_library():
    import statsmodels.api as sm

    window = make_window(1200)
    squared = np.nan_to_num(window.returns) ** 2
    start, end = session_pairs(window, 21)
    start, end = start[start >= 251], end[start >= 251]
    x = np.array([[np.log(squared[t - k + 1 : t + 1].mean() + 1e-8) for k in (5, 21, 63, 252)] for t in start])
    y = np.array([np.log(squared[s + 1 : e + 1].mean() + 1e-8) for s, e in zip(start, end, strict=True)])
    fitted = sm.OLS(y, sm.add_constant(x)).fit().fittedvalues
    np.testing.assert_allclose(har_deviation(window, 21)[start], np.exp(fitted / 2), rtol=1e-8)


@pytest.mark.parametrize("name", LEARN)
def test_an_odd_horizon_lies_between_its_neighbours(name):
    window = make_window(1800)
    fitted = make(name).fit(window, seed_of(name, window.cutoff))
    near, odd, far = (fitted.predict(window, (h,)).values[0] for h in (HORIZONS["1w"], 12, HORIZONS["1m"]))
    assert near[-1] - near[0] < odd[-1] - odd[0] < far[-1] - far[0]
