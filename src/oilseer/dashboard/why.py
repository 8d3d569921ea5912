"""Why the middle of the forecast stands where it does, why it moved, and which signal rules speak today.

Read from the tables of explanations and verdicts at the forecast's session; None where they hold nothing for it.
"""

import duckdb

from oilseer.dashboard.tables import CHANGES, CONTRIBUTIONS, PREDICTIONS, at_newest, exists, rows
from oilseer.quantiles import HORIZON_LABELS

VERDICTS = "signals.rule_verdicts"
APART = ("carry", "own_past", "typical_past", "untold")  # components that are no driver
SHOWN = 4
HORIZON = 21
SPEAKING = ("bullish", "bearish", "caution")


def explanation(connection: duckdb.DuckDBPyConnection, horizon: int = HORIZON) -> dict | None:
    """The four driver groups that weigh most at one horizon, and all the rest, ¢/lb; they add up to `move`.

    `share_ratio` is what the four make of the move from today's price to the median; None where that is nothing.
    """
    if not exists(connection, CONTRIBUTIONS):
        return None
    found = rows(
        connection,
        f"SELECT c.*, p.price_cents_per_lb, p.p500 FROM {CONTRIBUTIONS} AS c JOIN {PREDICTIONS} AS p "
        f"USING (as_of_date, horizon) WHERE c.horizon = {int(horizon)} AND {at_newest('c')}",
    )
    if not found:
        return None
    groups: dict[str, list[dict]] = {}
    for row in found:
        if row["component"] not in APART:
            groups.setdefault(row["driver_group"], []).append(row)
    by_weight = sorted((_group(name, parts) for name, parts in groups.items()), key=_weight, reverse=True)
    drivers = [group for group in by_weight if round(group["contribution_cents_per_lb"], 2)][:SHOWN]
    others = [group for group in by_weight if group not in drivers]
    price, median = found[0]["price_cents_per_lb"], found[0]["p500"]
    total = sum(group["contribution_cents_per_lb"] for group in drivers)
    apart = {row["component"]: row["contribution_cents_per_lb"] for row in found if row["component"] in APART}
    return {
        "label": HORIZON_LABELS[horizon],
        "sessions": horizon,
        "price_cents_per_lb": price,
        "median_cents_per_lb": median,
        "move_cents_per_lb": median - price,
        "drivers": drivers,
        "drivers_cents_per_lb": total,
        "share_ratio": total / (median - price) if round(median - price, 2) else None,
        "other_drivers_cents_per_lb": sum(group["contribution_cents_per_lb"] for group in others),
        **{f"{name}_cents_per_lb": apart.get(name, 0.0) for name in APART},
    }


def _group(name: str, parts: list[dict]) -> dict:
    """A driver group with the component that weighs most in it."""
    largest = max(parts, key=_weight)
    kept = ("component", "what", "contribution_cents_per_lb", "value", "unit")
    return {
        "driver_group": name,
        "contribution_cents_per_lb": sum(part["contribution_cents_per_lb"] for part in parts),
        "components": len(parts),
        "largest": {key: largest[key] for key in kept},
    }


def _weight(row: dict) -> tuple[float, str]:
    return abs(row["contribution_cents_per_lb"]), row.get("component") or row["driver_group"]


def changes(connection: duckdb.DuckDBPyConnection, horizon: int = HORIZON) -> dict | None:
    """What moved the median of one horizon since the published session before, by cause, ¢/lb."""
    if not exists(connection, CHANGES):
        return None
    found = rows(connection, f"SELECT * FROM {CHANGES} WHERE horizon = {int(horizon)} AND {at_newest(CHANGES)}")
    if not found:
        return None
    causes = {row["cause"]: row["change_cents_per_lb"] for row in found}
    return {
        "label": HORIZON_LABELS[horizon],
        "sessions": horizon,
        "since": found[0]["since"],
        "change_cents_per_lb": sum(causes.values()),
        "causes_cents_per_lb": causes,
    }


def signals(connection: duckdb.DuckDBPyConnection) -> dict | None:
    """Verdicts of the signal rules that take a side today, and how many do not."""
    if not exists(connection, VERDICTS):
        return None
    found = rows(connection, f"SELECT * FROM {VERDICTS} WHERE {at_newest(VERDICTS)} ORDER BY number")
    if not found:
        return None
    counts = {verdict: sum(row["verdict"] == verdict for row in found) for verdict in ("neutral", "unknown")}
    kept = ("rule", "number", "verdict", "evidence")
    speaking = [{key: row[key] for key in kept} for row in found if row["verdict"] in SPEAKING]
    return {"speaking": speaking, **counts}
