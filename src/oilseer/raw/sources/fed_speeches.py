"""Speeches of the Board of Governors of the Federal Reserve.

Endpoint  https://www.federalreserve.gov/feeds/speeches.xml, RSS 2.0 with a byte order mark, the latest items only;
          addresses, identifiers and dates stand in CDATA, dates in GMT, titles as "Jefferson, Name of the speech"
Access    keyless, US public domain
Delay     none: the pubDate is when the speech begins and its text is posted
Proven    against the shape that public readers of the feed document, not against recorded bytes
"""

from collections.abc import Iterator

from oilseer.raw.articles import feed_items
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import BUCKET_NEWS

TABLES = (BUCKET_NEWS,)
URL = "https://www.federalreserve.gov/feeds/speeches.xml"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The feed as it is now, whatever dates are asked for."""
    found = http.get(URL, part="feed")
    if found is not None:
        yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a speech. Raises SourceError as feed_items."""
    return (Rows(BUCKET_NEWS, feed_items(download, "fed_speeches")),)
