"""Weather of the growing regions on a grid: the ERA5 archive of Open-Meteo, one point a region.

Endpoint  https://archive-api.open-meteo.com/v1/archive, JSON with parallel arrays under `daily`, units in `daily_units`
Access    keyless for non-commercial use; points and production shares are in reference/weather_locations.csv
Delay     ERA5 comes about 5 days late, taken as 6; days that are not there yet are null and give no row
Proven    against a recorded answer of the forecast API, which has the same envelope, and the documented shape of the
          limit (`error`, `reason`); the archive's own answer from the documentation
"""

import re
from collections.abc import Iterator
from datetime import date
from urllib.parse import parse_qs, urlsplit

import polars as pl

from oilseer.raw.availability import Rule
from oilseer.raw.payload import json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import WEATHER_GRID
from oilseer.reference.weather_locations import locations

TABLES = (WEATHER_GRID,)
URL = "https://archive-api.open-meteo.com/v1/archive"
RULE = Rule(plus_days=6, at="17:00")
VARIABLES = {  # name of Open-Meteo: column, unit
    "precipitation_sum": ("precipitation_mm", "mm"),
    "temperature_2m_max": ("temperature_max_c", "°C"),
    "temperature_2m_min": ("temperature_min_c", "°C"),
    "temperature_2m_mean": ("temperature_mean_c", "°C"),
    "et0_fao_evapotranspiration": ("evapotranspiration_mm", "mm"),
}
NEAR_DEGREES = 0.5  # a grid cell further from the point asked for is another place
REMEDY = "compare with https://open-meteo.com/en/docs/historical-weather-api"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """One answer a location, such as br_mt."""
    for name, place in locations().items():
        if ask.parts and name not in ask.parts:
            continue
        params = {
            "latitude": str(place.latitude), "longitude": str(place.longitude),
            "start_date": ask.since.isoformat(), "end_date": ask.until.isoformat(),
            "daily": ",".join(VARIABLES), "timezone": "GMT",
        }  # fmt: skip
        found = http.get(URL, part=name, params=params)
        if found is not None:
            yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a day of the location that the part names, mm and °C. Raises SourceError for a limit or another unit."""
    body = json_of(download)
    if not isinstance(body, dict) or body.get("error"):
        said = body.get("reason") if isinstance(body, dict) else body
        raise refuse(download, f"{str(said)[:120]!r}", "an answer", "wait a minute, hour or day, as the limit says")
    daily, units = body.get("daily"), body.get("daily_units")
    if not isinstance(daily, dict) or not isinstance(units, dict):
        raise refuse(download, f"fields {sorted(body)}", "objects daily and daily_units", REMEDY)
    latitude, longitude = _cell(download, body)
    days = _days(download, daily, units)
    columns = {"observation_date": days}
    for name, (column, unit) in VARIABLES.items():
        if name in daily:
            columns[column] = _column(download, daily[name], len(days), name, unit, units.get(name))
    asked = parse_qs(urlsplit(download.url).query).get("daily", [""])[0].split(",")
    if len(columns) == 1 or any(name in VARIABLES and name not in daily for name in asked):
        wanted = [name for name in asked if name] or f"one or more of {list(VARIABLES)}"
        raise refuse(download, f"arrays {sorted(daily)}", f"{wanted}", REMEDY)
    values = [column for column in columns if column != "observation_date"]
    frame = pl.DataFrame(columns, schema_overrides={"observation_date": pl.Date, **dict.fromkeys(values, pl.Float64)})
    frame = frame.filter(~pl.all_horizontal(pl.col(values).is_null()))
    frame = frame.with_columns(
        location=pl.lit(download.part), latitude=pl.lit(latitude), longitude=pl.lit(longitude)
    )  # fmt: skip
    frame = once_each(download, frame, ["location", "observation_date"])
    kept = [column for column in WEATHER_GRID.column_names if column in frame.columns]
    return (Rows(WEATHER_GRID, frame.select(kept), RULE),)


def _cell(download: Download, body: dict) -> tuple[float, float]:
    """Centre of the grid cell, which must be near the point that the part names."""
    place = locations().get(download.part)
    if place is None:
        known = ", ".join(locations())
        raise refuse(download, f"part {download.part!r}", f"a location: {known}", "add it to weather_locations.csv")
    latitude, longitude = (number_of(download, body.get(name), name, REMEDY) for name in ("latitude", "longitude"))
    if max(abs(latitude - place.latitude), abs(longitude - place.longitude)) > NEAR_DEGREES:
        expected = f"a cell within {NEAR_DEGREES} of {place.latitude:g}, {place.longitude:g}"
        raise refuse(download, f"{latitude:g}, {longitude:g}", expected, "ask again for the location of the part")
    return latitude, longitude


def _days(download: Download, daily: dict, units: dict) -> list[date]:
    """The days of `daily.time`."""
    given, unit = daily.get("time"), units.get("time")
    if not isinstance(given, list) or unit != "iso8601":
        raise refuse(download, f"time {type(given).__name__} in {unit!r}", "a list of iso8601 days", REMEDY)
    days = []
    for text in given:
        try:
            if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
                raise ValueError
            days.append(date.fromisoformat(text))
        except ValueError:
            raise refuse(download, f"time {text!r}", "a day such as 2024-02-29", REMEDY) from None
    return days


def _column(
    download: Download, given: object, length: int, name: str, unit: str, found_unit: object
) -> list[float | None]:
    """Values of one variable, null where there is none yet."""
    if found_unit != unit:
        raise refuse(download, f"unit {found_unit!r} of {name}", unit, "ask in the default units")
    if not isinstance(given, list) or len(given) != length:
        size = len(given) if isinstance(given, list) else type(given).__name__
        raise refuse(download, f"{size} values of {name}", f"{length}, one a day", "ask again")
    return [None if value is None else _number(download, value, name, place) for place, value in enumerate(given)]


def _number(download: Download, value: object, name: str, place: int) -> float:
    if isinstance(value, str):
        raise refuse(download, f"text {value[:40]!r} for {name} of day {place + 1}", "a number", REMEDY)
    return number_of(download, value, f"{name} of day {place + 1}", REMEDY)
