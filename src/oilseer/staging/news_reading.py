"""What a headline says by declared rules: buckets, topics, direction, trust. Pure functions of one item's text."""

import json
import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import urlsplit

from oilseer.reference.news_rules import BUCKETS, SIGNS, Trust, news_rules, trust_of, words_of

SUMMARY_CHARACTERS = 400  # what stands further down is background, not the news
_CHINA = words_of(["China", "Chinese", "Beijing", "CHINA"])
_NOT_CHINA = words_of(["China cabinet*", "fine china", "China shop", "China set*", "South China Morning Post"])
_SIGNS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "\u00a0": " "})


@dataclass(frozen=True)
class Place:
    """A bucket that an item belongs to, the topic, and the names of the rules that put it there, in their order."""

    bucket: str
    topic: str
    rules: str


@dataclass(frozen=True)
class Reading:
    """What the rules found. `direction` is 1 bullish, -1 bearish for soybean oil, 0 where rules disagree, else None."""

    places: tuple[Place, ...]
    direction: int | None
    direction_rule: str | None
    mentions_china: bool


def text_of(title: str | None, summary: str | None) -> str:
    """Title and the beginning of the summary as one text with plain quotes and dashes."""
    parts = [part for part in (title, (summary or "")[:SUMMARY_CHARACTERS]) if part]
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", " . ".join(parts)).translate(_SIGNS)).strip()


def slugs_of(categories: str | None) -> frozenset[str]:
    """Category names of a JSON array, or one name as it stands, as slugs: "Grain Outlook" is grain-outlook."""
    names = json.loads(categories) if (categories or "").startswith("[") else [categories or ""]
    return frozenset(re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-") for name in names) - {""}


def read(feed: str, categories: frozenset[str], text: str) -> Reading:
    """Apply every rule to one item."""
    met = [rule for rule in news_rules() if rule.fits(feed, categories, text)]
    places = []
    for bucket in BUCKETS:
        rules = [rule for rule in met if rule.kind == "bucket" and rule.gives == bucket]
        if rules:
            places.append(Place(bucket, rules[0].topic, "+".join(rule.name for rule in rules)))
    pointing = [rule for rule in met if rule.kind == "direction"]
    signs = {SIGNS[rule.gives] for rule in pointing}
    return Reading(
        places=tuple(places),
        direction=(signs.pop() if len(signs) == 1 else 0) if pointing else None,
        direction_rule="+".join(rule.name for rule in pointing) or None,
        mentions_china=bool(_CHINA.search(_NOT_CHINA.sub(" ", text))),
    )


def trusted(feed: str, publisher: str | None, url: str | None) -> Trust:
    """How far whoever wrote the item is trusted."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        host = None
    return trust_of(feed, publisher, host)
