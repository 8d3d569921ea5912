"""ProFarmer: notes that a subscriber has exported, read from a drop folder.

Endpoint  none: ProFarmer has no public API; put your own export into the drop folder, one file or many
Access    your subscription (https://www.profarmer.com); not redistributable
Delay     public at `published_at`; where the file says none, or one later than the file itself, when it was exported
Files     .csv (UTF-8, header line) or .json (a list of objects) with `title`, and optionally `published_at` (ISO 8601
          or RFC 822 with a zone), `summary`, `url`, `author`, `category` (several with `;`). .txt: the first line is
          the title, an optional line "Published: 2025-11-03T06:30:00-06:00", an empty line, then the note
Proven    against this layout only; no export of ProFarmer was at hand
"""

import hashlib
import re
from collections.abc import Iterator

from oilseer.raw.articles import ITEM, instant_of, labels, object_of, stamped_items, text_or_none
from oilseer.raw.drop import dropped
from oilseer.raw.markup import web_address
from oilseer.raw.payload import csv_of, json_of, refuse, text_of
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import BUCKET_NEWS

TABLES = (BUCKET_NEWS,)
ENDINGS = (".csv", ".json", ".txt")
KNOWN = ("title", "published_at", "summary", "url", "author", "category")
LAYOUT = "see raw/sources/profarmer.py for the layout of the files"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Every file of the drop folder; nothing where there is none. Raises SourceError as dropped."""
    yield from dropped("profarmer", ask, ENDINGS)


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a note. Raises SourceError for a file that is not as described above."""
    ending = download.url.rpartition(".")[2].lower()
    if ending == "csv":
        notes: list = csv_of(download, ["title"])
    elif ending == "json":
        notes = json_of(download)
    elif ending == "txt":
        notes = [_text_note(download)]
    else:
        raise refuse(download, f"a file .{ending}", f"one of {', '.join(ENDINGS)}", LAYOUT)
    if not isinstance(notes, list) or not notes:
        raise refuse(download, "no list of notes, or an empty one", "notes", LAYOUT)
    items = [_item(download, note, place) for place, note in enumerate(notes, 1)]
    return (Rows(BUCKET_NEWS, stamped_items(download, items, ITEM, BUCKET_NEWS.key[:2])),)


def _text_note(download: Download) -> dict:
    head, _, body = text_of(download).replace("\r\n", "\n").lstrip().partition("\n\n")
    title, _, more = head.partition("\n")
    published = re.search(r"^Published:\s*(.+)$", more, re.MULTILINE)
    if not body.strip():
        raise refuse(download, f"a text of one paragraph {title[:80]!r}", "title, empty line, note", LAYOUT)
    return {"title": title, "published_at": published[1] if published else None, "summary": body}


def _item(download: Download, found: object, place: int) -> dict:
    note = object_of(download, found, ("title",), f"note {place}")
    unknown = sorted(set(note) - {*KNOWN, "line"})
    if unknown:
        raise refuse(download, f"columns {', '.join(unknown)}", f"only {', '.join(KNOWN)}", LAYOUT)
    text = {name: text_or_none(download, note.get(name), f"{name} of note {place}") for name in KNOWN}
    if not text["title"]:
        raise refuse(download, f"note {place} without a title", "a title", LAYOUT)
    published = text["published_at"] and instant_of(download, text["published_at"], f"published_at of note {place}")
    url = web_address(text["url"])
    own = "\n".join(str(part) for part in (published, text["title"]))
    return {
        "feed": "profarmer",
        "item_id": url or hashlib.sha256(own.encode()).hexdigest()[:32],
        "published_at": published or None,
        "title": text["title"],
        "summary": text["summary"],
        "url": url,
        "author": text["author"],
        "publisher": "ProFarmer",
        "categories": labels((text["category"] or "").split(";")),
    }
