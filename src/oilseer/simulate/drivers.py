"""The planted drivers of soybean oil: each known, signed, small, and visible in the raw rows in time."""

import numpy as np

from oilseer.simulate.complex import CARRY_WEIGHT, CURVE_PULL, FRONT_LOADING, LEVEL_PULL, LEVEL_SD
from oilseer.simulate.draws import TRADING_DAYS, Span, before, known_at, steady
from oilseer.simulate.energy_fx import World
from oilseer.simulate.substitutes import rin_posts
from oilseer.simulate.truth import Driver

PER_SIGNAL = "log return per session and standard deviation of the signal"
PER_SHOCK = "standard deviations of the return per standard deviation of the shock"
MOMENTUM_SESSIONS = 21

DRIVERS: tuple[Driver, ...] = (
    Driver("crude", "BIOFUEL_ENERGY", "energy", 0.28, PER_SHOCK, 0, "crude oil's return of the same session"),
    Driver("dollar", "MACRO_RISK", "fx", -0.11, PER_SHOCK, 0, "the dollar index's return of the same session"),
    Driver("fear", "MACRO_RISK", "volatility", -0.11, PER_SHOCK, 0, "the shock of VIX in the same session"),
    Driver(
        "brl_momentum",
        "MACRO_RISK",
        "fx",
        0.0006,
        PER_SIGNAL,
        1,
        "21-session gain of the real against the dollar",
        21,
        follow=0.022,
    ),
    Driver(
        "copper_momentum",
        "TRADE_TARIFF",
        "china",
        0.0006,
        PER_SIGNAL,
        1,
        "21-session return of copper",
        21,
        follow=0.028,
    ),
    Driver(
        "crowding",
        "POSITIONING",
        "volatility",
        -0.0006,
        PER_SIGNAL,
        1,
        "speculators' public net share of open interest",
        39,
        follow=0.125,
        delay=6,
    ),
    Driver(
        "carry", "TECHNICAL_REGIME", "crush", -0.0005, PER_SIGNAL, 1, "backwardation: the short factor of the curve", 58
    ),
    Driver(
        "dryness", "WEATHER_SUPPLY", "crush", 0.0012, PER_SIGNAL, 1, "dry American stations, June to August", 30, 0.56
    ),
    Driver(
        "palm_premium", "PALM_SUBSTITUTION", "biofuel", 0.0005, PER_SIGNAL, 1, "palm oil dear against soybean oil", 49
    ),
    Driver(
        "rin_momentum",
        "POLICY_REGULATION",
        "biofuel",
        0.0006,
        PER_SIGNAL,
        1,
        "rise of posted D4 prices over 4 weeks",
        30,
        0.7,
    ),
    Driver(
        "value",
        "TECHNICAL_REGIME",
        "crush",
        -LEVEL_SD * (LEVEL_PULL - CURVE_PULL) / TRADING_DAYS,
        PER_SIGNAL,
        1,
        "log price over its long-run mean, beyond what the curve counts on",
        900,
        adds_drift=False,
    ),
)
PALM_PERSISTENCE = 0.96


def momentum(levels: np.ndarray, yearly_sd: float) -> np.ndarray:
    """Change of a log level over 21 sessions, in its typical standard deviation; (n,)."""
    return (levels - before(levels, MOMENTUM_SESSIONS)) / (yearly_sd * np.sqrt(MOMENTUM_SESSIONS / TRADING_DAYS))


def build_signals(
    span: Span, world: World, cutoffs: np.ndarray, carry: np.ndarray, crowding: np.ndarray, dryness: np.ndarray
) -> dict[str, np.ndarray]:
    """Every signal as its public rows show it at each cutoff, and the shocks of the same session; (n,) each."""
    weeks, logs, public = rin_posts(span)
    rise = (logs - before(logs, 4)) / 0.12
    return {
        **world.shocks,
        "brl_momentum": -momentum(world.log_levels["USDBRL"], 0.16),
        "copper_momentum": momentum(world.log_levels["HG"], 0.25),
        "crowding": crowding,
        "carry": carry,
        "dryness": dryness,
        "palm_premium": steady(span.normal("palm"), PALM_PERSISTENCE),
        "rin_momentum": known_at(rise, public, cutoffs) if len(weeks) else np.zeros(span.n),
    }


def drift(signals: dict[str, np.ndarray]) -> np.ndarray:
    """What the signals of the session before add to each session's log level; (n,), zero first."""
    pushed = sum(driver.effect * signals[driver.name] for driver in DRIVERS if driver.lag == 1 and driver.adds_drift)
    return np.concatenate([[0.0], pushed[:-1]]) / FRONT_LOADING


def shock_weights() -> tuple[float, ...]:
    """Weights of crude, dollar and fear in the shock of the level that give the front their effects."""
    scale = FRONT_LOADING * (1 - CARRY_WEIGHT**2) ** 0.5
    return tuple(driver.effect / scale for driver in DRIVERS if driver.lag == 0)
