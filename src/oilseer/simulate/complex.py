"""The soybean complex: oil, meal and beans from four factors that tie board crush and oil share together.

Factors: slow level and short carry of the log oil price, oil share, crush margin. A futures price counts on
part of their way back to the mean; holding a contract earns the rest of it and the planted drivers.
"""

from dataclasses import dataclass
from datetime import time

import numpy as np

from oilseer.simulate.contracts import Listing, Root, bars, delivery_day, list_contracts, quote, settles
from oilseer.simulate.draws import TRADING_DAYS, Span, ar1, instants, steady, wave
from oilseer.simulate.energy_fx import mix
from oilseer.simulate.volatility import FREEDOM, REPORT_SD, Volatility

ZL = Root("ZL", "FHKNQUVZ", 2, 0.01, 252, 18, 70_000)
ZS = Root("ZS", "FHKNQUX", 2, 0.25, 168, 18, 130_000)
ZM = Root("ZM", "FHKNQUVZ", 1, 0.1, 168, 18, 60_000)

CENTRE_CENTS, START_CENTS = 36.0, 24.0
LEVEL_PULL, CURVE_PULL = 0.55, 0.25  # per year: of the level itself, and what the curve counts on
LEVEL_SD = 0.22  # typical deviation of the level, log
LEVEL_HALF_LIFE = float(np.log(2)) * TRADING_DAYS / LEVEL_PULL  # sessions
CARRY_HALF_LIFE, CARRY_WEIGHT = 20.0, 0.30  # sessions; share of the daily shock's standard deviation
FRONT_LOADING = 0.96  # what a shock of the level moves the front, which has 19 to 60 sessions left
CRUSH_CENTRE, CRUSH_LOG_SD, CRUSH_HALF_LIFE = 1.25, 0.28, 60.0  # $/bu, log, sessions
SHARE_CENTRE, SHARE_SLOPE, SHARE_SD, SHARE_HALF_LIFE = -0.405, 0.45, 0.10, 60.0  # logit of the oil share
SHARE_LIMITS = (-0.32, 0.52)  # centre and half width of the logit: 0.30 to 0.55
OIL_SEASON, CRUSH_SEASON = (0.012, 185.0), (0.12, 300.0)  # delivery season: log amplitude, day of the top
HOURLY_FROM = np.datetime64("2010-06-07")
HOURS = (*range(19, 24), *range(0, 14))  # Chicago hours in which a bar starts, 19:00 of the evening before


@dataclass(frozen=True, eq=False)
class Complex:
    """Factors by session, (n,): level and carry (log), share (logit noise), crush (log from its centre)."""

    level: np.ndarray
    carry: np.ndarray
    share: np.ndarray
    crush: np.ndarray
    null: bool


def carry_factor(span: Span, volatility: Volatility) -> np.ndarray:
    """The short factor of the log price, moved by its own shocks; (n,)."""
    if span.null:
        return np.zeros(span.n)
    shocks = CARRY_WEIGHT * volatility.daily_sd * span.student("carry", FREEDOM)
    return ar1(shocks, 2 ** (-1 / CARRY_HALF_LIFE))


def build_complex(
    span: Span,
    volatility: Volatility,
    shocks: dict[str, np.ndarray],
    weights: tuple[float, ...],
    carry: np.ndarray,
    drift: np.ndarray,
) -> Complex:
    """The factors. The level's shock mixes the shared shocks by `weights` and adds `drift` and report jumps."""
    share = SHARE_SD * steady(span.normal("share"), 2 ** (-1 / SHARE_HALF_LIFE))
    crush = CRUSH_LOG_SD * steady(span.student("crush", FREEDOM), 2 ** (-1 / CRUSH_HALF_LIFE))
    first = float(np.log(START_CENTS / CENTRE_CENTS))
    if span.null:
        return Complex(ar1(volatility.daily_sd * span.normal("oil"), 1.0, first), carry, share, crush, True)
    jump = np.where(volatility.report, REPORT_SD, 0.0)
    calm = np.sqrt(volatility.daily_sd**2 - jump**2)
    shock = calm * mix(shocks, weights, span.student("oil", FREEDOM)) + jump * span.normal("report")
    moves = np.sqrt(1 - CARRY_WEIGHT**2) * shock + drift
    return Complex(ar1(moves, np.exp(-LEVEL_PULL / TRADING_DAYS), first), carry, share, crush, False)


def prices(factors: Complex, place: np.ndarray, left: np.ndarray, delivery: np.ndarray) -> dict[str, np.ndarray]:
    """Log prices of ZL (¢/lb), ZM ($/short ton), ZS (¢/bu) for delivery in `left` sessions.

    delivery  (rows,) day of year of the middle of the delivery month
    """
    flat = factors.null
    slow = 1.0 if flat else np.exp(-CURVE_PULL * left / TRADING_DAYS)
    short, shared, crushed = (2.0 ** (-left / life) for life in (CARRY_HALF_LIFE, SHARE_HALF_LIFE, CRUSH_HALF_LIFE))
    level = slow * factors.level[place] + short * factors.carry[place]
    oil = np.log(CENTRE_CENTS) + level + (0.0 if flat else OIL_SEASON[0] * wave(delivery, OIL_SEASON[1]))
    raw = SHARE_CENTRE + SHARE_SLOPE * level + shared * factors.share[place]
    middle, width = SHARE_LIMITS
    share = 1 / (1 + np.exp(-(middle + width * np.tanh((raw - middle) / width))))
    oil_value = 0.11 * np.exp(oil)
    meal_value = oil_value * (1 - share) / share
    crush = crush_margin(crushed * factors.crush[place] + CRUSH_SEASON[0] * wave(delivery, CRUSH_SEASON[1]))
    beans = np.maximum(oil_value + meal_value - crush, 0.5)
    return {"ZL": oil, "ZM": np.log(meal_value / 0.022), "ZS": np.log(100 * beans)}


def crush_margin(deviation: np.ndarray) -> np.ndarray:
    """Board crush, $/bu, from its log deviation."""
    return CRUSH_CENTRE * np.exp(deviation)


def complex_rows(
    span: Span, factors: Complex, volatility: Volatility
) -> dict[str, tuple[Listing, dict[str, np.ndarray]]]:
    """Listing and flat daily columns of ZL, ZS and ZM; ZL's high and low are those of its hours."""
    made = {}
    for root in (ZL, ZS, ZM):
        listing = list_contracts(span, root)
        delivery = delivery_day(listing.month)

        def log_price(place, left, root=root, delivery=delivery):
            return prices(factors, place, left, delivery)[root.symbol]

        now, earlier = settles(listing, log_price)
        made[root.symbol] = (
            listing,
            {"log_settle": now, "log_earlier": earlier, **bars(span, listing, now, earlier, volatility.daily_sd)},
        )
    return made


def hourly_rows(
    span: Span, listing: Listing, daily: dict[str, np.ndarray], daily_sd: np.ndarray
) -> dict[str, np.ndarray] | None:
    """Hourly bars of the front ZL contract that run from the day's open to its close, inside high and low.

    None before HOURLY_FROM. The path between is a Brownian bridge with the session's variance.
    """
    keep = np.flatnonzero(listing.front & (span.days[listing.place] >= HOURLY_FROM))
    if not len(keep):
        return None
    k, place = len(HOURS), listing.place[keep]
    steps = np.cumsum(span.normal("hours", span.n, k)[place], axis=1) / np.sqrt(k)
    part = np.arange(1, k + 1) / k
    bridge = (steps - steps[:, -1:] * part) * daily_sd[place][:, None]
    opened, closed = np.log(daily["open"][keep])[:, None], np.log(daily["close"][keep])[:, None]
    path = np.concatenate([opened, opened + (closed - opened) * part + bridge], axis=1)
    low, high = daily["low"][keep][:, None], daily["high"][keep][:, None]
    quoted = np.clip(quote(listing.root, path), low, high)
    wick = np.abs(span.normal("wicks", span.n, 2 * k)[place]) * 0.25 * (daily_sd[place] / np.sqrt(k))[:, None]
    top, bottom = np.maximum(quoted[:, 1:], quoted[:, :-1]), np.minimum(quoted[:, 1:], quoted[:, :-1])
    weight = np.array([1.0] * 13 + [9.0] * 6)
    return {
        "contract": np.repeat(listing.code[keep], k),
        "bar_start": _bar_starts(span.days[place]).ravel(),
        "open": quoted[:, :-1].ravel(),
        "high": np.clip(quote(listing.root, np.log(top) + wick[:, :k]), top, high).ravel(),
        "low": np.clip(quote(listing.root, np.log(bottom) - wick[:, k:]), low, bottom).ravel(),
        "close": quoted[:, 1:].ravel(),
        "volume": np.round(daily["volume"][keep][:, None] * weight / weight.sum()).astype(np.int64).ravel(),
        "observation_date": np.repeat(span.days[place], k),
    }


def _bar_starts(days: np.ndarray) -> np.ndarray:
    """UTC starts of the hourly bars of each session; (days, hours). Chicago is an hour behind New York."""
    evening = instants(days - 1, time(20, 0))
    morning = instants(days, time(1, 0))
    hours = np.arange(14).astype("timedelta64[h]")
    return np.concatenate([evening[:, None] + hours[:5], morning[:, None] + hours], axis=1)
