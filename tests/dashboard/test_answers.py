import json

import numpy as np
import pytest
from snapshots import AS_OF, HITS, REPLAYED, RUN_ID, SKILLS, empty_database, make_snapshot

from oilseer.dashboard import answers, trust
from oilseer.errors import ConfigError
from oilseer.quantiles import HORIZON_LABELS, LEVELS

QUESTIONS = (answers.forecast, answers.scorecard, answers.plan, answers.gates, answers.failures, answers.brief)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("answers") / "s.duckdb", speaker="B1")
    yield made
    made.connection.close()


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.__name__)
def test_every_answer_says_run_session_workspace_and_units_in_plain_json(snapshot, question):
    answer = question(snapshot.connection)
    assert json.loads(json.dumps(answer, allow_nan=False)) == answer
    assert (answer["run_id"], answer["as_of_date"]) == (RUN_ID, AS_OF.isoformat())
    assert (answer["workspace"], answer["simulated"]) == ("real", False)
    assert answer["units"]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.__name__)
def test_an_empty_workspace_names_the_command_that_fills_it(tmp_path, question):
    with (
        empty_database(tmp_path / "e.duckdb") as connection,
        pytest.raises(ConfigError, match=r"`oilseer (run|backtest)`"),
    ):
        question(connection)


def test_forecast_gives_the_stored_quantiles_by_level_and_band(snapshot):
    answer = answers.forecast(snapshot.connection)
    assert answer["price"] == snapshot.prices[-1]
    assert [(h["label"], h["sessions"]) for h in answer["horizons"]] == [
        ("1w", 5), ("1m", 21), ("3m", 63), ("6m", 126), ("12m", 252),
    ]  # fmt: skip
    for row in answer["horizons"]:
        stored = snapshot.quantiles[row["sessions"]]
        assert [row["quantiles"][f"{level:g}"] for level in LEVELS] == stored.tolist()
        assert row["median"] == stored[4]
        assert row["bands"]["80"] == {"low": stored[2], "high": stored[6]}
        assert row["bands"]["95"] == {"low": stored[0], "high": stored[8]}
        assert row["curve_median"] == (None if row["label"] == "1w" else pytest.approx(0.99 * answer["price"]))
    assert [h["model"] for h in answer["horizons"]] == ["ensemble"] * 4 + ["B1"]


def test_scorecard_is_ordered_by_horizon_and_then_by_skill(snapshot):
    rows = answers.scorecard(snapshot.connection)["rows"]
    best_first = sorted(SKILLS, key=SKILLS.get, reverse=True)
    assert [(row["horizon"], row["model"]) for row in rows] == [(h, m) for h in HORIZON_LABELS for m in best_first]
    wanted = {
        "model", "tier", "horizon", "horizon_label", "n_origins", "n_effective", "crps", "skill_b0", "skill_b0_low",
        "skill_b0_high", "skill_b1", "skill_b1_low", "skill_b1_high", "skill_b2", "mape", "mape_ratio_rw", "mae",
        "bias", "direction", "coverage50", "coverage80", "coverage90", "coverage95", "dm_b0_p", "dm_b1_p",
        "first_origin", "last_origin",
    }  # fmt: skip
    assert wanted <= set(rows[0])


def test_scorecard_of_an_unknown_slice_names_the_known_ones(snapshot):
    with pytest.raises(ConfigError, match="all, since_2020"):
        answers.scorecard(snapshot.connection, "year:1066")


def test_plan_holds_months_ladder_and_tripwires_that_add_up(snapshot):
    plan = answers.plan(snapshot.connection)
    assert len(plan["months"]) == 12
    assert plan["need_lb"] == 12_000_000
    assert sum(month["buy_now_lb"] for month in plan["months"]) == plan["buy_lb"]
    assert plan["open_lb"] == pytest.approx(plan["need_lb"] - plan["buy_lb"])
    assert plan["tripwires"]
    assert plan["ladder"]
    assert {row["policy"]: row["saving_vs_ratable_cents_lb"] for row in plan["replay"]} == {
        name: saving for name, saving, *_ in REPLAYED
    }


def test_a_workspace_without_a_replay_says_none(tmp_path):
    with make_snapshot(tmp_path / "s.duckdb").connection as connection:
        connection.execute("DROP TABLE forecasts.policy_replay")
        assert answers.plan(connection)["replay"] is None


def test_gates_count_what_failed_and_what_blocks(snapshot):
    answer = answers.gates(snapshot.connection)
    assert (answer["passed"], answer["failed"], answer["blocking_failed"]) == (1, 1, 0)


def test_failures_count_origins_by_model(snapshot):
    (row,) = answers.failures(snapshot.connection)["rows"]
    assert (row["model"], row["n_origins"], row["first_origin"]) == ("TBATS", 1, "2024-01-31")


def test_brief_shows_changes_of_the_price_that_a_buyer_pays(snapshot):
    contract = answers.brief(snapshot.connection)["contract"]
    prices = snapshot.prices
    assert contract["change_day"] == pytest.approx(prices[-1] - prices[-2])
    assert contract["change_week_ratio"] == pytest.approx(prices[-1] / prices[-6] - 1)
    places = np.arange(len(prices))
    assert contract["rolled_week"] == bool((places[-5:] % 42 == 0).any())


def test_brief_counts_hits_of_the_bands(snapshot):
    found = answers.brief(snapshot.connection)["trust"]
    assert {row["sessions"]: (row["hits80"], row["n_origins"]) for row in found} == HITS


def test_brief_says_so_where_nothing_beats_the_simulation(snapshot):
    by_label = {row["label"]: row["against_simulation"] for row in answers.brief(snapshot.connection)["trust"]}
    assert by_label["12m"] == trust.BEATEN_BY_NONE
    assert trust.BEATEN_BY_NONE not in (by_label["1w"], by_label["6m"])


@pytest.mark.parametrize(
    ("skill", "low", "high", "outcomes", "words"),
    [
        (0.017, 0.004, 0.03, 10, "1.7 % better than no change (+0.4 % to +3.0 %)"),
        (0.017, 0.004, 0.03, 9,
         "+1.7 % against no change (+0.4 % to +3.0 %): 9 independent outcomes, too few to tell"),
        (0.017, -0.004, 0.03, 80, "not shown to beat no change: +1.7 % (−0.4 % to +3.0 %)"),
        (-0.02, -0.03, -0.01, 80, "2.0 % worse than no change (−3.0 % to −1.0 %)"),
        (0.01, None, None, 80, "+1.0 % against no change; too few outcomes for an interval"),
        (None, None, None, 80, "not compared with no change yet"),
    ],
)  # fmt: skip
def test_skill_is_claimed_only_where_its_interval_leaves_zero_out(skill, low, high, outcomes, words):
    row = {"skill_b0": skill, "skill_b0_low": low, "skill_b0_high": high, "n_effective": outcomes}
    assert trust.against("no change", row, "b0") == words


def test_simulated_workspaces_are_marked_in_every_answer(tmp_path):
    made = make_snapshot(tmp_path / "s.duckdb", kind="simulated")
    with made.connection as connection:
        assert all(question(connection)["simulated"] is True for question in QUESTIONS)
