"""Why a network moved the median: exact Shapley values of what it reads, and where TFT looked."""

from dataclasses import dataclass
from math import factorial

import numpy as np

from oilseer.errors import ModelError
from oilseer.models.base import Window
from oilseer.models.neural.folds import LOOKBACK
from oilseer.models.neural.inputs import SESSIONS, SIGNED
from oilseer.models.neural.learning import answer
from oilseer.models.neural.model import RECIPES, NeuralFit

CHUNK = 512  # sequences at a time, so that memory stays small


def predictor_shares(fit: NeuralFit, window: Window) -> dict[str, np.ndarray]:
    """What each of SIGNED that it reads adds to the log of the median at each horizon; (5,) each, log change.

    Exact Shapley values (Lundberg & Lee 2017) of the network's move over all sets of predictors; one that is
    left out stands at its mean. With the centre and the move without any of them they add up to the median's.
    """
    inputs = RECIPES[fit.name].read(window, fit.parameters)
    read = [name for name in SIGNED if name in fit.names]
    sets = (np.arange(2 ** len(read))[:, None] >> np.arange(len(read)) & 1).astype(np.float32)
    now, places = fit.sequence(inputs.channels)[0], [fit.names.index(name) for name in read]
    moves = []
    for part in np.array_split(sets, max(1, len(sets) // CHUNK)):
        masked = np.repeat(now[None], len(part), axis=0)
        masked[:, :, places] *= part[:, None, :]
        moves.append(answer(fit.network, masked)[:, :, 0])
    moved = np.concatenate(moves) * fit.belief * inputs.deviation[-1]
    size = sets.sum(axis=1).astype(int)
    weight = np.array([factorial(n) * factorial(len(read) - n - 1) for n in range(len(read))])
    weight = weight / factorial(len(read))
    shares = {}
    for i, name in enumerate(read):
        without = np.flatnonzero(sets[:, i] == 0)
        shares[name] = weight[size[without]] @ (moved[without + 2**i] - moved[without])
    return shares


@dataclass(frozen=True)
class Attention:
    """Where TFT looked for a forecast.

    inputs    (k,) share of each channel along `names`, mean over the sessions it saw; they add up to 1
    sessions  (5, LOOKBACK + 5) share of each session that it saw, oldest first, and of the horizons up to its own
    """

    names: tuple[str, ...]
    inputs: np.ndarray
    sessions: np.ndarray


def read_attention(fit: NeuralFit, window: Window) -> Attention:
    """Attention and variable selection of TFT's forecast at the end of a window. Raises ModelError for others."""
    recipe = RECIPES[fit.name]
    if recipe.network != "TFT":
        raise ModelError(f"{fit.name} has no attention; TFT has")
    answer(fit.network, fit.sequence(recipe.read(window, fit.parameters).channels))
    kept = fit.network.inner.interpretability_params
    chosen = kept["history_vsn_wgts"][0].mean(dim=0).numpy()
    # neuralforecast's order: past covariates, the last value repeated as a known future, the series itself
    inputs = np.concatenate([[chosen[-1] + chosen[-2]], chosen[:-2]])
    return Attention(fit.names, inputs, kept["attn_wts"][0].mean(dim=0)[LOOKBACK : LOOKBACK + len(SESSIONS)].numpy())
