"""Rain and heat at weather stations over the fields: GHCN-Daily by NOAA NCEI's access service.

Endpoint  https://www.ncei.noaa.gov/access/services/data/v1?dataset=daily-summaries, JSON, a country and year a request
Access    keyless; the stations are the GHCND ones of reference/weather_stations.csv
Delay     days in the United States (taken as 4), weeks in South America (taken as 21); gaps are filled later: vintages
Units     without `units` whole tenths of °C and mm in padded text, which is what is asked for: a decimal point then
          betrays other units. Addresses with units=metric (°C, mm) or units=standard (°F, inches) are converted
Proven    against rows of three recorded answers (tenths, standard, absent elements) from public notes; Brazil's
          stations report with gaps, so the grid of open_meteo carries the south
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import parse_qs, urlsplit

import polars as pl

from oilseer.raw.availability import Rule
from oilseer.raw.payload import json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import WEATHER
from oilseer.reference.weather_locations import stations

TABLES = (WEATHER,)
URL = "https://www.ncei.noaa.gov/access/services/data/v1"
REGIONS = {"us": "US_MIDWEST", "br": "BR", "ar": "AR"}
UNITED_STATES, ELSEWHERE = Rule(plus_days=4, at="17:00"), Rule(plus_days=21, at="17:00")
PREFIX = "GHCND:"
COLUMNS = {
    "PRCP": "precipitation_mm", "TMAX": "temperature_max_c", "TMIN": "temperature_min_c", "TAVG": "temperature_mean_c",
}  # fmt: skip
RANGES = {"precipitation_mm": (0.0, 2000.0), "temperature": (-90.0, 60.0)}  # wider than any record of the world
Convert = Callable[[float], float]
UNITS: dict[str, tuple[Convert, Convert]] = {  # of `units` in the address: precipitation to mm, temperature to °C
    "": (lambda tenths: tenths / 10, lambda tenths: tenths / 10),
    "metric": (lambda mm: mm, lambda celsius: celsius),
    "standard": (lambda inches: inches * 25.4, lambda fahrenheit: (fahrenheit - 32) * 5 / 9),
}
MANY_DAYS = 60  # of all stations of the United States: none is silent on rain or heat that long
REMEDY = "look at the answer; if NCEI changed it for good, change noaa_ncei.parse"


def listed() -> dict[str, str]:
    """Country by station id as NCEI writes it."""
    return {
        name.removeprefix(PREFIX): place.split("_")[0]
        for name, place in stations().items()
        if name.startswith(PREFIX)
    }  # fmt: skip


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """One answer a country and calendar year, such as us-2024."""
    for country in REGIONS:
        names = sorted(name for name, place in listed().items() if place == country)
        for year in range(ask.since.year, ask.until.year + 1):
            part = f"{country}-{year}"
            if ask.parts and part not in ask.parts:
                continue
            params = {
                "dataset": "daily-summaries", "stations": ",".join(names), "dataTypes": ",".join(COLUMNS),
                "startDate": max(ask.since, date(year, 1, 1)).isoformat(),
                "endDate": min(ask.until, date(year, 12, 31)).isoformat(),
                "format": "json", "includeAttributes": "false",
            }  # fmt: skip
            found = http.get(URL, part=part, params=params)
            if found is not None:
                yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a station and day, mm and °C; what a station did not observe is null. Raises SourceError.

    The United States and the rest come apart, for they have other rules of publication. An empty list is an answer:
    no station has reported yet.
    """
    cells = json_of(download)
    if not isinstance(cells, list):
        said = cells.get("errorMessage") if isinstance(cells, dict) else cells
        raise refuse(download, f"{str(said)[:80]!r}", "a list of days", "check stations and dates of the address")
    units = parse_qs(urlsplit(download.url).query).get("units", [""])[0]
    if units not in UNITS:
        raise refuse(download, f"units={units}", "none, metric or standard", "ask without `units`")
    made = [_row(download, cell, units) for cell in cells]
    schema = {"station_id": pl.String, "region": pl.String, "observation_date": pl.Date,
              **dict.fromkeys(COLUMNS.values(), pl.Float64)}  # fmt: skip
    frame = pl.DataFrame([row for row in made if row], schema=schema, orient="row")
    frame = once_each(download, frame, ["station_id", "observation_date"])
    american = pl.col("station_id").str.starts_with(f"{PREFIX}US")
    states = frame.filter(american)
    gone = [element for element in ("PRCP", "TMAX", "TMIN") if states[COLUMNS[element]].is_null().all()]
    if gone and states.height >= MANY_DAYS:
        raise refuse(download, f"no {' or '.join(gone)} in {states.height} days of the United States", "some", REMEDY)
    return (
        Rows(WEATHER, states, UNITED_STATES),
        Rows(WEATHER, frame.filter(~american), ELSEWHERE),
    )


def _row(download: Download, cell: object, units: str) -> tuple | None:
    """One typed day, or None where none of our elements was observed."""
    name, day = (cell.get("STATION"), cell.get("DATE")) if isinstance(cell, dict) else (None, None)
    if not isinstance(name, str) or not re.fullmatch(r"[A-Z]{2}[A-Z0-9]{9}", name) or not isinstance(day, str):
        raise refuse(download, f"{str(cell)[:80]}", "a day with STATION and DATE", REMEDY)
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            raise ValueError
        observed = date.fromisoformat(day)
    except ValueError:
        raise refuse(download, f"DATE {day!r} of {name}", "YYYY-MM-DD", REMEDY) from None
    values = [
        _value(download, cell.get(element), element, units, f"{element} of {name} on {day}") for element in COLUMNS
    ]
    if all(value is None for value in values):
        return None
    return PREFIX + name, REGIONS.get(listed().get(name, "")), observed, *values


def _value(download: Download, given: object, element: str, units: str, where: str) -> float | None:
    """mm or °C; null where the station has no such element that day."""
    if given is None or (isinstance(given, str) and not given.strip()):
        return None
    number = number_of(download, given.strip() if isinstance(given, str) else given, where, REMEDY)
    if not units and not number.is_integer():
        raise refuse(download, f"{given!r} for {where}", "whole tenths, as without `units`", REMEDY)
    column = COLUMNS[element]
    rain, heat = UNITS[units]
    value = rain(number) if element == "PRCP" else heat(number)
    low, high = RANGES.get(column, RANGES["temperature"])
    if not low <= value <= high:
        unit = "mm" if element == "PRCP" else "°C"
        raise refuse(download, f"{value:g} {unit} for {where}", f"{low:g} to {high:g} {unit}", REMEDY)
    return round(value, 6)  # 35 °F is 1.6666…; a tenth stays a tenth
