"""All that was compared before it was chosen, made again from the stored forecasts: `oilseer compare`."""

from collections.abc import Callable, Sequence
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.quantiles import HORIZON_LABELS, HORIZONS
from oilseer.reference.seed_weights import seed_weights
from oilseer.training import regime_gate, regime_scores
from oilseer.training.calibrations import compared, mapie_regression
from oilseer.training.combine import regime_probabilities
from oilseer.training.compare import PUBLISHED, combinations, scored
from oilseer.training.comparison_specs import CALIBRATIONS, COMBINATIONS, CONFIDENCE_SET
from oilseer.training.ensemble import REGIME_FEATURE
from oilseer.training.history import History
from oilseer.training.panel import read_panels
from oilseer.training.selection import confidence_set
from oilseer.warehouse.write import replace


def run(
    connection: duckdb.DuckDBPyConnection,
    history: History,
    champions: Sequence[str],
    every: Sequence[str],
    origins: Sequence[date],
    first: date,
    run_id: str,
    progress: Callable[[int, int], None],
) -> int:
    """Compare combinations of `champions`, their calibrations, and `every` price model with chance; rows written.

    origins  all that the combination learns from;  first  the day from which origins are scored
    Raises MissingExtra where MAPIE is not installed.
    """
    mapie_regression()  # told before an hour's work, not after
    horizons = tuple(HORIZONS.values())
    panels = read_panels(connection, history, champions, origins, "price", horizons)
    wide = read_panels(connection, history, every, origins, "price", horizons)
    order = sorted(origins)
    regimes = history.features[[history.place(o) for o in order], history.names.index(REGIME_FEATURE)]
    kernel, told, seeds = regime_probabilities(regimes), regime_gate.said(connection, order), seed_weights()
    combined: list[dict] = []
    calibrated: list[dict] = []
    sets: list[dict] = []
    for done, horizon in enumerate(horizons):
        progress(done, len(horizons))
        panel, all_models = panels[horizon], wide[horizon]
        ways = combinations(panel, all_models, kernel, told, seeds[HORIZON_LABELS[horizon]])
        combined += scored(panel, ways, first, run_id)
        pooled = next(way.quantiles for way in ways if way.name == PUBLISHED)
        calibrated += compared(panel, panel.spot[:, None] * np.exp(pooled), regimes, first, run_id)
        sets += confidence_set(all_models, first, run_id)
    progress(len(horizons), len(horizons))
    told_apart = regime_scores.scored(history, order, kernel, told, first, run_id)
    tables = (
        (COMBINATIONS, combined), (CALIBRATIONS, calibrated), (CONFIDENCE_SET, sets),
        (regime_scores.SCORES, told_apart),
    )  # fmt: skip
    return sum(
        replace(connection, spec, pa.table({name: [row[name] for row in rows] for name in spec.column_names}))
        for spec, rows in tables
    )
