"""farmdoc daily of the University of Illinois: outlook, crush, trade and biofuel analysis.

Endpoint  https://farmdocdaily.illinois.edu/feed, RSS 2.0 of WordPress with the latest items only: what is not
          fetched in time is gone, so every delivery is archived
Access    keyless
Delay     none: public at its pubDate, which carries a zone; an edited item is a vintage from our next visit
Proven    against the shape of a WordPress feed, not against recorded bytes
"""

from collections.abc import Iterator

from oilseer.raw.articles import feed_items
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import BUCKET_NEWS

TABLES = (BUCKET_NEWS,)
URL = "https://farmdocdaily.illinois.edu/feed"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The feed as it is now, whatever dates are asked for."""
    found = http.get(URL, part="feed")
    if found is not None:
        yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """One row an item. Raises SourceError as feed_items."""
    return (Rows(BUCKET_NEWS, feed_items(download, "farmdoc")),)
