"""Open-Meteo's archive, with the stations of market/weather_daily standing in for the grid.

A point is answered with the mean of its country's stations; the newest five days are null, as in ERA5.
"""

from datetime import date, timedelta

import polars as pl

from . import as_json

HOSTS = ("archive-api.open-meteo.com",)
REGIONS = (((25, 50), "US_MIDWEST"), ((-30.5, -5), "BR"), ((-40, -30.5), "AR"))  # by latitude
COLUMNS = {
    "precipitation_sum": ("precip_mm", "mm"), "temperature_2m_max": ("temp_max_c", "°C"),
    "temperature_2m_min": ("temp_min_c", "°C"), "temperature_2m_mean": ("temp_mean_c", "°C"),
    "et0_fao_evapotranspiration": (None, "mm"),
}  # fmt: skip


def respond(request, history):
    """Parallel arrays of the days asked for."""
    if request.path != "/v1/archive":
        return None
    query = request.query
    latitude, longitude = float(query["latitude"]), float(query["longitude"])
    region = next((name for (low, high), name in REGIONS if low <= latitude < high), None)
    first, last = date.fromisoformat(query["start_date"]), date.fromisoformat(query["end_date"])
    if region is None or last > history.day + timedelta(days=1):
        reason = f"Parameter 'end_date' is out of allowed range from 1940-01-01 to {history.day}"
        return as_json({"error": True, "reason": reason}, 400)
    rows = history.rows("market/weather_daily").filter(
        (pl.col("region") == region) & (pl.col("date") <= history.day - timedelta(days=5))
    )
    means = rows.group_by("date").agg(pl.col("^(precip|temp)_.*$").mean().cast(pl.Float64).round(1))
    days = pl.DataFrame({"date": pl.date_range(first, last, "1d", eager=True)})
    found = days.join(means, on="date", how="left", maintain_order="left")
    wanted = query["daily"].split(",")
    values = {name: found[COLUMNS[name][0]].to_list() if COLUMNS[name][0] else [None] * found.height for name in wanted}
    return as_json({
        "latitude": round(latitude, 2), "longitude": round(longitude, 2), "generationtime_ms": 0.4,
        "utc_offset_seconds": 0, "timezone": "GMT", "timezone_abbreviation": "GMT", "elevation": 300.0,
        "daily_units": {"time": "iso8601", **{name: COLUMNS[name][1] for name in wanted}},
        "daily": {"time": [f"{day}" for day in found["date"]], **values},
    })  # fmt: skip
