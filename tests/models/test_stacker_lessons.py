"""Stackers against lessons with a planted truth."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm
from windows import make_window

from oilseer.errors import ModelError, ShapeError
from oilseer.models.attribution import UNTOLD, log_contributions
from oilseer.models.stackers import BELIEVED_AT, FEWEST, LEARNERS, Lesson, Stacker, make
from oilseer.quantiles import LEVELS, MEDIAN

POOL = norm.ppf(LEVELS)


@pytest.fixture(params=list(LEARNERS))
def stacker(request):
    if request.param == "XGBoost-stack":
        pytest.importorskip("xgboost")
    return make(request.param)


def lesson(regime: float, n: int = 450, bias: float = 0.0, wide: float = 1.0, seed: int = 0) -> Lesson:
    """Ten inputs; where input 0 is above zero outcomes are `bias` off in the middle and `wide` times as wide."""
    rng = np.random.default_rng(seed)
    inputs = rng.standard_normal((n, 10))
    inside = inputs[:, 0] > 0
    outcome = rng.standard_normal(n) * np.where(inside, wide, 1.0) + np.where(inside, bias, 0.0)
    return Lesson(inputs, outcome, n, np.r_[regime, np.zeros(9)], POOL)


def width(quantiles: np.ndarray) -> float:
    return quantiles[-3] - quantiles[2]


def test_a_pool_that_is_too_narrow_in_a_known_regime_is_widened_there(stacker):
    inside, outside = (stacker.quantiles(lesson(side, wide=2.5), 1) for side in (1.5, -1.5))
    assert width(inside) > 1.3 * width(outside)
    assert width(inside) > 1.3 * width(POOL)


def test_a_pool_that_is_off_in_a_known_regime_is_moved_there(stacker):
    inside, outside = (stacker.quantiles(lesson(side, bias=1.0), 1) for side in (1.5, -1.5))
    assert inside[MEDIAN] > 0.3
    assert inside[MEDIAN] > 1.5 * outside[MEDIAN]


def test_a_pool_that_is_right_stays_as_it_is(stacker):
    found = np.mean([stacker.quantiles(lesson(1.5, seed=seed), 1) for seed in range(5)], axis=0)
    np.testing.assert_allclose(found, POOL, atol=0.25)


def test_the_same_seed_gives_the_same_bytes_and_another_other_ones(stacker):
    asked = lesson(1.5, wide=2.0)
    assert stacker.quantiles(asked, 1).tobytes() == stacker.quantiles(asked, 1).tobytes()
    assert stacker.quantiles(asked, 1).tobytes() != stacker.quantiles(asked, 2).tobytes()


def test_few_independent_outcomes_leave_the_pool(stacker):
    asked = lesson(1.5, wide=2.5)
    many, few = stacker.quantiles(asked, 1), stacker.quantiles(replace(asked, independent=20), 1)
    half = stacker.quantiles(replace(asked, independent=BELIEVED_AT), 1)
    learned = POOL + 2 * (half - POOL)  # half of what was learned is believed there
    np.testing.assert_allclose(few, POOL + 20 / (20 + BELIEVED_AT) * (learned - POOL))
    np.testing.assert_allclose(many, POOL + 450 / (450 + BELIEVED_AT) * (learned - POOL))


def test_fewer_than_five_years_of_month_ends_are_refused(stacker):
    with pytest.raises(ModelError, match=f"{FEWEST - 1} past outcomes"):
        stacker.quantiles(lesson(1.5, n=FEWEST - 1), 1)


def test_unknown_inputs_are_no_hindrance(stacker):
    asked = lesson(1.5, wide=2.5)
    inputs, today = asked.inputs.copy(), asked.today.copy()
    inputs[:, 5], inputs[:200, 6], today[7] = np.nan, np.nan, np.nan
    assert width(stacker.quantiles(replace(asked, inputs=inputs, today=today), 1)) > 1.3 * width(POOL)


def test_the_forest_weighs_all_outcomes_alike_where_no_input_tells_them_apart():
    asked = lesson(0.0)
    plain = replace(asked, inputs=np.ones_like(asked.inputs), today=np.ones_like(asked.today), independent=10**9)
    found = make("RandomForest-stack").quantiles(plain, 1)
    np.testing.assert_allclose(found, np.quantile(asked.outcome, LEVELS, method="hazen"), atol=1e-6)


def test_quantiles_that_cross_are_moved_away_from_the_median():
    said = np.array([-1.0, -1.5, -0.5, -0.6, 0.0, 0.5, 0.4, 1.0, 0.9])
    found = Stacker("any", lambda *_: said).quantiles(replace(lesson(0.0), independent=10**9), 1)
    np.testing.assert_allclose(found, [-1.5, -1.5, -0.6, -0.6, 0.0, 0.5, 0.5, 1.0, 1.0], atol=1e-6)


def test_a_lesson_without_an_outcome_is_refused():
    with pytest.raises(ShapeError, match="not finite"):
        replace(lesson(0.0), outcome=np.full(450, np.nan))


def test_what_a_stacker_makes_of_what_it_sees_is_not_called_the_past_of_the_price():
    seen = make_window(n=1800, seed=1)
    found = log_contributions("XGBoost-stack", seen, 21, seen.settle[-1] * 1.02)
    assert found == {UNTOLD: pytest.approx(np.log(1.02))}
