"""The walk-forward: each model forecasts from each origin with what was known there, once.

Finished (model, origin) work is recognised by the hash of what the model saw and of its code, so a
rerun resumes and a new day costs one origin. Order and parallelism change nothing: seeds come from
(model, origin).
"""

import hashlib
import inspect
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module

import duckdb
import numpy as np
import pyarrow as pa
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from oilseer.errors import GateFailed
from oilseer.models.base import Window, seed_of
from oilseer.models.zoo import ZOO, build
from oilseer.quantiles import HORIZONS, LEVELS
from oilseer.training.history import History
from oilseer.training.specs import FAILURES, WALK_FORWARD
from oilseer.warehouse.write import ensure, merge

HORIZON_SESSIONS = tuple(HORIZONS.values())
BATCH_ORIGINS = 8
QUORUM = 0.9

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Task:
    """One origin and the models still to run there, each with the hash of its work."""

    origin: date
    models: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """What one model said at one origin: quantiles (n_horizons, n_levels), or the error it gave."""

    model: str
    origin: date
    work_hash: str
    values: np.ndarray | None
    error: str = ""
    trace: str = ""


def run(
    connection: duckdb.DuckDBPyConnection,
    history: History,
    models: Sequence[str],
    origins: Sequence[date],
    run_id: str,
    jobs: int,
    progress: Progress,
) -> int:
    """Forecast from every origin what is not there yet, into training.walk_forward; number of new forecasts.

    Interrupted at any time, it keeps the finished batches. `progress` gets (origins done, origins to do).
    """
    ensure(connection, WALK_FORWARD)
    ensure(connection, FAILURES)
    tasks = _tasks(connection, history, models, origins)
    progress(0, len(tasks))
    answers: list[Answer] = []
    new = 0
    work = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch="2*n_jobs")
    batches = work(delayed(forecast_origin)(_windows(history, task), task) for task in tasks)
    for done, batch in enumerate(batches, start=1):
        answers += batch
        if done % BATCH_ORIGINS == 0 or done == len(tasks):
            new += _store(connection, answers, run_id)
            answers = []
        progress(done, len(tasks))
    return new


def require_quorum(connection: duckdb.DuckDBPyConnection, models: Sequence[str], origin: date) -> None:
    """Raise GateFailed unless 90 % of the price `models` forecast from `origin`; names those missing."""
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


def forecast_origin(windows: dict[str, Window], task: Task) -> list[Answer]:
    """Fit and ask every model of one task; a failure is an answer too, never a gap.

    On one thread, in whichever process: sums over several threads differ in their last bits.
    """
    with threadpool_limits(1):
        return [_forecast(name, windows[name], task.origin, work) for name, work in task.models]


def _forecast(name: str, window: Window, origin: date, work: str) -> Answer:
    try:
        fitted = build(name).fit(window, seed_of(name, window.cutoff))
        return Answer(name, origin, work, fitted.predict(window, HORIZON_SESSIONS).values)
    except Exception as error:  # noqa: BLE001  the one broad except: a row in training.failures, and a quorum
        return Answer(name, origin, work, None, f"{type(error).__name__}: {error}", traceback.format_exc())


def code_hash(name: str) -> str:
    """Hash of a model's entry and of the source of every zoo module it draws on: a changed model runs again."""
    entry, sources = ZOO[name], {}
    waiting = [entry.make.split(":")[0]]
    while waiting:
        module = import_module(waiting.pop())
        sources[module.__name__] = inspect.getsource(module)
        used = {getattr(thing, "__module__", None) for thing in vars(module).values()}
        waiting += [m for m in used if isinstance(m, str) and m.startswith("oilseer.models") and m not in sources]
    content = f"{entry}" + "".join(sources[key] for key in sorted(sources))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _windows(history: History, task: Task) -> dict[str, Window]:
    """Each model's own view: only the features that it declares."""
    whole = history.window(task.origin)
    views = {ZOO[name].reads: whole.select(ZOO[name].reads) for name, _ in task.models}
    return {name: views[ZOO[name].reads] for name, _ in task.models}


def _tasks(
    connection: duckdb.DuckDBPyConnection, history: History, models: Sequence[str], origins: Sequence[date]
) -> list[Task]:
    """The work that is not there yet, origin by origin."""
    done = set(
        connection.execute(
            f"SELECT DISTINCT origin, model, work_hash FROM {WALK_FORWARD.name} "
            f"UNION SELECT origin, model, work_hash FROM {FAILURES.name}"
        ).fetchall()
    )
    codes = {name: code_hash(name) for name in models}
    tasks = []
    for origin in origins:
        whole = history.window(origin)
        digests = {reads: whole.select(reads).digest() for reads in {ZOO[name].reads for name in models}}
        wanted = [(name, digests[ZOO[name].reads] + codes[name]) for name in models]
        missing = tuple((name, work) for name, work in wanted if (origin, name, work) not in done)
        if missing:
            tasks.append(Task(origin, missing))
    return tasks


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
