"""What training left behind, as answers: runs, weights by regime, importance of features, and forecasts by run."""

import duckdb

from oilseer.dashboard.accuracy import about
from oilseer.dashboard.feature_answers import IMPORTANCE
from oilseer.dashboard.past_answers import horizon_of
from oilseer.dashboard.tables import RUNS, WALK_FORWARD, WEIGHTS, exists, identity, require, rows
from oilseer.quantiles import HORIZON_LABELS
from oilseer.training.scores import REGIME_FEATURE, REGIMES

MATRIX = "features.daily_ml_matrix_zl"


def history(connection: duckdb.DuckDBPyConnection) -> dict:
    """Every run, newest first: what made it, how long it took, and how many forecasts of the walk-forward are its.

    Raises ConfigError where there is none.
    """
    require(connection, RUNS, "runs", "run")
    made: dict[str, dict] = {}
    if exists(connection, WALK_FORWARD):
        query = (
            "SELECT run_id, count(*) AS forecasts, count(DISTINCT model) AS models, count(DISTINCT origin) AS origins "
            f"FROM (SELECT DISTINCT run_id, model, target, origin, horizon FROM {WALK_FORWARD}) GROUP BY run_id"
        )
        made = {row["run_id"]: row for row in rows(connection, query)}
    query = (
        "SELECT run_id, as_of_date AS session, status, detail, started_at, ended_at, "
        "epoch(ended_at - started_at) / 60 AS minutes, code, data_hash, lock_hash, seed "
        f"FROM {RUNS} ORDER BY started_at DESC, run_id"
    )
    found = rows(connection, query)
    kept = {row["run_id"] for row in found}
    nothing = {"forecasts": 0, "models": 0, "origins": 0}
    listed = [row | {key: made.get(row["run_id"], nothing)[key] for key in nothing} for row in found]
    before = [row for run_id, row in sorted(made.items(), reverse=True) if run_id not in kept]
    units = {"minutes": "minutes", "forecasts": "forecasts of the walk-forward kept from this run, one a horizon"}
    return identity(connection, found[0]["run_id"], None, units) | {"rows": listed, "before": before}


def weights_by_regime(connection: duckdb.DuckDBPyConnection, label: str) -> dict:
    """Mean weight of each model at the origins of each volatility regime, those with the most say first.

    Raises ConfigError for an unknown horizon and where there are no weights.
    """
    horizon = horizon_of(label)
    require(connection, WEIGHTS, "weights", "run")
    said = about(connection, {"weight": "mean share at the origins of the regime; they add up to 1"})
    if not exists(connection, MATRIX) or not _has_regimes(connection):
        return said | {"horizon": label, "origins": {}, "rows": []}
    query = (
        f"SELECT w.model, CAST(f.{REGIME_FEATURE} AS INTEGER) AS state, sum(w.weight) AS total FROM {WEIGHTS} AS w "
        f"JOIN {MATRIX} AS f ON f.as_of_date = w.origin WHERE w.horizon = ? AND f.{REGIME_FEATURE} IS NOT NULL "
        "GROUP BY ALL"
    )
    totals = rows(connection, query, [horizon])
    query = (
        f"SELECT CAST(f.{REGIME_FEATURE} AS INTEGER), count(DISTINCT w.origin) FROM {WEIGHTS} AS w "
        f"JOIN {MATRIX} AS f ON f.as_of_date = w.origin WHERE w.horizon = ? AND f.{REGIME_FEATURE} IS NOT NULL "
        "GROUP BY ALL"
    )
    counts = dict(connection.execute(query, [horizon]).fetchall())
    origins = {name: counts[state] for state, name in enumerate(REGIMES) if state in counts}
    found = [
        {"regime": REGIMES[row["state"]], "model": row["model"], "weight": row["total"] / counts[row["state"]],
         "origins": counts[row["state"]]}
        for row in totals
    ]  # fmt: skip
    found.sort(key=lambda row: (list(REGIMES).index(row["regime"]), -row["weight"], row["model"]))
    return said | {"horizon": label, "origins": origins, "rows": found}


def importance(connection: duckdb.DuckDBPyConnection) -> dict:
    """What pruning measured of each feature at the newest origin, by horizon, most important first.

    Raises ConfigError where nothing was pruned.
    """
    require(connection, IMPORTANCE, "importance of features", "prune")
    query = (
        f"SELECT * FROM {IMPORTANCE} WHERE origin = (SELECT max(origin) FROM {IMPORTANCE}) "
        "ORDER BY horizon, place NULLS LAST, feature"
    )
    found = rows(connection, query)
    units = {
        "importance": "share of the trees' gain, mean over parts of history; null where it was not measured",
        "place": "by importance, 1 first",
        "stable_blocks": "parts of history, of 3, in its upper half",
    }
    listed = [row | {"horizon": HORIZON_LABELS.get(row["horizon"], str(row["horizon"]))} for row in found]
    return about(connection, units) | {"origin": found[0]["origin"], "rows": listed}


def _has_regimes(connection: duckdb.DuckDBPyConnection) -> bool:
    query = "SELECT 1 FROM duckdb_columns() WHERE schema_name || '.' || table_name = ? AND column_name = ?"
    return connection.execute(query, [MATRIX, REGIME_FEATURE]).fetchone() is not None
