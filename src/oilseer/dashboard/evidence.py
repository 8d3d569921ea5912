"""The long series behind the report's charts: prices, past bands against outcomes, and weights over time."""

from datetime import date

import duckdb

from oilseer.dashboard.tables import PRICES, SCORES, WALK_FORWARD, WEIGHTS, exists
from oilseer.errors import ConfigError
from oilseer.market import sessions

ENSEMBLE = "ensemble"


def recent_prices(connection: duckdb.DuckDBPyConnection, as_of: str, count: int) -> list[tuple[date, float]]:
    """The last `count` sessions up to `as_of` with their price in ¢/lb, oldest first."""
    found = connection.execute(
        f"SELECT observation_date, price_cents_per_lb FROM {PRICES} WHERE observation_date <= CAST(? AS DATE) "
        "ORDER BY observation_date DESC LIMIT ?",
        [as_of, count],
    ).fetchall()
    return found[::-1]


def past_bands(connection: duckdb.DuckDBPyConnection, horizon: int, low: float, high: float) -> list[dict]:
    """The published combination's past band and median at one horizon beside what came true, ¢/lb, oldest first.

    Only origins that are scored and whose outcome is known; `target_date` is exactly `horizon` sessions later.
    """
    if not (exists(connection, WALK_FORWARD) and exists(connection, SCORES)):
        return []
    found = connection.execute(
        f"""SELECT origin, max(value) FILTER (abs(level - $low) < 1e-6) AS low,
            max(value) FILTER (abs(level - 0.5) < 1e-6) AS median, max(value) FILTER (abs(level - $high) < 1e-6) AS high
        FROM {WALK_FORWARD} WHERE model = $model AND target = 'price' AND horizon = $horizon AND origin >= (
            SELECT min(first_origin) FROM {SCORES}
            WHERE model = $model AND target = 'price' AND horizon = $horizon AND slice = 'all')
        GROUP BY origin ORDER BY origin""",
        {"model": ENSEMBLE, "horizon": horizon, "low": low, "high": high},
    ).fetchall()
    prices = dict(connection.execute(f"SELECT observation_date, price_cents_per_lb FROM {PRICES}").fetchall())
    rows = []
    for origin, bottom, median, top in found:
        target = _ahead(origin, horizon)
        if target in prices:
            outcome = prices[target]
            rows.append({
                "origin": origin, "target_date": target, "low": bottom, "median": median, "high": top,
                "outcome": outcome, "held": bottom <= outcome <= top,
            })  # fmt: skip
    return rows


def _ahead(origin: date, horizon: int) -> date | None:
    """The target session; None where the origin is no session of the exchange calendar."""
    try:
        return sessions.ahead(origin, horizon)
    except ConfigError:
        return None


def weights(connection: duckdb.DuckDBPyConnection, horizon: int) -> tuple[list[date], dict[str, list[float]]]:
    """Origins and the share of each model at them, 0 where it had no say; models with the most say first."""
    if not exists(connection, WEIGHTS):
        return [], {}
    found = connection.execute(
        f"SELECT origin, model, weight FROM {WEIGHTS} WHERE horizon = ? ORDER BY origin", [horizon]
    ).fetchall()
    origins = sorted({origin for origin, *_ in found})
    shares: dict[str, dict[date, float]] = {}
    for origin, model, weight in found:
        shares.setdefault(model, {})[origin] = weight
    by_say = sorted(shares, key=lambda model: (-sum(shares[model].values()), model))
    return origins, {model: [shares[model].get(origin, 0.0) for origin in origins] for model in by_say}


def data_end(connection: duckdb.DuckDBPyConnection) -> date:
    """Newest priced session."""
    return connection.execute(f"SELECT max(observation_date) FROM {PRICES}").fetchone()[0]
