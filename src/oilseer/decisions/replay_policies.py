"""The policies that a replay compares: plain functions from what was known to the cover to reach.

Each returns ratios of the need by month ahead, (months_ahead,); the first month is the one that begins now.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
from scipy.special import ndtr

from oilseer.decisions.calendar import month_spans
from oilseer.decisions.costs import monthly_prices
from oilseer.decisions.policy import CoverPolicy, month_caps
from oilseer.decisions.replay import OriginState, Policy
from oilseer.decisions.solve import recommended_purchases
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.models.base import seed_of
from oilseer.quantiles import MEDIAN, QuantileForecast

DrawPaths = Callable[..., np.ndarray]
"""(spot, forecast, daily_volatility, seed, n, sessions) → paths (n, sessions + 1), as forecasts.paths.draw_paths."""
MonthPrices = Callable[[OriginState], np.ndarray]
"""Average price of each month ahead by path, ¢/lb; (n, months_ahead)."""


def ratable(state: OriginState) -> np.ndarray:
    """Equal purchases each month for each month ahead: the reference that knows nothing."""
    months = len(state.need_lb)
    return 1 - np.arange(months) / months


def spot(state: OriginState) -> np.ndarray:
    """Nothing bought forward: each month's need is bought in that month."""
    return np.zeros(len(state.need_lb))


def full_cover(state: OriginState) -> np.ndarray:
    """Every month bought whole as soon as it comes into reach."""
    return np.ones(len(state.need_lb))


# Fixed on the years to 2011, before it was run on 2012 and later: docs/decisions.md tells what was tried there.
TILT = 0.2  # of a month's need
TREND_SESSIONS = (63, 126, 252)
VOLATILITY_SESSIONS = 63
TINY = 1e-12  # a market that stands still has no trend
PATHS = 2_000

BASELINES: dict[str, Policy] = {"ratable": ratable, "spot": spot, "full_cover": full_cover}


def drawn(draw_paths: DrawPaths) -> MonthPrices:
    """Prices of the months ahead from paths of each origin's stored forecast, drawn once whoever asks."""
    known: dict[date, np.ndarray] = {}

    def prices(state: OriginState) -> np.ndarray:
        if state.as_of_date not in known:
            spans = month_spans(state.as_of_date, len(state.need_lb))
            seed = seed_of("replay", sessions.cutoff(state.as_of_date))
            paths = draw_paths(state.spot, _forecast(state), state.daily_volatility, seed, PATHS, spans[-1].end)
            known[state.as_of_date] = monthly_prices(paths, spans)
        return known[state.as_of_date]

    return prices


def rule_ladder(policy: CoverPolicy) -> Policy:
    """Rule of thumb: cover to the maximum where the median is above the locked price, else the minimum ladder."""

    def follow(state: OriginState) -> np.ndarray:
        forecast, months = _forecast(state), len(state.need_lb)
        middle = [span.middle for span in month_spans(state.as_of_date, months)]
        median = np.interp(middle, [0, *forecast.horizons], [state.spot, *forecast.values[:, MEDIAN]])
        caps, least = month_caps(policy.rules, months), np.zeros(months)
        for rule in sorted(policy.rules, key=lambda rule: rule.through_months):
            if rule.through_months <= months:
                for month in range(rule.through_months):  # nearest months first, as a ladder is climbed
                    missing = rule.minimum_ratio * rule.through_months - least.sum()
                    least[month] += np.clip(missing, 0.0, caps[month] - least[month])
        return np.where(median > state.locked_cents_per_lb, caps, least)

    return follow


def planned(policy: CoverPolicy, month_prices: MonthPrices) -> Policy:
    """The cover plan's own rule (E[cost] + λ · CVaR95) on the prices drawn from each origin's stored forecast.

    `policy` gives λ and bounds; needs, cover and locked prices come from the replay.
    """

    def follow(state: OriginState) -> np.ndarray:
        today = replace(
            policy,
            need_lb=tuple(state.need_lb),
            covered_lb=tuple(np.minimum(state.covered_lb, state.need_lb)),
            covered_price_cents_per_lb=None,
            basis_cents_per_lb=0.0,
        )
        bought = recommended_purchases(month_prices(state), state.locked_cents_per_lb, today)
        return np.clip((state.covered_lb + bought) / state.need_lb, 0.0, 1.0)

    return follow


def forecast_tilt(month_prices: MonthPrices) -> Policy:
    """Ratable, but up to TILT of each month's need sooner where its price is forecast above the locked price.

    And as much later where it is forecast below, by how clear that is: 2 Φ(mean gap / standard deviation) − 1.
    """

    def follow(state: OriginState) -> np.ndarray:
        prices = month_prices(state)
        clear = 2 * ndtr((prices.mean(axis=0) - state.locked_cents_per_lb) / prices.std(axis=0)) - 1
        return np.clip(ratable(state) + TILT * clear, 0.0, 1.0)

    return follow


def trend(state: OriginState) -> np.ndarray:
    """Ratable, but up to TILT of each month's need sooner where the held contract has risen; never later.

    How much: `risen_past`, none where that is negative. Rises that go on are what breaks a budget.
    """
    return np.minimum(ratable(state) + TILT * max(risen_past(state.past_returns), 0.0), 1.0)


def risen_past(past_returns: np.ndarray) -> float:
    """Mean over TREND_SESSIONS of the held contract's return over its usual volatility, each within −1 and 1.

    past_returns  (n,) log returns, oldest first; NaN counts as none. Source: Moskowitz, Ooi & Pedersen (2012).
    """
    past = np.nan_to_num(past_returns)
    usual = past[-VOLATILITY_SESSIONS:].std()
    risen = [np.clip(past[-n:].sum() / (usual * np.sqrt(n) + TINY), -1.0, 1.0) for n in TREND_SESSIONS]
    return float(np.mean(risen))


def _forecast(state: OriginState) -> QuantileForecast:
    """The origin's forecast. Raises ConfigError where the replay has none."""
    if state.forecast is None:
        raise ConfigError(f"origin {state.as_of_date} has no stored forecast: run the walk-forward, or leave it out")
    return state.forecast
