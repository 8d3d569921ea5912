"""How news is read: which bucket and direction its words give, and how far its publisher is trusted, from two CSVs.

Phrases are whole words; `*` ends a word freely; a phrase with a capital is matched as it is written; words of a
phrase may be parted by spaces, hyphens or slashes. `;` parts groups that are all needed, `|` what will do for a group.
Masked phrases are blanked before a rule reads, so that `fed cattle` hides nothing of `Fed cuts rates`.
"""

import csv
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from oilseer.errors import ConfigError

BUCKETS = ("crush", "china", "fx", "fed", "tariff", "biofuel", "energy", "volatility")
SIGNS = {"bullish": 1, "bearish": -1}
BETWEEN = r"[-/\s]+"  # words of a phrase


@dataclass(frozen=True)
class NewsRule:
    """One row of news_rules.csv. Empty `feeds`, `categories` or `needs` ask for nothing; feeds may be `-excluded`."""

    name: str
    kind: str
    gives: str
    topic: str
    feeds: frozenset[str]
    categories: frozenset[str]
    needs: tuple[re.Pattern[str], ...]
    masks: re.Pattern[str] | None

    def fits(self, feed: str, categories: frozenset[str], text: str) -> bool:
        """Whether an item of `feed` with these category slugs and this text meets the rule."""
        if f"-{feed}" in self.feeds or (self.categories and not self.categories & categories):
            return False
        if feed not in self.feeds and any(not name.startswith("-") for name in self.feeds):
            return False
        read = self.masks.sub(" ¤ ", text) if self.masks and self.masks.search(text) else text
        return all(group.search(read) for group in self.needs)


@dataclass(frozen=True)
class Trust:
    """One row of news_trust.csv."""

    name: str
    ratio: float
    feeds: frozenset[str]
    publishers: frozenset[str]
    hosts: tuple[str, ...]


def words_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """One pattern for any of `phrases`."""
    return re.compile("|".join(_phrase(phrase) for phrase in phrases))


def _phrase(phrase: str) -> str:
    words = [re.escape(word).replace(r"\*", r"\w*") for word in re.split(r"[\s\-/]+", phrase)]
    body = rf"(?<!\w){BETWEEN.join(words)}(?!\w)"
    return body if phrase != phrase.lower() else f"(?i:{body})"


def _split(cell: str, mark: str = "|") -> list[str]:
    return [part.strip() for part in cell.split(mark) if part.strip()]


@cache
def news_rules() -> tuple[NewsRule, ...]:
    """All rules in the order of the file. Raises ConfigError for a rule that asks for nothing or gives the unknown."""
    made = []
    for row in csv.DictReader(_text("news_rules.csv").splitlines()):
        allowed = BUCKETS if row["kind"] == "bucket" else tuple(SIGNS)
        if row["gives"] not in allowed or not (row["feeds"] or row["needs"]):
            raise ConfigError(
                f"news_rules.csv: rule {row['rule']} gives {row['gives']!r}, expected one of {', '.join(allowed)}, and "
                "feeds or needs; repair the row"
            )
        masks = _split(row["masks"])
        made.append(NewsRule(
            row["rule"], row["kind"], row["gives"], row["topic"], frozenset(_split(row["feeds"])),
            frozenset(_split(row["categories"])),
            tuple(words_of(_split(group)) for group in _split(row["needs"], ";")),
            words_of(masks) if masks else None,
        ))  # fmt: skip
    return tuple(made)


@cache
def trust_classes() -> tuple[Trust, ...]:
    """Classes of publishers, the most trusted first; the last takes what no other names."""
    rows = csv.DictReader(_text("news_trust.csv").splitlines())
    return tuple(
        Trust(
            row["class"], float(row["trust_ratio"]), frozenset(_split(row["feeds"])),
            frozenset(_split(row["publishers"])), tuple(_split(row["hosts"])),
        )
        for row in rows
    )  # fmt: skip


def trust_of(feed: str, publisher: str | None, host: str | None) -> Trust:
    """The class of whoever wrote an item: by feed, then by publisher's name, then by host or a domain above it."""
    classes = trust_classes()
    name = (publisher or "").casefold().strip()
    domain = f".{(host or '').lower().removeprefix('www.')}"
    tests = (
        lambda known: feed in known.feeds,
        lambda known: name in known.publishers,
        lambda known: any(domain.endswith(f".{end}") for end in known.hosts),
    )
    for test in tests:
        for known in classes:
            if test(known):
                return known
    return classes[-1]


@cache
def rules_id() -> str:
    """Short hash of both files: other rules read every item anew."""
    return hashlib.sha256((_text("news_rules.csv") + _text("news_trust.csv")).encode()).hexdigest()[:12]


def _text(name: str) -> str:
    return files("oilseer.reference").joinpath(name).read_text(encoding="utf-8")
