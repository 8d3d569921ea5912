"""How much AutoGluon is asked to do: what the machine and the installed weights allow, bound by sizes, not a clock."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

# AutoGluon's name of each model that forecasts quantiles, as its leaderboard writes it
TYPES = {
    "GBM": "LightGBM", "CAT": "CatBoost", "RF": "RandomForest", "XT": "ExtraTrees", "NN_TORCH": "NeuralNetTorch",
    "TABICL": "TabICL",
}  # fmt: skip
FOREST = {"n_estimators": 50, "min_samples_leaf": 20, "max_features": 0.3}
TREES: dict[str, dict[str, Any]] = {
    "GBM": {"num_boost_round": 60, "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 40},
    "CAT": {"iterations": 60, "learning_rate": 0.05, "depth": 4},
    "XT": FOREST,
}
MORE: dict[str, dict[str, Any]] = {
    "RF": FOREST,
    "NN_TORCH": {"num_epochs": 20, "num_layers": 2, "hidden_size": 32},
}
# TabICL learned from made-up tables alone, so its weights have seen no market and no score of it is contaminated
WEIGHTS = {"TABICL": ("tabicl", "jingang/TabICL", "tabicl-regressor-v2-20260212.ckpt")}  # package, repository, file


@dataclass(frozen=True)
class Preset:
    """What AutoGluon is asked to fit.

    blocks        time blocks of which one at a time is left out
    stack_levels  layers of models that read the layer below; the weighted ensemble comes on top of them
    models        settings by AutoGluon's key of a model
    why           what decided it
    """

    name: str
    blocks: int
    stack_levels: int
    models: dict[str, dict[str, Any]]
    why: str

    def asked(self) -> tuple[str, ...]:
        """The models that its leaderboard must hold if none is dropped."""
        levels = range(1, self.stack_levels + 2)
        return tuple(f"{TYPES[key]}_BAG_L{level}" for level in levels for key in self.models)


def preset(cores: int, memory_gib: float, weights: Sequence[str]) -> Preset:
    """What a machine can do in minutes a refit; `weights` names the pretrained models whose weights are installed."""
    machine = f"{cores} cores, {memory_gib:.0f} GiB"
    if cores < 4 or memory_gib < 8:
        why = f"{machine}; 4 cores and 8 GiB add random forests, networks and a stacked layer"
        return Preset("medium", 4, 0, TREES, why)
    pretrained = {key: {} for key in sorted(weights)}
    name, blocks = ("best", 6) if cores >= 16 and memory_gib >= 32 else ("good", 4)
    told = f"weights of {', '.join(pretrained)}" if pretrained else "no pretrained weights are installed"
    return Preset(name, blocks, 1, TREES | MORE | pretrained, f"{machine}; {told}")


def preset_here() -> Preset:
    """The preset of this machine: its cores, its memory, and the weights in its local cache."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return preset(os.cpu_count() or 1, memory, weights_here())


def weights_here() -> tuple[str, ...]:
    """Pretrained models whose package is installed and whose weights lie in the local cache; nothing is downloaded."""
    if find_spec("huggingface_hub") is None:
        return ()
    from huggingface_hub import try_to_load_from_cache

    return tuple(
        key
        for key, (package, repository, file) in WEIGHTS.items()
        if find_spec(package) is not None and isinstance(try_to_load_from_cache(repository, file), str)
    )
