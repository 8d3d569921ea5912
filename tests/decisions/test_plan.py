"""The cover plan: the optimum against a second formulation, its rules, its actions and its promises."""

import json
from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from oilseer.decisions import recommendation
from oilseer.decisions.action import choose, ladder
from oilseer.decisions.calendar import MonthSpan, month_spans
from oilseer.decisions.costs import cost_risk, edge_of_locking, locked_prices, monthly_prices
from oilseer.decisions.plan import plan
from oilseer.decisions.policy import CoverPolicy, CoverRule, purchase_bounds
from oilseer.decisions.solve import cheapest_purchases, recommended_purchases, whole_lots
from oilseer.decisions.tripwires import signal_tripwires
from oilseer.errors import ConfigError

DAY = date(2024, 5, 2)
YEAR = month_spans(DAY, 12)  # May 2024, of which 20 sessions are left, to April 2025


def walk(drift=0.0, n=1_500, seed=0, months=12, daily=0.016):
    """Random-walk paths from 50 ¢/lb whose mean grows by `drift` (ratio) a year; (n, 21 · months + 1)."""
    steps = np.random.default_rng(seed).normal(drift / 252 - daily**2 / 2, daily, (n, 21 * months))
    return 50 * np.exp(np.hstack([np.zeros((n, 1)), np.cumsum(steps, axis=1)]))


def free(**given):
    """A policy without bounds and without costs of carrying."""
    base = {"rules": (), "carry_rate": 0.0, "storage_cents_per_lb_month": 0.0}
    return CoverPolicy(**(base | given))


# --- the optimum


@pytest.mark.parametrize("risk_weight", [0.0, 0.03, 0.05, 0.2])
def test_cutting_planes_reach_the_optimum_of_the_program_with_one_row_per_scenario(risk_weight):
    prices = monthly_prices(walk(n=600, seed=5), YEAR)
    policy = CoverPolicy(risk_weight=risk_weight)
    locked, (least, most), n = locked_prices(50.0, policy, YEAR), purchase_bounds(policy), 600
    found = cheapest_purchases(prices, locked, policy.need, least, most, risk_weight)

    # Rockafellar & Uryasev as printed: x in million lb, then tau, then one excess a scenario.
    room = policy.need / 1e6
    objective = np.concatenate([locked - prices.mean(axis=0), [risk_weight], np.full(n, risk_weight / (0.05 * n))])
    excess = np.hstack([locked - prices, -np.ones((n, 1)), -np.eye(n)])
    running = np.hstack([-np.tril(np.ones((12, 12))), np.zeros((12, n + 1))])
    program = linprog(
        objective,
        A_ub=np.vstack([excess, running]),
        b_ub=np.concatenate([-(prices @ room), -least / 1e6]),
        bounds=[(0, bound / 1e6) for bound in most] + [(None, None)] + [(0, None)] * n,
        method="highs",
    )
    cost = prices @ (room - found / 1e6) + locked @ (found / 1e6)
    value = (locked - prices.mean(axis=0)) @ found / 1e6 + risk_weight * np.sort(cost)[-30:].mean()
    assert value == pytest.approx(program.fun, rel=1e-8)
    assert found == pytest.approx(program.x[:12] * 1e6, abs=1.0)


def test_one_month_is_locked_exactly_where_the_closed_form_says():
    prices = monthly_prices(walk(n=2_000, months=1), YEAR[:1])
    mean, tail = prices.mean(), np.sort(prices[:, 0])[-100:].mean()
    for risk_weight in (0.0, 0.1, 1.0):
        worth = (mean + risk_weight * tail) / (1 + risk_weight)  # E + λT of waiting against (1 + λ)F of locking
        one = np.array([1e6])
        bought = [
            cheapest_purchases(prices, np.array([price]), one, np.zeros(1), one, risk_weight)[0]
            for price in (worth - 0.01, worth + 0.01)
        ]
        assert bought == pytest.approx([1e6, 0.0])


def test_with_a_fair_price_only_risk_weighs():
    paths = walk(drift=0.0, n=4_000)
    prices = monthly_prices(paths, YEAR)
    fair = prices.mean(axis=0)  # the curve is the forecast's mean: nothing to be saved on average
    policy = free(risk_weight=0.02)
    assert recommended_purchases(prices, fair, policy).sum() == pytest.approx(12e6)
    assert edge_of_locking(prices, fair, policy.need, policy.need)[0] == pytest.approx(0.0, abs=1e-9)


def test_without_weight_on_risk_the_plan_bets_on_the_mean_within_the_bounds():
    rising, falling = (
        recommended_purchases(monthly_prices(walk(drift), YEAR), np.full(12, 50.0), CoverPolicy(risk_weight=0.0))
        for drift in (0.3, -0.3)
    )
    assert rising == pytest.approx(np.array([1, 1, 1, 0.8, 0.8, 0.8, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]) * 1e6)
    assert falling.sum() == pytest.approx(1e6)  # a sixth of six months, all of it in the cheapest-to-lock months
    assert np.cumsum(falling)[[0, 2, 5]] == pytest.approx(np.maximum(np.cumsum(falling)[[0, 2, 5]], [25e4, 5e5, 1e6]))


SHAPES = {"flat": 0.0, "with time": 1.0, "with its root": 0.5}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    drift=st.floats(-0.15, 0.15),
    rise=st.floats(0.0, 8.0),
    shape=st.sampled_from(list(SHAPES)),
    risk_weight=st.floats(0.0, 0.5),
    carry_rate=st.floats(0.0, 0.1),
    covered=st.floats(0.0, 1.0),
    bounded=st.booleans(),
)
def test_a_price_expected_higher_never_lowers_the_cover_advised(
    seed, drift, rise, shape, risk_weight, carry_rate, covered, bounded
):
    """A rise of all prices by one amount: a theorem (see plan). One that grows with time: found to hold."""
    paths = walk(drift, n=400, seed=seed)
    higher = paths + rise * (np.arange(253) / 252) ** SHAPES[shape]
    policy = CoverPolicy(
        risk_weight=risk_weight,
        carry_rate=carry_rate,
        covered_lb=(covered * 1e6,) * 3 + (0.0,) * 9,
        rules=CoverPolicy().rules if bounded else (),
    )
    locked, (least, most) = locked_prices(50.0, policy, YEAR), purchase_bounds(policy)
    pounds = [recommended_purchases(monthly_prices(p, YEAR), locked, policy) for p in (paths, higher)]
    contracts = [whole_lots(x, least, most, policy.lot_lb).sum() for x in pounds]
    assert contracts[1] >= contracts[0]


# --- whole contracts


def test_lots_follow_the_running_total():
    # 100,000 lb a month: 1.67, 3.33, 5 contracts running, so 2, 3, 5 and by month 2, 1, 2.
    assert whole_lots(np.full(3, 1e5), np.zeros(3), np.full(3, 1e6), 60_000).tolist() == [2, 1, 2]
    # A minimum of 130,000 lb through month 1 asks for 3 contracts; a maximum of 100,000 lb allows 1.
    assert whole_lots(np.array([130e3]), np.array([130e3]), np.array([1e6]), 60_000).tolist() == [3]
    assert whole_lots(np.array([100e3]), np.array([0.0]), np.array([100e3]), 60_000).tolist() == [1]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=12), st.floats(0, 1), st.floats(1_000, 300_000))
def test_lots_keep_the_total_and_the_bounds(pounds, share, lot):
    purchases = np.array(pounds)
    least, most = np.cumsum(purchases) * share, purchases * 1.2
    contracts = whole_lots(purchases, least, most, lot)
    assert (contracts >= 0).all()
    edge = 1e-5 * lot
    assert (np.cumsum(contracts) * lot <= np.cumsum(most) + edge).all()
    short = least - np.cumsum(contracts) * lot  # only where the maximum allows no whole contract more
    assert ((short <= edge) | (np.cumsum(most) - np.cumsum(contracts) * lot < lot + edge)).all()
    assert abs(contracts.sum() * lot - purchases.sum()) <= lot + edge


# --- the policy


def test_clashing_rules_are_named():
    rules = (CoverRule(3, 0.2, 0.4), CoverRule(6, 0.9, 0.8))
    with pytest.raises(ConfigError, match=r"minimum 90% through month 6 .* maximum 40% of each month from 1 through 3"):
        CoverPolicy(rules=rules)
    with pytest.raises(ConfigError, match=r"two cover rules end at month 3"):
        CoverPolicy(rules=(CoverRule(3, 0.2, 0.4), CoverRule(3, 0.1, 0.8)))
    with pytest.raises(ConfigError, match=r"month 2: already covered 1,500,000 lb, needed 1,000,000 lb"):
        CoverPolicy(need_lb=(1e6, 1e6), covered_lb=(0.0, 1.5e6), rules=())


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=4, max_size=4),
    st.lists(st.integers(1, 10), min_size=12, max_size=12),
)
def test_a_policy_is_refused_exactly_when_no_purchases_meet_it(twentieths, hundred_thousands):
    rules = tuple(
        CoverRule(end, low / 20, high / 20) for end, (low, high) in zip((1, 3, 6, 12), twentieths, strict=True)
    )
    need = np.array(hundred_thousands) * 1e5
    caps = np.repeat([rule.maximum_ratio for rule in rules], [1, 2, 3, 6]) * need
    least = [rule.minimum_ratio * need[: rule.through_months].sum() for rule in rules]
    program = linprog(
        np.zeros(12),
        A_ub=-np.array([np.arange(12) < rule.through_months for rule in rules], float),
        b_ub=-np.array(least) + 1e-3,
        bounds=list(zip(np.zeros(12), caps, strict=True)),
    )
    if program.status == 2:
        with pytest.raises(ConfigError, match="two cover rules clash"):
            CoverPolicy(need_lb=tuple(need), rules=rules)
    else:
        CoverPolicy(need_lb=tuple(need), rules=rules)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"need_lb": ()}, "need_lb"),
        ({"need_lb": (-1.0, 5.0)}, "need_lb"),
        ({"covered_lb": (1.0, 2.0)}, "covered_lb has 2 months, need_lb 12"),
        ({"lot_lb": 0.0}, "lot_lb is 0.0: expected more than 0"),
        ({"risk_weight": -0.1}, "risk_weight is -0.1: expected at least 0"),
        ({"lambda": 0.1}, r"unknown cover settings \['lambda'\]"),
    ],
)
def test_values_out_of_range_are_named(values, named):
    with pytest.raises(ConfigError, match=named):
        CoverPolicy.from_mapping(values)


def test_settings_from_a_file_make_the_same_policy():
    read = CoverPolicy.from_mapping({"need_lb": [1e6, 2e6], "rules": [[1, 0.2, 0.9]], "risk_weight": 0.1})
    assert read == CoverPolicy(need_lb=(1e6, 2e6), rules=(CoverRule(1, 0.2, 0.9),), risk_weight=0.1)


def test_default_bounds_are_the_ladder():
    least, most = purchase_bounds(CoverPolicy())
    assert least[[0, 2, 5, 11]] == pytest.approx([250_000, 500_000, 1_000_000, 1_000_000])
    assert most.sum() == pytest.approx(8.4e6)


def test_cover_in_place_counts_toward_minimum_and_maximum():
    covered = (600_000.0, 0.0, 0.0, 900_000.0) + (0.0,) * 8
    least, most = purchase_bounds(CoverPolicy(covered_lb=covered))
    assert least[[0, 2, 5]] == pytest.approx([0.0, 0.0, 0.0])  # 0.6 of 0.25, 0.6 of 0.5, 1.5 of 1 million lb
    assert most[[0, 3]] == pytest.approx([400_000, 0.0])  # month 4 holds 0.9 of at most 0.8: nothing more, no error


# --- costs


def test_locked_price_is_front_plus_carry_and_storage_or_the_curve():
    policy = CoverPolicy(need_lb=(1e6, 1e6), rules=(), carry_rate=0.06, storage_cents_per_lb_month=0.2)
    spans = (MonthSpan(date(2024, 1, 1), 0, 21), MonthSpan(date(2024, 2, 1), 21, 42))  # half a month, 1.5 months
    assert locked_prices(50.0, policy, spans) == pytest.approx([50 + 0.125 + 0.1, 50 + 0.375 + 0.3])
    with_basis = CoverPolicy(need_lb=(1e6, 1e6), rules=(), basis_cents_per_lb=1.5)
    assert locked_prices(50.0, with_basis, spans, np.array([49.0, 48.0])) == pytest.approx([50.5, 49.5])
    with pytest.raises(ConfigError, match="expected 2 positive prices"):
        locked_prices(50.0, policy, spans, np.array([49.0]))


def test_cost_of_the_need_by_hand():
    policy = CoverPolicy(
        need_lb=(100.0, 100.0),
        covered_lb=(50.0, 0.0),
        covered_price_cents_per_lb=40.0,
        rules=(),
        budget_cents_per_lb=52.0,
        basis_cents_per_lb=9.0,
    )
    prices, locked = np.array([[50.0, 60.0], [40.0, 50.0]]), np.array([51.0, 52.0])
    cost = cost_risk(prices, locked, np.array([0.0, 20.0]), policy, spot=50.0)
    # 50 lb at 40 ¢, 20 lb at 52 ¢, then 50 lb at 50 or 40 ¢ and 80 lb at 60 or 50 ¢: 10,340 or 9,040 ¢ for 200 lb.
    assert cost.expected_cents_per_lb == pytest.approx((51.7 + 45.2) / 2)
    assert cost.cvar95_cents_per_lb == pytest.approx(51.7)
    assert cost.expected_usd == pytest.approx(96.9)
    assert cost.probability_above_budget == 0.0


def test_paths_too_short_for_the_policy_are_refused():
    with pytest.raises(ConfigError, match="paths reach 126 sessions ahead, the month of 2025-04 begins after 228"):
        plan(walk(months=6), CoverPolicy(), DAY)


# --- the answer


def test_action_follows_its_definition():
    assert choose(0, 0, False, 0.0, 0.1) == "WAIT"
    assert choose(17, 17, False, 0.08, 0.1) == "WAIT"
    assert choose(0, 0, True, 0.0, 0.1) == "MONITOR"
    assert choose(18, 17, False, 0.09, 0.1) == "LADDER"
    assert choose(30, 17, True, 0.15, 0.1) == "BUY"


def test_plan_buys_when_prices_rise_and_waits_when_they_fall():
    rising, falling = (plan(walk(drift), CoverPolicy(), DAY) for drift in (0.3, -0.3))
    assert rising.action == "BUY"
    assert rising.cover_ratio_after == pytest.approx(0.7)
    assert falling.action == "WAIT"
    assert falling.buy_contracts == 17  # 1,000,000 lb of minimum in whole contracts
    assert "which your minimum asks" in falling.sentence
    held = plan(walk(-0.3), CoverPolicy(covered_lb=(1e6,) + (0.0,) * 11), DAY)
    assert (held.action, held.buy_lb) == ("MONITOR", 0.0)


def test_grid_adds_up_and_dates_are_sessions():
    answer = plan(walk(0.0), CoverPolicy(covered_lb=(300_000.0,) * 12, budget_cents_per_lb=52.0), DAY)
    for month in answer.months:
        assert month.need_lb == pytest.approx(month.covered_lb + month.buy_now_lb + month.open_lb)
        assert month.buy_now_lb == month.buy_now_contracts * 60_000
    assert sum(month.buy_now_lb for month in answer.months) == answer.buy_lb
    assert answer.months[0].first_session == date(2024, 5, 3)
    assert answer.months[0].last_session == date(2024, 5, 31)
    assert answer.months[2].first_session == date(2024, 7, 1)
    assert answer.months[11].calendar_month == "2025-04"
    assert answer.valid_until == date(2024, 5, 9)  # five sessions after Thursday 2 May
    assert answer.after.cvar95_usd <= answer.before.cvar95_usd
    assert 0 < answer.after.probability_above_budget < 1


def test_months_are_those_of_the_calendar_with_the_sessions_of_the_exchange():
    # From Friday 28 June 2024, its month's last session: July has 22 sessions (4 July is none), August 22.
    july, august = month_spans(date(2024, 6, 28), 2)
    assert july == MonthSpan(date(2024, 7, 1), 0, 22)
    assert august == MonthSpan(date(2024, 8, 1), 22, 44)
    # From Monday 30 December 2024 one session of the year is left; January 21, for CBOT traded on the 9th.
    december, january = month_spans(date(2024, 12, 30), 2)
    assert (december.month, december.start, december.end) == (date(2024, 12, 1), 0, 1)
    assert (january.month, january.start, january.end) == (date(2025, 1, 1), 1, 22)


def test_a_month_costs_the_average_of_its_sessions_that_the_paths_reach():
    paths = np.array([[50.0, 51.0, 52.0, 53.0, 54.0]])
    spans = [MonthSpan(date(2024, 1, 1), 0, 1), MonthSpan(date(2024, 2, 1), 1, 3), MonthSpan(date(2024, 3, 1), 3, 6)]
    assert monthly_prices(paths, spans).tolist() == [[51.0, 52.5, 54.0]]
    with pytest.raises(ConfigError, match="the month of 2024-03 begins after 3"):
        monthly_prices(paths[:, :4], spans)


def test_a_month_is_above_budget_by_all_its_pounds_at_what_each_cost():
    # May: 600,000 lb at 40 and 400,000 open; budget 46: above where the open pounds cost more than 55.
    policy = CoverPolicy(
        need_lb=(1e6,), covered_lb=(6e5,), covered_price_cents_per_lb=(40.0,), rules=(CoverRule(1, 0.0, 0.6),),
        budget_cents_per_lb=46.0,
    )  # fmt: skip
    paths = 50.0 + np.linspace(0, 10, 101)[:, None] * (np.arange(21) > 0)  # 50 to 60 in steps of 0.1
    answer = plan(paths, policy, DAY)
    assert answer.buy_lb == 0
    assert answer.months[0].probability_above_budget == pytest.approx((paths[:, 1] > 55.0).mean())
    assert answer.after.probability_above_budget == answer.months[0].probability_above_budget


def test_cover_until_is_when_the_pounds_run_out():
    answer = plan(walk(-0.3), CoverPolicy(covered_lb=(1e6,) + (0.0,) * 11), DAY)
    assert answer.covered_until == answer.months[0].last_session  # one month of cover


def test_ladder_adds_cover_by_distance():
    spans = [MonthSpan(date(2024, month, 1), 20 * month - 20, 20 * month) for month in (1, 2, 3)]
    rungs = ladder(np.array([200.0, 100.0, 100.0]), np.array([20.0, 0.0, 0.0]), np.array([0.0, 80.0, 0.0]), spans)
    # 5 of 20 sessions; 20 of 20 and 1 of 20; all three, which end three sessions early; six months are not planned
    assert [rung.label for rung in rungs] == ["1w", "1m", "3m"]
    assert [rung.need_lb for rung in rungs] == pytest.approx([50.0, 205.0, 400.0])
    assert [rung.covered_lb for rung in rungs] == pytest.approx([5.0, 24.0, 100.0])


def test_tripwires_are_where_the_advice_changes_by_a_step():
    paths, policy = walk(0.0, n=1_000), CoverPolicy(risk_weight=0.04)
    prices = monthly_prices(paths, YEAR)

    def advised(front):
        return recommended_purchases(prices, locked_prices(front, policy, YEAR), policy).sum()

    wires = [wire for wire in plan(paths, policy, DAY).tripwires if "unchanged" in wire.meaning]
    assert {wire.direction for wire in wires} <= {"below", "above"}
    assert wires
    for wire in wires:
        nearer = wire.price_cents_per_lb + (0.05 if wire.direction == "below" else -0.05)
        assert abs(advised(wire.price_cents_per_lb) - advised(50.0)) >= 1.2e6  # 10 % of 12 million lb
        assert abs(advised(nearer) - advised(50.0)) < 1.2e6


def test_signals_are_told_with_the_change_that_matters():
    rising, calm = signal_tripwires(0.4, "CALM", 0.3)
    assert (rising.now, rising.change) == ("+0.40 of −1 to 1", "below 0")
    assert (calm.now, calm.change) == ("CALM at +0.3", "out of CALM, above 1")
    (falling,) = signal_tripwires(-0.2, None, None)
    assert falling.change == "above 0"
    told = plan(walk(0.0), CoverPolicy(), DAY, signals=(rising, calm)).to_dict()["signal_tripwires"]
    assert [wire["signal"] for wire in told] == ["trend of 3 to 12 months", "volatility gate"]


def test_being_wrong_costs_what_the_scenarios_say():
    answer = plan(walk(0.3), CoverPolicy(), DAY)
    prices, locked = monthly_prices(walk(0.3), YEAR), locked_prices(50.0, CoverPolicy(), YEAR)
    bought = np.array([month.buy_now_lb for month in answer.months])
    assert (((locked - prices) @ bought / 100) > answer.buying_regret_usd).mean() == pytest.approx(0.1, abs=0.001)


def test_sentence_is_for_a_buyer_and_the_plan_is_plain_json():
    answer = plan(walk(0.0), CoverPolicy(), DAY)
    assert answer.sentence.endswith(".")
    assert ". " not in answer.sentence
    for word in ("CVaR", "λ", "GARCH", "quantile", "ensemble", "scenario"):
        assert word not in answer.sentence
    again = json.loads(json.dumps(answer.to_dict()))
    assert again["as_of_date"] == "2024-05-02"
    assert again["months"][0]["locked_cents_per_lb"] == answer.months[0].locked_cents_per_lb


def test_row_fits_the_table_it_is_written_to():
    row = recommendation.to_row(plan(walk(0.0), CoverPolicy(), DAY), "run")
    connection = duckdb.connect()
    connection.execute(recommendation.PROCUREMENT.ddl("recommendations"))
    connection.execute(f"INSERT INTO recommendations VALUES ({', '.join('?' * len(row))})", list(row.values()))
    assert (
        connection.execute("SELECT action, plan_json->>'$.action' FROM recommendations").fetchone()[0] == row["action"]
    )
