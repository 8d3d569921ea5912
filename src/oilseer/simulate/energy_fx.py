"""The markets around soybean oil: energy, metals, grains, currencies and VIX; levels, then futures rows.

Each log level returns slowly to a centre, so prices stay in ranges that were seen since 2000.
"""

from dataclasses import dataclass

import numpy as np

from oilseer.simulate.contracts import Root, bars, delivery_day, list_contracts, settles
from oilseer.simulate.draws import TRADING_DAYS, Span, ar1, steady, wave
from oilseer.simulate.volatility import Volatility

SHARED = ("crude", "dollar", "fear")
SHARED_CORRELATION = np.array([[1.0, -0.15, -0.20], [-0.15, 1.0, 0.0], [-0.20, 0.0, 1.0]])
FREEDOM = 6.0


@dataclass(frozen=True)
class Asset:
    """One market: centre level, yearly standard deviation (ratio), return to the centre per year, and
    the weights of the shared shocks (crude, dollar, fear); the rest of its variance is its own."""

    name: str
    centre: float
    yearly_sd: float
    pull: float
    weights: tuple[float, float, float] = (0.0, 0.0, 0.0)
    grain: float = 0.0


ASSETS = (
    Asset("CL", 65, 0.33, 0.6, (1.0, 0.0, 0.0)),
    Asset("NG", 3.8, 0.50, 1.2, (0.15, 0.0, 0.0)),
    Asset("HG", 3.0, 0.24, 0.35, (0.25, -0.25, -0.30)),
    Asset("GC", 1100, 0.16, 0.2, (0.05, -0.35, 0.10)),
    Asset("ZC", 430, 0.27, 0.6, (0.20, -0.10, -0.05), 0.35),
    Asset("ZW", 570, 0.31, 0.7, (0.15, -0.10, -0.05), 0.25),
    Asset("HE", 75, 0.28, 1.5),
    Asset("USDBRL", 3.2, 0.15, 0.25, (-0.10, 0.35, 0.30)),
    Asset("USDMXN", 14.5, 0.11, 0.25, (-0.15, 0.25, 0.35)),
    Asset("USDCNY", 6.9, 0.035, 0.15, (0.0, 0.30, 0.05)),
    Asset("USDMYR", 3.9, 0.06, 0.25, (-0.15, 0.35, 0.10)),
    Asset("DXY", 94, 0.075, 0.3, (0.0, 1.0, 0.0)),
    Asset("EURUSD", 1.18, 0.09, 0.3, (0.0, -0.85, 0.0)),
    Asset("USDJPY", 108, 0.095, 0.25, (0.0, 0.45, -0.25)),
)
VIX_CENTRE = np.array([14.0, 20.0, 33.0])
"""Level VIX drifts to in CALM, STRESSED and CRISIS."""

ENERGY_MONTHS = "FGHJKMNQUVXZ"
ROOTS = (
    Root("CL", ENERGY_MONTHS, 2, 0.01, 60, 3, 400_000, -1, 21),
    Root("HO", ENERGY_MONTHS, 4, 0.0001, 60, 5, 60_000, 0, 1),
    Root("RB", ENERGY_MONTHS, 4, 0.0001, 60, 5, 60_000, 0, 1),
    Root("NG", ENERGY_MONTHS, 3, 0.001, 60, 4, 180_000, -1, 27),
    Root("HG", "HKNUZ", 4, 0.0005, 80, 20, 60_000, 0, 27),
    Root("GC", "GJMQZ", 1, 0.1, 80, 20, 150_000, 0, 27),
    Root("ZC", "HKNUZ", 2, 0.25, 120, 18, 150_000),
    Root("ZW", "HKNUZ", 2, 0.25, 120, 18, 60_000),
    Root("HE", "GJKMNQVZ", 3, 0.025, 60, 8, 18_000),
    Root("6L", "FGHJKMNQUVXZ", 5, 0.00005, 45, 4, 5_000, 0, 1),
    Root("6E", "HMUZ", 5, 0.00005, 90, 5, 180_000, 0, 18),
    Root("6J", "HMUZ", 7, 0.0000005, 90, 5, 120_000, 0, 18),
    Root("6M", "HMUZ", 5, 0.00001, 90, 5, 40_000, 0, 18),
)
FORWARD_PREMIUM = {"6L": -0.065, "6M": -0.045, "6E": 0.012, "6J": 0.025, "GC": 0.02}
"""Yearly slope of curves that follow interest rates; the others follow the way back to the centre."""
SEASONS = {
    "NG": (0.10, 15),
    "RB": (0.05, 180),
    "HO": (0.03, 15),
    "HE": (0.10, 180),
    "ZC": (0.03, 170),
    "ZW": (0.03, 60),
}
"""Amplitude of the delivery season (log) and the day of year of its top."""


@dataclass(frozen=True, eq=False)
class World:
    """shocks: unit-variance shared shocks by name; log_levels: log spot by name; vix in points; all (n,)."""

    shocks: dict[str, np.ndarray]
    log_levels: dict[str, np.ndarray]
    daily_sd: dict[str, np.ndarray]
    vix: np.ndarray


def mix(shocks: dict[str, np.ndarray], weights: tuple[float, ...], own: np.ndarray) -> np.ndarray:
    """A unit-variance shock: `weights` of the shared ones, the rest of its variance from `own`; (n,)."""
    weight = np.array(weights)
    rest = max(0.0, 1 - weight @ SHARED_CORRELATION @ weight)
    return weight[0] * shocks["crude"] + weight[1] * shocks["dollar"] + weight[2] * shocks["fear"] + rest**0.5 * own


def build_world(span: Span, volatility: Volatility, oil: np.ndarray) -> World:
    """Shared shocks and the levels of every market but the soybean complex and palm.

    oil  (n,) soybean oil's own unit-variance shock, which grains share in part
    """
    dollar, fear = (span.student(name, FREEDOM) for name in ("dollar", "fear"))
    own = (1 - 0.15**2 - 0.20**2) ** 0.5
    crude = -0.15 * dollar - 0.20 * fear + own * span.student("crude", FREEDOM)
    shocks = {"crude": crude, "dollar": dollar, "fear": fear}
    levels, deviations = {}, {}
    for asset in ASSETS:
        own = asset.grain * oil + (1 - asset.grain**2) ** 0.5 * span.student(asset.name, FREEDOM)
        shock = mix(shocks, asset.weights, own)
        cluster = np.exp(0.25 * steady(span.normal(f"{asset.name} cluster"), 0.97) - 0.06)
        daily = asset.yearly_sd / np.sqrt(TRADING_DAYS) * volatility.stress**0.6 * cluster
        keep = np.exp(-asset.pull / TRADING_DAYS)
        first = 0.5 * asset.yearly_sd * float(span.normal(f"{asset.name} start", 1)[0])
        levels[asset.name] = np.log(asset.centre) + ar1(daily * shock, keep, first)
        deviations[asset.name] = daily
    for name, premium in (("HO", 1.20), ("RB", 1.16)):
        crack = 0.09 * steady(span.student(name, FREEDOM), 0.99)
        levels[name] = levels["CL"] - np.log(42) + np.log(premium) + crack
        deviations[name] = np.hypot(deviations["CL"], 0.013)
    toward = 0.05 * np.log(VIX_CENTRE)[volatility.regime]
    vix = np.exp(ar1(toward + 0.05 * fear, 0.95, float(np.log(VIX_CENTRE[0]))))
    for name, pair in (("6L", "USDBRL"), ("6M", "USDMXN"), ("6J", "USDJPY")):
        levels[name], deviations[name] = -levels[pair], deviations[pair]
    levels["6E"], deviations["6E"] = levels["EURUSD"], deviations["EURUSD"]
    return World(shocks, levels, deviations, vix)


def futures_rows(span: Span, world: World) -> list[tuple[Root, dict[str, np.ndarray]]]:
    """Daily bars of every root of this family, each with its contracts; flat columns."""
    pulls = {asset.name: (asset.pull, np.log(asset.centre)) for asset in ASSETS}
    pulls["HO"], pulls["RB"] = ((pulls["CL"][0], pulls["CL"][1] - np.log(42 / p)) for p in (1.20, 1.16))
    made = []
    for root in ROOTS:
        listing = list_contracts(span, root)
        spot = world.log_levels[root.symbol]
        season, peak = SEASONS.get(root.symbol, (0.0, 0))
        delivery = wave(delivery_day(listing.month), peak) * season
        pull, centre = pulls.get(root.symbol, (0.0, 0.0))

        def log_price(place, left, root=root, spot=spot, delivery=delivery, pull=pull, centre=centre):
            years = left / TRADING_DAYS
            if root.symbol in FORWARD_PREMIUM:
                return spot[place] + FORWARD_PREMIUM[root.symbol] * years
            return centre + np.exp(-pull * years) * (spot[place] - centre) + delivery

        now, earlier = settles(listing, log_price)
        columns = bars(span, listing, now, earlier, world.daily_sd[root.symbol])
        made.append(
            (root, {"place": listing.place, "contract": listing.code, "contract_month": listing.month, **columns})
        )
    return made


def fx_rows(span: Span, world: World, cutoffs: np.ndarray) -> dict[str, np.ndarray]:
    """Columns of raw.fx_rates_1d: five rates, public at the session's cutoff."""
    pairs = ("USDBRL", "USDCNY", "USDMXN", "USDMYR", "DXY")
    return {
        "pair": np.repeat(pairs, span.n),
        "vendor": np.repeat("simulated", len(pairs) * span.n),
        "rate": np.concatenate([np.round(np.exp(world.log_levels[pair]), 4) for pair in pairs]),
        "observation_date": np.tile(span.days, len(pairs)),
        "available_at": np.tile(cutoffs, len(pairs)),
    }
