"""Paths, risk, plan and replay timed beside naive peers, on made-up forecasts: `python benchmarks/bench_decisions.py`.

Targets on two cores: paths and risk table 2 s, a plan 1 s, ten years of one policy 20 s.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.special import ndtri

from oilseer.decisions.calendar import month_spans
from oilseer.decisions.costs import locked_prices, monthly_prices
from oilseer.decisions.needs import example, policy_of, read_needs
from oilseer.decisions.plan import plan
from oilseer.decisions.policy import CoverPolicy, purchase_bounds
from oilseer.decisions.replay import ReplayOrigin, ReplayTerms, replay
from oilseer.decisions.replay_policies import BASELINES, drawn, forecast_tilt, planned, rule_ladder, trend
from oilseer.decisions.replay_report import report
from oilseer.decisions.solve import recommended_purchases
from oilseer.forecasts.paths import draw_paths
from oilseer.forecasts.risk import risk_by_horizon
from oilseer.market import sessions
from oilseer.quantiles import HORIZONS, LEVELS, QuantileForecast, price_at

DAY = date(2024, 5, 2)
YEAR = month_spans(DAY, 12)


def walk_forecast(spot: float) -> QuantileForecast:
    """Lognormal quantiles of a random walk of 1.6 % a day."""
    horizons = tuple(HORIZONS.values())
    rows = [spot * np.exp(0.016 * np.sqrt(h) * ndtri(np.array(LEVELS))) for h in horizons]
    return QuantileForecast(horizons, np.array(rows))


def timed(call: Callable[[], object], repeats: int = 3) -> float:
    """Best of `repeats`, seconds."""
    best = np.inf
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def naive_paths(n: int) -> np.ndarray:
    """Peer: the same GARCH path by path, and each price mapped by its rank, in Python loops."""
    rng, forecast = np.random.default_rng(1), walk_forecast(50.0)
    sums = np.empty((n, 252))
    for path in range(n):
        state, total = 1.0, 0.0
        for t in range(252):
            shock = rng.standard_t(12) * np.sqrt(10 / 12)
            total += 0.016 * np.sqrt(state) * shock
            state = 0.005 + state * (0.04 * shock**2 + 0.955)
            sums[path, t] = total
    prices = np.empty_like(sums)
    for t in range(252):
        near = min(forecast.horizons, key=lambda horizon, t=t: abs(horizon - t - 1))
        for rank, path in enumerate(sorted(range(n), key=lambda path, t=t: sums[path, t])):
            prices[path, t] = price_at(forecast.at(near), np.array([(rank + 0.5) / n]))[0]
    return prices


def whole_program(paths: np.ndarray, policy: CoverPolicy) -> np.ndarray:
    """Peer: Rockafellar-Uryasev with one row per scenario, by HiGHS."""
    from scipy import sparse

    prices, locked, n = monthly_prices(paths, YEAR), locked_prices(paths[0, 0], policy, YEAR), len(paths)
    (least, most), room = purchase_bounds(policy), policy.need / 1e6
    weight = policy.risk_weight
    excess = sparse.hstack([sparse.csr_matrix(locked - prices), -np.ones((n, 1)), -sparse.eye(n)])
    running = sparse.hstack([-sparse.csr_matrix(np.tril(np.ones((12, 12)))), sparse.csr_matrix((12, n + 1))])
    return linprog(
        np.concatenate([locked - prices.mean(axis=0), [weight], np.full(n, weight / (0.05 * n))]),
        A_ub=sparse.vstack([excess, running]).tocsr(),
        b_ub=np.concatenate([-(prices @ room), -least / 1e6]),
        bounds=[(0, bound / 1e6) for bound in most] + [(None, None)] + [(0, None)] * n,
        method="highs",
    ).x[:12]


def replay_once(names: tuple[str, ...]) -> None:
    """Ten years of the policies named beside the three baselines, with the report."""
    days = sessions.sessions()
    days = days[(days >= np.datetime64("2012-01-01")) & (days < np.datetime64("2022-08-01"))]
    returns = np.random.default_rng(0).normal(0, 0.016, len(days))
    prices = 40 * np.exp(np.cumsum(returns))
    starts = np.flatnonzero(np.diff(days.astype("datetime64[M]").astype(int)))[:126]
    origins = [ReplayOrigin(days[at].astype(object), walk_forecast(prices[at])) for at in starts]
    prices_by_path = drawn(draw_paths)
    known = {
        "plan": planned(CoverPolicy(), prices_by_path),
        "ladder": rule_ladder(CoverPolicy()),
        "forecast_tilt": forecast_tilt(prices_by_path),
        "trend": trend,
    }
    policies = BASELINES | {name: known[name] for name in names}
    report(replay(origins, days, prices, returns, policies, ReplayTerms()), ReplayTerms())


def main() -> None:
    """Print one line a measurement."""
    forecast, policy = walk_forecast(50.0), CoverPolicy(risk_weight=0.055)
    paths = draw_paths(50.0, forecast, 0.016, 1)
    prices, locked = monthly_prices(paths, YEAR), locked_prices(50.0, policy, YEAR)
    plan(paths, policy, DAY)  # loads the calendar
    table = Path(tempfile.mkdtemp()) / "needs.csv"
    table.write_text(example(DAY, 50.0))
    rows = [
        ("paths, 10,000 x 252, and risk table", lambda: risk_by_horizon(draw_paths(50.0, forecast, 0.016, 1)), 3),
        ("  peer: Python loops, 100 paths x 100", lambda: naive_paths(100), 1),
        ("cover schedule, 10,000 scenarios", lambda: recommended_purchases(prices, locked, policy), 3),
        ("  peer: one row per scenario, HiGHS", lambda: whole_program(paths, policy), 3),
        ("whole plan with tripwires", lambda: plan(paths, policy, DAY), 3),
        ("replay, 120 months, one planned policy", lambda: replay_once(("plan",)), 1),
        ("replay, 120 months, all seven", lambda: replay_once(("plan", "ladder", "forecast_tilt", "trend")), 1),
        ("needs table read and made a policy", lambda: policy_of(read_needs(table), DAY, {}), 3),
    ]
    for name, call, repeats in rows:
        factor = 100 if "x 100" in name else 1
        print(f"{name:42s} {factor * timed(call, repeats):9.3f} s")


if __name__ == "__main__":
    main()
