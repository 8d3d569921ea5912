"""Seconds a model and origin, beside statsforecast's own class: `python benchmarks/bench_models.py [--full]`.

Targets on two cores: 31 models × 5 horizons × 60 origins in 150 s (stretch 60 s), one new origin 5 s, memory
under 1 GiB. Prices are simulated; `--full` runs all 60 origins instead of extrapolating from three.
"""

import argparse
import os
import platform
import resource
import time
import warnings
from datetime import UTC, datetime
from importlib.metadata import version

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from joblib import Parallel, delayed

from oilseer.models.base import Window, seed_of
from oilseer.models.zoo import ENTRIES, STATISTICAL, build
from oilseer.quantiles import HORIZONS

SESSIONS, ORIGINS, STEP = 6300, 60, 21
HORIZON_SESSIONS = tuple(HORIZONS.values())


def simulate(n: int) -> Window:
    """Fat-tailed log walk with stochastic variance and a roll every 42 sessions; 25 years of it."""
    rng, log_variance = np.random.default_rng(1), np.zeros(n)
    for t in range(1, n):
        log_variance[t] = 0.98 * log_variance[t - 1] + 0.15 * rng.standard_normal()
    returns = 0.014 * np.exp(log_variance / 2) * rng.standard_t(6, n) * np.sqrt(4 / 6)
    rolls = np.where(np.arange(n) % 42 == 41, 0.004 * rng.standard_normal(n), 0.0)
    returns[0] = 0.0
    settle = 40 * np.exp(np.cumsum(returns + rolls - 0.0001))
    returns[0] = np.nan
    hourly = 0.014 * np.sqrt(252) * np.exp(log_variance / 2 + 0.2 * rng.standard_normal(n))
    names = ("curve_slope_annualized_ratio", "volatility_realized_hourly_ratio")
    features = np.column_stack([np.full(n, 0.05), hourly])
    dates = np.datetime64("2000-01-03") + np.arange(n)
    return Window(datetime(2025, 6, 30, 21, tzinfo=UTC), dates, np.arange(n), settle, returns, features, names)


def until(window: Window, end: int) -> Window:
    return Window(
        window.cutoff, window.dates[:end], window.session[:end], window.settle[:end],
        window.returns[:end], window.features[:end], window.names,
    )  # fmt: skip


def seconds(name: str, window: Window) -> float:
    start = time.perf_counter()
    build(name).fit(window, seed_of(name, window.cutoff)).predict(window, HORIZON_SESSIONS)
    return time.perf_counter() - start


def all_at(window: Window, end: int) -> int:
    seen = until(window, end)
    return sum(seconds(name, seen) > 0 for name in STATISTICAL)


def peer(window: Window) -> float:
    """StatsForecast on the last 1,000 log prices, the same models, native intervals or its conformal ones."""
    import pandas as pd
    from statsforecast import StatsForecast
    from statsforecast.utils import ConformalIntervals

    from oilseer.models.statistical import MODELS

    models = []
    for declared in MODELS:
        model = declared.make()
        model.alias = declared.name
        if declared.spread in ("past errors", "scaled"):
            model.prediction_intervals = ConformalIntervals(n_windows=2, h=252)
        models.append(model)
    frame = pd.DataFrame({"unique_id": "ZL", "ds": np.arange(1000), "y": np.log(window.settle[-1000:])})
    start = time.perf_counter()
    StatsForecast(models=models, freq=1, n_jobs=1).forecast(df=frame, h=252, level=[50, 80, 90, 95])
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="run all 60 origins on two processes")
    full = parser.parse_args().full
    warnings.simplefilter("ignore")
    window = simulate(SESSIONS)
    ends = [SESSIONS - STEP * i for i in range(ORIGINS)][::-1]
    print(
        f"{'model':28}{'target':12}{'first':>8}{'then':>8}   seconds; {SESSIONS} sessions, five horizons, one process"
    )
    later = {}
    for entry in ENTRIES:
        first = seconds(entry.name, until(window, ends[0]))
        later[entry.name] = np.mean([seconds(entry.name, until(window, end)) for end in (ends[20], ends[40], ends[-1])])
        print(f"{entry.name:28}{entry.target:12}{first:8.3f}{later[entry.name]:8.3f}")
    origin = sum(later[name] for name in STATISTICAL)
    print(f"31 statistical models, one origin, one process: {origin:.2f} s (first calls import libraries)")
    print(f"  peer, statsforecast.StatsForecast with its own intervals: {min(peer(window), peer(window)):.2f} s")
    if full:
        start = time.perf_counter()
        Parallel(n_jobs=2)(delayed(all_at)(window, end) for end in ends)
        print(f"31 × 5 × {ORIGINS} origins on 2 processes: {time.perf_counter() - start:.0f} s")
    else:
        print(
            f"31 × 5 × {ORIGINS} origins on 2 processes, extrapolated: {origin * ORIGINS / 2:.0f} s (--full runs them)"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    libraries = ", ".join(f"{name} {version(name)}" for name in ("statsforecast", "arch", "numpy"))
    print(f"peak memory {peak:.0f} MiB; {libraries}, Python {platform.python_version()}")
    print(f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} at the end")


if __name__ == "__main__":
    main()
