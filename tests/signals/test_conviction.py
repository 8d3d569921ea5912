"""Conviction and confidence: the formula by hand, no look ahead, and a record of outcomes that share no session."""

import json
from dataclasses import replace

import duckdb
import numpy as np
import pytest
from scipy.special import ndtr, ndtri
from snapshots import make_snapshot, write

from oilseer.dashboard import convictions
from oilseer.dashboard.layout import Narrow
from oilseer.metrics import effective_outcomes
from oilseer.quantiles import LEVELS
from oilseer.signals import regimes
from oilseer.signals.conviction import BINS, Spoken, build_conviction, probability_below, rate, record_of

UNIFORM = np.full(4, 0.25)


def spoken(n=60, horizon=21, shift=0.0, width=0.1, **given):
    """Forecasts every 21 sessions at 50 ¢/lb, lognormal, the median `shift` (logs) away; outcomes from a seed."""
    widths = np.broadcast_to(np.asarray(width, float), n)
    outcome = 50 * np.exp(np.random.default_rng(1).normal(0, 0.1, n))
    base = {
        "horizon": horizon, "session": 1_000 + 21 * np.arange(n), "price": np.full(n, 50.0), "outcome": outcome,
        "quantiles": 50 * np.exp(shift + widths[:, None] * ndtri(np.array(LEVELS))), "spread": np.full(n, 0.01),
        "width_factor": np.ones(n), "gate": np.full(n, "CALM"), "gate_score": np.zeros(n),
        "state_probability": np.tile(UNIFORM, (n, 1)),
    }  # fmt: skip
    return Spoken(**(base | given))


def test_probability_is_that_of_the_lognormal_forecast_within_and_beyond_its_levels():
    price = 50 * np.exp(0.1 * np.array([-3.0, -1.0, 0.0, 0.7, 2.5]))
    assert probability_below(spoken(5).quantiles, price) == pytest.approx(ndtr([-3.0, -1.0, 0.0, 0.7, 2.5]), abs=1e-9)


def test_conviction_is_the_weighted_sum_of_its_three_parts():
    nothing = rate(spoken())
    assert nothing["conviction"] == pytest.approx(np.zeros(60), abs=1e-9)
    crisis = rate(spoken(gate_score=np.full(60, 1.0)))  # half way to 2
    assert crisis["conviction"] == pytest.approx(np.full(60, 0.4 * 50))
    signal = rate(spoken(shift=-0.1))  # one standard deviation down: as clear as one up
    assert signal["rise_probability"] == pytest.approx(np.full(60, ndtr(-1.0)))
    assert signal["conviction"] == pytest.approx(np.full(60, 0.3 * 100 * (2 * ndtr(1.0) - 1)))
    half = np.array([0.5, 0.5, 1e-300, 1e-300])  # entropy of two of four: ln 2 / ln 4
    certain = rate(spoken(state_probability=np.tile(half, (60, 1))))
    assert certain["conviction"] == pytest.approx(np.full(60, 0.3 * 50))


def test_confidence_is_a_rank_among_the_forecasts_before():
    found = rate(spoken(width=np.r_[np.linspace(0.1, 0.2, 40), np.full(10, 0.05), np.full(10, 0.5)]))
    assert np.isnan(found["sharpness"][:24]).all()
    assert found["sharpness"][24] == 0.0  # wider than each before
    assert found["sharpness"][40] == 100.0  # narrower than each before
    assert found["agreement"][24:] == pytest.approx(50.0)  # all alike: ties count half
    assert found["sharpness"][-1] < 50 < found["sharpness"][45]


def test_confidence_falls_and_conviction_rises_in_a_crisis():
    late = np.arange(60) >= 50
    found = rate(spoken(
        width=np.where(late, 0.3, 0.1), spread=np.where(late, 0.05, 0.01), width_factor=np.where(late, 1.4, 1.0),
        gate_score=np.where(late, 2.5, 0.2), gate=np.where(late, "CRISIS", "CALM"),
    ))  # fmt: skip
    assert np.nanmean(found["confidence"][52:]) < np.nanmean(found["confidence"][30:50]) - 10
    assert found["conviction"][52:].min() > found["conviction"][:50].max() + 30


def test_ratings_ignore_what_came_after():
    whole, cut = spoken(), 40
    known = whole.session + whole.horizon <= whole.session[cut]
    poisoned = replace(
        whole, outcome=np.where(known, whole.outcome, 9e9),
        quantiles=np.where(np.arange(60)[:, None] > cut, whole.quantiles * 7, whole.quantiles),
        spread=np.where(np.arange(60) > cut, 9.0, whole.spread),
    )  # fmt: skip
    before, after = rate(whole), rate(poisoned)
    for name, values in before.items():
        np.testing.assert_array_equal(values[: cut + 1], after[name][: cut + 1], err_msg=name)
    # and the record of the gate does use an outcome once it is known
    moved = replace(whole, outcome=np.where(np.arange(60) < 20, whole.outcome * 3, whole.outcome))
    assert (rate(moved)["regime_record"] != before["regime_record"])[40]


def test_record_counts_outcomes_that_share_no_session_by_hand():
    made = spoken(
        4, horizon=42, shift=0.01, price=np.full(4, 50.0), outcome=np.array([51.0, 40.0, 49.0, np.nan])
    )  # every second origin shares no session: places 0 and 2
    rows = {row["points_from"]: row for row in record_of(made, "conviction", np.array([10.0, 10.0, 10.0, 10.0]))}
    assert list(rows) == [start for start, _ in BINS]
    assert (rows[0]["n_origins"], rows[0]["n_effective"]) == (3, effective_outcomes(made.session[:3], 42)) == (3, 2)
    assert rows[0]["direction_right"] == 0.5  # a rise was likelier: 51 came, then 49
    assert rows[0]["inside_80"] == 1.0
    median = 50 * np.exp(0.01)
    assert rows[0]["absolute_error"] == pytest.approx(np.mean(np.abs(np.log(np.array([51.0, 49.0]) / median))))
    assert (rows[80]["n_effective"], rows[80]["direction_right"]) == (0, None)


def test_a_hundred_points_belong_to_the_last_band():
    rows = record_of(spoken(4), "confidence", np.array([100.0, 80.0, 79.9, np.nan]))
    assert [row["n_origins"] for row in rows] == [0, 0, 0, 1, 2]


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("conviction") / "s.duckdb")
    write(made.connection, regimes.SPEC, [
        {"as_of_date": day.astype(object), "gate": "CALM", "gate_score": 0.5, "vix_band": "aware",
         **{f"{state}_probability": p for state, p in zip(regimes.STATES, (0.1, 0.2, 0.3, 0.4), strict=True)},
         "likely_state": "normal", "calendar_regime": "covid"}
        for day in made.days
    ])  # fmt: skip
    made.connection.execute(  # what the members said, around what the combination said
        "INSERT INTO training.walk_forward BY NAME "
        "SELECT * EXCLUDE (told, factor) REPLACE (told AS model, value * factor AS value) "
        "FROM training.walk_forward, (VALUES ('B1', 0.98), ('GARCH-t-long', 1.0), ('Theta', 1.01)) AS m(told, factor) "
        "WHERE model = 'ensemble'"
    )
    yield made.connection
    made.connection.close()


def test_tables_are_built_and_answered_with_what_the_numbers_meant(connection: duckdb.DuckDBPyConnection):
    counts = build_conviction(connection)
    assert counts["signals.conviction_record"] == 5 * 2 * len(BINS)
    answer = convictions.conviction(connection)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert [row["horizon_label"] for row in answer["rows"]] == ["1w", "1m", "3m", "6m", "12m"]
    for row in answer["rows"]:
        assert 0 <= row["conviction"] <= 100
        assert row["conviction"] >= 0.4 * 25  # half a deviation of crisis
        assert row["conviction_past"]["points_from"] <= row["conviction"] <= row["conviction_past"]["points_to"]
    assert answer["rows"][0]["confidence_past"]["measure"] == "confidence"
    assert all(0 <= row["confidence"] <= 100 for row in answer["rows"])
    assert isinstance(convictions.conviction_table(answer), Narrow)
