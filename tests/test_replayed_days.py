"""Two days of a workspace that is fed by services alone: nothing is imported, the replay server answers for all.

Server and product are processes of their own, started as a person would; scored on few origins to stay quick.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from oilseer.reference.sources import sources

ROOT = Path(__file__).parents[1]
REAL = Path(os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.exists(), reason=f"no real data at {REAL}; set OILSEER_REAL_DATA to its folder"),
]
FRIDAY, MONDAY = "2025-06-27", "2025-06-30"
KEYS = {facts.key: "0123456789abcdef0123456789abcdef" for facts in sources().values() if facts.key}
FEW = {"OILSEER_FIRST_SCORED_YEAR": "2020", "OILSEER_WARM_UP_YEARS": "0", "OILSEER_EARLY_EVIDENCE_YEARS": "0"}
TOLD = ("status", "last_success", "rows", "newest_available_at")
ADDED_TO = ("training.walk_forward", "forecasts.zl_predictions", "features.daily_ml_matrix_zl")


@contextmanager
def server(day: str, home: Path):
    """The replay server of a day by its documented command; yields the settings that it tells to export."""
    command = [sys.executable, "tests/replay", str(REAL), "--day", day, "--drop", str(home / "drop"), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield dict(re.findall(r"(OILSEER_\w+)=(\S+)", process.stdout.readline()))
    finally:
        process.kill()  # it has nothing to put in order, and a library of another test may have had SIGTERM ignored
        process.communicate(timeout=60)


def oilseer(*args: str, home: Path, told: dict[str, str]) -> tuple[int, dict]:
    """Exit code and JSON of a command in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OILSEER_")}
    own = {"OILSEER_HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    done = subprocess.run(
        [sys.executable, "-m", "oilseer.cli", *args, "--json"],
        capture_output=True, text=True, env=clean | KEYS | FEW | own | told, cwd=ROOT, timeout=1800, check=False,
    )  # fmt: skip
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """What the commands said on both days, and the two databases, that of Friday attached as `before`."""
    folder = tmp_path_factory.mktemp("replayed")
    home, answers = folder / "home", {}
    for day in (FRIDAY, MONDAY):
        with server(day, home) as told:
            answers[day] = {"run": oilseer("run", home=home, told=told)}
            for name in ("health", "gates"):
                answers[day][name] = oilseer(name, home=home, told=told)
        if day == FRIDAY:
            shutil.copy(home / "oilseer.duckdb", folder / "before.duckdb")
    answers[MONDAY]["ingest"] = oilseer("ingest", "--offline", home=home, told=told)
    with duckdb.connect(str(home / "oilseer.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"ATTACH '{folder / 'before.duckdb'}' AS before (READ_ONLY)")
        yield answers, connection


def test_the_services_alone_lead_to_a_brief_on_both_days(days):
    answers, _ = days
    for day in (FRIDAY, MONDAY):
        code, brief = answers[day]["run"]
        assert code == 0
        assert (brief["as_of_date"], brief["simulated"]) == (day, False)
    code, gates = answers[MONDAY]["gates"]
    assert code == 0
    assert all(row["passed"] for row in gates["rows"] if row["blocking"])


def test_the_second_day_changes_and_loses_no_raw_row(days):
    _, connection = days
    tables = [row[0] for row in connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'before' AND schema_name = 'raw' ORDER BY ALL"
    ).fetchall()]  # fmt: skip
    lost = {name: missing(connection, f"raw.{name}") for name in tables}
    assert lost == dict.fromkeys(tables, 0)
    more = sum(size(connection, f"raw.{name}") - size(connection, f"before.raw.{name}") for name in tables)
    assert more > 100
    newest = "SELECT max(observation_date)::VARCHAR FROM raw.yahoo_prices_1d WHERE symbol = 'ZL'"
    assert connection.execute(newest).fetchone()[0] == MONDAY


def test_the_second_day_adds_one_session_and_its_forecasts(days):
    _, connection = days
    assert {name: missing(connection, name) for name in ADDED_TO} == dict.fromkeys(ADDED_TO, 0)
    matrix = "features.daily_ml_matrix_zl"
    assert size(connection, matrix) == size(connection, f"before.{matrix}") + 1
    published = connection.execute(
        "SELECT as_of_date::VARCHAR, count(*) FROM forecasts.zl_predictions GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    assert published == [(FRIDAY, 5), (MONDAY, 5)]
    origins = connection.execute(
        "SELECT DISTINCT origin::VARCHAR FROM (SELECT model, origin, horizon FROM training.walk_forward EXCEPT "
        "SELECT model, origin, horizon FROM before.training.walk_forward)"
    ).fetchall()
    assert origins == [(MONDAY,)]


@pytest.mark.parametrize("command", ["ingest", "health", "gates"])
def test_every_source_is_listed_with_what_it_brought(days, command):
    code, answer = days[0][MONDAY][command]
    assert code == 0
    rows = {row["source"]: row for row in answer["rows" if command == "ingest" else "sources"]}
    assert list(rows) == list(sources())
    assert len(rows) == 28
    for name, row in rows.items():
        assert all(row[field] for field in TOLD), name
        assert row["status"] in {"ingest": ("stale",)}.get(command, ("fresh", "late", "stale")), name
        # Monday's run asked at 22:00 New York
        assert row["last_success"].startswith("2025-07-01"), name


def missing(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of Friday that Monday's table does not hold exactly so; the ensemble is made anew, and says by which run."""
    kept = "* EXCLUDE (run_id)" if table == "training.walk_forward" else "*"
    query = f"SELECT count(*) FROM (SELECT {kept} FROM before.{table} EXCEPT ALL SELECT {kept} FROM {table})"
    return connection.execute(query).fetchone()[0]


def size(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
