"""FRED series of the simulated economy, each public as late as the real one.

Rates step at policy meetings; conditions follow VIX; monthly figures wander on their own.
"""

from datetime import time

import numpy as np

from oilseer.market import sessions
from oilseer.simulate.draws import Span, days_of_week, instants, month_of, monthly_mean, months_of, steady, weekday
from oilseer.simulate.energy_fx import World

MEETING_MONTHS = (1, 3, 5, 6, 7, 9, 11, 12)
Part = tuple[str, np.ndarray, np.ndarray, np.ndarray, str]  # series, values, dates, public, availability


def policy_rate(span: Span) -> np.ndarray:
    """Upper target rate, percent, by session: a step of 0.25 at meetings that follow a slow wish; (n,)."""
    wish = np.maximum(3.0 + 2.2 * steady(span.normal("policy wish"), 0.9985), 0.25)
    months = month_of(span.days)
    third_week = (span.days - span.days.astype("datetime64[M]").astype("datetime64[D]")).astype(int)
    meeting = np.isin(months, MEETING_MONTHS) & (third_week >= 15) & (weekday(span.days) == 2)
    meeting &= third_week < 22
    rate = np.zeros(span.n)
    now = np.round(wish[0] * 4) / 4
    for place in range(span.n):
        if meeting[place] and abs(wish[place] - now) > 0.2:
            now = max(0.25, now + 0.25 * np.sign(wish[place] - now) * (1 + (abs(wish[place] - now) > 0.8)))
        rate[place] = now
    return rate


def daily_series(span: Span, world: World) -> dict[str, np.ndarray]:
    """FRED series with a value each session, in the series' units."""
    target = policy_rate(span)
    slope = 1.2 + 0.9 * steady(span.normal("slope"), 0.998) - 0.35 * (target - 3.0)
    three_months = np.maximum(target - 0.10 + 0.08 * steady(span.normal("bills"), 0.95), 0.02)
    ten = np.maximum(target + slope + 0.10 * steady(span.normal("tens"), 0.95), 0.4)
    two = np.maximum(0.55 * three_months + 0.45 * ten + 0.08 * steady(span.normal("twos"), 0.95), 0.05)
    rounded = {name: np.round(v, 2) for name, v in {"DGS3MO": three_months, "DGS2": two, "DGS10": ten}.items()}
    return {
        "DFF": np.round(target - 0.10 + 0.03 * span.normal("effective rate"), 2),
        "DFEDTARU": target,
        **rounded,
        "T10Y2Y": np.round(rounded["DGS10"] - rounded["DGS2"], 2),
        "T10Y3M": np.round(rounded["DGS10"] - rounded["DGS3MO"], 2),
        "VIXCLS": np.round(world.vix, 2),
        "DTWEXBGS": np.round(112 * np.exp(0.85 * (world.log_levels["DXY"] - np.log(94))), 4),
        "DEXBZUS": np.round(np.exp(world.log_levels["USDBRL"]), 4),
        "DEXCHUS": np.round(np.exp(world.log_levels["USDCNY"]), 4),
        "DEXMXUS": np.round(np.exp(world.log_levels["USDMXN"]), 4),
        "DCOILWTICO": np.round(np.exp(world.log_levels["CL"]), 2),
    }


def fred_rows(
    span: Span, world: World, stress: np.ndarray, oil_usd_per_mt: np.ndarray, palm: np.ndarray
) -> dict[str, np.ndarray]:
    """Columns of raw.fred_economic with the publication lag of each series; CPI comes in two vintages.

    oil_usd_per_mt, palm  (n,) soybean and palm oil by session, USD per metric ton
    """
    daily = daily_series(span, world)
    parts = [
        *_daily(span, daily),
        *_weekly(span, world, stress, daily),
        *_monthly(span, world, daily, oil_usd_per_mt, palm),
    ]
    lengths = [len(values) for _, values, *_ in parts]
    return {
        "series_id": np.repeat([part[0] for part in parts], lengths),
        "value": np.concatenate([part[1] for part in parts]),
        "observation_date": np.concatenate([part[2] for part in parts]),
        "available_at": np.concatenate([part[3] for part in parts]),
        "availability": np.repeat([part[4] for part in parts], lengths),
    }


def _daily(span: Span, daily: dict[str, np.ndarray]) -> list[Part]:
    """Rates and VIX the next session; currencies on the Monday after their week; spot crude on Wednesday."""
    following = sessions.sessions()[span.first + 1 : span.first + 1 + span.n]
    week = span.days - weekday(span.days)
    next_day, monday = instants(following, time(16, 15)), instants(week + 7, time(16, 15))
    public = {"DEXBZUS": monday, "DEXCHUS": monday, "DEXMXUS": monday, "DTWEXBGS": monday}
    public["DCOILWTICO"] = instants(week + 9, time(13, 0))
    return [(name, values, span.days, public.get(name, next_day), "lagged") for name, values in daily.items()]


def _weekly(span: Span, world: World, stress: np.ndarray, daily: dict[str, np.ndarray]) -> list[Part]:
    """Financial conditions of a Friday, public the Wednesday or Thursday after; mortgage rates on Thursday."""
    fridays = days_of_week(span, 4)
    place = np.searchsorted(span.days, fridays, side="right") - 1
    mood = (np.log(world.vix / 18) + 0.4 * np.log(stress))[place]
    parts = []
    for name, scale, delay in (("NFCI", 0.5, 5), ("NFCICREDIT", 0.4, 5), ("NFCILEVERAGE", 0.6, 5), ("STLFSI4", 1.1, 6)):
        values = np.round(scale * mood - 0.2 + 0.05 * span.normal(name, len(fridays)), 4)
        parts.append((name, values, fridays, instants(fridays + delay, time(8, 30)), "lagged"))
    thursdays = days_of_week(span, 3)
    place = np.searchsorted(span.days, thursdays, side="right") - 1
    mortgage = np.round(daily["DGS10"][place] + 1.7, 2)
    return [*parts, ("MORTGAGE30US", mortgage, thursdays, instants(thursdays, time(12, 0)), "lagged")]


def _monthly(span: Span, world: World, daily: dict[str, np.ndarray], oil: np.ndarray, palm: np.ndarray) -> list[Part]:
    """Labour and prices of a month in the next one; the consumer price index is revised a month later."""
    months, begin = months_of(span)
    n = len(months)
    following = (months.astype("datetime64[M]") + 1).astype("datetime64[D]")
    later = (months.astype("datetime64[M]") + 2).astype("datetime64[D]")
    friday = instants(following + (4 - weekday(following)) % 7, time(8, 30))
    middle, end = instants(following + 12, time(8, 30)), instants(following + 27, time(8, 30))
    jobless = np.clip(5.6 + 1.5 * steady(span.normal("jobless", n), 0.985), 3.2, 12)
    inflation = 0.0021 + 0.0018 * span.normal("inflation", n)
    index = 169 * np.exp(np.cumsum(inflation))
    first_print = np.round(index * np.exp(0.0004 * span.normal("inflation, first print", n)), 3)
    core = np.cumsum(0.0020 + 0.0006 * span.normal("core inflation", n))
    jobs = 130_700 * np.exp(np.cumsum(0.0008 + 0.0012 * span.normal("jobs", n)))
    producer = 128 * np.exp(np.cumsum(2.2 * (inflation - 0.0021) + 0.0021))
    grain = {name: np.exp(world.log_levels[name]) for name in ("ZC", "ZW", "HG")}
    imf = {
        "PSOILUSDM": oil * 1.02,
        "PPOILUSDM": palm,
        "PMAIZMTUSDM": grain["ZC"] * 0.3937,
        "PWHEAMTUSDM": grain["ZW"] * 0.3674,
        "PCOPPUSDM": grain["HG"] * 2204.62,
    }
    return [
        (
            "FEDFUNDS",
            np.round(monthly_mean(daily["DFF"], begin), 2),
            months,
            instants(following + 1, time(16, 15)),
            "lagged",
        ),
        ("UNRATE", np.round(jobless, 1), months, friday, "lagged"),
        ("PAYEMS", np.round(jobs), months, friday, "lagged"),
        ("CPIAUCSL", first_print, months, middle, "vintage"),
        ("CPIAUCSL", np.round(index, 3), months, instants(later + 12, time(8, 30)), "vintage"),
        ("CPILFESL", np.round(178 * np.exp(core), 3), months, middle, "lagged"),
        ("PPIACO", np.round(producer, 3), months, middle, "lagged"),
        ("PCEPI", np.round(0.43 * index, 3), months, end, "lagged"),
        ("PCEPILFE", np.round(75 * np.exp(core), 3), months, end, "lagged"),
        *(
            (name, np.round(monthly_mean(v, begin), 2), months, instants(following + 14, time(12, 0)), "lagged")
            for name, v in imf.items()
        ),
    ]
