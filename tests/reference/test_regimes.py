"""The regime calendar: every date has exactly one regime, and no regime's rows rule the training."""

from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from oilseer.errors import ContractError
from oilseer.reference.regimes import MAX_SHARE, regime_calendar, regime_places, sample_weights

DATES = np.arange("1995-01-01", "2026-01-01", dtype="datetime64[D]")


def test_every_date_has_exactly_one_regime():
    calendar = regime_calendar()
    assert len(calendar) >= 11
    for before, after in pairwise(calendar):
        assert before.ends + timedelta(days=1) == after.starts
    assert calendar[-1].ends is None


@pytest.mark.parametrize(
    ("day", "regime"),
    [("2008-09-15", "financial_crisis"), ("2019-12-31", "trade_war"), ("2020-01-01", "covid"),
     ("2025-01-19", "tariff_anticipation"), ("2025-01-20", "tariff_era")],
)  # fmt: skip
def test_dates_fall_into_the_regime_that_the_calendar_names(day, regime):
    assert regime_calendar()[regime_places(np.array([day], dtype="datetime64[D]"))[0]].regime == regime


def test_a_date_before_the_calendar_is_refused():
    with pytest.raises(ContractError, match="1850-01-01 lies before"):
        regime_places(np.array(["1850-01-01"], dtype="datetime64[D]"))


def test_exponent_zero_is_flat():
    assert sample_weights(DATES, 0.0) == pytest.approx(np.ones(len(DATES)))


@pytest.mark.parametrize("exponent", [0.25, 0.5, 1.0, 2.0])
def test_no_regime_holds_more_than_its_share(exponent):
    weight = sample_weights(DATES, exponent)
    share = np.bincount(regime_places(DATES), weight) / weight.sum()
    assert share.max() <= MAX_SHARE + 1e-9
    assert weight.mean() == pytest.approx(1.0)
    assert (weight > 0).all()


def test_two_regimes_of_equal_length_share_what_the_bound_leaves():
    # weights 800 and 200 over 366 and 181 days, flat bound 1/2 for two regimes: half the weight each
    days = np.arange("2020-01-01", "2021-07-01", dtype="datetime64[D]")
    weight = sample_weights(days, 1.0)
    first = days < np.datetime64("2021-01-01")
    assert weight[first].sum() == pytest.approx(weight[~first].sum())
