"""What moves a model's median away from today's price, as logs that add up: by feature where it reads any.

Shapley values throughout: of a linear model with standardised inputs each is slope times input, of trees they are
computed exactly, and of a model with a single input, such as the price's own past, that input gets everything.
"""

import numpy as np

from oilseer.models.base import Window, seed_of
from oilseer.models.density import carry, carry_and_value
from oilseer.models.drivers import learn_slopes
from oilseer.models.predictors import PREDICTORS
from oilseer.models.trees import READS, learn_shares
from oilseer.models.zoo import ZOO

CARRY = "carry"  # the roll yield of the past year, pro rata
OWN_PAST = "own_past"  # what models say that see nothing but the price's own history
TYPICAL_PAST = "typical_past"  # what trees expect where their features say nothing
VALUE = "tech_value_1260_ratio"
CURVE = "curve_slope_annualized_ratio"
CARRIED = (
    "B0-carry", "GARCH-t-carry", "GARCH-t-carry-value", "GARCH-empirical-carry", "GARCH-empirical-half-carry",
    "HAR-empirical-carry", "Drivers-ridge", "Drivers-trees",
)  # fmt: skip


def log_contributions(name: str, window: Window, horizon: int, median: float) -> dict[str, float]:
    """What each component adds to log(median / last settle) of the model `name`; they add up to it.

    window   as the model saw it, at least with the features that it reads
    median   what it said for `horizon` sessions ahead, ¢/lb

    Components are features, or CARRY, OWN_PAST, TYPICAL_PAST; what no feature explains is OWN_PAST.
    """
    seen = window.select(ZOO[name].reads)
    found = {CARRY: carry(seen, horizon)} if name in CARRIED else {}
    if name == "GARCH-t-carry-value":
        found[VALUE] = carry_and_value(seen, horizon) - found[CARRY]
    elif name == "Drivers-ridge":
        found |= _by_name([p.name for p in PREDICTORS], learn_slopes(seen, horizon).shift)
    elif name == "Drivers-trees":
        found |= _by_name([*READS, TYPICAL_PAST], learn_shares(seen, horizon, seed_of(name, seen.cutoff)))
    total = float(np.log(median / window.settle[-1]))
    return found | {(CURVE if name == "B2" else OWN_PAST): total - sum(found.values())}


def _by_name(names: list[str], shares: np.ndarray) -> dict[str, float]:
    return {name: float(share) for name, share in zip(names, shares, strict=True) if share}
