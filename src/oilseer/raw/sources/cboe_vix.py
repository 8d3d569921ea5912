"""The VIX by its publisher: closing values of Cboe's volatility index since 1990, index points.

Endpoint  https://cdn.cboe.com/api/global/us_indices/daily_prices/VIX_History.csv, always the whole history
Access    keyless; free to view, not to be passed on
Delay     the evening of the session; public at 17:00 New York of its date. A row of a day whose 17:00 has not
          come is left out: it may be the session that is still open
Layout    DATE,OPEN,HIGH,LOW,CLOSE with dates as MM/DD/YYYY; Cboe's indices of one value (DATE,NAME) are refused
Proven    against recorded bytes of the file, trimmed in its middle
"""

from collections.abc import Iterator

import polars as pl

from oilseer.raw.availability import Rule, published
from oilseer.raw.payload import csv_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import VIX

TABLES = (VIX,)
URL = "https://cdn.cboe.com/api/global/us_indices/daily_prices/VIX_History.csv"
RULE = Rule(at="17:00")
COLUMNS = ("DATE", "OPEN", "HIGH", "LOW", "CLOSE")
POINTS = (5.0, 150.0)  # the lowest close was 9.14, the highest 82.69; a ratio such as 0.17 is another unit
REMEDY = "look at the file; if its layout changed, change cboe_vix.parse"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The one file, whatever dates are asked for: it is 450 kB."""
    found = http.get(URL, part="history")
    if found is not None:
        yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a session, oldest first. Raises SourceError for another layout, unit or date, or two closes a day."""
    lines = csv_of(download, COLUMNS, remedy=REMEDY)
    if not lines:
        raise refuse(download, "a header without rows", "sessions since 1990", "fetch it again")
    closes = [_close(download, line) for line in lines]
    text = pl.Series([line["DATE"] for line in lines])
    days = pl.select(pl.when(text.str.contains(r"^\d{2}/\d{2}/\d{4}$")).then(text)).to_series()
    days = days.str.to_date("%m/%d/%Y", strict=False)
    if days.has_nulls():
        line = lines[days.is_null().arg_max()]
        raise refuse(download, f"date {line['DATE']!r} in line {line['line']}", "MM/DD/YYYY", REMEDY)
    frame = pl.DataFrame({"observation_date": days, "close": closes})
    frame = frame.filter(published(RULE, days) <= download.fetched_at)
    return (Rows(VIX, once_each(download, frame, ["observation_date"]), RULE),)


def _close(download: Download, line: dict[str, str]) -> float:
    """The close of one line, checked against its range: a swapped column would stand outside."""
    where = f"line {line['line']}"
    low, high, close = (
        number_of(download, line[name], f"{name} in {where}", REMEDY) for name in ("LOW", "HIGH", "CLOSE")
    )
    if not low <= close <= high:
        raise refuse(download, f"CLOSE {close:g} outside {low:g} to {high:g} in {where}", "it between them", REMEDY)
    if not POINTS[0] <= close <= POINTS[1]:
        expected = f"index points, {POINTS[0]:g} to {POINTS[1]:g}"
        raise refuse(download, f"CLOSE {close:g} in {where}", expected, REMEDY)
    return close
