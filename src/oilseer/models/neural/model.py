"""Neural price models: a network and what it reads, fitted now and then, kept as bytes."""

import io
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from oilseer.errors import ConfigError, ModelError
from oilseer.models.base import Window
from oilseer.models.lasting import require_later
from oilseer.models.local import refused_as
from oilseer.models.neural.folds import LOOKBACK, STEP, make_fold, past_quantiles, sequences
from oilseer.models.neural.hybrids import learn_arima, learn_ets, learn_mstl, read_arima, read_ets, read_mstl
from oilseer.models.neural.inputs import (
    SESSIONS,
    Inputs,
    Parameters,
    Scaling,
    learn_scaling,
    learn_variance,
    read_garch,
    read_har,
    read_plain,
)
from oilseer.models.neural.learning import answer, learn
from oilseer.models.neural.networks import build_network, moved
from oilseer.quantiles import QuantileForecast

BELIEVED_AT = 500  # independent outcomes at which half of what a network says is believed, as with the trees


@dataclass(frozen=True)
class Recipe:
    """What differs from model to model.

    network  one of NETWORKS
    read     what it sees of a window, with the parameters of the fold
    learn    these parameters, from the window of the fold
    """

    network: str
    read: Callable[[Window, Parameters], Inputs]
    learn: Callable[[Window], Parameters] = learn_variance


RECIPES: dict[str, Recipe] = {
    "LSTM": Recipe("LSTM", read_plain),
    "GRU": Recipe("GRU", read_plain),
    "TCN": Recipe("TCN", read_plain),
    "TFT": Recipe("TFT", read_plain),
    "N-BEATS": Recipe("N-BEATS", read_plain),
    "GARCH-LSTM": Recipe("LSTM", read_garch),
    "HAR-LSTM": Recipe("LSTM", read_har),
    "ARIMA-LSTM": Recipe("LSTM", read_arima, learn_arima),
    "ETS-LSTM": Recipe("LSTM", read_ets, learn_ets),
    "MSTL-LSTM": Recipe("LSTM", read_mstl, learn_mstl),
}


@dataclass(frozen=True)
class NeuralFit:
    """A network that learned up to `origin`, and what turns its answer into prices.

    parameters  of the fold's GARCH, and of its statistical model; both are run anew over each window
    names       channels of the sequences, scaled by `scaling`
    base        (5, n_levels) what outcomes over their deviation were, median zero
    belief      (5,) share of the network's answer that is believed
    """

    name: str
    origin: np.datetime64
    parameters: Parameters
    names: tuple[str, ...]
    scaling: Scaling
    base: np.ndarray
    belief: np.ndarray
    network: Any

    def predict(self, window: Window, horizons: Sequence[int]) -> QuantileForecast:
        """Quantiles at each horizon. Raises ModelError for an origin before the fit's, or another horizon."""
        require_later(self.name, self.origin, window.dates[-1])
        if not set(horizons) <= set(SESSIONS):
            raise ModelError(f"{self.name} learned horizons {SESSIONS}, asked for {tuple(horizons)}: ask for those")
        with refused_as(self.name, window.dates[-1]):
            inputs = RECIPES[self.name].read(window, self.parameters)
            outputs = answer(self.network, self.sequence(inputs.channels))
            quantiles = moved(self.base, outputs, self.belief)[0]
            logs = inputs.centre[-1][:, None] + inputs.deviation[-1][:, None] * quantiles
            places = [SESSIONS.index(horizon) for horizon in horizons]
            return QuantileForecast(tuple(horizons), window.settle[-1] * np.exp(logs[places]))

    def sequence(self, channels: np.ndarray) -> np.ndarray:
        """The sequence (1, LOOKBACK, k) that ends at the window's origin."""
        recent = self.scaling.apply(channels[-LOOKBACK:])
        return sequences(recent, np.array([len(recent) - 1]))

    def dump(self) -> bytes:
        """Everything that a forecast needs, without a line of code: `load` of it forecasts the same bytes."""
        import torch

        numbers = {
            "mean": self.scaling.mean, "deviation": self.scaling.deviation, "base": self.base, "belief": self.belief,
        }  # fmt: skip
        numbers = {name: torch.tensor(array) for name, array in numbers.items()}
        kept = io.BytesIO()
        torch.save(
            {
                "name": self.name, "origin": str(self.origin), "parameters": self.parameters, "names": list(self.names),
                "numbers": numbers, "network": self.network.state_dict(),
            },
            kept,
        )  # fmt: skip
        return kept.getvalue()


@dataclass(frozen=True)
class NeuralModel:
    """A network before it has learned; see the module's first line."""

    name: str

    def fit(self, window: Window, seed: int) -> NeuralFit:
        """Learn from `window` alone. Raises ModelError with the reason where it cannot."""
        recipe = RECIPES[self.name]
        with refused_as(self.name, window.dates[-1]):
            parameters = recipe.learn(window)
            inputs = recipe.read(window, parameters)
            fold = make_fold(window, inputs)
            taught = fold.rows[fold.learned.any(axis=1)]
            scaling = learn_scaling(inputs.channels[taught[0] : taught[-1] + 1])
            past = sequences(scaling.apply(inputs.channels), fold.rows)
            tail = fold.rows[fold.stopping.any(axis=1)][0]
            network = learn(
                recipe.network, inputs.names, past, fold, past_quantiles(window, inputs.deviation, tail), seed
            )
            independent = len(fold.rows) * np.minimum(1.0, STEP / np.array(SESSIONS))
            base = past_quantiles(window, inputs.deviation, len(window.settle) - 1)
            return NeuralFit(
                self.name, window.dates[-1], parameters, inputs.names, scaling, base,
                independent / (independent + BELIEVED_AT), network,
            )  # fmt: skip

    def load(self, kept: bytes) -> NeuralFit:
        """The fitted model that `dump` made bytes of. Raises ModelError for other bytes."""
        import torch

        try:
            found = torch.load(io.BytesIO(kept), weights_only=True)
            if found["name"] != self.name:
                raise ModelError(f"{self.name} was given a fit of {found['name']}: hand it its own")
            names, numbers = tuple(found["names"]), {name: value.numpy() for name, value in found["numbers"].items()}
            network = build_network(RECIPES[self.name].network, names, 0)
            network.load_state_dict(found["network"])
        except (pickle.UnpicklingError, EOFError, RuntimeError, KeyError, TypeError) as error:
            what = type(error).__name__
            raise ModelError(f"{self.name} cannot read {len(kept)} bytes as a fit ({what}): fit it anew") from error
        return NeuralFit(
            self.name, np.datetime64(found["origin"]), found["parameters"], names,
            Scaling(numbers["mean"], numbers["deviation"]), numbers["base"], numbers["belief"], network.eval(),
        )  # fmt: skip


def make(name: str) -> NeuralModel:
    """The neural model called `name`. Raises ConfigError for an unknown one."""
    if name not in RECIPES:
        raise ConfigError(f"no neural model {name!r}; there are {', '.join(RECIPES)}")
    return NeuralModel(name)
