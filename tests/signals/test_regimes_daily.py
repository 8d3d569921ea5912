"""The classifier of the next month: labels by hand, no look ahead, and a score that chance cannot earn."""

import numpy as np
import pytest

from oilseer.signals.regimes import AHEAD, FIRST_FIT, STATES, YEAR, classify, labels, running_log_score

N = 4000


def walk(seed=3, n=N):
    return np.random.default_rng(seed).normal(0, 0.015, n)


def alternating(n, size):
    return size * np.where(np.arange(n) % 2, 1.0, -1.0)


@pytest.mark.parametrize(
    ("month", "state"),
    [
        (alternating(AHEAD, 0.01) + 0.004, "bull"),  # 21 × 0.004 = 0.084 > 0.01·√21 = 0.046
        (alternating(AHEAD, 0.01) - 0.004, "bear"),
        (alternating(AHEAD, 0.01), "normal"),
        (alternating(AHEAD, 0.02), "crisis"),  # twice the year's volatility
    ],
)
def test_label_is_what_the_21_sessions_after_did(month, state):
    calm = alternating(YEAR + 1, 0.01)  # the last of it is the session that is labelled
    assert STATES[int(labels(np.concatenate((calm, month, [0.0])))[YEAR])] == state


def test_last_month_and_first_year_have_no_label():
    found = labels(walk())
    assert np.isnan(found[:YEAR]).all()
    assert np.isnan(found[N - AHEAD :]).all()
    assert not np.isnan(found[YEAR : N - AHEAD]).any()


def test_probabilities_ignore_what_came_after():
    returns = walk()
    features = np.column_stack([np.cumsum(returns), np.abs(returns)])
    refits = np.arange(0, N, YEAR)
    cut = FIRST_FIT + 3 * YEAR
    before = classify(features, labels(returns), refits).probability[: cut + 1]
    poisoned = np.where(np.arange(N) > cut, 9.0, returns)
    later = np.where((np.arange(N) > cut)[:, None], 1e6, features)
    after = classify(later, labels(poisoned), refits).probability[: cut + 1]
    assert np.isfinite(before[-1]).all()
    np.testing.assert_array_equal(before, after)


def test_probabilities_sum_to_one_and_leave_no_state_impossible():
    returns = walk()
    made = classify(returns[:, None], labels(returns), np.arange(0, N, YEAR)).probability
    known = made[np.isfinite(made).all(axis=1)]
    assert len(known) > YEAR
    assert known.sum(axis=1) == pytest.approx(np.ones(len(known)))
    assert (known > 0).all()


def test_a_feature_that_tells_the_state_is_learned_and_noise_is_not():
    returns = walk(7)
    label = labels(returns)
    noise = np.random.default_rng(1).normal(size=(N, 3))
    refits = np.arange(0, N, YEAR)
    blind = classify(noise, label, refits)
    telling = classify(np.column_stack([noise, np.nan_to_num(label, nan=3) == 1]), label, refits)
    base = running_log_score(blind.base, label)[-1]
    assert running_log_score(telling.probability, label)[-1] < 0.8 * base
    assert running_log_score(blind.probability, label)[-1] > 0.98 * base


def test_running_score_waits_until_outcomes_are_known():
    label = np.array([0.0] * 30)
    probability = np.full((30, 4), 0.25)
    found = running_log_score(probability, label)
    assert np.isnan(found[:AHEAD]).all()
    assert found[AHEAD] == pytest.approx(np.log(4))
