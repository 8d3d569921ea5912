"""The simulated market: raw deliveries with a known truth, from 2000 on, the same for the same seed.

The rows up to one end are a prefix of the rows up to a later one, so a new day only adds rows.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from oilseer.errors import ContractError
from oilseer.market.units import cents_per_lb_to_usd_per_mt
from oilseer.raw import specs
from oilseer.simulate import complex as soy
from oilseer.simulate import drivers as planted
from oilseer.simulate import energy_fx, headlines, macro, positioning, substitutes, weather
from oilseer.simulate.contracts import deliveries_of
from oilseer.simulate.delivery import Stamp, deliver
from oilseer.simulate.draws import Span, instants, span
from oilseer.simulate.truth import Truth
from oilseer.simulate.volatility import Volatility, walk
from oilseer.warehouse.spec import TableSpec
from oilseer.warehouse.workspace import SIMULATED_SOURCE
from oilseer.warehouse.write import ensure, load

START = date(2000, 1, 3)


@dataclass(frozen=True, eq=False)
class SimulatedMarket:
    """Deliveries, one a raw table, and the truth behind them."""

    deliveries: tuple[tuple[TableSpec, pa.Table], ...]
    truth: Truth


def simulate(seed: int, end: date, now: datetime, start: date = START, null: bool = False) -> SimulatedMarket:
    """A market from `start` to `end` (the last session on or before it), with rows public by that session's cutoff.

    now    stamped as ingested_at, UTC
    null   soybean oil is a random walk of constant variance without drivers or curve: no skill is possible

    Raises ConfigError for a span of fewer than 30 sessions or beyond the exchange calendar.
    """
    lived = span(seed, start, end, null)
    cutoffs = instants(lived.days, time(17, 0))
    volatility = walk(lived)
    own = lived.student("oil", soy.FREEDOM)
    world = energy_fx.build_world(lived, volatility, own)
    rain = weather.build_weather(lived)
    shares = {symbol: positioning.net_share(lived, symbol, own) for symbol, _ in positioning.CODES.values()}
    carry = soy.carry_factor(lived, volatility)
    crowding = positioning.crowding(lived, shares["ZL"], cutoffs)
    dryness = weather.dryness(lived, rain)
    signals = planted.build_signals(lived, world, cutoffs, _scaled(carry), crowding, dryness)
    drift = planted.drift(signals)
    factors = soy.build_complex(lived, volatility, world.shocks, planted.shock_weights(), carry, drift)
    signals["value"] = factors.level / soy.LEVEL_SD
    contracts = soy.complex_rows(lived, factors, volatility)
    truth = _truth(lived, volatility, factors, signals, contracts["ZL"])
    stamp = Stamp(
        f"{SIMULATED_SOURCE} {'random walk' if null else 'market'}, seed {seed}",
        f"{lived.days[0]} to {lived.days[-1]}",
        now,
        cutoffs[-1],
    )
    palm = substitutes.palm_usd_per_mt(np.exp(np.log(soy.CENTRE_CENTS) + factors.level), signals["palm_premium"])
    oil = np.exp(np.log(soy.CENTRE_CENTS) + factors.level + factors.carry)
    tables: list[tuple[TableSpec, dict[str, np.ndarray]]] = [
        (specs.FUTURES_1D, _futures(lived, world, contracts, cutoffs)),
        (specs.FRED, macro.fred_rows(lived, world, volatility.stress, cents_per_lb_to_usd_per_mt(oil), palm)),
        (specs.FX, energy_fx.fx_rows(lived, world, cutoffs)),
        (specs.VIX, {"close": np.round(world.vix, 2), "observation_date": lived.days, "available_at": cutoffs}),
        (specs.YAHOO, substitutes.yahoo_rows(lived, world, palm, cutoffs)),
        (specs.COT_LEGACY, positioning.cot_rows(lived, shares)),
        (specs.WEATHER, weather.weather_rows(lived, rain)),
        (specs.MONTHLY, substitutes.worldbank_rows(lived, palm, oil)),
        (specs.RIN, substitutes.rin_rows(lived)),
        (specs.BUCKET_NEWS, headlines.news_rows(lived)),
    ]
    hours = soy.hourly_rows(lived, contracts["ZL"][0], contracts["ZL"][1], volatility.daily_sd)
    if hours:
        ends = hours["bar_start"] + np.timedelta64(1, "h")
        tables.append((specs.FUTURES_1H, {"symbol": np.repeat("ZL", len(ends)), "available_at": ends, **hours}))
    made = ((spec, deliver(spec, columns, stamp)) for spec, columns in tables)
    return SimulatedMarket(tuple((spec, rows) for spec, rows in made if rows.num_rows), truth)


def load_market(
    connection: duckdb.DuckDBPyConnection, market: SimulatedMarket, started_at: datetime, ended_at: datetime
) -> dict[str, int]:
    """Load what the workspace does not have yet; number of rows changed by table.

    Rows public by the newest loaded instant are there already, so an extended market adds rows only.
    Raises ContractError in a real workspace, or in one that holds another simulated market.
    """
    changed = {}
    for spec, rows in market.deliveries:
        source = rows["source"][0].as_py()
        ensure(connection, spec)
        held, newest = connection.execute(
            f"SELECT list(DISTINCT source), max(available_at) FROM {spec.name}"
        ).fetchone()
        if held and held != [source]:
            raise ContractError(f"{spec.name} holds rows of {held}, not of {source!r}; make another workspace for it")
        fresh = rows if newest is None else rows.filter(pc.greater(rows["available_at"], pa.scalar(newest)))
        changed[spec.name] = load(connection, spec, fresh, started_at, ended_at) if fresh.num_rows else 0
    for spec in specs.SPECS:  # staging reads tables that a market leaves empty
        ensure(connection, spec)
    return changed


def _scaled(carry: np.ndarray) -> np.ndarray:
    """The short factor in units of its usual size, 1.7 %."""
    return carry / 0.017


def _futures(lived: Span, world: energy_fx.World, contracts: dict, cutoffs: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of raw.databento_futures_ohlcv_1d over all roots."""
    families = [
        (symbol, {"place": listing.place, "contract": listing.code, "contract_month": listing.month, **columns})
        for symbol, (listing, columns) in contracts.items()
    ]
    families += [(root.symbol, columns) for root, columns in energy_fx.futures_rows(lived, world)]
    names = ("contract", "contract_month", "open", "high", "low", "close", "volume", "settle", "open_interest")
    joined = {name: np.concatenate([columns[name] for _, columns in families]) for name in names}
    place = np.concatenate([columns["place"] for _, columns in families])
    symbols = np.concatenate([np.repeat(symbol, len(columns["place"])) for symbol, columns in families])
    return {"symbol": symbols, **joined, "observation_date": lived.days[place], "available_at": cutoffs[place]}


def _truth(lived: Span, volatility: Volatility, factors: soy.Complex, signals: dict, oil: tuple) -> Truth:
    listing, columns = oil
    front = np.flatnonzero(listing.front)
    settle = columns["log_settle"][front]
    before = columns["log_earlier"][front]
    held = settle - before
    rolled = np.concatenate([[False], listing.code[front][1:] != listing.code[front][:-1]])
    for row in np.flatnonzero(rolled):
        old = np.flatnonzero((listing.place == row) & (listing.code == listing.code[front][row - 1]))
        held[row] = columns["log_settle"][old[0]] - columns["log_earlier"][old[0]]
    held[0] = np.nan
    return Truth(
        seed=lived.seed,
        null=lived.null,
        dates=lived.days,
        drivers=() if lived.null else planted.DRIVERS,
        signals=signals,
        volatility=volatility,
        factors=factors,
        deliveries=deliveries_of(soy.ZL, lived.days),
        front_contract=listing.code[front],
        front_settle_log=settle,
        held_return=held,
    )
