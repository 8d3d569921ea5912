"""The day's five explanations timed on a made-up market: `python benchmarks/bench_explain.py`.

Target on two cores: under 10 s. The peer asks the same trees by permutation, as a method that knows no model would:
ten orders of the features, each replaced by its median in turn.
"""

import time
from datetime import UTC, datetime

import lightgbm
import numpy as np

from oilseer.models.attribution import log_contributions
from oilseer.models.base import Window
from oilseer.models.drivers import scaled_outcomes
from oilseer.models.predictors import FURTHER, PREDICTORS
from oilseer.models.trees import READS, ROUNDS, SETTINGS
from oilseer.quantiles import HORIZONS

MEMBERS = ("B1", "B0-carry", "GARCH-t-carry", "GARCH-t-carry-value", "HAR-empirical-carry", "Drivers-ridge",
           "Drivers-trees")  # fmt: skip
SESSIONS = 14_000


def made_up() -> Window:
    """Fifty-five years of a random walk with 34 features of noise."""
    rng = np.random.default_rng(0)
    returns = 0.015 * rng.standard_normal(SESSIONS)
    names = (*(predictor.name for predictor in PREDICTORS), *FURTHER)
    return Window(
        datetime(2025, 6, 30, 21, tzinfo=UTC), np.datetime64("1970-01-02") + np.arange(SESSIONS), np.arange(SESSIONS),
        50 * np.exp(np.cumsum(returns)), returns, rng.standard_normal((SESSIONS, len(names))), names,
    )  # fmt: skip


def five_explanations(window: Window) -> int:
    """Components of seven members at five horizons; how many there are."""
    return sum(
        len(log_contributions(name, window, horizon, float(window.settle[-1])))
        for horizon in HORIZONS.values()
        for name in MEMBERS
    )


def by_permutation(window: Window, orders: int) -> np.ndarray:
    """Shapley values of the trees at five horizons by asking them anew for each replaced feature."""
    rng, found = np.random.default_rng(1), []
    for horizon in HORIZONS.values():
        rows, outcome, _ = scaled_outcomes(window, horizon)
        features = np.column_stack([window.feature(name) for name in READS])
        trees = lightgbm.train(SETTINGS, lightgbm.Dataset(features[rows], outcome), ROUNDS)
        usual, today, shares = np.median(features[rows], axis=0), features[-1], np.zeros(len(READS))
        for _ in range(orders):
            row, before = usual.copy(), float(trees.predict(usual[None])[0])
            for place in rng.permutation(len(READS)):
                row[place] = today[place]
                after = float(trees.predict(row[None])[0])
                shares[place] += (after - before) / orders
                before = after
        found.append(shares)
    return np.stack(found)


def main() -> None:
    """Print one line a measurement: the best of three."""
    window = made_up()
    calls = {
        "five explanations, seven members": lambda: five_explanations(window),
        "  peer: trees alone, ten permutations": lambda: by_permutation(window, 10),
    }
    for name, call in calls.items():
        seconds = []
        for _ in range(3):
            started = time.perf_counter()
            call()
            seconds.append(time.perf_counter() - started)
        print(f"{name:42s} {min(seconds):9.3f} s")


if __name__ == "__main__":
    main()
