"""Weather of the growing regions and countries, and El Niño; made day by day in weather_releases.py."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, change
from oilseer.features.weather_releases import COUNTRY_NAMES, REGION_NAMES
from oilseer.reference.weather_locations import COUNTRIES, locations

MAX_AGE, ONI_AGE = timedelta(days=35), timedelta(days=140)
_TITLE = {"us": "the United States", "br": "Brazil", "ar": "Argentina"}
_LAG = {"us": "2 to 6 days", "br": "6 to 21 days", "ar": "6 to 21 days"}
_UNIT = {
    "_degrees_c": "°C", "_mm": "mm", "_days": "days", "_flag": "1 or 0", "_ratio": "standard deviations",
    "_degree_days": "degree days",
}  # fmt: skip
_past = "the same time of earlier years (three at least)"
_SAY = {
    "temperature_mean_7d_degrees_c": ("mean temperature of 7 days", "Heat dries soils."),
    "temperature_mean_30d_degrees_c": ("mean temperature of 30 days", "Heat dries soils."),
    "temperature_anomaly_30d_degrees_c": (f"mean temperature of 30 days less that of {_past}",
                                          "A season hotter than usual cuts yields."),
    "precipitation_7d_mm": ("rain of 7 days", "Rain in the pod-filling weeks makes the crop."),
    "precipitation_30d_mm": ("rain of 30 days", "Rain in the pod-filling weeks makes the crop."),
    "precipitation_90d_mm": ("rain of 90 days", "Soil water is the rain of the season."),
    "precipitation_anomaly_30d_mm": (f"rain of 30 days less that of {_past}", "What departs from the season is news."),
    "growing_degree_days": ("sum since planting of max(0, (maximum + minimum) / 2 − 10 °C), 180 days at the most",
                            "How far the crop has grown says which weather matters."),
    "heat_30d_days": ("days above 35 °C of the last 30", "Great heat stops the setting of pods."),
    "drought_90d_flag": (f"1 where the rain of 90 days is below the driest fifth of {_past}",
                         "Drought is the largest loss of supply."),
    "spi_30d_ratio": (f"cube root of the rain of 30 days, standardized by {_past}",
                      "Rain in the measure of its own variability."),
    "spi_90d_ratio": (f"cube root of the rain of 90 days, standardized by {_past}",
                      "Rain in the measure of its own variability."),
}  # fmt: skip
_weather = partial(
    Feature, reads=("staging.weather_granular_daily",), max_age=MAX_AGE, bucket="crush",
    driver_group="WEATHER_SUPPLY", category="weather",
    source="NOAA NCEI stations; Open-Meteo (ERA5) where they are silent",
)  # fmt: skip


def _missing(place: str, title: str, name: str) -> str:
    """What a measure waits for, where it may have to."""
    if any(word in name for word in ("anomaly", "drought", "spi")):
        return f"three earlier years of weather of {title}: load noaa_ncei or open_meteo"
    return "" if place in COUNTRIES else f"weather of {title}: load noaa_ncei or open_meteo"


def _unit(name: str) -> str:
    return next(unit for ending, unit in sorted(_UNIT.items(), key=lambda item: -len(item[0])) if name.endswith(ending))


def _place(place: str, country: str, title: str, names: tuple[str, ...], weighted: str) -> tuple[Carried, ...]:
    """The carried features of one region or country."""
    prefix = f"weather_{place}_all_" if place in COUNTRIES else f"weather_{place}_"
    return tuple(
        Carried(f"weather:{place}.{name}", _weather(
            f"{prefix}{name}", _unit(name), f"{_SAY[name][0]}, {title}{weighted}", _SAY[name][1],
            publication_lag=_LAG[country], reliability=0.5 if place in COUNTRIES else 0.4,
            missing=_missing(place, title, name)))
        for name in names
    )  # fmt: skip


CARRIED: tuple[Carried, ...] = (
    *(
        each
        for country in COUNTRIES
        for each in _place(country, country, _TITLE[country], COUNTRY_NAMES, ", regions weighted by their crop")
    ),
    *(
        each
        for place, location in locations().items()
        for each in _place(place, location.country, location.name, REGION_NAMES, "")
    ),
)
_oni = partial(
    Feature, reads=("staging.oni",), max_age=ONI_AGE, bucket="crush", driver_group="WEATHER_SUPPLY",
    category="weather", source="NOAA CPC Oceanic Niño Index", update_frequency="monthly",
    publication_lag="the 10th of the month after the three-month season", reliability=0.8,
    missing="ONI: the source noaa_oni has not been loaded",
)  # fmt: skip
ONI: tuple[Carried, ...] = (
    Carried("oni:anomaly", _oni("weather_enso_oni_degrees_c", "°C", "sea surface anomaly of three months, Niño 3.4",
            "La Niña dries Argentina, El Niño wets it.")),
    Carried("oni_change:anomaly", _oni("weather_enso_oni_change_3m_degrees_c", "°C", "ONI less that three months ago",
            "A turn of the Pacific shows before its weather.")),
)  # fmt: skip
MEASURES: tuple[Measure, ...] = (Measure("oni_change:anomaly", ("oni:anomaly",), change(91, 5)),)
_AGED = {f"weather:{country}.precipitation_7d_mm": f"weather_{country}_all_age_sessions" for country in COUNTRIES}
SERIES = series_of((*CARRIED, *ONI), {}, aged=(*_AGED, "oni:anomaly"))
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in (*CARRIED, *ONI)),
    *(
        _weather(f"weather_{country}_all_age_sessions", "sessions", f"sessions since the newest day, {_TITLE[country]}",
                 "Stations of the south report weeks late.", publication_lag=_LAG[country])
        for country in COUNTRIES
    ),
    _oni("weather_enso_age_sessions", "sessions", "sessions since the centre month's first day", "ONI comes late."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    return carry((*CARRIED, *ONI), known) | {
        **{name: known[f"{column(key)}_age_sessions"] for key, name in _AGED.items()},
        "weather_enso_age_sessions": known["oni_anomaly_age_sessions"],
    }
