"""Two systems' forecasts side by side: a week by hand, where each difference is known."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from oilseer.cli import app
from oilseer.errors import ConfigError, SourceError
from oilseer.ops import parallel
from oilseer.quantiles import HORIZONS, LEVELS, QUANTILE_COLUMNS
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)
WEEK = [date(2025, 3, day) for day in (3, 4, 5, 6, 7)]
SESSIONS = sorted(HORIZONS.values())[:2]


def value(day: date, horizon: int, level: float) -> float:
    """A forecast that anyone can make again: 45 + day + horizon/100 + level."""
    return round(45 + day.day + horizon / 100 + level, 6)


def theirs(days: list[date] = WEEK) -> list[tuple]:
    return [(d, h, v, value(d, h, v)) for d in days for h in SESSIONS for v in LEVELS]


def csv(rows: list[tuple]) -> str:
    return "\n".join(["as_of_date,horizon,level,value", *(",".join(map(str, row)) for row in rows)]) + "\n"


@pytest.fixture
def published(tmp_path, monkeypatch) -> Workspace:
    """A workspace in which our five days are published."""
    workspace = create_workspace(tmp_path / "home", "real", NOW)
    rows = [(d, h, *(value(d, h, v) for v in LEVELS)) for d in WEEK for h in SESSIONS]
    frame = pl.DataFrame(rows, schema=["as_of_date", "horizon", *QUANTILE_COLUMNS], orient="row").to_arrow()
    with writer(workspace) as connection:
        connection.register("ours", frame)
        connection.execute("CREATE SCHEMA IF NOT EXISTS forecasts")
        connection.execute("CREATE TABLE forecasts.zl_predictions AS SELECT * FROM ours")
    monkeypatch.setenv("OILSEER_HOME", str(workspace.home))
    return workspace


def run(tmp_path: Path, content: str, *options: str):
    file = tmp_path / "other.csv"
    file.write_text(content)
    return CliRunner().invoke(app, ["parallel-run", str(file), *options])


def recorded(workspace: Workspace, query: str) -> list[tuple]:
    with writer(workspace) as connection:
        return connection.execute(query).fetchall()


def test_a_week_of_equal_forecasts_agrees_and_every_pair_is_recorded(published, tmp_path):
    result = run(tmp_path, csv(theirs()), "--json")
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert (answer["agrees"], answer["shared_days"], answer["compared"]) == (True, 5, 5 * 2 * 9)
    query = "SELECT verdict, count(*), max(abs(difference_cents_per_lb)) FROM ops.parallel_runs GROUP BY verdict"
    assert recorded(published, query) == [("agrees", 90, 0.0)]


def test_the_one_value_that_lies_apart_is_named_with_exit_code_1(published, tmp_path):
    rows = theirs()
    day, horizon, level, own = rows[13]
    rows[13] = (day, horizon, level, own + 0.3)
    result = run(tmp_path, csv(rows), "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert (answer["differing"], answer["agreeing"]) == (1, 89)
    assert [(r["as_of_date"], r["horizon"], r["level"]) for r in answer["rows"]] == [(str(day), horizon, level)]
    assert answer["largest_difference_cents_per_lb"] == pytest.approx(0.3)
    text = run(tmp_path, csv(rows)).output
    assert "They do not agree" in text
    assert f"{own:.3f}" in text


@pytest.mark.parametrize(
    ("apart", "options", "code"),
    [(0.04, [], 0), (0.06, [], 1), (0.06, ["--tolerance", "0.07", "--percent", "1"], 0),
     (0.06, ["--tolerance", "0.07"], 1)],
)  # fmt: skip
def test_both_limits_must_hold(published, tmp_path, apart, options, code):
    rows = [(d, h, v, own + apart) for d, h, v, own in theirs()]
    assert run(tmp_path, csv(rows), *options).exit_code == code  # 0.1 % of about 50 ¢/lb is 0.05


def test_days_that_only_one_system_has_are_listed_and_do_not_agree(published, tmp_path):
    rows = [row for row in theirs() if row[0] != WEEK[2]]
    result = run(tmp_path, csv(rows), "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["days_only_ours"] == ["2025-03-05"]
    extra = theirs([*WEEK, date(2025, 3, 10)])
    assert json.loads(run(tmp_path, csv(extra), "--json").stdout)["days_only_theirs"] == ["2025-03-10"]
    inside = run(tmp_path, csv(extra), "--until", "2025-03-07", "--json")
    assert (inside.exit_code, json.loads(inside.stdout)["agrees"]) == (0, True)


def test_horizons_and_levels_of_one_system_alone_are_listed_once_not_row_by_row(published, tmp_path):
    rows = [row for row in theirs() if row[1] == SESSIONS[0] and row[2] != 0.5]
    answer = json.loads(run(tmp_path, csv(rows), "--json").stdout)
    assert (answer["horizons_only_ours"], answer["levels_only_ours"]) == ([SESSIONS[1]], [0.5])
    assert (answer["days_only_ours"], answer["differing"], answer["agrees"]) == ([], 0, False)


def test_a_label_such_as_1m_is_a_horizon_in_sessions(published, tmp_path):
    names = {sessions: label for label, sessions in HORIZONS.items()}
    rows = [(d, names[h], v, own) for d, h, v, own in theirs()]
    assert run(tmp_path, csv(rows)).exit_code == 0


def test_the_same_comparison_twice_is_recorded_once(published, tmp_path):
    for _ in range(2):
        run(tmp_path, csv(theirs()))
    assert recorded(published, "SELECT count(*) FROM ops.parallel_runs") == [(90,)]


# ---- errors teach ----


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        ("", SourceError, "0 bytes; export it again"),
        ("as_of_date,horizon,level\n2025-03-03,5,0.5\n", ConfigError, "columns value missing, found as_of_date"),
        ("as_of_date,horizon,level,value\n", SourceError, "a header and no rows"),
        ("as_of_date,horizon,level,value\n03.03.2025,5,0.5,48\n", SourceError, "expected a date as YYYY-MM-DD"),
        ("as_of_date,horizon,level,value\n2025-03-03,5,50,48\n", SourceError, "a level in (0, 1)"),
        ("as_of_date,horizon,level,value\n2025-03-03,5,0.5,-3\n", SourceError, "¢/lb above 0"),
        ("as_of_date,horizon,level,value\n2025-03-03,5,0.5,NaN\n", SourceError, "1 of 1 rows cannot be used"),
        (csv([*theirs(), theirs()[0]]), SourceError, "stands twice"),
        (csv(theirs([date(2031, 1, 6)])), None, ""),
    ],
)
def test_what_cannot_be_compared_is_refused_in_words(published, tmp_path, content, error, words):
    result = run(tmp_path, content)
    if error is None:  # days that we do not have are an answer, not an error
        assert result.exit_code == 1
        assert "Days only they have: 2031-01-06" in result.output
        return
    assert isinstance(result.exception, error)
    assert words in str(result.exception)
    assert recorded(published, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'parallel_runs'") == [(0,)]


def test_a_wrong_path_ending_or_span_and_an_unpublished_workspace_say_what_to_do(published, tmp_path):
    with pytest.raises(ConfigError, match="is no file; expected a CSV or Parquet"):
        parallel.read_other(tmp_path / "none.csv")
    (tmp_path / "f.xlsx").write_bytes(b"PK")
    with pytest.raises(ConfigError, match=r"expected \.csv or \.parquet"):
        parallel.read_other(tmp_path / "f.xlsx")
    result = run(tmp_path, csv(theirs()), "--since", "2025-03-07", "--until", "2025-03-03")
    assert "name its first day before its last" in str(result.exception)
    with writer(published) as connection:
        connection.execute("DROP TABLE forecasts.zl_predictions")
    assert "`oilseer run` makes the first" in str(run(tmp_path, csv(theirs())).exception)
