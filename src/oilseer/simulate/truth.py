"""What was planted: drivers, signals, regimes, volatility, and the mean reversion of the complex."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from oilseer.errors import ShapeError
from oilseer.simulate.complex import CRUSH_CENTRE, CRUSH_HALF_LIFE, LEVEL_HALF_LIFE, Complex, crush_margin
from oilseer.simulate.contracts import Deliveries
from oilseer.simulate.volatility import REGIMES, Volatility


@dataclass(frozen=True)
class Driver:
    """One planted effect on the log return of the front contract of soybean oil.

    effect  signed, in `unit`
    lag     0: moves the price in the same session; 1: public at a cutoff, moves the price in the next session
    group   driver group (BIOFUEL_ENERGY …); bucket: one of the Big 8
    memory  sum of the signal's autocorrelations over all lags, sessions: how long an effect builds up
    size    standard deviation of the signal over the whole history
    follow  how much one standard deviation of oil's own shock moves the signal: its effect then feeds back,
            `delay` sessions later on average
    """

    name: str
    group: str
    bucket: str
    effect: float
    unit: str
    lag: int
    what: str
    memory: float = 1.0
    size: float = 1.0
    follow: float = 0.0
    delay: int = 0
    adds_drift: bool = True  # False: an effect of mean reversion

    @property
    def persistence(self) -> float:
        """Persistence of the first-order autoregression with this memory."""
        return (self.memory - 1) / (self.memory + 1)

    def built_up(self, sessions: np.ndarray | int) -> np.ndarray:
        """Effect of one unit of the signal after so many sessions, while signal and effect fade; log."""
        keep, fade = self.persistence, 2.0 ** (-1 / LEVEL_HALF_LIFE)
        return self.effect * (fade ** np.asarray(sessions) - keep ** np.asarray(sessions)) / (fade - keep)


@dataclass(frozen=True, eq=False)
class Truth:
    """The truth behind one simulated market; arrays are (n,) along `dates`.

    drivers         none in the null variant
    signals         by driver: for lag 1 what its public rows showed at the cutoff, about unit size; for lag 0
                    the unit-variance shock of the session
    volatility      regime, cluster state and daily_sd: standard deviation of the session's log spot shock
    factors         level and carry of the log oil price, share, crush
    deliveries      ZL's contracts: which one is the front when
    front_contract  nearest contract before the roll; front_settle_log: its log settlement before rounding
    held_return     log return of the contract that was the front one session before; NaN first
    """

    seed: int
    null: bool
    dates: np.ndarray
    drivers: tuple[Driver, ...]
    signals: dict[str, np.ndarray]
    volatility: Volatility
    factors: Complex
    deliveries: Deliveries
    front_contract: np.ndarray
    front_settle_log: np.ndarray
    held_return: np.ndarray
    crush_half_life: float = CRUSH_HALF_LIFE  # sessions until half of a deviation of the spot margin is gone
    crush_centre_usd_per_bu: float = CRUSH_CENTRE  # median of the spot margin

    @property
    def daily_sd(self) -> np.ndarray:
        """Standard deviation of each session's log spot shock, known one session before."""
        return self.volatility.daily_sd

    @cached_property
    def regime(self) -> np.ndarray:
        """CALM, STRESSED or CRISIS per session."""
        return np.array(REGIMES)[self.volatility.regime]

    @cached_property
    def spot_crush_usd_per_bu(self) -> np.ndarray:
        """Board crush for delivery now, without its season, $/bu."""
        return crush_margin(self.factors.crush)

    def place(self, day: object) -> int:
        """Place of a session in the arrays. Raises ShapeError for a day that was not simulated."""
        found = int(np.searchsorted(self.dates, np.datetime64(day)))
        if found >= len(self.dates) or self.dates[found] != np.datetime64(day):
            raise ShapeError(f"{day} was not simulated; sessions run from {self.dates[0]} to {self.dates[-1]}")
        return found
