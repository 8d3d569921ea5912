"""The same news told twice: one address, or titles that are word for word alike within three days.

An item is compared with earlier ones only, so what is kept never changes when later news comes.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from rapidfuzz import fuzz, process

WINDOW = timedelta(days=3)
ALIKE = 85.0  # percent, token_sort_ratio: a sieve before the words are compared one by one
SAME_WORD = 80.0  # percent, ratio: soybean and soybeans, but neither higher and lower nor imports and exports
FEWEST_WORDS = 4
OWN_TITLES = ("federal_register",)  # notices of one office share titles and are different documents
TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_cid|mc_eid|cmpid|ref|ref_src|rss|smid|partner|ftag|taid")
SMALL = frozenset((
    "a", "after", "amid", "an", "and", "as", "at", "by", "for", "from", "in", "is", "it", "its", "of", "on", "over",
    "s", "said", "say", "says", "the", "this", "to", "u", "update", "us", "with",
))  # fmt: skip


@dataclass(frozen=True)
class Story:
    """What tells one story from another."""

    feed: str
    item_id: str
    title: str
    url: str | None
    available_at: datetime


def canonical_url(url: str | None) -> str | None:
    """Address without scheme, www, AMP, tracking and fragment, parameters sorted; None for none."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = (parts.hostname or "").lower().removeprefix("www.").removeprefix("amp.").removeprefix("m.")
    path = re.sub(r"(/amp|\.amp|/index\.html?)?/*$", "", parts.path)
    kept = sorted((name, value) for name, value in parse_qsl(parts.query) if not TRACKING.fullmatch(name.lower()))
    return f"{host}{path}" + (f"?{urlencode(kept)}" if kept else "") if host else None


def title_words(title: str) -> tuple[str, ...]:
    """Words of a title in lower case without signs, and without " - Publisher" or " | Publisher" at its end."""
    text = unicodedata.normalize("NFKC", title).replace("’", "'")
    head, _, tail = max((text.rpartition(mark) for mark in (" | ", " - ", " – ", " — ")), key=lambda cut: len(cut[0]))
    names = tail.split()
    if len(head.split()) >= FEWEST_WORDS and len(names) <= 4 and all(name[0].isupper() for name in names):
        text = head
    text = text.casefold().replace("'s", "").replace("u.s.", "us")
    return tuple(re.findall(r"\w+", re.sub(r"(?<=\d)[.,](?=\d)", "", text)))


def duplicates(stories: Iterable[Story]) -> set[int]:
    """Places in `stories`, ordered by `available_at`, of those that tell an earlier one again.

    Raises ValueError where they are out of order.
    """
    found: set[int] = set()
    addresses: set[str] = set()
    identities: set[tuple[str, str]] = set()
    recent: list[tuple[datetime, tuple[str, ...], str]] = []
    before: datetime | None = None
    for place, story in enumerate(stories):
        if before is not None and story.available_at < before:
            raise ValueError(f"story {place} of {story.available_at} stands after one of {before}; sort them")
        before = story.available_at
        address, words = canonical_url(story.url), title_words(story.title)
        recent = [known for known in recent if known[0] >= story.available_at - WINDOW]
        comparable = len(words) >= FEWEST_WORDS and story.feed not in OWN_TITLES
        again = (story.feed, story.item_id) in identities or address in addresses
        if again or (comparable and _told(words, recent)):
            found.add(place)
            continue
        identities.add((story.feed, story.item_id))
        if address:
            addresses.add(address)
        if comparable:
            recent.append((story.available_at, words, " ".join(sorted(words))))
    return found


def _told(words: tuple[str, ...], recent: list[tuple[datetime, tuple[str, ...], str]]) -> bool:
    """Whether one of the recent titles has the same words."""
    near = process.extract(
        " ".join(sorted(words)), [known[2] for known in recent], scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None
    )
    return any(same_words(words, recent[place][1]) for _, _, place in near)


def same_words(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two titles differ in small words and endings only; numbers must agree."""
    left, right = (set(a) - set(b) - SMALL for a, b in ((one, other), (other, one)))
    if any(re.search(r"\d", word) for word in left | right):
        return False
    return all(
        any(fuzz.ratio(word, partner) >= SAME_WORD for partner in partners)
        for words, partners in ((left, right), (right, left))
        for word in words
    )
