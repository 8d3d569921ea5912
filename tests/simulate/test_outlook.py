"""The true outlook against what then happened: standardised changes have variance 1, bands hold."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from oilseer.errors import ShapeError
from oilseer.simulate.market import simulate
from oilseer.simulate.outlook import true_mean, true_quantiles, true_sd

NOW, END = datetime(2025, 7, 1, tzinfo=UTC), date(2025, 6, 30)
LEVELS = np.array([0.1, 0.5, 0.9])


@pytest.fixture(scope="module")
def truths():
    return [simulate(seed, END, NOW).truth for seed in (3, 5, 7, 9)]


def origins(truth, horizon, every):
    return range(60, len(truth.dates) - horizon, every)


def standardised(truth, horizon):
    """(change − true mean) / true sd at origins one horizon apart."""
    log = truth.front_settle_log
    return np.array(
        [
            (log[place + horizon] - log[place] - true_mean(truth, truth.dates[place], horizon))
            / true_sd(truth, truth.dates[place], horizon)
            for place in origins(truth, horizon, horizon)
        ]
    )


@pytest.mark.parametrize("horizon", [5, 21, 63, 126, 252])
def test_changes_have_the_true_mean_and_standard_deviation(truths, horizon):
    scores = np.concatenate([standardised(truth, horizon) for truth in truths])
    n = len(scores)
    assert abs(scores.mean()) < 4 / n**0.5
    # the variance of a square of a fat-tailed score is near 5 at a week, 2.5 at a year; 3 % for what is approximate
    assert abs(scores.var() - 1) < 0.06 + 3.5 * (5 / n) ** 0.5


@pytest.mark.parametrize("horizon", [5, 63])
def test_true_bands_hold_their_nominal_share(truths, horizon):
    inside = []
    for truth in truths:
        log = truth.front_settle_log
        for place in origins(truth, horizon, 125):
            low, _, high = true_quantiles(truth, truth.dates[place], horizon, LEVELS, paths=1000)
            inside.append(low <= log[place + horizon] - log[place] <= high)
    assert abs(np.mean(inside) - 0.8) < 3.5 * (0.16 / len(inside)) ** 0.5


def test_knowing_the_state_beats_not_knowing_it(truths):
    """The true mean explains part of the changes, and no more than a market could leave open."""
    horizon = 21
    gains = []
    for truth in truths:
        log = truth.front_settle_log
        places = np.array(origins(truth, horizon, horizon))
        change = log[places + horizon] - log[places]
        mean = np.array([true_mean(truth, truth.dates[place], horizon) for place in places])
        gains.append(1 - ((change - mean) ** 2).sum() / (change**2).sum())
    assert 0.03 < np.mean(gains) < 0.25


def test_random_walk_outlook_is_the_closed_form():
    truth = simulate(7, date(2001, 6, 29), NOW, null=True).truth
    day = truth.dates[100]
    assert true_mean(truth, day, 21) == 0
    assert true_sd(truth, day, 21) == pytest.approx(0.20 * (21 / 252) ** 0.5)
    low, middle, high = true_quantiles(truth, day, 21, LEVELS)
    assert middle == 0
    assert high == pytest.approx(1.2815516 * 0.20 * (21 / 252) ** 0.5)
    assert low == -high


def test_a_day_that_was_not_simulated_is_refused(truths):
    with pytest.raises(ShapeError, match="was not simulated"):
        truths[0].place(date(2019, 7, 4))
