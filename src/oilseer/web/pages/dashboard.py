"""The first page of the morning: price, what to do, where the price may go, why, and what it all rests on."""

from collections import Counter
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from oilseer.dashboard import (
    answers,
    band_record,
    brief_words,
    charts,
    charts_morning,
    convictions,
    event_words,
    evidence,
    explanations,
    past_fan,
    report,
    words,
)
from oilseer.quantiles import HORIZONS
from oilseer.web.api.parameters import Label
from oilseer.web.health import health_now
from oilseer.web.pages.big_eight_cards import big_eight_cards
from oilseer.web.pages.files import FileKind, TableName, as_file
from oilseer.web.pages.rendering import page
from oilseer.web.pages.staleness import old_days
from oilseer.web.visit import Seen, Visit, Visiting

HISTORY_SESSIONS = 252
STATUS_MARKS = {"fresh": "✓", "late": "◷", "stale": "✗", "never": "–"}
router = APIRouter(include_in_schema=False)


@router.get("/dashboard")
def dashboard(visit: Visiting, horizon: Label = "1m", origin: str = "") -> Response:
    """The page; `horizon` of the drivers and of conviction, `origin` of the past forecast that is shown."""
    brief, explained = visit.see(answers.brief), visit.see(explanations.explain, horizon)
    replayed = _replayed(visit, origin)
    health, conviction = health_now(visit), visit.see(convictions.conviction)
    shown: dict[str, Any] = {"fan": None, "replay": None, "drivers": None, "moved": None}
    if brief:
        history = visit.ask(evidence.recent_prices, brief.answer["as_of_date"], HISTORY_SESSIONS)
        source = f"Prices to {words.day(history[-1][0])}; run {brief.answer['run_id']}."
        shown["fan"] = charts.fan(brief.answer, history, source, charts_morning.DAY_BANDS)
        if replayed:
            shown["replay"] = charts_morning.then_and_now(replayed.answer, source)
    if explained:
        made = f"Run {explained.answer['run_id']}, features of {words.day(explained.answer['as_of_date'])}."
        shown["drivers"] = charts_morning.drivers(explained.answer, made)
        if explained.answer["changes"]:
            shown["moved"] = charts_morning.moved(explained.answer, made)
    return page(
        visit, "dashboard.html", charts=tuple(one for one in shown.values() if one),
        brief=brief, explained=explained, replayed=replayed, shown=shown, health=health,
        horizon_asked=horizon, horizons=HORIZONS, told=brief_words, old_days=old_days(visit, brief),
        conviction=conviction, record=visit.see(band_record.band_record),
        big_eight=big_eight_cards(visit), risk=_risk(brief), freshness=_freshness(health), marks=STATUS_MARKS,
        events=_events(brief), share_of=convictions.share_of, conviction_rows=_conviction_rows(conviction),
        beside=_beside(replayed),
    )  # fmt: skip


@router.get("/dashboard/past")
def past(visit: Visiting, origin: date, kind: FileKind, table: TableName = None) -> Response:
    """A past forecast as a file: `horizons` beside what came, and the price's `path`."""
    return as_file(visit.ask(past_fan.past_fan, origin), kind, table)


@router.get("/dashboard/freshness")
def freshness(visit: Visiting, kind: FileKind, table: TableName = None) -> Response:
    """The age of every source and table as a file."""
    return as_file(health_now(visit), kind, table)


def _replayed(visit: Visit, origin: str) -> Seen:
    """The forecast of a past session; a date that is none is told in the place of the chart."""
    try:
        day = date.fromisoformat(origin) if origin else None
    except ValueError:
        return Seen(None, f"found {origin[:20]!r}, expected a day as 2024-06-28")
    return visit.see(past_fan.past_fan, *([day] if day else []))


def _conviction_rows(conviction: Seen) -> list[tuple[str, ...]]:
    """Both numbers by horizon, each with what it meant."""
    return [
        (words.horizon(row["horizon_label"]), words.number(row["conviction"], 0),
         convictions.share_of(row["conviction_past"], "direction_right"), words.number(row["confidence"], 0),
         convictions.share_of(row["confidence_past"], "inside_80"))
        for row in (conviction.answer["rows"] if conviction else ())
    ]  # fmt: skip


def _risk(brief: Seen) -> dict | None:
    """The risk table; None where no pounds are open or nothing was drawn."""
    if not brief or not brief.answer["risk"] or not brief.answer["risk"][0]["open_lb"]:
        return None
    headers, rows = report.risk_table(brief.answer["risk"])
    return {"headers": headers, "rows": rows}


def _events(brief: Seen) -> dict | None:
    """Coming events in words."""
    if not brief:
        return None
    found = brief.answer["events"]
    return {
        "single": event_words.single(found), "weekly": event_words.weekly(found),
        "undated": event_words.undated(found), "to": found["to"],
    }  # fmt: skip


def _freshness(health: dict) -> list[tuple]:
    """Sources where any was asked, and tables: name in the answer, words, counts by status, rows."""
    asked = any(row["status"] != "never" for row in health["sources"])
    found = [("sources", "sources", health["sources"])] if asked else []
    found += [("rows", "tables", health["rows"])] if health["rows"] else []
    return [(name, what, _counts(rows), [_fresh(row) for row in rows]) for name, what, rows in found]


def _counts(rows: list[dict]) -> dict[str, int]:
    """How many of each status there are, the freshest first."""
    counts = Counter(row["status"] for row in rows)
    return {status: counts[status] for status in STATUS_MARKS if counts[status]}


def _fresh(row: dict) -> tuple[str, ...]:
    """Mark and status, what, newest, age, cadence, and what is missed without it."""
    newest = row.get("newest_observation_date") or row["newest_available_at"]
    without = row.get("without_it") and f"no {row['without_it']}"
    return (
        f"{STATUS_MARKS[row['status']]} {row['status']}", row.get("title", row.get("what")) + " *" * row["critical"],
        words.day(newest), words.number(row["age_days"], 1), row["cadence"], without or "",
    )  # fmt: skip


def _beside(replayed: Seen) -> list[tuple[str, str]]:
    """The stored forecasts before and after the one that is shown."""
    if not replayed:
        return []
    origins = [row["origin"] for row in replayed.answer["origins"]]  # newest first
    place = origins.index(replayed.answer["origin"])
    found = [("← earlier", origins[place + 1])] if place + 1 < len(origins) else []
    return found + ([("later →", origins[place - 1])] if place else [])
