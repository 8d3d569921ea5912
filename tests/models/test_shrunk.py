"""Walk-shrunk and B2-basis against closed forms, and against markets with a planted reason to move."""

from dataclasses import replace

import numpy as np
import pytest
from windows import CURVE_SLOPE, CURVE_SPAN, DAILY, make_window

from oilseer.errors import ModelError
from oilseer.models.base import Window
from oilseer.models.density import garch_empirical
from oilseer.models.drivers import scaled_outcomes
from oilseer.models.shrunk import CARRY, MOMENTUM, VALUE, basis_drift, make, posterior_drift, walk_drift
from oilseer.quantiles import MEDIAN

N = 6000


def reverting_market(pull: float = 0.004) -> Window:
    """Each session the log price returns `pull` of its distance from 50 ¢/lb; the last price is twice that."""
    rng = np.random.default_rng(8)
    logs = np.zeros(N)
    for t in range(1, N):
        logs[t] = (1 - pull) * logs[t - 1] + DAILY * rng.standard_normal()
    logs += np.where(np.arange(N) > N - 120, np.linspace(0, np.log(2), N)[-1], 0.0)
    return priced(logs, rolls=np.zeros(N))


def priced(logs: np.ndarray, rolls: np.ndarray):
    """Window of front prices 50·exp(logs), of whose changes `rolls` are earned by no holder."""
    returns = np.diff(logs, prepend=np.nan) - rolls
    return replace(make_window(len(logs), rolls=False), settle=50 * np.exp(logs), returns=returns)


def test_what_is_dear_is_expected_to_fall_by_its_value():
    window = reverting_market()
    said = walk_drift(window, 63)
    assert said[VALUE] < -0.02
    assert abs(said[CARRY]) < 1e-9  # nothing was ever rolled


def test_a_front_that_rolls_up_every_year_is_expected_to_go_on():
    rng = np.random.default_rng(9)
    rolls = np.where(np.arange(N) % 42 == 41, 0.03, 0.0)
    window = priced(np.cumsum(rolls + 0.005 * rng.standard_normal(N)), rolls)
    said = walk_drift(window, 63)
    planted = 0.03 * 63 / 42
    assert 0.3 * planted < said[CARRY] < planted


def test_a_random_walk_earns_next_to_no_drift():
    rng = np.random.default_rng(10)
    window = priced(np.cumsum(DAILY * rng.standard_normal(N)), np.zeros(N))
    for horizon in (5, 21, 63, 126, 252):
        assert abs(sum(walk_drift(window, horizon).values())) < 0.25 * DAILY * np.sqrt(horizon)


def test_the_drift_is_the_posterior_mean_of_a_normal_prior():
    window = reverting_market()
    inputs = np.random.default_rng(1).standard_normal((N, 1))
    rows, outcome, deviation = scaled_outcomes(window, 21, np.zeros(N))
    x, worth = inputs[rows, 0], 5 / 21
    expected = worth * (x @ outcome) / (worth * (x @ x) + 1 / 0.05**2) * inputs[-1, 0] * deviation
    assert posterior_drift(window, 21, inputs, np.zeros(N))[0] == pytest.approx(expected)


def test_momentum_is_what_a_holder_earned_in_a_year_and_not_what_rolls_added():
    rolls = np.where(np.arange(N) % 42 == 41, 0.03, 0.0)
    noise = DAILY * np.random.default_rng(3).standard_normal(N)
    assert walk_drift(priced(np.cumsum(noise), 0 * rolls), 21)[MOMENTUM] == pytest.approx(
        walk_drift(priced(np.cumsum(noise + rolls), rolls), 21)[MOMENTUM], abs=2e-3
    )


def curved(slope: np.ndarray, span: float = 61.0):
    window = priced(np.cumsum(DAILY * np.random.default_rng(4).standard_normal(N)), np.zeros(N))
    columns = np.column_stack([slope, np.full(N, span)])
    return replace(window, features=columns, names=(CURVE_SLOPE, CURVE_SPAN))


def test_a_curve_at_its_own_mean_is_followed_as_b2_does_and_no_further():
    window = curved(np.full(N, 0.06))
    assert basis_drift(window, 21) == pytest.approx(0.06 * 21 / 252)
    assert basis_drift(window, 252) == pytest.approx(0.06 * 61 / 365.25)


def test_a_planted_reversion_of_the_basis_is_found_and_shrunk():
    rng = np.random.default_rng(11)
    basis = np.zeros(N)
    for t in range(1, N):
        basis[t] = 0.98 * basis[t - 1] + 0.02 * rng.standard_normal()
    basis[-1] = 0.2  # two deviations
    logs = np.cumsum(DAILY * rng.standard_normal(N) + 0.1 * np.roll(basis, 1))
    window = replace(curved(basis), settle=50 * np.exp(logs), returns=np.diff(logs, prepend=np.nan))
    beyond = basis_drift(window, 21) - basis[-1] * 21 / 252
    planted = 0.1 * basis[-1] * (1 - 0.98**21) / 0.02 - basis[-1] * 21 / 252
    assert 0 < beyond / planted < 1.3


def test_without_a_second_contract_there_is_no_forecast_and_it_says_why():
    slope = np.full(N, 0.06)
    slope[-1] = np.nan
    window = curved(slope)
    with pytest.raises(ModelError, match="no second contract"):
        make("B2-basis").fit(window, 1).predict(window, (21,))


def test_the_drift_takes_the_place_of_carry_and_leaves_the_spread():
    rolls = np.where(np.arange(N) % 42 == 41, 0.03, 0.0)
    window = priced(np.cumsum(rolls + DAILY * np.random.default_rng(5).standard_normal(N)), rolls)
    said, density = make("Walk-shrunk").fit(window, 1).predict(window, (63,)).values, garch_empirical(window, 1)((63,))
    assert np.log(said[0, MEDIAN] / window.settle[-1]) == pytest.approx(sum(walk_drift(window, 63).values()))
    np.testing.assert_allclose(said / said[0, MEDIAN], density / density[0, MEDIAN])
