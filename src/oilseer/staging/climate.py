"""Weather of the growing regions, El Niño and the VIX in staging: one clock, one unit, every vintage kept."""

from functools import partial

import duckdb
import pyarrow as pa

from oilseer.reference import weather_locations
from oilseer.staging.optional import build_from, existing, nothing, sql
from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import replace

WEATHER = TableSpec(
    "staging.weather_granular_daily",
    "one row per region or country, date, vintage",
    ("location", "observation_date", "available_at"),
    stamped(
        Column("location", "VARCHAR", note="region of reference/weather_locations.csv, or a country: us, br, ar"),
        Column("point_count", "BIGINT", "stations and grid points", "behind the values", null=False, low=1),
        Column("precipitation_mm", "DOUBLE", "mm", low=0, high=2000),
        Column("temperature_max_c", "DOUBLE", "°C", low=-80, high=65),
        Column("temperature_min_c", "DOUBLE", "°C", low=-80, high=65),
        Column("temperature_mean_c", "DOUBLE", "°C", "mean, else middle of maximum and minimum", low=-80, high=65),
    ),
    "days (United States, grid) to weeks (South America) after the date",
    "raw.weather_noaa, raw.weather_open_meteo",
    may_be_empty=True,
)
ONI = TableSpec(
    "staging.oni",
    "one row per centre month, vintage",
    ("observation_date", "available_at"),
    stamped(Column("anomaly_c", "DOUBLE", "°C", null=False, low=-6, high=6)),
    "the 10th of the month after the three-month season ends",
    "raw.noaa_oni",
    may_be_empty=True,
)
VIX = TableSpec(
    "staging.vix",
    "one row per session, vintage",
    ("observation_date", "available_at"),
    stamped(Column("vix_points", "DOUBLE", "index points", null=False, low=5, high=150)),
    "17:00 New York of the session",
    "raw.cboe_vix",
    may_be_empty=True,
)
PARTS = {"weather_noaa": "weather_stations", "weather_open_meteo": "weather_grid"}


def build_weather(connection: duckdb.DuckDBPyConnection) -> int:
    """Rebuild staging.weather_granular_daily from stations and grid; number of rows. Raises ContractError."""
    there = existing(connection, "raw")
    parts = [sql(name) for table, name in PARTS.items() if table in there]
    if not parts:
        return replace(connection, WEATHER, nothing(WEATHER))
    _register_places(connection)
    try:
        points = " UNION ALL BY NAME ".join(f"({part})" for part in parts)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE weather_points AS {points}")
        rows = replace(connection, WEATHER, sql("weather_granular_daily"))
        connection.execute("DROP TABLE weather_points")  # after an error it goes with the transaction
        return rows
    finally:
        connection.unregister("weather_places")
        connection.unregister("weather_station_places")


def _register_places(connection: duckdb.DuckDBPyConnection) -> None:
    """Register weather_places (with the countries themselves, of no weight) and weather_station_places."""
    places = [vars(place) for place in weather_locations.locations().values()]
    whole = [{"location": name, "country": name, "production_share": None} for name in weather_locations.COUNTRIES]
    columns = ("location", "country", "production_share")
    rows = [{name: place[name] for name in columns} for place in (*places, *whole)]
    connection.register("weather_places", pa.Table.from_pylist(rows))
    stations = [{"station_id": name, "location": place} for name, place in weather_locations.stations().items()]
    connection.register("weather_station_places", pa.Table.from_pylist(stations))


STEPS = (
    (weather_locations.SPEC, weather_locations.write),
    (WEATHER, build_weather),
    (ONI, partial(build_from, spec=ONI, parts={"noaa_oni": "oni"})),
    (VIX, partial(build_from, spec=VIX, parts={"cboe_vix": "vix"})),
)
