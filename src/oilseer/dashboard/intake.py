"""How sources stand and what is held in quarantine, as tables for a terminal."""

import json

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.words import NOTHING, number

STYLES = {"ok": "green", "unchanged": "green", "stale": "yellow", "failed": "bold red", "no_key": "dim",
          "no_file": "dim", "never": "dim"}  # fmt: skip
TOLD = ("stale", "failed")


def sources(answer: dict) -> RenderableType:
    """Every source, and below the table what went wrong and what is missing."""
    made = layout.table(
        ("", "left"), ("source", "left"), ("last success", "left"), "new", "rows", "held", ("public until", "left"),
        ("cadence", "left"),
    )  # fmt: skip
    for row in answer["rows"]:
        layout.add(
            made, Text(row["status"], STYLES[row["status"]]), row["source"] + (" *" if row["critical"] else ""),
            _minute(row["last_success"]), number(row["changed"], 0), number(row["rows"], 0),
            number(row["quarantined"], 0), _minute(row["newest_available_at"]), row["cadence"],
        )  # fmt: skip
    notes = [f"{row['source']}: {row['message'].removeprefix(row['source'] + ': ')}" for row in answer["rows"]
             if row["status"] in TOLD or "expected" in row["message"]]  # fmt: skip
    keys = [row for row in answer["rows"] if row["status"] == "no_key"]
    files = [row for row in answer["rows"] if row["status"] == "no_file"]
    notes += [f"Without {row['key']} ({row['key_url']}): no {row['without_it']}" for row in keys]
    notes += [f"Without a file in drop/{row['source']} ({row['key_url']}): no {row['without_it']}" for row in files]
    last = Text("* a forecast needs it. Times are UTC; new: rows changed by the last attempt", "dim")
    return layout.Narrow(Group(made, Text("\n".join(notes)), last))


def quarantine(answer: dict) -> RenderableType:
    """Reasons with counts, then the newest rows."""
    if not answer["total"]:
        return layout.Narrow(Text(f"No row is {answer['status']}"))
    reasons = layout.table("rows", ("table", "left"), ("source", "left"), ("column", "left"), ("reason", "left"))
    for row in answer["reasons"]:
        layout.add(
            reasons, number(row["rows"], 0), row["table"], row["source"], row["column"] or NOTHING, row["reason"]
        )
    rows = layout.table(("id", "left"), ("table", "left"), ("column", "left"), ("found", "left"), ("expected", "left"))
    for row in answer["rows"]:
        layout.add(
            rows, row["quarantine_id"][:12], row["table"], row["column"] or NOTHING, (row["found"] or NOTHING)[:40],
            row["expected"][:60],
        )  # fmt: skip
    hint = Text("oilseer quarantine show ID tells all of one; release or reject it with --note", "dim")
    return layout.Narrow(Group(reasons, Text(""), rows, hint))


def held_row(answer: dict) -> RenderableType:
    """One row in full."""
    made = layout.table(("", "left"), ("", "left"))
    for name, value in answer.items():
        shown = json.dumps(value, ensure_ascii=False, indent=1) if isinstance(value, dict | list) else str(value)
        layout.add(made, name, shown)
    return layout.Narrow(made)


def decision(answer: dict) -> RenderableType:
    """What a decision did."""
    done = "" if answer["changed"] else ", as it was before"
    return layout.Narrow(Text(f"{answer['quarantine_id'][:12]} is {answer['status']}{done}"))


def _minute(instant: str | None) -> str:
    return instant[:16].replace("T", " ") if instant else NOTHING
