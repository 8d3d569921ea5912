"""Transformer-GARCH: how likely CALM, STRESSED and CRISIS are 21 sessions ahead, from what volatility did lately.

It forecasts no price: its probabilities gate the weights of the combination. It starts from how often each regime has
followed that of today and learns what else returns and their variance say; crises are few, so it is believed in part.
"""

import copy
import io
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from oilseer.errors import ModelError
from oilseer.models.base import TRADING_DAYS, Window
from oilseer.models.lasting import require_later
from oilseer.models.local import refused_as
from oilseer.models.neural.inputs import Parameters, Scaling, filtered, learn_scaling, learn_variance, log_realized
from oilseer.models.neural.networks import own_randomness
from oilseer.models.regimes import AHEAD, NAME, ZSCORE, known_pairs, states, transitions

LOOKBACK = 64  # sessions that the encoder sees
STEP = 10  # sessions between rows: neighbours share most of what they see, and half of what comes
STOPPING = 0.2  # of the rows, the last ones: they tell when to stop
MIN_ROWS = 100
BELIEVED_AT = 500  # independent outcomes at which half of what the encoder adds is believed, as with the networks
WIDTH, HEADS, LAYERS, DROPOUT = 16, 2, 1, 0.1
EPOCHS, PATIENCE, BATCH, RATE, DECAY = 30, 5, 128, 2e-3, 1e-3


@dataclass(frozen=True)
class RegimeForecast:
    """Probabilities (3,) along REGIMES, AHEAD sessions from the origin; they add up to 1."""

    values: np.ndarray


@dataclass(frozen=True)
class Fold:
    """m rows every STEP sessions, oldest first: today's regime, the one that came, and what each row is for.

    No regime that is learned from rests on a session of the tail.
    """

    rows: np.ndarray
    now: np.ndarray
    came: np.ndarray
    learned: np.ndarray
    stopping: np.ndarray


def make_fold(window: Window) -> Fold:
    """The fold of a window. Raises ModelError where fewer than MIN_ROWS rows have an outcome."""
    state = states(window.feature(ZSCORE))
    start, end = known_pairs(window)
    chosen = ((len(state) - 1 - start) % STEP == 0) & (start >= max(LOOKBACK - 1, TRADING_DAYS))
    rows, end = start[chosen], end[chosen]
    if len(rows) < MIN_ROWS:
        raise ModelError(f"{len(rows)} rows every {STEP} sessions, {MIN_ROWS} needed: the window is too short")
    tail = rows[int(len(rows) * (1 - STOPPING))]
    return Fold(rows, state[rows], state[end], end <= tail, rows >= tail)


def read_channels(window: Window, parameters: Parameters) -> np.ndarray:
    """Return over its GARCH deviation, log GARCH variance, log realized volatility, volatility z-score; (n, 4)."""
    variance = filtered(parameters, window).next_variance
    before = np.sqrt(np.concatenate([variance[:1], variance[:-1]])) / 100
    columns = (window.returns / before, np.log(variance), log_realized(window), window.feature(ZSCORE))
    return np.column_stack(columns)


def build_encoder(seed: int) -> Any:
    """A torch module from sequences (m, LOOKBACK, 4) to changes of the log odds (m, 3), all zero before it learns."""
    import torch
    from torch import nn

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.enter = nn.Linear(4, WIDTH)
            self.place = nn.Parameter(0.1 * torch.randn(LOOKBACK, WIDTH))
            layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, DROPOUT, batch_first=True)
            self.inner = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
            self.last = nn.Linear(WIDTH, 3)
            nn.init.zeros_(self.last.weight)
            nn.init.zeros_(self.last.bias)

        def forward(self, sequence: Any) -> Any:
            return self.last(self.inner(self.enter(sequence) + self.place)[:, -1])

    with own_randomness(seed):
        return Encoder()


def learn(past: np.ndarray, fold: Fold, frequencies: np.ndarray, seed: int) -> Any:
    """An encoder that learned from sequences (m, LOOKBACK, 4) how regimes differ from their `frequencies` (3, 3).

    It is kept as it was in the epoch with the lowest log loss on the tail; the untaught one is among them. On the
    processor alone: it is small, and its bytes follow from the seed.
    """
    import torch

    network = build_encoder(seed)
    seen, came = torch.tensor(past), torch.tensor(fold.came)
    start = torch.tensor(np.log(frequencies[fold.now]), dtype=torch.float32)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY)
    teaching, tail = np.flatnonzero(fold.learned), torch.tensor(np.flatnonzero(fold.stopping))
    order = np.random.default_rng(seed)

    def loss(rows: Any) -> Any:
        return torch.nn.functional.cross_entropy(start[rows] + network(seen[rows]), came[rows])

    def on_tail() -> float:
        network.eval()
        with torch.no_grad():
            return float(loss(tail))

    with own_randomness(seed):
        best, kept, waited = on_tail(), copy.deepcopy(network.state_dict()), 0
        for _ in range(EPOCHS):
            network.train()
            for rows in np.array_split(order.permutation(teaching), max(1, len(teaching) // BATCH)):
                optimiser.zero_grad()
                loss(torch.tensor(rows)).backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimiser.step()
            found = on_tail()
            if found < best:
                best, kept, waited = found, copy.deepcopy(network.state_dict()), 0
            else:
                waited += 1
            if waited == PATIENCE:
                break
    network.load_state_dict(kept)
    return network.eval()


@dataclass(frozen=True)
class RegimeFit:
    """An encoder that learned up to `origin`.

    parameters   of the fold's GARCH, which is run anew over each window
    frequencies  (3, 3) of regimes after each regime, which it starts from
    belief       share of what the encoder adds to their log odds that is believed
    """

    origin: np.datetime64
    parameters: Parameters
    scaling: Scaling
    frequencies: np.ndarray
    belief: float
    network: Any

    def predict(self, window: Window, horizons: Sequence[int] = (AHEAD,)) -> RegimeForecast:
        """Probabilities AHEAD sessions from the window's origin, whatever horizon is asked beside.

        Raises ModelError for an origin before the fit's, or one whose regime is unknown.
        """
        import torch

        require_later(NAME, self.origin, window.dates[-1])
        if AHEAD not in horizons:
            raise ModelError(f"{NAME} learned {AHEAD} sessions ahead, asked for {tuple(horizons)}: ask for that")
        with refused_as(NAME, window.dates[-1]):
            now = int(states(window.feature(ZSCORE)[-1:])[0])
            if now < 0:
                raise ModelError(f"{ZSCORE} is unknown at the origin: rebuild the features")
            seen = self.scaling.apply(read_channels(window, self.parameters)[-LOOKBACK:])
            with own_randomness(0), torch.no_grad():
                added = self.network(torch.tensor(seen[None])).numpy().astype(float)[0]
            odds = self.frequencies[now] * np.exp(self.belief * (added - added.max()))
            return RegimeForecast(odds / odds.sum())

    def dump(self) -> bytes:
        """Everything that a forecast needs, without a line of code: `load` of it forecasts the same bytes."""
        import torch

        numbers = {
            "mean": self.scaling.mean, "deviation": self.scaling.deviation, "frequencies": self.frequencies,
        }  # fmt: skip
        kept = io.BytesIO()
        torch.save(
            {
                "name": NAME, "origin": str(self.origin), "parameters": self.parameters, "belief": self.belief,
                "numbers": {name: torch.tensor(array) for name, array in numbers.items()},
                "network": self.network.state_dict(),
            },
            kept,
        )  # fmt: skip
        return kept.getvalue()


@dataclass(frozen=True)
class RegimeModel:
    """The classifier before it has learned; see the module's first line."""

    name: str = NAME

    def fit(self, window: Window, seed: int) -> RegimeFit:
        """Learn from `window` alone. Raises ModelError with the reason where it cannot."""
        with refused_as(NAME, window.dates[-1]):
            parameters = learn_variance(window)
            channels, fold = read_channels(window, parameters), make_fold(window)
            taught = fold.rows[fold.learned]
            scaling = learn_scaling(channels[taught[0] : taught[-1] + 1])
            scores = scaling.apply(channels)
            past = np.stack([scores[row - LOOKBACK + 1 : row + 1] for row in fold.rows])
            network = learn(past, fold, transitions(window, fold.rows[fold.stopping][0]), seed)
            independent = len(fold.rows) * STEP / AHEAD
            return RegimeFit(
                window.dates[-1], parameters, scaling, transitions(window, len(window.settle) - 1),
                independent / (independent + BELIEVED_AT), network,
            )  # fmt: skip

    def load(self, kept: bytes) -> RegimeFit:
        """The fitted model that `dump` made bytes of. Raises ModelError for other bytes."""
        import torch

        try:
            found = torch.load(io.BytesIO(kept), weights_only=True)
            if found["name"] != NAME:
                raise ModelError(f"{NAME} was given a fit of {found['name']}: hand it its own")
            numbers = {name: value.numpy() for name, value in found["numbers"].items()}
            network = build_encoder(0)
            network.load_state_dict(found["network"])
        except (pickle.UnpicklingError, EOFError, RuntimeError, KeyError, TypeError) as error:
            what = type(error).__name__
            raise ModelError(f"{NAME} cannot read {len(kept)} bytes as a fit ({what}): fit it anew") from error
        return RegimeFit(
            np.datetime64(found["origin"]), found["parameters"], Scaling(numbers["mean"], numbers["deviation"]),
            numbers["frequencies"], found["belief"], network.eval(),
        )  # fmt: skip


def make(name: str) -> RegimeModel:
    """The classifier."""
    return RegimeModel(name)
