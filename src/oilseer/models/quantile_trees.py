"""Trees that learn all nine quantiles of the outcome, shrunk to a density by how little is known.

What moves the middle may move the tails more: a poor crop leaves little room below and much above. Two libraries
learn the same target from the same features; what they say weighs as much as there are independent outcomes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from oilseer.errors import ConfigError
from oilseer.models.base import Window
from oilseer.models.density import carry, garch_empirical
from oilseer.models.drivers import STEP, scaled_outcomes
from oilseer.models.local import Answer, LocalModel
from oilseer.models.trees import BELIEVED_AT, MEMORY, READS
from oilseer.quantiles import LEVELS, MEDIAN

# a leaf holds a hundred outcomes: fewer have no 2.5 % quantile
LIGHTGBM = {
    "objective": "quantile", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": 100, "lambda_l2": 10.0,
    "feature_fraction": 0.3, "bagging_fraction": 0.7, "bagging_freq": 1, "num_threads": 1, "deterministic": True,
    "force_row_wise": True, "verbosity": -1,
}  # fmt: skip
LIGHTGBM_ROUNDS = 60
CATBOOST = {
    "loss_function": f"MultiQuantile:alpha={','.join(map(str, LEVELS))}", "iterations": 30, "learning_rate": 0.1,
    "depth": 2, "l2_leaf_reg": 10.0, "border_count": 32, "thread_count": 1, "allow_writing_files": False,
    "verbose": False,
}  # fmt: skip

Expected = tuple[np.ndarray, np.ndarray]
Library = Callable[[np.ndarray, np.ndarray, np.ndarray, int], Expected]


@dataclass(frozen=True)
class Learned:
    """What trees expect of one horizon today, beyond carry, as log changes of the front.

    quantiles  (n_levels,) before they are shrunk
    belief     how much of them counts, 0 to 1
    shares     (k + 1,) what each of READS, and last the typical past, adds to the median, shrunk
    """

    quantiles: np.ndarray
    belief: float
    shares: np.ndarray


def lightgbm_quantiles(features: np.ndarray, outcome: np.ndarray, today: np.ndarray, seed: int) -> Expected:
    """One ensemble of trees a level: quantiles (n_levels,) for `today` (1, k), and shares (k + 1,) of the median."""
    import lightgbm

    learned = lightgbm.Dataset(features, outcome, params=LIGHTGBM)
    boosted = [
        lightgbm.train(LIGHTGBM | {"alpha": level, "seed": seed % 2**31}, learned, LIGHTGBM_ROUNDS) for level in LEVELS
    ]
    quantiles = np.array([each.predict(today)[0] for each in boosted])
    return quantiles, boosted[MEDIAN].predict(today, pred_contrib=True)[0]


def catboost_quantiles(features: np.ndarray, outcome: np.ndarray, today: np.ndarray, seed: int) -> Expected:
    """The same from trees that carry all levels at once."""
    import catboost

    boosted = catboost.CatBoostRegressor(**CATBOOST, random_seed=seed % 2**31).fit(features, outcome)
    shares = boosted.get_feature_importance(catboost.Pool(today), type="ShapValues")[0]
    return boosted.predict(today)[0], shares[MEDIAN]


LIBRARIES: dict[str, Library] = {"LightGBM-quantile": lightgbm_quantiles, "CatBoost-quantile": catboost_quantiles}


def learn_quantiles(name: str, window: Window, horizon: int, seed: int) -> Learned:
    """What the trees of `name` expect of one horizon, from outcomes known at the window's end.

    Quantiles that cross are moved away from the median. Raises ModelError where past outcomes or today's
    volatility are unknown.
    """
    rows, outcome, deviation = scaled_outcomes(window, horizon)
    recent = rows >= len(window.settle) - MEMORY
    features = np.column_stack([window.feature(feature) for feature in READS])
    quantiles, shares = LIBRARIES[name](features[rows[recent]], outcome[recent], features[-1:], seed)
    quantiles = np.concatenate([
        np.minimum.accumulate(quantiles[MEDIAN::-1])[::-1], np.maximum.accumulate(quantiles[MEDIAN:])[1:]
    ])  # fmt: skip
    independent = recent.sum() * min(1.0, STEP / horizon)
    belief = float(independent / (independent + BELIEVED_AT))
    return Learned(quantiles * deviation, belief, shares * deviation * belief)


def quantile_trees(name: str, window: Window, seed: int) -> Answer:
    """GARCH-empirical-carry, each of its quantiles drawn towards what the trees expect around the same carry."""
    density = garch_empirical(window, seed)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        result = np.log(density(horizons) / window.settle[-1])
        for i, horizon in enumerate(horizons):
            learned = learn_quantiles(name, window, horizon, seed)
            result[i] += learned.belief * (carry(window, horizon) + learned.quantiles - result[i])
        return window.settle[-1] * np.exp(result)

    return answer


def make(name: str) -> LocalModel:
    """The model called `name`. Raises ConfigError for an unknown one."""
    if name not in LIBRARIES:
        raise ConfigError(f"no model {name!r} of quantile trees; there are {', '.join(LIBRARIES)}")
    return LocalModel(name, partial(quantile_trees, name))
