"""The eight driver groups as cards: what each adds to the median at every horizon, its strongest features, its scores.

A driver group has no score of its own; beside it stand those of the Big 8 to which its features belong.
"""

import duckdb

from oilseer.dashboard.tables import (
    CONTRIBUTIONS,
    GROUP_CONTRIBUTIONS,
    PREDICTIONS,
    exists,
    identity,
    newest,
    require,
    rows,
)
from oilseer.features.feature import DRIVER_GROUPS
from oilseer.quantiles import HORIZON_LABELS

SCORES = "signals.driver_group_score_daily"
STRONGEST = 3
HORIZON = 21  # at which features are ranked
UNITS = {
    "contribution_cents_per_lb": "¢/lb that the group adds to the median; with the price, groups add up to the median",
    "value": "of the feature at the close, in its unit",
    "score": "0 to 100, 50 neutral; hand-set coefficients, for display",
    "rank_correlation": "ratio, of the score with ZL's next 21 sessions",
}


def cards(connection: duckdb.DuckDBPyConnection) -> dict:
    """Every driver group, those that weigh most at one month first; groups that say nothing last.

    Raises ConfigError where nothing is explained yet.
    """
    require(connection, GROUP_CONTRIBUTIONS, "contributions of driver groups", "run")
    as_of, run_id = newest(connection, GROUP_CONTRIBUTIONS)
    amounts = rows(connection, f"SELECT * FROM {GROUP_CONTRIBUTIONS} WHERE as_of_date = ? ORDER BY horizon", [as_of])
    moves = rows(
        connection,
        f"SELECT horizon, p500 - price_cents_per_lb AS move_cents_per_lb FROM {PREDICTIONS} WHERE as_of_date = ? "
        "ORDER BY horizon",
        [as_of],
    )
    parts, scores = _parts(connection, as_of), _scores(connection, as_of)
    groups = [
        _card(name, [row for row in amounts if row["driver_group"] == name],
              [row for row in parts if row["driver_group"] == name], scores)
        for name in DRIVER_GROUPS
    ]  # fmt: skip
    groups.sort(key=lambda card: -abs(card["horizons"].get(HORIZON_LABELS[HORIZON], 0.0)))
    return identity(connection, run_id, as_of, UNITS) | {
        "groups": groups,
        "totals": {HORIZON_LABELS[row["horizon"]]: row["move_cents_per_lb"] for row in moves},
        "rows": [
            {"driver_group": row["driver_group"], "horizon": HORIZON_LABELS[row["horizon"]],
             "contribution_cents_per_lb": row["contribution_cents_per_lb"], "components": row["components"]}
            for row in amounts
        ],
    }  # fmt: skip


def _card(name: str, amounts: list[dict], parts: list[dict], scores: dict[str, dict]) -> dict:
    """One group."""
    return {
        "driver_group": name,
        "horizons": {HORIZON_LABELS[row["horizon"]]: row["contribution_cents_per_lb"] for row in amounts},
        "strongest": parts[:STRONGEST],
        "components": len(parts),
        "scores": [scores[bucket] for bucket in dict.fromkeys(row["bucket"] for row in parts) if bucket in scores],
    }


def _parts(connection: duckdb.DuckDBPyConnection, as_of: object) -> list[dict]:
    """Components at one month, those that weigh most first."""
    if not exists(connection, CONTRIBUTIONS):
        return []
    return rows(
        connection,
        f"SELECT driver_group, bucket, component, what, contribution_cents_per_lb, value, unit FROM {CONTRIBUTIONS} "
        "WHERE as_of_date = ? AND horizon = ? ORDER BY abs(contribution_cents_per_lb) DESC, component",
        [as_of, HORIZON],
    )


def _scores(connection: duckdb.DuckDBPyConnection, as_of: object) -> dict[str, dict]:
    """The Big 8 of the session by bucket."""
    if not exists(connection, SCORES):
        return {}
    query = f"SELECT bucket, score, change_1, rank_correlation, data_sign FROM {SCORES} WHERE as_of_date = ?"
    return {row["bucket"]: row for row in rows(connection, query, [as_of])}
