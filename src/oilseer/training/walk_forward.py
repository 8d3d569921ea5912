"""The walk-forward: each model forecasts from each origin with what was known there, once.

Finished (model, origin) work is recognised by the hash of what the model saw and of its code, so a
rerun resumes and a new day costs one origin. Order and parallelism change nothing: seeds come from
(model, origin). A model that lasts is fitted at the end of each block of months and forecasts the next with that fit.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.errors import GateFailed
from oilseer.market import sessions
from oilseer.models.base import seed_of
from oilseer.models.zoo import ZOO
from oilseer.quantiles import LEVELS
from oilseer.training.artefacts import Artefacts
from oilseer.training.history import History
from oilseer.training.parallel import Workers, spread
from oilseer.training.specs import ARTEFACTS, FAILURES, WALK_FORWARD
from oilseer.training.work import HORIZON_SESSIONS, Answer, Fit, NewFit, Task, Work, code_hash, do
from oilseer.warehouse.spec import TableSpec
from oilseer.warehouse.write import ensure, merge

BATCH_TASKS = 8
QUORUM = 0.9
REFIT_MONTHS = 12

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Done:
    """What a walk-forward did: new forecasts, new fits that last, and seconds of work by model."""

    forecasts: int
    fits: int
    seconds: dict[str, float]


@dataclass(frozen=True)
class Means:
    """How it is done: where the work runs, where fits that last are kept, and how many months each serves."""

    workers: Workers = field(default_factory=Workers)
    kept: Path | None = None
    refit_months: int = REFIT_MONTHS


def run(
    connection: duckdb.DuckDBPyConnection,
    history: History,
    models: Sequence[str],
    origins: Sequence[date],
    run_id: str,
    means: Means,
    progress: Progress,
) -> Done:
    """Forecast from every origin what is not there yet, into training.walk_forward.

    Interrupted at any time, it keeps the finished batches, and every finished fit that lasts. `progress` gets
    (tasks done, tasks to do): an origin of the models fitted anew there, or a model's fit and the origins it serves.
    """
    for spec in (WALK_FORWARD, FAILURES, ARTEFACTS):
        ensure(connection, spec)
    kept = Artefacts(means.kept)
    groups = grouped(undone(connection, history, models, origins, means.refit_months, WALK_FORWARD))
    progress(0, len(groups))
    answers: list[Answer] = []
    forecasts, fits, seconds = 0, 0, Counter()
    results = spread(do, (task_of(history, group, kept) for group in groups), means.workers)
    for done, (answered, new) in enumerate(results, start=1):
        answers += answered
        fits += keep(connection, kept, new, run_id)
        for answer in answered:
            seconds[answer.model] += answer.seconds
        if done % BATCH_TASKS == 0 or done == len(groups):
            forecasts += _store(connection, answers, run_id)
            answers = []
        progress(done, len(groups))
    return Done(forecasts, fits, dict(seconds))


def require_quorum(connection: duckdb.DuckDBPyConnection, models: Sequence[str], origin: date) -> None:
    """Raise GateFailed unless 90 % of the price `models` forecast from `origin`; names those missing.

    `models` are those that may speak: one that is only looked at stops nothing.
    """
    wanted = [name for name in models if ZOO[name].target == "price"]
    have = connection.execute(
        f"SELECT DISTINCT model FROM {WALK_FORWARD.name} WHERE origin = ? AND target = 'price'", [origin]
    ).fetchall()
    missing = sorted(set(wanted) - {row[0] for row in have} - {"B2"})
    if len(missing) > (1 - QUORUM) * len(wanted) or "B0" in missing or "B1" in missing:
        raise GateFailed(
            f"{len(missing)} of {len(wanted)} models gave no forecast from {origin}: {', '.join(missing)}. "
            "Their errors stand in training.failures"
        )


def refit_session(history: History, origin: date, months: int) -> date | None:
    """Last priced session before the block of `months` months, from January on, that holds `origin`; None if none."""
    first = date(origin.year, (origin.month - 1) // months * months + 1, 1)
    place = int(np.searchsorted(history.dates, np.datetime64(first))) - 1
    return history.dates[place].astype(object) if place >= 0 else None


def fit_hash(history: History, model: str, session: date) -> str:
    """What identifies the fit that `model` makes at `session`: hash of what it sees there, and of its code."""
    return history.window(session).select(ZOO[model].reads).digest() + code_hash(model)


def finished(connection: duckdb.DuckDBPyConnection, table: TableSpec) -> set[tuple[date, str, str]]:
    """Origin, model and hash of all work that `table` or training.failures holds."""
    query = (
        f"SELECT DISTINCT origin, model, work_hash FROM {table.name} "
        f"UNION SELECT origin, model, work_hash FROM {FAILURES.name}"
    )
    return set(connection.execute(query).fetchall())


def undone(
    connection: duckdb.DuckDBPyConnection,
    history: History,
    models: Sequence[str],
    origins: Sequence[date],
    refit_months: int,
    table: TableSpec,
) -> Iterator[Work]:
    """The work that neither `table` nor training.failures holds yet, origin by origin."""
    done = finished(connection, table)
    codes = {name: code_hash(name) for name in models}
    digests: dict[tuple[date, tuple[str, ...]], str] = {}

    def seen(session: date, name: str) -> str:
        key = (session, ZOO[name].reads)
        if key not in digests:
            digests[key] = history.window(session).select(key[1]).digest()
        return digests[key] + codes[name]

    for origin in origins:
        rows, cutoff = history.place(origin) + 1, sessions.cutoff(origin)
        for name in models:
            work, fit = seen(origin, name), None
            if ZOO[name].refit:
                session = refit_session(history, origin, refit_months)
                if session is None:
                    continue
                of_fit = seen(session, name)  # as `fit_hash` makes it, but once for all models that read the same
                fit = Fit(session, history.place(session) + 1, sessions.cutoff(session), of_fit)
                work = hashlib.sha256(f"{work}{of_fit}".encode()).hexdigest()[:32]
            if (origin, name, work) not in done:
                yield Work(name, origin, rows, cutoff, work, fit)


def grouped(works: Iterator[Work]) -> list[tuple[Work, ...]]:
    """Work that shares a task: one origin of the models fitted there, or one fit that lasts."""

    def key(work: Work) -> tuple[str, str]:
        return (work.model, work.fit.fit_hash) if work.fit else ("", work.origin.isoformat())

    return [tuple(group) for _, group in groupby(sorted(works, key=key), key)]


def task_of(history: History, works: tuple[Work, ...], kept: Artefacts) -> Task:
    """The works with the features that their models declare, and no other; and with the fit that is kept."""
    whole = history.window(max(work.origin for work in works))
    fit = works[0].fit
    if fit is not None:
        fit = replace(fit, kept=kept.read(works[0].model, fit.fit_hash))
    return Task(
        tuple(replace(work, fit=fit) for work in works),
        {reads: whole.select(reads) for reads in {ZOO[work.model].reads for work in works}},
    )


def keep(connection: duckdb.DuckDBPyConnection, kept: Artefacts, new: Sequence[NewFit], run_id: str) -> int:
    """Keep new fits as files, and what they are as rows; how many they are."""
    for made in new:
        digest, path = kept.keep(made), kept.path(made.model, made.fit.fit_hash)
        row = (
            made.model, made.fit.session, made.fit.fit_hash, None if path is None else path.name, digest,
            len(made.content), seed_of(made.model, made.fit.cutoff), len(ZOO[made.model].reads), made.seconds, run_id,
        )  # fmt: skip
        merge(connection, ARTEFACTS, pa.table({name: [value] for name, value in zip(ARTEFACTS.column_names, row)}))
    return len(new)


def _store(connection: duckdb.DuckDBPyConnection, answers: list[Answer], run_id: str) -> int:
    """Write answers and failures, each in place of what the model said there before; number of forecasts."""
    good = [answer for answer in answers if answer.values is not None]
    bad = [answer for answer in answers if answer.values is None]
    for table, stale in ((FAILURES.name, good), (WALK_FORWARD.name, bad)):
        if stale:
            connection.executemany(
                f"DELETE FROM {table} WHERE model = ? AND origin = ?", [(a.model, a.origin) for a in stale]
            )
    if good:
        merge(connection, WALK_FORWARD, _quantile_rows(good, run_id))
    if bad:
        rows = [(a.model, ZOO[a.model].target, a.origin, a.error, a.trace, a.work_hash, run_id) for a in bad]
        merge(connection, FAILURES, pa.table(dict(zip(FAILURES.column_names, zip(*rows, strict=True), strict=True))))
    return len(good)


def _quantile_rows(answers: Sequence[Answer], run_id: str) -> pa.Table:
    """Answers as rows of training.walk_forward, one a horizon and level."""
    cells = len(HORIZON_SESSIONS) * len(LEVELS)
    each = np.repeat(np.arange(len(answers)), cells)
    return pa.table(
        {
            "model": [answers[i].model for i in each],
            "target": [ZOO[answers[i].model].target for i in each],
            "origin": [answers[i].origin for i in each],
            "horizon": np.tile(np.repeat(HORIZON_SESSIONS, len(LEVELS)), len(answers)),
            "level": np.tile(LEVELS, len(answers) * len(HORIZON_SESSIONS)),
            "value": np.concatenate([answer.values.ravel() for answer in answers]),
            "work_hash": [answers[i].work_hash for i in each],
            "run_id": [run_id] * len(each),
        }
    )
