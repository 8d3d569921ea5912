"""A forecast as it was said at a past session, beside what came: from stored forecasts and prices, nothing else."""

from datetime import date

import duckdb

from oilseer.dashboard.tables import PREDICTIONS, PRICES, SCORES, WALK_FORWARD, exists, identity, newest, require, rows
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.quantiles import BANDS, HORIZON_LABELS, LEVELS, QUANTILE_COLUMNS

UNITS = {
    "price": "¢/lb, front price at the origin, and median, bands, outcome, path.price",
    "outcome": "¢/lb, front price on target_date; null until it is known",
    "held": "bands that the outcome lay inside of, of those in the answer",
    "sessions": "trading sessions ahead",
}
BEFORE = 126  # sessions of price shown before the origin
ENSEMBLE = "model = 'ensemble' AND target = 'price'"


def origins(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    """Sessions whose forecast is stored and at least one outcome is known, newest first, each with who stored it.

    `published` were public on the day; `scored` were made later from what was known then. Those before the first
    scored origin only trained the combination and are left out. Raises ConfigError where there are none.
    """
    require(connection, WALK_FORWARD, "past forecasts", "run")
    require(connection, SCORES, "scores", "run")
    query = (
        f"SELECT DISTINCT origin, 'scored' AS made FROM {WALK_FORWARD} WHERE {ENSEMBLE} AND origin >= "
        f"(SELECT min(first_origin) FROM {SCORES} WHERE {ENSEMBLE} AND slice = 'all')"
    )
    found = {row["origin"]: row for row in rows(connection, query)}
    if exists(connection, PREDICTIONS):
        query = f"SELECT DISTINCT as_of_date AS origin, 'published' AS made FROM {PREDICTIONS}"
        found |= {row["origin"]: row for row in rows(connection, query)}
    (end,) = connection.execute(f"SELECT max(observation_date) FROM {PRICES}").fetchone()
    known = [row for row in found.values() if _is_over(row["origin"], min(HORIZON_LABELS), end)]
    if not known:
        raise ConfigError("no past forecast has an outcome yet: `oilseer backtest` makes past ones")
    return sorted(known, key=lambda row: row["origin"], reverse=True)


def past_fan(connection: duckdb.DuckDBPyConnection, origin: date | None = None) -> dict:
    """What was said at the stored origin at or before `origin`, horizon by horizon, and the price before and since.

    Without `origin`, the newest whose 12 months are over, or else the oldest. Raises ConfigError where none is.
    """
    there = origins(connection)
    (end,) = connection.execute(f"SELECT max(observation_date) FROM {PRICES}").fetchone()
    if origin is None:
        whole = [row for row in there if _is_over(row["origin"], max(HORIZON_LABELS), end)]
        chosen = (whole or there[-1:])[0]
    else:
        earlier = [row for row in there if row["origin"] <= origin.isoformat()]
        if not earlier:
            raise ConfigError(f"no forecast is stored at or before {origin}: the first is of {there[-1]['origin']}")
        chosen = earlier[0]
    day = date.fromisoformat(chosen["origin"])
    last = min(sessions.ahead(day, max(HORIZON_LABELS)), end)
    path = connection.execute(
        f"SELECT observation_date, price_cents_per_lb FROM {PRICES} WHERE observation_date <= $last "
        f"AND observation_date >= $first ORDER BY observation_date",
        {"first": sessions.ahead(day, -BEFORE), "last": last},
    ).fetchall()
    prices = dict(path)
    said = _published(connection, day) if chosen["made"] == "published" else _scored(connection, day)
    as_of, run_id = newest(connection, PREDICTIONS) if exists(connection, PREDICTIONS) else (None, "")
    return identity(connection, run_id, as_of, UNITS) | {
        "origin": chosen["origin"],
        "made": chosen["made"],
        "price": prices[day],
        "horizons": [_horizon(day, horizon, at, prices) for horizon, at in sorted(said.items())],
        "path": [{"observation_date": at.isoformat(), "price": price} for at, price in path],
        "origins": there,
    }


def _is_over(origin: str, horizon: int, end: date) -> bool:
    """Whether the outcome is known at `end`; never for an origin that is no session of the exchange calendar."""
    try:
        return sessions.ahead(date.fromisoformat(origin), horizon) <= end
    except ConfigError:
        return False


def _horizon(origin: date, horizon: int, at: dict[float, float], prices: dict[date, float]) -> dict:
    target = sessions.ahead(origin, horizon)
    outcome = prices.get(target)
    bands = {f"{100 * share:g}": {"low": at[low], "high": at[high]} for share, (low, high) in BANDS.items()}
    held = None if outcome is None else [name for name, one in bands.items() if one["low"] <= outcome <= one["high"]]
    return {
        "label": HORIZON_LABELS[horizon], "sessions": horizon, "target_date": target.isoformat(), "median": at[0.5],
        "bands": bands, "quantiles": {f"{level:g}": value for level, value in at.items()},
        "outcome": outcome, "held": held,
    }  # fmt: skip


def _published(connection: duckdb.DuckDBPyConnection, day: date) -> dict[int, dict[float, float]]:
    query = f"SELECT horizon, {', '.join(QUANTILE_COLUMNS)} FROM {PREDICTIONS} WHERE as_of_date = ?"
    found = connection.execute(query, [day]).fetchall()
    return {horizon: dict(zip(LEVELS, values, strict=True)) for horizon, *values in found}


def _scored(connection: duckdb.DuckDBPyConnection, day: date) -> dict[int, dict[float, float]]:
    query = f"SELECT horizon, level, value FROM {WALK_FORWARD} WHERE {ENSEMBLE} AND origin = ? ORDER BY horizon, level"
    found: dict[int, list[float]] = {}
    for horizon, _, value in connection.execute(query, [day]).fetchall():
        found.setdefault(horizon, []).append(value)
    return {horizon: dict(zip(LEVELS, values, strict=True)) for horizon, values in found.items()}
