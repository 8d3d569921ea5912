"""A history with one feature that tells the next return, its copy, an empty and a constant one, and noise."""

import numpy as np

from oilseer.market import sessions
from oilseer.training.history import History

N, NOISE = 4000, 150
DATES = sessions.sessions()[-N - 400 : -400]
BUCKETS = ("crush", "china", "fx", "fed", "tariff", "biofuel", "energy", "volatility")


def planted_history() -> History:
    rng = np.random.default_rng(11)
    signal = rng.normal(size=N)
    returns = np.zeros(N)
    returns[1:] = 0.01 * signal[:-1] + rng.normal(0, 0.002, N - 1)
    noise = rng.normal(size=(N, NOISE))
    copy = signal * 3 + 1e-6 * rng.normal(size=N)
    empty = np.where(np.arange(N) < N - 50, np.nan, 1.0) * rng.normal(size=N)
    columns = np.column_stack([signal, copy, empty, np.ones(N), noise])
    names = ("planted", "copy", "empty", "constant", *(f"noise_{i}" for i in range(NOISE)))
    return History(DATES, np.arange(N), 40 * np.exp(np.cumsum(returns)), returns, columns, names)


def spread_buckets(history: History) -> dict[str, str]:
    """Features dealt to the Big 8 in turn."""
    return {name: BUCKETS[i % 8] for i, name in enumerate(history.names)}
