"""What moves a model's median away from today's price, as logs that add up: by feature where it reads any.

Shapley values throughout: of a linear model with standardised inputs each is slope times input, of trees they are
computed exactly, and of a model with a single input, such as the price's own past, that input gets everything.
"""

import numpy as np

from oilseer.models.base import Window, seed_of
from oilseer.models.density import carry, carry_and_value
from oilseer.models.drivers import LAPLACE, learn_slopes
from oilseer.models.predictors import PREDICTORS
from oilseer.models.quantile_trees import LIBRARIES, learn_quantiles
from oilseer.models.shrunk import CARRY, VALUE, walk_drift
from oilseer.models.trees import READS, learn_shares
from oilseer.models.zoo import NEURAL, ZOO
from oilseer.quantiles import HORIZONS

SESSIONS = tuple(HORIZONS.values())
OWN_PAST = "own_past"  # what models say that see nothing but the price's own history
UNTOLD = "untold"  # what stackers and AutoGluon make of what they see, which is not told apart
TYPICAL_PAST = "typical_past"  # what trees expect where their features say nothing
CURVE = "curve_slope_annualized_ratio"
CARRIED = (
    "B0-carry", "GARCH-t-carry", "GARCH-t-carry-value", "GARCH-empirical-carry", "GARCH-empirical-half-carry",
    "HAR-empirical-carry", *LAPLACE, "Drivers-trees", *LIBRARIES, *NEURAL,
)  # fmt: skip


def log_contributions(
    name: str, window: Window, horizon: int, median: float, kept: bytes | None = None
) -> dict[str, float]:
    """What each component adds to log(median / last settle) of the model `name`; they add up to it.

    window   as the model saw it, at least with the features that it reads
    median   what it said for `horizon` sessions ahead, ¢/lb
    kept     the fit with which it said so, of a network; without it nothing but carry is told apart

    Components are features, or CARRY, OWN_PAST, TYPICAL_PAST; what no feature explains is OWN_PAST, and UNTOLD where
    the model sees more than the past of the price and does not say what it made of it.
    """
    seen = window.select(ZOO[name].reads)
    found = {CARRY: carry(seen, horizon)} if name in CARRIED else {}
    if name == "GARCH-t-carry-value":
        found[VALUE] = carry_and_value(seen, horizon) - found[CARRY]
    elif name == "Walk-shrunk":
        found |= walk_drift(seen, horizon)
    elif name in LAPLACE:
        found |= _by_name([p.name for p in PREDICTORS], learn_slopes(seen, horizon, LAPLACE[name]).shift)
    elif name == "Drivers-trees":
        found |= _by_name([*READS, TYPICAL_PAST], learn_shares(seen, horizon, seed_of(name, seen.cutoff)))
    elif name in LIBRARIES:
        learned = learn_quantiles(name, seen, horizon, seed_of(name, seen.cutoff))
        found |= _by_name([*READS, TYPICAL_PAST], learned.shares)
    elif name in NEURAL and kept is not None:
        from oilseer.models.neural.model import make
        from oilseer.models.neural.shares import predictor_shares

        shares = predictor_shares(make(name).load(kept), seen)
        found |= {feature: float(share[SESSIONS.index(horizon)]) for feature, share in shares.items()}
    total = float(np.log(median / window.settle[-1]))
    rest = CURVE if name in ("B2", "B2-basis") else OWN_PAST
    if ZOO[name].learns != "window" or ZOO[name].tier == "autogluon":
        rest = UNTOLD
    return found | {rest: total - sum(found.values())}


def _by_name(names: list[str], shares: np.ndarray) -> dict[str, float]:
    return {name: float(share) for name, share in zip(names, shares, strict=True) if share}
