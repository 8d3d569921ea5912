"""Windows end at their origin, targets lie exactly h sessions ahead, origins are month ends."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from market_history import make_history

from oilseer.errors import ContractError
from oilseer.market import sessions
from oilseer.quantiles import HORIZONS
from oilseer.training.history import monthly_origins

HISTORY = make_history()


@settings(max_examples=60)
@given(st.integers(300, 1500), st.sampled_from(list(HORIZONS.values())))
def test_each_target_is_the_price_exactly_h_sessions_ahead(place, horizon):
    origin = HISTORY.dates[place].astype(object)
    ahead = sessions.ahead(origin, horizon)
    expected = HISTORY.settle[HISTORY.dates == np.datetime64(ahead)]
    assert (
        HISTORY.outcome(origin, horizon) == expected[0] if len(expected) else np.isnan(HISTORY.outcome(origin, horizon))
    )


def test_a_session_without_a_price_gives_no_target_and_shifts_none():
    broken = make_history(gap=505)
    origin = broken.dates[500].astype(object)
    assert np.isnan(broken.outcome(origin, 5))
    assert broken.outcome(origin, 21) == HISTORY.outcome(origin, 21)


def test_a_window_ends_at_its_origin_and_holds_nothing_after():
    origin = date(2012, 3, 30)
    window = HISTORY.window(origin)
    assert window.dates[-1] == np.datetime64(origin)
    assert window.cutoff == sessions.cutoff(origin)
    assert len(window.settle) == len(window.returns) == len(window.features) == HISTORY.place(origin) + 1


def test_an_origin_without_a_price_is_refused_with_its_neighbours():
    with pytest.raises(ContractError, match="2012-03-30 and 2012-04-02"):
        HISTORY.window(date(2012, 3, 31))


def test_origins_are_the_last_sessions_of_whole_months_and_the_last_one():
    found = monthly_origins(HISTORY, date(2012, 1, 1), date(2012, 4, 18))
    assert found == [date(2012, 1, 31), date(2012, 2, 29), date(2012, 3, 30), date(2012, 4, 18)]


def test_realized_volatility_ahead_of_a_hand_sum():
    origin = HISTORY.dates[700].astype(object)
    part = HISTORY.returns[701:722]
    expected = np.sqrt(252 * ((part - part.mean()) ** 2).sum() / 20)
    assert HISTORY.volatility_outcome(origin, 21) == pytest.approx(expected)
