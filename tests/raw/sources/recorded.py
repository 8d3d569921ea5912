"""Recorded payloads of the real services and a fake way to the network, for the tests of parsers."""

import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from oilseer.raw.source import Ask, Download

DELIVERIES = Path(os.environ.get("OILSEER_REAL_DATA", Path(__file__).parents[4] / "shared" / "data"))
FETCHED = datetime(2026, 9, 1, 12, tzinfo=UTC)


def real_file(path: str) -> Path:
    """A file of the real data folder; the test is skipped where it is absent."""
    found = DELIVERIES / path
    if not found.is_file():
        pytest.skip(f"no {path} in {DELIVERIES}; OILSEER_REAL_DATA names another folder")
    return found


def recorded(source: str, part: str, path: str, fetched_at: datetime = FETCHED) -> Download:
    """The recorded payload `path` of vendor/ as a download of `source`."""
    found = real_file(f"vendor/{path}")
    return Download(source, part, found.name, found.read_bytes(), fetched_at)


def download(source: str, part: str, body: str | bytes, url: str = "https://example.org/answer") -> Download:
    """A hand-written payload."""
    return Download(source, part, url, body.encode() if isinstance(body, str) else body, FETCHED)


def ask(since: str, until: str, **more: object) -> Ask:
    """An ask for ISO dates, made at FETCHED."""
    return Ask(date.fromisoformat(since), date.fromisoformat(until), FETCHED, **more)


@dataclass
class FakeHttp:
    """Answers in turn whatever is asked and remembers what was; an answer of None is a missing page."""

    source: str
    answers: list[bytes | None]
    asked: list[dict] = field(default_factory=list)

    def get(self, url: str, *, part: str, **options: object) -> Download | None:
        """The next answer."""
        self.asked.append({"url": url, "part": part, **options})
        body = self.answers.pop(0)
        return None if body is None else Download(self.source, part, url, body, FETCHED)
