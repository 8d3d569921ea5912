"""Seconds to fit each network, beside neuralforecast's own fit: `python benchmarks/bench_neural.py [NAME ...]`.

The peer is NeuralForecast.fit of the same class, widths, inputs, batch of 64 windows and number of gradient steps on
one CPU thread, with its own loop (Lightning). A simulated market of 25 years; best of REPEATS, in seconds of the
processor, which a busy machine does not stretch.
"ours" is the whole fit as it runs, GARCH, scaling and early stop included; "all epochs" never stops early, so that
its gradient steps are as many as the peer's. Goal: "all epochs" takes no longer than the peer.
"""

import logging
import os
import platform
import sys
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from bench_models import simulate

from oilseer.models.base import Window
from oilseer.models.neural import learning
from oilseer.models.neural.folds import LOOKBACK, MEMORY, make_fold
from oilseer.models.neural.model import RECIPES, make
from oilseer.models.neural.networks import DROPOUT, HIDDEN
from oilseer.models.zoo import NEURAL, SIGNED
from oilseer.quantiles import HORIZONS, LEVELS

REPEATS = 2
SESSIONS = tuple(HORIZONS.values())
SIZES: dict[str, dict[str, Any]] = {
    "LSTM": {"encoder_hidden_size": HIDDEN, "encoder_n_layers": 1, "decoder_layers": 1},
    "GRU": {"encoder_hidden_size": HIDDEN, "encoder_n_layers": 1, "decoder_layers": 1},
    "TCN": {
        "encoder_hidden_size": HIDDEN, "kernel_size": 2, "dilations": [1, 2, 4, 8, 16, 32], "decoder_layers": 1,
    },
    "TFT": {"hidden_size": HIDDEN // 2, "n_head": 2, "dropout": DROPOUT},
    "N-BEATS": {
        "stack_types": ["identity", "trend"], "n_blocks": [1, 1], "mlp_units": 2 * [[HIDDEN, HIDDEN]],
        "dropout_prob_theta": DROPOUT,
    },
}  # fmt: skip


def market(n: int = 6300) -> Window:
    """25 simulated years with noise for predictors."""
    plain = simulate(n)
    features = np.random.default_rng(2).standard_normal((n, len(SIGNED)))
    return Window(plain.cutoff, plain.dates, plain.session, plain.settle, plain.returns, features, SIGNED)


def best(call: Callable[[], object]) -> float:
    """Best of REPEATS in seconds of one processor: a busy machine does not stretch them."""
    found = np.inf
    for _ in range(REPEATS):
        start = time.process_time()
        call()
        found = min(found, time.process_time() - start)
    return found


def steps(name: str, window: Window) -> int:
    """Gradient steps of all epochs."""
    recipe = RECIPES[name]
    fold = make_fold(window, recipe.read(window, recipe.learn(window)))
    return learning.EPOCHS * max(1, int(fold.learned.any(axis=1).sum()) // learning.BATCH)


def all_epochs(name: str, window: Window) -> None:
    """A fit of ours that never stops early."""
    patience = learning.PATIENCE
    learning.PATIENCE = learning.EPOCHS + 1
    try:
        make(name).fit(window, 1)
    finally:
        learning.PATIENCE = patience


def peer(name: str, window: Window, count: int) -> None:
    """neuralforecast's own fit of the network of `name` on what it reads, `count` steps."""
    from neuralforecast import NeuralForecast, models
    from neuralforecast.losses.pytorch import MQLoss

    recipe = RECIPES[name]
    inputs = recipe.read(window, recipe.learn(window))
    columns = {column: np.nan_to_num(values) for column, values in zip(inputs.names[1:], inputs.channels[:, 1:].T)}
    frame = pd.DataFrame({"unique_id": "ZL", "ds": np.arange(len(window.settle)), "y": np.nan_to_num(window.returns)})
    frame = pd.concat([frame, pd.DataFrame(columns)], axis=1)[-MEMORY:]
    model = getattr(models, {"N-BEATS": "NBEATSx"}.get(recipe.network, recipe.network))(
        h=len(SESSIONS), input_size=LOOKBACK, hist_exog_list=list(columns), loss=MQLoss(quantiles=list(LEVELS)),
        max_steps=count, windows_batch_size=learning.BATCH, batch_size=1, accelerator="cpu", devices=1, logger=False,
        enable_progress_bar=False, enable_model_summary=False, **SIZES[recipe.network],
    )  # fmt: skip
    NeuralForecast([model], freq=1).fit(frame)


def main(names: list[str]) -> int:
    """Print one line a model; exit status 1 where the goal is missed."""
    import torch

    warnings.simplefilter("ignore")
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    torch.set_num_threads(1)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "neuralforecast", "pytorch-lightning"))
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{libraries}; one thread, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<12}{'ours':>8}{'all epochs':>12}{'neuralforecast':>16}{'forecast':>12}")
    window, missed = market(), []
    make("LSTM").fit(window, 1)  # imports
    for name in names or NEURAL:
        count = steps(name, window)
        own, whole = best(partial(make(name).fit, window, 1)), best(partial(all_epochs, name, window))
        theirs = best(partial(peer, name, window, count))
        one = best(partial(make(name).fit(window, 1).predict, window, SESSIONS))
        print(f"{name:<12}{own:>7.2f}s{whole:>11.2f}s{theirs:>15.2f}s{1000 * one:>10.0f}ms", flush=True)
        missed += [name] if whole > theirs else []
    print(f"slower than the library: {', '.join(missed) or 'none'}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
