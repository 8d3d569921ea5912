"""Staging and features timed beside the same windows in pandas: `python benchmarks/bench_features.py [WORKSPACE]`.

WORKSPACE is a folder with raw rows; it is copied first. Without one a market from 2000 on is simulated.
Target on two cores: 5 s for staging and features together, under 2 GiB.
"""

import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from oilseer.features.build import FEATURES, MATRIX, build_features
from oilseer.raw.specs import SPECS
from oilseer.simulate.market import load_market, simulate
from oilseer.staging.build import STEPS
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace, open_workspace
from oilseer.warehouse.write import ensure

NOW = datetime(2025, 7, 1, tzinfo=UTC)


def workspace(folder: Path) -> Workspace:
    """A copy of the workspace that was named, else a simulated one."""
    if len(sys.argv) > 1:
        shutil.copytree(sys.argv[1], folder, ignore=shutil.ignore_patterns("write.lock", "published"))
        return open_workspace(folder)
    made = create_workspace(folder, "simulated", NOW)
    with writer(made) as connection:
        load_market(connection, simulate(seed=7, end=date(2025, 6, 30), now=NOW), NOW, NOW)
    return made


def with_pandas(connection: duckdb.DuckDBPyConnection) -> dict[str, pd.Series]:
    """Peer: a dozen of the windowed features by pandas rolling, from the same columns."""
    prices = connection.execute(
        "SELECT observation_date, price_cents_per_lb AS price, return_log FROM staging.zl_prices_clean ORDER BY ALL"
    ).df()
    index = prices["return_log"].fillna(0).cumsum()
    held, returns = np.exp(index), prices["return_log"]
    volatility = returns.rolling(21, min_periods=18).std()
    before = volatility.shift(1).rolling(504, min_periods=252)
    mean, deviation = held.rolling(20).mean(), held.rolling(20).std(ddof=0)
    return {
        "tech_return_21_ratio": index - index.shift(21),
        "tech_return_63_ratio": index - index.shift(63),
        "tech_momentum_252_ratio": index - index.shift(252),
        "tech_distance_sma_63_ratio": held / held.rolling(63).mean() - 1,
        "tech_distance_sma_200_ratio": held / held.rolling(200).mean() - 1,
        "tech_bollinger_b_ratio": (held - mean) / (4 * deviation) + 0.5,
        "tech_bollinger_width_ratio": 4 * deviation / mean,
        "tech_distance_ema_21_ratio": held / held.ewm(span=21, adjust=False).mean() - 1,
        "tech_value_1260_ratio": np.log(prices["price"].rolling(1260, min_periods=756).mean() / prices["price"]),
        "volatility_realized_21_ratio": np.sqrt(252) * volatility,
        "volatility_realized_63_ratio": np.sqrt(252) * returns.rolling(63, min_periods=55).std(),
        "regime_volatility_zscore_ratio": (volatility - before.mean()) / before.std(),
    }


def main() -> None:
    """Print seconds a step, the peer's, the largest difference between them, and peak memory."""
    with tempfile.TemporaryDirectory() as folder, writer(workspace(Path(folder) / "home")) as connection:
        for spec in SPECS:
            ensure(connection, spec)
        total = 0.0
        for name, build in STEPS:
            start = time.perf_counter()
            rows = build(connection)
            total += time.perf_counter() - start
            print(f"{name:32} {rows:>9,} rows {time.perf_counter() - start:7.2f} s")
        start = time.perf_counter()
        rows = build_features(connection)
        seconds = time.perf_counter() - start
        print(f"{MATRIX.name:32} {rows:>9,} rows {seconds:7.2f} s, {len(FEATURES)} features")
        print(f"staging and features together    {total + seconds:19.2f} s (target 5)")
        start = time.perf_counter()
        peer = with_pandas(connection)
        took = time.perf_counter() - start
        print(f"peer: pandas rolling             {took:19.2f} s, {len(peer)} features of one series, no as-of joins")
        ours = connection.execute(f"SELECT {', '.join(peer)} FROM {MATRIX.name} ORDER BY as_of_date").df()
        worst = {}
        for name, column in peer.items():
            both = ours[name].notna().to_numpy() & column.notna().to_numpy()
            worst[name] = float(np.abs(ours[name].to_numpy() - column.to_numpy())[both].max())
        print(f"largest difference to the peer: {max(worst.values()):.1e} ({max(worst, key=worst.get)})")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        print(f"peak memory {peak:.2f} GiB (target 2)")


if __name__ == "__main__":
    main()
