"""Stress tests over a published snapshot: what the shock does, to whom, and that nothing published moves."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from linked_markets import add_drivers
from rich.console import Console
from snapshots import AS_OF, NOW, RUN_ID, make_snapshot
from typer.testing import CliRunner

from oilseer import price_risk, stress
from oilseer.cli import app
from oilseer.dashboard import risk_tables, scenario_tables
from oilseer.errors import ConfigError
from oilseer.forecasts.scenario_runs import read, save, saved
from oilseer.quantiles import LEVELS
from oilseer.reference.scenarios import own_scenario, parse_shock, scenario, scenarios
from oilseer.settings import Settings
from oilseer.warehouse.connect import replay_path
from oilseer.warehouse.workspace import create_workspace

SETTINGS = Settings(cover={"need_lb": [600_000.0] * 6, "budget_cents_per_lb": 62.0})


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("stress") / "published.duckdb")
    add_drivers(made.connection)
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def crude(snapshot):
    return stress.stress(snapshot.connection, SETTINGS, own_scenario(["CL=-20%"], 10), 4_000)


def printed(content) -> str:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(content)
    return captured.get()


def test_bands_without_the_shock_are_the_published_ones(snapshot, crude):
    for row in crude["horizons"]:
        published = dict(zip(LEVELS, snapshot.quantiles[row["sessions"]], strict=True))
        assert row["without"]["median_cents_per_lb"] == pytest.approx(published[0.5], rel=1e-3)
        assert row["without"]["p10_cents_per_lb"] == pytest.approx(published[0.1], rel=1e-3)
        assert row["without"]["p95_cents_per_lb"] == pytest.approx(published[0.95], rel=1e-3)


def test_oil_falls_with_crude_and_the_bill_with_it(crude):
    assert crude["oil_change_ratio"] < -0.02
    for row in crude["horizons"][1:]:  # one week is half of the shock
        fall = row["with"]["median_cents_per_lb"] / row["without"]["median_cents_per_lb"] - 1
        assert fall == pytest.approx(crude["oil_change_ratio"], abs=0.004)
    half = crude["horizons"][0]
    fall = half["with"]["median_cents_per_lb"] / half["without"]["median_cents_per_lb"] - 1
    assert fall == pytest.approx(np.sqrt(1 + crude["oil_change_ratio"]) - 1, abs=0.003)
    cost = crude["cost"]
    assert cost["open_lb"] == 3_600_000
    assert cost["extra_usd"] == pytest.approx(cost["with"]["expected_usd"] - cost["without"]["expected_usd"])
    assert cost["extra_cents_per_lb"] == pytest.approx(cost["extra_usd"] / 36_000)
    assert cost["with"]["expected_shortfall95_usd"] < cost["without"]["expected_shortfall95_usd"]


def test_a_zero_shock_changes_no_number(snapshot):
    answer = stress.stress(snapshot.connection, SETTINGS, own_scenario(["CL=0%"], 10), 500)
    assert all(row["with"] == row["without"] for row in answer["horizons"])
    assert answer["cost"]["with"] == answer["cost"]["without"]
    assert answer["reactions"]["with"] == answer["reactions"]["without"]
    assert answer["cost"]["extra_usd"] == 0


def test_the_same_scenario_twice_is_the_same_answer(snapshot, crude):
    assert stress.stress(snapshot.connection, SETTINGS, own_scenario(["CL=-20%"], 10), 4_000) == crude


def test_the_vix_flag_is_set_above_thirty_and_the_band_follows(snapshot):
    now = snapshot.connection.execute("SELECT arg_max(close, observation_date) FROM staging.market_daily "
                                      "WHERE symbol = 'VIX'").fetchone()[0]  # fmt: skip
    for target, flag, band in ((14.0, 0, "complacent"), (24.0, 0, "aware"), (29.9, 0, "stress"), (30.2, 1, "crisis")):
        answer = stress.stress(snapshot.connection, SETTINGS, own_scenario([f"VIX={target - now:+.4f}"], 5), 200)
        after = answer["reactions"]["with"]
        assert after["vix_points"] == pytest.approx(target, abs=1e-3)
        assert (after["regime_vix_override_flag"], after["vix_band"]) == (flag, band)
        assert answer["reactions"]["without"]["vix_points"] == pytest.approx(now)


def test_a_violent_move_of_oil_takes_the_gate_to_crisis(snapshot):
    answer = stress.stress(snapshot.connection, SETTINGS, own_scenario(["ZL=+40%"], 3), 1_000)
    assert answer["reactions"]["with"]["gate"] == "CRISIS"
    assert answer["reactions"]["without"]["gate"] != "CRISIS"
    assert answer["oil_change_ratio"] == pytest.approx(0.4)
    assert "+40.0 %, as given" in " ".join(printed(scenario_tables.scenario(answer)).split())


def test_an_earlier_session_sees_nothing_of_what_came_after(tmp_path):
    made = make_snapshot(tmp_path / "earlier.duckdb")
    add_drivers(made.connection)
    made.connection.execute("UPDATE forecasts.zl_predictions SET as_of_date = DATE '2025-03-31'")
    scenario_of_two = own_scenario(["CL=-8%", "VIX=+2"], 5)
    known = stress.stress(made.connection, SETTINGS, scenario_of_two, 500)
    for table, price in (("staging.market_daily", "close"), ("staging.zl_prices_clean", "price_cents_per_lb")):
        made.connection.execute(
            f"UPDATE {table} SET {price} = 1e6, return_log = -0.5 WHERE observation_date > '2025-03-31'"
        )
    assert stress.stress(made.connection, SETTINGS, scenario_of_two, 500) == known
    episodes = known["analogues"]["episodes"]
    assert episodes
    assert max(episode["ended"] for episode in episodes) <= "2025-03-31"
    made.connection.close()


def test_it_says_that_no_model_reads_drivers_rather_than_inventing(crude):
    assert crude["model_sensitivities"]["available"] is False
    assert "None of the 3 models" in crude["model_sensitivities"]["words"]


def test_a_market_that_cannot_be_shocked_is_named_with_the_reason(snapshot):
    with pytest.raises(ConfigError, match="CPO cannot be shocked: 0 daily returns"):
        stress.stress(snapshot.connection, SETTINGS, scenario("shipping_crisis"))


def test_the_page_tells_a_buyer_what_it_costs(crude):
    text = " ".join(printed(scenario_tables.scenario(crude)).split())
    for shown in ("Own shocks: crude oil −20 %", "3,600,000 lb", "Usually goes with it", "Volatility gate", "VIX from",
                  "Left out: palm oil", crude["scenario_id"]):  # fmt: skip
        assert shown in text


def test_risk_by_month_is_that_of_the_months_average(snapshot):
    answer = price_risk.price_risk(snapshot.connection, SETTINGS, 2_000)
    assert [row["label"] for row in answer["horizons"]] == ["1w", "1m", "3m", "6m", "12m"]
    assert len(answer["months"]) == 6
    assert answer["months"][0]["month"] == "2025-07-01"
    total = sum(row["mean_cents_per_lb"] * row["open_lb"] / 100 for row in answer["months"])
    assert answer["bill"]["expected_usd"] == pytest.approx(total)
    chances = [row["probability_above_budget"] for row in answer["months"]]
    assert all(0 <= chance <= 1 for chance in chances)
    first, last = answer["months"][0], answer["months"][-1]
    assert last["expected_shortfall95_cents_per_lb"] > first["expected_shortfall95_cents_per_lb"]
    over = (last["expected_shortfall95_cents_per_lb"] - answer["price_cents_per_lb"]) * 6_000
    assert last["expected_shortfall95_usd"] == pytest.approx(over)  # 600,000 lb: 1 ¢/lb is 6,000 USD
    assert "over budget" in printed(risk_tables.risk(answer))


def test_the_next_contract_ends_where_the_front_does(snapshot):
    assert price_risk.price_risk(snapshot.connection, SETTINGS, 2_000)["next_contract"] is None  # none is quoted
    snapshot.connection.execute(
        "UPDATE staging.zl_prices_clean SET contract_month = '2025-08-01', second_contract_month = '2025-09-01', "
        "second_close_cents_per_lb = 66.0 WHERE observation_date = ?", [AS_OF]
    )  # fmt: skip
    answer = price_risk.price_risk(snapshot.connection, SETTINGS, 2_000)
    found = answer["next_contract"]
    # Six sessions before August: 24 July 2025, 17 sessions after 30 June with the Fourth off.
    assert (found["contract"], found["front_from"], found["sessions"]) == ("ZLU25", "2025-07-24", 17)
    month = answer["horizons"][1]["percentiles_cents_per_lb"]
    assert month["p10"] < found["p10_cents_per_lb"] < found["p90_cents_per_lb"] < month["p90"]
    assert "ZLU25, at 66.00, is the front from 24 Jul 2025 on" in " ".join(printed(risk_tables.risk(answer)).split())


def test_kept_answers_come_back_whole_and_by_a_beginning(tmp_path, crude):
    made = make_snapshot(tmp_path / "kept.duckdb")
    save(made.connection, crude, "2025-07-01T06:00:00+00:00")
    save(made.connection, crude, "2025-07-01T07:00:00+00:00")
    assert len(saved(made.connection)) == 1
    assert read(made.connection, "own-")["horizons"] == json.loads(json.dumps(crude["horizons"]))
    save(made.connection, crude | {"scenario_id": "own-other"}, "2025-07-01T08:00:00+00:00")
    with pytest.raises(ConfigError, match="2 saved scenarios begin with 'own-'"):
        read(made.connection, "own-")
    made.connection.close()


def test_a_replay_names_each_number_that_differs(crude):
    assert scenario_tables.replayed(crude, crude)["identical"]
    other = json.loads(json.dumps(crude))
    other["horizons"][1]["with"]["median_cents_per_lb"] += 0.5
    assert [row["what"] for row in scenario_tables.replayed(crude, other)["differs"]] == [
        "horizons[1].with.median_cents_per_lb"
    ]


def test_seven_scenarios_are_shipped_with_size_reason_and_source():
    assert list(scenarios()) == [
        "vix_spike", "china_embargo", "supply_shock", "currency_crisis", "credit_freeze", "shipping_crisis",
        "policy_shock",
    ]  # fmt: skip
    for one in scenarios().values():
        for move in one.moves:
            assert move.why
            assert move.source
            assert replace(parse_shock(f"{move.symbol}={move.size:+g}{move.unit.strip('points')}"),
                           why=move.why, source=move.source) == move  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("CL=-20", "percent: CL=-20%"), ("VIX=+30%", "points: VIX=\\+30"), ("XX=-1%", "markets are"),
        ("CL", "MARKET=SIZE"), ("CL=-99%", "−95 %"),
    ],
)  # fmt: skip
def test_a_shock_that_cannot_be_read_says_how_to_write_it(text, reason):
    with pytest.raises(ConfigError, match=reason):
        parse_shock(text)
    with pytest.raises(ConfigError, match="twice"):
        own_scenario(["CL=-1%", "crude=-2%"], 5)


def test_the_commands_keep_scenarios_and_leave_what_is_published_alone(tmp_path, monkeypatch):
    home = tmp_path / "home"
    workspace = create_workspace(home, "real", NOW)
    workspace.published.mkdir()
    made = make_snapshot(workspace.published / f"{RUN_ID}.duckdb")
    add_drivers(made.connection)
    made.connection.close()
    (workspace.published / "current").write_text(f"{RUN_ID}.duckdb")
    make_snapshot(home / "oilseer.duckdb").connection.close()
    monkeypatch.setenv("OILSEER_HOME", str(home))
    published = hashlib.sha256((workspace.published / f"{RUN_ID}.duckdb").read_bytes()).hexdigest()

    def ask(*args: str, code: int = 0) -> dict:
        done = CliRunner().invoke(app, [*args, "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    first = ask("scenario", "run", "credit_freeze")
    second = ask("scenario", "run", "--shock", "CL=-20%", "--shock", "VIX=+30", "--as-of", AS_OF.isoformat())
    assert ask("scenario", "show", first["scenario_id"]) | {"saved_at": 0} == first | {"saved_at": 0}
    assert {row["scenario_id"] for row in ask("scenario", "list")["saved"]} == {
        first["scenario_id"], second["scenario_id"]
    }  # fmt: skip
    both = ask("scenario", "compare", first["scenario_id"], second["scenario_id"])
    assert both["extra_difference_usd"] == second["cost"]["extra_usd"] - first["cost"]["extra_usd"]
    assert ask("scenario", "replay", first["scenario_id"])["identical"]
    assert hashlib.sha256((workspace.published / f"{RUN_ID}.duckdb").read_bytes()).hexdigest() == published
    assert not replay_path(workspace, AS_OF).exists()
