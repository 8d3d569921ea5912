"""The classifier in the walk-forward: at each origin with a fit that ended before it, on what was known there, once."""

from collections.abc import Sequence
from datetime import date

import duckdb
import pyarrow as pa

from oilseer.models.regimes import REGIMES
from oilseer.models.zoo import ZOO
from oilseer.training import walk_forward
from oilseer.training.artefacts import Artefacts
from oilseer.training.history import History
from oilseer.training.parallel import spread
from oilseer.training.regime_gate import PROBABILITIES
from oilseer.training.specs import ARTEFACTS, FAILURES
from oilseer.training.work import Answer, Work, do
from oilseer.warehouse.write import ensure, merge, transaction


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
