"""A small published workspace for the dashboard: every table that an answer reads, a few rows each, made by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
from explained import explain
from linked_markets import add_drivers
from site_market import add_market
from snapshots import AS_OF, NOW, RUN_ID, make_snapshot, write

from oilseer.features.build import MATRIX
from oilseer.features.registry import SPEC as REGISTRY
from oilseer.forecasts.explanation_specs import GROUP_CONTRIBUTIONS
from oilseer.forecasts.scenario_runs import RUNS as SCENARIOS
from oilseer.forecasts.specs import VIEWS
from oilseer.market import sessions
from oilseer.raw.specs.markets import FUTURES_1D
from oilseer.signals import big_eight, conviction, live, regimes
from oilseer.staging import cot_positions, market_daily, news_bucketed, policy_events, supply
from oilseer.training.specs import WALK_FORWARD
from oilseer.warehouse.workspace import Workspace, create_workspace

BUCKETS = ("biofuel", "china", "crush", "energy", "fed", "fx", "tariff", "volatility")
FORMULA = '=HYPERLINK("http://evil.example","click")'  # a headline that a spreadsheet would run
FEATURES = ("databento_zl_front_cents_per_lb", "spread_boho_usd_per_gal", "curve_slope_annualized_ratio")


def stamped(day: date, **others: object) -> dict:
    """Columns that every staged row has, public at the session's cutoff."""
    at = sessions.cutoff(day)
    return {"observation_date": day, "available_at": at, "availability": "lagged", "ingested_at": at, "source": "test",
            "provenance_id": "0", **others}  # fmt: skip


def make_site(home: Path, kind: str = "real") -> Workspace:
    """A workspace in `home` with one publication."""
    workspace = create_workspace(home, kind, NOW)
    workspace.published.mkdir()
    path = workspace.published / f"{RUN_ID}.duckdb"
    snapshot = make_snapshot(path, kind)
    with snapshot.connection as connection:
        fill(connection, snapshot.days, snapshot.prices)
    (workspace.published / "current").write_text(path.name)
    return workspace


def fill(connection: duckdb.DuckDBPyConnection, days: np.ndarray, prices: np.ndarray) -> None:
    """Rows of the tables that `make_snapshot` leaves out."""
    add_drivers(connection)
    explain(connection)
    add_rivals(connection)
    add_groups(connection)
    for name, query in VIEWS.items():
        connection.execute(f"CREATE VIEW {name} AS {query}")
    last = [day.astype(object) for day in days[-260:]]
    write(connection, market_daily.SPEC, [
        stamped(day, symbol="ZL", contract="ZLQ25", close=float(price), is_roll=False, basis="exchange")
        for day, price in zip(last, prices[-260:], strict=True)
    ])  # fmt: skip
    write(connection, FUTURES_1D, [
        stamped(AS_OF, symbol="ZL", contract=f"ZL{code}", contract_month=month, close=50.0 + place, settle=50.1 + place,
                volume=100, open_interest=1000)
        for place, (code, month) in enumerate((("Q25", date(2025, 8, 1)), ("Z25", date(2025, 12, 1))))
    ])  # fmt: skip
    write(connection, regimes.SPEC, [
        {"as_of_date": day, "gate": "NORMAL", "gate_score": 0.1, "vix_band": "calm", "crisis_probability": 0.05,
         "bull_probability": 0.25, "bear_probability": 0.2, "normal_probability": 0.5, "likely_state": "normal",
         "base_log_score": 1.0, "log_score": 0.9, "calendar_regime": "tariff_era"}
        for day in last[-30:]
    ])  # fmt: skip
    write(connection, big_eight.DAILY, [
        {"as_of_date": AS_OF, "bucket": bucket, "score": 50.0 + place, "change_1": 0.5, "weight": 0.125, "missing": "",
         "assumed_sign": 1, "data_sign": 1, "rank_correlation": 0.1, "n_effective": 40}
        for place, bucket in enumerate(BUCKETS)
    ])  # fmt: skip
    write(connection, live.SPEC, [
        {"observed_at": datetime(2025, 6, 30, 18, tzinfo=UTC), "bucket": bucket, "score": 51.0, "change": 1.0,
         "input_age_minutes": 5.0, "as_of_date": AS_OF} for bucket in BUCKETS
    ])  # fmt: skip
    write(connection, conviction.DAILY, [
        {"as_of_date": AS_OF, "horizon": horizon, "conviction": 40.0, "signal_strength": 10.0, "rise_probability": 0.52,
         "confidence": 60.0} for horizon in (5, 21, 63, 126, 252)
    ])  # fmt: skip
    write(connection, conviction.RECORD, [
        {"measure": measure, "horizon": 21, "points_from": 0, "points_to": 100, "n_origins": 60, "n_effective": 50,
         "direction_right": 0.5, "inside_80": 0.8, "absolute_error": 0.05} for measure in ("conviction", "confidence")
    ])  # fmt: skip
    write(connection, cot_positions.SPEC, [
        stamped(date(2025, 6, 24) - timedelta(weeks=week), symbol="ZL", report="legacy", trader_group="noncommercial",
                long_contracts=100 + week, short_contracts=90, open_interest_contracts=500, net_share_ratio=week / 100)
        for week in range(8)
    ])  # fmt: skip
    write(connection, news_bucketed.SPEC, [
        stamped(AS_OF, feed="test", item_id=f"{place}", bucket="china", topic="news", bucket_rule="words", title=title,
                trust_class="press", trust_ratio=0.5, sentiment_ratio=0.1, sentiment_by="words", mentions_china=True)
        for place, title in enumerate((FORMULA, "<script>alert(1)</script>", "China buys beans"))
    ] + [stamped(sessions.ahead(AS_OF, 3), feed="test", item_id="later", bucket="china", topic="news", title="tomorrow",
                 bucket_rule="words", trust_class="press", trust_ratio=0.5, sentiment_ratio=0.1, sentiment_by="words",
                 mentions_china=True)])  # fmt: skip
    write(connection, policy_events.SPEC, [
        stamped(AS_OF, feed="test", item_id="p", kind="rule", topic="biofuel", title="A rule", effective_on=AS_OF)
    ])  # fmt: skip
    write(connection, supply.WASDE, [
        stamped(day, balance="us", commodity="soybean_oil", attribute="ending_stocks", marketing_year="2024/25",
                status="estimate", value=value, unit="million pounds")
        for day, value in ((date(2025, 5, 12), 1500.0), (date(2025, 6, 12), 1450.0))
    ])  # fmt: skip
    write(connection, REGISTRY, [
        {"name": name, "family": "prices", "unit": "unit", "formula": "f", "why": "w",
         "source": "s", "reads": "staging.market_daily", "category": "market", "bucket": "crush", "is_core": True,
         "driver_group": "CRUSH", "update_frequency": "daily", "publication_lag": "none", "max_age_days": 5,
         "reliability": 1.0, "available_from": last[0], "available_until": AS_OF, "known_sessions": 260,
         "null_ratio": 0.0} for name in FEATURES
    ])  # fmt: skip
    write(connection, MATRIX, [
        {"as_of_date": day.astype(object), "symbol": "ZL", **dict.fromkeys(FEATURES, 0.0001 * place)}
        for place, day in enumerate(days)
    ])  # fmt: skip
    write(connection, SCENARIOS, [])
    add_market(connection, last)


def add_rivals(connection: duckdb.DuckDBPyConnection) -> None:
    """Benchmarks beside the combination: its own quantiles, B0's 3 % too high, B1's the same, B2's 1 % too low."""
    for name, factor in (("B0", 1.03), ("B1", 1.0), ("B2", 0.99)):
        connection.execute(
            f"INSERT INTO {WALK_FORWARD.name} SELECT $name, target, origin, horizon, level, value * $factor, "
            f"work_hash, run_id FROM {WALK_FORWARD.name} WHERE model = 'ensemble'",
            {"name": name, "factor": factor},
        )


def add_groups(connection: duckdb.DuckDBPyConnection) -> None:
    """Contributions summed by driver group."""
    write(connection, GROUP_CONTRIBUTIONS, [
        {"as_of_date": AS_OF, "horizon": 21, "driver_group": group, "contribution_cents_per_lb": amount,
         "components": count, "run_id": RUN_ID}
        for group, amount, count in connection.execute(
            "SELECT driver_group, sum(contribution_cents_per_lb), count(*) FROM forecasts.contributions GROUP BY ALL"
        ).fetchall()
    ])  # fmt: skip


def publish_again(workspace: Workspace, run_id: str = RUN_ID, price: float | None = None) -> None:
    """Publish a copy as the product does, swapped in whole; with another price at the last session, to tell it by."""
    from oilseer.warehouse.connect import publish

    main = replace(workspace, database=str(workspace.home / "next.duckdb"))
    source = workspace.published / (workspace.published / "current").read_text().strip()
    Path(main.database).write_bytes(source.read_bytes())
    if price is not None:
        with duckdb.connect(main.database) as connection:
            connection.execute("UPDATE forecasts.zl_predictions SET price_cents_per_lb = ?", [price])
    publish(main, run_id)
