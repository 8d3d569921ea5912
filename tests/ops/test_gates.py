"""Gates catch a planted leak, a score that is too good, and a broken publication; each names what it found."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from oilseer.checks import Check, require
from oilseer.errors import GateFailed
from oilseer.market import sessions
from oilseer.ops import feature_gates, gates
from oilseer.quantiles import HORIZONS, QUANTILE_COLUMNS
from oilseer.reference.regimes import regime_calendar
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

NOW = datetime(2025, 1, 1, tzinfo=UTC)
N = 2600
DAY = date(2024, 1, 5)


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", NOW)) as opened:
        yield opened


FILLERS = [f"tech_filler_{i}_ratio" for i in range(150)]
CORE = ("fred_nfci_points", feature_gates.TERMS_OF_TRADE)  # beside what is made of ZL's prices
UNITS = {"regime_vix_override_flag": "1 or 0", "regime_harvest_override_flag": "1 or 0"}


def make_features(connection: duckdb.DuckDBPyConnection, **planted: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Prices, a matrix of honest features with `planted` columns among them, its registry and joins; the prices."""
    rng = np.random.default_rng(0)
    prices = 50 * np.exp(np.cumsum(0.015 * rng.standard_normal(N)))
    start = int(sessions.number(date(2012, 1, 3))[0])
    days = sessions.sessions()[start : start + N]
    columns = {name: rng.standard_normal(N) for name in (*feature_gates.OWN, *CORE, *FILLERS)}
    columns |= {name: rng.integers(0, 2, N).astype(float) for name in feature_gates.OVERRIDES}
    columns |= {name: make(prices) for name, make in planted.items()}
    matrix = {name: pa.array(values, mask=np.isnan(values)) for name, values in columns.items()}
    first = {name: days[int(np.argmax(~np.isnan(values)))].item() for name, values in columns.items()}
    connection.register("prices", pa.table({"observation_date": days, "price_cents_per_lb": prices}))
    connection.register("matrix", pa.table({"as_of_date": days, "symbol": ["ZL"] * N, **matrix}))
    connection.register("registry", pa.table({
        "name": list(columns), "unit": [UNITS.get(name, "ratio") for name in columns],
        "is_core": [name in CORE for name in columns], "available_from": list(first.values()),
        "available_until": [days[-1].item()] * len(columns),
        "missing_because": pa.array([None] * len(columns), pa.string()),
    }))  # fmt: skip
    connection.execute("CREATE TABLE staging.zl_prices_clean AS FROM prices")
    connection.execute("CREATE TABLE features.daily_ml_matrix_zl AS FROM matrix")
    connection.execute("CREATE TABLE reference.feature_registry AS FROM registry")
    connection.execute(
        "CREATE TABLE features.join_checks AS SELECT 'prices' AS join_name, 'null_share' AS test, true AS passed, "
        "true AS blocking, '0.0% null' AS found, 'at most 2% null' AS expected"
    )
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


RECENT = "as_of_date > (SELECT max(as_of_date) - INTERVAL 10 YEAR FROM features.daily_ml_matrix_zl)"
MATRIX = "features.daily_ml_matrix_zl"
REGISTRY = "reference.feature_registry"


@pytest.mark.parametrize(
    ("broken", "gate", "found"),
    [
        (f"DELETE FROM {MATRIX} WHERE as_of_date = DATE '2015-03-02'", "matrix_keeps_every_session", "2,599 rows"),
        (f"ALTER TABLE {MATRIX} DROP COLUMN tech_filler_7_ratio", "features_declared_and_built", "tech_filler_7_ratio"),
        (f"DELETE FROM {REGISTRY} WHERE name = 'tech_filler_7_ratio'", "features_declared_and_built", "157 declared"),
        (f"ALTER TABLE {MATRIX} DROP COLUMN regime_vix_override_flag; "
         f"DELETE FROM {REGISTRY} WHERE name = 'regime_vix_override_flag'",
         "override_flags_are_there", "regime_vix_override_flag"),
        (f"UPDATE {MATRIX} SET regime_harvest_override_flag = NULL", "override_flags_are_there", "harvest"),
        ("DELETE FROM staging.zl_prices_clean WHERE dayofmonth(observation_date) IN (9, 19)",
         "targets_are_known", "at 1w"),
        (f"UPDATE {MATRIX} SET tech_return_21_ratio = NULL WHERE as_of_date > DATE '2021-01-01'",
         "tech_return_21_ratio_is_known", "% null"),
        (f"UPDATE {MATRIX} SET fred_nfci_points = NULL WHERE year(as_of_date) IN (2017, 2018)",
         "fred_nfci_points_is_known", "% null"),
        (f"UPDATE {MATRIX} SET {feature_gates.TERMS_OF_TRADE} = NULL WHERE month(as_of_date) = 5 AND {RECENT}",
         f"{feature_gates.TERMS_OF_TRADE}_is_known", "8."),
        (f"UPDATE {MATRIX} SET {feature_gates.TERMS_OF_TRADE} = 'inf' WHERE as_of_date = DATE '2020-04-20'",
         f"{feature_gates.TERMS_OF_TRADE}_is_known", "1 infinite"),
        (f"UPDATE {MATRIX} SET regime_vix_override_flag = 2 WHERE as_of_date = DATE '2015-03-02'",
         "features_are_in_range", "regime_vix_override_flag 1"),
        ("UPDATE features.join_checks SET passed = false, found = '9.0% null'", "joins_are_sound", "9.0% null"),
        ("DELETE FROM features.join_checks", "joins_are_sound", "none of 0"),
    ],
    ids=lambda value: value if str(value).isidentifier() else "",
)  # fmt: skip
def test_broken_matrix_blocks_and_its_gate_says_what_it_found(connection, broken, gate, found):
    make_features(connection)
    connection.execute(broken)
    checks = gates.after_features(connection)
    failed = {check.name for check in checks if not check.passed}
    assert gate in failed
    with pytest.raises(GateFailed, match=gate):
        require(checks)
    assert found in verdict(checks, gate).found


def test_too_many_features_or_too_few_block(connection, monkeypatch):
    make_features(connection)
    assert verdict(gates.after_features(connection), "features_declared_and_built").found == "158 declared, 158 built"
    for bound, value in (("MOST", 157), ("FEWEST", 159)):
        with monkeypatch.context() as patch:
            patch.setattr(feature_gates, bound, value)
            assert not verdict(gates.after_features(connection), "features_declared_and_built").passed
    assert (feature_gates.FEWEST, feature_gates.MOST, feature_gates.NAMED_REGIMES) == (150, 500, 7)


def test_calendar_of_few_regimes_blocks(connection, monkeypatch):
    make_features(connection)
    assert verdict(gates.after_features(connection), "regimes_are_named").passed
    monkeypatch.setattr(feature_gates, "regime_calendar", lambda: regime_calendar()[-6:])
    check = verdict(gates.after_features(connection), "regimes_are_named")
    assert (check.passed, check.blocking, check.found[:2]) == (False, True, "6,")


def test_core_feature_without_its_source_is_named_and_does_not_block(connection):
    make_features(connection, fred_nfci_points=lambda p: np.where(np.arange(N) < 2000, np.nan, p))
    connection.execute(f"UPDATE {REGISTRY} SET missing_because = 'no row feeds it' WHERE name = 'fred_nfci_points'")
    check = verdict(gates.after_features(connection), "fred_nfci_points_is_known")
    assert (check.passed, check.blocking) == (False, False)
    assert check.found.endswith("null; no row feeds it")


def test_test_of_a_join_that_only_informs_does_not_block(connection):
    make_features(connection)
    connection.execute("UPDATE features.join_checks SET passed = false, blocking = false")
    assert verdict(gates.after_features(connection), "joins_are_sound").passed


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
    row = list(range(40, 49))
    make_predictions(connection, [row, row, row, row[::-1]], explained=4.0)
    connection.execute("INSERT INTO training.ensemble_weights VALUES (?, 5, 0.5), (?, 5, 0.4)", [DAY, DAY])
    failed = {check.name for check in gates.after_publication(connection, DAY) if not check.passed}
    assert failed == {"all_horizons_published", "quantiles_do_not_cross", "weights_sum_to_one"}


@pytest.mark.parametrize(("explained", "left"), [(3.9, "0.1 ¢/lb left over"), (None, "4 ¢/lb left over")])
def test_explanations_that_leave_something_over_block_publication(connection, explained, left):
    make_predictions(connection, [list(range(40, 49))] * 5, explained)
    failed = [check for check in gates.after_publication(connection, DAY) if not check.passed]
    assert [(check.name, check.found) for check in failed] == [("explanations_add_up", left)]


def make_predictions(connection: duckdb.DuckDBPyConnection, rows: list[list[int]], explained: float | None) -> None:
    """Horizons in order with their quantiles, P50 of 44 at a front of 40, and one component that adds `explained`."""
    columns = ", ".join(f"{name} DOUBLE" for name in QUANTILE_COLUMNS)
    connection.execute(
        "CREATE TABLE forecasts.zl_predictions "
        f"(as_of_date DATE, run_id VARCHAR, horizon INTEGER, price_cents_per_lb DOUBLE, {columns})"
    )
    connection.execute("CREATE TABLE training.ensemble_weights (origin DATE, horizon INTEGER, weight DOUBLE)")
    connection.execute(
        "CREATE TABLE forecasts.contributions (as_of_date DATE, horizon INTEGER, contribution_cents_per_lb DOUBLE)"
    )
    for horizon, values in zip(HORIZONS.values(), rows, strict=False):
        marks = ", ".join("?" * (4 + len(values)))
        connection.execute(
            f"INSERT INTO forecasts.zl_predictions VALUES ({marks})", [DAY, "run", horizon, 40.0, *values]
        )
        if explained is not None:
            connection.execute("INSERT INTO forecasts.contributions VALUES (?, ?, ?)", [DAY, horizon, explained])


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
