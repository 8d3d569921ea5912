import io

import pytest
from rich.console import Console
from snapshots import NOW, empty_database, make_snapshot

from oilseer.dashboard import answers, terminal, words
from oilseer.ops.health import health

BRACKETS = "[bold]7[/bold] <script>"


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("terminal") / "s.duckdb", speaker="B1", gate_text=BRACKETS)
    yield made
    made.connection.close()


def _text(renderable, width: int = 160) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(renderable)
    return console.file.getvalue()


def _all(connection) -> dict[str, str]:
    return {
        "brief": _text(terminal.brief(answers.brief(connection))),
        "forecast": _text(terminal.forecast(answers.forecast(connection))),
        "scorecard": _text(terminal.scorecard(answers.scorecard(connection))),
        "plan": _text(terminal.plan(answers.plan(connection))),
        "gates": _text(terminal.gates(answers.gates(connection))),
        "failures": _text(terminal.failures(answers.failures(connection))),
        "health": _text(terminal.health(health(connection, NOW))),
    }


def test_every_screen_fits_100_columns_and_cuts_nothing_off(snapshot):
    for name, text in _all(snapshot.connection).items():
        assert max(map(len, text.splitlines())) <= 100, name
        assert "…" not in text, name


def test_nothing_is_cut_off_in_80_columns(snapshot):
    brief = _text(terminal.brief(answers.brief(snapshot.connection)), width=80)
    assert max(map(len, brief.splitlines())) <= 80
    assert "…" not in brief


def test_brief_is_one_screen_and_names_no_model(snapshot):
    text = _all(snapshot.connection)["brief"]
    assert len(text.splitlines()) <= 50
    for name in ("ensemble", "B0", "B1", "B2", "Theta", "Naive", "-long", "GARCH"):
        assert name not in text


def test_brief_shows_the_stored_numbers(snapshot):
    answer, text = answers.brief(snapshot.connection), _all(snapshot.connection)["brief"]
    flat = " ".join(text.split())
    assert " ".join(answer["plan"]["sentence"].split()) in flat
    assert f"{snapshot.prices[-1]:.2f} ¢/lb" in flat
    for row in answer["horizons"]:
        stored = snapshot.quantiles[row["sessions"]]
        assert f"{stored[2]:.2f} {stored[4]:.2f} {stored[6]:.2f}" in flat
    for row in answer["trust"]:
        assert f"{row['hits80']} of {row['n_origins']}" in flat
    for row in answer["risk"]:
        assert f"+${row['value_at_risk95_usd']:,.0f} +${row['expected_shortfall95_usd']:,.0f}" in flat
    for wire in answer["plan"]["tripwires"]:
        assert f"{wire['direction']} {wire['price_cents_per_lb']:.2f} ¢/lb: {wire['meaning']}" in flat


def test_brief_says_honestly_where_nothing_beats_the_simulation(snapshot):
    text = " ".join(_all(snapshot.connection)["brief"].split())
    said = (
        "beside a plain simulation of price swings: no gain shown at 1 week, 1, 3 and 6 months, the same at 12 months"
    )
    assert said in text


def test_text_from_tables_is_never_read_as_markup(snapshot):
    assert BRACKETS in _all(snapshot.connection)["gates"]


def test_scorecard_keeps_ensemble_and_benchmarks_and_says_what_it_leaves_out(snapshot, monkeypatch):
    monkeypatch.setattr(terminal, "BEST_SHOWN", 1)
    answer = answers.scorecard(snapshot.connection)
    short = terminal.chosen(answer["rows"], every=False)
    assert {row["model"] for row in short} == {"ensemble", "B0", "B1", "B2", "GARCH-t-long"}
    assert "10 rows left out" in _text(terminal.scorecard(answer))
    assert terminal.chosen(answer["rows"], every=True) == answer["rows"]
    assert "left out" not in _text(terminal.scorecard(answer, every=True))


def test_every_screen_of_a_simulated_workspace_is_marked(tmp_path):
    with make_snapshot(tmp_path / "s.duckdb", kind="simulated").connection as connection:
        for name, text in _all(connection).items():
            assert text.startswith(" SIMULATED"), name


def test_real_workspaces_carry_no_mark(snapshot):
    assert not any("SIMULATED" in text for text in _all(snapshot.connection).values())


def test_brief_without_plan_or_scores_names_the_commands(snapshot, tmp_path):
    answer = answers.brief(snapshot.connection) | {"plan": None, "risk": None, "trust": None, "gates": None}
    text = _text(terminal.brief(answer))
    assert "`oilseer run` makes it" in text
    assert "`oilseer backtest` does it" in text


def test_health_of_an_empty_workspace_is_readable(tmp_path):
    with empty_database(tmp_path / "e.duckdb") as connection:
        assert "Missing for a forecast" in _text(terminal.health(health(connection, NOW)))


def test_health_puts_what_a_forecast_needs_first_and_names_it_in_words(tmp_path):
    with empty_database(tmp_path / "e.duckdb") as connection:
        text = _text(terminal.health(health(connection, NOW)))
    assert "Missing for a forecast: front contract of every market, soybean oil price" in text
    shown, others = text.split("Never filled, and a forecast does without: ")
    assert "raw.cboe_vix" not in text
    assert "VIX" in others
    assert shown.count("never") == 6  # the five that a forecast needs, and the count of all in the first sentence


def test_gates_before_publication_have_names_too():
    row = {"name": "zl_prices_are_positive", "passed": False, "found": "-1", "expected": "above 0", "blocking": True}
    assert "BLOCKED" in _text(terminal.gates({"rows": [row]}))


def test_import_report_shows_each_entry():
    entry = {
        "file": "zl.csv",
        "table": "raw.fx_rates_1d",
        "read": 12345,
        "changed": 7,
        "quarantined": 1,
        "status": "loaded",
    }
    answer = {"entries": [entry], "totals": {"read": 12345}, "not_mapped": ["x.csv"], "ignored": []}
    text = _text(terminal.import_report(answer))
    assert "12,345" in text
    assert "Not mapped: x.csv" in text


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (words.number(-1234.5), "−1,234.50"), (words.number(-0.001), "0.00"),
        (words.number(0.001, signed=True), "0.00"),
        (words.number(None), "–"), (words.percent(0.017), "1.7 %"), (words.percent(-0.5, 0, signed=True), "−50 %"),
        (words.dollars(-1234.4), "−$1,234"), (words.dollars(12, signed=True), "+$12"), (words.dollars(-0.2), "$0"),
        (words.day("2025-07-08"), "8 Jul 2025"), (words.pounds(600000.0), "600,000 lb"),
        (words.listed(["a", "b", "c"]), "a, b and c"), (words.listed(["a"]), "a"), (words.listed([]), "–"),
    ],
)  # fmt: skip
def test_numbers_and_dates_read_as_a_buyer_writes_them(found, wanted):
    assert found == wanted
