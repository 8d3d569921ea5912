"""Drivers-trees against a market whose driver is planted, and the parts of every model's median."""

from dataclasses import replace

import numpy as np
import pytest
from windows import make_window, planted_window

from oilseer.errors import ModelError
from oilseer.models.attribution import CARRY, OWN_PAST, TYPICAL_PAST, log_contributions
from oilseer.models.base import seed_of
from oilseer.models.density import carry
from oilseer.models.trees import READS, learn_shares, make
from oilseer.models.zoo import ENTRIES, build
from oilseer.quantiles import MEDIAN

SHARE = READS.index("spread_oil_share_ratio")
PRICES = [e.name for e in ENTRIES if e.tier in ("benchmark", "density", "direct") and not e.missing()]


def market(slope: float, **changes):
    """The oil share moves the price, nothing else does."""
    return planted_window(READS, "spread_oil_share_ratio", slope, **changes)


def test_a_planted_driver_gets_most_of_what_the_trees_expect():
    high, low = learn_shares(market(-0.1), 21, 1), learn_shares(market(-0.1, last=-2.0), 21, 1)
    assert high[SHARE] < -0.004 < 0.004 < low[SHARE]
    assert np.abs(np.delete(high[:-1], SHARE)).max() < abs(high[SHARE]) / 3


def test_what_few_outcomes_say_is_hardly_believed():
    window = market(-0.1)
    week, year = np.abs(learn_shares(window, 5, 1)).max(), np.abs(learn_shares(window, 252, 1)).max()
    assert year / np.sqrt(252) < week / np.sqrt(5) / 3  # per unit of each horizon's own spread


def test_the_median_is_carry_and_the_shares():
    window = market(-0.1)
    said = make("Drivers-trees").fit(window, 1).predict(window, (21,)).values[0, MEDIAN]
    assert np.log(said / window.settle[-1]) == pytest.approx(carry(window, 21) + learn_shares(window, 21, 1).sum())


def test_unknown_volatility_is_refused():
    window = market(-0.1)
    with pytest.raises(ModelError, match="no volatility"):
        learn_shares(replace(window, returns=np.full(len(window.returns), np.nan)), 21, 1)


@pytest.mark.parametrize("name", PRICES)
def test_the_parts_of_every_model_add_up_to_its_median(name):
    window = make_window(1800, seed=1)
    median = build(name).fit(window, 7).predict(window, (63,)).values[0, MEDIAN]
    found = log_contributions(name, window, 63, median)
    assert sum(found.values()) == pytest.approx(np.log(median / window.settle[-1]), abs=1e-12)


@pytest.mark.parametrize(
    "name", ["GARCH-t-carry", "GARCH-empirical-carry", "Drivers-ridge", "Drivers-elastic-net", "Drivers-trees",
             "LightGBM-quantile"],
)  # fmt: skip
def test_nothing_is_left_to_the_past_of_a_model_whose_parts_are_known(name):
    window = make_window(1800, seed=1)
    median = build(name).fit(window, seed_of(name, window.cutoff)).predict(window, (63,)).values[0, MEDIAN]
    found = log_contributions(name, window, 63, median)
    assert found[OWN_PAST] == pytest.approx(0, abs=1e-4)  # of a simulation: its median of 10,000 paths
    assert found[CARRY] == pytest.approx(carry(window, 63))
    assert set(found) - {CARRY, OWN_PAST, TYPICAL_PAST} <= set(window.names)
