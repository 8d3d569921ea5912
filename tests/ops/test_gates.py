"""Gates catch a planted leak, a score that is too good, and a broken publication; each names what it found."""

from datetime import UTC, date, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from oilseer.checks import Check, require
from oilseer.errors import GateFailed
from oilseer.market import sessions
from oilseer.ops import gates
from oilseer.quantiles import HORIZONS, QUANTILE_COLUMNS
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

NOW = datetime(2025, 1, 1, tzinfo=UTC)
N = 2600


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", NOW)) as opened:
        yield opened


def make_features(connection: duckdb.DuckDBPyConnection, **planted: np.ndarray) -> np.ndarray:
    """Prices and a matrix of honest core features, with `planted` columns beside them; the prices."""
    rng = np.random.default_rng(0)
    prices = 50 * np.exp(np.cumsum(0.015 * rng.standard_normal(N)))
    start = int(sessions.number(date(2012, 1, 3))[0])
    days = sessions.sessions()[start : start + N]
    honest = {name: rng.standard_normal(N) for name in gates.CORE_FEATURES}
    connection.register("prices", pa.table({"observation_date": days, "price_cents_per_lb": prices}))
    connection.register(
        "matrix", pa.table({"as_of_date": days, **honest, **{k: f(prices) for k, f in planted.items()}})
    )
    connection.execute("CREATE TABLE staging.zl_prices_clean AS FROM prices")
    connection.execute("CREATE TABLE features.daily_ml_matrix_zl AS FROM matrix")
    return prices


def verdict(checks: list[Check], name: str) -> Check:
    return next(check for check in checks if check.name == name)


def test_honest_features_pass(connection):
    make_features(connection)
    assert all(check.passed for check in gates.after_features(connection))


@pytest.mark.parametrize(
    "leak",
    [
        lambda p: np.r_[np.log(p[5:] / p[:-5]), np.full(5, np.nan)],
        lambda p: np.r_[p[5:] / p[:-5], np.full(5, np.nan)] + np.random.default_rng(1).normal(0, 0.03, N),
    ],
    ids=["the target itself", "the target under noise of its own size"],
)
def test_a_planted_future_column_is_caught_and_named(connection, leak):
    make_features(connection, tech_innocent_ratio=leak)
    check = verdict(gates.after_features(connection), "no_feature_holds_the_future")
    assert not check.passed
    assert "tech_innocent_ratio" in check.found
    with pytest.raises(GateFailed, match="tech_innocent_ratio"):
        require([check])


def test_a_core_feature_that_is_mostly_unknown_blocks(connection):
    make_features(connection)
    name = gates.CORE_FEATURES[0]
    connection.execute(f"UPDATE features.daily_ml_matrix_zl SET {name} = NULL WHERE as_of_date > DATE '2021-01-01'")
    check = verdict(gates.after_features(connection), f"{name}_is_known")
    assert not check.passed
    assert check.blocking


def make_scores(connection: duckdb.DuckDBPyConnection, mape: dict[int, float], ratio=0.98, origins=80, independent=12):
    rows = [("ensemble", h, origins, independent, m, ratio, "all", "price") for h, m in mape.items()]
    connection.execute(
        "CREATE OR REPLACE TABLE training.model_backtest_zl (model VARCHAR, horizon INTEGER, n_origins INTEGER, "
        "n_effective INTEGER, mape DOUBLE, mape_ratio_rw DOUBLE, slice VARCHAR, target VARCHAR)"
    )
    connection.executemany("INSERT INTO training.model_backtest_zl VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)


HONEST = dict(zip(HORIZONS.values(), (0.028, 0.056, 0.10, 0.14, 0.21), strict=True))


def test_honest_scores_pass(connection):
    make_scores(connection, HONEST)
    assert all(check.passed for check in gates.after_scores(connection))


@pytest.mark.parametrize(
    ("mape", "ratio", "origins", "name"),
    [
        (HONEST, 0.65, 80, "not_too_good_to_be_true"),
        (dict.fromkeys(HORIZONS.values(), 0.013), 0.9, 80, "error_grows_with_horizon"),
        (HONEST, 0.98, 59, "enough_scored_origins"),
    ],
)
def test_a_score_that_is_too_good_blocks(connection, mape, ratio, origins, name):
    make_scores(connection, mape, ratio, origins)
    checks = gates.after_scores(connection)
    assert [check.name for check in checks if not check.passed] == [name]
    with pytest.raises(GateFailed, match=name):
        require(checks)


def test_a_good_score_on_a_handful_of_outcomes_is_luck(connection):
    make_scores(connection, HONEST, ratio=0.61, independent=3)
    assert all(check.passed for check in gates.after_scores(connection))


def test_crossed_quantiles_and_missing_horizons_block_publication(connection):
    columns = ", ".join(f"{name} DOUBLE" for name in QUANTILE_COLUMNS)
    connection.execute(f"CREATE TABLE forecasts.zl_predictions (as_of_date DATE, run_id VARCHAR, {columns})")
    connection.execute("CREATE TABLE training.ensemble_weights (origin DATE, horizon INTEGER, weight DOUBLE)")
    day, row = date(2024, 1, 5), list(range(40, 49))
    for values in (row, row, row, row[::-1]):
        marks = ", ".join("?" * (2 + len(row)))
        connection.execute(f"INSERT INTO forecasts.zl_predictions VALUES ({marks})", [day, "run", *values])
    connection.execute("INSERT INTO training.ensemble_weights VALUES (?, 5, 0.5), (?, 5, 0.4)", [day, day])
    failed = {check.name for check in gates.after_publication(connection, day) if not check.passed}
    assert failed == {"all_horizons_published", "quantiles_do_not_cross", "weights_sum_to_one"}


def test_every_blocking_failure_is_named_and_others_pass():
    checks = [
        Check("one", False, "1", "2"),
        Check("two", False, "3", "4"),
        Check("soft", False, "5", "6", blocking=False),
        Check("fine", True, "7", "7"),
    ]
    with pytest.raises(GateFailed, match="2 gates failed: one: found 1, expected 2; two: found 3") as error:
        require(checks)
    assert "soft" not in str(error.value)
    require(checks[2:])


def test_verdicts_are_kept_by_run_and_stage(connection):
    for run_id in ("a", "b", "a"):
        gates.record(connection, run_id, "staging", [Check("one", True, "1", "2")], NOW)
    assert connection.execute(f"SELECT count(*) FROM {gates.RESULTS.name}").fetchone() == (2,)
