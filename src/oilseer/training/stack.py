"""The stackers as models of the walk-forward: taught at each origin by the panel as it was known there.

Their inputs are out-of-fold forecasts and the regime, nothing else; the outcomes they learn from were public at the
origin's cutoff. Work that was done on the same lesson is not done again, so a new day costs one origin.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from oilseer.errors import OilseerError
from oilseer.market import sessions
from oilseer.metrics import effective_outcomes
from oilseer.models.base import seed_of
from oilseer.models.local import NUMERICAL_FAILURES
from oilseer.models.stackers import FEWEST, Lesson
from oilseer.models.zoo import ZOO, build
from oilseer.quantiles import HORIZONS, LEVELS, MEDIAN, QuantileForecast
from oilseer.training.history import History
from oilseer.training.panel import Panel, read_panels
from oilseer.training.parallel import Workers, spread
from oilseer.training.specs import FAILURES, WALK_FORWARD
from oilseer.training.walk_forward import finished
from oilseer.training.work import code_hash
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import ensure, merge, replace, transaction

POOLED_TIERS = ("density", "direct")  # the pool that stackers correct and are drawn back to
# one of each family, named before any score was looked at
STATISTICAL = ("AutoARIMA", "AutoETS", "DynamicOptimizedTheta")
OUTER = LEVELS.index(0.1), LEVELS.index(0.9)
NORMAL_WIDTH = 2.563  # between these levels, in standard deviations of a normal distribution
BATCH = 64

FEATURES = TableSpec(
    "training.stacking_features",
    "one row per origin, horizon and input of the stackers",
    ("origin", "horizon", "input"),
    (
        Column("origin", "DATE"),
        Column("horizon", "INTEGER", "sessions", low=1),
        Column("input", "VARCHAR", note="middle:MODEL, width:MODEL, pool_deviation, or a feature of the regime"),
        Column("value", "DOUBLE", "ratio", "over the pool's spread, its log, or the feature; null where unknown"),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the origin's cutoff",
    "training.walk_forward, features.daily_ml_matrix_zl",
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Inputs:
    """One horizon's panel as stackers see it, n origins.

    values          (n, k) along names; NaN where unknown
    pool            (n, n_levels) log quantiles of the pool over its spread, its median 0; NaN where no member spoke
    middle, spread  (n,) the pool's median (log ¢/lb) and its standard deviation (log ratio)
    outcome         (n,) log outcome on the same scale; NaN where unknown
    """

    panel: Panel
    names: tuple[str, ...]
    values: np.ndarray
    pool: np.ndarray
    middle: np.ndarray
    spread: np.ndarray
    outcome: np.ndarray

    def lesson(self, i: int, evidence: np.ndarray) -> Lesson | None:
        """What origin number `i` may learn from origins that are `evidence`; None where too few or without a pool."""
        known = self.panel.known_at(int(self.panel.session[i])) & evidence & np.isfinite(self.outcome)
        if known.sum() < FEWEST or not np.isfinite(self.pool[i]).all():
            return None
        independent = effective_outcomes(self.panel.session[known], self.panel.horizon)
        return Lesson(self.values[known], self.outcome[known], independent, self.values[i], self.pool[i])


@dataclass(frozen=True)
class Work:
    """One stacker at one origin: its lessons, each with horizon, and middle and spread of the pool there."""

    model: str
    origin: date
    work_hash: str
    lessons: list[tuple[int, Lesson, float, float]]


@dataclass(frozen=True)
class Answer:
    """What one stacker said, or the error it gave."""

    work: Work
    forecast: QuantileForecast | None
    error: str = ""


def run(
    connection: duckdb.DuckDBPyConnection,
    history: History,
    models: Sequence[str],
    origins: Sequence[date],
    run_id: str,
    workers: Workers,
    progress: Progress,
    beside: Sequence[date] = (),
) -> int:
    """Forecast by the stackers among `models` what is not there yet, into training.walk_forward; number of forecasts.

    models  every model of the run; stackers learn from those of the pool, B1 and STATISTICAL
    beside  origins at which they speak too, and which teach none, as in ensemble.run
    """
    stackers = [name for name in models if ZOO[name].learns == "panel"]
    if not stackers:
        return 0
    for spec in (WALK_FORWARD, FAILURES):
        ensure(connection, spec)
    whole = sorted({*origins, *beside})
    # in the order of the zoo, whatever the order of `models`: sums and trees depend on it
    bases = [name for name in ZOO if name in models and _teaches(name)]
    panels = read_panels(connection, history, bases, whole, "price", tuple(HORIZONS.values()))
    inputs = {horizon: tabulate(panel, _regimes(history, whole, stackers)) for horizon, panel in panels.items()}
    evidence = np.isin(whole, sorted(origins))
    undone = _undone(connection, stackers, whole, inputs, evidence)
    progress(0, len(undone))
    works = (Work(name, whole[i], work, _lessons(inputs, i, evidence)) for i, name, work in undone)
    waiting: list[Answer] = []
    for done, answer in enumerate(spread(teach, works, workers), start=1):
        waiting.append(answer)
        if len(waiting) == BATCH or done == len(undone):
            _store(connection, waiting, run_id)
            waiting = []
        progress(done, len(undone))
    replace(connection, FEATURES, _feature_rows(whole, inputs, run_id))
    return len(undone)


def tabulate(panel: Panel, regimes: dict[str, np.ndarray]) -> Inputs:
    """The inputs of one horizon: how far each forecast lies from the pool and how wide it is beside it, and the regime.

    regimes  (n,) by name of the feature, as known at each origin
    """
    logs = np.log(panel.quantiles)
    pooled = [m for m, name in enumerate(panel.models) if ZOO[name].tier in POOLED_TIERS]
    there = np.isfinite(logs[:, pooled]).all(axis=2)
    count = there.sum(axis=1)[:, None]
    total = np.where(there[:, :, None], logs[:, pooled], 0.0).sum(axis=1)
    pool = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    middle, deviation = pool[:, MEDIAN], (pool[:, OUTER[1]] - pool[:, OUTER[0]]) / NORMAL_WIDTH
    columns: dict[str, np.ndarray] = {}
    for m, name in enumerate(panel.models):
        if _teaches(name):
            columns[f"middle:{name}"] = (logs[:, m, MEDIAN] - middle) / deviation
            width = logs[:, m, OUTER[1]] - logs[:, m, OUTER[0]]
            columns[f"width:{name}"] = np.log(width / (NORMAL_WIDTH * deviation))
    columns["pool_deviation"] = np.log(deviation)
    columns |= regimes
    return Inputs(
        panel,
        tuple(columns),
        np.column_stack(list(columns.values())),
        (pool - middle[:, None]) / deviation[:, None],
        middle,
        deviation,
        (np.log(panel.outcome) - middle) / deviation,
    )


def _teaches(name: str) -> bool:
    """Whether stackers learn from the forecasts of this model."""
    return (ZOO[name].tier in POOLED_TIERS or name == "B1" or name in STATISTICAL) and ZOO[name].target == "price"


def teach(work: Work) -> Answer:
    """Fit and ask one stacker at one origin; a refusal is an answer too."""
    stacker, seed = build(work.model), seed_of(work.model, sessions.cutoff(work.origin))
    try:
        with threadpool_limits(1):
            values = [
                np.exp(middle + deviation * stacker.quantiles(lesson, seed))
                for _, lesson, middle, deviation in work.lessons
            ]
        return Answer(work, QuantileForecast(tuple(horizon for horizon, *_ in work.lessons), np.stack(values)))
    except (OilseerError, *NUMERICAL_FAILURES) as error:
        return Answer(work, None, f"{type(error).__name__}: {error}")


def _regimes(history: History, origins: Sequence[date], stackers: Sequence[str]) -> dict[str, np.ndarray]:
    """The features that the stackers declare, at each origin."""
    rows = [history.place(origin) for origin in origins]
    wanted = dict.fromkeys(name for stacker in stackers for name in ZOO[stacker].reads)
    return {name: history.features[rows, history.names.index(name)] for name in wanted}


def _lessons(inputs: dict[int, Inputs], i: int, evidence: np.ndarray) -> list[tuple[int, Lesson, float, float]]:
    """The lessons of origin number `i`, at the horizons that have one."""
    found = [(horizon, table, table.lesson(i, evidence)) for horizon, table in inputs.items()]
    return [
        (horizon, lesson, float(table.middle[i]), float(table.spread[i]))
        for horizon, table, lesson in found
        if lesson is not None
    ]


def _digest(lessons: Sequence[tuple[int, Lesson, float, float]]) -> str:
    """Hash of all that the lessons of an origin hold; hex."""
    digest = hashlib.sha256()
    for horizon, lesson, middle, deviation in lessons:
        digest.update(f"{horizon}|{lesson.independent}|{middle!r}|{deviation!r}|{lesson.inputs.shape}".encode())
        for array in (lesson.inputs, lesson.outcome, lesson.today, lesson.pool):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:16]


def _undone(
    connection: duckdb.DuckDBPyConnection,
    stackers: Sequence[str],
    origins: Sequence[date],
    inputs: dict[int, Inputs],
    evidence: np.ndarray,
) -> list[tuple[int, str, str]]:
    """Number of the origin, stacker and hash of all work that is not there yet."""
    done = finished(connection, WALK_FORWARD)
    codes = {name: code_hash(name) for name in stackers}
    missing = []
    for i, origin in enumerate(origins):
        lessons = _lessons(inputs, i, evidence)
        works = [(name, _digest(lessons) + codes[name]) for name in stackers] if lessons else []
        missing += [(i, name, work) for name, work in works if (origin, name, work) not in done]
    return missing


def _store(connection: duckdb.DuckDBPyConnection, answers: Sequence[Answer], run_id: str) -> None:
    """Write answers and failures, each in place of what the stacker said there before."""
    bad = [a for a in answers if a.forecast is None]
    cells = [
        (a.work, horizon, values)
        for a in answers
        if a.forecast is not None
        for horizon, values in zip(a.forecast.horizons, a.forecast.values, strict=True)
    ]
    with transaction(connection):
        for table in (WALK_FORWARD.name, FAILURES.name):
            connection.executemany(
                f"DELETE FROM {table} WHERE model = ? AND origin = ?", [(a.work.model, a.work.origin) for a in answers]
            )
        if cells:
            each = np.repeat(np.arange(len(cells)), len(LEVELS))
            columns = {
                "model": [cells[i][0].model for i in each],
                "target": ["price"] * len(each),
                "origin": [cells[i][0].origin for i in each],
                "horizon": [cells[i][1] for i in each],
                "level": np.tile(LEVELS, len(cells)),
                "value": np.concatenate([values for _, _, values in cells]),
                "work_hash": [cells[i][0].work_hash for i in each],
                "run_id": [run_id] * len(each),
            }
            merge(connection, WALK_FORWARD, pa.table(columns))
        if bad:
            rows = [(a.work.model, "price", a.work.origin, a.error, a.error, a.work.work_hash, run_id) for a in bad]
            merge(
                connection, FAILURES, pa.table(dict(zip(FAILURES.column_names, zip(*rows, strict=True), strict=True)))
            )


def _feature_rows(origins: Sequence[date], inputs: dict[int, Inputs], run_id: str) -> pa.Table:
    """The inputs of every origin and horizon; no outcome beside them."""
    parts = [(horizon, table.names, table.values) for horizon, table in inputs.items()]
    return pa.table(
        {
            "origin": [origin for _, names, _ in parts for origin in origins for _ in names],
            "horizon": np.concatenate([np.full(values.size, horizon) for horizon, _, values in parts]),
            "input": [name for _, names, _ in parts for _ in origins for name in names],
            "value": pa.array(np.concatenate([values.ravel() for _, _, values in parts]), from_pandas=True),
            "run_id": [run_id] * sum(values.size for _, _, values in parts),
        }
    )
