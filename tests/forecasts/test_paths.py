"""Paths reproduce the published quantiles, cluster in between, and follow the seed."""

import time

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import spearmanr

from oilseer.errors import ShapeError
from oilseer.forecasts.paths import draw_paths
from oilseer.quantiles import LEVELS, QuantileForecast

HORIZONS = (5, 21, 63, 126, 252)


def lognormal(spot=50.0, daily=0.016, drift=0.02):
    """Quantiles of a lognormal walk: log price ~ N(drift · h / 252, daily² · h)."""
    return QuantileForecast(
        HORIZONS,
        np.array([spot * np.exp(drift * h / 252 + daily * np.sqrt(h) * ndtri(np.array(LEVELS))) for h in HORIZONS]),
    )


def skewed():
    """Hand-made quantiles with a fat upper tail, a drift down, and a width that shrinks after 6 months."""
    return QuantileForecast(
        HORIZONS,
        np.array(
            [
                [46.0, 47.0, 48.0, 49.0, 50.0, 51.5, 53.0, 54.5, 56.5],
                [42.0, 43.5, 45.0, 47.0, 49.5, 52.5, 57.0, 61.0, 66.0],
                [37.0, 39.0, 41.0, 44.5, 49.0, 55.0, 62.0, 69.0, 78.0],
                [33.0, 35.0, 38.0, 42.5, 48.5, 57.0, 67.0, 77.0, 92.0],
                [34.0, 36.0, 38.5, 43.0, 48.0, 55.0, 64.0, 73.0, 86.0],
            ]
        ),
    )


@pytest.mark.parametrize("forecast", [lognormal(), skewed()], ids=["lognormal", "skewed"])
def test_paths_reproduce_all_nine_quantiles_at_every_horizon(forecast):
    paths = draw_paths(50.0, forecast, 0.016, seed=1)
    for horizon in HORIZONS:
        np.testing.assert_allclose(np.quantile(paths[:, horizon], LEVELS), forecast.at(horizon), rtol=1e-3)


def test_quantile_error_vanishes_as_paths_multiply():
    forecast = skewed()
    error = [
        np.abs(np.quantile(draw_paths(50.0, forecast, 0.016, 1, n, 252)[:, 252], LEVELS) / forecast.at(252) - 1).max()
        for n in (500, 5_000, 50_000)
    ]
    assert error[1] < error[0] / 5
    assert error[2] < error[1] / 5
    assert error[2] < 1e-4


def test_lognormal_forecast_gives_the_lognormal_distribution_between_horizons_too():
    paths = draw_paths(50.0, lognormal(), 0.016, seed=2)
    for t in (1, 3, 12, 40, 100, 200):
        logs = np.log(paths[:, t] / 50)
        assert logs.mean() == pytest.approx(0.02 * t / 252, abs=1e-9)  # ranks are symmetric: no sampling error
        assert logs.std() == pytest.approx(0.016 * np.sqrt(t), rel=2e-3)


def test_daily_moves_keep_one_size_and_no_memory_while_their_squares_cluster():
    returns = np.diff(np.log(draw_paths(50.0, lognormal(), 0.016, seed=3)), axis=1)
    assert returns.std(axis=0) == pytest.approx(0.016, rel=0.04)
    lagged = [np.corrcoef(returns[:, t], returns[:, t + 1])[0, 1] for t in range(251)]
    assert abs(np.mean(lagged)) < 0.01
    squares = [np.corrcoef(returns[:, t] ** 2, returns[:, t + 1] ** 2)[0, 1] for t in range(100, 250)]
    assert np.mean(squares) > 0.05  # independent returns would give 0 ± 0.001


def test_ranks_at_two_horizons_depend_as_those_of_a_random_walk():
    paths = draw_paths(50.0, skewed(), 0.016, seed=4)
    pearson = np.sqrt(21 / 63)  # correlation of a walk at two times
    expected = 6 / np.pi * np.arcsin(pearson / 2)  # its Spearman rank correlation, Gaussian case
    assert spearmanr(paths[:, 21], paths[:, 63]).statistic == pytest.approx(expected, abs=0.03)


def test_same_seed_same_paths_and_another_seed_other_paths_with_the_same_quantiles():
    first, again, other = (draw_paths(50.0, skewed(), 0.016, seed, 2_000) for seed in (7, 7, 8))
    assert (first == again).all()
    assert not (first == other).all()
    np.testing.assert_allclose(np.sort(first[:, 63]), np.sort(other[:, 63]))


def test_size_of_a_constant_volatility_cancels_but_its_shape_over_time_counts():
    flat, large = (draw_paths(50.0, lognormal(), sd, 5, 2_000) for sd in (0.01, 0.04))
    np.testing.assert_allclose(flat, large)
    early = np.where(np.arange(252) < 30, 0.03, 0.01)
    shaped = draw_paths(50.0, lognormal(), early, 5, 2_000)
    assert np.log(shaped[:, 30]).std() > np.log(flat[:, 30]).std() * 1.05  # more of 21→63 has passed by session 30
    np.testing.assert_allclose(np.sort(shaped[:, 63]), np.sort(flat[:, 63]))


def test_paths_start_at_spot_and_may_end_between_published_horizons():
    paths = draw_paths(50.0, skewed(), 0.016, 1, 1_000, 100)
    assert paths.shape == (1_000, 101)
    assert (paths[:, 0] == 50.0).all()
    full = draw_paths(50.0, skewed(), 0.016, 1, 1_000, 252)
    np.testing.assert_allclose(np.sort(paths[:, 100]), np.sort(full[:, 100]))


@pytest.mark.parametrize(
    ("spot", "volatility", "sessions", "named"),
    [
        (0.0, 0.016, 252, "spot is 0.0"),
        (float("nan"), 0.016, 252, "spot is nan"),
        (50.0, -0.01, 252, "daily volatility"),
        (50.0, np.full(10, 0.01), 252, r"\(252,\)"),
        (50.0, 0.016, 300, "ends at horizon 252"),
    ],
)
def test_unusable_input_is_refused_by_name(spot, volatility, sessions, named):
    with pytest.raises(ShapeError, match=named):
        draw_paths(spot, lognormal(), volatility, 1, 100, sessions)


@pytest.mark.slow
def test_ten_thousand_paths_of_a_year_take_under_two_seconds():
    start = time.process_time()
    draw_paths(50.0, lognormal(), 0.016, seed=1)
    assert time.process_time() - start < 2
