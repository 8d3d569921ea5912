"""How well the variance of the next session, week and month is forecast, every day, beside GARCH(1,1).

Models are fitted at the end of each quarter on all that was known, and forecast daily until the next. QLIKE judges
them on two proxies of what cannot be seen: squared daily returns, and squared hourly returns with the gap before.
"""

import hashlib
from collections.abc import Callable
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
from threadpoolctl import threadpool_limits

from oilseer.errors import ModelError
from oilseer.metrics import effective_outcomes, qlike, skill_interval
from oilseer.models import variance_ahead
from oilseer.models.base import TRADING_DAYS
from oilseer.models.zoo import ZOO
from oilseer.training.history import History
from oilseer.training.walk_forward import code_hash
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import ensure, merge, replace

SPANS = (1, 5, 21)  # sessions ahead whose variance is forecast as a sum
REFERENCE = "GARCH"
ENTRY = "Average-RV"  # the zoo's entry that draws on every variance model and reads what they read
HALF_TICK = 0.005  # ¢/lb: a close that did not change moved less than this
MONTHS_A_BLOCK = 3  # errors of volatility last for months: the bootstrap draws quarters
FEWEST_ORIGINS = 250
SLICES = {"all": 0, "since_2020": 2020}

FORECASTS = TableSpec(
    "training.variance_forecasts",
    "one row per model, origin, sessions ahead",
    ("model", "origin", "horizon"),
    (
        Column("model", "VARCHAR"),
        Column("origin", "DATE", note="last session seen; parameters are those of the last quarter's end before"),
        Column("horizon", "INTEGER", "sessions", low=1),
        Column("variance", "DOUBLE", "ratio", "of the log return over the horizon", null=False, low=0),
        Column("work_hash", "VARCHAR", note="hash of what the quarter's models saw, and of their code", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the origin's cutoff",
    "made by the walk-forward",
    may_be_empty=True,
)
SCORES = TableSpec(
    "training.volatility_scores",
    "one row per model, horizon, proxy, slice of origins",
    ("model", "horizon", "proxy", "slice"),
    (
        Column("model", "VARCHAR"),
        Column("horizon", "INTEGER", "sessions", low=1),
        Column("proxy", "VARCHAR", note="returns or hourly: squares of which are summed over the horizon"),
        Column("slice", "VARCHAR", note="all or since_2020"),
        Column("first_origin", "DATE", null=False),
        Column("last_origin", "DATE", null=False),
        Column("n_origins", "INTEGER", "origins", "at which every model forecast", null=False, low=1),
        Column("n_effective", "INTEGER", "outcomes that share no session", null=False, low=1),
        Column("qlike", "DOUBLE", "", "mean; 0 is perfect", null=False, low=0),
        Column("gain_garch", "DOUBLE", "ratio", "1 − QLIKE / QLIKE of GARCH(1,1)", null=False),
        Column("gain_garch_low", "DOUBLE", "ratio", "5 % of the bootstrap over months", null=False),
        Column("gain_garch_high", "DOUBLE", "ratio", "95 %", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "after the last outcome",
    "made by the walk-forward",
    may_be_empty=True,
)
SPECS = (FORECASTS, SCORES)

Progress = Callable[[int, int], None]


def run(connection: duckdb.DuckDBPyConnection, history: History, first: date, run_id: str, progress: Progress) -> int:
    """Forecast daily from `first` on where a quarter's work is not there yet, and score; number of rows scored."""
    ensure(connection, FORECASTS)
    done = set(connection.execute(f"SELECT DISTINCT origin, work_hash FROM {FORECASTS.name}").fetchall())
    code, blocks = code_hash(ENTRY), quarters(history, first)
    for number, (refit, last) in enumerate(blocks):
        progress(number, len(blocks))
        window = history.window(_day(history, last)).select(ZOO[ENTRY].reads)
        work = hashlib.sha256(f"{window.digest()}{refit}{code}".encode()).hexdigest()[:16]
        if (_day(history, last), work) not in done:
            merge(connection, FORECASTS, _rows(history, variances(history, refit, last), refit, work, run_id))
    progress(len(blocks), len(blocks))
    return replace(connection, SCORES, _table(SCORES, score(history, *_stored(connection, history), run_id)))


def quarters(history: History, first: date) -> list[tuple[int, int]]:
    """Rows (refit, last) of each quarter from that of `first` on: the last session before it, and its own last but one.

    A fit serves from its own session to the one before the next fit.
    """
    quarter = history.dates.astype("datetime64[M]").astype(int) // 3
    refits = np.flatnonzero(np.diff(quarter))
    refits = refits[max(int(np.searchsorted(refits, np.searchsorted(history.dates, np.datetime64(first)))) - 1, 0) :]
    return [(int(a), int(b)) for a, b in zip(refits, [*(refits[1:] - 1), len(quarter) - 1], strict=True)]


def variances(history: History, refit: int, last: int) -> dict[str, np.ndarray]:
    """Variance over each of SPANS from rows `refit` … `last`, by models fitted at `refit`; {name: (rows, 3)}.

    A model that cannot be fitted there is left out: it is not compared at these origins, nor is any other.
    """
    window = history.window(_day(history, last)).select(ZOO[ENTRY].reads)
    found = {}
    # an EGARCH run on over a wild quarter may leave the numbers; what is not positive and finite is not stored
    with threadpool_limits(1), np.errstate(all="ignore"):
        for name in variance_ahead.LEARN:
            try:
                ahead = variance_ahead.learn(name, window, refit + 1)
                found[name] = np.column_stack([ahead(0, span)[refit:] for span in SPANS])
            except ModelError:
                continue
    return found


def proxies(history: History, span: int) -> dict[str, np.ndarray]:
    """What the variance of the next `span` sessions came out as, at each row, by proxy; (n,), NaN where unknown.

    hourly  scaled by one number to the mean of squared returns where both are known, for it counts the bounce between
            bid and ask as well (Hansen & Lunde 2005)
    """
    squared = history.returns**2
    hourly = history.features[:, history.names.index(variance_ahead.HOURLY)] ** 2 / TRADING_DAYS
    both = np.isfinite(hourly) & np.isfinite(squared)
    if both.any():
        hourly = hourly * squared[both].mean() / hourly[both].mean()
    least = (HALF_TICK / history.settle) ** 2
    return {"returns": np.maximum(_ahead(squared, span), least), "hourly": np.maximum(_ahead(hourly, span), least)}


def score(history: History, rows: np.ndarray, forecasts: np.ndarray, run_id: str) -> list[dict]:
    """Rows of training.volatility_scores.

    rows       (m,)               rows of the history from which forecasts were made
    forecasts  (m, n_models, 3)   along variance_ahead.LEARN and SPANS, NaN where a model gave none
    """
    names, dates = list(variance_ahead.LEARN), history.dates[rows]
    result = []
    for s, span in enumerate(SPANS):
        for proxy, outcome in proxies(history, span).items():
            for part, year in SLICES.items():
                truth = outcome[rows]
                chosen = np.isfinite(truth) & np.isfinite(forecasts[:, :, s]).all(axis=1)
                chosen &= dates >= np.datetime64(f"{year or 1}-01-01".zfill(10))
                if chosen.sum() < FEWEST_ORIGINS:
                    continue
                loss = np.column_stack([qlike(truth[chosen], forecasts[chosen, m, s]) for m in range(len(names))])
                months = np.unique(dates[chosen].astype("datetime64[M]"), return_inverse=True)[1]
                monthly = np.column_stack([np.bincount(months, column) for column in loss.T])
                usual = names.index(REFERENCE)
                shared = {
                    "horizon": span, "proxy": proxy, "slice": part, "n_origins": int(chosen.sum()), "run_id": run_id,
                    "first_origin": dates[chosen][0].astype(object), "last_origin": dates[chosen][-1].astype(object),
                    "n_effective": effective_outcomes(history.session[rows][chosen], span),
                }  # fmt: skip
                for m, name in enumerate(names):
                    low, high = skill_interval(monthly[:, m], monthly[:, usual], MONTHS_A_BLOCK)
                    result.append(shared | {
                        "model": name, "qlike": loss[:, m].mean(),
                        "gain_garch": 1 - loss[:, m].mean() / loss[:, usual].mean(),
                        "gain_garch_low": low, "gain_garch_high": high,
                    })  # fmt: skip
    return result


def _ahead(variance: np.ndarray, span: int) -> np.ndarray:
    """Sum of the `span` values after each row; (n,), NaN where one is unknown or to come."""
    result = np.full(len(variance), np.nan)
    if len(variance) > span:
        result[:-span] = np.lib.stride_tricks.sliding_window_view(variance[1:], span).sum(axis=1)
    return result


def _day(history: History, row: int) -> date:
    return history.dates[row].astype(object)


def _rows(history: History, found: dict[str, np.ndarray], refit: int, work: str, run_id: str) -> pa.Table:
    """Forecasts of one quarter as rows of training.variance_forecasts."""
    rows = [
        (name, _day(history, refit + i), span, float(values[i, s]), work, run_id)
        for name, values in found.items()
        for i in range(len(values))
        for s, span in enumerate(SPANS)
        if 0 < values[i, s] < np.inf
    ]
    return _table(FORECASTS, [dict(zip(FORECASTS.column_names, row, strict=True)) for row in rows])


def _table(spec: TableSpec, rows: list[dict]) -> pa.Table:
    return pa.table({name: [row[name] for row in rows] for name in spec.column_names})


def _stored(connection: duckdb.DuckDBPyConnection, history: History) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the history with forecasts, and these, as `score` takes them."""
    found = connection.execute(
        f"SELECT model, origin, horizon, variance FROM {FORECASTS.name} "
        "WHERE origin <= ? AND model IN (SELECT unnest(?))",
        [_day(history, -1), list(variance_ahead.LEARN)],
    ).fetchnumpy()
    places = np.searchsorted(history.dates, found["origin"].astype("datetime64[D]"))
    rows, at = np.unique(places, return_inverse=True)
    names = list(variance_ahead.LEARN)
    cube = np.full((len(rows), len(names), len(SPANS)), np.nan)
    models = np.array([names.index(name) for name in found["model"]], dtype=int)
    cube[at, models, np.searchsorted(SPANS, found["horizon"])] = found["variance"]
    return rows, cube
