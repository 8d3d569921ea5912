"""Every family and feature in one list, and the registry table that people read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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
        Column("driver_group", "VARCHAR", null=False),
        Column("update_frequency", "VARCHAR", null=False),
        Column("publication_lag", "VARCHAR", null=False),
        Column("max_age_days", "INTEGER", "days", null=False, low=0),
        Column("reliability", "DOUBLE", "0 to 1", null=False, low=0, high=1),
        Column("available_from", "DATE", "", "first session with a value; null where no loaded source feeds it"),
        Column("null_ratio", "DOUBLE", "ratio", "sessions without a value since available_from", low=0, high=1),
    ),
    "at the build",
    "declared in oilseer.features, measured in features.daily_ml_matrix_zl",
)


def write(connection: duckdb.DuckDBPyConnection, matrix: str, families: Sequence[Family] = FAMILIES) -> int:
    """Replace the registry by the declarations and what table `matrix` shows of them; number of rows."""
    values = connection.execute(f"SELECT * FROM {matrix} ORDER BY as_of_date").to_arrow_table()
    days = values["as_of_date"].to_pylist()
    rows = []
    for family in families:
        for feature in family.features:
            given = values[feature.name].is_valid().to_numpy()
            first = int(given.argmax()) if given.any() else None
            rows.append(
                {
                    "name": feature.name, "family": family.name, "unit": feature.unit, "formula": feature.formula,
                    "why": feature.why, "source": feature.source, "reads": ", ".join(feature.reads),
                    "category": feature.category, "bucket": feature.bucket, "driver_group": feature.driver_group,
                    "update_frequency": feature.update_frequency, "publication_lag": feature.publication_lag,
                    "max_age_days": feature.max_age.days, "reliability": feature.reliability,
                    "available_from": None if first is None else days[first],
                    "null_ratio": None if first is None else float(1 - given[first:].mean()),
                }
            )  # fmt: skip
    return replace(connection, SPEC, pa.Table.from_pylist(rows))
