"""Early evidence ends where the walk-forward begins, and a blocked run publishes nothing."""

from datetime import UTC, date, datetime

import pytest
from market_history import make_history

from oilseer import pipeline
from oilseer.checks import Check
from oilseer.errors import GateFailed
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


def test_a_blocked_run_says_why_is_recorded_and_publishes_nothing(tmp_path, monkeypatch):
    workspace = create_workspace(tmp_path / "home", "simulated", NOW)
    job = pipeline.Job(Settings(), lambda: NOW, lambda step, done, total: None)
    monkeypatch.setattr(pipeline, "build", lambda connection, job: date(2024, 5, 3))
    monkeypatch.setattr(
        pipeline.gates, "after_staging", lambda connection, replayed: [Check("sound", False, "rot", "rye")]
    )
    with pytest.raises(GateFailed, match="sound: found rot, expected rye"):
        pipeline.run(workspace, job)
    assert not workspace.published.exists()
    with connect.writer(workspace) as connection:
        assert connection.execute("SELECT status, detail FROM ops.pipeline_runs").fetchall() == [
            ("blocked", "1 gate failed: sound: found rot, expected rye")
        ]
        assert connection.execute("SELECT gate, passed FROM ops.gate_results").fetchall() == [("sound", False)]
