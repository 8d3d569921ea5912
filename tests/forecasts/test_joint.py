"""Joint paths meet the forecast, cluster, depend as estimated, follow the seed; shocks act as they should."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from linked_markets import DEVIATIONS, WITH_OIL, make_markets
from scipy.special import ndtri

from oilseer.errors import ConfigError, ShapeError
from oilseer.forecasts.joint import contract_paths, draw_joint, draw_shocked, respond, simulate
from oilseer.forecasts.links import Links, MarketHistory, learn_links
from oilseer.quantiles import LEVELS, QuantileForecast

HORIZONS = (5, 21, 63, 126, 252)
SPOT = 50.0
SKEW = np.array([0.9, 0.95, 1.0, 1.0, 1.0, 1.05, 1.2, 1.3, 1.4])  # of each quantile's distance from the median


@pytest.fixture(scope="module")
def links() -> Links:
    return learn_links(make_markets())


def forecast(skew: np.ndarray | float = 1.0) -> QuantileForecast:
    spread = ndtri(np.array(LEVELS)) * skew
    return QuantileForecast(HORIZONS, np.array([SPOT * np.exp(0.016 * np.sqrt(h) * spread) for h in HORIZONS]))


def test_paths_reproduce_all_nine_published_quantiles_at_every_horizon(links):
    paths = draw_joint(SPOT, forecast(SKEW), links, seed=1)
    assert paths.oil.shape == (10_000, 253)
    for horizon in HORIZONS:
        np.testing.assert_allclose(np.quantile(paths.oil[:, horizon], LEVELS), forecast(SKEW).at(horizon), rtol=1e-3)


def test_same_seed_same_bytes_and_another_seed_others(links):
    first, again, other = (draw_joint(SPOT, forecast(), links, seed, 500) for seed in (7, 7, 8))
    assert first.oil.tobytes() == again.oil.tobytes()
    assert all(first.drivers[name].tobytes() == again.drivers[name].tobytes() for name in first.drivers)
    assert not np.array_equal(first.oil, other.oil)


def test_squared_returns_remember_as_the_garch_model_says():
    """Autocorrelation 1 of squares is a(1 − ab − b²) / (1 − 2ab − b²), whatever the residuals (Bollerslev 1986)."""
    learned = replace(learn_links(make_markets()), residuals=np.random.default_rng(1).standard_normal((50_000, 7)))
    reaction, memory = learned.reaction[0], learned.memory[0]
    expected = reaction * (1 - reaction * memory - memory**2) / (1 - 2 * reaction * memory - memory**2)
    oil, _ = simulate(learned, 1, 60, 10_000)  # long paths: a sample's autocorrelation is biased by its mean
    squares = np.diff(oil, axis=0)[1_000:] ** 2
    centred = squares - squares.mean()
    found = (centred[1:] * centred[:-1]).mean() / centred.var()
    assert found == pytest.approx(expected, abs=0.025)
    paths = draw_joint(SPOT, forecast(), learned, 1, 4_000)
    returns = np.diff(np.log(paths.oil), axis=1) ** 2  # mapping to the forecast leaves the clusters
    assert np.mean([np.corrcoef(returns[:, t], returns[:, t + 1])[0, 1] for t in range(100, 250)]) > 0.04


@pytest.mark.parametrize("symbol", ["CL", "ZS", "VIX"])
def test_drivers_move_with_oil_by_the_planted_sign_and_size(links, symbol):
    paths = draw_joint(SPOT, forecast(), links, seed=2)
    for session in (21, 126):
        together = np.corrcoef(np.log(paths.oil[:, session]), paths.drivers[symbol][:, session])[0, 1]
        # sampling of 2,520 days
        assert together == pytest.approx(WITH_OIL[symbol], abs=0.08)
    assert paths.drivers[symbol][:, 21].std() == pytest.approx(DEVIATIONS[symbol] * np.sqrt(21), rel=0.15)


def test_a_driver_that_answers_a_day_later_is_still_linked():
    """Palm closes before Chicago opens: nine of the ten sessions summed are shared, 0.6 · 9/10."""
    made = make_markets()
    rng, own = np.random.default_rng(4), np.nan_to_num(made.returns[:, 0]) / DEVIATIONS["ZL"]
    returns, palm = made.returns.copy(), made.symbols.index("CPO")
    returns[:, palm] = DEVIATIONS["CPO"] * (0.6 * np.roll(own, 1) + 0.8 * rng.standard_normal(len(own)))
    learned = learn_links(MarketHistory(made.symbols, made.dates, returns, made.levels))
    assert learned.correlation[0, palm] == pytest.approx(0.6 * 9 / 10, abs=0.08)
    paths = draw_joint(SPOT, forecast(), learned, 1, 4_000)
    together = np.corrcoef(np.log(paths.oil[:, 21]), paths.drivers["CPO"][:, 21])[0, 1]
    assert together == pytest.approx(0.6 * 20 / 21 * 9 / 10, abs=0.06)  # one day in ten begins a new run


def test_response_is_the_regression_of_oil_on_the_driver(links):
    """Correlation 0.5 and deviations 1.6 % and 2.4 %: a third of crude's log change."""
    response = respond(links, {"CL": np.log(0.8)}, 21)
    beta = WITH_OIL["CL"] * DEVIATIONS["ZL"] / DEVIATIONS["CL"]
    error = DEVIATIONS["ZL"] / DEVIATIONS["CL"] * np.sqrt((1 - 0.25) / (2520 / 10))
    assert response.error == pytest.approx(error * abs(np.log(0.8)), rel=0.15)
    assert response.total[0] == pytest.approx(beta * np.log(0.8), abs=3 * response.error)
    assert response.total[links.symbols.index("CL")] == pytest.approx(np.log(0.8))
    assert response.push.shape == (21, 7)


def test_two_shocks_share_what_they_have_in_common():
    """Crude and beans each carry their part: coefficients of a two-variable regression by hand."""
    made = make_markets(n=2520, seed=5)
    learned = learn_links(made)
    hit = [learned.symbols.index(name) for name in ("CL", "ZS")]
    own, between = learned.covariance[0, hit], learned.covariance[hit[0], hit[1]]
    first, second = learned.covariance[hit, hit]
    slopes = np.array([own[0] * second - own[1] * between, own[1] * first - own[0] * between])
    slopes /= first * second - between**2
    usual = np.sqrt(learned.usual_variance)
    by_hand = usual[0] * (slopes[0] * -0.2 / usual[hit[0]] + slopes[1] * 0.1 / usual[hit[1]])
    assert respond(learned, {"CL": -0.2, "ZS": 0.1}, 10).total[0] == pytest.approx(by_hand, rel=1e-9)


def test_a_shock_of_zero_changes_no_bit(links):
    calm, moved = draw_shocked(SPOT, forecast(SKEW), links, respond(links, {"CL": 0.0}, 21).push, 1, 2_000)
    assert moved.oil.tobytes() == calm.oil.tobytes()
    assert calm.oil.tobytes() == draw_joint(SPOT, forecast(SKEW), links, 1, 2_000).oil.tobytes()


def test_deeper_falls_of_crude_never_lift_oils_median(links):
    medians = []
    for fall in (0.0, 0.05, 0.2, 0.6):
        push = respond(links, {"CL": np.log(1 - fall)}, 21).push
        medians.append(np.median(draw_shocked(SPOT, forecast(SKEW), links, push, 1, 2_000)[1].oil, axis=0))
    for gentler, deeper in pairwise(medians):
        assert (deeper[1:] < gentler[1:]).all()


def test_a_shock_moves_driver_and_oil_by_its_response_and_widens_what_follows(links):
    response = respond(links, {"CL": np.log(0.5)}, 5)
    calm, moved = draw_shocked(SPOT, forecast(), links, response.push, 3)
    drop = (moved.drivers["CL"] - calm.drivers["CL"])[:, 5].mean()
    assert drop == pytest.approx(np.log(0.5), abs=0.01)
    shift = np.log(moved.oil / calm.oil)
    assert np.median(shift[:, 5]) == pytest.approx(response.total[0], abs=0.003)
    assert np.median(shift[:, 63]) == pytest.approx(response.total[0], abs=0.01)  # it stays
    spread = [np.log(paths.oil[:, 21] / paths.oil[:, 5]).std() for paths in (calm, moved)]
    assert spread[1] > 1.1 * spread[0]  # 4.6 % a session in ZL is news to its volatility


def test_a_driver_with_a_short_or_ended_history_is_left_out_by_name():
    made = make_markets()
    returns, levels = made.returns.copy(), made.levels.copy()
    palm, real = made.symbols.index("CPO"), made.symbols.index("6L")
    returns[:-400, palm] = np.nan
    levels[-30:, real], returns[-30:, real] = np.nan, np.nan
    learned = learn_links(MarketHistory(made.symbols, made.dates, returns, levels))
    assert learned.symbols == ("ZL", "CL", "ZS", "ZM", "VIX")
    assert learned.left_out["CPO"] == "400 daily returns in ten years, 750 needed"
    assert learned.left_out["6L"].startswith("last price of 2025-05-")
    with pytest.raises(ConfigError, match="CPO cannot be shocked: 400 daily returns"):
        respond(learned, {"CPO": 0.1}, 5)


def test_a_driver_whose_days_are_not_those_of_the_others_is_left_out_too():
    made = make_markets()
    returns, palm, crude = made.returns.copy(), made.symbols.index("CPO"), made.symbols.index("CL")
    returns[:-800, palm] = np.nan
    returns[-200:-100, crude] = np.nan  # 700 days with both
    learned = learn_links(MarketHistory(made.symbols, made.dates, returns, made.levels))
    assert learned.left_out == {"CPO": "700 days known with the others, 750 needed"}
    assert learned.residuals.shape == (2419, 6)
    assert learned.levels[1] == 70.0


def test_too_few_sessions_of_oil_are_refused():
    with pytest.raises(ShapeError, match="749 daily returns"):
        learn_links(make_markets(n=750))  # the first has no return


def test_filter_takes_out_the_changing_size_of_moves():
    made = make_markets(seed=9)
    size = np.where(np.arange(len(made.dates)) % 500 < 250, 0.5, 2.0)
    scaled = MarketHistory(made.symbols, made.dates, made.returns * size[:, None], made.levels)
    squares = learn_links(scaled).residuals[:, 0] ** 2
    calm, wild = squares[size[1:] == 0.5].mean(), squares[size[1:] == 2.0].mean()
    assert wild / calm < 4  # sixteen in the returns


def test_a_contract_ends_at_the_front_and_starts_at_its_own_price(links):
    front = draw_joint(SPOT, forecast(), links, 1, 200).oil
    contract = contract_paths(front, 52.0, 100)
    np.testing.assert_allclose(contract[:, 0], 52.0)
    np.testing.assert_array_equal(contract[:, 100], front[:, 100])
    np.testing.assert_allclose(contract[:, 50], front[:, 50] * np.sqrt(52 / 50))  # half the log distance
    with pytest.raises(ShapeError, match="front in 253 sessions"):
        contract_paths(front, 52.0, 253)
