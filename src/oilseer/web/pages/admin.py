"""The administration, behind the PIN: needs, budget, thresholds and recipients in oilseer.toml, and its changes."""

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.ops import gates
from oilseer.training.walk_forward import QUORUM
from oilseer.web import changes
from oilseer.web.admin_fields import (
    COVER,
    FEWEST_MONTHS,
    FIELDS,
    MOST_MONTHS,
    NEEDS,
    RULE_PARTS,
    RULES,
    Field,
    FormError,
    Part,
    default,
    edits_of,
    is_given,
    month_at,
)
from oilseer.web.doors import Form, Owner
from oilseer.web.pages.files import FileKind, TableName, as_file
from oilseer.web.pages.rendering import page
from oilseer.web.pin import digest as known_by
from oilseer.web.sessions import SESSION, cookie
from oilseer.web.settings_file import Changed, digest, judged
from oilseer.web.visit import Visit, published

CONFLICT = (
    "oilseer.toml was changed since this form was shown; the record below says how. What you typed is still here: look "
    "at it again and save"
)
SHOWN = 100  # changes on the page; the file has all
FIXED = (
    ("Too good to be true: MAPE below the random walk's times", gates.TOO_GOOD_MAPE, "blocks the publication"),
    ("Fewest origins scored", gates.SCORED_ORIGINS, "else the gate warns"),
    ("Share of models that must forecast", QUORUM, "else the run stops"),
    ("Most rows in quarantine, share", gates.QUARANTINE_SHARE, "of a delivery"),
    ("Most rows of a critical source in quarantine, share", gates.CRITICAL_SHARE, "of a delivery"),
    ("Feature against what comes next: rank correlation", gates.FUTURE, "beyond it, it looks ahead"),
)
ELSEWHERE = ("home", "database", "sources_url", "sources_now", "finbert")
router = APIRouter(include_in_schema=False)


@router.get("/admin")
def admin(visit: Owner, saved: Annotated[Part | None, Query()] = None, same: Part | None = None) -> Response:
    """Every setting with its form, and the record of changes."""
    return shown(visit, saved=saved, same=same)


@router.get("/admin/{part}")
def again(visit: Owner, part: Part) -> Response:
    """Where a form was sent to, opened once more."""
    return RedirectResponse(f"/admin#h-{part}", 303)


@router.post("/admin/{part}")
def save(visit: Owner, form: Form, part: Part) -> Response:
    """Check what was sent, write it, record it; or say what is wrong, beside what was typed."""
    file, store, now = visit.site.settings_file, visit.site.sessions.store, visit.site.clock()
    who = f"session {known_by(cookie(visit.request, SESSION) or '').hex()[:8]}"
    try:
        before = file.text()
        edits = edits_of(part, form, first_month(visit), visit.site.settings.environment)
        changes.notice(store, before, now)
        after = file.change(form.get("version", ""), edits, lambda text: changes.note(store, text, who, now))
        changes.notice(store, after, now)
    except Changed:
        return shown(visit, 409, part, form, {"": CONFLICT})
    except FormError as error:
        return shown(visit, 422, part, form, error.faults)
    except ConfigError as error:
        return shown(visit, 422, part, form, {"": str(error)})
    if visit.publication is not None:
        visit.publication.memory.pop("kept", None)  # answers that were made under the settings before
    done = "same" if digest(after) == form.get("version") else "saved"
    return RedirectResponse(f"/admin?{done}={part}#h-{part}", 303)


@router.get("/admin/files/changes")
def files(visit: Owner, kind: FileKind = "csv", table: TableName = None) -> Response:
    """The whole record as a file."""
    about = {"run_id": "", "as_of_date": None, "simulated": visit.site.workspace.kind == "simulated"}
    units = {"before": "as JSON", "after": "as JSON", "at": "UTC"}
    return as_file(about | {"units": units, "changes": changes.changes(visit.site.sessions.store)}, kind, table)


def shown(
    visit: Visit, status: int = 200, part: str = "", typed: Mapping[str, str] | None = None,
    faults: Mapping[str, str] | None = None, saved: str | None = None, same: str | None = None,
) -> Response:  # fmt: skip
    """The page; `typed` and `faults` belong to the form `part`."""
    settings, store = visit.site.settings, visit.site.sessions.store
    text, broken = "", ""
    try:
        text = visit.site.settings_file.text()
        judged(text, settings)
        changes.notice(store, text, visit.site.clock())
        found = tomllib.loads(text)
    except ConfigError as error:
        broken, found = str(error), {}
    record = changes.changes(store)
    given, typed, faults = settings.environment, typed or {}, faults or {}

    def values(name: str) -> Mapping[str, str]:
        return typed if name == part else {}

    return page(
        visit, "admin.html", status, part=part, faults=faults, saved=saved, same=same, broken=broken,
        version=digest(text), path=str(visit.site.settings_file.path),
        numbers={name: [row(field, found, given, values(name), faults if name == part else {}) for field in of]
                for name, of in FIELDS.items()},
        needs=needs(found.get(COVER, {}), first_month(visit), values("needs")),
        needs_given=[name for name in NEEDS if is_given((COVER, name), given)],
        rules=rules(found.get(COVER, {}), values("thresholds")), rules_given=is_given((COVER, "rules"), given),
        recipients=values("alerts").get("alert_recipients", "\n".join(found.get("alert_recipients", []))),
        recipients_given=is_given(("alert_recipients",), given),
        fixed=[(name, f"{value:g}", note) for name, value, note in FIXED], elsewhere=elsewhere(settings, found),
        unknown=sorted(set(found) - set(type(settings).model_fields)), record=record[:SHOWN], recorded=len(record),
    )  # fmt: skip


def row(field: Field, found: dict, given: Mapping, typed: Mapping[str, str], faults: Mapping[str, str]) -> dict:
    """What the form shows of one number."""
    holder = found.get(COVER, {}) if field.place[0] == COVER else found
    value = given.get(COVER, {}).get(field.name) if field.place[0] == COVER else given.get(field.name)
    is_fixed = is_given(field.place, given)
    here = value if is_fixed else holder.get(field.name)
    return {
        "field": field, "value": typed.get(field.name, _typed(here)), "usual": _typed(default(field)) or "none",
        "given": is_fixed, "fault": faults.get(field.name, ""),
    }  # fmt: skip


def needs(cover: dict, first: date, typed: Mapping[str, str]) -> list[dict]:
    """Rows of the table of months: those of the file, and blank ones up to a year."""
    kept = {name: cover.get(name) or [] for name in NEEDS}
    lists = {name: value if isinstance(value, list) else [value] * len(kept["need_lb"]) for name, value in kept.items()}
    count = min(max(FEWEST_MONTHS, *map(len, lists.values())), MOST_MONTHS)
    rows = []
    for place in range(count):
        cells = {name: _typed(value[place]) if place < len(value) else "" for name, value in lists.items()}
        if cells["covered_lb"] in ("", "0"):
            cells["covered_price_cents_per_lb"] = ""
        rows.append({"month": month_at(first, place), "place": place,
                     "cells": {name: typed.get(f"{name}_{place}", cell) for name, cell in cells.items()}})  # fmt: skip
    return rows


def rules(cover: dict, typed: Mapping[str, str]) -> list[list[tuple[str, str]]]:
    """Inputs of the bounds on cover, by rule: name and value."""
    kept = cover.get("rules", [])
    cells = [*kept, *([("", "", "")] * RULES)][:RULES]
    names = [[f"rule_{part}_{place}" for part in RULE_PARTS] for place in range(RULES)]
    return [[(name, typed.get(name, _typed(value))) for name, value in zip(*pair, strict=True)]
            for pair in zip(names, cells, strict=True)]  # fmt: skip


def elsewhere(settings: Any, found: dict) -> list[tuple[str, str, str]]:
    """Settings that no form changes: name, value, and who gives it."""
    rows = []
    for name in ELSEWHERE:
        value = getattr(settings, name)
        by = "oilseer.toml" if name in found else "default"
        by = f"OILSEER_{name.upper()}" if name in settings.environment else by
        rows.append((name, "set" if name == "sources_url" and value else "–" if value is None else str(value), by))
    return [*rows, ("PIN", "set", "OILSEER_PIN or `oilseer pin set`")]


def first_month(visit: Visit) -> date:
    """The first of the month of the session after the published one, which is month 1 of the plan."""
    seen = visit.see(published)
    last = date.fromisoformat(seen.answer["as_of_date"]) if seen else None
    if last is None:
        return visit.site.clock().date().replace(day=1)
    return sessions.ahead(last, 1).replace(day=1)


def _typed(value: Any) -> str:
    """A value as one types it."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_typed, value))
    return "" if value is None else f"{value:.12g}" if isinstance(value, int | float) else str(value)
