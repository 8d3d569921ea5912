"""Weather of the growing regions and the El Niño index."""

from oilseer.warehouse.spec import Column, TableSpec, stamped

ONI = TableSpec(
    "raw.noaa_oni",
    "one row per centre month, vintage",
    ("observation_date", "available_at"),
    stamped(Column("season", "VARCHAR"), Column("anomaly_c", "DOUBLE", "°C", null=False, low=-6, high=6)),
    "the 10th of the month after the three-month season ends",
    "NOAA CPC, US public domain",
)
WEATHER = TableSpec(
    "raw.weather_noaa",
    "one row per station, date, vintage",
    ("station_id", "observation_date", "available_at"),
    stamped(
        Column("station_id", "VARCHAR"),
        Column("region", "VARCHAR"),
        Column("precipitation_mm", "DOUBLE", "mm"),
        Column("temperature_max_c", "DOUBLE", "°C"),
        Column("temperature_min_c", "DOUBLE", "°C"),
        Column("temperature_mean_c", "DOUBLE", "°C"),
    ),
    "days (US) to weeks (South America) after the date",
    "NOAA NCEI, US public domain",
)

SPECS: tuple[TableSpec, ...] = (
    ONI,
    WEATHER,
)
