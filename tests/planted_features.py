"""A small workspace whose matrix, registry, verdicts and importances are planted, so that each number is known."""

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from oilseer.features import registry
from oilseer.features.build import MATRIX
from oilseer.features.evaluate import table_of
from oilseer.market import sessions
from oilseer.signals import rules
from oilseer.training import prune
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace
from oilseer.warehouse.write import merge, replace

NOW = datetime(2025, 7, 1, tzinfo=UTC)
N = 500
LAST = date(2025, 6, 30)
VIX, CRUSH, RATE = "volatility_vix_points", "spread_board_crush_usd_per_bu", "fred_fedfunds_percent"


def days() -> np.ndarray:
    """The last N sessions up to LAST."""
    every = sessions.sessions()
    return every[: int(np.searchsorted(every, np.datetime64(LAST))) + 1][-N:]


def planted() -> dict[str, np.ndarray]:
    """Columns (N,): VIX counts 1 to N; the rate is carried for the last 12 sessions; the crush ends 5 sessions early
    and misses the session before; every other feature is empty."""
    columns = {feature.name: np.full(N, np.nan) for feature in registry.FEATURES}
    columns[VIX] = np.arange(1.0, N + 1)
    columns[RATE] = np.where(np.arange(N) < N - 12, 5.25, 4.5)
    columns[RATE][: N // 2] = np.nan
    columns[CRUSH] = np.linspace(-1, 3, N)
    columns[CRUSH][-5:] = np.nan
    columns[CRUSH][-7] = np.nan
    return columns


def planted_features(home: Path) -> Workspace:
    """A simulated workspace with the planted matrix; no forecast is published in it."""
    workspace = create_workspace(home, "simulated", NOW)
    columns = planted()
    with writer(workspace) as connection:
        replace(connection, MATRIX, table_of(days(), columns))
        registry.write(connection, days(), columns)
        merge(connection, rules.SPEC, pa.Table.from_pylist([{
            "as_of_date": LAST, "rule": "vix_bands", "number": 2, "teaches": "Bands.", "verdict": "caution",
            "evidence": "VIX 500.0: <crisis>", "governs": f"{VIX}, {CRUSH}",
        }]))  # fmt: skip
        choice = prune.Choice(VIX, 0.02, 3, 1, True, "important in 3 of 3 parts of history")
        prune.log_choices(connection, LAST, 21, [choice])
    return workspace
