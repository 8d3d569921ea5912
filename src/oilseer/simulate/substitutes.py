"""What competes with soybean oil or pays for it: palm oil, world oils by month, and RIN prices."""

from datetime import time

import numpy as np

from oilseer.market import sessions
from oilseer.market.units import cents_per_lb_to_usd_per_mt
from oilseer.simulate.draws import Span, ar1, days_of_week, instants, monthly_mean, months_of
from oilseer.simulate.energy_fx import World

RIN_FROM = np.datetime64("2010-07-05")


def rin_posts(span: Span) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mondays of transfer weeks, log D4 price of each, and the instant it is posted: 15th of the next month."""
    weeks = days_of_week(span, 0)
    weeks = weeks[weeks >= RIN_FROM]
    logs = -0.1 + ar1(0.06 * span.normal("D4", len(weeks) or 1)[: len(weeks)], 0.985)
    posted = (weeks.astype("datetime64[M]") + 1).astype("datetime64[D]") + 14
    return weeks, logs, instants(posted, time(12, 0))


def rin_rows(span: Span) -> dict[str, np.ndarray]:
    """Columns of raw.epa_rin_prices: D4 and D6 of the week's own RIN year."""
    weeks, logs, public = rin_posts(span)
    discount = 0.75 + 0.1 * np.tanh(ar1(0.1 * span.normal("D6", len(weeks) or 1)[: len(weeks)], 0.98))
    price = np.exp(logs)
    years = np.tile(weeks.astype("datetime64[Y]").astype(int) + 1970, 2)
    return {
        "transfer_year": years,
        "rin_year": years,
        "d_code": np.repeat(["D4", "D6"], len(weeks)),
        "qap": np.repeat(["Unverified"], 2 * len(weeks)),
        "price_usd": np.round(np.concatenate([price, price * discount]), 3),
        "observation_date": np.tile(weeks, 2),
        "available_at": np.tile(public, 2),
    }


def palm_usd_per_mt(oil_cents: np.ndarray, premium: np.ndarray) -> np.ndarray:
    """Palm oil, USD/t: a usual 15 % under soybean oil, off by the planted premium (7 % per deviation)."""
    return 0.85 * cents_per_lb_to_usd_per_mt(oil_cents) * np.exp(0.07 * premium)


def yahoo_rows(span: Span, world: World, palm: np.ndarray, cutoffs: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of raw.yahoo_prices_1d: palm (CPO, USD/t), DXY and VIX; open, high and low are the close's neighbours."""
    series = {"CPO": (palm, 2), "DXY": (np.exp(world.log_levels["DXY"]), 3), "VIX": (world.vix, 2)}
    close = np.concatenate([np.round(values, digits) for values, digits in series.values()])
    opened = np.concatenate([np.round(np.concatenate([v[:1], v[:-1]]), digits) for v, digits in series.values()])
    return {
        "symbol": np.repeat(list(series), span.n),
        "open": opened,
        "high": np.maximum(opened, close),
        "low": np.minimum(opened, close),
        "close": close,
        "volume": np.zeros(len(close), dtype=np.int64),
        "observation_date": np.tile(span.days, len(series)),
        "available_at": np.tile(cutoffs, len(series)),
    }


def worldbank_rows(span: Span, palm: np.ndarray, oil_cents: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of raw.worldbank_commodities: monthly means of palm and soybean oil, second business day after."""
    months, begin = months_of(span)
    calendar = sessions.sessions()
    after = np.searchsorted(calendar, (months.astype("datetime64[M]") + 1).astype("datetime64[D]")) + 1
    public = instants(calendar[after], time(12, 0))
    series = {"PALM_OIL": palm, "SOYBEAN_OIL": cents_per_lb_to_usd_per_mt(oil_cents) * 1.03}
    return {
        "code": np.repeat(list(series), len(months)),
        "unit": np.repeat("$/mt", len(series) * len(months)),
        "value": np.concatenate([np.round(monthly_mean(values, begin), 2) for values in series.values()]),
        "observation_date": np.tile(months, len(series)),
        "available_at": np.tile(public, len(series)),
    }
