"""Whether the published combination has changed: its newest outcomes against those before, at every horizon.

Only outcomes that share no session are compared, so that one long move is one piece of evidence. An alarm needs
FEWEST such outcomes, and holds for all tests made at once (Holm 1979).
"""

import duckdb
import numpy as np

from oilseer.dashboard.accuracy import ENSEMBLE, Past, about, past
from oilseer.quantiles import HORIZONS

RECENT = 36  # newest monthly origins: three years
FEWEST = 8  # independent outcomes among them before anything is called drift
LEVEL = 0.05  # of a false alarm in all tests of one look
MEASURES = ("gain_b1", "coverage80")
UNITS = {
    "loss": "ratio: mean CRPS over the price at the origin; recent: newest 36 monthly origins, earlier: those before",
    "gain_b1": "ratio: mean CRPS saved against B1, over the price",
    "coverage80": "ratio of outcomes inside the 80 % band",
    "low": "and high: 90 % interval of recent − earlier (Welch), or of the recent coverage (Clopper-Pearson)",
    "p": "two-sided; loss and gain: Welch's t, recent against earlier; coverage80: exact binomial, recent against 80 %",
    "n_recent": "outcomes that share no session; n_earlier likewise",
}


def drift(connection: duckdb.DuckDBPyConnection) -> dict:
    """Loss, gain over B1 and coverage of the 80 % band by horizon: recent, earlier, and what may be said of it.

    verdict  drifted, steady, "too few", or "the market" for the loss, which follows it and raises no alarm

    Raises ConfigError where nothing is scored.
    """
    found = past(connection)
    rows = [row for label in HORIZONS for row in _horizon(found[label])]
    judged = [row for row in rows if row["measure"] in MEASURES and row["verdict"] == ""]
    for row, alarmed in zip(judged, holm([row["p"] for row in judged], LEVEL), strict=True):
        row["verdict"] = "drifted" if alarmed else "steady"
    alarms = [row for row in rows if row["verdict"] == "drifted"]
    return about(connection, UNITS) | {
        "recent_origins": RECENT, "fewest": FEWEST, "tests": len(judged), "alarms": len(alarms), "rows": rows,
    }  # fmt: skip


def _horizon(found: Past) -> list[dict]:
    """Three rows of one horizon, verdicts open where there is enough to judge."""
    loss, rival = found.loss(ENSEMBLE), found.loss("B1")
    spot, session = found.panel.spot[found.known], found.panel.session[found.known]
    split = max(len(loss) - RECENT, 0)
    recent = split + apart(session[split:], found.panel.horizon)
    earlier = apart(session[:split], found.panel.horizon)
    parts = (slice(split, None), slice(0, split))
    rows = []
    for measure, values in (("loss", loss / spot), ("gain_b1", (rival - loss) / spot)):
        now, before = values[recent], values[earlier]
        p, low, high = welch(now[np.isfinite(now)], before[np.isfinite(before)])
        rows.append({"measure": measure, "p": p, "low": low, "high": high, **_means(values, parts)})
    inside = found.inside(0.8)
    p, low, high = binomial(int(inside[recent].sum()), len(recent), 0.8)
    rows.append({"measure": "coverage80", "p": p, "low": low, "high": high, **_means(inside.astype(float), parts)})
    enough = len(recent) >= FEWEST and len(earlier) >= FEWEST
    about = {"horizon": found.label, "n_recent": len(recent), "n_earlier": len(earlier)}
    about |= {"from": found.dates[split] if len(loss) else None, "to": found.dates[-1] if len(loss) else None}
    return [
        about | row | {"verdict": "too few" if not enough or row["p"] is None
                       else "the market" if row["measure"] == "loss" else ""}
        for row in rows
    ]  # fmt: skip


def _means(values: np.ndarray, parts: tuple[slice, slice]) -> dict:
    """Means over all origins, recent and earlier; None where there are none."""
    found = [values[part][np.isfinite(values[part])] for part in parts]
    return {name: float(one.mean()) if len(one) else None for name, one in zip(("recent", "earlier"), found)}


def apart(session: np.ndarray, horizon: int) -> np.ndarray:
    """Places of outcomes that share no session, the first one first; session (n,) increasing."""
    places, free_from = [], -np.inf
    for place, number in enumerate(session):
        if number >= free_from:
            places.append(place)
            free_from = number + horizon
    return np.array(places, dtype=int)


def welch(now: np.ndarray, before: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """p value and 90 % interval of mean(now) − mean(before), variances apart; None where either has one value."""
    from scipy.stats import ttest_ind

    if min(len(now), len(before)) < 2 or np.ptp(now) + np.ptp(before) == 0:
        return None, None, None
    test = ttest_ind(now, before, equal_var=False)
    low, high = test.confidence_interval(0.9)
    return float(test.pvalue), float(low), float(high)


def binomial(hits: int, n: int, probability: float) -> tuple[float | None, float | None, float | None]:
    """Exact two-sided p value and 90 % interval of a share; None of nothing."""
    from scipy.stats import binomtest

    if not n:
        return None, None, None
    test = binomtest(hits, n, probability)
    interval = test.proportion_ci(0.9)
    return float(test.pvalue), float(interval.low), float(interval.high)


def holm(p_values: list[float], level: float) -> list[bool]:
    """Which hypotheses fall when all are tested at once with `level` of a false alarm. Source: Holm (1979)."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    fallen = [False] * len(p_values)
    for rank, place in enumerate(order):
        if p_values[place] > level / (len(p_values) - rank):
            break
        fallen[place] = True
    return fallen
