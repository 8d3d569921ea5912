"""Sources in words: how old the newest row is for its source's rhythm, and what would fill a place that is empty."""

from datetime import date

from oilseer.dashboard.words import counted, day
from oilseer.reference.sources import sources


def age(source: str, newest: str, as_of: str) -> dict:
    """Status (fresh, late or stale) and words for the newest row of a source, seen from a close; days as ISO text."""
    facts = sources()[source]
    days = (date.fromisoformat(as_of[:10]) - date.fromisoformat(newest[:10])).days
    if days <= 0:
        return {"status": "fresh", "words": f"Newest: {day(newest)}, this close."}
    status = "stale" if days > facts.stale_after_days else "late" if days > facts.late_after_days else "fresh"
    words = f"Newest: {day(newest)}, {counted(days, 'day')} before this close."
    expected = f" It should come {facts.cadence}: {fill(source)}"
    return {"status": status, "words": words + (expected if status != "fresh" else "")}


def fill(*names: str) -> str:
    """How to get what these sources bring, one sentence each."""
    return " ".join(_fill(name) for name in names)


def _fill(name: str) -> str:
    facts = sources()[name]
    if facts.key_need == "drop":
        return f"{facts.title}: a file from {facts.key_url} in drop/{name}, then oilseer ingest {name}."
    key = f" with {facts.key} ({facts.key_url})" if facts.key_need == "required" else ""
    return f"{facts.title}: oilseer ingest {name}{key}."
