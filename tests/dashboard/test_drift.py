"""Drift is told only from enough outcomes that share no session, in all tests at once; a planted one is found."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats

from oilseer.dashboard.accuracy import Past
from oilseer.dashboard.drift import _horizon, apart, binomial, holm, welch
from oilseer.metrics import effective_outcomes
from oilseer.quantiles import LEVELS
from oilseer.training.panel import Panel


def past(rng: np.random.Generator, n: int = 120, horizon: int = 21, wide: float = 1.0, shift: float = 0.0) -> Past:
    """Honest normal forecasts beside their outcomes; the last 36 `wide` times too wide, B1 beaten by `shift` less."""
    levels = stats.norm.ppf(LEVELS)
    outcome = 50 + rng.normal(size=n)
    width = np.where(np.arange(n) >= n - 36, wide, 1.0)
    ours = 50 + width[:, None] * levels
    quantiles = np.stack([ours, ours, 50 + levels + np.zeros((n, 1)), ours], axis=1)
    session = 21 * np.arange(n)
    origins = tuple(date(2000, 1, 1) + timedelta(days=31 * place) for place in range(n))
    panel = Panel(horizon, ("ensemble", "B0", "B1", "B2"), origins, session, quantiles, outcome, np.full(n, 50.0))
    losses = panel.losses()
    losses[n - 36 :, 0] += shift
    return Past("1m", panel, losses, np.arange(n))


def test_all_tests_of_a_look_share_the_chance_of_a_false_alarm():
    # sorted 0.005, 0.010, 0.030, 0.040 beside 0.05 / 4, / 3, / 2, / 1: the third stops it
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == [True, False, False, True]
    assert holm([0.0126, 0.0126, 0.0126, 0.0126], 0.05) == [False] * 4
    assert holm([], 0.05) == []


def test_outcomes_apart_are_those_that_are_counted_as_independent():
    session = np.cumsum(np.random.default_rng(2).integers(15, 25, 60))
    for horizon in (5, 21, 63, 252):
        places = apart(session, horizon)
        assert len(places) == effective_outcomes(session, horizon)
        assert (np.diff(session[places]) >= horizon).all()


def test_too_few_or_equal_values_have_no_test():
    assert welch(np.array([1.0]), np.arange(9.0)) == (None, None, None)
    assert welch(np.zeros(9), np.zeros(9)) == (None, None, None)
    assert binomial(0, 0, 0.8) == (None, None, None)


def test_a_share_has_its_exact_interval():
    p, low, high = binomial(8, 10, 0.8)
    assert p == pytest.approx(1.0)
    assert low == pytest.approx(stats.beta.ppf(0.05, 8, 3))  # Clopper & Pearson (1934)
    assert high == pytest.approx(stats.beta.ppf(0.95, 9, 2))


def test_a_handful_of_independent_outcomes_raises_no_alarm_however_bad():
    rows = _horizon(past(np.random.default_rng(3), horizon=252, wide=0.01, shift=5.0))
    assert {row["n_recent"] for row in rows} == {3}
    assert {row["verdict"] for row in rows} == {"too few"}


def test_a_planted_loss_and_bands_that_are_too_narrow_are_found():
    rows = {row["measure"]: row for row in _horizon(past(np.random.default_rng(4), wide=0.2, shift=1.0))}
    assert rows["gain_b1"]["p"] < 1e-6
    assert rows["gain_b1"]["high"] < 0
    assert rows["coverage80"]["p"] < 1e-6
    assert rows["coverage80"]["recent"] < 0.5 < rows["coverage80"]["earlier"]
    assert rows["loss"]["verdict"] == "the market"


def test_honest_forecasts_raise_an_alarm_as_seldom_as_promised():
    rng = np.random.default_rng(5)
    alarms = 0
    for _ in range(200):
        rows = [row for row in _horizon(past(rng, shift=0.0)) if row["verdict"] == "" and row["p"] is not None]
        alarms += any(holm([row["p"] for row in rows], 0.05))
    assert alarms <= 19  # binomial, 99 % of 200 times 5 %
