"""The policies that a replay compares: plain functions from what was known to the cover to reach.

Each returns ratios of the need by month ahead, (months_ahead,); the first month is the one that begins now.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from oilseer.decisions.costs import monthly_prices
from oilseer.decisions.policy import SESSIONS_PER_MONTH, CoverPolicy, month_caps
from oilseer.decisions.replay import OriginState, Policy
from oilseer.decisions.solve import recommended_purchases
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.models.base import seed_of
from oilseer.quantiles import MEDIAN, QuantileForecast

DrawPaths = Callable[..., np.ndarray]
"""(spot, forecast, daily_volatility, seed, n, sessions) → paths (n, sessions + 1), as forecasts.paths.draw_paths."""


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


BASELINES: dict[str, Policy] = {"ratable": ratable, "spot": spot, "full_cover": full_cover}


def rule_ladder(policy: CoverPolicy) -> Policy:
    """Rule of thumb: cover to the maximum where the median is above the locked price, else the minimum ladder."""

    def follow(state: OriginState) -> np.ndarray:
        forecast, months = _forecast(state), len(state.need_lb)
        middle = (np.arange(months) + 0.5) * SESSIONS_PER_MONTH
        median = np.interp(middle, [0, *forecast.horizons], [state.spot, *forecast.values[:, MEDIAN]])
        caps, least = month_caps(policy.rules, months), np.zeros(months)
        for rule in sorted(policy.rules, key=lambda rule: rule.through_months):
            if rule.through_months <= months:
                for month in range(rule.through_months):  # nearest months first, as a ladder is climbed
                    missing = rule.minimum_ratio * rule.through_months - least.sum()
                    least[month] += np.clip(missing, 0.0, caps[month] - least[month])
        return np.where(median > state.locked_cents_per_lb, caps, least)

    return follow


def planned(policy: CoverPolicy, draw_paths: DrawPaths, n: int = 2_000) -> Policy:
    """The cover plan's own rule (E[cost] + λ · CVaR95) on n paths drawn from each origin's stored forecast.

    `policy` gives λ and bounds; needs, cover and locked prices come from the replay. Seeds come from the origin.
    """

    def follow(state: OriginState) -> np.ndarray:
        months = len(state.need_lb)
        today = replace(
            policy,
            need_lb=tuple(state.need_lb),
            covered_lb=tuple(np.minimum(state.covered_lb, state.need_lb)),
            basis_cents_per_lb=0.0,
        )
        paths = draw_paths(
            state.spot,
            _forecast(state),
            state.daily_volatility,
            seed_of("replay", sessions.cutoff(state.as_of_date)),
            n,
            months * SESSIONS_PER_MONTH,
        )
        bought = recommended_purchases(monthly_prices(paths, months), state.locked_cents_per_lb, today)
        return np.clip((state.covered_lb + bought) / state.need_lb, 0.0, 1.0)

    return follow


def _forecast(state: OriginState) -> QuantileForecast:
    """The origin's forecast. Raises ConfigError where the replay has none."""
    if state.forecast is None:
        raise ConfigError(f"origin {state.as_of_date} has no stored forecast: run the walk-forward, or leave it out")
    return state.forecast
