"""Weather stations of the growing regions: rain and temperature by day, and the dryness that moves prices.

Rain of one region shares a slow wetness, so dry spells last for weeks.
"""

from dataclasses import dataclass
from datetime import time

import numpy as np

from oilseer.simulate.draws import Span, ar1, day_of_year, instants, month_of, steady, wave

BEFORE_START = 60  # days of weather before the first session, for sums over the past


@dataclass(frozen=True)
class Station:
    """mean and swing: temperature of the year, °C; peak: day of year of the warmest day and of the most rain."""

    station_id: str
    region: str
    mean: float
    swing: float
    peak: int
    rain_mm: float
    lag_days: int


STATIONS = (
    Station("GHCND:USW00014933", "US_IA", 10.5, 15.5, 200, 2.5, 2),
    Station("GHCND:USW00094846", "US_IL", 10.5, 14.5, 200, 2.7, 2),
    Station("GHCND:USW00014922", "US_MN", 8.0, 17.0, 200, 2.1, 2),
    Station("GHCND:USW00014939", "US_NE", 11.0, 14.5, 200, 2.0, 2),
    Station("GHCND:USW00093819", "US_IN", 11.8, 13.5, 200, 3.0, 2),
    Station("INMET:A901", "BR_MT", 26.0, 2.0, 290, 4.6, 10),
    Station("INMET:A807", "BR_PR", 18.5, 4.5, 20, 4.3, 10),
    Station("INMET:A833", "BR_RS", 20.0, 5.5, 20, 4.4, 10),
    Station("GHCND:AR000875850", "AR_BA", 17.5, 7.0, 15, 2.9, 14),
    Station("GHCND:AR000873440", "AR_CB", 17.5, 6.5, 15, 2.3, 14),
)
DRYNESS_STATIONS = 5  # the American ones
DRYNESS_DAYS = 30
RAIN_CHANCE = 0.32


@dataclass(frozen=True, eq=False)
class Weather:
    """days (d,); rain mm, maximum and minimum °C, each (d, stations)."""

    days: np.ndarray
    rain: np.ndarray
    maximum: np.ndarray
    minimum: np.ndarray


def build_weather(span: Span) -> Weather:
    """Every station from BEFORE_START days before the first session to the last session."""
    days = np.arange(span.days[0] - BEFORE_START, span.days[-1] + 1)
    n, k = len(days), len(STATIONS)
    wet = {region: steady(span.normal(f"wetness {region}", n), 0.975) for region in ("US", "BR", "AR")}
    chance, size = span.uniform("rain chance", n, k), span.uniform("rain size", n, k)
    noise = span.normal("temperature", n, k)
    rain, maximum, minimum = np.zeros((n, k)), np.zeros((n, k)), np.zeros((n, k))
    year = day_of_year(days)
    for column, station in enumerate(STATIONS):
        wetness = wet[station.region[:2]]
        expected = climatology(station, year) * np.exp(0.55 * wetness - 0.55**2 / 2)
        rain[:, column] = np.where(
            chance[:, column] < RAIN_CHANCE, -np.log1p(-size[:, column]) * expected / RAIN_CHANCE, 0
        )
        mean = (
            station.mean
            + station.swing * wave(year, station.peak)
            + 2.5 * ar1(noise[:, column], 0.7) * 0.7
            - 0.8 * wetness
        )
        spread = 5.5 - 1.0 * np.clip(wetness, -2, 2)
        maximum[:, column], minimum[:, column] = mean + spread, mean - spread
    return Weather(days, rain, maximum, minimum)


def climatology(station: Station, year: np.ndarray) -> np.ndarray:
    """Expected rain per day of the year, mm: more in the warm season."""
    return station.rain_mm * (1 + 0.5 * wave(year, station.peak))


def dryness(span: Span, weather: Weather) -> np.ndarray:
    """How dry the American stations were over the last 30 published days; about unit size, (n,).

    (1 − rain / climatology) / 0.45, clipped at ±2.5, in June to August; zero in other months.
    Uses rain up to two days before the session, what its cutoff could know.
    """
    american = slice(0, DRYNESS_STATIONS)
    year = day_of_year(weather.days)
    usual = sum(climatology(station, year) for station in STATIONS[american])
    fallen, expected = (np.concatenate([[0.0], np.cumsum(v)]) for v in (weather.rain[:, american].sum(axis=1), usual))
    stop = (span.days - weather.days[0]).astype(int) - STATIONS[0].lag_days + 1
    ratio = (fallen[stop] - fallen[stop - DRYNESS_DAYS]) / (expected[stop] - expected[stop - DRYNESS_DAYS])
    summer = np.isin(month_of(span.days), (6, 7, 8))
    return np.where(summer, np.clip((1 - ratio) / 0.45, -2.5, 2.5), 0.0)


def weather_rows(span: Span, weather: Weather) -> dict[str, np.ndarray]:
    """Columns of raw.weather_noaa from the first session on; American days after 2 days, others after 10 or 14."""
    keep = weather.days >= span.days[0]
    days, k = weather.days[keep], len(STATIONS)
    lag = np.array([station.lag_days for station in STATIONS])
    maximum, minimum = np.round(weather.maximum[keep], 1), np.round(weather.minimum[keep], 1)
    public = (days[:, None] + lag).ravel()
    return {
        "station_id": np.tile([s.station_id for s in STATIONS], len(days)),
        "region": np.tile([s.region for s in STATIONS], len(days)),
        "precipitation_mm": np.round(weather.rain[keep], 1).ravel(),
        "temperature_max_c": maximum.ravel(),
        "temperature_min_c": minimum.ravel(),
        "temperature_mean_c": np.round((maximum + minimum) / 2, 2).ravel(),
        "observation_date": np.repeat(days, k),
        "available_at": instants(public, time(12, 0)),
    }
