"""The training loop, once for all networks: pinball loss, Adam, and a stop where the tail no longer gains.

On a processor the bytes follow from the seed. On CUDA matrix products are in bfloat16 and their order is the
device's own: that path, and MPS, have been run by no test here.
"""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from oilseer.models.neural.folds import STEP, Fold
from oilseer.models.neural.inputs import SESSIONS
from oilseer.models.neural.networks import build_network, moved, own_randomness
from oilseer.quantiles import LEVELS, MEDIAN

EPOCHS = 30
PATIENCE = 5  # epochs without a gain on the tail before it stops
BATCH = 64
RATE = 2e-3
DECAY = 1e-3
WORTH = np.sqrt(STEP / np.array(SESSIONS))  # of an outcome in the loss: neighbours of a year say the same thing


def choose_device(cuda: bool, mps: bool) -> str:
    """The device to compute on, of those that are there: cuda before mps before cpu."""
    return "cuda" if cuda else "mps" if mps else "cpu"


def device_here() -> str:
    """The device of this machine."""
    import torch

    return choose_device(torch.cuda.is_available(), torch.backends.mps.is_available())


def precision(device: str) -> AbstractContextManager:
    """bfloat16 for matrix products on CUDA, full precision elsewhere."""
    import torch

    return torch.autocast("cuda", torch.bfloat16) if device == "cuda" else nullcontext()


def learn(kind: str, names: tuple[str, ...], past: np.ndarray, fold: Fold, base: np.ndarray, seed: int) -> Any:
    """A network that learned from sequences `past` (m, LOOKBACK, k) how to move and stretch a distribution.

    base  (5, n_levels) the distribution that it moves on the tail, and in forecasts

    It learns on the quantiles of the very outcomes that it learns from, so that there is no constant to learn: the
    drift of the past is no forecast. It is kept as it was in the epoch with the lowest loss on the tail; the untaught
    one is among them.
    """
    import torch

    device = device_here()
    network = build_network(kind, names, seed).to(device)
    middle, spread = taught_quantiles(fold)
    centred = np.where(fold.learned, fold.outcome - middle, 0)
    past, centred, spread, outcome, base = (
        torch.tensor(array, dtype=torch.float32, device=device)
        for array in (past, centred, spread, np.nan_to_num(fold.outcome), base)
    )
    learned, stopping = (torch.tensor(mask, device=device) for mask in (fold.learned, fold.stopping))
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    teaching = np.flatnonzero(fold.learned.any(axis=1))
    tail = torch.tensor(np.flatnonzero(fold.stopping.any(axis=1)), device=device)
    order = np.random.default_rng(seed)

    everything = torch.ones(len(SESSIONS), device=device)

    def loss(start: Any, rows: Any, truth: Any, mask: Any) -> Any:
        with precision(device):
            outputs = network(past[rows]).float()
        return pinball(moved(start, outputs, everything), truth[rows], mask[rows])

    def on_tail() -> float:
        network.eval()
        with torch.no_grad():
            return float(loss(base, tail, outcome, stopping))

    with own_randomness(seed):
        best, kept, waited = on_tail(), _copy(network), 0
        for _ in range(EPOCHS):
            network.train()
            for rows in np.array_split(order.permutation(teaching), max(1, len(teaching) // BATCH)):
                optimiser.zero_grad()
                loss(spread, torch.tensor(rows, device=device), centred, learned).backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
            found = on_tail()
            if found < best:
                best, kept, waited = found, _copy(network), 0
            else:
                waited += 1
            if waited == PATIENCE:
                break
    network.load_state_dict(kept)
    return network.cpu().eval()


def taught_quantiles(fold: Fold) -> tuple[np.ndarray, np.ndarray]:
    """Median (5,) of the outcomes that are learned from, and their quantiles around it (5, n_levels)."""
    quantiles = np.nanquantile(np.where(fold.learned, fold.outcome, np.nan), LEVELS, axis=0).T
    return quantiles[:, MEDIAN], quantiles - quantiles[:, [MEDIAN]]


def pinball(quantiles: Any, outcome: Any, mask: Any) -> Any:
    """Pinball loss of quantiles (m, 5, n_levels) over the outcomes (m, 5) of a mask, a mean a horizon, by WORTH."""
    import torch

    levels = torch.tensor(LEVELS, dtype=quantiles.dtype, device=quantiles.device)
    worth = torch.tensor(WORTH, dtype=quantiles.dtype, device=quantiles.device)
    over = outcome[:, :, None] - quantiles
    each = torch.maximum(levels * over, (levels - 1) * over).mean(dim=2) * mask
    return (worth * each.sum(dim=0) / mask.sum(dim=0).clamp(min=1)).sum()


def answer(network: Any, past: np.ndarray) -> np.ndarray:
    """What a network says to sequences (m, LOOKBACK, k): (m, 5, OUTPUTS), on the processor."""
    import torch

    with own_randomness(0), torch.no_grad():
        return network(torch.tensor(past, dtype=torch.float32)).numpy().astype(float)


def _copy(network: Any) -> dict[str, Any]:
    return {name: value.detach().clone() for name, value in network.state_dict().items()}
