"""Where soybeans grow: regions with a point for grid weather, share of the country's crop, planting date, and stations.

Shares are means of recent seasons, approximate, and used as weights only: the regions present are scaled to one.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import duckdb
import pyarrow as pa

from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

COUNTRIES = ("us", "br", "ar")
SPEC = TableSpec(
    "reference.weather_locations",
    "one row per region",
    ("location",),
    (
        Column("location", "VARCHAR", note="country and region: br_mt"),
        Column("country", "VARCHAR", note="us, br or ar", null=False),
        Column("region", "VARCHAR", null=False),
        Column("name", "VARCHAR", null=False),
        Column("latitude", "DOUBLE", "degrees", "of the point that stands for it", null=False, low=-90, high=90),
        Column("longitude", "DOUBLE", "degrees", null=False, low=-180, high=180),
        Column("production_share", "DOUBLE", "ratio", "of the country's soybeans", null=False, low=0, high=1),
        Column("planting_month", "INTEGER", "", "usual start of planting", null=False, low=1, high=12),
        Column("planting_day", "INTEGER", null=False, low=1, high=31),
        Column("source", "VARCHAR", null=False),
    ),
    "shipped with the package",
    "USDA NASS, CONAB, MAGyP; approximate",
)


@dataclass(frozen=True)
class Location:
    """One region; units as in `SPEC`."""

    location: str
    country: str
    region: str
    name: str
    latitude: float
    longitude: float
    production_share: float
    planting_month: int
    planting_day: int
    source: str


@cache
def locations() -> dict[str, Location]:
    """All regions by name, those of a country with the largest crop first."""
    made = {}
    for row in _rows("weather_locations.csv"):
        numbers = {name: float(row[name]) for name in ("latitude", "longitude", "production_share")}
        dates = {name: int(row[name]) for name in ("planting_month", "planting_day")}
        made[row["location"]] = Location(**(row | numbers | dates))
    return made


@cache
def stations() -> dict[str, str]:
    """Location by station; a country alone (us) where one series stands for all of it."""
    return {row["station_id"]: row["location"] for row in _rows("weather_stations.csv")}


def write(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace reference.weather_locations by what the package ships; number of rows."""
    return replace(connection, SPEC, pa.Table.from_pylist([vars(location) for location in locations().values()]))


def _rows(name: str) -> list[dict[str, str]]:
    with (files("oilseer.reference") / name).open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))
