"""Weather of the growing countries, weighted by their regions' crop, and El Niño; made in weather_releases.py."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.reference.weather_locations import COUNTRIES

MAX_AGE, ONI_AGE = timedelta(days=35), timedelta(days=140)
_TITLE = {"us": "the United States", "br": "Brazil", "ar": "Argentina"}
_LAG = {"us": "2 to 6 days", "br": "6 to 21 days", "ar": "6 to 21 days"}
_UNIT = {
    "_degrees_c": "°C", "_mm": "mm", "_days": "days", "_flag": "1 or 0", "_ratio": "standard deviations",
    "_degree_days": "degree days",
}  # fmt: skip
_past = "the same time of earlier years (three at least)"
_SAY = {
    "temperature_anomaly_30d_degrees_c": (f"mean temperature of 30 days less that of {_past}",
                                          "A season hotter than usual cuts yields."),
    "precipitation_anomaly_30d_mm": (f"rain of 30 days less that of {_past}", "What departs from the season is news."),
    "growing_degree_days": ("sum since planting of max(0, (maximum + minimum) / 2 − 10 °C), 180 days at the most",
                            "How far the crop has grown says which weather matters."),
    "heat_30d_days": ("days above 35 °C of the last 30", "Great heat stops the setting of pods."),
    "drought_90d_flag": (f"1 where the rain of 90 days is below the driest fifth of {_past}",
                         "Drought is the largest loss of supply."),
    "spi_90d_ratio": (f"cube root of the rain of 90 days, standardized by {_past}",
                      "Rain in the measure of its own variability."),
}  # fmt: skip
_weather = partial(
    Feature, reads=("staging.weather_granular_daily",), max_age=MAX_AGE, bucket="crush",
    driver_group="WEATHER_SUPPLY", category="weather",
    source="NOAA NCEI stations; Open-Meteo (ERA5) where they are silent",
)  # fmt: skip


def _missing(title: str, name: str) -> str:
    """What a measure waits for, where it may have to."""
    if any(word in name for word in ("anomaly", "drought", "spi")):
        return f"three earlier years of weather of {title}: load noaa_ncei or open_meteo"
    return ""


def _unit(name: str) -> str:
    return next(unit for ending, unit in sorted(_UNIT.items(), key=lambda item: -len(item[0])) if name.endswith(ending))


CARRIED: tuple[Carried, ...] = tuple(
    Carried(f"weather:{country}.{name}", _weather(
        f"weather_{country}_all_{name}", _unit(name), f"{formula}, {_TITLE[country]}, regions weighted by their crop",
        why, publication_lag=_LAG[country], reliability=0.5, missing=_missing(_TITLE[country], name)))
    for country in COUNTRIES
    for name, (formula, why) in _SAY.items()
)  # fmt: skip
_oni = partial(
    Feature, reads=("staging.oni",), max_age=ONI_AGE, bucket="crush", driver_group="WEATHER_SUPPLY",
    category="weather", source="NOAA CPC Oceanic Niño Index", update_frequency="monthly",
    publication_lag="the 10th of the month after the three-month season", reliability=0.8,
    missing="ONI: the source noaa_oni has not been loaded",
)  # fmt: skip
ONI = Carried("oni:anomaly", _oni(
    "weather_enso_oni_degrees_c", "°C", "sea surface anomaly of three months, Niño 3.4",
    "La Niña dries Argentina, El Niño wets it.",
))  # fmt: skip
_AGED = {f"weather:{country}.heat_30d_days": f"weather_{country}_all_age_sessions" for country in COUNTRIES}
SERIES = series_of((*CARRIED, ONI), {}, aged=(*_AGED, "oni:anomaly"))
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in (*CARRIED, ONI)),
    *(
        _weather(f"weather_{country}_all_age_sessions", "sessions", f"sessions since the newest day, {_TITLE[country]}",
                 "Stations of the south report weeks late.", publication_lag=_LAG[country])
        for country in COUNTRIES
    ),
    _oni("weather_enso_age_sessions", "sessions", "sessions since the centre month's first day", "ONI comes late."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    return carry((*CARRIED, ONI), known) | {
        **{name: known[f"{column(key)}_age_sessions"] for key, name in _AGED.items()},
        "weather_enso_age_sessions": known["oni_anomaly_age_sessions"],
    }
