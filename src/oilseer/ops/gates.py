"""The gates between stages: each reads tables, measures, and says found and expected; kept in ops.gate_results.

Thresholds are those of the product's requirements; a gate about what a later source brings does not block.
"""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.checks import Check
from oilseer.ops import feature_gates
from oilseer.quantiles import HORIZONS, QUANTILE_COLUMNS
from oilseer.reference.sources import sources
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import merge

RESULTS = TableSpec(
    "ops.gate_results",
    "one row per run, stage, gate",
    ("run_id", "stage", "gate"),
    (
        Column("run_id", "VARCHAR"),
        Column("stage", "VARCHAR"),
        Column("gate", "VARCHAR"),
        Column("passed", "BOOLEAN", null=False),
        Column("blocking", "BOOLEAN", null=False),
        Column("found", "VARCHAR", null=False),
        Column("expected", "VARCHAR", null=False),
        Column("checked_at", "TIMESTAMPTZ", "UTC", null=False),
    ),
    "at the end of the stage",
    "written by the pipeline",
)
SPECS = (RESULTS,)

QUARANTINE_SHARE, CRITICAL_SHARE = 0.10, 0.05
HISTORY_STARTS_BY = date(2000, 11, 15)
ZL_SESSIONS = 6_000
FRED_SERIES = 30
WEATHER_STATIONS = 10
GATE_YEARS = 10
MAY_BE_NEGATIVE = ("CL", "QM", "MCL", "BZ")  # crude oil settled at −37.63 USD/bbl on 2020-04-20
FUTURE = 0.5  # rank correlation with what comes next; honest features stay below 0.1
TOO_GOOD_MAPE = 0.70
ALARM_OUTCOMES = 10  # that share no session
UNEXPLAINED = 1e-6  # ¢/lb between a median and what explains it
SMALL_ERROR = 0.10
FLAT_ERROR = 1.2  # error at 12 months over error at 1 week; a random walk's is near 7
SCORED_ORIGINS = 60
FEWEST_PAIRS = 30  # rows on which a rank correlation says something


def after_staging(connection: duckdb.DuckDBPyConnection, replayed: bool = False) -> list[Check]:
    """Quarantine, of critical sources too, length and soundness of ZL's history, breadth of sources.

    In a replay of the past a history that was still short is shown and does not block.
    """
    held = _count(connection, "SELECT count(*) FROM staging.quarantine WHERE status = 'held'", "staging.quarantine")
    loaded = connection.execute("SELECT coalesce(sum(row_count), 0) FROM ops.ingestion_completion").fetchone()[0]
    first, sessions, low = connection.execute(
        "SELECT min(observation_date), count(*), min(price_cents_per_lb) FROM staging.zl_prices_clean"
    ).fetchone()
    twice = connection.execute(
        "SELECT count(*) - count(DISTINCT (symbol, observation_date)) FROM staging.market_daily"
    ).fetchone()[0]
    # of gaps those of the last years count: nobody can mend what a source left out in 2001
    faults = connection.execute(
        "SELECT count(*) FROM ops.data_quality_zl_daily WHERE status = 'fail' AND CASE check_name "
        "WHEN 'longest_gap_sessions' THEN TRY_CAST(period AS INTEGER) > (SELECT year(max(observation_date)) "
        "FROM staging.zl_prices_clean) - $years ELSE period = 'all' END", {"years": GATE_YEARS},
    ).fetchone()[0]  # fmt: skip
    series = connection.execute("SELECT count(DISTINCT series_id) FROM staging.fred_macro_panel").fetchone()[0]
    stations = _count(connection, "SELECT count(DISTINCT station_id) FROM raw.weather_noaa", "raw.weather_noaa")
    out = connection.execute(
        "SELECT count(*) FROM staging.market_daily WHERE coalesce(settle, close) <= 0 AND symbol NOT IN "
        "(SELECT unnest($free))",
        {"free": list(MAY_BE_NEGATIVE)},
    ).fetchone()[0]
    kept_out = _count(
        connection,
        "SELECT count(*) FROM staging.quarantine WHERE status = 'held' "
        "AND reason IN ('value is out of range', 'price is not positive')",
        "staging.quarantine",
    )
    return [
        _at_most("rows_in_quarantine", held / max(held + loaded, 1), QUARANTINE_SHARE),
        *_critical_sources(connection),
        Check("zl_history_reaches_back", first <= HISTORY_STARTS_BY, str(first), f"{HISTORY_STARTS_BY} or earlier"),
        Check(
            "zl_has_enough_sessions", sessions >= ZL_SESSIONS, f"{sessions:,}", f"{ZL_SESSIONS:,} or more", not replayed
        ),
        Check("zl_prices_are_positive", low > 0, f"lowest {low} ¢/lb", "above 0"),
        Check("zl_quality", faults == 0, f"{faults} measures failed", "none; see ops.data_quality_zl_daily"),
        Check(
            "prices_are_in_range",
            out == 0,
            f"{out} in staging.market_daily, {kept_out} rows held in quarantine",
            f"none; only {', '.join(MAY_BE_NEGATIVE)} may be below zero",
        ),
        Check("market_rows_are_unique", twice == 0, f"{twice} duplicates", "none"),
        _at_least("fred_series", series, FRED_SERIES),
        _at_least("weather_stations", stations, WEATHER_STATIONS),
    ]


def _critical_sources(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """Share of the rows held in quarantine of each critical source, imports of its own history ('yahoo chart') too."""
    checks = []
    own = "(source = $name OR starts_with(source, $name || ' '))"
    for name in (facts.name for facts in sources().values() if facts.critical):
        held = _count(
            connection, f"SELECT count(*) FROM staging.quarantine WHERE status = 'held' AND {own}",
            "staging.quarantine", {"name": name},
        )  # fmt: skip
        loaded = connection.execute(
            f"SELECT coalesce(sum(row_count), 0) FROM ops.ingestion_completion WHERE {own}", {"name": name}
        ).fetchone()[0]
        checks.append(_at_most(f"{name}_rows_in_quarantine", held / max(held + loaded, 1), CRITICAL_SHARE))
    return checks


def after_features(connection: duckdb.DuckDBPyConnection) -> list[Check]:
    """Breadth, knowable targets, no column that holds the future, a known core, values in range, sound joins."""
    worst, name = future_correlation(connection)
    found = f"|rank correlation| {worst:.2f} of {name} with the next week's change"
    return [
        *feature_gates.breadth(connection),
        feature_gates.knowable_targets(connection),
        Check("no_feature_holds_the_future", worst < FUTURE, found, f"below {FUTURE}"),
        *feature_gates.core(connection),
        feature_gates.in_range(connection),
        feature_gates.joins(connection),
    ]


def future_correlation(connection: duckdb.DuckDBPyConnection) -> tuple[float, str]:
    """Largest |rank correlation| of a feature with the log change of the next 5 sessions, and its name.

    An honest feature stays near zero; a column that was shifted the wrong way reaches one.
    """
    matrix = connection.execute(
        """SELECT m.*, ln(p.later / p.price_cents_per_lb) AS move
        FROM features.daily_ml_matrix_zl AS m INNER JOIN (
            SELECT observation_date, price_cents_per_lb,
                lead(price_cents_per_lb, 5) OVER (ORDER BY observation_date) AS later
            FROM staging.zl_prices_clean) AS p ON p.observation_date = m.as_of_date"""
    ).fetchnumpy()
    columns = {
        name: np.ma.filled(np.ma.asarray(v, dtype=float), np.nan)
        for name, v in matrix.items()
        if name not in ("as_of_date", "symbol")
    }
    move = columns.pop("move")
    return max(((_rank_correlation(values, move), name) for name, values in columns.items()), default=(0.0, "none"))


def _rank_correlation(values: np.ndarray, move: np.ndarray) -> float:
    """|Spearman's correlation| over the rows where both are known; 0 where a column is constant or nearly empty."""
    from scipy.stats import rankdata

    both = ~(np.isnan(values) | np.isnan(move))
    if both.sum() < FEWEST_PAIRS:
        return 0.0
    x, y = rankdata(values[both]), rankdata(move[both])
    return float(abs(np.corrcoef(x, y)[0, 1])) if np.ptp(x) > 0 and np.ptp(y) > 0 else 0.0


def after_scores(connection: duckdb.DuckDBPyConnection, replayed: bool = False) -> list[Check]:
    """Enough origins, and the alarm for results that are too good: it means leakage until shown otherwise.

    Origins are counted where most outcomes are known, at one week; in a replay too few do not block.
    """
    rows = connection.execute(
        "SELECT model, horizon, n_origins, n_effective, mape, mape_ratio_rw FROM training.model_backtest_zl "
        "WHERE slice = 'all' AND target = 'price'"
    ).fetchall()
    origins = max((n for model, _, n, *_ in rows if model == "ensemble"), default=0)
    # on a handful of outcomes a good score is luck, and says nothing of leakage
    good = sorted(
        f"{model} at {horizon}: {ratio:.2f}"
        for model, horizon, _, independent, _, ratio in rows
        if ratio < TOO_GOOD_MAPE and independent >= ALARM_OUTCOMES
    )
    error = {(model, horizon): mape for model, horizon, *_, mape, _ in rows}
    near, far = HORIZONS["1w"], HORIZONS["12m"]
    # a model that is as wrong at a week as at a year is poor, not suspicious: only a small error is
    flat = sorted(
        model
        for (model, horizon), mape in error.items()
        if horizon == near and mape < SMALL_ERROR and error.get((model, far), 1.0) < FLAT_ERROR * mape
    )
    expected = f"no MAPE below {TOO_GOOD_MAPE:.0%} of the random walk's"
    return [
        Check(
            "enough_scored_origins",
            origins >= SCORED_ORIGINS,
            str(origins),
            f"{SCORED_ORIGINS} or more",
            blocking=not replayed,
        ),
        Check("not_too_good_to_be_true", not good, "; ".join(good) or "none", expected),
        Check(
            "error_grows_with_horizon", not flat, ", ".join(flat) or "none", f"12m error over {FLAT_ERROR} × 1w error"
        ),
    ]


def after_publication(connection: duckdb.DuckDBPyConnection, as_of: date) -> list[Check]:
    """Five horizons of nine ordered quantiles, weights that sum to 1, one run id, explanations that add up."""
    ordered = " AND ".join(f"{low} <= {high}" for low, high in pairwise(QUANTILE_COLUMNS))
    count, sound, runs = connection.execute(
        f"SELECT count(*), count(*) FILTER ({ordered}), count(DISTINCT run_id) "
        "FROM forecasts.zl_predictions WHERE as_of_date = ?",
        [as_of],
    ).fetchone()
    off = connection.execute(
        "SELECT count(*) FROM (SELECT horizon FROM training.ensemble_weights WHERE origin = ? "
        "GROUP BY ALL HAVING abs(sum(weight) - 1) > 1e-9)",
        [as_of],
    ).fetchone()[0]
    unexplained = connection.execute(
        """SELECT max(abs(p.price_cents_per_lb + coalesce(c.added, 0) - p.p500)) FROM forecasts.zl_predictions AS p
        LEFT JOIN (SELECT as_of_date, horizon, sum(contribution_cents_per_lb) AS added FROM forecasts.contributions
            GROUP BY ALL) AS c USING (as_of_date, horizon)
        WHERE p.as_of_date = ?""",
        [as_of],
    ).fetchone()[0]
    return [
        Check("all_horizons_published", count == len(HORIZONS), str(count), str(len(HORIZONS))),
        Check("quantiles_do_not_cross", sound == count, f"{sound} of {count} rows in order", "all"),
        Check("weights_sum_to_one", off == 0, f"{off} horizons off", "none"),
        Check("one_run_id", runs == 1, str(runs), "1"),
        Check(
            "explanations_add_up",
            unexplained is not None and unexplained < UNEXPLAINED,
            "nothing published" if unexplained is None else f"{unexplained:.2g} ¢/lb left over",
            f"below {UNEXPLAINED:g} ¢/lb",
        ),
    ]


def record(
    connection: duckdb.DuckDBPyConnection, run_id: str, stage: str, checks: Sequence[Check], now: datetime
) -> None:
    """Keep the verdicts of one stage."""
    rows = [
        {"run_id": run_id, "stage": stage, "gate": c.name, "passed": c.passed, "blocking": c.blocking,
         "found": c.found, "expected": c.expected, "checked_at": now}
        for c in checks
    ]  # fmt: skip
    merge(connection, RESULTS, pa.Table.from_pylist(rows))


def _at_most(name: str, found: float, limit: float) -> Check:
    return Check(name, found <= limit, f"{found:.1%}", f"at most {limit:.0%}")


def _at_least(name: str, found: int, limit: int) -> Check:
    """A count of what later sources bring: shown, and not blocking."""
    return Check(name, found >= limit, str(found), f"{limit} or more", blocking=False)


def _count(connection: duckdb.DuckDBPyConnection, query: str, table: str, bound: dict | None = None) -> int:
    """Result of a counting query, 0 where its table was never made."""
    return connection.execute(query, bound or {}).fetchone()[0] if table in tables(connection) else 0
