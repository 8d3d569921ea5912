"""How often past bands held, counted over the last outcomes at each horizon."""

from datetime import date

import duckdb

from oilseer.dashboard.past_fan import ENSEMBLE
from oilseer.dashboard.tables import PREDICTIONS, PRICES, SCORES, WALK_FORWARD, exists, identity, newest, require
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.quantiles import BANDS, HORIZONS

LAST = 100
NOMINALS = (0.5, 0.8, 0.9)
UNITS = {"held": "outcomes inside the band, of the last `of` whose outcome is known"}


def band_record(connection: duckdb.DuckDBPyConnection) -> dict:
    """By horizon, how many of the last 100 known outcomes fell inside the 50, 80 and 90 % bands said before them.

    Raises ConfigError where nothing is scored.
    """
    require(connection, WALK_FORWARD, "past forecasts", "run")
    require(connection, SCORES, "scores", "run")
    as_of, run_id = newest(connection, PREDICTIONS) if exists(connection, PREDICTIONS) else (None, "")
    prices = dict(connection.execute(f"SELECT observation_date, price_cents_per_lb FROM {PRICES}").fetchall())
    said = _said(connection)
    found = []
    for label, horizon in HORIZONS.items():
        ahead = ((origin, bands, prices.get(_target(origin, horizon))) for origin, bands in said.get(horizon, []))
        last = [(origin, bands, came) for origin, bands, came in ahead if came is not None][-LAST:]
        if last:
            held = {
                f"held{100 * share:g}": sum(bands[2 * place] <= came <= bands[2 * place + 1] for _, bands, came in last)
                for place, share in enumerate(NOMINALS)
            }
            found.append(
                {"label": label, "sessions": horizon, "of": len(last), **held,
                 "first_origin": last[0][0].isoformat(), "last_origin": last[-1][0].isoformat()}
            )  # fmt: skip
    return identity(connection, run_id, as_of, UNITS) | {"rows": found}


def _said(connection: duckdb.DuckDBPyConnection) -> dict[int, list[tuple]]:
    """By horizon the scored origins, oldest first, each with low and high of the three bands."""
    levels = [level for share in NOMINALS for level in BANDS[share]]
    columns = ", ".join(f"max(value) FILTER (abs(level - ${place}) < 1e-6)" for place in range(1, len(levels) + 1))
    query = (
        f"SELECT horizon, origin, {columns} FROM {WALK_FORWARD} AS w WHERE {ENSEMBLE} AND origin >= (SELECT "
        f"min(first_origin) FROM {SCORES} AS s WHERE {ENSEMBLE} AND s.horizon = w.horizon AND slice = 'all') "
        "GROUP BY ALL ORDER BY ALL"
    )
    found: dict[int, list[tuple]] = {}
    for horizon, origin, *bands in connection.execute(query, levels).fetchall():
        found.setdefault(horizon, []).append((origin, bands))
    return found


def _target(origin: date, horizon: int) -> date | None:
    """The target session; None where the origin is no session of the exchange calendar."""
    try:
        return sessions.ahead(origin, horizon)
    except ConfigError:
        return None
