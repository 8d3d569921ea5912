"""How often past bands held, counted over the last outcomes at each horizon."""

import duckdb

from oilseer.dashboard import evidence
from oilseer.dashboard.tables import PREDICTIONS, SCORES, WALK_FORWARD, exists, identity, newest, require
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
    found = []
    for label, sessions in HORIZONS.items():
        past = {share: evidence.past_bands(connection, sessions, *BANDS[share])[-LAST:] for share in NOMINALS}
        last = past[0.8]
        if last:
            counts = {f"held{100 * share:g}": sum(row["held"] for row in rows) for share, rows in past.items()}
            found.append(
                {"label": label, "sessions": sessions, "of": len(last), **counts,
                 "first_origin": last[0]["origin"].isoformat(), "last_origin": last[-1]["origin"].isoformat()}
            )  # fmt: skip
    return identity(connection, run_id, as_of, UNITS) | {"rows": found}
