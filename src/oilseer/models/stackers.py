"""Stackers: what out-of-fold forecasts and the regime have told of how far an equal pool of the forecasts is off.

They learn the nine quantiles of (log outcome − middle of the pool) / spread of the pool. Months leave few outcomes
that share no session, so trees are small and their word is drawn back to the pool itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from oilseer.errors import ConfigError, ModelError, ShapeError
from oilseer.quantiles import LEVELS, MEDIAN

FEWEST = 60  # past outcomes: five years of month ends
BELIEVED_AT = 200  # independent outcomes at which half of a stacker is believed: five of them lie below the 2.5 % level
LEAF = 40  # outcomes
LIGHTGBM = {
    "objective": "quantile", "learning_rate": 0.05, "num_leaves": 4, "min_data_in_leaf": LEAF, "lambda_l2": 10.0,
    "feature_fraction": 0.3, "bagging_fraction": 0.7, "bagging_freq": 1, "num_threads": 1, "deterministic": True,
    "force_row_wise": True, "verbosity": -1,
}  # fmt: skip
XGBOOST = {
    "objective": "reg:quantileerror", "quantile_alpha": list(LEVELS), "learning_rate": 0.05, "max_depth": 2,
    "min_child_weight": LEAF, "reg_lambda": 10.0, "colsample_bynode": 0.3, "subsample": 0.7, "tree_method": "hist",
    "max_bin": 32, "nthread": 1, "verbosity": 0,
}  # fmt: skip
ROUNDS = 40
FOREST = {"n_estimators": 60, "min_samples_leaf": LEAF // 2, "max_features": 0.3, "n_jobs": 1}


@dataclass(frozen=True)
class Lesson:
    """One origin and horizon: what has been seen there by then, and what is asked.

    inputs       (n, k) at past origins whose outcome is known; NaN where unknown
    outcome      (n,) of these origins, standardised by the pool as it was there
    independent  how many of them share no session
    today        (k,) the inputs at the origin
    pool         (n_levels,) the pool's quantiles at the origin, standardised by itself: its median is 0

    Raises ShapeError for shapes that do not fit, and outcomes or a pool that are not finite.
    """

    inputs: np.ndarray
    outcome: np.ndarray
    independent: int
    today: np.ndarray
    pool: np.ndarray

    def __post_init__(self) -> None:
        n, k = self.inputs.shape
        if self.outcome.shape != (n,) or self.today.shape != (k,) or self.pool.shape != (len(LEVELS),):
            raise ShapeError(
                f"lesson of {n} origins and {k} inputs has {self.outcome.shape} outcomes, {self.today.shape} inputs "
                f"today and a pool of {self.pool.shape}"
            )
        if not (np.isfinite(self.outcome).all() and np.isfinite(self.pool).all()):
            raise ShapeError("lesson holds an outcome or a pool that is not finite: leave such origins out")


Learner = Callable[[np.ndarray, np.ndarray, np.ndarray, int], np.ndarray]


def lightgbm_quantiles(inputs: np.ndarray, outcome: np.ndarray, today: np.ndarray, seed: int) -> np.ndarray:
    """Boosted trees, one ensemble a level; quantiles (n_levels,) for `today` (1, k)."""
    import lightgbm

    learned = lightgbm.Dataset(inputs, outcome, params=LIGHTGBM)
    settings = LIGHTGBM | {"seed": seed}
    return np.array([
        lightgbm.train(settings | {"alpha": level}, learned, ROUNDS).predict(today)[0] for level in LEVELS
    ])  # fmt: skip


def xgboost_quantiles(inputs: np.ndarray, outcome: np.ndarray, today: np.ndarray, seed: int) -> np.ndarray:
    """Boosted trees of another make, all levels in one model."""
    import xgboost

    learned = xgboost.train(XGBOOST | {"seed": seed}, xgboost.QuantileDMatrix(inputs, outcome, max_bin=32), ROUNDS)
    return learned.inplace_predict(today)[0].astype(float)


def forest_quantiles(inputs: np.ndarray, outcome: np.ndarray, today: np.ndarray, seed: int) -> np.ndarray:
    """Quantile regression forest: quantiles of the outcomes, weighted by how often they share today's leaf.

    Source: Meinshausen (2006).
    """
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(**FOREST, random_state=seed).fit(inputs, outcome)
    shared = forest.apply(inputs) == forest.apply(today)
    weight = (shared / shared.sum(axis=0)).mean(axis=1)
    order = np.argsort(outcome, kind="stable")
    reached = np.cumsum(weight[order]) - weight[order] / 2
    return np.interp(LEVELS, reached, outcome[order])


LEARNERS: dict[str, Learner] = {
    "LightGBM-stack": lightgbm_quantiles,
    "XGBoost-stack": xgboost_quantiles,
    "RandomForest-stack": forest_quantiles,
}


@dataclass(frozen=True)
class Stacker:
    """One stacker, fitted anew for every lesson."""

    name: str
    learn: Learner

    def quantiles(self, lesson: Lesson, seed: int) -> np.ndarray:
        """Quantiles (n_levels,) of the outcome at the origin, standardised by the pool; they never cross.

        Raises ModelError with fewer than FEWEST past outcomes.
        """
        n = len(lesson.outcome)
        if n < FEWEST:
            raise ModelError(f"{self.name}: {n} past outcomes, {FEWEST} needed: it speaks at later origins")
        known = np.isfinite(lesson.inputs).any(axis=0)
        learned = self.learn(lesson.inputs[:, known], lesson.outcome, lesson.today[None, known], seed % 2**31)
        learned = np.concatenate([
            np.minimum.accumulate(learned[MEDIAN::-1])[::-1], np.maximum.accumulate(learned[MEDIAN:])[1:]
        ])  # fmt: skip
        belief = lesson.independent / (lesson.independent + BELIEVED_AT)
        return (1 - belief) * lesson.pool + belief * learned


def make(name: str) -> Stacker:
    """The stacker called `name`. Raises ConfigError for an unknown one."""
    if name not in LEARNERS:
        raise ConfigError(f"no stacker {name!r}; there are {', '.join(LEARNERS)}")
    return Stacker(name, LEARNERS[name])
