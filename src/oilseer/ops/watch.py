"""Health of sources and jobs, each against its own rhythm; beside the health of tables."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import duckdb

from oilseer.ops.jobs import State
from oilseer.reference.jobs import jobs
from oilseer.reference.sources import SourceFacts, sources
from oilseer.warehouse.tables import tables

GRACE = timedelta(hours=2)  # a job that is due and has not ended well by then is late; after two more times stale


def source_rows(connection: duckdb.DuckDBPyConnection, now: datetime) -> list[dict]:
    """Every source of the registry: freshness by its newest public row, and how its last attempt went.

    now  UTC, aware. A source that was never asked is `never`; one without a key or file says so in `last_attempt`.
    """
    known = {}
    if "ops.source_status" in tables(connection):
        query = (
            "SELECT source, status, epoch_us(last_success), epoch_us(newest_available_at), rows, message "
            "FROM ops.source_status"
        )
        known = {row[0]: row[1:] for row in connection.execute(query).fetchall()}
    return [_source(facts, known.get(name), now) for name, facts in sources().items()]


def critical_sources(rows: Sequence[dict]) -> list[str]:
    """Critical sources that were asked and have nothing fresh to show; one that was never asked is not in use."""
    return [
        row["source"] for row in rows
        if row["critical"] and row["last_attempt"] != "never" and row["status"] in ("stale", "never")
    ]  # fmt: skip


def _source(facts: SourceFacts, found: tuple | None, now: datetime) -> dict:
    attempt, success, newest, count, message = found or ("never", None, None, 0, "")
    public = _instant(newest)
    age = None if public is None else max(0.0, (now - public).total_seconds() / 86_400)
    if age is None:
        status = "never"
    elif age > facts.stale_after_days:
        status = "stale"
    else:
        status = "late" if age > facts.late_after_days else "fresh"
    return {
        "source": facts.name, "title": facts.title, "cadence": facts.cadence, "critical": facts.critical,
        "status": status, "last_attempt": attempt,
        "last_success": None if success is None else _instant(success).isoformat(),
        "newest_available_at": None if public is None else public.isoformat(),
        "age_days": None if age is None else round(age, 1), "rows": count, "message": message,
        "without_it": facts.without_it if status == "never" else "",
    }  # fmt: skip


def job_rows(states: Sequence[State], now: datetime) -> list[dict]:
    """Every job: fresh while its last success is younger than its rhythm allows; `never` where it never ended well."""
    from apscheduler.triggers.cron import CronTrigger

    rows = []
    for state in states:
        job = jobs()[state.name]
        status, due = "never", None
        if state.last_success:
            trigger = CronTrigger.from_crontab(job.cron, timezone=job.zone)
            due = trigger.get_next_fire_time(None, datetime.fromisoformat(state.last_success))
            status = "fresh"
            if due + GRACE < now:
                after = trigger.get_next_fire_time(due, due + timedelta(seconds=1))
                third = trigger.get_next_fire_time(after, after + timedelta(seconds=1))
                status = "stale" if third + GRACE < now else "late"
        rows.append({
            "job": state.name, "what": job.what, "when": f"{job.cron} {job.zone}", "status": status,
            "last_success": state.last_success, "exit_code": state.exit_code, "runs": state.runs,
            "failures": state.failures, "was_due": due.astimezone(UTC).isoformat() if due else None,
        })  # fmt: skip
    return rows


def _instant(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1e6, UTC)
