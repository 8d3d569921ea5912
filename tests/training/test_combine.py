"""Members are those that beat B1 by evidence, the rules of the weights hold, nothing else is let through."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oilseer.errors import GateFailed, ShapeError
from oilseer.quantiles import LEVELS
from oilseer.training.calibrate import BOUND, scaled, width_factor
from oilseer.training.combine import (
    Weights,
    below_margin,
    choose,
    garch_spread,
    past_skill,
    pool,
    regime_probabilities,
    require_rules,
    similarity,
)

MODELS = ("B1", "good", "fair", "bad", "lucky", "fifth", "sixth", "seventh", "eighth")
PRIOR = np.zeros(len(MODELS))


def losses(n=240, seed=0):
    """CRPS-like losses around 1: `good` 10 % lower, the others a little, `bad` higher, `lucky` wild."""
    rng = np.random.default_rng(seed)
    base = rng.gamma(4, 0.25, n)
    factor = np.array([1, 0.90, 0.95, 1.10, 1.0, 0.96, 0.97, 0.98, 0.985])
    table = base[:, None] * factor + rng.normal(0, 0.01, (n, len(MODELS)))
    table[:, 4] = base - 0.3 + rng.standard_t(3, n) * 8
    return table


def chosen(table, independent=240, prior=PRIOR, excluded=frozenset()):
    return choose(table, MODELS, prior, np.ones(len(table)), independent, excluded)


def test_members_beat_b1_and_the_best_speak():
    found = chosen(losses())
    assert found.models[:3] == ("B1", "good", "fair")
    assert "bad" not in found.models
    assert 5 <= len(found.models) <= 7
    require_rules(found, frozenset(MODELS))


def test_wild_losses_do_not_win_by_luck():
    assert losses()[:, 4].mean() < losses()[:, 0].mean()
    assert "lucky" not in chosen(losses()).models[1:4]


def test_nothing_beats_b1_then_b1_speaks_alone():
    worse = np.column_stack([losses()[:, 0]] * len(MODELS)) * np.r_[1, np.full(len(MODELS) - 1, 1.05)]
    found = chosen(worse)
    assert found.is_anchor
    assert found.weight.tolist() == [1.0]
    require_rules(found, frozenset())


def test_few_independent_outcomes_leave_the_prior_standing():
    few = choose(losses(240), MODELS, np.full(len(MODELS), -0.05), np.ones(240), 1, frozenset())
    assert few.is_anchor
    assert not choose(losses(240), MODELS, np.full(len(MODELS), -0.05), np.ones(240), 240, frozenset()).is_anchor


def test_a_model_that_is_silent_today_gets_no_weight():
    assert "good" not in chosen(losses(), excluded=frozenset({"good"})).models


def test_without_b1_there_is_no_combination():
    with pytest.raises(ShapeError, match="anchored at B1"):
        chosen(losses(), excluded=frozenset({"B1"}))


def test_past_skill_is_the_ratio_of_mean_losses_with_the_error_of_a_mean():
    table = losses()
    skill, error = past_skill(table, 0, np.ones(len(table)), 100)
    assert skill[1] == pytest.approx(1 - table[:, 1].mean() / table[:, 0].mean())
    gain = (table[:, 0] - table[:, 1]) / table[:, 0].mean()
    assert error[1] == pytest.approx(gain.std() / 10)


@pytest.mark.parametrize(
    ("weights", "reason"),
    [
        (Weights(("B1", "a"), np.array([0.5, 0.5]), np.zeros(2), np.zeros(2), 9), "2 members"),
        (Weights(("B1", "a", "b", "c", "d"), np.full(5, 0.3), np.zeros(5), np.zeros(5), 9), "sum to 1.5"),
        (
            Weights(("B1", "a", "b", "c", "d"), np.array([0.6, 0.1, 0.1, 0.1, 0.1]), np.zeros(5), np.zeros(5), 9),
            "over 0.4: B1",
        ),
        (Weights(("x", "a", "b", "c", "d"), np.full(5, 0.2), np.zeros(5), np.zeros(5), 9), "no statistical"),
    ],
)
def test_every_broken_rule_is_named(weights, reason):
    with pytest.raises(GateFailed, match=reason):
        require_rules(weights, frozenset({"B1"}))


@given(st.floats(-5, 8))
def test_regime_membership_is_smooth_and_sums_to_one(z):
    here, near = regime_probabilities(np.array([z, z + 0.01]))
    assert here.sum() == pytest.approx(1)
    assert np.abs(here - near).max() < 0.02


def test_origins_of_the_same_regime_count_more():
    now, *past = regime_probabilities(np.array([2.8, 2.9, 0.0, np.nan]))
    close = similarity(now, np.array(past))
    assert close[0] > close[2] > close[1]
    assert regime_probabilities(np.array([0.0, 1.5, 3.0])).argmax(axis=1).tolist() == [0, 1, 2]


def test_pooling_averages_log_quantiles():
    pair = np.array([np.linspace(40, 48, 9), np.linspace(50, 70, 9)])
    np.testing.assert_allclose(pool(pair, np.array([0.5, 0.5])), np.sqrt(pair[0] * pair[1]))


@given(st.floats(0.3, 3), st.floats(0.01, 0.5))
def test_scaled_quantiles_never_cross_and_keep_the_median(factor, deviation):
    row = 50 * np.exp(deviation * np.linspace(-2, 2, len(LEVELS)))
    found = scaled(row, factor)
    assert (np.diff(found) >= 0).all()
    assert found[4] == pytest.approx(50)


@pytest.mark.parametrize("truth", [0.6, 1.6], ids=["bands too wide", "bands too narrow"])
def test_calibration_moves_coverage_to_nominal(truth):
    from scipy.stats import norm

    rng = np.random.default_rng(7)
    n = 4000
    forecast = np.tile(50 * np.exp(0.1 * norm.ppf(LEVELS)), (n, 1))
    outcome = 50 * np.exp(truth * 0.1 * rng.standard_normal(n))
    factor = width_factor(forecast, outcome, 1)
    expected = np.clip(truth, np.exp(-BOUND), np.exp(BOUND))
    assert factor == pytest.approx(expected, rel=0.15)


def test_overlapping_outcomes_move_the_width_less():
    forecast = np.tile(50 * np.exp(0.1 * np.linspace(-2, 2, 9)), (24, 1))
    outside = np.full(24, 500.0)
    assert 1 < width_factor(forecast, outside, 12) < width_factor(forecast, outside, 1)


def test_a_network_five_percent_better_than_the_best_statistical_model_qualifies_and_no_other():
    rivals = np.random.default_rng(1).gamma(4, 0.25, (60, 2)) + [0, 0.1]  # the first is the best on average
    table = np.column_stack([rivals, rivals[:, 0] * 0.94, rivals[:, 0] * 0.96, rivals[:, 1] * 0.94])
    judged = frozenset({"clear", "close", "beats the worse"})
    names = ("AutoETS", "Theta", "clear", "close", "beats the worse")
    barred = below_margin(table, names, judged, frozenset({"AutoETS", "Theta"}))
    assert barred == {"close", "beats the worse"}
    assert below_margin(table[:11], names, judged, frozenset({"AutoETS", "Theta"})) == judged  # too few outcomes
    assert below_margin(table, names, judged, frozenset()) == judged


def test_a_network_is_judged_on_the_outcomes_it_shares_with_its_rivals():
    rival = np.r_[np.full(30, 1.0), np.full(30, 9.0)]  # the network spoke in the easy half only
    table = np.column_stack([rival, np.r_[np.full(30, 0.99), np.full(30, np.nan)]])
    assert below_margin(table, ("SES", "LSTM"), frozenset({"LSTM"}), frozenset({"SES"})) == {"LSTM"}


def test_one_of_the_wanted_speaks_if_any_has_positive_skill():
    names, table = (*MODELS, "network"), np.column_stack([losses(), losses()[:, 0] * 0.99])

    def members(*wanted):
        prior, near = np.zeros(len(names)), np.ones(len(table))
        return choose(table, names, prior, near, 240, frozenset(), frozenset(wanted)).models

    assert members() == ("B1", "good", "fair", "fifth", "sixth", "seventh", "eighth")
    assert members("network", "bad") == ("B1", "good", "fair", "fifth", "sixth", "seventh", "network")
    assert members("bad") == members()  # no skill, no seat
    assert members("good", "network") == members()  # one of them speaks anyway


def test_garch_has_the_spread_of_a_crisis_and_none_of_a_calm_day():
    pooled, garch = np.exp(np.linspace(-0.2, 0.2, len(LEVELS))), np.exp(np.linspace(-0.6, 0.8, len(LEVELS)))
    shares = regime_probabilities(np.array([-1.0, 4.0]))[:, 2]
    calm, crisis = (garch_spread(pooled, garch, share) for share in shares)
    np.testing.assert_allclose(calm, pooled, rtol=2e-2)
    np.testing.assert_allclose(crisis, garch / garch[4], rtol=4e-2)
    assert calm[4] == crisis[4] == pooled[4]
    assert (np.diff(crisis) > 0).all()
