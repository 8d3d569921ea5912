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
WEATHER_GRID = TableSpec(
    "raw.weather_open_meteo",
    "one row per location, date, vintage",
    ("location", "observation_date", "available_at"),
    stamped(
        Column("location", "VARCHAR", note="name in reference/weather_locations.csv"),
        Column("latitude", "DOUBLE", "degrees", "of the grid cell answered", low=-90, high=90),
        Column("longitude", "DOUBLE", "degrees", "of the grid cell answered", low=-180, high=180),
        Column("precipitation_mm", "DOUBLE", "mm", low=0, high=2000),
        Column("temperature_max_c", "DOUBLE", "°C", low=-80, high=65),
        Column("temperature_min_c", "DOUBLE", "°C", low=-80, high=65),
        Column("temperature_mean_c", "DOUBLE", "°C", low=-80, high=65),
        Column("evapotranspiration_mm", "DOUBLE", "mm", "FAO reference ET0", low=0, high=50),
    ),
    "six days after the date 17:00 New York",
    "Open-Meteo archive of ERA5, CC BY 4.0, non-commercial without a plan",
)

SPECS: tuple[TableSpec, ...] = (
    ONI,
    WEATHER,
    WEATHER_GRID,
)
