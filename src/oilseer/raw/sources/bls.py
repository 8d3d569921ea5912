"""Consumer and producer prices of the Bureau of Labor Statistics: food, fats and oils, soybeans, fuels; monthly.

Endpoint  GET https://api.bls.gov/publicAPI/v2/timeseries/data/{series}?startyear&endyear with BLS_API_KEY (500
          requests a day, 20 years each); without one version 1, 25 a day, and no more than the newest ten years
Delay     rules below: the 20th of the next month for consumer prices, the 16th for producer prices, 08:30 New York,
          later after shutdowns of the government. BLS does not deliver the instant
Revisions producer prices are preliminary (footnote P) for four months, seasonally adjusted ones change every February
          for five years: what a later fetch brings otherwise is a vintage from then
Layout    text values, newest first; M13 is the year's mean and left out; "-" is a month that BLS could not publish.
          Every fault but a lost connection has status 200: it is told by `status` and `message`
Proven    documentation only, with its sample answer
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from oilseer.raw.availability import Hold, Rule
from oilseer.raw.payload import json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import BLS

TABLES = (BLS,)
WITH_KEY = "https://api.bls.gov/publicAPI/v2/timeseries/data/"
KEYLESS = "https://api.bls.gov/publicAPI/v1/timeseries/data/"
YEARS_WITH_KEY, YEARS_KEYLESS = 20, 10


def _held(first: str, until: str) -> Hold:
    return Hold(
        from_=date.fromisoformat(first), until=date.fromisoformat(until), reason="shutdown of the US government"
    )


CONSUMER = Rule(
    plus_months=1, day=20, at="08:30", held=(_held("2013-10-01", "2013-10-30"), _held("2025-10-01", "2025-10-24"))
)
PRODUCER = Rule(  # October and November 2025 came on 14 January, December on the 30th; where unsure, later
    plus_months=1,
    day=16,
    at="08:30",
    held=(
        _held("2013-10-01", "2013-10-29"),
        _held("2025-10-01", "2026-01-30"),
        _held("2026-02-01", "2026-02-27"),
        _held("2026-03-01", "2026-03-31"),
    ),
)
SERIES = {
    "CUSR0000SA0": ("consumer prices, all items, seasonally adjusted", CONSUMER),
    "CUSR0000SA0L1E": ("consumer prices without food and energy, seasonally adjusted", CONSUMER),
    "CUSR0000SAF11": ("food at home, seasonally adjusted", CONSUMER),
    "CUSR0000SEFV": ("food away from home, seasonally adjusted", CONSUMER),
    "CUSR0000SEFS": ("fats and oils, seasonally adjusted", CONSUMER),
    "WPSFD4": ("producer prices, final demand, seasonally adjusted", PRODUCER),
    "WPU00000000": ("producer prices, all commodities", PRODUCER),
    "WPU027": ("fats and oils", PRODUCER),
    "WPU0278": ("shortening and cooking oils", PRODUCER),
    "WPU01830131": ("soybeans", PRODUCER),
    "PCU311224311224": ("soybean and other oilseed processing", PRODUCER),
    "WPU06140341": ("ethanol", PRODUCER),
    "WPU057303": ("No. 2 diesel fuel", PRODUCER),
}
MONTHS = {f"M{month:02}": month for month in range(1, 13)}
YEAR_MEAN = "M13"
NOT_PUBLISHED = "-"
UNKNOWN = ("does not exist", "invalid series")
REMEDY = "ask for it again; if the service changed, change bls.parse"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """One answer a series and span of years, the newest span first."""
    years = YEARS_WITH_KEY if ask.key else YEARS_KEYLESS
    last = ask.until.year
    while last >= ask.since.year:
        first = max(ask.since.year, last - years + 1)
        for series in SERIES:
            part = f"series_{series.lower()}_{first}"
            if ask.parts and part not in ask.parts:
                continue
            found = http.get(
                (WITH_KEY if ask.key else KEYLESS) + series, part=part,
                params={"startyear": f"{first}", "endyear": f"{last}"},
                secret={"registrationkey": ask.key} if ask.key else None,
            )  # fmt: skip
            if found is not None:
                yield found
        if not ask.key:
            return  # a second span would take more than a day's requests
        last = first - 1


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a month that has a value. Raises SourceError for a refused request, another series or another layout."""
    series = next((name for name in SERIES if download.part.startswith(f"series_{name.lower()}_")), None)
    if series is None:
        raise refuse(download, f"part {download.part!r}", "series_, a series of ours and a year", REMEDY)
    rows = [row for point in _points(download, series) if (row := _row(download, series, point)) is not None]
    schema = {"series_id": pl.String, "observation_date": pl.Date, "value": pl.Float64, "preliminary": pl.Boolean}
    frame = once_each(download, pl.DataFrame(rows, schema=schema, orient="row"), ["observation_date"])
    return (Rows(BLS, frame, SERIES[series][1]),)


def _points(download: Download, series: str) -> list[dict]:
    """The observations of `series`. Refuses with the service's own words where it did not answer the question."""
    answer = json_of(download)
    if not isinstance(answer, dict):
        raise refuse(download, f"{str(answer)[:80]!r}", "an object", REMEDY)
    said = "; ".join(str(each) for each in answer.get("message") or ())
    if answer.get("status") != "REQUEST_SUCCEEDED" or any(word in said.lower() for word in UNKNOWN):
        found = f"status {answer.get('status')!r}: {said or 'no message'}"
        remedy = (
            "wait a day where the day's requests are used up, or get a key at https://data.bls.gov/registrationEngine/"
        )
        raise refuse(download, found, "REQUEST_SUCCEEDED and a series that exists", remedy)
    results = answer.get("Results")
    if isinstance(results, list) and len(results) == 1:
        results = results[0]  # as the documentation shows it; the service sends the object itself
    found = results.get("series") if isinstance(results, dict) else None
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], dict):
        raise refuse(download, f"Results {str(results)[:80]}", "one series", REMEDY)
    if found[0].get("seriesID") != series:
        raise refuse(download, f"series {found[0].get('seriesID')!r}", series, "do not load it: these are other prices")
    points = found[0].get("data")
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        raise refuse(download, f"data {str(points)[:80]}", "a list of objects", REMEDY)
    return points


def _row(download: Download, series: str, point: dict) -> tuple[str, date, float, bool] | None:
    """Series, month, value and whether it is preliminary; None for a year's mean and a month without a value."""
    year, period, value = (point.get(name) for name in ("year", "period", "value"))
    if period == YEAR_MEAN or value == NOT_PUBLISHED:
        return None
    if str(period) not in MONTHS or not (
        isinstance(year, str) and year.isascii() and year.isdigit() and len(year) == 4
    ):
        raise refuse(download, f"period {period!r} of year {year!r}", "M01 to M12 of a year of four digits", REMEDY)
    notes = point.get("footnotes")
    if not isinstance(notes, list) or not all(isinstance(note, dict) for note in notes):
        raise refuse(download, f"footnotes {notes!r} of {year} {period}", "a list of objects", REMEDY)
    index = number_of(download, value, f"{year} {period}", REMEDY)
    if not isinstance(value, str) or index <= 0:
        raise refuse(download, f"{value!r} for {year} {period}", "an index above zero, as text", REMEDY)
    return series, date(int(year), MONTHS[period], 1), index, any(note.get("code") == "P" for note in notes)
