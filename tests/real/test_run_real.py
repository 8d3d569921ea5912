"""From real files to a brief, and the same as of a past session; scored on few origins to stay quick."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REAL = Path(os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.exists(), reason=f"no real data at {REAL}; set OILSEER_REAL_DATA to its folder"),
]


@pytest.fixture(scope="module")
def oilseer(tmp_path_factory):
    """A function that runs the command in one real workspace, which it fills first."""
    home = tmp_path_factory.mktemp("real") / "home"
    environment = os.environ | {
        "OILSEER_HOME": str(home),
        "OILSEER_FIRST_SCORED_YEAR": "2019",
        "OILSEER_EARLY_EVIDENCE_YEARS": "4",
        "OILSEER_TIERS": '["benchmark", "density", "statistical"]',
    }

    def run(*args: str) -> dict:
        done = subprocess.run(
            [sys.executable, "-m", "oilseer.cli", *args, "--json"],
            capture_output=True, text=True, env=environment, cwd=ROOT, timeout=1500, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    run("import", str(REAL), "--mapping", "tests/real/mapping.yaml")
    run("run", "--no-ingest")
    return run


def test_the_brief_is_of_the_latest_session(oilseer):
    assert oilseer("brief")["as_of_date"] == "2025-06-30"
    assert oilseer("forecast")["simulated"] is False


def test_the_ensemble_beats_no_change_and_its_bands_hold(oilseer):
    rows = {row["horizon"]: row for row in oilseer("scorecard")["rows"] if row["model"] == "ensemble"}
    assert all(row["skill_b0"] > 0 for row in rows.values())
    assert abs(rows[5]["coverage80"] - 0.80) < 0.08
    assert abs(rows[21]["coverage90"] - 0.90) < 0.08


def test_nothing_is_too_good_to_be_true(oilseer):
    assert all(row["mape_ratio_rw"] > 0.7 for row in oilseer("scorecard")["rows"])
    assert all(row["passed"] for row in oilseer("gates")["rows"] if row["blocking"])


def test_a_past_session_answers_as_it_looked_then(oilseer):
    for command in ("forecast", "plan", "brief", "scorecard"):
        assert oilseer(command, "--as-of", "2022-05-02")["as_of_date"] == "2022-05-02"
