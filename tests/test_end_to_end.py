"""The demo as a user runs it: real processes, a real database, every command, and a replay of the past."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from oilseer.dashboard import accuracy, leaderboard
from oilseer.models.zoo import ZOO
from oilseer.quantiles import HORIZONS

pytestmark = pytest.mark.slow
AS_OF = "2023-05-03"
DAY_BEFORE = "2023-05-02"
DEMO_TIERS = ("benchmark", "density", "statistical")


def oilseer(*args: str, home: Path, cwd: Path, timeout: int = 900) -> subprocess.CompletedProcess:
    """Run the command in a process of its own, as a user would."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OILSEER_")}
    environment |= {"OILSEER_HOME": str(home), "COLUMNS": "100", "NO_COLOR": "1"}
    return subprocess.run(
        [sys.executable, "-m", "oilseer.cli", *args],
        capture_output=True, text=True, env=environment, cwd=cwd, timeout=timeout, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A finished demo: folder, and what it printed."""
    folder = tmp_path_factory.mktemp("demo")
    done = oilseer("demo", home=folder / "unused", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.fixture
def ask(demo):
    """Ask a command for JSON in the demo's workspace."""
    folder, _ = demo

    def run(*args: str, code: int = 0) -> dict:
        done = oilseer(*args, "--json", home=folder / "demo" / "workspace", cwd=folder)
        assert done.returncode == code, done.stderr
        return json.loads(done.stdout)

    return run


def rows_of(folder: Path, query: str, *params):
    snapshot = folder / "demo" / "workspace" / "published"
    with duckdb.connect(str(snapshot / (snapshot / "current").read_text().strip()), read_only=True) as connection:
        return connection.execute(query, params).fetchall()


def test_the_quant_pages_stand_on_the_scorecard_and_on_the_choice_that_was_made(demo):
    snapshot = demo[0] / "demo" / "workspace" / "published"
    with duckdb.connect(str(snapshot / (snapshot / "current").read_text().strip()), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = (
            "SELECT crps, coverage80, n_origins, n_effective FROM training.model_backtest_zl "
            "WHERE model = 'ensemble' AND target = 'price' AND slice = 'all' AND horizon = ?"
        )
        for label, found in accuracy.past(connection).items():
            scored = connection.execute(query, [HORIZONS[label]]).fetchone()
            counts = len(found.known), found.independent()
            told = found.loss("ensemble").mean(), found.inside(0.8).mean(), *counts
            assert told == pytest.approx(scored, abs=1e-12)
            board = leaderboard.leaderboard(connection, label)
            assert board["reasons_known"], label  # what was believed, made again, is what is stored
            assert sum(row["weight"] for row in board["rows"]) == pytest.approx(1)


def test_the_demo_prints_a_marked_brief_and_writes_the_report(demo):
    folder, printed = demo
    assert "SIMULATED" in printed
    assert any(action in printed for action in ("BUY", "LADDER", "WAIT", "MONITOR"))
    report = (folder / "demo" / "oilseer-demo.html").read_text()
    assert "SIMULATED" in report
    assert "https://" not in report.split("<body")[1].split("<script")[0]


def test_the_scorecard_has_every_model_beside_its_benchmarks(ask):
    rows = ask("scorecard")["rows"]
    wanted = {"model", "horizon", "n_origins", "n_effective", "crps", "skill_b0", "skill_b0_low", "skill_b0_high",
              "skill_b1", "mape", "mape_ratio_rw", "coverage80", "coverage90"}  # fmt: skip
    assert wanted <= set(rows[0])
    prices = {name for name, entry in ZOO.items() if entry.target == "price" and entry.tier in DEMO_TIERS}
    assert {row["model"] for row in rows} == prices | {"ensemble"}
    assert {row["horizon"] for row in rows} == set(HORIZONS.values())
    assert min(row["n_origins"] for row in rows if row["model"] == "ensemble") >= 60
    assert all(row["skill_b0"] == 0 for row in rows if row["model"] == "B0")


def test_published_forecasts_carry_units_one_run_and_ordered_quantiles(ask):
    answer = ask("forecast")
    assert answer["simulated"] is True
    assert answer["run_id"]
    assert answer["units"]
    assert [row["label"] for row in answer["horizons"]] == list(HORIZONS)
    for row in answer["horizons"]:
        values = list(row["quantiles"].values())
        assert len(values) == 9
        assert values == sorted(values)


def test_the_plan_answers_with_an_action_and_the_run(ask):
    answer = ask("plan")
    assert answer["run_id"]
    assert json.dumps(answer).count("tripwire")


@pytest.mark.parametrize("horizon", ["1w", "1m", "3m", "6m", "12m"])
def test_explanations_add_up_to_the_published_median(ask, horizon):
    answer = ask("explain", "--horizon", horizon)
    published = next(row for row in ask("forecast")["horizons"] if row["label"] == horizon)
    for parts in ("components", "driver_groups", "buckets"):
        total = answer["price_cents_per_lb"] + sum(part["contribution_cents_per_lb"] for part in answer[parts])
        assert abs(total - published["median"]) < 1e-6, parts
    assert answer["simulated"]
    assert {row["cause"] for row in answer["changes"]} == {"price", "roll", "drivers", "revisions", "model"}


def test_a_table_of_ones_own_is_written_planned_and_its_policies_replayed(demo, ask):
    folder, _ = demo
    path = folder / "needs.csv"
    written = oilseer("plan", "--example", str(path), home=folder / "demo" / "workspace", cwd=folder)
    assert written.returncode == 0, written.stderr
    answer = ask("plan", "--needs", str(path))
    assert answer["need_lb"] == 12e6
    assert answer["months"][0]["covered_lb"] == 3e5
    again = oilseer("plan", "--example", str(path), home=folder / "demo" / "workspace", cwd=folder)
    assert again.returncode == 2
    assert "a file that is there already" in again.stderr
    policies = {row["policy"]: row for row in ask("plan", "backtest", "--since", "2021")["policies"]}
    assert policies["foresight"]["share_of_ceiling"] == 1.0
    assert policies["trend"]["low"] <= policies["trend"]["saving_vs_ratable_cents_lb"] <= policies["trend"]["high"]


def test_gates_pass_and_the_demo_is_healthy_at_its_own_last_session(ask):
    assert all(row["passed"] for row in ask("gates")["rows"] if row["blocking"])
    assert not ask("health")["critical_stale"]


def test_bands_hold_their_nominal_coverage_on_the_simulated_market(ask):
    from scipy.stats import binom

    for row in ask("scorecard")["rows"]:
        if row["model"] != "ensemble":
            continue
        # outcomes that share sessions are worth fewer: the bound is binomial in those that share none
        n = row["n_effective"]
        for nominal, column in ((0.8, "coverage80"), (0.9, "coverage90")):
            low, high = binom.ppf((0.005, 0.995), n, nominal) / n
            assert low - 0.5 / n <= row[column] <= high + 0.5 / n, (row["horizon"], column, row[column])


def test_a_second_demo_recomputes_nothing(demo):
    folder, printed = demo
    count = "SELECT count(*), count(DISTINCT run_id) FROM training.walk_forward"
    before = rows_of(folder, count)
    again = oilseer("demo", home=folder / "unused", cwd=folder)
    assert again.returncode == 0, again.stderr
    assert rows_of(folder, count) == before
    assert again.stdout == printed


def test_a_replay_of_the_past_says_what_was_said_there(demo, ask):
    folder, _ = demo
    answer = ask("forecast", "--as-of", AS_OF)
    assert answer["as_of_date"] == AS_OF
    replayed = next((folder / "demo" / "workspace" / "replays").glob("*.duckdb"))
    with duckdb.connect(str(replayed), read_only=True) as connection:
        assert (
            str(connection.execute("SELECT max(observation_date) FROM staging.zl_prices_clean").fetchone()[0]) == AS_OF
        )
        # of earlier origins all but the day before, which is explained against, were recognised by the hash of what
        # their models saw: nothing later had leaked into them
        made = connection.execute(
            "SELECT DISTINCT origin FROM training.walk_forward WHERE run_id LIKE '20230503%' AND model <> 'ensemble'"
        ).fetchall()
        assert sorted(str(row[0]) for row in made) == [DAY_BEFORE, AS_OF]
    scores = ask("scorecard", "--as-of", AS_OF)["rows"]
    assert max(row["last_origin"] for row in scores) < AS_OF
    assert ask("plan", "--as-of", AS_OF)["as_of_date"] == AS_OF
    assert ask("explain", "--as-of", AS_OF)["since"] == DAY_BEFORE


def test_poisoning_the_future_changes_no_forecast_of_the_past(demo, ask, tmp_path):
    folder, _ = demo
    honest = ask("forecast", "--as-of", AS_OF)["horizons"]
    reasons = ask("explain", "--as-of", AS_OF)["components"]
    home = tmp_path / "poisoned"
    shutil.copytree(folder / "demo" / "workspace", home, ignore=shutil.ignore_patterns("replays"))
    snapshot = home / "published" / (home / "published" / "current").read_text().strip()
    with duckdb.connect(str(snapshot)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for (table,) in connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'raw'"
        ).fetchall():
            numbers = connection.execute(
                "SELECT column_name FROM duckdb_columns() "
                "WHERE schema_name = 'raw' AND table_name = ? AND data_type = 'DOUBLE'",
                [table],
            ).fetchall()
            if numbers:
                changes = ", ".join(f'"{name}" = 1e9' for (name,) in numbers)
                connection.execute(
                    f"UPDATE raw.{table} SET {changes} WHERE available_at > TIMESTAMPTZ '{AS_OF} 21:00:00+00'"
                )
        connection.execute("DELETE FROM training.walk_forward WHERE origin > CAST(? AS DATE)", [AS_OF])
    for command, part, said in (("forecast", "horizons", honest), ("explain", "components", reasons)):
        done = oilseer(command, "--as-of", AS_OF, "--json", home=home, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)[part] == said


@pytest.mark.parametrize(
    ("args", "code", "reason"),
    [
        (("forecast", "--as-of", "yesterday"), 2, "expected a date as YYYY-MM-DD"),
        (("forecast", "--as-of", "2031-01-01"), 1, "has no ZL price"),
        (("scorecard", "--slice", "moon"), 2, "moon"),
        (("import", "nowhere", "--mapping", "none.yaml"), 2, "simulated workspace and stays one"),
        (("fly",), 2, "No such command"),
    ],
)
def test_wrong_use_says_what_to_do(demo, args, code, reason):
    folder, _ = demo
    done = oilseer(*args, home=folder / "demo" / "workspace", cwd=folder)
    assert done.returncode == code, (done.stdout, done.stderr)
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_an_empty_home_says_how_to_begin(tmp_path):
    done = oilseer("brief", home=tmp_path / "home", cwd=tmp_path)
    assert done.returncode == 2
    assert "oilseer import" in done.stderr


def test_a_wrong_setting_is_named(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "oilseer.toml").write_text("jobs = 0\n")
    done = oilseer("brief", home=home, cwd=tmp_path)
    assert done.returncode == 2
    assert "OILSEER_JOBS" in done.stderr
