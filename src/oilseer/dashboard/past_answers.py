"""What was said before, as answers ready for JSON: published predictions, past bands against outcomes, and weights."""

from datetime import date

import duckdb

from oilseer.dashboard import evidence
from oilseer.dashboard.lists import part
from oilseer.dashboard.tables import (
    PREDICTIONS,
    PRICES,
    RUNS,
    SCORES,
    WALK_FORWARD,
    WEIGHTS,
    exists,
    identity,
    newest,
    plain,
    require,
    rows,
)
from oilseer.errors import ConfigError
from oilseer.quantiles import BANDS, HORIZONS

UNITS = {
    "price_cents_per_lb": "¢/lb, front price at the origin",
    "p500": "¢/lb, the median; p025 to p975 are nine quantiles by per mille",
    "outcome_cents_per_lb": "¢/lb, front price on target_date; null until it is known",
    "horizon": "trading sessions ahead",
}
BAND_UNITS = {"low": "¢/lb, and median, high, outcome", "held": "whether the outcome lay inside", "band": "percent"}


def horizon_of(label: str) -> int:
    """Sessions of a horizon. Raises ConfigError for an unknown one, with the known ones."""
    if label not in HORIZONS:
        raise ConfigError(f"no horizon {label!r}; there are {', '.join(HORIZONS)}")
    return HORIZONS[label]


def predictions(
    connection: duckdb.DuckDBPyConnection, label: str | None, start: date | None, end: date | None,
    limit: int | None, offset: int,
) -> dict:  # fmt: skip
    """Every published prediction with its outcome where that is known, newest first."""
    require(connection, PREDICTIONS, "forecast", "run")
    as_of, run_id = newest(connection, PREDICTIONS)
    query = (
        f"SELECT p.*, z.price_cents_per_lb AS outcome_cents_per_lb FROM {PREDICTIONS} AS p LEFT JOIN {PRICES} AS z "
        "ON z.observation_date = p.target_date "
        "WHERE ($horizon::INTEGER IS NULL OR p.horizon = $horizon::INTEGER) "
        "AND ($start::DATE IS NULL OR as_of_date >= $start::DATE) AND ($end::DATE IS NULL OR as_of_date <= $end::DATE) "
        "ORDER BY as_of_date DESC, horizon"
    )
    bound = {"horizon": None if label is None else horizon_of(label), "start": start, "end": end}
    return identity(connection, run_id, as_of, UNITS) | part(connection, query, bound, limit, offset)


def latest(connection: duckdb.DuckDBPyConnection, label: str) -> dict:
    """The view forecasts.vw_zl_{label}_latest as it stands: one row."""
    horizon_of(label)
    require(connection, PREDICTIONS, "forecast", "run")
    as_of, run_id = newest(connection, PREDICTIONS)
    found = rows(connection, f"SELECT * FROM forecasts.vw_zl_{label}_latest")
    return identity(connection, run_id, as_of, UNITS) | {"rows": found}


def bands(connection: duckdb.DuckDBPyConnection, label: str, nominal: int) -> dict:
    """Past forecasts of the walk-forward at one horizon beside what came true, and how often the band held."""
    horizon, known = horizon_of(label), {round(100 * share): pair for share, pair in BANDS.items()}
    if nominal not in known:
        raise ConfigError(f"no band of {nominal} %; there are {', '.join(map(str, known))}")
    require(connection, WALK_FORWARD, "past forecasts", "run")
    require(connection, SCORES, "scores", "run")
    as_of, run_id = newest(connection, PREDICTIONS) if _has_forecast(connection) else (None, None)
    found = [{name: plain(value) for name, value in row.items()}
             for row in evidence.past_bands(connection, horizon, *known[nominal])]  # fmt: skip
    held = sum(row["held"] for row in found)
    return identity(connection, run_id, as_of, BAND_UNITS) | {
        "horizon": label, "sessions": horizon, "band": nominal, "held": held, "of": len(found),
        "words": f"the {nominal} % band held {held} of {len(found)} times", "rows": found,
    }  # fmt: skip


def weights(connection: duckdb.DuckDBPyConnection, label: str, limit: int | None, offset: int) -> dict:
    """Weight of each model in the combination at each origin, newest first."""
    require(connection, WEIGHTS, "weights", "run")
    as_of, run_id = newest(connection, PREDICTIONS) if _has_forecast(connection) else (None, None)
    query = f"SELECT * FROM {WEIGHTS} WHERE horizon = $horizon AND weight > 0 ORDER BY origin DESC, weight DESC, model"
    units = {"weight": "share of the combination; those of an origin add up to 1", "width_factor": "ratio",
             "skill_b1": "ratio: 1 − CRPS / CRPS of B1 expected; past_skill_b1: as scored"}  # fmt: skip
    return (
        identity(connection, run_id, as_of, units)
        | {"horizon": label}
        | part(connection, query, {"horizon": horizon_of(label)}, limit, offset)
    )


def runs(connection: duckdb.DuckDBPyConnection, limit: int | None, offset: int) -> dict:
    """Every run that wrote here, newest first: code, data, libraries, seed, times and how it ended."""
    require(connection, RUNS, "runs", "run")
    (run_id,) = connection.execute(f"SELECT run_id FROM {RUNS} ORDER BY started_at DESC LIMIT 1").fetchone()
    query = f"SELECT * FROM {RUNS} ORDER BY started_at DESC, run_id"
    return identity(connection, run_id, None, {}) | part(connection, query, {}, limit, offset)


def _has_forecast(connection: duckdb.DuckDBPyConnection) -> bool:
    return exists(connection, PREDICTIONS)
