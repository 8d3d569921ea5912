"""Episodes like a shock, found by hand-planted moves, and never with what came after the session asked about."""

from datetime import date

import numpy as np
import pytest

from oilseer.forecasts.analogues import find_analogues
from oilseer.forecasts.links import DRIVERS, MarketHistory
from oilseer.market.sessions import sessions

N = 400
DAYS = sessions()[sessions() >= np.datetime64("2020-01-02")][:N]
SYMBOLS = ("ZL", *DRIVERS)


def markets(falls: dict[int, float], vix_jumps: dict[int, float] | None = None) -> MarketHistory:
    """Still markets but for crude's log returns at some rows, and the VIX's points; ZL rises 0.1 % a session."""
    returns, levels = np.zeros((N, 7)), np.ones((N, 7))
    returns[:, 0] = np.log(1.001)
    for place, change in falls.items():
        returns[place, SYMBOLS.index("CL")] = change
    steps = np.zeros(N)
    for place, change in (vix_jumps or {}).items():
        steps[place] = change
    levels[:, 0] = 40 * 1.001 ** np.arange(N)
    levels[:, SYMBOLS.index("VIX")] = 15 + np.cumsum(steps)
    return MarketHistory(SYMBOLS, DAYS, returns, levels)


def day(place: int) -> date:
    return DAYS[place].astype(object)


def test_two_thirds_of_the_move_in_its_direction_is_like_it():
    made = markets({50: np.log(0.86), 150: np.log(0.87), 250: np.log(1.3)})  # −14 %, −13 %, and a rise
    found = find_analogues(made, {"CL": -0.20}, 5, day(N - 1))
    assert [episode.ended for episode in found] == [day(50)]
    assert found[0].moves["CL"] == pytest.approx(-0.14)
    assert found[0].during == pytest.approx(1.001**5 - 1)
    assert found[0].after == pytest.approx({5: 1.001**5 - 1, 21: 1.001**21 - 1, 63: 1.001**63 - 1})


def test_a_move_may_build_up_over_the_sessions_and_counts_once():
    slide = {place: np.log(0.97) for place in range(100, 110)}
    found = find_analogues(markets(slide), {"CL": -0.20}, 10, day(N - 1))
    assert [episode.ended for episode in found] == [day(104)]  # 0.97⁵ = 0.859 is the first beyond −13.3 %


def test_every_shocked_market_must_have_moved():
    made = markets({50: -0.3, 150: -0.3}, {148: 25.0, 300: 25.0})
    found = find_analogues(made, {"CL": -0.20, "VIX": 20.0}, 5, day(N - 1))
    assert [episode.ended for episode in found] == [day(150)]
    assert found[0].moves["VIX"] == pytest.approx(25.0)


@pytest.mark.parametrize("last", [60, 114, 120, 399])
def test_nothing_after_the_session_asked_about_is_looked_at(last):
    made = markets({50: -0.3, 115: -0.3, 200: -0.3})
    whole = find_analogues(made, {"CL": -0.20}, 5, day(last))
    returns, levels = made.returns.copy(), made.levels.copy()
    returns[last + 1 :], levels[last + 1 :] = -0.5, 1e9  # poison
    poisoned = find_analogues(MarketHistory(SYMBOLS, DAYS, returns, levels), {"CL": -0.20}, 5, day(last))
    assert whole == poisoned
    for episode in whole:
        ended = int(np.searchsorted(DAYS, np.datetime64(episode.ended)))
        assert ended <= last
        for horizon, change in episode.after.items():
            assert (change is None) == (ended + horizon > last)


def test_a_span_with_a_hole_is_not_judged():
    made = markets({50: -0.3})
    returns = made.returns.copy()
    returns[48, SYMBOLS.index("CL")] = np.nan
    found = find_analogues(MarketHistory(SYMBOLS, DAYS, returns, made.levels), {"CL": -0.20}, 5, day(N - 1))
    assert [episode.ended for episode in found] == [day(53)]  # the first five sessions after the hole


def test_no_move_has_no_analogue():
    assert find_analogues(markets({50: -0.3}), {"CL": 0.0}, 5, day(N - 1)) == ()
