"""What a source is: a module of `raw/sources/` with TABLES, `fetch` and `parse`, and a row of reference/sources.csv.

`fetch` touches the network or the drop folder and returns bytes, which are archived before anyone reads them; `parse`
touches nothing: the same bytes give the same rows for ever.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Rule
from oilseer.warehouse.spec import TableSpec


@dataclass(frozen=True)
class Download:
    """Bytes as delivered, and what they answer.

    source      name in reference/sources.csv
    part        which request of the source: a series, a symbol, a year, a page; short, lower case letters first
    url         where they come from, without any credential; a file's name for a drop folder
    body        bytes after transfer decompression, stored unchanged before parse() runs
    fetched_at  UTC, from the caller's clock; of a drop folder the file's time of change
    """

    source: str
    part: str
    url: str
    body: bytes = field(repr=False)
    fetched_at: datetime


class Gaps(SourceError):
    """Parts that the service does not have; raised by `fetch` at its end, when all others have come.

    Where none has come it counts as a failure of the source.
    """


@dataclass(frozen=True)
class Ask:
    """What one fetch is to bring: observation dates `since` to `until`, both included.

    key     secret of the source or None; goes into `secret` of Http.get, never into a URL, log or message
    folder  drop folder of the source; may not exist
    parts   parts wanted, all where empty
    mirror  base address that stands in for every host, `{mirror}/{host}/path`, for a client library that does not go
            through Http; None for the real hosts
    """

    since: date
    until: date
    now: datetime
    key: str | None = field(default=None, repr=False)
    folder: Path = Path()
    parts: tuple[str, ...] = ()
    mirror: str | None = None


@dataclass(frozen=True)
class Rows:
    """Rows for one table, typed as its spec but without the stamps.

    frame  every column of `spec` that is neither a stamp nor absent from the source; `observation_date` always;
           `available_at` (UTC) where the source itself records the instant: those rows are 'vintage'
           `availability` beside it where that differs: 'lagged' for what may be edited later under the same
           instant, or is public since we saw it. The same values again then change nothing, others are a vintage
           from the delivery that brings them
    rule   the publication rule of rows without an `available_at`: those are 'lagged'
    """

    spec: TableSpec
    frame: pl.DataFrame
    rule: Rule | None = None


class Http(Protocol):
    """The one way to the network: retries, Retry-After, limits of size, time and rate, no credential kept."""

    def get(
        self,
        url: str,
        *,
        part: str,
        params: Mapping[str, str] | None = None,
        secret: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        missing: tuple[int, ...] = (),
        html: bool = False,
    ) -> Download | None:
        """The answer to one GET.

        secret, secret_headers  sent like params and headers, and blotted out of URL, body, log and message
        missing                 statuses that mean "not there", such as 404 of a year to come: None is returned. Who
                                names one also gets None for a single part that fails: it is reported as a failure,
                                and the next part is asked for; a second failure in a row is raised
        html                    a page is what is asked for; else a page with status 200 is refused as an error page

        Raises SourceError naming source, part, what was found and what to do, after bounded time.
        """
        ...


class Source(Protocol):
    """A module of raw/sources/. Raises SourceError where bytes are not what the source promises, naming the part."""

    TABLES: tuple[TableSpec, ...]

    def fetch(self, ask: Ask, http: Http) -> Iterator[Download]:
        """Downloads that cover the ask, in an order that is safe to stop after any of them."""
        ...

    def parse(self, download: Download) -> tuple[Rows, ...]:
        """Rows of one download; an empty frame only where the source may answer with nothing."""
        ...
