"""What one worker does: fit models and ask them, from a task that holds all it may see and needs.

A task is plain arrays and names: it means the same in this process, in another, and on another machine.
"""

import ast
import hashlib
import inspect
import time
import traceback
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from threadpoolctl import threadpool_limits

from oilseer.errors import ModelError
from oilseer.models.base import Fitted, Window, seed_of
from oilseer.models.lasting import LastingFit, LastingForecaster, head
from oilseer.models.zoo import ZOO, build
from oilseer.quantiles import HORIZONS

HORIZON_SESSIONS = tuple(HORIZONS.values())


@dataclass(frozen=True)
class Fit:
    """A fit that lasts: made on the first `rows` rows of the task's window, or taken from its `kept` bytes."""

    session: date
    rows: int
    cutoff: datetime
    fit_hash: str
    kept: bytes | None = None


@dataclass(frozen=True)
class Work:
    """One model at one origin, which sees the first `rows` rows of the task's window; `fit` for one that lasts."""

    model: str
    origin: date
    rows: int
    cutoff: datetime
    work_hash: str
    fit: Fit | None = None


@dataclass(frozen=True)
class Task:
    """Work that belongs together, and the windows it is done on, one for each set of features that a model reads."""

    works: tuple[Work, ...]
    windows: dict[tuple[str, ...], Window]


@dataclass(frozen=True)
class Answer:
    """What one model said at one origin: quantiles (n_horizons, n_levels), or the error it gave; and its seconds."""

    model: str
    origin: date
    work_hash: str
    values: np.ndarray | None
    error: str = ""
    trace: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class NewFit:
    """A fit made by this work, as bytes to keep."""

    model: str
    fit: Fit
    content: bytes
    seconds: float


def do(task: Task) -> tuple[list[Answer], list[NewFit]]:
    """Fit and ask every model of one task; a failure is an answer too, never a gap.

    On one thread, in whichever process: sums over several threads differ in their last bits.
    """
    fits: dict[str, Fitted | Exception] = {}
    new: list[NewFit] = []
    with threadpool_limits(1):
        answers = [_answer(work, task.windows[ZOO[work.model].reads], fits, new) for work in task.works]
    return answers, new


def _answer(work: Work, window: Window, fits: dict[str, Fitted | Exception], new: list[NewFit]) -> Answer:
    started = time.perf_counter()
    try:
        seen = head(window, work.rows, work.cutoff)
        if work.fit is None:
            fitted = build(work.model).fit(seen, seed_of(work.model, work.cutoff))
        else:
            fitted = _lasting(work.model, work.fit, window, fits, new)
        values = fitted.predict(seen, HORIZON_SESSIONS).values
        return Answer(work.model, work.origin, work.work_hash, values, seconds=time.perf_counter() - started)
    except Exception as error:  # noqa: BLE001  the one broad except: a row in training.failures, and a quorum
        told = f"{type(error).__name__}: {error}"
        return Answer(
            work.model, work.origin, work.work_hash, None, told, traceback.format_exc(), time.perf_counter() - started
        )


def _lasting(model: str, fit: Fit, window: Window, fits: dict[str, Fitted | Exception], new: list[NewFit]) -> Fitted:
    """The fit, made or loaded once a task; one that failed fails again without being tried anew."""
    if fit.fit_hash not in fits:
        started, forecaster = time.perf_counter(), build(model)
        try:
            made = _loaded(forecaster, fit)
            if made is None:
                made = forecaster.fit(head(window, fit.rows, fit.cutoff), seed_of(model, fit.cutoff))
                new.append(NewFit(model, fit, made.dump(), time.perf_counter() - started))
            fits[fit.fit_hash] = made
        except Exception as error:  # noqa: BLE001  kept for every origin that would use the fit, and raised for each
            fits[fit.fit_hash] = error
    found = fits[fit.fit_hash]
    if isinstance(found, Exception):
        raise found
    return found


def _loaded(forecaster: LastingForecaster, fit: Fit) -> LastingFit | None:
    """The kept fit; None where there is none, or where other releases of the libraries cannot read it."""
    if fit.kept is None:
        return None
    try:
        return forecaster.load(fit.kept)
    except ModelError:
        return None


def code_hash(name: str) -> str:
    """Hash of a model's entry and of the source of every zoo module it draws on: a changed model runs again."""
    entry, sources = ZOO[name], {}
    waiting = [entry.make.split(":")[0]]
    while waiting:
        module = import_module(waiting.pop())
        if module.__name__ not in sources:
            sources[module.__name__] = inspect.getsource(module)
            waiting += _drawn_on(sources[module.__name__])
    content = f"{entry}" + "".join(sources[key] for key in sorted(sources))
    return hashlib.sha256(content.encode()).hexdigest()[:16]


@cache
def _drawn_on(source: str) -> frozenset[str]:
    """Modules of the zoo that a source imports, inside functions too."""
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module]
    named = {node.module for node in found} | {f"{node.module}.{part.name}" for node in found for part in node.names}
    return frozenset(name for name in named if name.startswith("oilseer.models") and _is_module(name))


def _is_module(name: str) -> bool:
    parent = import_module(name.rpartition(".")[0])
    return hasattr(parent, "__path__") and find_spec(name) is not None
