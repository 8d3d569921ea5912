"""Headlines in words: tone with its sign, what read it, times in New York, links safe to follow, the heatmap."""

from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from oilseer.dashboard.event_words import short_day
from oilseer.dashboard.words import NOTHING, day, number
from oilseer.features.feature import BUCKETS
from oilseer.market.sessions import NEW_YORK
from oilseer.reference.sources import sources

STRONG, SLIGHT = 0.5, 0.1  # tones from which a cell is coloured strongly, and at all
READERS = {"loughran_mcdonald": "word list of Loughran and McDonald", "finbert": "FinBERT"}
FEEDS = {"collected": "collected headlines (your own file)"}
BUCKET_HEADERS = ("bucket", "7 days", "tone", "30 days", "tone", "held to lift", "held to lower", "newest")
FEED_HEADERS = ("source", "stories", "first", "newest", "tone read by")


def tone(value: float | None, digits: int = 2) -> str:
    """−0.33, 0.00 or +0.50."""
    return number(value, digits, signed=True)


def read_by(name: str) -> str:
    """What read the tone, with its version."""
    kind, _, version = name.partition(" ")
    return f"{READERS.get(kind, kind)}{f' ({version})' if version else ''}"


def link(url: str | None) -> str | None:
    """An address of the web to follow; None for anything else that somebody wrote into a feed."""
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme in ("http", "https") and parts.netloc else None


def story(row: dict) -> dict:
    """A headline as the page shows it."""
    instant = row["published_at"] or row["available_at"]
    there = datetime.fromisoformat(instant).astimezone(NEW_YORK)
    direction = row["direction_ratio"]
    held = "" if direction is None else \
        "▲ held to lift soybean oil" if direction > 0 else \
        "▼ held to lower soybean oil" if direction < 0 else "rules disagree on soybean oil"  # fmt: skip
    rules = [name.replace("_", " ") for name in (row["direction_rule"] or "").split("+") if name]
    return {
        "title": row["title"], "link": link(row["url"]), "who": row["publisher"] or feed(row["feed"]),
        "instant": instant, "when": f"{day(there.date())}, {there:%H:%M} New York",
        "known": "" if row["published_at"] else "known by ", "buckets": row["buckets"],
        "tone": tone(row["sentiment_ratio"]), "level": level(row["sentiment_ratio"]),
        "read_by": read_by(row["sentiment_by"]), "held": f"{held}: {', '.join(rules)}" if held and rules else held,
        "trust": row["trust_class"], "after_close": row["after_close"],
    }  # fmt: skip


def feed(name: str) -> str:
    """What a feed is called."""
    return sources()[name].title if name in sources() else FEEDS.get(name, name.replace("_", " "))


def level(value: float | None) -> str:
    """Class of a cell by its tone; the number stands in it too."""
    if value is None:
        return ""
    side = "p" if value > 0 else "n"
    return f"{side}2" if abs(value) >= STRONG else f"{side}1" if abs(value) >= SLIGHT else "z"


def heatmap(answer: dict) -> list[dict]:
    """Every day of the span, newest first, with a cell a bucket; None where nothing was said."""
    cells = {(row["day"], row["bucket"]): row for row in answer["rows"]}
    first, last = date.fromisoformat(answer["from"]), date.fromisoformat(answer["to"])
    found = []
    for back in range((last - first).days + 1):
        there = (last - timedelta(days=back)).isoformat()
        found.append({"day": short_day(there), "is_after": there > answer["as_of_date"],
                      "cells": [_cell(cells.get((there, bucket))) for bucket in BUCKETS]})  # fmt: skip
    return found


def _cell(row: dict | None) -> dict | None:
    if row is None:
        return None
    return {"tone": tone(row["tone_ratio"], 1), "stories": row["stories"], "level": level(row["tone_ratio"])}


def bucket_rows(answer: dict) -> list[tuple[str, ...]]:
    """Counts and tones by bucket."""
    return [
        (row["bucket"], number(row["stories_week"], 0), tone(row["tone_week_ratio"]), number(row["stories_month"], 0),
         tone(row["tone_month_ratio"]), number(row["held_to_lift"], 0), number(row["held_to_lower"], 0),
         day(row["newest"]))
        for row in answer["buckets"]
    ]  # fmt: skip


def feed_rows(answer: dict) -> list[tuple[str, ...]]:
    """Who brought what."""
    return [
        (feed(row["feed"]), number(row["stories"], 0), day(row["first"]), day(row["newest"]),
         ", ".join(read_by(name) for name in row["sentiment_by"].split(", ")) or NOTHING)
        for row in answer["feeds"]
    ]  # fmt: skip
