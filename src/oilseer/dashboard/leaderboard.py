"""Every model at one horizon: tier, scores, weight today, and why it speaks in the combination or does not.

What is believed of a model is computed anew by the code that chose, from the stored forecasts and their outcomes; where
it does not agree with the stored weights, no reason is given.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from oilseer.dashboard.past_answers import horizon_of
from oilseer.dashboard.tables import FAILURES, SCORES, WALK_FORWARD, WEIGHTS, exists, identity, require, rows
from oilseer.dashboard.words import counted, day, percent
from oilseer.metrics import effective_outcomes
from oilseer.models.zoo import ZOO
from oilseer.training.combine import (
    ANCHOR,
    FEWEST,
    MOST,
    NEURAL_MARGIN,
    PRIOR_SKILL,
    believed_skill,
    below_margin,
    regime_probabilities,
    similarity,
)
from oilseer.training.ensemble import NAME, NEURAL, REGIME_FEATURE, RIVALS
from oilseer.training.history import monthly_origins, read_history
from oilseer.training.panel import read_panels
from oilseer.training.regime_gate import gated, said
from oilseer.training.registry import statuses

SAME = 1e-9  # how far a skill computed anew may lie from the stored one
SHOWN = (
    "tier", "crps", "skill_b0", "skill_b0_low", "skill_b0_high", "skill_b1", "skill_b1_low", "skill_b1_high",
    "dm_b1_p", "mape_ratio_rw", "coverage80", "n_origins", "n_effective",
)  # fmt: skip
NO_SAY = {
    "candidate": "a candidate: it has no score yet",
    "shadow": "a shadow: scored beside the combination, in which it has no say",
    "retired": "retired: it is not run any more",
}
PLAINLY = {"volatility": "volatility", "regime": "the regime"}
UNITS = {
    "crps": "¢/lb, or annualised ratio for volatility; smaller is better",
    "weight": "share of the combination today",
    "skill": "ratio: 1 − CRPS / CRPS of the benchmark; low and high are the 90 % block-bootstrap interval",
    "believed_skill_b1": "ratio: skill against B1 held likely today, from the tier's prior and the past score",
    "past_skill_b1": "ratio: as scored on all outcomes known, those of regimes like today's weighing more",
    "past_error": "ratio, standard error of past_skill_b1",
    "failures": "origins without a forecast",
}


@dataclass(frozen=True)
class Belief:
    """What the combination holds of each model today: skills against B1 by name, who is silent, and who barred."""

    skill: dict[str, float]
    past: dict[str, float]
    error: dict[str, float]
    silent: frozenset[str]
    barred: frozenset[str]


def leaderboard(connection: duckdb.DuckDBPyConnection, label: str) -> dict:
    """Every model of the zoo at one horizon: those that speak first, then by what is believed of them.

    Raises ConfigError for an unknown horizon and where nothing is scored or combined.
    """
    horizon = horizon_of(label)
    require(connection, SCORES, "scores", "run")
    require(connection, WEIGHTS, "weights", "run")
    scored = rows(connection, f"SELECT * FROM {SCORES} WHERE slice = 'all' AND horizon = ?", [horizon])
    (origin,) = connection.execute(f"SELECT max(origin) FROM {WEIGHTS} WHERE horizon = ?", [horizon]).fetchone()
    query = f"SELECT model, weight, skill_b1, run_id FROM {WEIGHTS} WHERE origin = ? AND horizon = ?"
    members = {row["model"]: row for row in rows(connection, query, [origin, horizon])}
    held, failed = statuses(connection), _failures(connection)
    belief = _belief(connection, horizon, origin, members, held)
    by_name = {row["model"]: row for row in scored}
    found = [
        _standing(name, by_name.get(name), members, belief, failed.get(name), origin, held)
        for name in dict.fromkeys([*by_name, *members, *ZOO])
    ]
    found.sort(key=lambda row: (row["model"] != NAME, row["target"] != "price", -row["weight"],
                                -(-9.0 if row["believed_skill_b1"] is None else row["believed_skill_b1"]),
                                row["model"]))  # fmt: skip
    run_id = next(iter(members.values()))["run_id"]
    about = identity(connection, run_id, None, UNITS)
    return about | {"horizon": label, "origin": origin.isoformat(), "reasons_known": belief is not None, "rows": found}


def _standing(
    name: str, score: dict | None, members: dict[str, dict], belief: Belief | None, failed: dict | None, origin: date,
    held: dict[str, str],
) -> dict:  # fmt: skip
    """One model's row."""
    entry = ZOO.get(name)
    known = belief is not None and name in belief.skill
    return {
        "model": name,
        "target": entry.target if entry else "price",
        **{key: score[key] if score else None for key in SHOWN},
        "tier": "combination" if name == NAME else entry.tier if entry else score and score["tier"],
        "status": held.get(name),
        "weight": members[name]["weight"] if name in members else 0.0,
        "believed_skill_b1": belief.skill[name] if known else None,
        "past_skill_b1": belief.past[name] if known else None,
        "past_error": belief.error[name] if known else None,
        "failures": failed["n_origins"] if failed else 0,
        "why": _why(name, members, belief, failed, origin, held),
    }


def _why(
    name: str, members: dict[str, dict], belief: Belief | None, failed: dict | None, origin: date, held: dict[str, str]
) -> str:
    """Why a model speaks or does not, in words; `held` are the statuses of all."""
    if name == NAME:
        return f"the combination of {counted(len(members), 'model')}: it is what is published"
    if name not in ZOO:
        return "no longer in the zoo"
    if ZOO[name].target != "price":
        return f"forecasts {PLAINLY[ZOO[name].target]}, not the price"
    if held[name] in NO_SAY:
        said = NO_SAY[held[name]]
        missing = ", ".join(ZOO[name].missing())
        if name in members:
            return f"a member in the last run; the next one heeds that it is {said}"
        return f"not run here, for lack of {missing}" if missing else said
    if belief is None:
        return "a member" if name in members else "no member"
    if name not in belief.skill and failed is None:
        return "has not forecast yet"
    if name in belief.silent or name not in belief.skill:
        return f"no forecast at {day(origin)}" + (f": {failed['newest_error']}" if failed else "")
    champions = {other for other in belief.skill if held.get(other) == "champion"}
    speakers = champions - belief.silent - belief.barred - {ANCHOR}
    better = sum(belief.skill[other] > 0 for other in speakers)
    if name == ANCHOR:
        if len(members) > 1:
            return "the anchor: always a member"
        return f"speaks alone: {counted(better, 'model')} believed better than it, {FEWEST - 1} needed"
    if name in members:
        return f"among the {MOST - 1} believed best"
    if name in belief.barred:
        return f"a network speaks only {percent(NEURAL_MARGIN, 0)} ahead of the best statistical model"
    if belief.skill[name] <= 0:
        return f"not believed better than {ANCHOR}"
    if len(members) == 1:
        return f"believed better than {ANCHOR}, as only {better} of the {FEWEST - 1} needed are"
    return f"believed better than {ANCHOR}, but {MOST - 1} others more so"


def _belief(
    connection: duckdb.DuckDBPyConnection, horizon: int, origin: date, members: dict[str, dict], held: dict[str, str]
) -> Belief | None:
    """What the combination held of each price model at `origin`; None where that cannot be made again."""
    query = f"SELECT DISTINCT model FROM {WALK_FORWARD} WHERE target = 'price' AND model <> ? ORDER BY model"
    models = [name for (name,) in connection.execute(query, [NAME]).fetchall() if name in ZOO]
    if ANCHOR not in models or not exists(connection, "features.daily_ml_matrix_zl"):
        return None
    if REGIME_FEATURE not in _columns(connection):
        return None
    history = read_history(connection, (REGIME_FEATURE,))
    query = f"SELECT min(origin) FROM {WALK_FORWARD} WHERE model = ? AND target = 'price'"
    (first,) = connection.execute(query, [NAME]).fetchone()
    origins = monthly_origins(history, first, origin)
    panel = read_panels(connection, history, models, origins, "price", (horizon,))[horizon]
    now = origins.index(origin)
    kernel = regime_probabilities(history.features[[history.place(one) for one in origins], 0])
    known = np.flatnonzero(panel.known_at(int(panel.session[now])))
    losses = panel.losses()[known]
    for regimes in (kernel, gated(kernel, said(connection, origins))):  # whichever gated what is stored
        skill, past, error = believed_skill(
            losses,
            models.index(ANCHOR),
            np.array([PRIOR_SKILL[ZOO[name].tier] for name in models]),
            similarity(regimes[now], regimes[known]),
            effective_outcomes(panel.session[known], horizon),
        )
        by_name = dict(zip(models, skill.tolist(), strict=True))
        if all(abs(by_name.get(name, np.inf) - row["skill_b1"]) <= SAME for name, row in members.items()):
            break
    else:
        return None
    silent = frozenset(
        name for name, one in zip(models, panel.quantiles[now], strict=True) if not np.isfinite(one).all()
    )
    champions = frozenset(name for name, status in held.items() if status == "champion")
    barred = below_margin(losses, tuple(models), NEURAL, RIVALS & champions)
    finite = [None if not np.isfinite(one) else float(one) for one in error]
    return Belief(
        by_name,
        dict(zip(models, past.tolist(), strict=True)),
        dict(zip(models, finite, strict=True)),
        silent,
        barred,
    )


def _columns(connection: duckdb.DuckDBPyConnection) -> set[str]:
    query = "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'features' AND table_name = ?"
    return {name for (name,) in connection.execute(query, ["daily_ml_matrix_zl"]).fetchall()}


def _failures(connection: duckdb.DuckDBPyConnection) -> dict[str, dict]:
    """How often each model failed, and its newest error."""
    if not exists(connection, FAILURES):
        return {}
    query = (
        f"SELECT model, count(*) AS n_origins, arg_max(error, origin) AS newest_error FROM {FAILURES} GROUP BY model"
    )
    return {row["model"]: row for row in rows(connection, query)}
