"""Joint paths, the risk table and a stress test timed on made-up markets: `python benchmarks/bench_risk.py`.

Target on two cores: 10,000 paths × 252 sessions and the risk table under 2 s. The peer is the same joint simulation
path by path in Python, without the mapping to the forecast.
"""

import time
from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from oilseer.forecasts.joint import draw_joint, draw_shocked, respond
from oilseer.forecasts.links import DRIVERS, Links, MarketHistory, learn_links
from oilseer.forecasts.risk import risk_by_horizon
from oilseer.market.sessions import sessions
from oilseer.quantiles import HORIZONS, LEVELS, QuantileForecast

SPOT, N, AHEAD = 50.0, 10_000, 252


def made_up() -> MarketHistory:
    """Ten years of seven Gaussian markets that share half of their shocks."""
    rng = np.random.default_rng(0)
    days = sessions()[sessions() <= np.datetime64("2025-06-30")][-2_520:]
    returns = 0.01 * (rng.standard_normal((2_520, 7)) + rng.standard_normal((2_520, 1)))
    return MarketHistory(("ZL", *DRIVERS), days, returns, 50 * np.exp(np.cumsum(returns, axis=0)))


def naive(links: Links, n: int) -> np.ndarray:
    """Peer: path by path, session by session, market by market."""
    rng, days = np.random.default_rng(1), len(links.residuals)
    totals = np.zeros((n, AHEAD, len(links.symbols)))
    for path in range(n):
        variance, place = links.next_variance.tolist(), int(rng.integers(days))
        for t in range(AHEAD):
            place = int(rng.integers(days)) if rng.random() < 0.1 else (place + 1) % days
            for market in range(len(links.symbols)):
                move = links.residuals[place, market] * variance[market] ** 0.5
                totals[path, t, market] = move + (totals[path, t - 1, market] if t else 0.0)
                variance[market] = (
                    (1 - links.reaction[market] - links.memory[market]) * links.usual_variance[market]
                    + links.reaction[market] * move**2
                    + links.memory[market] * variance[market]
                )
    return totals


def timed(call: Callable[[], object], repeats: int = 3) -> tuple[float, float]:
    """Best of `repeats`, seconds: on the clock, and of this process alone, which a busy machine does not stretch."""
    clock, own = np.inf, np.inf
    for _ in range(repeats):
        start, started = time.perf_counter(), time.process_time()
        call()
        clock, own = min(clock, time.perf_counter() - start), min(own, time.process_time() - started)
    return clock, own


def main() -> None:
    """Print one line a measurement."""
    history = made_up()
    links = learn_links(history)
    horizons = tuple(HORIZONS.values())
    rows = [SPOT * np.exp(0.016 * np.sqrt(h) * ndtri(np.array(LEVELS))) for h in horizons]
    forecast, push = QuantileForecast(horizons, np.array(rows)), respond(links, {"CL": -0.2}, 21).push
    measured = [
        ("links from ten years of seven markets", lambda: learn_links(history), 3, 1),
        ("10,000 joint paths x 252 and risk table",
         lambda: risk_by_horizon(draw_joint(SPOT, forecast, links, 1).oil, 1e6, 55.0), 3, 1),
        ("the same with and without a shock", lambda: draw_shocked(SPOT, forecast, links, push, 1), 3, 1),
        ("  peer: Python loops, 10 paths x 1,000", lambda: naive(links, 10), 1, N // 10),
    ]  # fmt: skip
    for name, call, repeats, factor in measured:
        clock, own = timed(call, repeats)
        print(f"{name:42s} {factor * clock:9.3f} s, CPU {factor * own:9.3f} s")


if __name__ == "__main__":
    main()
