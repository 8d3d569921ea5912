"""The replay's bills by hand, its blindness to the future, and the measures made of them."""

import json
from dataclasses import replace
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oilseer.decisions import replay_policies as policies
from oilseer.decisions.calendar import month_spans
from oilseer.decisions.costs import monthly_prices
from oilseer.decisions.policy import CoverPolicy, CoverRule
from oilseer.decisions.replay import Bill, ReplayOrigin, ReplayTerms, replay
from oilseer.decisions.replay_report import report
from oilseer.decisions.replay_table import POLICY_REPLAY, to_rows
from oilseer.decisions.solve import recommended_purchases
from oilseer.errors import ConfigError
from oilseer.quantiles import LEVELS, QuantileForecast
from oilseer.warehouse.write import replace as replace_table

# Five origins, two sessions a month: origin, next session (execution), next origin. Prices chosen to add up by head.
DATES = np.arange(np.datetime64("2024-01-01"), np.datetime64("2024-01-11"))
PRICES = np.array([40.0, 41.0, 43.0, 44.0, 50.0, 52.0, 48.0, 46.0, 45.0, 47.0])
ORIGINS = [ReplayOrigin(day.astype(object)) for day in DATES[[0, 2, 4, 6, 8]]]
NO_ROLLS = np.append(np.nan, np.diff(np.log(PRICES)))  # the front is one contract all along
TERMS = ReplayTerms(
    need_lb_month=100.0,
    months_ahead=2,
    transaction_cents_per_lb=0.5,
    roll_cents_per_lb=0.25,
    storage_cents_per_lb_month=2.0,
    carry_rate=0.0,
)
# Execution prices 41, 44, 52, 46, 47; bought forward a pound costs that and 0.5, whatever its month.
# Monthly averages of the need months 1, 2, 3: (44 + 50) / 2 = 47, (52 + 48) / 2 = 50, (46 + 45) / 2 = 45.5.


def bills(terms=TERMS, prices=PRICES, origins=ORIGINS, held=NO_ROLLS, **more):
    return {bill.name: bill for bill in replay(origins, DATES, prices, held, policies.BASELINES | more, terms)}


def test_three_months_by_hand():
    found = bills()
    assert found["spot"].cost_cents_per_lb == pytest.approx([47.0, 50.0, 45.5])
    assert found["full_cover"].cost_cents_per_lb == pytest.approx([41.5, 44.5, 52.5])
    # Half a month before, half as the month begins.
    assert found["ratable"].cost_cents_per_lb == pytest.approx(
        [(41.5 + 44.5) / 2, (44.5 + 52.5) / 2, (52.5 + 46.5) / 2]
    )
    assert found["foresight"].cost_cents_per_lb == pytest.approx([41.5, 44.5, 45.5])
    assert found["spot"].starts.astype(str).tolist() == ["2024-01-04", "2024-01-06", "2024-01-08"]
    for bill in found.values():
        assert bill.bought_lb.tolist() == [100.0, 100.0, 100.0]
    assert found["spot"].forward_lb.tolist() == [0.0, 0.0, 0.0]
    assert found["foresight"].forward_lb.tolist() == [100.0, 100.0, 0.0]


def test_partial_cover_is_billed_by_the_pound_and_never_sold():
    def shrinking(state):
        """30 % of the next month; then wishes for less, which cannot be had."""
        return np.array([0.1, 0.3])

    bill = bills(shrinking=shrinking)["shrinking"]
    assert bill.forward_lb == pytest.approx([30.0, 30.0, 30.0])
    assert bill.cost_cents_per_lb == pytest.approx(
        [0.3 * 41.5 + 0.7 * 47.0, 0.3 * 44.5 + 0.7 * 50.0, 0.3 * 52.5 + 0.7 * 45.5]
    )


def test_a_roll_costs_its_spread_and_its_trade_and_is_no_move_of_the_market():
    # Into session 4 (50) the front changes contract: the one held came from 49.5, the old front ended at 44.
    held = NO_ROLLS.copy()
    held[4] = np.log(50 / 49.5)
    rolled = bills(held=held)
    # Bought at 41 for month 1, sessions 3 and 4: on 3 the contract gained 3, on 4 half a cent more; it costs 44 − 3
    # and 50 − 3.5 + 0.25 for the roll: on average 43.875, and 0.5. From 44 on: 44 and 50 − 0.5 + 0.25: 46.875 + 0.5.
    assert rolled["full_cover"].cost_cents_per_lb[0] == pytest.approx(44.375)
    assert rolled["ratable"].cost_cents_per_lb[0] == pytest.approx((44.375 + 47.375) / 2)
    # Bought for month 2 at 44 before the roll: each of its pounds pays the spread of 5.5 and 0.25.
    assert rolled["full_cover"].cost_cents_per_lb[1] == pytest.approx(44.5 + 5.5 + 0.25)
    # What is bought after the roll, and spot buying, know nothing of it.
    assert rolled["full_cover"].cost_cents_per_lb[2] == pytest.approx(52.5)
    assert rolled["spot"].cost_cents_per_lb == pytest.approx([47.0, 50.0, 45.5])


def test_where_the_held_return_is_unknown_the_front_is_held():
    assert bills(held=np.full(len(PRICES), np.nan))["full_cover"].cost_cents_per_lb == pytest.approx([41.5, 44.5, 52.5])
    with pytest.raises(ConfigError, match="returns of the held contract"):
        bills(held=NO_ROLLS[1:])


def test_policies_are_quoted_the_curve_or_front_with_carry_and_storage():
    quoted = []

    def look(state):
        quoted.append(state.locked_cents_per_lb.tolist())
        return np.zeros(2)

    bills(look=look)
    bills(origins=[replace(origin, curve_cents_per_lb=(40.0, 39.0)) for origin in ORIGINS], look=look)
    assert quoted[0] == pytest.approx([40 + 1.0, 40 + 3.0])
    assert quoted[len(ORIGINS)] == [40.0, 39.0]


def test_policies_see_nothing_after_the_close_of_their_origin():
    seen = {}

    def recording(state):
        seen.setdefault(state.as_of_date, []).append(
            (
                state.past_dates[-1],
                len(state.past_prices),
                state.spot,
                state.locked_cents_per_lb.tolist(),
                state.past_returns[1:].tolist(),
            )
        )
        return np.full(2, float(state.past_prices.mean() < 45))

    honest = bills(recording=recording)["recording"]
    for at, origin in enumerate(ORIGINS):
        poisoned = PRICES.copy()
        poisoned[2 * at + 1 :] = 1e9
        unseen = NO_ROLLS.copy()
        unseen[2 * at + 1 :] = 9.0
        bills(prices=poisoned, held=unseen, recording=recording)
        first, *_, last = seen[origin.as_of_date]
        assert first == last
        assert first[:3] == (np.datetime64(origin.as_of_date), 2 * at + 1, PRICES[2 * at])
    assert (honest.bought_lb == 100.0).all()


def test_a_policy_cannot_change_the_market_or_its_own_ledger():
    def vandal(state):
        state.past_prices[:] = 1.0
        state.past_returns[:] = 1.0
        state.covered_lb[:] = 1e9
        return np.zeros(2)

    found = bills(vandal=vandal)
    assert found["vandal"].cost_cents_per_lb == pytest.approx(found["spot"].cost_cents_per_lb)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6), st.floats(0, 1), st.floats(0, 1))
def test_no_policy_pays_less_than_foresight_nor_buys_other_than_the_need(seed, ahead, roll_cost, transaction):
    rng = np.random.default_rng(seed)
    dates = np.arange(np.datetime64("2020-01-01"), np.datetime64("2020-01-01") + 100)
    prices = 50 * np.exp(np.cumsum(rng.normal(0, 0.03, 100)))
    origins = [ReplayOrigin(dates[at].astype(object)) for at in range(0, 95, 7)]
    held = rng.normal(0, 0.03, 100)
    terms = ReplayTerms(months_ahead=ahead, roll_cents_per_lb=roll_cost, transaction_cents_per_lb=transaction)

    def whim(state):
        return rng.uniform(0, 1, ahead)

    found = {
        bill.name: bill for bill in replay(origins, dates, prices, held, policies.BASELINES | {"whim": whim}, terms)
    }
    for bill in found.values():
        assert (bill.cost_cents_per_lb >= found["foresight"].cost_cents_per_lb - 1e-9).all()
        assert bill.bought_lb == pytest.approx(np.full(len(origins) - ahead, terms.need_lb_month), rel=1e-12)
        assert (bill.forward_lb <= terms.need_lb_month * (1 + 1e-12)).all()


# --- policies


def walk_forecast(spot, drift=0.0, daily=0.016):
    """Lognormal quantiles with a yearly drift (ratio) of the median."""
    horizons = (5, 21, 63, 126, 252)
    score = np.array([-1.96, -1.645, -1.2816, -0.6745, 0, 0.6745, 1.2816, 1.645, 1.96])
    values = [spot * np.exp(drift * h / 252 + daily * np.sqrt(h) * score) for h in horizons]
    assert len(score) == len(LEVELS)
    return QuantileForecast(horizons, np.array(values))


def walk_paths(spot, forecast, daily_volatility, seed, n, sessions):
    """A stand-in for forecasts.paths.draw_paths: a lognormal walk through the forecast's yearly median."""
    drift = np.log(forecast.at(252)[4] / spot) / 252
    steps = np.random.default_rng(seed).normal(drift, 0.016, (n, sessions))
    return spot * np.exp(np.hstack([np.zeros((n, 1)), np.cumsum(steps, axis=1)]))


def state_at(drift, months=6, covered=0.0):
    """What a policy sees on 2 May 2024 at 50 ¢/lb."""
    seen = []

    def look(state):
        seen.append(state)
        return np.full(months, covered)

    dates = np.arange(np.datetime64("2024-05-01"), np.datetime64("2024-06-30"))
    days = [date(2024, 5, 2), *(date(2024, 6, day) for day in range(1, months + 2))]
    origins = [ReplayOrigin(day, walk_forecast(50.0, drift)) for day in days]
    flat = np.full(len(dates), 50.0)
    replay(origins, dates, flat, np.zeros(len(dates)), {"look": look}, ReplayTerms(months_ahead=months))
    return seen[0]


def test_ratable_buys_one_part_of_each_month_a_month():
    assert policies.ratable(state_at(0.0, months=4)) == pytest.approx([1.0, 0.75, 0.5, 0.25])


def test_rule_ladder_covers_to_the_maximum_where_the_median_beats_the_locked_price():
    rules = CoverPolicy(rules=(CoverRule(1, 0.25, 1.0), CoverRule(3, 0.2, 0.9), CoverRule(6, 0.2, 0.5)))
    assert policies.rule_ladder(rules)(state_at(0.5)) == pytest.approx([1.0, 0.9, 0.9, 0.5, 0.5, 0.5])
    # Minimum: 0.25 of month 1; 0.6 months within 3, nearest first; 1.2 months within 6: month 1 whole, 0.2 of month 2.
    assert policies.rule_ladder(rules)(state_at(-0.5)) == pytest.approx([1.0, 0.2, 0, 0, 0, 0])


def test_planned_policy_is_the_plan_on_paths_of_the_origin():
    state, policy = state_at(0.05), CoverPolicy(need_lb=(1e6,) * 6, risk_weight=0.03)
    seeds = []

    def draw(spot, forecast, daily_volatility, seed, n, sessions):
        seeds.append(seed)
        return walk_paths(spot, forecast, daily_volatility, seed, n, sessions)

    target = policies.planned(policy, policies.drawn(draw))(state)
    spans = month_spans(state.as_of_date, 6)
    paths = walk_paths(50.0, state.forecast, 0.015, seeds[0], policies.PATHS, spans[-1].end)
    expected = recommended_purchases(monthly_prices(paths, spans), state.locked_cents_per_lb, policy)
    assert target * 1e6 == pytest.approx(expected, abs=1e-3)
    policies.planned(policy, policies.drawn(draw))(state)
    assert seeds[0] == seeds[1]  # the seed belongs to the origin


def test_planned_policy_covers_when_the_forecast_rises_and_keeps_the_minimum_when_it_falls():
    policy = policies.planned(CoverPolicy(), policies.drawn(walk_paths))
    assert policy(state_at(0.6)) == pytest.approx([1, 1, 1, 0.8, 0.8, 0.8])
    assert policies.planned(CoverPolicy(), policies.drawn(walk_paths))(state_at(-0.6)).sum() == pytest.approx(1.0)


def test_paths_of_an_origin_are_drawn_once_for_all_policies():
    calls = []

    def draw(*given):
        calls.append(given)
        return walk_paths(*given)

    prices, state = policies.drawn(draw), state_at(0.1)
    policies.planned(CoverPolicy(), prices)(state)
    policies.forecast_tilt(prices)(state)
    assert len(calls) == 1


def test_forecast_tilt_is_ratable_moved_by_how_clear_the_forecast_is():
    state = state_at(0.0, months=2)
    # One month as likely above as below its locked price, one a standard deviation above it: 2 Φ(1) − 1 = 0.6827.
    prices = state.locked_cents_per_lb + np.array([[-1.0, 0.0], [1.0, 2.0]])
    assert policies.forecast_tilt(lambda _: prices)(state) == pytest.approx([1.0, 0.5 + 0.2 * 0.6827], abs=1e-4)
    below = state.locked_cents_per_lb - 100 + np.array([[-1.0, -1.0], [1.0, 1.0]])
    assert policies.forecast_tilt(lambda _: below)(state) == pytest.approx([0.8, 0.3])


def trending(daily, months=6):
    """A state after 300 sessions that moved by `daily` (ratio) on average, 1 % up and down around it."""
    swing = 0.01 * np.resize([1.0, -1.0], 300)
    return replace(state_at(0.0, months), past_returns=np.append(np.nan, daily + swing))


def test_trend_buys_sooner_after_a_rise_and_never_later_after_a_fall():
    even = policies.ratable(trending(0.0))
    assert policies.trend(trending(0.0)) == pytest.approx(even)
    assert policies.trend(trending(-0.005)) == pytest.approx(even)
    # 0.02 % a day: 126 and 252 sessions rose by 2.52 and 5.04 %, 63 by 1.26 less the odd 1 %; volatility 1 % · √n
    mean = np.mean([0.0026 / np.sqrt(63), 0.0252 / np.sqrt(126), 0.0504 / np.sqrt(252)]) / 0.01
    assert policies.trend(trending(0.0002)) == pytest.approx(np.minimum(even + 0.2 * mean, 1.0), rel=1e-3)
    assert policies.trend(trending(0.02)) == pytest.approx(np.minimum(even + 0.2, 1.0))  # no more than a fifth


def test_trend_of_a_market_that_stands_still_or_is_unknown_is_none():
    still = replace(state_at(0.0), past_returns=np.full(300, np.nan))
    assert policies.trend(still) == pytest.approx(policies.ratable(still))


def test_planned_policy_keeps_the_cover_in_place():
    covered = replace(state_at(-0.6), covered_lb=np.full(6, 500_000.0))
    assert policies.planned(CoverPolicy(), policies.drawn(walk_paths))(covered) == pytest.approx(np.full(6, 0.5))


def test_a_policy_that_needs_a_forecast_says_which_origin_has_none():
    blind = replace(state_at(0.0), forecast=None)
    for policy in (policies.rule_ladder(CoverPolicy()), policies.planned(CoverPolicy(), policies.drawn(walk_paths))):
        with pytest.raises(ConfigError, match="2024-05-02 has no stored forecast"):
            policy(blind)


# --- the report


def hand_bills(saving, base=50.0, starts="2020-01"):
    """Ratable at `base`, full cover at 40, and `tested` cheaper than ratable by `saving` (n_months,) ¢/lb."""
    n = len(saving)
    months = (np.datetime64(starts, "M") + np.arange(n)).astype("datetime64[D]")
    need = np.full(n, 100.0)
    base = np.broadcast_to(base, n).astype(float)
    costs = {"ratable": base, "full_cover": np.full(n, 40.0), "tested": base - saving, "foresight": base - 2.0}
    return [Bill(name, months, need, need, cost) for name, cost in costs.items()]


def score_of(bills_, **given):
    scores = {score.policy: score for score in report(bills_, replace(TERMS, need_lb_month=100.0), **given).policies}
    return scores["tested"]


def test_savings_are_per_pound_per_year_and_as_share_of_the_ceiling():
    saving = np.repeat([1.0, -0.5, 0.4], 12)
    score = score_of(hand_bills(saving))
    assert score.saving_vs_ratable_cents_lb == pytest.approx(0.3)
    assert score.saving_usd_per_year == pytest.approx(0.3 * 1_200 / 100)
    assert score.saving_ratio == pytest.approx(0.3 / 50)
    assert score.share_of_ceiling == pytest.approx(0.3 / 2.0)
    assert (score.worst_year, score.worst_year_saving_cents_per_lb) == (2021, pytest.approx(-0.5))
    assert score.saving_by_year_cents_per_lb == pytest.approx({2020: 1.0, 2021: -0.5, 2022: 0.4})
    assert score.worst_three_years_saving_ratio == pytest.approx(0.3 / 50)
    assert score_of(hand_bills(saving[:35])).worst_three_years_saving_ratio is None


def test_overrun_is_the_mean_of_the_worst_months_over_budget():
    # 40 months: the worst 5 % are two. Ratable overruns by 10, in two months by 30 and 20; the policy takes 5 off.
    base = np.full(40, 50.0)
    base[[3, 17]] = 70.0, 60.0
    score = score_of(hand_bills(np.full(40, 5.0), base))
    assert score.cvar95_overrun_cents_per_lb == pytest.approx(20.0)
    assert score.cvar95_overrun_change_low <= score.cvar95_overrun_change <= score.cvar95_overrun_change_high < 0
    assert score.cvar95_overrun_change == pytest.approx(20 / 25 - 1)
    assert score_of(
        hand_bills(np.full(40, 5.0), base), budget_cents_per_lb=np.full(40, 45.0)
    ).cvar95_overrun_change == (pytest.approx(15 / 20 - 1))


def many_bills(savings):
    """Ratable at 50, full cover at 40, and a policy for each column of savings (n_months, k)."""
    whole = hand_bills(savings[:, 0])
    extra = [replace(whole[2], name=f"tried{k}", cost_cents_per_lb=50 - saving) for k, saving in enumerate(savings.T)]
    return [*whole[:2], *extra, whole[3]]


def test_interval_holds_the_saving_and_widens_with_the_policies_tried():
    savings = np.random.default_rng(0).normal(0.0, 2.0, (120, 20)) + 0.3
    terms = replace(TERMS, need_lb_month=100.0)
    few, many = ({score.policy: score for score in report(many_bills(savings[:, :k]), terms).policies} for k in (1, 20))
    one, same = few["tried0"], many["tried0"]
    assert one.low < one.saving_vs_ratable_cents_lb < one.high
    assert (one.low, one.high) == (same.low, same.high)
    assert same.low_deflated < one.low_deflated
    assert same.high_deflated > one.high_deflated


def test_the_best_of_many_that_know_nothing_is_not_taken_for_skill():
    terms = replace(TERMS, need_lb_month=100.0)
    noise = np.random.default_rng(3).normal(0.0, 2.0, (120, 20))
    idle = [replace(bill, cost_cents_per_lb=np.full(120, 60.0)) if bill.name == "full_cover" else bill
            for bill in many_bills(noise)]  # fmt: skip
    found = report(idle, terms, budget_cents_per_lb=np.full(120, 40.0))
    best = max(
        (score for score in found.policies if "tried" in score.policy), key=lambda s: s.saving_vs_ratable_cents_lb
    )
    assert best.low > 0  # alone it would be called a success
    assert best.low_deflated < 0
    assert found.reality_check_p > 0.1
    real = [replace(bill, cost_cents_per_lb=bill.cost_cents_per_lb - 1.0) if bill.name == "tried0" else bill
            for bill in idle]  # fmt: skip
    assert report(real, terms, budget_cents_per_lb=np.full(120, 40.0)).reality_check_p < 0.02


def test_savings_by_regime_are_those_of_the_months_in_it():
    saving = np.r_[np.ones(12), np.full(6, 3.0), np.zeros(6)]  # 2020 is covid, half of 2021 recovery, then inflation
    found = score_of(hand_bills(saving)).saving_by_regime_cents_per_lb
    assert found == pytest.approx({"covid": 1.0, "recovery_2021": 3.0, "inflation": 0.0})


def test_report_counts_what_was_tried_and_is_plain_json():
    found = report(hand_bills(np.ones(24)), replace(TERMS, need_lb_month=100.0))
    assert found.n_policies_tried == 2  # full_cover and tested; ratable is the reference, foresight no policy
    assert (found.first_month, found.last_month, found.month_count) == (date(2020, 1, 1), date(2021, 12, 1), 24)
    again = json.loads(json.dumps(found.to_dict()))
    assert {"saving_vs_ratable_cents_lb", "low", "high", "cvar95_overrun_change", "share_of_ceiling"} <= set(
        again["policies"][0]
    )


def test_rows_fit_the_table_they_are_written_to():
    rows = to_rows(report(hand_bills(np.ones(24)), replace(TERMS, need_lb_month=100.0)), "run")
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA forecasts")
        assert replace_table(connection, POLICY_REPLAY, pa.Table.from_pylist(rows)) == 4
        found = connection.execute(
            "SELECT saving_by_year_json->>'$.2020', first_month FROM forecasts.policy_replay WHERE policy = 'tested'"
        ).fetchone()
    assert found == ("1.0", date(2020, 1, 1))


def test_report_refuses_bills_that_cannot_be_compared():
    terms = replace(TERMS, need_lb_month=100.0)
    whole = hand_bills(np.ones(24))
    with pytest.raises(ConfigError, match=r"\['ratable'\] needed"):
        report(whole[1:], terms)
    short = replace(whole[2], bought_lb=whole[2].bought_lb - 1)
    with pytest.raises(ConfigError, match="bill of tested covers other months or pounds"):
        report([*whole[:2], short, whole[3]], terms)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"origins": ORIGINS[:2]}, "2 origins: expected 3 or more"),
        ({"origins": ORIGINS[::-1]}, "increasing order"),
        ({"origins": [*ORIGINS[:-1], ReplayOrigin(date(2024, 1, 10))]}, "none after, origins .'2024-01-10'"),
        ({"origins": [*ORIGINS[:-1], ReplayOrigin(date(2025, 1, 9))]}, "2025-01-09"),
        ({"prices": -PRICES}, "positive prices"),
        ({"greedy": lambda state: np.array([0.0, 1.2])}, "policy greedy at 2024-01-01"),
    ],
)
def test_unusable_input_is_named(change, named):
    with pytest.raises(ConfigError, match=named):
        bills(**change)
