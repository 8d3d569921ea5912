"""Gradient-boosted trees on the drivers and on what else describes the market, shrunk by how little is known.

Trees find bends and pairs that a line misses, and as easily find them in noise. What they expect is worth as much as
there are independent outcomes: over a year of sessions almost nothing.
"""

import numpy as np

from oilseer.errors import ConfigError
from oilseer.models.base import TRADING_DAYS, Window
from oilseer.models.density import garch_empirical
from oilseer.models.drivers import STEP, scaled_outcomes
from oilseer.models.local import Answer, LocalModel
from oilseer.models.predictors import FURTHER, PREDICTORS

READS = (*(predictor.name for predictor in PREDICTORS), *FURTHER)
MEMORY = 20 * TRADING_DAYS  # sessions: before, most of these inputs did not exist
ROUNDS = 60
BELIEVED_AT = 500  # independent outcomes at which half of what the trees expect is believed
CLIP = 3.0  # standard deviations of an outcome: beyond, it is not learned from
SETTINGS = {
    "objective": "regression", "learning_rate": 0.05, "num_leaves": 8, "min_data_in_leaf": 40, "lambda_l2": 10.0,
    "feature_fraction": 0.3, "bagging_fraction": 0.7, "bagging_freq": 1, "num_threads": 1, "deterministic": True,
    "force_row_wise": True, "verbosity": -1,
}  # fmt: skip


def learn_shares(window: Window, horizon: int, seed: int) -> np.ndarray:
    """What each of READS, and last the typical past, adds to the expected log change of the front today; (k + 1,).

    Exact Shapley values of the trees (Lundberg et al. 2020), as LightGBM computes them; they add up to what the
    trees expect, times the belief in it. Raises ModelError where past outcomes or today's volatility are unknown.
    """
    import lightgbm

    rows, outcome, deviation = scaled_outcomes(window, horizon)
    recent = rows >= len(window.settle) - MEMORY
    features = np.column_stack([window.feature(name) for name in READS])
    learned = lightgbm.train(
        SETTINGS | {"seed": seed % 2**31},
        lightgbm.Dataset(features[rows[recent]], np.clip(outcome[recent], -CLIP, CLIP)),
        ROUNDS,
    )
    independent = recent.sum() * min(1.0, STEP / horizon)
    return learned.predict(features[-1:], pred_contrib=True)[0] * deviation * independent / (independent + BELIEVED_AT)


def trees(window: Window, seed: int) -> Answer:
    """Drivers-trees: the distribution of GARCH-empirical-carry, moved by what the trees expect."""
    unmoved = garch_empirical(window, seed)

    def answer(horizons: tuple[int, ...]) -> np.ndarray:
        shifts = np.array([learn_shares(window, horizon, seed).sum() for horizon in horizons])
        return unmoved(horizons) * np.exp(shifts)[:, None]

    return answer


def make(name: str) -> LocalModel:
    """The model called `name`. Raises ConfigError for an unknown one."""
    if name != "Drivers-trees":
        raise ConfigError(f"no model {name!r} of trees; there is Drivers-trees")
    return LocalModel(name, trees)
