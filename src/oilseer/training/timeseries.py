"""Forecasts by AutoGluon's TimeSeriesPredictor: asks the job in its own environment, and takes in what it answers.

Each origin gets a folder with the series that ends there; the job (timeseries_job.py) is given nothing after it.
"""

import hashlib
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oilseer.errors import ConfigError, ContractError, ShapeError
from oilseer.models.base import Window, seed_of
from oilseer.quantiles import LEVELS, QuantileForecast
from oilseer.training.history import History
from oilseer.training.specs import WALK_FORWARD
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import ensure, merge

MODEL = "AutoGluon-TS"
PRETRAINED = "AutoGluon-TS-pretrained"  # with a foundation model in it: its scores before the release are no evidence
JOB = Path(__file__).with_name("timeseries_job.py")
# sessions between the points of a series, and the horizons that its steps reach
GRIDS: dict[int, tuple[int, ...]] = {5: (5,), 21: (21, 63, 126, 252)}
LONGEST = 700  # points of a series
BIG8 = (
    "spread_board_crush_percentile_252_ratio", "signal_china_pulse_60_ratio", "fx_dxy_momentum_63_ratio",
    "fred_t10y2y_change_63_percent", "policy_china_soybean_duty_percent", "spread_boho_zscore_252_ratio",
    "databento_cl_momentum_21_ratio", "regime_volatility_zscore_ratio",
)  # fmt: skip
KINDS = {"Chronos2Pipeline": "Chronos2", "ChronosBoltPipeline": "Chronos", "ChronosPipeline": "Chronos"}

PRETRAINED_FORECASTS = TableSpec(
    "training.pretrained_forecasts",
    "one row per model and origin whose forecast draws on pretrained weights",
    ("model", "origin"),
    (
        Column("model", "VARCHAR"),
        Column("origin", "DATE"),
        Column("weights", "VARCHAR", "", "by commas", null=False),
        Column("released", "DATE", "", "the latest of the weights; they may have seen anything before", null=False),
        Column("contaminated", "BOOLEAN", "", "the origin is before that: its score is no evidence", null=False),
    ),
    "the origin's cutoff",
    "made by timeseries_job.py",
    may_be_empty=True,
)  # fmt: skip


@dataclass(frozen=True)
class Weights:
    """A folder of pretrained weights: AutoGluon's kind of model, and the day that they were published."""

    name: str
    path: str
    kind: str
    released: str


@dataclass(frozen=True)
class Taken:
    """What came of a job: forecasts by model, origins that gave none, and what AutoGluon dropped."""

    forecasts: dict[str, int]
    missing: tuple[date, ...]
    contaminated: int
    dropped: tuple[str, ...]


def weights_in(folder: Path | None) -> tuple[Weights, ...]:
    """The weights in the folders of `folder`, each with config.json and a file `released` that holds its day.

    Raises ConfigError for a folder that does not say what it is, or when it was published.
    """
    found = []
    for place in sorted(folder.iterdir()) if folder else ():
        if not place.is_dir():
            continue
        try:
            kind = KINDS[json.loads((place / "config.json").read_text())["chronos_pipeline_class"]]
            released = date.fromisoformat((place / "released").read_text().strip())
        except (OSError, KeyError, ValueError) as error:
            raise ConfigError(
                f"{place}: {type(error).__name__}: {error}; expected config.json of a Chronos model and a file "
                "`released` with the day its weights were published, as 2024-11-27"
            ) from error
        found.append(Weights(place.name, str(place), kind, released.isoformat()))
    return tuple(found)


def ask(history: History, origins: Sequence[date], weights: Sequence[Weights], folder: Path) -> dict[date, str]:
    """Write what is known at each origin, and the request; the hash of each origin's work."""
    told = json.dumps([asdict(one) for one in weights])
    code = JOB.read_text() + Path(__file__).read_text()
    asked = {}
    for origin in origins:
        window = history.window(origin).select(BIG8)
        asked[origin] = hashlib.sha256(f"{window.digest()}{told}{code}".encode()).hexdigest()[:16]
        place = folder / origin.isoformat()
        place.mkdir(parents=True, exist_ok=True)
        for step, horizons in GRIDS.items():
            pq.write_table(series(window, step, max(horizons) // step), place / f"{step}.parquet")
    request = {
        "levels": LEVELS,
        "grids": [{"step": step, "horizons": horizons} for step, horizons in GRIDS.items()],
        "weights": [asdict(one) for one in weights],
        "origins": [
            {"origin": origin.isoformat(), "hash": work, "seed": seed_of(MODEL, history.window(origin).cutoff) % 2**31}
            for origin, work in asked.items()
        ],
    }
    (folder / "request.json").write_text(json.dumps(request))
    return asked


def series(window: Window, step: int, ahead: int) -> pa.Table:
    """The log price every `step` sessions up to the origin, `ahead` empty points, and the Big 8 as covariates.

    A covariate at a point is what was known `ahead` points before it: so it is known for every point ahead, the last of
    which is told where the Big 8 stand at the origin. One that is nowhere known, or never moves, is left out.
    """
    points = min(LONGEST, int(window.session[-1] - window.session[0]) // step + 1)
    wanted = window.session[-1] - step * np.arange(points)[::-1]
    at = np.searchsorted(window.session, wanted)
    there = window.session[at] == wanted
    target = np.where(there, np.log(window.settle[at]), np.nan)
    known = np.where(there[:, None], window.features[at], np.nan)
    blank = np.full((ahead, known.shape[1]), np.nan)
    covariates = np.concatenate([blank, known])
    columns = {
        name: column
        for name, column in zip(window.names, covariates.T, strict=True)
        if np.unique(column[np.isfinite(column)]).size > 1
    }
    stamps = np.datetime64("1970-01-01") + np.arange(points + ahead)  # a day a point: the axis is the sessions'
    return pa.table(
        {
            "timestamp": pa.array(stamps.astype("datetime64[ns]")),
            "target": np.concatenate([target, np.full(ahead, np.nan)]),
            **columns,
        }
    )


def run_job(python: Path, folder: Path, say: Callable[[str], None]) -> None:
    """Run the job with the Python of its environment; `say` gets each line. An origin that fails is told, not raised.

    Raises ConfigError where that Python lacks autogluon.timeseries or the job does not start.
    """
    probe = [str(python), "-c", "import autogluon.timeseries"]
    try:
        subprocess.run(probe, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigError(
            f"{python} has no autogluon.timeseries ({error}); `make timeseries-env` makes the environment"
        ) from error
    with subprocess.Popen([str(python), str(JOB), str(folder)], stdout=subprocess.PIPE, text=True) as job:
        for line in job.stdout or ():
            say(line.strip())


def take_in(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    asked: dict[date, str],
    weights: Sequence[Weights],
    run_id: str,
) -> Taken:
    """Write the job's answers to training.walk_forward, each checked as a forecast of our own would be.

    Raises ContractError for an answer that is no forecast at our levels and horizons.
    """
    for spec in (WALK_FORWARD, PRETRAINED_FORECASTS):
        ensure(connection, spec)
    count: dict[str, int] = {}
    missing, dropped, contaminated = [], set(), 0
    for origin, work in asked.items():
        answer = folder / origin.isoformat() / f"{work}.parquet"
        if not answer.exists():
            missing.append(origin)
            continue
        notes = json.loads(answer.with_suffix(".json").read_text()).values()
        fitted = {name for note in notes for name in note["fitted"]}
        dropped |= {name for note in notes for name in note["dropped"]}
        used = [one for one in weights if any(name.startswith(f"{one.kind}[{one.name}]") for name in fitted)]
        model = PRETRAINED if used else MODEL
        merge(connection, WALK_FORWARD, _rows(answer, model, origin, work, run_id))
        count[model] = count.get(model, 0) + 1
        if used:
            released = max(date.fromisoformat(one.released) for one in used)
            contaminated += origin < released
            row = {
                "model": model, "origin": origin, "weights": ", ".join(one.name for one in used),
                "released": released, "contaminated": origin < released,
            }  # fmt: skip
            merge(connection, PRETRAINED_FORECASTS, pa.Table.from_pylist([row]))
    return Taken(count, tuple(missing), contaminated, tuple(sorted(dropped)))


def _rows(answer: Path, model: str, origin: date, work: str, run_id: str) -> pa.Table:
    """One answer as rows of training.walk_forward. Raises ContractError."""
    table = pq.read_table(answer, columns=["horizon", "level", "value"]).sort_by(
        [("horizon", "ascending"), ("level", "ascending")]
    )
    horizons = tuple(sorted(h for grid in GRIDS.values() for h in grid))
    found = table.to_pydict()
    if found["horizon"] != [h for h in horizons for _ in LEVELS] or found["level"] != list(LEVELS) * len(horizons):
        raise ContractError(f"{answer}: {table.num_rows} rows, expected each of {horizons} at each of {LEVELS} once")
    try:
        values = QuantileForecast(horizons, np.array(found["value"]).reshape(len(horizons), len(LEVELS))).values
    except ShapeError as error:
        raise ContractError(f"{answer}: {error}; remove the file and run the job anew") from error
    rows = table.num_rows
    return pa.table(
        {
            "model": [model] * rows, "target": ["price"] * rows, "origin": [origin] * rows,
            "horizon": found["horizon"], "level": found["level"], "value": values.ravel(),
            "work_hash": [work] * rows, "run_id": [run_id] * rows,
        }
    )  # fmt: skip
