"""Early evidence ends where the walk-forward begins, and a blocked run publishes nothing."""

from datetime import UTC, date, datetime

import pytest
from market_history import make_history

from oilseer import pipeline
from oilseer.checks import Check
from oilseer.errors import GateFailed
from oilseer.pipeline import Step
from oilseer.settings import Settings
from oilseer.warehouse import connect
from oilseer.warehouse.workspace import create_workspace

HISTORY = make_history(2600)  # from January 2008
NOW = datetime(2025, 1, 1, tzinfo=UTC)


def test_early_origins_are_month_ends_before_the_walk_forward_with_years_behind_them():
    found = pipeline.early_origins(HISTORY, Settings(first_scored_year=2016, early_evidence_years=9), date(2014, 1, 31))
    assert found[0] == date(2012, 12, 31)  # five years after the first session, though 2007 was asked
    assert found[-1] == date(2013, 12, 31)
    assert len(found) == 13


def test_no_early_origins_where_none_are_asked():
    assert (
        pipeline.early_origins(HISTORY, Settings(first_scored_year=2016, early_evidence_years=0), date(2014, 1, 31))
        == []
    )


def one_session(day):
    """A staging with one priced session, which is all that the identity of a run asks of it."""
    day.connection.execute(
        "CREATE OR REPLACE TABLE staging.zl_prices_clean AS SELECT DATE '2024-05-03' AS observation_date"
    )


def test_steps_taken_one_by_one_leave_the_verdicts_and_the_run_of_a_whole_run(tmp_path, monkeypatch):
    made = []
    steps = (
        Step("staging", "", lambda day: (one_session(day), made.append("staging")),
             lambda day: [Check("long_enough", False, "1", "6,000", blocking=False)]),
        Step("features", "", lambda day: made.append("features"), lambda day: [Check("rows", True, "1", "1")]),
    )  # fmt: skip
    monkeypatch.setattr(pipeline, "STEPS", steps)
    kept = []
    for name in ("whole", "parts"):
        workspace = create_workspace(tmp_path / name, "simulated", NOW)
        job = pipeline.Job(Settings(), lambda: NOW, lambda step, done, total: None)
        if name == "whole":
            pipeline.run(workspace, job)
        else:
            for step in steps:
                assert [check.name for check in pipeline.take(workspace, job, step)] in (["long_enough"], ["rows"])
            pipeline.publish_last(workspace, job)
        with connect.reader(workspace) as connection:
            kept.append([
                connection.execute("SELECT * FROM ops.gate_results ORDER BY ALL").fetchall(),
                connection.execute("SELECT run_id, as_of_date, status FROM ops.pipeline_runs").fetchall(),
                connect.current_snapshot(workspace).name,
            ])  # fmt: skip
    assert kept[0] == kept[1]
    assert made == ["staging", "features"] * 2


def test_a_blocked_run_says_why_is_recorded_and_publishes_nothing(tmp_path, monkeypatch):
    workspace = create_workspace(tmp_path / "home", "simulated", NOW)
    job = pipeline.Job(Settings(), lambda: NOW, lambda step, done, total: None)
    monkeypatch.setattr(pipeline, "STEPS", (
        Step("staging", "", one_session, lambda day: [Check("sound", False, "rot", "rye")]),
        Step("features", "", lambda day: pytest.fail("the gate before it did not block"), lambda day: []),
    ))  # fmt: skip
    with pytest.raises(GateFailed, match="sound: found rot, expected rye"):
        pipeline.run(workspace, job)
    assert not workspace.published.exists()
    with connect.writer(workspace) as connection:
        assert connection.execute("SELECT status, detail FROM ops.pipeline_runs").fetchall() == [
            ("blocked", "1 gate failed: sound: found rot, expected rye")
        ]
        assert connection.execute("SELECT gate, passed FROM ops.gate_results").fetchall() == [("sound", False)]
