"""Articles as rows: instants with a zone, first sight, and RSS or Atom feeds read strictly.

XML is checked whole and without DTD before feedparser, which forgives anything, reads its items.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
import feedparser
import polars as pl
from defusedxml import DefusedXmlException

from oilseer.raw.markup import plain_text, web_address
from oilseer.raw.payload import SHOWN, once_each, refuse
from oilseer.raw.source import Download
from oilseer.raw.specs import BUCKET_NEWS

INSTANT = pl.Datetime("us", "UTC")
ITEM = {
    "feed": pl.String, "item_id": pl.String, "published_at": INSTANT, "title": pl.String, "summary": pl.String,
    "url": pl.String, "author": pl.String, "publisher": pl.String, "categories": pl.String,
}  # fmt: skip
ROOTS = ("rss", "RDF", "feed")
REMEDY = "open the feed in a browser; if it moved or changed, change its file in raw/sources"
YEARS = (1990, 2100)


def instant_of(download: Download, text: object, where: str) -> datetime:
    """UTC instant of an RFC 822 or ISO 8601 text that names its zone. Raises SourceError for anything else."""
    given = str(text).strip()
    try:
        found = parsedate_to_datetime(given)
    except (TypeError, ValueError, IndexError):
        try:
            found = datetime.fromisoformat(given)
        except ValueError:
            found = None
    if found is None or found.tzinfo is None or not YEARS[0] <= found.year <= YEARS[1]:
        raise refuse(download, f"{given[:SHOWN]!r} for {where}", "a date and time with its zone", REMEDY)
    return found.astimezone(UTC)


def stamped_items(download: Download, items: Iterable[dict], schema: dict, key: tuple[str, ...]) -> pl.DataFrame:
    """Items with `observation_date` and `available_at`, one row per key; `schema` holds `published_at`.

    Public when published; when we saw it first where that is not said or lies in the future. 'lagged', because the
    publisher may edit under the old date: what is delivered changed then becomes a vintage.
    """
    frame = pl.DataFrame(list(items), schema=schema, orient="row")
    seen = pl.lit(download.fetched_at).cast(INSTANT)
    return once_each(download, frame, key).with_columns(
        pl.coalesce("published_at", seen).dt.date().alias("observation_date"),
        pl.min_horizontal(pl.coalesce("published_at", seen), seen).alias("available_at"),
        pl.lit("lagged").alias("availability"),
    )


def first_seen(download: Download, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` of stamped_items for a service between us and the publisher: public when we saw it, never before."""
    return frame.with_columns(pl.lit(download.fetched_at).cast(INSTANT).alias("available_at"))


def labels(found: Iterable[str]) -> str:
    """Categories or names as a JSON array of plain text, sorted, each once."""
    return json.dumps(sorted({text for text in map(plain_text, found) if text}), ensure_ascii=False)


def feed_items(download: Download, feed: str) -> pl.DataFrame:
    """Rows of raw.bucket_news from the RSS or Atom bytes of `feed`.

    Raises SourceError for XML that is cut, has a DTD or entities of its own, or is no feed; for a feed without
    items; for an item without title, address or identifier, or date with zone.
    """
    count = _count_items(download, _xml(download))
    parsed = feedparser.parse(BytesIO(download.body), sanitize_html=False, resolve_relative_uris=False)
    if not count or len(parsed.entries) != count:
        found = f"{len(parsed.entries)} readable of {count} items"
        raise refuse(download, found, "a feed with its latest items", REMEDY)
    items = [_item(download, feed, entry, place) for place, entry in enumerate(parsed.entries, 1)]
    return stamped_items(download, items, ITEM, BUCKET_NEWS.key[:2])


def _xml(download: Download) -> Element:
    head = download.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:SHOWN]
    if not head:
        raise refuse(download, "an empty body", "a feed", REMEDY)
    if head.lower().startswith((b"<!doctype html", b"<html")):
        raise refuse(download, f"an HTML page {head.decode('latin-1')!r}", "a feed", REMEDY)
    try:
        return defusedxml.ElementTree.fromstring(download.body.lstrip(b"\r\n\t "), forbid_dtd=True)
    except DefusedXmlException as error:
        found = f"XML with {type(error).__name__.removesuffix('Forbidden')} declarations"
        raise refuse(download, found, "a feed without DTD or entities", "do not use it: feeds need none") from None
    except (ParseError, LookupError, ValueError) as error:
        raise refuse(download, f"{error}", f"whole XML of {len(download.body)} bytes", "fetch it again") from None


def _count_items(download: Download, root: Element) -> int:
    name = root.tag.rpartition("}")[2]
    if name not in ROOTS:
        raise refuse(download, f"XML <{name}>", "RSS or Atom", REMEDY)
    return sum(node.tag.rpartition("}")[2] in ("item", "entry") for node in root.iter() if isinstance(node.tag, str))


def _item(download: Download, feed: str, entry: dict, place: int) -> dict:
    title = plain_text(entry.get("title", ""))
    url = web_address(entry.get("link"))
    identifier = (entry.get("id") or url or "").strip()
    if not title or not identifier:
        found = f"item {place} with title {title[:SHOWN]!r} and identifier {identifier[:SHOWN]!r}"
        raise refuse(download, found, "both", REMEDY)
    when = entry.get("published") or entry.get("updated")
    if when is None:
        raise refuse(download, f"item {place} {title[:SHOWN]!r} without a date", "pubDate or updated", REMEDY)
    return {
        "feed": feed,
        "item_id": identifier,
        "published_at": instant_of(download, when, f"the date of item {place} {title[:SHOWN]!r}"),
        "title": title,
        "summary": plain_text(entry.get("summary", "")) or None,
        "url": url,
        "author": plain_text(entry.get("author", "")) or None,
        "publisher": None,
        "categories": labels(tag.get("term") or "" for tag in entry.get("tags", [])),
    }


def object_of(download: Download, value: object, keys: Iterable[str], where: str) -> dict:
    """`value` where it is a JSON object with all `keys`. Raises SourceError naming the missing ones."""
    if not isinstance(value, dict):
        raise refuse(download, f"{str(value)[:SHOWN]!r} for {where}", "a JSON object", REMEDY)
    missing = [key for key in keys if key not in value]
    if missing:
        raise refuse(download, f"{where} without {', '.join(missing)}; it has {', '.join(value)}"[:400], "all", REMEDY)
    return value


def text_or_none(download: Download, value: object, where: str) -> str | None:
    """Plain text of a JSON string, None for null or blanks. Raises SourceError for other types."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise refuse(download, f"{str(value)[:SHOWN]!r} for {where}", "text", REMEDY)
    return plain_text(value) or None
