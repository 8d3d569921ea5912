"""The coming events as an answer: the shipped calendar, and known steps of tariffs that take effect or end."""

from datetime import date, timedelta

import duckdb

from oilseer.dashboard.tables import exists
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.reference.coming_events import SERIES, Event, contract_ends, events_ahead, without_a_date

TARIFFS = "staging.tariff_events"
DAYS = 30


def events(connection: duckdb.DuckDBPyConnection, as_of: date, contract: str | None, days: int = DAYS) -> dict:
    """Events of the `days` days after `as_of` by day, and announced series whose days are not known so far."""
    end = as_of + timedelta(days=days)
    coded = contract if ends(contract, as_of)["first_notice_day"] else None
    found = [_plain(event) for event in events_ahead(as_of, days, coded)] + _tariffs(connection, as_of, end)
    unknown = [
        row | {"known_to": row["known_to"] and row["known_to"].isoformat()} for row in without_a_date(as_of, days)
    ]
    return {
        "from": (as_of + timedelta(days=1)).isoformat(),
        "to": end.isoformat(),
        "rows": sorted(found, key=lambda row: row["date"]),
        "without_a_date": unknown,
    }


def ends(contract: str | None, as_of: date) -> dict[str, str | None]:
    """First notice and last trading day of a contract; None where its code does not say its month."""
    try:
        days = {event.series: event.day.isoformat() for event in contract_ends(contract or "", as_of)}
    except ConfigError:  # a vendor's number, or a continuous symbol
        days = {}
    return {f"{series}_day": days.get(series) for series in ("first_notice", "last_trading")}


def _plain(event: Event) -> dict:
    name, often = SERIES[event.series]
    return {
        "date": event.day.isoformat(), "time_new_york": event.at, "series": event.series, "name": name,
        "often": often, "kind": event.kind, "describes": event.describes and event.describes.isoformat(),
        "detail": event.detail, "moved": event.moved, "source": event.source,
    }  # fmt: skip


def _tariffs(connection: duckdb.DuckDBPyConnection, as_of: date, end: date) -> list[dict]:
    """Days on which the newest known step of a measure takes effect or ends."""
    if not exists(connection, TARIFFS):
        return []
    known_until = sessions.cutoff(as_of).timestamp() * 1000
    found = connection.execute(
        f"SELECT measure, observation_date, effective_on, ends_on, summary, source_url, epoch_ms(available_at) "
        f"FROM {TARIFFS} ORDER BY observation_date, event_id"
    ).fetchall()
    newest = {row[0]: row for row in found if row[6] <= known_until}
    rows = []
    for _, _, effective_on, ends_on, summary, source, _ in newest.values():
        for day, name in ((effective_on, "Policy takes effect"), (ends_on, "Policy step ends")):
            if day is not None and as_of < day <= end:
                rows.append({
                    "date": day.isoformat(), "time_new_york": None, "series": "tariff", "name": name,
                    "often": "once", "kind": "tariff", "describes": None, "detail": summary, "moved": False,
                    "source": source,
                })  # fmt: skip
    return rows
