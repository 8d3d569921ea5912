"""A small published database for tests of what people and machines read, written through the real specs.

Prices are a seeded random walk; scores are made up, so that a test can tell each number apart.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from scipy.special import ndtri

from oilseer.decisions.plan import plan
from oilseer.decisions.policy import CoverPolicy
from oilseer.decisions.recommendation import PROCUREMENT, to_row
from oilseer.decisions.replay_table import POLICY_REPLAY
from oilseer.forecasts.paths import draw_paths
from oilseer.forecasts.risk import MONTE_CARLO, risk_by_horizon
from oilseer.forecasts.specs import PREDICTIONS
from oilseer.market import sessions
from oilseer.ops.gates import RESULTS
from oilseer.ops.runs import RUNS
from oilseer.quantiles import HORIZON_LABELS, HORIZONS, LEVELS, QUANTILE_COLUMNS, QuantileForecast
from oilseer.staging.zl_prices_clean import SPEC as PRICES
from oilseer.training.specs import FAILURES, SCORES, WALK_FORWARD, WEIGHTS
from oilseer.warehouse.spec import SCHEMAS, TableSpec
from oilseer.warehouse.write import merge

AS_OF = date(2025, 6, 30)
RUN_ID = "20250630-abc1234567"
NOW = datetime(2025, 7, 1, 6, 0, tzinfo=UTC)
FIRST = date(2021, 1, 4)
DAILY = 0.018
HITS = {5: (187, 233), 21: (190, 232), 63: (181, 230), 126: (170, 227), 252: (160, 221)}
SKILLS = {
    "ensemble": 0.021,
    "GARCH-t-long": 0.0175,
    "B1": 0.0155,
    "B2": -0.0123,
    "Theta": -0.0456,
    "Naive": -0.0678,
    "B0": 0.0,
}
REPLAYED = (
    ("ratable", 0.0, 0.0, 0.0),
    ("plan", 0.13, -0.21, 0.47),
    ("ladder", -0.08, -0.3, 0.14),
    ("spot", -0.2, -0.9, 0.5),
    ("full_cover", 0.05, -1.1, 1.2),
    ("foresight", 4.5, 3.9, 5.1),
)


@dataclass(frozen=True)
class Snapshot:
    """The open database and what was put in it: prices by session, quantiles by horizon."""

    connection: duckdb.DuckDBPyConnection
    days: np.ndarray
    prices: np.ndarray
    quantiles: dict[int, np.ndarray]


def write(connection: duckdb.DuckDBPyConnection, spec: TableSpec, rows: list[dict]) -> None:
    """Rows into a table through its spec; columns a row leaves out are null."""
    full = {name: [row.get(name) for row in rows] for name in spec.column_names}
    merge(connection, spec, pa.table(full))


def quantiles_around(price: float, horizon: int) -> np.ndarray:
    """Lognormal quantiles of a driftless walk, ¢/lb."""
    return price * np.exp(DAILY * np.sqrt(horizon) * ndtri(np.array(LEVELS)))


def empty_database(path: Path, kind: str = "real") -> duckdb.DuckDBPyConnection:
    """A database with schemas and mark only."""
    connection = duckdb.connect(str(path))
    connection.execute("SET TimeZone = 'UTC'")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
    connection.execute("CREATE TABLE ops.workspace (kind VARCHAR PRIMARY KEY)")
    connection.execute("INSERT INTO ops.workspace VALUES (?)", [kind])
    return connection


def make_snapshot(path: Path, kind: str = "real", speaker: str = "ensemble", gate_text: str = "6,420") -> Snapshot:
    """A complete published database at `path`. `speaker` is the model published at 12m; others are the ensemble."""
    connection = empty_database(path, kind)
    calendar = sessions.sessions()
    days = calendar[(calendar >= np.datetime64(FIRST)) & (calendar <= np.datetime64(AS_OF))]
    steps = np.random.default_rng(3).normal(0, DAILY, len(days))
    prices = np.round(60 * np.exp(np.cumsum(steps - steps.mean())), 2)
    write(
        connection,
        PRICES,
        [_price_row(day.astype(object), price, i) for i, (day, price) in enumerate(zip(days, prices, strict=True))],
    )
    spot = float(prices[-1])
    quantiles = {horizon: quantiles_around(spot * 1.001, horizon) for horizon in HORIZON_LABELS}
    write(
        connection,
        PREDICTIONS,
        [_prediction(h, q, spot, kind, speaker if h == 252 else "ensemble") for h, q in quantiles.items()],
    )
    _write_past(connection, days, prices)
    _write_scores(connection)
    _write_decision(connection, spot, quantiles)
    verdicts = (("staging", "zl_has_enough_sessions", True, gate_text), ("staging", "fred_series", False, "22"))
    write(connection, RESULTS, [
        {"run_id": RUN_ID, "stage": stage, "gate": gate, "passed": passed, "blocking": gate != "fred_series",
         "found": found, "expected": "6,000 or more", "checked_at": NOW}
        for stage, gate, passed, found in verdicts
    ])  # fmt: skip
    write(connection, RUNS, [{
        "run_id": RUN_ID, "as_of_date": AS_OF, "code": "0.1.0@abc", "data_hash": "d", "lock_hash": "l", "seed": 1,
        "started_at": NOW - timedelta(minutes=3), "ended_at": NOW, "status": "complete", "detail": "",
    }])  # fmt: skip
    return Snapshot(connection, days, prices, quantiles)


def _price_row(day: date, price: float, place: int) -> dict:
    at = sessions.cutoff(day)
    return {
        "price_cents_per_lb": price, "price_kind": "close", "close_cents_per_lb": price, "return_log": 0.0,
        "is_roll": place % 42 == 0, "contract": "ZLQ25", "basis": "exchange", "is_out_of_range": False,
        "is_jump": False, "is_stuck": False, "observation_date": day, "available_at": at, "availability": "lagged",
        "ingested_at": at, "source": "test", "provenance_id": "0",
    }  # fmt: skip


def _prediction(horizon: int, quantiles: np.ndarray, spot: float, kind: str, model: str) -> dict:
    return {
        "as_of_date": AS_OF, "horizon": horizon, "symbol": "ZL", "horizon_label": HORIZON_LABELS[horizon],
        "target_date": sessions.ahead(AS_OF, horizon), "price_cents_per_lb": spot,
        "curve_cents_per_lb": None if horizon == 5 else spot * 0.99,
        **dict(zip(QUANTILE_COLUMNS, quantiles.tolist(), strict=True)),
        "model": model, "simulated": kind == "simulated", "run_id": RUN_ID,
    }  # fmt: skip


def _write_past(connection: duckdb.DuckDBPyConnection, days: np.ndarray, prices: np.ndarray) -> None:
    """Monthly origins: the ensemble's quantiles at each, and its weights."""
    months = days.astype("datetime64[M]")
    ends = np.flatnonzero(months[1:] != months[:-1])
    past, weights = [], []
    for place in [*ends, len(days) - 1]:
        origin = days[place].astype(object)
        for horizon in HORIZONS.values():
            values = quantiles_around(float(prices[place]), horizon)
            past += [
                {"model": "ensemble", "target": "price", "origin": origin, "horizon": horizon, "level": level,
                 "value": value, "work_hash": "w", "run_id": RUN_ID}
                for level, value in zip(LEVELS, values.tolist(), strict=True)
            ]  # fmt: skip
            for model, weight in (("B1", 0.4), ("GARCH-t-long", 0.35), ("Theta", 0.25)):
                row = {name: 0.0 for name in WEIGHTS.column_names if "skill" in name}
                weights.append(row | {"origin": origin, "horizon": horizon, "model": model, "weight": weight,
                                      "past_outcomes": 60, "width_factor": 1.03, "run_id": RUN_ID})  # fmt: skip
    write(connection, WALK_FORWARD, past)
    write(connection, WEIGHTS, weights)
    write(connection, FAILURES, [
        {"model": "TBATS", "target": "price", "origin": date(2024, 1, 31), "error": "ModelError: <b>no fit</b>",
         "traceback": "t", "work_hash": "w", "run_id": RUN_ID}
    ])  # fmt: skip


def _write_scores(connection: duckdb.DuckDBPyConnection) -> None:
    rows = []
    for part in ("all", "since_2020"):
        for horizon in HORIZON_LABELS:
            inside, n = HITS[horizon]
            for model, skill in SKILLS.items():
                tier = {"ensemble": "ensemble", "GARCH-t-long": "density"}.get(
                    model, "benchmark" if model[0] == "B" else "statistical"
                )
                rows.append({
                    "model": model, "tier": tier, "target": "price", "horizon": horizon, "slice": part,
                    "first_origin": date(2006, 1, 31), "last_origin": date(2025, 5, 30), "n_origins": n,
                    "n_effective": max(n // max(horizon // 21, 1), 1), "crps": 2.0 * (1 - skill), "crps_b0": 2.0,
                    "skill_b0": skill,
                    "skill_b0_low": skill - 0.01, "skill_b0_high": skill + 0.01, "skill_b1": skill - 0.0155,
                    "skill_b1_low": skill - 0.03, "skill_b1_high": skill, "skill_b2": skill + 0.0123, "n_b2": n,
                    "dm_b0": -1.0, "dm_b0_p": 0.31, "dm_b1": -0.5, "dm_b1_p": 0.62, "pinball": 0.9, "mape": 0.058,
                    "mape_ratio_rw": 1.01, "mae": 2.5, "bias": 0.1, "direction": None if model == "Naive" else 0.52,
                    "coverage50": 0.5, "coverage80": inside / n, "coverage90": 0.89, "coverage95": 0.94,
                    "run_id": RUN_ID,
                })  # fmt: skip
    write(connection, SCORES, rows)


def _write_decision(connection: duckdb.DuckDBPyConnection, spot: float, quantiles: dict[int, np.ndarray]) -> None:
    policy = CoverPolicy(budget_cents_per_lb=62.0)
    paths = draw_paths(spot, QuantileForecast(tuple(quantiles), np.array(list(quantiles.values()))), DAILY, 1, n=2_000)
    risks = risk_by_horizon(paths, float(policy.need.sum()), policy.budget_cents_per_lb)
    write(connection, MONTE_CARLO, [risk.to_row(AS_OF, 1, RUN_ID) for risk in risks])
    write(connection, PROCUREMENT, [to_row(plan(paths, policy, AS_OF), RUN_ID)])
    write(connection, POLICY_REPLAY, [_replayed(*row) for row in REPLAYED])


def _replayed(policy: str, saving: float, low: float, high: float) -> dict:
    return {
        "policy": policy,
        "cost_cents_per_lb": 45.0 - saving,
        "saving_vs_ratable_cents_lb": saving,
        "low": low,
        "high": high,
        "low_deflated": low - 0.1,
        "high_deflated": high + 0.1,
        "saving_ratio": saving / 45,
        "saving_usd_per_year": saving * 120_000,
        "share_of_ceiling": saving / 4.5,
        "cvar95_overrun_cents_per_lb": 9.0,
        "cvar95_overrun_change": -0.07,
        "cvar95_overrun_change_low": -0.2,
        "cvar95_overrun_change_high": 0.05,
        "worst_year": 2008,
        "worst_year_saving_cents_per_lb": -1.9,
        "worst_three_years_saving_ratio": -0.01,
        "saving_by_year_json": '{"2008": -1.9}',
        "saving_by_regime_json": '{"financial_crisis": -1.9}',
        "forward_ratio": 0.6,
        "bought_lb": 2.28e8,
        "first_month": date(2006, 1, 31),
        "last_month": date(2025, 5, 30),
        "month_count": 228,
        "n_policies_tried": 4,
        "reality_check_p": 0.6,
        "run_id": RUN_ID,
    }
