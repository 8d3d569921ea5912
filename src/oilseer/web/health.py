"""Whether the product can be acted on, for machines, the status page and the stream of events."""

from datetime import datetime

import duckdb

from oilseer import __version__
from oilseer.ops import health, watch
from oilseer.ops.jobs import read_state
from oilseer.reference.jobs import jobs
from oilseer.web.memory import Memory
from oilseer.web.problems import nothing_published
from oilseer.web.visit import Visit


def health_now(visit: Visit) -> dict:
    """Health of tables and sources as published and of jobs as they run, at this minute."""
    now = visit.site.clock().replace(second=0, microsecond=0)
    if visit.publication is None:
        answer = _unpublished(visit, now)
    else:
        minutes = visit.publication.memory.setdefault("health", Memory(2))
        answer = minutes.get(now, lambda: visit.read(measured, now))
    critical = watch.critical_sources(answer["sources"])
    why = [*answer["why"], *(f"{table} is stale or empty" for table in answer["critical_stale"]),
           *(f"source {name} is stale" for name in critical)]  # fmt: skip
    states = [read_state(visit.site.workspace.home, name) for name in jobs()]
    return answer | {
        "healthy": not why, "why": why, "critical_sources_stale": critical, "version": __version__,
        "jobs": watch.job_rows(states, visit.site.clock()),
    }  # fmt: skip


def measured(connection: duckdb.DuckDBPyConnection, now: datetime) -> dict:
    """Health of a publication's tables and sources; a simulated market has no sources."""
    found = health.health(connection, now)
    sources = [] if found["simulated"] else watch.source_rows(connection, now)
    return found | {"sources": sources, "published": True, "why": []}


def _unpublished(visit: Visit, now: datetime) -> dict:
    why = nothing_published(visit.site.workspace.home).detail
    kind = visit.site.workspace.kind
    return {
        "published": False, "why": [why], "run_id": None, "as_of_date": None, "workspace": kind,
        "simulated": kind == "simulated", "measured_at": now.isoformat(), "status": "never", "words": why,
        "counts": dict.fromkeys(health.STATUSES, 0), "critical_stale": [], "sources": [], "rows": [], "units": {},
    }  # fmt: skip
