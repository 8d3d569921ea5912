"""Ways of calibrating: each mends bands that are too narrow, in time order, and knows no outcome early."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import norm

from oilseer.quantiles import LEVELS
from oilseer.training.calibrations import FEWEST_PAST, WAYS, Story, compared, none
from oilseer.training.panel import Panel

SCORES = norm.ppf(LEVELS)
N = 260
every_way = pytest.mark.parametrize("name", WAYS)


def panel(seed=0, n=N):
    """Weekly outcomes, exp(normal of 0.1), each known a week later."""
    outcome = 50 * np.exp(np.random.default_rng(seed).normal(0, 0.1, n))
    origins = tuple(date(2018, 1, 5) + timedelta(weeks=i) for i in range(n))
    session = np.arange(n) * 5
    return Panel(5, ("B1",), origins, session, np.full((n, 1, len(LEVELS)), 50.0), outcome, np.full(n, 50.0))


def pooled(width, n=N):
    """Forecasts whose spread is `width` times that of the truth."""
    return np.tile(50 * np.exp(width * 0.1 * SCORES), (n, 1))


def story(width=0.5, seed=0, ends=(2, 6)):
    seen = panel(seed)
    known = tuple(np.flatnonzero(seen.known_at(int(s))) for s in seen.session)
    return Story(pooled(width), seen.outcome, known, np.zeros(N, int), 1, ends)


@every_way
def test_every_way_but_none_moves_narrow_bands_towards_their_promise(name):
    pytest.importorskip("mapie")
    told = story(0.5)
    ends = WAYS[name](told)
    truth, given = told.outcome[:, None], np.isfinite(ends[:, 0])
    covered = ((ends[:, [0]] <= truth) & (truth <= ends[:, [1]]))[given].mean()
    plain = none(told)
    before = ((plain[:, [0]] <= truth) & (truth <= plain[:, [1]]))[given].mean()
    assert before < 0.6
    assert covered == before if name == "none" else covered > before + 0.03


@every_way
def test_no_way_speaks_before_it_has_outcomes_enough(name):
    pytest.importorskip("mapie")
    ends = WAYS[name](story())
    assert np.isnan(ends[:FEWEST_PAST]).all()
    assert np.isfinite(ends[FEWEST_PAST:]).all()


@every_way
def test_an_outcome_not_known_yet_changes_no_band(name):
    pytest.importorskip("mapie")
    told, at = story(), 200
    later = np.r_[told.outcome[:at], np.full(N - at, 1e6)]
    assert at - 1 in told.known[at]  # known a week later: the last one that may be used
    np.testing.assert_array_equal(WAYS[name](told)[: at + 1], WAYS[name](replace(told, outcome=later))[: at + 1])


def test_mapie_finds_the_factor_that_the_truth_has():
    pytest.importorskip("mapie")
    ends = WAYS["MAPIE conformalised quantiles"](story(0.5))
    wide = np.log(ends[-1] / 50)
    np.testing.assert_allclose(wide, [-0.128, 0.128], atol=0.02)  # ± 1.28 standard deviations of 0.1


def test_a_regime_of_its_own_gets_a_factor_of_its_own():
    told = story(1.0)
    wild = np.arange(N) % 2 == 1
    outcome = np.where(wild, 50 * (told.outcome / 50) ** 3, told.outcome)
    split = replace(told, outcome=outcome, regime=wild.astype(int) * 2)
    one, own = WAYS["adaptive"](split), WAYS["adaptive by regime"](split)
    assert (own[-1] - own[-2])[1] > (one[-1] - one[-2])[1] + 1  # wild days wider than calm ones, by more than ¢ 1


def test_rows_have_coverage_and_the_interval_score_by_hand():
    pytest.importorskip("mapie")
    seen = panel()
    rows = compared(seen, pooled(1.0), np.zeros(N), date(2018, 1, 1), "run")
    assert {(row["calibration"], row["band"]) for row in rows} == {(name, band) for name in WAYS for band in (0.8, 0.9)}
    row = next(row for row in rows if row["calibration"] == "none" and row["band"] == 0.8)
    truth, low, high = seen.outcome[FEWEST_PAST:], 50 * np.exp(-0.12816), 50 * np.exp(0.12816)
    inside = (low <= truth) & (truth <= high)
    score = (high - low + 10 * np.maximum(low - truth, 0) + 10 * np.maximum(truth - high, 0)) / 50
    assert (row["n_origins"], row["coverage"]) == (len(truth), inside.mean())
    assert row["interval_score"] == pytest.approx(score.mean(), rel=1e-4)
    assert row["width"] == pytest.approx((high - low) / 50, rel=1e-4)
