"""Big 8 scores against hand sums, and the sign that the data support against a planted one."""

import numpy as np
import pytest

from oilseer.signals.big_eight import AHEAD, data_signs
from oilseer.signals.components import BUCKETS, COMPONENTS, WEIGHTS, score

N = 300


def last(bucket, **columns):
    return score(bucket, {name: np.asarray(values, float) for name, values in columns.items()}).points[-1]


def test_buckets_are_the_big_eight_and_their_weights_sum_to_one():
    assert BUCKETS == ("crush", "china", "fx", "fed", "tariff", "biofuel", "energy", "volatility")
    for weights in WEIGHTS.values():
        assert sum(weights) == pytest.approx(1.0)


def test_fx_falls_by_a_hundred_points_a_unit_of_dollar_momentum():
    assert last("fx", fx_dxy_momentum_21_ratio=[0.03]) == pytest.approx(50 - 3)


def test_china_adds_copper_and_its_company_with_soybeans():
    assert last("china", databento_hg_momentum_21_ratio=[0.10], signal_china_pulse_60_ratio=[0.4]) == pytest.approx(
        50 + 10 + 10
    )


def test_fed_adds_the_slope_and_takes_the_rise_of_the_target():
    target = np.full(22, 5.0)
    target[-1] = 5.25
    assert last("fed", fred_t10y2y_percent=np.full(22, 0.8), fred_dfedtaru_percent=target) == pytest.approx(
        50 + 4 - 2.5
    )


def test_volatility_falls_as_fear_doubles_and_is_clipped_at_zero():
    vix = np.full(22, 10.0)
    vix[-1] = 20.0
    assert last("volatility", volatility_vix_points=vix) == pytest.approx(25)
    vix[-1] = 90.0
    assert last("volatility", volatility_vix_points=vix) == 0


def test_crush_adds_extreme_positions_and_the_smart_money():
    # speculators 35 % net short, commercials long: +5 and +7; a flat crush has no standard score
    found = score("crush", {
        "spread_board_crush_usd_per_bu": np.full(70, 1.5),
        "cftc_zl_noncommercial_net_ratio": np.full(70, -0.35),
        "cftc_zl_commercial_net_ratio": np.full(70, 0.2),
    })  # fmt: skip
    assert found.points[-1] == pytest.approx(62)
    assert found.missing[-1] == "board crush against 61 sessions"


def test_crush_standard_score_uses_61_sessions():
    crush = np.random.default_rng(0).normal(1.5, 0.2, 200)
    window = crush[-61:]
    z = (window[-1] - window.mean()) / window.std(ddof=1)
    assert last("crush", spread_board_crush_usd_per_bu=crush) == pytest.approx(np.clip(50 + 8 * z, 0, 100))


def test_a_score_without_any_input_is_null_and_names_what_is_missing():
    found = score("tariff", {"other": np.zeros(3)})
    assert np.isnan(found.points).all()
    assert found.missing[0] == "tone of tariff news, a week; posts of the president against usual"


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda c: f"{c.bucket}: {c.name}")
def test_component_ignores_the_future(component):
    rng = np.random.default_rng(1)
    columns = [rng.normal(1, 0.3, 700) for _ in component.reads]
    whole = component.value(*columns)
    poisoned = component.value(*(np.where(np.arange(700) > 600, 1e9, column) for column in columns))
    np.testing.assert_array_equal(whole[:601], poisoned[:601])


@pytest.mark.parametrize("sign", [1, -1])
def test_data_sign_finds_a_planted_relation(sign):
    rng = np.random.default_rng(2)
    n = 40 * AHEAD
    points = np.repeat(rng.normal(50, 10, n // AHEAD), AHEAD)
    returns = np.zeros(n)
    returns[1:] = sign * (points[:-1] - 50) / 1000 + rng.normal(0, 0.001, n - 1)
    found, corr, count = data_signs(points, returns)
    assert found[-1] == sign
    assert sign * corr[-1] > 0.8
    assert count[-1] == n // AHEAD - 1
    assert np.isnan(found[: 24 * AHEAD]).all()


def test_data_sign_is_silent_on_noise_as_often_as_promised():
    wrong = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        found, *_ = data_signs(rng.normal(50, 5, 1300), rng.normal(0, 0.01, 1300))
        wrong += abs(found[-1]) > 0
    assert wrong <= 12  # 10 % of 60 is 6; P(more than 12) is 0.5 %


def test_data_sign_ignores_outcomes_that_are_not_known_yet():
    rng = np.random.default_rng(4)
    points, returns = rng.normal(50, 5, 1300), rng.normal(0, 0.01, 1300)
    cut = 1000
    later = np.where(np.arange(1300) > cut, 5.0, returns)
    for before, after in zip(data_signs(points, returns), data_signs(points, later), strict=True):
        np.testing.assert_array_equal(before[: cut + 1], after[: cut + 1])
