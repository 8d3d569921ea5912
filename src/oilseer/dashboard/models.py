"""The model registry as people and machines read it: all models, one of them, the audits, and shadows beside champions.

Reasons and scores are the leaderboard's, horizon by horizon; statuses are the registry's.
"""

import json
from dataclasses import asdict
from datetime import date, datetime

import duckdb
import numpy as np

from oilseer.checks import Check
from oilseer.dashboard import leaderboard
from oilseer.dashboard.past_answers import horizon_of
from oilseer.dashboard.tables import PREDICTIONS, SCORES, WEIGHTS, exists, identity, newest, rows
from oilseer.errors import ConfigError
from oilseer.metrics import crps, effective_outcomes
from oilseer.models.zoo import ZOO
from oilseer.quantiles import HORIZONS, LEVELS, MEDIAN, QUANTILE_COLUMNS
from oilseer.training import registry
from oilseer.training.history import read_history
from oilseer.training.model_runs import MODEL_RUNS
from oilseer.training.panel import read_panels

LOGS = "ops.training_logs"
MEANING = (
    "The combination is made anew at every past origin from the models that are champions now, as if they always had "
    "been: its past scores say how today's champions would have done, not what was published then."
)
UNITS = leaderboard.UNITS | {"seconds": "seconds of work in a run", "lift": "ratio: CRPS saved against a benchmark"}
STORED = ("crps", "skill_b0", "skill_b0_low", "skill_b0_high", "skill_b1", "skill_b1_low", "skill_b1_high",
          "n_origins", "n_effective", "weight", "why")  # fmt: skip


def listed(connection: duckdb.DuckDBPyConnection, label: str | None = None) -> dict:
    """Every model of the zoo: tier, status, and at each horizon its last score, weight today, and why.

    label  one horizon alone; None for all. Raises ConfigError for an unknown one.
    """
    labels = tuple(HORIZONS) if label is None else (label,)
    for one in labels:
        horizon_of(one)
    boards = _boards(connection, labels)
    found = [
        row | {"horizons": {one: by_name.get(name) for one, by_name in boards.items()}}
        for name, row in _held(connection).items()
    ]
    found.sort(key=lambda row: -max((at["weight"] for at in row["horizons"].values() if at), default=0.0))
    return _about(connection) | {"horizons": list(labels), "note": MEANING, "rows": found}


def shown(connection: duckdb.DuckDBPyConnection, name: str, checks: list[Check] | None = None) -> dict:
    """One model: what it reads, its status and every change of it, scores and reasons, and its newest runs.

    checks  what a promotion would find, where that was asked. Raises ConfigError for an unknown model.
    """
    registry.require_known(name)
    boards = _boards(connection, tuple(HORIZONS))
    changes = exists(connection, registry.CHANGES.name) and rows(
        connection, f"SELECT * FROM {registry.CHANGES.name} WHERE model = ? ORDER BY change DESC", [name]
    )
    runs = exists(connection, MODEL_RUNS.name) and rows(
        connection, f"SELECT * FROM {MODEL_RUNS.name} WHERE model = ? ORDER BY recorded_at DESC LIMIT 5", [name]
    )
    return _about(connection) | _held(connection)[name] | {
        "reads": list(ZOO[name].reads),
        "horizons": {one: by_name.get(name) for one, by_name in boards.items()},
        "changes": [row | {"checks": json.loads(row.pop("checks_json"))} for row in changes or []],
        "runs": runs or [],
        "checks": None if checks is None else [asdict(check) for check in checks],
        "note": MEANING,
    }  # fmt: skip


def audits(connection: duckdb.DuckDBPyConnection, run_id: str | None = None) -> dict:
    """The audit of a training run, the newest without `run_id`: leaderboard by horizon, time, and alarms.

    Raises ConfigError where there is none.
    """
    if not exists(connection, LOGS):
        raise ConfigError("no training run was audited yet: `oilseer run` or `oilseer backtest` makes one")
    query = f"SELECT run_id, max(logged_at) AS logged_at FROM {LOGS} GROUP BY run_id ORDER BY 2 DESC"
    runs = rows(connection, query)
    chosen = run_id or runs[0]["run_id"]
    if chosen not in {row["run_id"] for row in runs}:
        raise ConfigError(f"no audit of run {chosen!r}; newest are {', '.join(row['run_id'] for row in runs[:3])}")
    found = rows(connection, f"SELECT * FROM {LOGS} WHERE run_id = ? ORDER BY entry", [chosen])
    query = f"SELECT sum(seconds) FROM {MODEL_RUNS.name} WHERE run_id = ?"
    (seconds,) = connection.execute(query, [chosen]).fetchone()
    return identity(connection, chosen, None, UNITS) | {
        "logged_at": found[0]["logged_at"],
        "seconds": seconds or 0.0,
        "rows": [row for row in found if row["kind"] == "leaderboard"],
        "alarms": [row for row in found if row["kind"] == "alarm"],
        "runs": runs,
    }


def shadows(connection: duckdb.DuckDBPyConnection, label: str) -> dict:
    """Every shadow beside what is published at one horizon: forecasts of the newest session, and scores since.

    Scored are sessions from the day on which it became a shadow, that were published and whose outcome is known.
    Raises ConfigError for an unknown horizon, and where nothing is published.
    """
    horizon = horizon_of(label)
    as_of, published = _published(connection, horizon)
    history = read_history(connection, ())
    held = [row for row in _held(connection).values() if row["status"] == "shadow" and row["target"] == "price"]
    names, origins = [row["model"] for row in held], [day for day in published if day <= as_of]
    panel = read_panels(connection, history, names, origins, "price", (horizon,))[horizon]
    losses, said = panel.losses(), np.array([published[day] for day in panel.origins])
    known = np.isfinite(panel.outcome)
    theirs = np.full(len(known), np.nan)
    if known.any():
        theirs[known] = crps(panel.outcome[known], said[known])
    found = []
    for m, row in enumerate(held):
        since = datetime.fromisoformat(row["since"]).date()
        usable = np.isfinite(losses[:, m]) & known & np.array([day >= since for day in panel.origins])
        ours, beside = (float(loss[usable].mean()) if usable.any() else None for loss in (losses[:, m], theirs))
        found.append(row | {
            "since_date": since.isoformat(), "forecast": _bands(panel.quantiles[-1, m]), "published": _bands(said[-1]),
            "n_outcomes": int(usable.sum()), "n_effective": effective_outcomes(panel.session[usable], horizon),
            "crps": ours, "crps_published": beside, "gain": None if not beside else 1 - ours / beside,
        })  # fmt: skip
    return _about(connection) | {"horizon": label, "session": as_of.isoformat(), "rows": found}


def _published(connection: duckdb.DuckDBPyConnection, horizon: int) -> tuple[date, dict[date, np.ndarray]]:
    """Newest session published, and the published quantiles of each at one horizon."""
    if not exists(connection, PREDICTIONS):
        raise ConfigError("nothing is published yet to stand beside: `oilseer run` makes the first forecast")
    columns = ", ".join(QUANTILE_COLUMNS)
    query = f"SELECT as_of_date, {columns} FROM {PREDICTIONS} WHERE horizon = ? ORDER BY as_of_date"
    found = {day: np.array(values) for day, *values in connection.execute(query, [horizon]).fetchall()}
    return max(found), found


def _bands(quantiles: np.ndarray) -> dict | None:
    """Median and 80 % band, ¢/lb; None where there is no forecast."""
    if not np.isfinite(quantiles).all():
        return None
    low, high = (float(quantiles[LEVELS.index(level)]) for level in (0.1, 0.9))
    return {"median": float(quantiles[MEDIAN]), "low": low, "high": high}


def _boards(connection: duckdb.DuckDBPyConnection, labels: tuple[str, ...]) -> dict[str, dict[str, dict]]:
    """What the leaderboard says of each model by horizon; empty before anything is scored."""
    if not (exists(connection, SCORES) and exists(connection, WEIGHTS)):
        return {label: {} for label in labels}
    return {
        label: {row["model"]: {key: row[key] for key in STORED}
                for row in leaderboard.leaderboard(connection, label)["rows"]}
        for label in labels
    }  # fmt: skip


def _held(connection: duckdb.DuckDBPyConnection) -> dict[str, dict]:
    """What the registry holds of each model, and which modules it lacks here; before a run, its tier's status."""
    there = exists(connection, registry.REGISTRY.name)
    kept = {row["model"]: row for row in rows(connection, f"FROM {registry.REGISTRY.name}")} if there else {}
    unset = {"since": None, "reason": "no run has begun yet", "set_by": registry.RULE, "forced": False}
    result = {}
    for name, entry in ZOO.items():
        row = kept.get(name, unset)
        result[name] = {
            "model": name, "tier": entry.tier, "target": entry.target,
            "status": kept[name]["status"] if name in kept else registry.default(entry),
            **{key: row[key] for key in unset},
            "features": len(entry.reads), "refit": entry.refit, "missing": list(entry.missing()),
        }  # fmt: skip
    return result


def _about(connection: duckdb.DuckDBPyConnection) -> dict:
    """What every answer starts with; without a run where there is none."""
    if exists(connection, PREDICTIONS):
        as_of, run_id = newest(connection, PREDICTIONS)
        return identity(connection, run_id, as_of, UNITS)
    return identity(connection, "", None, UNITS)
