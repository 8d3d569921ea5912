"""Ways of weighing and pooling: each finds what it was made to find, within the rules of the weights."""

import numpy as np
import pytest
import scoringrules
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from oilseer.quantiles import LEVELS
from oilseer.reference.seed_weights import seed_weights
from oilseer.training.combine import CAP
from oilseer.training.schemes import SCHEMES, Past, capped, constrained, equal, linear_pool, quantile_average

SCORES = norm.ppf(LEVELS)
every_scheme = pytest.mark.parametrize("name", SCHEMES)


def past(n=300, seed=0, errors=(0.2, 1.0, 1.0, 1.0, 1.0)):
    """Outcomes that the members see with normal errors of these sizes; the first knows most."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 1, n)
    centres = truth[:, None] + rng.normal(0, 1, (n, len(errors))) * np.array(errors)
    return Past(centres[:, :, None] + np.array(errors)[None, :, None] * SCORES, truth, np.ones(n))


@every_scheme
def test_weights_sum_to_one_and_none_is_over_the_cap(name):
    for seed in range(3):
        weight = SCHEMES[name](past(60, seed, (0.1, 0.5, 1.0, 1.5, 3.0)))
        assert weight.sum() == pytest.approx(1)
        assert weight.max() <= CAP + 1e-9
        assert weight.min() >= 0


@pytest.mark.parametrize("name", [name for name in SCHEMES if name != "equal"])
def test_the_member_that_knows_most_weighs_most(name):
    weight = SCHEMES[name](past())
    assert weight.argmax() == 0
    assert weight[0] > 1.3 * weight[1:].max()


def test_a_linear_program_finds_no_worse_weights_than_any_other_scheme():
    seen = past(200, 3, (0.4, 0.6, 0.9, 1.2, 2.0))
    fit = {name: seen.loss(np.einsum("m,nml->nl", scheme(seen), seen.quantiles)) for name, scheme in SCHEMES.items()}
    assert fit["constrained"] <= min(fit.values()) + 0.01 * fit["equal"]  # it is fitted on three of nine levels
    assert fit["constrained"] < fit["equal"]


def test_loss_is_the_crps_of_an_independent_library_on_close_origins():
    seen = past(50)
    pooled = seen.quantiles[:, 0]
    near = Past(seen.quantiles, seen.outcome, np.r_[np.ones(25), np.zeros(25)])
    assert near.loss(pooled) == pytest.approx(
        Past(seen.quantiles[:25], seen.outcome[:25], np.ones(25)).loss(pooled[:25])
    )
    exact = scoringrules.crps_normal(seen.outcome, pooled[:, 4], 0.2).mean()
    assert seen.loss(pooled) == pytest.approx(exact, rel=0.1)  # nine quantiles against the whole distribution


@given(st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=9))
def test_capping_keeps_order_and_sum(raw):
    weight = capped(np.array(raw))
    assert weight.sum() == pytest.approx(1)
    assert weight.max() <= CAP + 1e-9
    order = np.argsort(raw)
    assert (np.diff(weight[order]) >= -1e-12).all()


def test_one_heavy_member_is_cut_and_the_others_share_the_rest_in_proportion():
    np.testing.assert_allclose(capped(np.array([8.0, 1.0, 1.0, 2.0])), [0.4, 0.15, 0.15, 0.3])


def test_pooling_the_same_member_twice_changes_nothing():
    row = 0.3 + 0.2 * SCORES
    for pool in (quantile_average, linear_pool):
        np.testing.assert_allclose(pool(np.stack([row, row]), np.array([0.5, 0.5])), row, atol=2e-3)


def test_a_linear_pool_of_two_normals_has_the_quantiles_of_their_mixture():
    apart = np.stack([-1 + 0.5 * SCORES, 1 + 0.5 * SCORES])
    found = linear_pool(apart, np.array([0.5, 0.5]))
    mixture = 0.5 * norm.cdf(found, -1, 0.5) + 0.5 * norm.cdf(found, 1, 0.5)
    np.testing.assert_allclose(mixture, LEVELS, atol=2e-3)
    averaged = quantile_average(apart, np.array([0.5, 0.5]))
    assert found[-1] - found[0] > 1.5 * (averaged[-1] - averaged[0])  # a mixture is wider than its members


def test_too_few_outcomes_for_a_program_leave_equal_weights(monkeypatch):
    class Unsolved:
        success = False

    monkeypatch.setattr("oilseer.training.schemes.linprog", lambda *given, **named: Unsolved())
    np.testing.assert_allclose(constrained(past(30)), equal(past(30)))


def test_seeds_of_the_specification_sum_to_one():
    assert {label: pytest.approx(1) for label in ("1w", "1m", "3m", "6m", "12m")} == {
        label: sum(weights.values()) for label, weights in seed_weights().items()
    }
