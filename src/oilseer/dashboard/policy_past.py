"""Policy and trade steps as answers ready for JSON: when announced, when in force, and what soybean oil did after.

A change is the front price's, from the last close before the day of the announcement to 5, 21 and 63
priced sessions after it.
As known at the close of the last priced session; `later` adds steps that became public after it.
"""

from bisect import bisect_left
from datetime import date, datetime

import duckdb
import numpy as np

from oilseer.dashboard import ahead
from oilseer.dashboard.lists import at_last_session, last_session
from oilseer.dashboard.supply_answers import POLICY, TARIFFS
from oilseer.dashboard.tables import PRICES, exists, plain
from oilseer.errors import ConfigError
from oilseer.market import sessions

VOLUMES = "staging.rfs_volumes"
AFTER = (5, 21, 63)  # sessions
ENOUGH = 10  # outcomes that share no session, from which on a share is compared with the usual one
Z = 2.576  # 99 %: some thirty shares are looked at, so that one in three pages would err at 90 %
DAYS_AHEAD = 90
UNITS = {
    "change": "ratio: front price 5, 21 or 63 sessions after the last close before the announcement; null until known",
    "count": "outcomes known; rose: those above zero; independent: those that share no session",
    "rose_low": "99 % interval of the share that rose, from the independent outcomes",
    "direction_ratio": "−1 to 1, of the soybean oil price by mechanism; null where none is named",
}
BODIES = {"document": None, "volumes": "EPA"}
HELD = {None: "", 0: "", 1: ", held to lift", -1: ", held to lower"}  # of similar steps: the same side of the price
DOCUMENTS = {
    "rfs": "fuel standard documents",
    "tariff": "tariff documents",
    "biofuel_credit": "biofuel credit documents",
}


def steps(connection: duckdb.DuckDBPyConnection, later: bool) -> dict:
    """Steps newest first with what followed, `groups` of similar ones, and `usual` changes of all sessions.

    Raises ConfigError without any step.
    """
    close = last_session(connection)
    found = _found(connection, None if later else sessions.cutoff(close))
    if not found:
        raise ConfigError(f"{TARIFFS}, {POLICY} and {VOLUMES} hold no step yet: `oilseer run` makes them")
    days, prices = _prices(connection)
    made = [row | _after(days, prices, row["announced_on"]) for row in found]
    span = prices[max(bisect_left(days, made[-1]["announced_on"]) - 1, 0) :]
    usual = {str(after): _usual(span, after) for after in AFTER}
    groups: dict[str, list[dict]] = {}
    for row in made[::-1]:
        groups.setdefault(row["group"], []).append(row)
    return at_last_session(connection, UNITS) | {
        "later": later, "usual_from": made[-1]["announced_on"].isoformat(), "usual": usual,
        "groups": [{"group": name, "steps": len(of), "sessions_after": after}
                   | _outcomes(of, after, days, usual[str(after)]["rose_ratio"])
                   for name, of in sorted(groups.items()) for after in AFTER],
        "rows": [{name: plain(value) for name, value in row.items()} for row in made],
    }  # fmt: skip


def calendar(connection: duckdb.DuckDBPyConnection, days: int = DAYS_AHEAD) -> dict:
    """What is due in the `days` calendar days after the close, as known then."""
    as_of = last_session(connection)
    (contract,) = connection.execute(f"SELECT contract FROM {PRICES} WHERE observation_date = ?", [as_of]).fetchone()
    return at_last_session(connection, {"time_new_york": "HH:MM"}) | ahead.events(connection, as_of, contract, days)


def prices_since(connection: duckdb.DuckDBPyConnection, start: date) -> list[tuple[date, float]]:
    """Sessions from `start` on with their front price, ¢/lb."""
    days, prices = _prices(connection)
    first = bisect_left(days, start)
    return list(zip(days[first:], map(float, prices[first:]), strict=True))


def _found(connection: duckdb.DuckDBPyConnection, cutoff: datetime | None) -> list[dict]:
    """Steps of measures, documents on our subjects and mandated volumes, newest first."""
    parts = []
    if exists(connection, TARIFFS):
        parts.append(
            "SELECT observation_date, effective_on, ends_on, measure, step, imposed_by, on_goods_of, goods, "
            f"direction_ratio, summary, source_url, certainty, event_id, available_at FROM {TARIFFS}"
        )
    if exists(connection, POLICY):
        parts.append(
            "SELECT observation_date, effective_on, NULL::DATE, topic, kind, 'document', NULL, NULL, NULL::DOUBLE, "
            f"title, NULL, 'official', item_id, available_at FROM {POLICY} WHERE topic <> 'other'"
        )
    if exists(connection, VOLUMES):
        parts.append(
            "SELECT observation_date, NULL::DATE, NULL::DATE, 'rfs_volumes', stage, 'volumes', NULL, NULL, "
            "NULL::DOUBLE, upper(stage[1]) || stage[2:] || ' volumes: ' || string_agg(compliance_year || "
            "CASE category WHEN 'renewable_fuel' THEN ' all fuel ' ELSE ' biomass-based diesel ' END || volume || "
            "CASE unit WHEN 'billion_rins' THEN ' bn RINs' ELSE ' bn gal' END, '; ' "
            "ORDER BY compliance_year, category), NULL, 'official', 'rfs_' || stage || '_' || observation_date, "
            f"max(available_at) FROM {VOLUMES} WHERE category IN ('renewable_fuel', 'biomass_based_diesel') "
            "GROUP BY observation_date, stage"
        )
    if not parts:
        return []
    names = ("announced_on", "effective_on", "ends_on", "measure", "step", "imposed_by", "on_goods_of", "goods",
             "direction_ratio", "summary", "source_url", "certainty", "event_id", "available_at")  # fmt: skip
    found = connection.execute(
        f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS steps({', '.join(names)}) "
        "WHERE $cutoff::TIMESTAMPTZ IS NULL OR available_at <= $cutoff ORDER BY announced_on DESC, event_id",
        {"cutoff": cutoff},
    ).fetchall()
    close = sessions.cutoff(last_session(connection))
    return [_step(dict(zip(names, row, strict=True)), close) for row in found]


def _step(row: dict, close: datetime) -> dict:
    """A step with its kind, and the group of steps that are similar to it."""
    about = kind(row["imposed_by"], row["on_goods_of"], row["goods"], row["measure"])
    side = row["direction_ratio"] and np.sign(row["direction_ratio"])
    return row | {"imposed_by": BODIES.get(row["imposed_by"], row["imposed_by"]), "kind": about,
                  "group": about + HELD[side], "after_close": row["available_at"] > close}  # fmt: skip


def kind(imposed_by: str, on_goods_of: str | None, goods: str | None, topic: str) -> str:
    """What a step is about: documents, volumes, or whose goods and which."""
    if imposed_by == "document":
        return DOCUMENTS.get(topic, topic)
    if imposed_by == "volumes":
        return "mandated biofuel volumes"
    said = goods or ""
    if any(word in said for word in ("biodiesel", "biofuel", "cooking oil")):
        return "biodiesel and its feedstocks"
    if " and " in imposed_by:
        return "deals of the US and China"
    if on_goods_of == "US":
        return "duties on US farm goods"
    return "US duties on other goods" if imposed_by == "US" else "trade in other oilseeds and oils"


def _prices(connection: duckdb.DuckDBPyConnection) -> tuple[list[date], np.ndarray]:
    found = connection.execute(
        f"SELECT observation_date, price_cents_per_lb FROM {PRICES} ORDER BY observation_date"
    ).fetchall()
    return [day for day, _ in found], np.array([price for _, price in found])


def _after(days: list[date], prices: np.ndarray, announced: date) -> dict:
    """Changes from the last close before the announcement; None where it or the outcome is not known."""
    before = bisect_left(days, announced) - 1
    known = {after: before >= 0 and before + after < len(days) for after in AFTER}
    return {f"change_{after}_ratio": float(prices[before + after] / prices[before] - 1) if known[after] else None
            for after in AFTER}  # fmt: skip


def _usual(prices: np.ndarray, after: int) -> dict:
    """Changes over as many sessions from every close since the first step."""
    changes = prices[after:] / prices[:-after] - 1
    if not changes.size:
        return {"count": 0, "rose_ratio": None, "median_ratio": None, "p10_ratio": None, "p90_ratio": None}
    low, middle, high = np.quantile(changes, (0.1, 0.5, 0.9))
    return {"count": int(changes.size), "rose_ratio": float((changes > 0).mean()), "median_ratio": float(middle),
            "p10_ratio": float(low), "p90_ratio": float(high)}  # fmt: skip


def _outcomes(of: list[dict], after: int, days: list[date], usual: float | None) -> dict:
    """Counts, range and verdict of a group's steps, oldest first."""
    known = [row for row in of if row[f"change_{after}_ratio"] is not None]
    changes = np.array([row[f"change_{after}_ratio"] for row in known])
    independent, end = 0, -1
    for row in known:
        start = bisect_left(days, row["announced_on"]) - 1
        if start >= end:
            independent, end = independent + 1, start + after
    made = {"count": len(known), "independent": independent, "rose": int((changes > 0).sum())}
    if not known:
        return made | dict.fromkeys(("median_ratio", "min_ratio", "max_ratio", "rose_low", "rose_high")) | {
            "verdict": "not known yet"}  # fmt: skip
    low, high = _wilson(float((changes > 0).mean()), independent)
    verdict = "too few to say" if independent < ENOUGH or usual is None else \
              "rose more often than usual" if low > usual else \
              "rose less often than usual" if high < usual else "no different from usual"  # fmt: skip
    return made | {
        "median_ratio": float(np.median(changes)), "min_ratio": float(changes.min()),
        "max_ratio": float(changes.max()), "rose_low": low, "rose_high": high, "verdict": verdict,
    }  # fmt: skip


def _wilson(share: float, count: int) -> tuple[float, float]:
    """Interval of a share (Wilson 1927)."""
    middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    half = Z / (1 + Z**2 / count) * (share * (1 - share) / count + Z**2 / (4 * count**2)) ** 0.5
    return max(middle - half, 0.0), min(middle + half, 1.0)
