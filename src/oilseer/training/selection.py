"""Models against chance: which may be the best, and whether the best of so many beats its benchmark at all.

The more models are tried, the better the luckiest looks. The model confidence set keeps every model that cannot be told
from the best; the test for superior ability asks how often the best of as many worthless ones would look as good.
"""

from datetime import date

import numpy as np

from oilseer.metrics import best_set, overlap, reality_check
from oilseer.training.panel import Panel

SINCE = date(2020, 1, 1)
LEVEL = 0.10  # models with a smaller p value are told from the best
FEWEST_ORIGINS = 40  # before 2020 and after: fewer tell nothing
BENCHMARKS = ("B0", "B1")


def confidence_set(panel: Panel, first: date, run_id: str) -> list[dict]:
    """Rows of CONFIDENCE_SET: every model that forecast at all scored origins of one horizon, from `first` on.

    B2 speaks only where two contracts are known; models of a tier that ran on fewer origins are left out too.
    """
    losses, days = panel.losses(), np.array(panel.origins, dtype="datetime64[D]")
    rows = []
    for part, start in (("all", first), ("since_2020", max(first, SINCE))):
        wanted = np.isfinite(panel.outcome) & (days >= np.datetime64(start))
        complete = np.flatnonzero(np.isfinite(losses[wanted]).all(axis=0))
        names = [panel.models[m] for m in complete]
        if wanted.sum() < FEWEST_ORIGINS or not {*BENCHMARKS} < {*names}:
            continue
        seen, lag = losses[np.ix_(wanted, complete)], overlap(panel.session[wanted], panel.horizon)
        others = [m for m, name in enumerate(names) if name not in BENCHMARKS]
        beaten = {name: reality_check(seen[:, names.index(name)], seen[:, others], lag) for name in BENCHMARKS}
        for name, p_value in zip(names, best_set(seen, lag), strict=True):
            rows.append({
                "model": name, "horizon": panel.horizon, "slice": part, "n_origins": int(wanted.sum()),
                "p_value": float(p_value), "among_best": bool(p_value >= LEVEL), "models_tried": len(others),
                "p_best_b0": beaten["B0"], "p_best_b1": beaten["B1"], "run_id": run_id,
            })  # fmt: skip
    return rows
