"""Every family and feature in one list, and the registry table that people read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.features import (
    betas,
    biofuel,
    correlations,
    cot,
    crush,
    curve,
    curve_shape,
    expectations,
    fx,
    gate,
    lags,
    macro,
    margins,
    memory,
    neighbours,
    news,
    policy,
    positioning,
    prices,
    rates,
    regime,
    season,
    spreads,
    stress,
    substitution,
    technicals,
    trade,
    volatility,
    wasde,
    weather,
    windows,
)
from oilseer.features.buckets import CORE, GROUPS
from oilseer.features.feature import Feature
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace


@dataclass(frozen=True)
class Family:
    """One family: NAME.sql beside the package's files, or a function of the columns of `known`.

    compute   columns of `known`, (n,) float64 by name, one row a session in order (with the features of the
              families listed before it), to the family's columns (n,); None where NAME.sql makes them
    lookback  sessions before a row that the row is made from, so that a new session needs a tail of `known`
              alone; None where it needs the whole history (exponential averages, hysteresis, expanding windows)
    """

    name: str
    features: tuple[Feature, ...]
    compute: Callable[[Mapping[str, np.ndarray]], dict[str, np.ndarray]] | None = None
    lookback: int | None = None


FAMILIES: tuple[Family, ...] = (
    Family("prices", prices.FEATURES, prices.compute, prices.LOOKBACK),
    Family("neighbours", neighbours.FEATURES, neighbours.compute, neighbours.LOOKBACK),
    Family("technicals", technicals.FEATURES, technicals.compute, technicals.LOOKBACK),
    Family("memory", memory.FEATURES, memory.compute),
    Family("spreads", spreads.FEATURES, spreads.compute, spreads.LOOKBACK),
    Family("margins", margins.FEATURES, margins.compute, margins.LOOKBACK),  # after spreads
    Family("curve", curve.FEATURES, lookback=0),
    Family("curve_shape", curve_shape.FEATURES, curve_shape.compute, curve_shape.LOOKBACK),  # after curve
    Family("season", season.FEATURES, season.compute, season.LOOKBACK),
    Family("windows", windows.FEATURES, windows.compute, windows.LOOKBACK),
    Family("volatility", volatility.FEATURES, volatility.compute, volatility.LOOKBACK),
    Family("positioning", positioning.FEATURES, positioning.compute, positioning.LOOKBACK),
    Family("macro", macro.FEATURES, macro.compute, macro.LOOKBACK),
    Family("rates", rates.FEATURES, rates.compute, rates.LOOKBACK),
    Family("fx", fx.FEATURES, fx.compute, fx.LOOKBACK),
    Family("correlations", correlations.FEATURES, correlations.compute, correlations.LOOKBACK),
    Family("betas", betas.FEATURES, betas.compute, betas.LOOKBACK),
    Family("lags", lags.FEATURES, lags.compute, lags.LOOKBACK),
    Family("wasde", wasde.FEATURES, wasde.compute, lookback=0),
    Family("crush", crush.FEATURES, crush.compute, lookback=0),
    Family("cot", cot.FEATURES, cot.compute, lookback=0),
    Family("biofuel", biofuel.FEATURES, biofuel.compute, lookback=0),
    Family("substitution", substitution.FEATURES, substitution.compute, substitution.LOOKBACK),
    Family("trade", trade.FEATURES, trade.compute, lookback=0),
    Family("weather", weather.FEATURES, weather.compute, lookback=0),
    Family("policy", policy.FEATURES, policy.compute, policy.LOOKBACK),
    Family("news", news.FEATURES, news.compute, news.LOOKBACK),
    Family("expectations", expectations.FEATURES, expectations.compute, expectations.LOOKBACK),
    Family("regime", regime.FEATURES, regime.compute, regime.LOOKBACK),
    Family("gate", gate.FEATURES, gate.compute),  # after regime: it reads its score
    Family("stress", stress.FEATURES, stress.compute, stress.LOOKBACK),  # last: it reads the families before
)
FEATURES: tuple[Feature, ...] = tuple(feature for family in FAMILIES for feature in family.features)

SPEC = TableSpec(
    "reference.feature_registry",
    "one row per feature",
    ("name",),
    (
        Column("name", "VARCHAR"),
        Column("family", "VARCHAR", "", "file of the package that makes it", null=False),
        Column("unit", "VARCHAR", null=False),
        Column("formula", "VARCHAR", null=False),
        Column("why", "VARCHAR", null=False),
        Column("source", "VARCHAR", null=False),
        Column("reads", "VARCHAR", "", "tables, by commas", null=False),
        Column("category", "VARCHAR", null=False),
        Column("bucket", "VARCHAR", "", "of the Big 8", null=False),
        Column("is_core", "BOOLEAN", "", "inherited by every bucket", null=False),
        Column("driver_group", "VARCHAR", null=False),
        Column("update_frequency", "VARCHAR", null=False),
        Column("publication_lag", "VARCHAR", null=False),
        Column("max_age_days", "INTEGER", "days", null=False, low=0),
        Column("reliability", "DOUBLE", "0 to 1", null=False, low=0, high=1),
        Column("lookback_sessions", "INTEGER", "sessions", "null: its family needs the whole history", low=0),
        Column("available_from", "DATE", "", "first session with a value; null where no loaded source feeds it"),
        Column("available_until", "DATE", "", "last session with a value"),
        Column("known_sessions", "BIGINT", "sessions", "with a value", null=False, low=0),
        Column("null_ratio", "DOUBLE", "ratio", "sessions without a value since available_from", low=0, high=1),
        Column("missing_because", "VARCHAR", "", "why the last session has no value; null where it has one"),
    ),
    "at the build",
    "declared in oilseer.features, measured in features.daily_ml_matrix_zl",
)
GROUP = TableSpec(
    "reference.driver_group",
    "one row per driver group",
    ("driver_group",),
    (Column("driver_group", "VARCHAR"), Column("description", "VARCHAR", null=False)),
    "shipped with the package",
    "features/buckets.py",
)
MAP = TableSpec(
    "reference.feature_to_driver_group_map",
    "one row per feature",
    ("feature",),
    (
        Column("feature", "VARCHAR"),
        Column("driver_group", "VARCHAR", null=False),
        Column("bucket", "VARCHAR", "", "of the Big 8", null=False),
    ),
    "at the build",
    "declared in oilseer.features",
)


def write(
    connection: duckdb.DuckDBPyConnection,
    days: np.ndarray,
    columns: Mapping[str, np.ndarray],
    families: Sequence[Family] = FAMILIES,
) -> int:
    """Replace the registry by the declarations and what the matrix holds of them; number of features.

    days     (n,) every session of the matrix
    columns  (rows,) by name, NaN where unknown: all n sessions, or the last ones, the registry knowing the rest and
             the driver groups standing as they were declared
    """
    rows = len(next(iter(columns.values())))
    before = _measured(connection) if rows < len(days) else {}
    made = []
    for family in families:
        for feature in family.features:
            given = np.flatnonzero(~np.isnan(columns[feature.name]))
            first, last, count = before.get(feature.name, (None, None, 0))
            if given.size:
                first = first or days[len(days) - rows + given[0]].item()
                last = days[len(days) - rows + given[-1]].item()
            count += given.size
            since = 0 if first is None else len(days) - int(np.searchsorted(days, np.datetime64(first)))
            made.append(
                {
                    **{name: getattr(feature, name) for name in _DECLARED},
                    "family": family.name, "reads": ", ".join(feature.reads), "max_age_days": feature.max_age.days,
                    "is_core": feature.name in CORE, "lookback_sessions": family.lookback,
                    "available_from": first, "available_until": last, "known_sessions": count,
                    "null_ratio": None if first is None else 1 - count / since,
                    "missing_because": _reason(feature, last, days[-1].item()),
                }
            )  # fmt: skip
    if rows == len(days):
        replace(connection, GROUP, pa.table({"driver_group": list(GROUPS), "description": list(GROUPS.values())}))
        replace(connection, MAP, pa.Table.from_pylist([
            {"feature": row["name"], "driver_group": row["driver_group"], "bucket": row["bucket"]} for row in made
        ]))  # fmt: skip
    return replace(connection, SPEC, pa.Table.from_pylist(made))


_DECLARED = (
    "name", "unit", "formula", "why", "source", "category", "bucket", "driver_group", "update_frequency",
    "publication_lag", "reliability",
)  # fmt: skip


def _measured(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[date | None, date | None, int]]:
    """First and last session with a value, and how many have one, of every feature in the registry."""
    rows = connection.execute(f"SELECT name, available_from, available_until, known_sessions FROM {SPEC.name}")
    return {name: (first, last, count) for name, first, last, count in rows.fetchall()}


def _reason(feature: Feature, last: date | None, today: date) -> str | None:
    """Why a feature has no value at session `today`; None where it has one."""
    if last == today:
        return None
    inputs = " and ".join(feature.reads)
    if last is None:
        return f"needs {feature.missing}" if feature.missing else f"no row of {inputs} feeds it"
    return f"{inputs}: nothing that is young enough (at most {feature.max_age.days} days) since {last}"
