"""Made-up markets whose dependence is known: ZL, crude and VIX, Gaussian, of constant variance."""

import numpy as np

from oilseer.forecasts.links import DRIVERS, MarketHistory
from oilseer.market.sessions import sessions

DEVIATIONS = {"ZL": 0.016, "CL": 0.024, "CPO": 0.014, "6L": 0.010, "ZS": 0.012, "ZM": 0.013, "VIX": 0.07}
WITH_OIL = {"CL": 0.5, "CPO": 0.3, "6L": 0.2, "ZS": 0.6, "ZM": 0.1, "VIX": -0.2}  # correlation of daily returns
LEVELS_LAST = {"ZL": 50.0, "CL": 70.0, "CPO": 900.0, "6L": 0.18, "ZS": 1050.0, "ZM": 300.0, "VIX": 17.0}


def make_markets(n: int = 2520, seed: int = 0, last: str = "2025-06-30") -> MarketHistory:
    """`n` sessions up to `last`; each driver is its share of ZL's shock and a shock of its own."""
    rng = np.random.default_rng(seed)
    days = sessions()[sessions() <= np.datetime64(last)][-n:]
    own = rng.standard_normal(n)
    columns = [DEVIATIONS["ZL"] * own]
    for symbol in DRIVERS:
        share = WITH_OIL[symbol]
        columns.append(DEVIATIONS[symbol] * (share * own + np.sqrt(1 - share**2) * rng.standard_normal(n)))
    returns = np.column_stack(columns)
    path = np.cumsum(returns, axis=0)
    levels = np.array([LEVELS_LAST[symbol] for symbol in ("ZL", *DRIVERS)]) * np.exp(path - path[-1])
    returns[0] = np.nan
    return MarketHistory(("ZL", *DRIVERS), days, returns, levels)
