"""Headlines as answers ready for JSON: each story once, counts and tone by bucket and day, and where they come from.

As known at the close of the last priced session; `later` adds what came after it, which no forecast knows.
"""

from datetime import date, timedelta

import duckdb

from oilseer.dashboard.lists import at_last_session, last_session, part
from oilseer.dashboard.supply_answers import NEWS
from oilseer.dashboard.tables import require, rows
from oilseer.features.feature import BUCKETS
from oilseer.market import sessions

DAYS = 30
WEEK = 7
KNOWN = "($later::BOOLEAN OR available_at <= $cutoff)"
UNITS = {
    "sentiment_ratio": "−1 to 1, tone of the words",
    "direction_ratio": "−1 to 1, of the soybean oil price by mechanism; null where no rule names one",
    "tone_ratio": "−1 to 1, plain mean over the stories",
    "after_close": "whether it became public after the close that the answer speaks of",
}


def headlines(
    connection: duckdb.DuckDBPyConnection, bucket: str | None, later: bool, limit: int | None, offset: int
) -> dict:
    """Every story once, newest first, with the buckets that it belongs to. Raises ConfigError without any."""
    require(connection, NEWS, "headlines", "ingest")
    query = f"""SELECT available_at, any_value(published_at) AS published_at,
            any_value(observation_date) AS observation_date, list(DISTINCT bucket ORDER BY bucket) AS buckets,
            any_value(title) AS title, any_value(url) AS url, any_value(publisher) AS publisher, feed,
            any_value(trust_class) AS trust_class, any_value(sentiment_ratio) AS sentiment_ratio,
            any_value(sentiment_by) AS sentiment_by, any_value(direction_ratio) AS direction_ratio,
            any_value(direction_rule) AS direction_rule, available_at > $cutoff AS after_close, item_id
        FROM {NEWS} WHERE {KNOWN} GROUP BY feed, item_id, available_at
        HAVING $bucket::VARCHAR IS NULL OR list_contains(list(bucket), $bucket::VARCHAR)
        ORDER BY available_at DESC, feed, item_id"""
    bound = {"bucket": bucket, **_known(connection, later)}
    return at_last_session(connection, UNITS) | part(connection, query, bound, limit, offset)


def by_day(connection: duckdb.DuckDBPyConnection, later: bool) -> dict:
    """Stories and their mean tone by bucket and day of the last 30 days, by bucket, and by feed.

    The days end with the close, or with `later` on the day of the newest story. A story in two buckets counts in
    both, and once in `stories`. Raises ConfigError without any story.
    """
    require(connection, NEWS, "headlines", "ingest")
    bound, close = _known(connection, later), last_session(connection)
    told = connection.execute(
        f"SELECT max(observation_date), count(DISTINCT (feed, item_id)) FROM {NEWS} WHERE {KNOWN}", bound
    ).fetchone()
    end: date = max(close, told[0] or close) if later else close
    span = bound | {"end": end, "start": end - timedelta(days=DAYS - 1), "week": end - timedelta(days=WEEK - 1)}
    cells = rows(
        connection,
        f"""SELECT observation_date AS day, bucket, count(*) AS stories, avg(sentiment_ratio) AS tone_ratio,
            count(*) FILTER (direction_ratio > 0) AS held_to_lift,
            count(*) FILTER (direction_ratio < 0) AS held_to_lower
        FROM {NEWS} WHERE {KNOWN} AND observation_date BETWEEN $start AND $end
        GROUP BY ALL ORDER BY day DESC, bucket""",
        {name: value for name, value in span.items() if name != "week"},
    )
    buckets = rows(
        connection,
        f"""SELECT bucket, count(*) FILTER (observation_date >= $week) AS stories_week, count(*) AS stories_month,
            avg(sentiment_ratio) FILTER (observation_date >= $week) AS tone_week_ratio,
            avg(sentiment_ratio) AS tone_month_ratio, count(*) FILTER (direction_ratio > 0) AS held_to_lift,
            count(*) FILTER (direction_ratio < 0) AS held_to_lower, max(observation_date) AS newest
        FROM {NEWS} WHERE {KNOWN} AND observation_date BETWEEN $start AND $end GROUP BY bucket""",
        span,
    )
    order = {name: place for place, name in enumerate(BUCKETS)}
    return at_last_session(connection, UNITS) | {
        "from": span["start"].isoformat(), "to": end.isoformat(), "later": later, "stories": told[1],
        "newest": told[0] and told[0].isoformat(),
        "stories_after_close": _after_close(connection, bound["cutoff"]),
        "rows": cells, "buckets": sorted(buckets, key=lambda row: order[row["bucket"]]),
        "feeds": _feeds(connection, bound),
    }  # fmt: skip


def _known(connection: duckdb.DuckDBPyConnection, later: bool) -> dict:
    return {"later": later, "cutoff": sessions.cutoff(last_session(connection))}


def _after_close(connection: duckdb.DuckDBPyConnection, cutoff: object) -> int:
    query = f"SELECT count(DISTINCT (feed, item_id)) FROM {NEWS} WHERE available_at > $cutoff"
    return connection.execute(query, {"cutoff": cutoff}).fetchone()[0]


def _feeds(connection: duckdb.DuckDBPyConnection, bound: dict) -> list[dict]:
    """Who brought how many stories, when the newest was, and what read their tone."""
    return rows(
        connection,
        f"""SELECT feed, count(DISTINCT item_id) AS stories, min(observation_date) AS first,
            max(observation_date) AS newest, string_agg(DISTINCT sentiment_by, ', ') AS sentiment_by
        FROM {NEWS} WHERE {KNOWN} GROUP BY feed ORDER BY stories DESC, feed""",
        bound,
    )
