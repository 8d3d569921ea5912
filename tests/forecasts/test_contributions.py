"""Logs become ¢/lb that leave nothing over, and a move of the median is split without a rest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oilseer.errors import ContractError
from oilseer.forecasts.contributions import Member, Seen, causes, in_cents, logarithmic_mean

PRICE = st.floats(5, 200)
SHARE = st.floats(-0.3, 0.3)


def test_two_members_pool_their_logs_by_weight():
    # e^0.02 and e^0.04 at 50 ¢/lb pool to e^0.03; 1 % of log is worth 50 · (e^0.03 − 1) / 3 ¢/lb
    members = [
        Member(0.5, 50 * math.exp(0.02), {"carry": 0.02}),
        Member(0.5, 50 * math.exp(0.04), {"carry": 0.02, "palm": 0.04, "crush": -0.02}),
    ]
    found = in_cents(50, 50 * math.exp(0.03), members)
    one = 50 * math.expm1(0.03) / 3
    assert found == pytest.approx({"carry": 2 * one, "palm": 2 * one, "crush": -one})
    assert sum(found.values()) == pytest.approx(50 * math.expm1(0.03), abs=1e-12)


@given(spot=PRICE, logs=st.lists(st.tuples(SHARE, SHARE), min_size=1, max_size=7))
def test_contributions_add_up_whatever_the_members_say(spot, logs):
    members = [Member(1 / len(logs), spot * math.exp(a + b), {"own_past": a, "palm": b}) for a, b in logs]
    published = spot * math.exp(sum(a + b for a, b in logs) / len(logs))
    assert sum(in_cents(spot, published, members).values()) == pytest.approx(published - spot, abs=1e-9)


def test_members_that_do_not_make_the_published_median_are_refused():
    with pytest.raises(ContractError, match=r"pool to 51\.000000 ¢/lb, the published median is 51\.100000"):
        in_cents(50, 51.1, [Member(1.0, 51.0, {"own_past": math.log(51 / 50)})])


def test_a_log_between_equal_prices_is_worth_the_price():
    assert logarithmic_mean(50, 50) == 50
    assert logarithmic_mean(50, 50.000001) == pytest.approx(50, rel=1e-6)


def test_a_move_is_split_as_by_hand():
    # The held contract earned 2 % of 50, the front rolled to 0.5 more; the forecast expected +1.0 and now +1.5 beyond
    # the front under yesterday's weights, +1.7 under today's.
    found = causes(Seen(50, 51, 51), Seen(51.5, 53.2, 53), math.log(1.02), same_code=True)
    assert found == pytest.approx({"price": 1.0, "roll": 0.5, "drivers": 0.5, "revisions": 0.0, "model": 0.2})


def test_what_was_said_anew_differs_by_revisions_or_by_other_code():
    before, now = Seen(50, 51, 51.3), Seen(50, 51.3, 51.3)
    still = {"price": 0.0, "roll": 0.0, "drivers": 0.0}
    assert causes(before, now, 0.0, same_code=True) == pytest.approx(still | {"revisions": 0.3, "model": 0.0})
    assert causes(before, now, 0.0, same_code=False) == pytest.approx(still | {"revisions": 0.0, "model": 0.3})


@given(PRICE, PRICE, PRICE, PRICE, PRICE, PRICE, SHARE, st.booleans())
def test_the_causes_add_up_to_the_move(spot0, said0, anew0, spot1, said1, pooled1, held, same):
    found = causes(Seen(spot0, said0, anew0), Seen(spot1, said1, pooled1), held, same)
    assert sum(found.values()) == pytest.approx(said1 - said0, abs=1e-9)
