"""Made-up markets whose dependence is known: ZL, crude and VIX, Gaussian, of constant variance."""

import numpy as np
from snapshots import AS_OF, write

from oilseer.forecasts.links import DRIVERS, MarketHistory
from oilseer.market.sessions import cutoff, sessions
from oilseer.staging.market_daily import SPEC as MARKET_DAILY

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


def add_drivers(connection, last=AS_OF):
    """Drivers that go with the snapshot's own ZL returns; palm is left out."""
    made = make_markets(1_200, last=last.isoformat())
    own = connection.execute(
        "SELECT observation_date, price_cents_per_lb FROM staging.zl_prices_clean ORDER BY 1"
    ).fetchnumpy()
    days = own["observation_date"].astype("datetime64[D]")
    steps = np.diff(np.log(own["price_cents_per_lb"]), prepend=np.nan)
    connection.execute("CREATE TEMP TABLE own_returns (day DATE, step DOUBLE)")
    connection.executemany(
        "INSERT INTO own_returns VALUES (?, ?)", [[d.astype(object), float(s)] for d, s in zip(days[1:], steps[1:])]
    )
    connection.execute(
        "UPDATE staging.zl_prices_clean SET return_log = step FROM own_returns WHERE observation_date = day"
    )
    shared = np.array([dict(zip(days.tolist(), steps.tolist())).get(day, 0.0) for day in made.dates.tolist()])
    rows = []
    for place, symbol in enumerate(made.symbols):
        if symbol in ("ZL", "CPO"):
            continue
        steps_here = 0.6 * np.nan_to_num(shared) + made.returns[:, place] if symbol == "CL" else made.returns[:, place]
        for day, step, level in zip(made.dates, steps_here, made.levels[:, place], strict=True):
            at = cutoff(day.astype(object))
            rows.append({
                "symbol": symbol, "close": float(level), "is_roll": False, "basis": "exchange",
                "return_log": None if np.isnan(step) else float(step), "observation_date": day.astype(object),
                "available_at": at, "availability": "lagged", "ingested_at": at, "source": "test", "provenance_id": "t",
            })  # fmt: skip
    write(connection, MARKET_DAILY, rows)
