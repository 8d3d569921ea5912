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


@dataclass(frozen=True)
class ReplayTerms:
    """Needs and costs of a replay.

    need_lb_month               pounds needed each month, from one origin to the next
    months_ahead                how far ahead a policy may buy; ratable buying spreads over the same months
    transaction_cents_per_lb    paid on each pound bought forward, ¢/lb (commission and half a spread)
    storage_cents_per_lb_month  and carry_rate (a year, ratio): what buying forward costs over the front,
                                where an origin has no curve; half a month for the month that begins
    Raises ConfigError for values out of range.
    """

    need_lb_month: float = 1_000_000.0
    months_ahead: int = 6
    transaction_cents_per_lb: float = 0.02
    storage_cents_per_lb_month: float = 0.1
    carry_rate: float = 0.05

    def __post_init__(self) -> None:
        if not self.need_lb_month > 0 or self.months_ahead < 1:
            raise ConfigError(
                f"replay of {self.need_lb_month} lb a month, {self.months_ahead} months ahead: both must be over 0"
            )
        for name in ("transaction_cents_per_lb", "storage_cents_per_lb_month", "carry_rate"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"{name} is {getattr(self, name)}: expected at least 0")

    def locked(self, front: float, curve: np.ndarray | None = None) -> np.ndarray:
        """Price of a pound bought now for the months ahead, ¢/lb, before the transaction; (months_ahead,)."""
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
    covered_lb, need_lb       for the month that begins now and those after it
    locked_cents_per_lb       what a pound for each of them would cost at today's close
    """

    as_of_date: date
    forecast: QuantileForecast | None
    daily_volatility: float
    past_dates: np.ndarray
    past_prices: np.ndarray
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

    starts            session at whose close the month begins
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
    """Prices of the replay, ¢/lb, by origin k: `locked` (n_origins, months_ahead) with the transaction, when
    bought at the first session after k; `average` (n_origins − 1,) front price of the month after k.
    """

    place: np.ndarray
    locked: np.ndarray
    average: np.ndarray


def market_of(
    origins: Sequence[ReplayOrigin],
    dates: np.ndarray,
    prices: np.ndarray,
    terms: ReplayTerms,
    held_returns: np.ndarray | None = None,
) -> Market:
    """Achievable prices of a replay.

    dates         (n,) datetime64[D], sessions, increasing
    prices        (n,) front settle or close, ¢/lb, unadjusted
    held_returns  (n,) log return of the contract held into each session; NaN where unknown

    A forward purchase is done at the next session: at the origin's price moved by the held contract, since a roll
    between them is no move of the market (where that is unknown, at the next front price); plus carry and storage,
    or plus the curve's spread over the front at the origin. Whatever is open is bought evenly over its month.
    Raises ConfigError.
    """
    dates, prices = np.asarray(dates, "datetime64[D]"), np.asarray(prices, float)
    if dates.shape != prices.shape or not (np.diff(dates) > np.timedelta64(0)).all() or not (prices > 0).all():
        raise ConfigError(
            f"replay needs increasing sessions and positive prices, found {dates.shape} and {prices.shape}"
        )
    held = np.full(len(prices), np.nan) if held_returns is None else np.asarray(held_returns, float)
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
    rows = []
    for origin, at in zip(origins, place, strict=True):
        front = prices[at] * np.exp(held[at + 1]) if np.isfinite(held[at + 1]) else prices[at + 1]
        curve = origin.curve_cents_per_lb
        if curve is not None:
            curve = np.asarray(curve, float) + front - prices[at]
        rows.append(terms.locked(front, curve) + terms.transaction_cents_per_lb)
    average = [prices[start + 1 : end + 1].mean() for start, end in pairwise(place)]
    return Market(place, np.array(rows), np.array(average))


def replay(
    origins: Sequence[ReplayOrigin],
    dates: np.ndarray,
    prices: np.ndarray,
    policies: Mapping[str, Policy],
    terms: ReplayTerms,
    held_returns: np.ndarray | None = None,
) -> tuple[Bill, ...]:
    """Bills of the policies, and of perfect foresight (the last one, `foresight`): no policy can pay less.

    Arguments as in `market_of`. Months are counted once a policy could have bought them from
    `months_ahead` on; decisions start before, so that cover is in place. Raises ConfigError.
    """
    market = market_of(origins, dates, prices, terms, held_returns)
    bills = [_bill(name, policy, origins, dates, prices, terms, market) for name, policy in policies.items()]
    return (*bills, _foresight(dates, terms, market))


def _bill(
    name: str,
    policy: Policy,
    origins: Sequence[ReplayOrigin],
    dates: np.ndarray,
    prices: np.ndarray,
    terms: ReplayTerms,
    market: Market,
) -> Bill:
    """Follow one policy from origin to origin."""
    ahead, need = terms.months_ahead, terms.need_lb_month
    covered, paid = np.zeros(len(origins) + ahead), np.zeros(len(origins) + ahead)
    for k, (origin, at) in enumerate(zip(origins, market.place, strict=True)):
        months = slice(k, k + ahead)
        known_dates, known_prices = np.array(dates[: at + 1]), np.array(prices[: at + 1])
        state = OriginState(
            origin.as_of_date,
            origin.forecast,
            origin.daily_volatility,
            known_dates,
            known_prices,
            covered[months].copy(),
            np.full(ahead, need),
            terms.locked(float(prices[at]), origin.curve_cents_per_lb),
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
    starts = np.asarray(dates, "datetime64[D]")[market.place[counted]]
    return Bill(name, starts, forward + (need - forward), forward, cost / need)


def _foresight(dates: np.ndarray, terms: ReplayTerms, market: Market) -> Bill:
    """The least that could be paid for each month: its best forward price in reach, or waiting."""
    ahead = terms.months_ahead
    months = range(ahead - 1, len(market.average))
    forward = np.array([min(market.locked[month - d, d] for d in range(ahead)) for month in months])
    average = market.average[ahead - 1 :]
    starts = np.asarray(dates, "datetime64[D]")[market.place[ahead - 1 : -1]]
    need = np.full(len(average), terms.need_lb_month)
    return Bill("foresight", starts, need, need * (forward < average), np.minimum(forward, average))
