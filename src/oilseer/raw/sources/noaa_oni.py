"""El Niño: the Oceanic Niño Index of NOAA CPC, three-month means of the sea surface in Niño 3.4.

Endpoint  https://www.cpc.ncep.noaa.gov/data/indices/oni.ascii.txt, the whole history since 1950 in fixed width
Access    keyless
Delay     a season is complete when its third month ends; posted in the first days after, taken as the 10th.
          NOAA revises the last months and, with a new base period every five years, old ones: vintages
Proven    against recorded bytes of the whole file
"""

import re
from collections.abc import Iterator
from datetime import date

import polars as pl

from oilseer.raw.availability import Rule
from oilseer.raw.payload import number_of, once_each, refuse, text_of
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import ONI

TABLES = (ONI,)
URL = "https://www.cpc.ncep.noaa.gov/data/indices/oni.ascii.txt"
RULE = Rule(plus_months=2, day=10, at="17:00")
HEADER = ("SEAS", "YR", "TOTAL", "ANOM")
SEASONS = ("DJF", "JFM", "FMA", "MAM", "AMJ", "MJJ", "JJA", "JAS", "ASO", "SON", "OND", "NDJ")  # by centre month
TOTAL_C = (20.0, 33.0)  # the sea in Niño 3.4 was never outside 24 to 30 °C; °F would be above 70
ANOMALY_C = 6.0
REMEDY = "look at the file; if its layout changed, change noaa_oni.parse"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The one file, whatever dates are asked for: it is 23 kB."""
    found = http.get(URL, part="oni")
    if found is not None:
        yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a season at its centre month, °C. Raises SourceError for a gap, another unit or another layout."""
    text = text_of(download)
    if not text.endswith("\n"):
        raise refuse(download, f"a last line without an end: {text[-40:]!r}", "a whole file", "fetch it again")
    lines = [line for line in text.splitlines() if line.strip()]
    header = lines[0].split()
    if sorted(header) != sorted(HEADER):
        raise refuse(download, f"header {header}", f"columns {list(HEADER)}", REMEDY)
    rows = [_row(download, dict(zip(header, line.split(), strict=False)), line) for line in lines[1:]]
    if not rows:
        raise refuse(download, "a header without rows", "seasons since 1950", "fetch it again")
    frame = pl.DataFrame(rows, schema={"observation_date": pl.Date, "season": pl.String, "anomaly_c": pl.Float64},
                         orient="row")  # fmt: skip
    frame = once_each(download, frame, ["observation_date"])
    months = frame["observation_date"]
    wanted = pl.date_range(months[0], months[-1], "1mo", eager=True)
    absent = sorted(set(wanted) - set(months))
    if absent:
        raise refuse(download, f"no season around {absent[0]:%Y-%m}", "every season", "fetch it again")
    return (Rows(ONI, frame, RULE),)


def _row(download: Download, cells: dict[str, str], line: str) -> tuple[date, str, float]:
    """Centre month, season and anomaly of one line."""
    if len(cells) != len(HEADER) or len(line.split()) != len(HEADER):
        raise refuse(download, f"line {line!r}", f"{len(HEADER)} columns", REMEDY)
    season, year = cells["SEAS"], cells["YR"]
    if season not in SEASONS or not re.fullmatch(r"(19[5-9]|20[0-9])\d", year):
        raise refuse(download, f"season {season!r} of year {year!r}", "such as DJF of 1950", REMEDY)
    total = number_of(download, cells["TOTAL"], f"TOTAL of {season} {year}")
    anomaly = number_of(download, cells["ANOM"], f"ANOM of {season} {year}")
    if not TOTAL_C[0] <= total <= TOTAL_C[1] or abs(anomaly) > ANOMALY_C:
        found = f"TOTAL {total:g} and ANOM {anomaly:g} of {season} {year}"
        raise refuse(download, found, f"°C: TOTAL {TOTAL_C[0]:g} to {TOTAL_C[1]:g}, ANOM within {ANOMALY_C:g}", REMEDY)
    return date(int(year), SEASONS.index(season) + 1, 1), season, anomaly
