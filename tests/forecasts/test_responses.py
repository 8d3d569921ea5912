"""Responses judged where the truth is planted: followed in full, and not at all."""

import numpy as np
import pytest
from linked_markets import make_markets

from oilseer.forecasts.links import MarketHistory
from oilseer.forecasts.responses import judge_responses


@pytest.fixture(scope="module")
def made() -> MarketHistory:
    return make_markets(5_000, seed=2)


def test_a_planted_dependence_is_followed_and_saves_what_a_regression_saves(made):
    found = {one.symbol: one for one in judge_responses(made, 2016)}
    months = made.dates.astype("datetime64[M]")
    ends = np.flatnonzero((months[1:] != months[:-1]) & (months[:-1] >= np.datetime64("2016-01")))
    sums = np.array([made.returns[end + 1 : end + 22].sum(axis=0) for end in ends if end + 21 < len(months)])
    for symbol in ("CL", "ZS"):
        place = made.symbols.index(symbol)
        in_sample = 1 - np.corrcoef(sums[:, 0], sums[:, place])[0, 1] ** 2  # the least that a line can leave
        assert found[symbol].count == len(sums) == 112
        assert found[symbol].slope == pytest.approx(1, abs=0.25)
        assert in_sample - 0.03 < found[symbol].error_ratio < in_sample + 0.05
        assert found[symbol].large_error_ratio < found[symbol].error_ratio


def test_a_dependence_that_ends_is_not_followed(made):
    returns = made.returns.copy()
    crude = made.symbols.index("CL")
    returns[-1_500:, crude] = np.random.default_rng(1).permutation(returns[-1_500:, crude])
    broken = MarketHistory(made.symbols, made.dates, returns, made.levels)
    found = {one.symbol: one for one in judge_responses(broken, 2020)}
    assert abs(found["CL"].slope) < 0.5
    assert found["CL"].error_ratio > 0.98
