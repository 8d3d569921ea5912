"""What the need costs in three ways, against sums done by hand."""

import numpy as np
import pytest

from oilseer.decisions.policy import CoverPolicy, CoverRule
from oilseer.decisions.ways import compared, ways

FREE = (CoverRule(2, 0.0, 1.0),)


def test_costs_are_those_of_a_hand_sum():
    policy = CoverPolicy(need_lb=(100.0, 100.0), covered_lb=(0.0, 20.0), covered_price_cents_per_lb=(0.0, 40.0),
                         rules=FREE, lot_lb=10.0)  # fmt: skip
    found = ways(np.array([[50.0, 60.0]]), np.array([51.0, 55.0]), np.array([100.0, 30.0]), policy, 52.0)
    assert found["plan"][0] == pytest.approx((100 * 51 + 20 * 40 + 30 * 55 + 50 * 60) / 200)
    assert found["nothing"][0] == pytest.approx((100 * 50 + 20 * 40 + 80 * 60) / 200)
    # month 1 whole in its month; 40 lb of month 2 in month 1, dearer as the locked prices are, and 40 lb in its own
    assert found["ratable"][0] == pytest.approx((100 * 50 + 20 * 40 + 40 * 50 * 55 / 51 + 40 * 60) / 200)


def test_each_month_pays_its_own_basis_on_what_is_open():
    policy = CoverPolicy(need_lb=(100.0, 100.0), covered_lb=(0.0, 20.0), covered_price_cents_per_lb=(0.0, 40.0),
                         basis_cents_per_lb=(1.0, 2.0), rules=FREE, lot_lb=10.0)  # fmt: skip
    found = ways(np.array([[51.0, 62.0]]), np.array([52.0, 57.0]), np.zeros(2), policy, 51.0)
    board = 100 * 50 + 40 * 50 * 55 / 51 + 40 * 60
    assert found["ratable"][0] == pytest.approx((board + 100 * 1 + 80 * 2 + 20 * 40) / 200)


def test_where_no_price_moves_all_ways_cost_the_same():
    policy = CoverPolicy(need_lb=(100.0,) * 12, basis_cents_per_lb=1.5, lot_lb=10.0)
    found = ways(np.full((5, 12), 51.5), np.full(12, 51.5), np.full(12, 30.0), policy, 50.0)
    for cost in found.values():
        assert cost == pytest.approx(np.full(5, 51.5))


def test_the_comparison_counts_every_scenario_once_and_tells_savings_scenario_by_scenario():
    random = np.random.default_rng(1)
    costs = {"plan": random.normal(50, 1, 4000), "ratable": random.normal(51, 3, 4000), "nothing": np.full(4000, 60.0)}
    found = compared(costs, 60.5)
    for name in costs:
        assert sum(row[f"count_{name}"] for row in found["distribution"]) == 4000
    by_way = {row["way"]: row for row in found["ways"]}
    assert by_way["ratable"]["saving_expected_cents_per_lb"] == pytest.approx(1.0, abs=0.2)
    # the difference of two normals: sd √10, so the plan is cheaper with probability Φ(1 / √10) = 0.624
    assert by_way["ratable"]["probability_plan_cheaper"] == pytest.approx(0.624, abs=0.025)
    assert by_way["ratable"]["probability_above_budget"] == np.mean(costs["ratable"] > 60.5)
    assert by_way["nothing"]["probability_above_budget"] == 0.0
    assert compared(costs, None)["ways"][0]["probability_above_budget"] is None
