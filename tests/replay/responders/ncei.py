"""NCEI's daily summaries from market/weather_daily: text in tenths, absent elements left out."""

import polars as pl

from . import as_json

HOSTS = ("www.ncei.noaa.gov",)
ELEMENTS = {"PRCP": "precip_mm", "TMAX": "temp_max_c", "TMIN": "temp_min_c", "TAVG": "temp_mean_c"}


def respond(request, history):
    """Days of the stations asked for."""
    if request.path != "/access/services/data/v1":
        return None
    query = request.query
    rows = history.rows("market/weather_daily").filter(
        pl.col("station_id").is_in([f"GHCND:{name}" for name in query["stations"].split(",")])
        & pl.col("date").cast(pl.String).is_between(pl.lit(query["startDate"]), pl.lit(query["endDate"]))
    )
    return as_json([_day(row) for row in rows.sort("station_id", "date").to_dicts()])


def _day(row):
    found = {name: f"{round(row[column] * 10):5d}" for name, column in ELEMENTS.items() if row[column] is not None}
    return {"DATE": f"{row['date']}", "STATION": row["station_id"].removeprefix("GHCND:"), **found}
