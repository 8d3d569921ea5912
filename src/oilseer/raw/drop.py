"""Files that a person drops into a source's folder, and the posting date that their names may carry.

`RIN_prices_export_2022_posted-2022-12-20.csv` was posted on 2022-12-20; a name without it tells nothing.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Rule, published
from oilseer.raw.source import Ask, Download

LARGEST = 64 * 1024 * 1024  # bytes; a year of any of these exports is far below one MiB
POSTED = re.compile(r"posted-(\d{4}-\d{2}-\d{2})(?!\d)")
POSTING = Rule(at="17:00")


def dropped(source: str, ask: Ask, endings: tuple[str, ...] = (".csv",)) -> Iterator[Download]:
    """Every file of the folder with one of `endings`, the earliest posted first, those without a date before them.

    Nothing where the folder does not exist or is empty: it is for the caller to say that no file has come.
    Raises SourceError for a file that cannot be read, is empty or larger than 64 MiB.
    """
    if not ask.folder.is_dir():
        return
    found = [p for p in ask.folder.iterdir() if p.suffix.lower() in endings and not p.name.startswith((".", "~"))]
    for path in sorted(found, key=lambda p: (POSTED.findall(p.name), p.name)):
        part = re.sub(r"[^a-z0-9.-]+", "-", path.stem.lower()).strip("-.")
        part = part if part[:1].isalpha() else f"file-{part}"
        if ask.parts and part not in ask.parts:
            continue
        yield Download(source, part, path.name, *_read(source, part, path))


def _read(source: str, part: str, path: Path) -> tuple[bytes, datetime]:
    """Bytes and time of change."""
    try:
        state = path.stat()
        if not path.is_file() or not 0 < state.st_size <= LARGEST:
            raise SourceError(
                f"{source}: part {part} ({path.name}): found {state.st_size:,} bytes, expected a file of 1 to "
                f"{LARGEST:,}; export it again or take it out of the folder"
            )
        return path.read_bytes(), datetime.fromtimestamp(state.st_mtime, UTC)
    except OSError as error:
        raise SourceError(
            f"{source}: part {part} ({path.name}): found {error.strerror}, expected a readable file; check its rights"
        ) from None


def posted_at(download: Download) -> datetime | None:
    """UTC instant of posting that the file's name carries, 17:00 New York of that day, or None. Raises SourceError."""
    found = POSTED.findall(download.url)
    if not found:
        return None
    try:
        day = date.fromisoformat(found[-1])
    except ValueError:
        raise SourceError(
            f"{download.source}: part {download.part} ({download.url}): found posting date {found[-1]!r}, expected a "
            "day of the calendar as YYYY-MM-DD; rename the file"
        ) from None
    return published(POSTING, pl.Series([day]))[0]
