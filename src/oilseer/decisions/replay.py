"""What a cover policy would have paid, month by month, knowing at each origin only what was known then.

Made from stored forecasts at monthly origins and the price history; `replay_report` compares the bills.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from oilseer.errors import ConfigError
from oilseer.quantiles import QuantileForecast

ROLL_SEEN = 1e-9  # a session whose held return is not the front's: the contract changed


@dataclass(frozen=True)
class ReplayTerms:
    """Needs and costs of a replay.

    need_lb_month               pounds needed each month, from one origin to the next
    months_ahead                how far ahead a policy may buy; ratable buying spreads over the same months
    transaction_cents_per_lb    paid on each pound bought forward, ¢/lb (commission and half a spread)
    roll_cents_per_lb           paid on each pound at each roll of the contract that holds its price, ¢/lb
    storage_cents_per_lb_month  and carry_rate (a year, ratio): what policies are told that buying forward costs
                                over the front where an origin has no curve; billed is what the rolls did cost
    Raises ConfigError for values out of range.
    """

    need_lb_month: float = 1_000_000.0
    months_ahead: int = 6
    transaction_cents_per_lb: float = 0.02
    roll_cents_per_lb: float = 0.02
    storage_cents_per_lb_month: float = 0.1
    carry_rate: float = 0.05

    def __post_init__(self) -> None:
        if not self.need_lb_month > 0 or self.months_ahead < 1:
            raise ConfigError(
                f"replay of {self.need_lb_month} lb a month, {self.months_ahead} months ahead: both must be over 0"
            )
        for name in ("transaction_cents_per_lb", "roll_cents_per_lb", "storage_cents_per_lb_month", "carry_rate"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"{name} is {getattr(self, name)}: expected at least 0")

    def quoted(self, front: float, curve: Sequence[float] | None = None) -> np.ndarray:
        """What a pound bought now for the months ahead seems to cost, ¢/lb; (months_ahead,)."""
        if curve is not None:
            return np.asarray(curve, float)
        elapsed = np.arange(self.months_ahead) + 0.5
        return front * (1 + self.carry_rate * elapsed / 12) + self.storage_cents_per_lb_month * elapsed


@dataclass(frozen=True)
class ReplayOrigin:
    """One monthly decision: its session, what was forecast there, and the curve (months_ahead,) ¢/lb where known."""

    as_of_date: date
    forecast: QuantileForecast | None = None
    daily_volatility: float = 0.015
    curve_cents_per_lb: tuple[float, ...] | None = None


@dataclass(frozen=True)
class OriginState:
    """All that a policy sees: nothing after the close of `as_of_date`. Arrays by month ahead are (months_ahead,).

    past_dates, past_prices   sessions and front prices (¢/lb) up to and with `as_of_date`
    past_returns              log return of the contract held into each of them; NaN where unknown
    covered_lb, need_lb       for the month that begins now and those after it
    locked_cents_per_lb       what a pound for each of them seems to cost at today's close
    """

    as_of_date: date
    forecast: QuantileForecast | None
    daily_volatility: float
    past_dates: np.ndarray
    past_prices: np.ndarray
    past_returns: np.ndarray
    covered_lb: np.ndarray
    need_lb: np.ndarray
    locked_cents_per_lb: np.ndarray

    @property
    def spot(self) -> float:
        """Front price at the close, ¢/lb."""
        return float(self.past_prices[-1])


Policy = Callable[[OriginState], np.ndarray]
"""Cover to reach by month ahead, as ratios of the need in [0, 1]; cover above that is kept, never sold."""


@dataclass(frozen=True)
class Bill:
    """What one policy paid for each month of need; arrays are (n_months,).

    starts            first session of the month
    bought_lb         pounds bought: the need, always
    forward_lb        of these, bought before or as the month began
    cost_cents_per_lb average price paid, all costs included
    """

    name: str
    starts: np.ndarray
    bought_lb: np.ndarray
    forward_lb: np.ndarray
    cost_cents_per_lb: np.ndarray


@dataclass(frozen=True)
class Market:
    """What a pound cost, ¢/lb, all costs included: `locked` (n_origins, months_ahead) when bought at the first
    session after origin k for the months ahead, NaN for months without an end; `average` (n_origins − 1,) when
    bought evenly over the month after k.
    """

    place: np.ndarray
    locked: np.ndarray
    average: np.ndarray


def market_of(
    origins: Sequence[ReplayOrigin],
    dates: np.ndarray,
    prices: np.ndarray,
    held_returns: np.ndarray,
    terms: ReplayTerms,
) -> Market:
    """Achievable prices of a replay.

    dates         (n,) datetime64[D], sessions, increasing
    prices        (n,) front price, ¢/lb, unadjusted
    held_returns  (n,) log return of the contract held into each session; where NaN, that of the front

    A forward purchase holds the front contract from the next session on, follows each roll, and gives it up evenly
    over its month as the oil is bought there at the front price: it costs that price less what the contract gained.
    Carry is thus paid as the market charged it, roll by roll, and no price is used that did not trade. What is open
    is bought evenly over its month. Raises ConfigError.
    """
    dates, prices = np.asarray(dates, "datetime64[D]"), np.asarray(prices, float)
    held = np.asarray(held_returns, float)
    if dates.shape != prices.shape or not (np.diff(dates) > np.timedelta64(0)).all() or not (prices > 0).all():
        raise ConfigError(
            f"replay needs increasing sessions and positive prices, found {dates.shape} and {prices.shape}"
        )
    if held.shape != prices.shape:
        raise ConfigError(f"replay has {prices.shape} prices and {held.shape} returns of the held contract")
    days = np.array([origin.as_of_date for origin in origins], "datetime64[D]")
    place = np.searchsorted(dates, days)
    if len(days) < terms.months_ahead + 1 or not (np.diff(days) > np.timedelta64(0)).all():
        raise ConfigError(
            f"replay has {len(days)} origins: expected {terms.months_ahead + 1} or more, in increasing order"
        )
    unknown = [str(day) for day, at in zip(days, place, strict=True) if at + 1 >= len(dates) or dates[at] != day]
    if unknown:
        raise ConfigError(f"no price at, or none after, origins {unknown[:5]}: drop them or load their prices")
    lost = _cost_of_holding(prices, held, terms.roll_cents_per_lb)
    months = list(pairwise(place))
    net = np.array([(prices + lost)[start + 1 : end + 1].mean() for start, end in months])
    later = np.arange(len(place))[:, None] + np.arange(terms.months_ahead)
    locked = np.append(net, np.full(terms.months_ahead, np.nan))[later] - lost[place + 1, None]
    average = np.array([prices[start + 1 : end + 1].mean() for start, end in months])
    return Market(place, locked + terms.transaction_cents_per_lb, average)


def _cost_of_holding(prices: np.ndarray, held: np.ndarray, roll_cents_per_lb: float) -> np.ndarray:
    """Running loss of the held contract with the cost of its rolls, ¢/lb; (n,)."""
    front = np.diff(np.log(prices), prepend=np.log(prices[0]))
    moved = np.where(np.isfinite(held), held, front)
    rolled = np.abs(moved - front) > ROLL_SEEN
    rolled[0], moved[0] = False, 0.0  # nothing is held into the first session
    return np.cumsum(roll_cents_per_lb * rolled - prices * (1 - np.exp(-moved)))


def replay(
    origins: Sequence[ReplayOrigin],
    dates: np.ndarray,
    prices: np.ndarray,
    held_returns: np.ndarray,
    policies: Mapping[str, Policy],
    terms: ReplayTerms,
) -> tuple[Bill, ...]:
    """Bills of the policies, and of perfect foresight (the last one, `foresight`): no policy can pay less.

    Arguments as in `market_of`. Months are counted once a policy could have bought them from
    `months_ahead` on; decisions start before, so that cover is in place. Raises ConfigError.
    """
    market = market_of(origins, dates, prices, held_returns, terms)
    seen = (np.asarray(dates, "datetime64[D]"), np.asarray(prices, float), np.asarray(held_returns, float))
    bills = [_bill(name, policy, origins, seen, terms, market) for name, policy in policies.items()]
    return (*bills, _foresight(dates, terms, market))


def _bill(
    name: str,
    policy: Policy,
    origins: Sequence[ReplayOrigin],
    seen: tuple[np.ndarray, np.ndarray, np.ndarray],
    terms: ReplayTerms,
    market: Market,
) -> Bill:
    """Follow one policy from origin to origin; `seen` are dates, prices and held returns."""
    ahead, need = terms.months_ahead, terms.need_lb_month
    covered, paid = np.zeros(len(origins) + ahead), np.zeros(len(origins) + ahead)
    for k, (origin, at) in enumerate(zip(origins, market.place, strict=True)):
        months = slice(k, k + ahead)
        known = [values[: at + 1].copy() for values in seen]
        state = OriginState(
            origin.as_of_date,
            origin.forecast,
            origin.daily_volatility,
            *known,
            covered[months].copy(),
            np.full(ahead, need),
            terms.quoted(float(known[1][-1]), origin.curve_cents_per_lb),
        )
        target = np.asarray(policy(state), float)
        if target.shape != (ahead,) or not ((target >= 0) & (target <= 1)).all():
            raise ConfigError(
                f"policy {name} at {origin.as_of_date} gave {target}: expected {ahead} ratios within 0 and 1"
            )
        buy = np.maximum(target * need - covered[months], 0.0)
        covered[months] += buy
        paid[months] += buy * market.locked[k]
    counted = slice(ahead - 1, len(origins) - 1)
    forward = covered[counted]
    cost = paid[counted] + (need - forward) * market.average[counted]
    starts = seen[0][market.place[counted] + 1]
    return Bill(name, starts, forward + (need - forward), forward, cost / need)


def _foresight(dates: np.ndarray, terms: ReplayTerms, market: Market) -> Bill:
    """The least that could be paid for each month: its best forward price in reach, or waiting."""
    ahead = terms.months_ahead
    months = range(ahead - 1, len(market.average))
    forward = np.array([min(market.locked[month - d, d] for d in range(ahead)) for month in months])
    average = market.average[ahead - 1 :]
    starts = np.asarray(dates, "datetime64[D]")[market.place[ahead - 1 : -1] + 1]
    need = np.full(len(average), terms.need_lb_month)
    return Bill("foresight", starts, need, need * (forward < average), np.minimum(forward, average))
