"""The gate of the weights: who belongs to which regime, by the kernel of a z-score or by what a classifier said.

The classifier speaks out of fold: at each origin with a fit that ended before it, on what was known there.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal, get_args

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.errors import ConfigError
from oilseer.models.neural.regime import NAME, REGIMES, ZSCORE
from oilseer.models.zoo import ZOO
from oilseer.training import walk_forward
from oilseer.training.artefacts import Artefacts
from oilseer.training.combine import regime_probabilities
from oilseer.training.history import History
from oilseer.training.parallel import spread
from oilseer.training.specs import ARTEFACTS, FAILURES
from oilseer.training.work import Answer, Work, do
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import ensure, merge, transaction

Gate = Literal["kernel", "transformer"]
GATES: tuple[Gate, ...] = get_args(Gate)

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


def run(
    connection: duckdb.DuckDBPyConnection,
    history: History,
    models: Sequence[str],
    origins: Sequence[date],
    run_id: str,
    means: walk_forward.Means,
    progress: walk_forward.Progress,
) -> int:
    """Let the classifiers among `models` speak where they have not yet; number of origins at which they did.

    Interrupted at any time, it keeps what each finished fit said, and the fit.
    """
    models = [name for name in models if ZOO[name].target == "regime"]
    if not models:
        return 0
    for spec in (PROBABILITIES, FAILURES, ARTEFACTS):
        ensure(connection, spec)
    kept = Artefacts(means.kept)
    works = walk_forward.undone(connection, history, models, sorted(origins), means.refit_months, PROBABILITIES)
    groups = walk_forward.grouped(works)
    progress(0, len(groups))
    by_hash = {work.work_hash: work for group in groups for work in group}
    results = spread(do, (walk_forward.task_of(history, group, kept) for group in groups), means.workers)
    spoke = 0
    for done, (answers, new) in enumerate(results, start=1):
        walk_forward.keep(connection, kept, new, run_id)
        spoke += _store(connection, [(answer, by_hash[answer.work_hash]) for answer in answers], run_id)
        progress(done, len(groups))
    return spoke


def _store(connection: duckdb.DuckDBPyConnection, answered: Sequence[tuple[Answer, Work]], run_id: str) -> int:
    """Write what was said and what failed, each in place of what stood there; number of origins with a word."""
    good = [
        (work.model, work.origin, regime, float(value), work.work_hash, work.fit.fit_hash, run_id)
        for answer, work in answered
        if answer.values is not None
        for regime, value in zip(REGIMES, answer.values, strict=True)
    ]
    bad = [
        (work.model, ZOO[work.model].target, work.origin, answer.error, answer.trace, work.work_hash, run_id)
        for answer, work in answered
        if answer.values is None
    ]
    with transaction(connection):
        for table in (PROBABILITIES.name, FAILURES.name):
            connection.executemany(
                f"DELETE FROM {table} WHERE model = ? AND origin = ?", [(w.model, w.origin) for _, w in answered]
            )
        for spec, rows in ((PROBABILITIES, good), (FAILURES, bad)):
            if rows:
                merge(connection, spec, pa.table(dict(zip(spec.column_names, zip(*rows, strict=True), strict=True))))
    return len(good) // len(REGIMES)


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
