"""What the product answers, as plain dicts ready for JSON, read from the published tables and nowhere else.

Every answer names its run, its session, its workspace (real or simulated) and its units.
"""

import json

import duckdb

from oilseer.dashboard import ahead, trust, why
from oilseer.dashboard.tables import (
    FAILURES,
    GATES,
    MONTE_CARLO,
    PREDICTIONS,
    PRICES,
    PROCUREMENT,
    REPLAY,
    RUNS,
    SCORES,
    at_newest,
    exists,
    identity,
    newest,
    plain,
    require,
    rows,
)
from oilseer.dashboard.variance_record import variance_record
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.ops.health import health
from oilseer.quantiles import BANDS, HORIZON_LABELS, LEVELS, QUANTILE_COLUMNS

PRICE_UNITS = {
    "price": "¢/lb",
    "median": "¢/lb",
    "curve_median": "¢/lb",
    "bands": "¢/lb",
    "quantiles": "¢/lb by probability",
    "sessions": "trading sessions ahead",
    "change_ratio": "ratio to today's price",
}
SCORE_UNITS = {
    "crps": "¢/lb, or annualised ratio for volatility; smaller is better",
    "mae": "as crps",
    "bias": "as crps; mean of median − outcome",
    "skill": "ratio: 1 − CRPS / CRPS of the benchmark; low and high are the 90 % block-bootstrap interval",
    "mape": "ratio",
    "mape_ratio_rw": "ratio to the random walk's MAPE",
    "direction": "share of signs called right",
    "coverage": "share of outcomes inside the band",
    "dm_p": "two-sided probability that the difference in CRPS is chance",
    "n_effective": "outcomes that share no session",
}
BRIEF_UNITS = {
    "contribution_cents_per_lb": "¢/lb, what a driver adds to the median",
    "share_ratio": "ratio of the drivers shown to the move from today's price to the median",
    "time_new_york": "clock time of New York",
}
PLAN_UNITS = {
    "cents_per_lb": "¢/lb", "usd": "USD", "lb": "pounds", "ratio": "share, 0.25 = 25 %",
    "contracts": "60,000 lb each unless the policy says otherwise", "probability": "0 to 1",
}  # fmt: skip

BACKTEST_UNITS = {
    "saving_vs_ratable_cents_lb": "¢/lb, all costs included; low and high: its 90 % block-bootstrap interval",
    "low_deflated": "¢/lb, and high_deflated: the interval that holds for all policies tried at once",
    "cvar95_overrun_change": "ratio to ratable's mean of the worst 5 % of months over budget; −0.2 is a fifth lower",
    "share_of_ceiling": "ratio to the saving of perfect foresight",
    "reality_check_p": "probability of such a best policy if none were better than ratable",
    "forward_ratio": "share of the pounds bought ahead",
}


def forecast(connection: duckdb.DuckDBPyConnection) -> dict:
    """The published quantiles of the newest session at five horizons. Raises ConfigError where there are none."""
    require(connection, PREDICTIONS, "forecast", "run")
    as_of, run_id = newest(connection, PREDICTIONS)
    found = rows(connection, f"SELECT * FROM {PREDICTIONS} WHERE {at_newest(PREDICTIONS)} ORDER BY horizon")
    price = found[0]["price_cents_per_lb"]
    return identity(connection, run_id, as_of, PRICE_UNITS) | {
        "symbol": found[0]["symbol"],
        "price": price,
        "horizons": [_horizon(row, price) for row in found],
    }


def _horizon(row: dict, price: float) -> dict:
    at = dict(zip(LEVELS, (row[name] for name in QUANTILE_COLUMNS), strict=True))
    return {
        "label": row["horizon_label"],
        "sessions": row["horizon"],
        "target_date": row["target_date"],
        "model": row["model"],
        "median": at[0.5],
        "change_ratio": at[0.5] / price - 1,
        "bands": {f"{100 * nominal:g}": {"low": at[low], "high": at[high]} for nominal, (low, high) in BANDS.items()},
        "quantiles": {f"{level:g}": value for level, value in at.items()},
        "curve_median": row["curve_cents_per_lb"],
    }


def scorecard(connection: duckdb.DuckDBPyConnection, slice: str = "all", target: str = "price") -> dict:
    """Scores of every model on a slice of origins, best first within each horizon; for volatility daily ones too.

    Raises ConfigError where nothing is scored, or for an unknown slice or target, with the known ones.
    """
    require(connection, SCORES, "scores", "backtest")
    found = rows(
        connection,
        f"SELECT * FROM {SCORES} WHERE slice = ? AND target = ? "
        "ORDER BY horizon, skill_b0 DESC NULLS LAST, crps, model",
        [slice, target],
    )
    known = connection.execute(
        f"SELECT DISTINCT slice FROM {SCORES} WHERE target = ? ORDER BY ALL", [target]
    ).fetchall()
    if not found:
        there = ", ".join(name for (name,) in known) or "none: targets are price and volatility"
        raise ConfigError(f"no scores of target {target!r} on slice {slice!r}; slices there are: {there}")
    for row in found:
        row["horizon_label"] = HORIZON_LABELS.get(row["horizon"], str(row["horizon"]))
    return (
        identity(connection, found[0]["run_id"], None, SCORE_UNITS)
        | {
            "slice": slice,
            "target": target,
            "slices": [name for (name,) in known],
            "rows": found,
        }
        | ({"variance": variance_record(connection, slice)} if target == "volatility" else {})
    )


def plan(connection: duckdb.DuckDBPyConnection) -> dict:
    """The newest cover plan with its months, ladder and tripwires, and the replay of policies where there is one."""
    require(connection, PROCUREMENT, "cover plan", "run")
    return plan_of(
        connection, rows(connection, f"SELECT * FROM {PROCUREMENT} WHERE {at_newest(PROCUREMENT, PROCUREMENT)}")[0]
    )


def plan_of(connection: duckdb.DuckDBPyConnection, row: dict, months_left_out: tuple[str, ...] = ()) -> dict:
    """A row of the cover plan's table as an answer; `months_left_out` lie beyond the forecasts."""
    row = {name: plain(value) for name, value in row.items()}
    whole = json.loads(row.pop("plan_json"))
    return (
        identity(connection, row["run_id"], None, PLAN_UNITS)
        | row
        | whole
        | {
            "months_left_out": list(months_left_out),
            "need_lb": sum(month["need_lb"] for month in whole["months"]),
            "open_lb": sum(month["open_lb"] for month in whole["months"]),
            "replay": replay(connection),
        }
    )


def policy_backtest(connection: duckdb.DuckDBPyConnection, report: dict) -> dict:
    """A replay of cover policies just made, best first: the report of decisions.replay_report as plain numbers."""
    as_of, run_id = newest(connection, PREDICTIONS)
    best = sorted(report["policies"], key=lambda row: -row["saving_vs_ratable_cents_lb"])
    return identity(connection, run_id, as_of, BACKTEST_UNITS) | report | {"policies": best}


def replay(connection: duckdb.DuckDBPyConnection) -> list[dict] | None:
    """What cover policies would have paid in the past; None where no replay was made."""
    if not exists(connection, REPLAY):
        return None
    found = rows(connection, f"SELECT * FROM {REPLAY} ORDER BY saving_vs_ratable_cents_lb DESC, policy")
    for row in found:
        for name in [name for name in row if name.endswith("_json")]:
            row[name.replace("_json", "_cents_per_lb")] = json.loads(row.pop(name))
    return found


def gates(connection: duckdb.DuckDBPyConnection) -> dict:
    """The verdicts of the newest run's gates, in the order of the route. Raises ConfigError where there are none."""
    require(connection, GATES, "gate results", "run")
    run_id = connection.execute(f"SELECT run_id FROM {GATES} ORDER BY checked_at DESC LIMIT 1").fetchone()[0]
    kept = rows(connection, f"SELECT * FROM {GATES} ORDER BY checked_at, stage, gate")
    found = [row for row in kept if row["run_id"] == run_id]
    failed = [row for row in found if not row["passed"]]
    return identity(connection, run_id, None, {"found": "as written", "expected": "as written"}) | {
        "passed": len(found) - len(failed),
        "failed": len(failed),
        "blocking_failed": sum(row["blocking"] for row in failed),
        "rows": found,
    }


def failures(connection: duckdb.DuckDBPyConnection) -> dict:
    """Models that gave no forecast at some origin: how often, and the newest error of each."""
    require(connection, SCORES, "scores", "backtest")
    run_id = connection.execute(f"SELECT run_id FROM {SCORES} LIMIT 1").fetchone()[0]
    found = exists(connection, FAILURES) and rows(
        connection,
        f"SELECT model, target, count(*) AS n_origins, min(origin) AS first_origin, max(origin) AS last_origin, "
        f"arg_max(error, origin) AS newest_error FROM {FAILURES} GROUP BY ALL ORDER BY n_origins DESC, model",
    )
    return identity(connection, run_id, None, {"n_origins": "origins"}) | {"rows": found or []}


def brief(connection: duckdb.DuckDBPyConnection) -> dict:
    """Everything the morning brief shows; parts that no run has made yet are None."""
    said = forecast(connection)
    as_of = connection.execute(f"SELECT max(as_of_date) FROM {PREDICTIONS}").fetchone()[0]
    inputs = health(connection, sessions.cutoff(as_of))
    scored = exists(connection, SCORES)
    contract = price_now(connection)
    return said | {
        "units": PRICE_UNITS | PLAN_UNITS | BRIEF_UNITS,
        "contract": contract | ahead.ends(contract["contract"], as_of),
        "explanation": why.explanation(connection),
        "changes": why.changes(connection),
        "signals": why.signals(connection),
        "plan": plan(connection) if exists(connection, PROCUREMENT) else None,
        "risk": _risk(connection) if exists(connection, MONTE_CARLO) else None,
        "trust": trust.trust(connection, {h["sessions"]: h["model"] for h in said["horizons"]}) if scored else None,
        "inputs": {
            "stale": [row for row in inputs["rows"] if row["status"] in ("late", "stale")],
            "missing": [row for row in inputs["rows"] if row["status"] == "never"],
            "measured_at": inputs["measured_at"],
        },
        "events": ahead.events(connection, as_of, contract["contract"]),
        "gates": gates(connection) if exists(connection, GATES) else None,
        "run": next((row for row in rows(connection, f"SELECT * FROM {RUNS}") if row["run_id"] == said["run_id"]), None)
        if exists(connection, RUNS)
        else None,
    }


def price_now(connection: duckdb.DuckDBPyConnection) -> dict:
    """Front contract and how its price moved over one session and over five, at the close of the forecast's session.

    `change_*` compares the unadjusted front, which a buyer pays; `rolled_*` says that the contract changed between.
    """
    found = rows(
        connection,
        f"SELECT observation_date, contract, price_cents_per_lb, is_roll FROM {PRICES} "
        f"WHERE observation_date <= (SELECT max(as_of_date) FROM {PREDICTIONS}) ORDER BY observation_date DESC LIMIT 6",
    )
    answer = {"contract": found[0]["contract"], "observation_date": found[0]["observation_date"]}
    for name, back in (("day", 1), ("week", 5)):
        there = len(found) > back
        before, now = (found[back]["price_cents_per_lb"] if there else None), found[0]["price_cents_per_lb"]
        answer[f"change_{name}"] = now - before if there else None
        answer[f"change_{name}_ratio"] = now / before - 1 if there else None
        answer[f"rolled_{name}"] = any(row["is_roll"] for row in found[:back])
    return answer


def _risk(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    """Price risk by horizon of the pounds that are still open, at the forecast's session."""
    found = rows(connection, f"SELECT * FROM {MONTE_CARLO} WHERE {at_newest(MONTE_CARLO)} ORDER BY horizon")
    return [row | {"label": HORIZON_LABELS[row["horizon"]]} for row in found]
