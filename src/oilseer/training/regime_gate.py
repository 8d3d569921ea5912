"""The gate of the weights: how far an origin belongs to a regime, by the kernel of a z-score or by a classifier."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import duckdb
import numpy as np

from oilseer.errors import ConfigError
from oilseer.models.regimes import NAME, REGIMES, ZSCORE
from oilseer.training.combine import regime_probabilities
from oilseer.training.history import History
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables

Gate = Literal["kernel", "transformer"]

PROBABILITIES = TableSpec(
    "training.regime_probabilities",
    "one row per model, origin, regime",
    ("model", "origin", "regime"),
    (
        Column("model", "VARCHAR"),
        Column("origin", "DATE", note="last session whose settle the model saw"),
        Column("regime", "VARCHAR", note="CALM, STRESSED, CRISIS: volatility z-score below 1, to 2, above"),
        Column("probability", "DOUBLE", "probability", "21 sessions after the origin", null=False, low=0, high=1),
        Column("work_hash", "VARCHAR", note="hash of what the model saw, of its code and of its fit", null=False),
        Column("fit_hash", "VARCHAR", note="the fit in training.artefacts", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the origin's cutoff",
    "made by the walk-forward",
    may_be_empty=True,
)


def said(connection: duckdb.DuckDBPyConnection, origins: Sequence[date]) -> np.ndarray:
    """What the classifier said at each origin; (n, 3) along REGIMES, NaN where it has not spoken."""
    found = np.full((len(origins), len(REGIMES)), np.nan)
    if PROBABILITIES.name not in tables(connection):
        return found
    query = f"SELECT origin, regime, probability FROM {PROBABILITIES.name} WHERE model = ?"
    place = {origin: i for i, origin in enumerate(origins)}
    for origin, regime, probability in connection.execute(query, [NAME]).fetchall():
        if origin in place:
            found[place[origin], REGIMES.index(regime)] = probability
    return found


def memberships(
    connection: duckdb.DuckDBPyConnection, history: History, origins: Sequence[date], gate: Gate
) -> np.ndarray:
    """How far each origin belongs to each regime; (n, 3), rows add up to 1.

    Raises ConfigError where the classifier is to gate and has not spoken at the newest origin.
    """
    rows = [history.place(origin) for origin in origins]
    kernel = regime_probabilities(history.features[rows, history.names.index(ZSCORE)])
    if gate == "kernel":
        return kernel
    told = said(connection, origins)
    newest = max(range(len(origins)), key=lambda i: origins[i])
    if not np.isfinite(told[newest]).all():
        raise ConfigError(
            f'regime_gate = "transformer", and {NAME} has said nothing at {origins[newest]}: it runs with the '
            f'tier meta, where torch is installed; training.failures says why not. "kernel" needs none'
        )
    return gated(kernel, told)


def gated(kernel: np.ndarray, told: np.ndarray) -> np.ndarray:
    """What the classifier told (n, 3); the kernel's membership where it has not, as before its first fit."""
    return np.where(np.isfinite(told).all(axis=1)[:, None], told, kernel)
