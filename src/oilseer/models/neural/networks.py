"""The networks: classes of neuralforecast, small, whose outputs move and stretch a distribution that is given.

The last layer starts at zero, so that what has learned nothing changes nothing. Three numbers a horizon: where the
distribution moves, and how far each side of it stretches. Its quantiles cannot cross, and with as few independent
outcomes as a market has, nine free ones would be fitted to noise.
"""

import logging
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from oilseer.models.neural.folds import LOOKBACK
from oilseer.models.neural.inputs import SESSIONS

HIDDEN = 16
CHANNELS = 4  # numbers a horizon between network and last layer
OUTPUTS = 3  # move, stretch below, stretch above
FARTHEST = 1.0  # standard deviations by which a network may move the distribution
WIDEST = 0.5  # log of the factor by which it may stretch a side
DROPOUT = 0.1


def _recurrent(name: str) -> Callable[..., Any]:
    """LSTM and GRU hand their last h hidden states to h steps: only one step sees the last session, so h is 1."""

    def make(width: int, **shared: Any) -> Any:
        from neuralforecast import models

        return getattr(models, name)(
            1, loss=_sizes(width), encoder_hidden_size=HIDDEN, encoder_n_layers=1, decoder_layers=1, **shared
        )

    return make


def _tcn(width: int, **shared: Any) -> Any:
    """Convolutions whose sixth dilation reaches back over the whole sequence."""
    from neuralforecast.models import TCN

    dilations = [1, 2, 4, 8, 16, 32]
    steps = len(SESSIONS)
    return TCN(
        steps, loss=_sizes(width // steps), kernel_size=2, dilations=dilations, encoder_hidden_size=HIDDEN,
        decoder_layers=1, **shared,
    )  # fmt: skip


def _tft(width: int, **shared: Any) -> Any:
    """Attention of two heads; half as wide as the others, as each input has a network of its own."""
    from neuralforecast.models import TFT

    steps = len(SESSIONS)
    return TFT(steps, loss=_sizes(width // steps), hidden_size=HIDDEN // 2, n_head=2, dropout=DROPOUT, **shared)


def _nbeats(width: int, **shared: Any) -> Any:
    """One free block, and one whose forecast is a parabola over the horizons, which are about evenly apart in logs."""
    from neuralforecast.models import NBEATSx

    steps = len(SESSIONS)
    return NBEATSx(
        steps, loss=_sizes(width // steps), stack_types=["identity", "trend"], n_blocks=[1, 1],
        mlp_units=2 * [[HIDDEN, HIDDEN]], dropout_prob_theta=DROPOUT, **shared,
    )  # fmt: skip


NETWORKS: dict[str, Callable[..., Any]] = {
    "LSTM": _recurrent("LSTM"),
    "GRU": _recurrent("GRU"),
    "TCN": _tcn,
    "TFT": _tft,
    "N-BEATS": _nbeats,
}


def build_network(kind: str, names: tuple[str, ...], seed: int) -> Any:
    """A torch module from sequences (m, LOOKBACK, k) along `names` to (m, 5, OUTPUTS), all zero before it learns.

    The first channel is the series, the others are past covariates. Weights follow from `seed`; the state of every
    other random number in the process stays as it was.
    """
    import torch

    class Moved(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            width = CHANNELS * len(SESSIONS)
            self.inner = NETWORKS[kind](width, input_size=LOOKBACK, hist_exog_list=list(names[1:]), random_seed=seed)
            self.dropout = torch.nn.Dropout(DROPOUT)
            self.last = torch.nn.Linear(CHANNELS, OUTPUTS)
            torch.nn.init.zeros_(self.last.weight)
            torch.nn.init.zeros_(self.last.bias)

        def forward(self, sequence: Any) -> Any:
            series = sequence[:, :, :1]
            found = self.inner(
                {
                    "insample_y": series, "insample_mask": torch.ones_like(series), "hist_exog": sequence[:, :, 1:],
                    "futr_exog": None, "stat_exog": None,
                }
            )  # fmt: skip
            bounded = torch.tanh(self.last(self.dropout(found.reshape(len(sequence), len(SESSIONS), CHANNELS))))
            return bounded * torch.tensor([FARTHEST, WIDEST, WIDEST], device=bounded.device)

    with own_randomness(seed):
        return Moved()


def moved(base: Any, outputs: Any, belief: Any) -> Any:
    """Quantiles (m, 5, n_levels) of `base` (5, n_levels; median zero) as `outputs` (m, 5, 3) move and stretch it.

    belief  (5,) share of the outputs that is believed; all three are arrays of NumPy, or tensors.
    """
    believed = outputs * belief[:, None]
    below, above = base.clip(max=0), base.clip(min=0)
    return (
        believed[..., :1] + below * _exp(believed[..., 1:2]) + above * _exp(believed[..., 2:3])
    )  # each side keeps its sign and order, so nothing crosses


def _exp(value: Any) -> Any:
    return np.exp(value) if isinstance(value, np.ndarray) else value.exp()


def _sizes(width: int) -> Any:
    """What tells a class of neuralforecast how many numbers a step it answers; our own loop has the loss."""
    from neuralforecast.losses.pytorch import BasePointLoss

    return BasePointLoss(outputsize_multiplier=width, output_names=[str(i) for i in range(width)])


@contextmanager
def own_randomness(seed: int) -> Iterator[None]:
    """Seeded torch, on one thread; neuralforecast seeds all of Python besides, and says so: undone, and unsaid."""
    import torch

    before, threads = random.getstate(), torch.get_num_threads()
    numpy_before = np.random.get_state()  # noqa: NPY002 - of the whole process, to put it back
    loggers = [logging.getLogger(name) for name in ("lightning_fabric", "lightning_fabric.utilities.seed")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.WARNING)
        torch.set_num_threads(1)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    finally:
        random.setstate(before)
        np.random.set_state(numpy_before)  # noqa: NPY002
        torch.set_num_threads(threads)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
