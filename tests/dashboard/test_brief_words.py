"""What the brief says of explanations, changes, signals, inputs and events, against sentences written by hand."""

import io
from datetime import date

import pytest
from explained import explain
from rich.console import Console
from snapshots import AS_OF, make_snapshot, write

from oilseer.dashboard import ahead, answers, brief_words, event_words, terminal, why
from oilseer.reference import tariff_events


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("words") / "s.duckdb").connection
    explain(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def answer(connection):
    return answers.brief(connection)


def _flat(answer: dict, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(terminal.brief(answer))
    return console.file.getvalue()


def test_four_groups_are_shown_by_weight_with_their_largest_component(answer):
    assert [(d.name, round(d.amount, 6), d.because) for d in brief_words.drivers(answer["explanation"])] == [
        ("Biofuel and energy", 0.42, "diesel cheap against oil"),
        ("Economy and the dollar", -0.30, "a strong dollar against the real"),
        ("Palm and other oils", 0.20, "palm oil dear"),
        ("Positions of traders", -0.11, "funds are long"),
    ]


def test_drivers_and_all_the_rest_add_up_to_the_move(answer):
    found = answer["explanation"]
    assert found["median_cents_per_lb"] == pytest.approx(found["price_cents_per_lb"] + 0.291)
    parts = ("drivers", "other_drivers", "carry", "own_past", "typical_past")
    assert sum(found[f"{part}_cents_per_lb"] for part in parts) == pytest.approx(found["move_cents_per_lb"])
    assert found["share_ratio"] == pytest.approx(0.21 / 0.291)


def test_why_says_what_the_four_make_and_what_the_rest_does(answer):
    price = answer["price"]
    assert brief_words.why_lead(answer["explanation"]) == (
        f"Why the middle in 1 month is {price + 0.291:.2f}, +0.29 ¢/lb from today's price"
    )
    assert brief_words.why_rest(answer["explanation"]) == (
        "These 4 make +0.21 (72 % of the move); "
        "other drivers +0.05, rolling contracts +0.10, the price's own past −0.07 ¢/lb"
    )


def test_no_share_is_claimed_where_drivers_pull_against_the_move_or_past_it(answer):
    found = answer["explanation"]
    for share in (-0.4, 1.3, None):
        assert "of the move" not in brief_words.why_rest(found | {"share_ratio": share})


def test_a_forecast_without_speaking_drivers_says_so(answer):
    none = answer["explanation"] | {"drivers": [], "drivers_cents_per_lb": 0.0, "share_ratio": 0.0}
    assert brief_words.why_rest(none).startswith("No driver adds anything; other drivers +0.05")


def test_changes_are_told_by_cause_and_small_ones_left_out(answer):
    assert brief_words.changed(answer["changes"]) == (
        "Since 27 Jun 2025 the middle in 1 month moved +0.27 ¢/lb: "
        "the day's price +0.25, new readings of the drivers +0.04, revised figures −0.02"
    )
    still = {"label": "1m", "since": "2025-06-27", "change_cents_per_lb": 0.0,
             "causes_cents_per_lb": {"price": 0.1, "drivers": -0.1}}  # fmt: skip
    assert brief_words.changed(still) == (
        "Since 27 Jun 2025 the middle in 1 month did not move: "
        "the day's price +0.10, new readings of the drivers −0.10 ¢/lb"
    )


def test_signal_rules_that_take_a_side_stand_in_one_line(answer):
    assert brief_words.speaking(answer["signals"]) == (
        "Signals: for higher prices the path of the Fed and the real and the dollar; "
        "for lower prices the crush margin; for caution fear in shares (VIX); 7 take no side, 1 lacks data"
    )
    silent = {"speaking": [], "neutral": 12, "unknown": 0}
    assert brief_words.speaking(silent) == "Signals: none speaks today; 12 take no side"


def test_hits_of_the_band_are_counts(answer):
    assert brief_words.held(answer["trust"]).startswith("The 80 % band held 190 of the last 232 times 1 month ahead")


def test_a_band_that_held_too_seldom_is_named(answer):
    trust = [row | {"hits80": 154} if row["label"] == "12m" else row for row in answer["trust"]]
    assert brief_words.held(trust).endswith("; too seldom: 154 of 221 at 12 months")  # 69.7 %
    assert "too seldom" not in brief_words.held(answer["trust"])  # 72.4 % at the least


def test_comparisons_claim_no_more_than_is_shown(answer):
    assert brief_words.rivals(answer["trust"]) == (
        "Beside “no change”: better at 1 week, 1, 3, 6 and 12 months; "
        "beside a plain simulation of price swings: no gain shown at 1 week, 1, 3, 6 and 12 months"
    )


@pytest.mark.parametrize(
    ("labels", "wanted"),
    [
        (["1m"], "1 month"),
        (["1w", "1m"], "1 week and 1 month"),
        (["1w", "1m", "3m"], "1 week, 1 and 3 months"),
        (["6m", "12m"], "6 and 12 months"),
        (["1w"], "1 week"),
    ],
)
def test_horizons_share_their_unit(labels, wanted):
    assert brief_words.horizons(labels) == wanted


def _input(what: str, age: float, critical: bool = False, status: str = "stale") -> dict:
    return {"what": what, "age_days": age, "critical": critical, "status": status}


def test_inputs_name_what_a_forecast_needs_and_then_what_went_old_last():
    stale = [_input("mandates", 900), _input("news", 40), _input("price", 5.2, True, "late"), _input("weather", 12),
             _input("credits", 60), _input("news", 41)]  # fmt: skip
    missing = [_input("queue", 0), _input("features", 0, True)]
    assert brief_words.inputs({"inputs": {"stale": stale, "missing": missing}}) == (
        "Inputs: missing for a forecast: features; old: price (late, 5 days), weather (stale, 12 days), "
        "news (stale, 41 days), credits (stale, 60 days) and 1 more; 1 never filled"
    )
    assert brief_words.inputs({"inputs": {"stale": [], "missing": []}}) == "Inputs: none is late"


def test_events_are_told_by_day_and_weekly_ones_together(answer):
    assert event_words.single(answer["events"]) == [
        ("Fri 11 Jul", "Supply and demand (WASDE), 12:00"),
        ("Tue 15 Jul", "Crush and oil stocks (NOPA) of Jun 2025, 12:00"),
        ("Wed 30 Jul", "Fed decision (FOMC), 14:00"),
    ]
    assert event_words.weekly(answer["events"]) == [
        ("Petroleum (EIA)", "2, 9, 16, 23, 30 Jul"),
        ("Export sales (USDA)", "3, 11 (Fri), 17, 24 Jul"),
        ("Traders' positions (COT)", "7 (Mon), 11, 18, 25 Jul"),
    ]
    assert event_words.undated(answer["events"]) == []


def test_a_deadline_is_marked_and_an_unknown_day_is_not_guessed(connection):
    found = ahead.events(connection, date(2026, 10, 15), None)
    assert ("Sat 31 Oct", "Biofuel volumes (EPA): volumes of 2028 due by law, a deadline that is often missed") in (
        event_words.single(found)
    )
    beyond = ahead.events(connection, date(2026, 12, 20), None)
    assert event_words.undated(beyond) == ["Supply and demand (WASDE): no day known after 10 Dec 2026"]


def test_only_the_newest_step_of_a_tariff_that_was_known_counts(connection):
    at = tariff_events.datetime(2025, 4, 9, 21, tzinfo=tariff_events.UTC)
    base = {"measure": "m", "step": "s", "imposed_by": "US", "certainty": "official", "source_url": "https://x",
            "availability": "vintage", "ingested_at": at, "source": "test", "provenance_id": "0"}  # fmt: skip
    steps = (("a", date(2025, 3, 1), date(2025, 7, 20), None, "an older step"),
             ("b", date(2025, 4, 9), date(2025, 4, 10), date(2025, 7, 9), "put off for 90 days"),
             ("c", date(2025, 7, 7), date(2025, 8, 1), None, "put off again"))  # fmt: skip
    write(connection, tariff_events.SPEC, [
        base | {"event_id": name, "observation_date": day, "effective_on": effective, "ends_on": ends, "summary": said,
                "available_at": at.replace(month=day.month, day=day.day)}
        for name, day, effective, ends, said in steps
    ])  # fmt: skip

    def told(as_of: date) -> list[tuple[str, str]]:
        rows = ahead.events(connection, as_of, None)["rows"]
        return [(row["date"], row["detail"]) for row in rows if row["kind"] == "tariff"]

    assert told(AS_OF) == [("2025-07-09", "put off for 90 days")]
    assert told(date(2025, 7, 7)) == [("2025-08-01", "put off again")]
    connection.execute("DROP TABLE staging.tariff_events")


def test_first_notice_of_the_front_stands_beside_the_price(answer):
    assert brief_words.contract_name(answer["contract"]) == "ZLQ25, first notice 31 Jul"
    assert answer["contract"]["last_trading_day"] == "2025-08-14"
    unnamed = answer["contract"] | ahead.ends("734996", AS_OF)
    assert unnamed["first_notice_day"] is None
    assert brief_words.contract_name(unnamed) == "ZLQ25"


def test_the_whole_brief_is_one_screen_with_an_explanation_too(answer):
    text = _flat(answer)
    assert len(text.splitlines()) <= 54
    assert max(map(len, text.splitlines())) <= 100
    assert "…" not in _flat(answer, 80)
    assert "Biofuel and energy      +0.42 ¢/lb  diesel cheap against oil" in text


def test_a_workspace_without_explanations_says_so(tmp_path):
    with make_snapshot(tmp_path / "s.duckdb").connection as plain:
        assert (why.explanation(plain), why.changes(plain), why.signals(plain)) == (None, None, None)
        text = _flat(answers.brief(plain))
    assert "Why: not explained yet in this workspace" in text
    assert "What changed: no earlier forecast to compare with yet" in text
    assert "Signals: not judged yet" in text


def test_explanations_of_another_session_or_horizon_are_not_taken(tmp_path):
    with make_snapshot(tmp_path / "s.duckdb").connection as other:
        explain(other)
        assert why.explanation(other, 63) is None
        for table in (why.CONTRIBUTIONS, why.CHANGES, why.VERDICTS):
            other.execute(f"UPDATE {table} SET as_of_date = as_of_date - 3")
        assert (why.explanation(other), why.changes(other), why.signals(other)) == (None, None, None)


def test_nothing_open_and_nothing_drawn_are_told_apart(answer):
    closed = [row | {"open_lb": 0.0} for row in answer["risk"]]
    assert brief_words.at_risk({"risk": closed}) == "No pounds are open: nothing is at risk"
    assert "`oilseer run` does it" in brief_words.at_risk({"risk": None})
    assert "1 in 20" not in _flat(answer | {"risk": closed})
