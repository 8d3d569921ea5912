"""The quantile trees against a market whose tails, not its middle, are planted."""

from dataclasses import replace

import numpy as np
import pytest
from windows import make_window, planted_window

from oilseer.models.density import carry, garch_empirical
from oilseer.models.quantile_trees import LIBRARIES, learn_quantiles, lightgbm_quantiles, make
from oilseer.models.trees import READS
from oilseer.quantiles import LEVELS, MEDIAN

each = pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in LIBRARIES])
WIDTH = READS.index("spread_oil_share_ratio")


@pytest.fixture(autouse=True)
def _installed(request):
    if "name" in request.fixturenames and request.getfixturevalue("name") == "CatBoost-quantile":
        pytest.importorskip("catboost")


def wide_when_high(n: int = 4000, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Normal outcomes, of deviation 2 where the planted feature is positive and 0.5 where not; all else is noise."""
    rng = np.random.default_rng(seed)
    features = rng.standard_normal((n, len(READS)))
    return features, rng.standard_normal(n) * np.where(features[:, WIDTH] > 0, 2.0, 0.5)


@each
def test_a_width_that_a_feature_tells_is_found_where_the_mean_tells_nothing(name):
    features, outcome = wide_when_high()
    today = np.zeros((2, 1, len(READS)))
    today[:, 0, WIDTH] = [1.5, -1.5]
    wide, narrow = (LIBRARIES[name](features, outcome, row, 1)[0] for row in today)
    assert wide[-2] - wide[1] > 1.5 * (narrow[-2] - narrow[1])
    assert abs(wide[MEDIAN]) < 0.2
    assert abs(narrow[MEDIAN]) < 0.2


@each
def test_a_planted_driver_moves_the_middle_down_and_is_named_for_it(name):
    window = planted_window(READS, "spread_oil_share_ratio", -0.1)
    learned = learn_quantiles(name, window, 21, 1)
    assert learned.shares[WIDTH] == learned.shares[:-1].min() < -0.002
    assert learned.shares.sum() == pytest.approx(learned.belief * learned.quantiles[MEDIAN])


@each
def test_what_few_outcomes_say_is_hardly_believed(name):
    window = planted_window(READS, "spread_oil_share_ratio", -0.1)
    seen = make(name).fit(window, 1).predict(window, (252,)).values[0]
    density = garch_empirical(window, 1)((252,))[0]
    learned = learn_quantiles(name, window, 252, 1)
    assert learned.belief == pytest.approx(19 / (19 + 500), rel=0.05)  # of twenty years, one to come
    assert (
        np.abs(np.log(seen / density)).max()
        <= learned.belief * np.abs(learned.quantiles - np.log(density / window.settle[-1])).max() + 1e-9
    )


def test_quantiles_that_cross_are_moved_away_from_the_median(monkeypatch):
    said = np.array([-1.0, -1.5, -0.5, -0.6, 0.0, 0.5, 0.4, 1.0, 0.9])
    monkeypatch.setitem(LIBRARIES, "LightGBM-quantile", lambda *_: (said, np.zeros(len(READS) + 1)))
    window = make_window(1800, seed=1)
    found = learn_quantiles("LightGBM-quantile", window, 5, 1).quantiles
    unit = found[-4] / 0.5
    np.testing.assert_allclose(found / unit, [-1.5, -1.5, -0.6, -0.6, 0.0, 0.5, 0.5, 1.0, 1.0])


def test_too_few_outcomes_for_a_leaf_leave_their_plain_quantiles():
    features, outcome = wide_when_high(n=150)
    found = lightgbm_quantiles(features, outcome, features[:1], 1)[0]
    np.testing.assert_allclose(found, np.quantile(outcome, LEVELS), atol=0.25)


def test_trees_learn_from_twenty_years_and_no_more():
    window = planted_window(READS, "spread_oil_share_ratio", -0.1, n=6000)
    old = window.features.copy()
    old[: 6000 - 20 * 252 - 1] = 7.0
    again = learn_quantiles("LightGBM-quantile", replace(window, features=old), 21, 1)
    np.testing.assert_array_equal(again.quantiles, learn_quantiles("LightGBM-quantile", window, 21, 1).quantiles)


def test_the_median_is_carry_and_the_shares():
    rolls = np.where(np.arange(1800) % 42 == 41, 0.03, 0.0)
    plain = make_window(1800, seed=1, rolls=False)
    window = replace(plain, settle=plain.settle * np.exp(np.cumsum(rolls)))
    said = make("LightGBM-quantile").fit(window, 1).predict(window, (63,)).values[0, MEDIAN]
    learned = learn_quantiles("LightGBM-quantile", window, 63, 1)
    assert carry(window, 63) > 0.03
    assert np.log(said / window.settle[-1]) == pytest.approx(carry(window, 63) + learned.shares.sum())
