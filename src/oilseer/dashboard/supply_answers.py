"""Who holds what, what USDA says, and what was reported and enacted: positions, WASDE, headlines and policy events.

Only what was public at the close of the last priced session.
"""

from datetime import date, datetime

import duckdb

from oilseer.dashboard.lists import at_last_session, last_session, part
from oilseer.dashboard.tables import exists, require, rows
from oilseer.errors import ConfigError
from oilseer.market import sessions

POSITIONS, WASDE, NEWS = "staging.cot_positions", "staging.wasde", "staging.news_bucketed"
POLICY, TARIFFS = "staging.policy_events", "staging.tariff_events"
WEEKS = 156  # three years


def positions(connection: duckdb.DuckDBPyConnection) -> dict:
    """Positions of traders by market, report and group: the newest, its change in a week, its place in three years."""
    require(connection, POSITIONS, "positions", "ingest")
    units = {
        "long_contracts": "contracts, and short_contracts", "net_share_ratio": "long less short over open interest",
        "change_week_ratio": "net_share_ratio less that of the report before",
        "percentile_three_years": "ratio, share of the last 156 reports with no larger net_share_ratio",
        "reports": "count of reports in these three years; a place among fewer than 156 says less",
    }  # fmt: skip
    found = rows(
        connection,
        f"""WITH vintages AS (
            SELECT * FROM {POSITIONS} WHERE available_at <= $cutoff QUALIFY available_at = max(available_at) OVER (
                PARTITION BY symbol, report, trader_group, observation_date)
        ), reports AS (
            SELECT *, row_number() OVER w AS place, first_value(net_share_ratio) OVER w AS newest
            FROM vintages WINDOW w AS (PARTITION BY symbol, report, trader_group ORDER BY observation_date DESC)
        )
        SELECT symbol, report, trader_group, max(observation_date) AS observation_date,
            max(available_at) AS available_at, arg_max(long_contracts, observation_date) AS long_contracts,
            arg_max(short_contracts, observation_date) AS short_contracts,
            arg_max(open_interest_contracts, observation_date) AS open_interest_contracts,
            any_value(newest) AS net_share_ratio,
            any_value(newest) - max(net_share_ratio) FILTER (place = 2) AS change_week_ratio,
            avg((net_share_ratio <= newest)::INTEGER) AS percentile_three_years, count(*) AS reports
        FROM reports WHERE place <= {WEEKS} GROUP BY ALL ORDER BY symbol, report, trader_group""",
        {"cutoff": _cutoff(connection)},
    )
    return at_last_session(connection, units) | {"rows": found}


def wasde(connection: duckdb.DuckDBPyConnection, commodity: str) -> dict:
    """The newest WASDE of a commodity by balance, line and marketing year, beside the release before.

    Raises ConfigError for a commodity that it does not hold, with those it does.
    """
    require(connection, WASDE, "WASDE", "ingest")
    known = [name for (name,) in connection.execute(f"SELECT DISTINCT commodity FROM {WASDE} ORDER BY ALL").fetchall()]
    if commodity not in known:
        raise ConfigError(f"no WASDE of {commodity!r}; there are {', '.join(known)}")
    found = rows(
        connection,
        f"""SELECT balance, attribute, marketing_year, status, unit, value,
            lag(value) OVER w AS value_before, value - lag(value) OVER w AS revision,
            observation_date, lag(observation_date) OVER w AS observation_date_before, available_at
        FROM {WASDE} WHERE commodity = $commodity AND available_at <= $cutoff
        WINDOW w AS (PARTITION BY balance, attribute, marketing_year, unit ORDER BY observation_date, available_at)
        QUALIFY observation_date = max(observation_date) OVER (PARTITION BY commodity)
        ORDER BY balance, attribute, marketing_year""",
        {"commodity": commodity, "cutoff": _cutoff(connection)},
    )
    units = {"value": "the unit of the row; so is the revision, from the release before of the same marketing year"}
    return at_last_session(connection, units) | {"commodity": commodity, "commodities": known, "rows": found}


def news(
    connection: duckdb.DuckDBPyConnection, bucket: str | None, start: date | None, limit: int | None, offset: int
) -> dict:
    """Headlines with bucket, source, time and tone, newest first; a story in two buckets stands twice."""
    require(connection, NEWS, "headlines", "ingest")
    columns = (
        "available_at, published_at, observation_date, bucket, topic, title, url, publisher, feed, trust_class, "
        "trust_ratio, direction_ratio, direction_rule, sentiment_ratio, sentiment_by"
    )
    query = (
        f"SELECT {columns} FROM {NEWS} WHERE available_at <= $cutoff "
        "AND ($bucket::VARCHAR IS NULL OR bucket = $bucket::VARCHAR) "
        "AND ($start::DATE IS NULL OR observation_date >= $start::DATE) "
        "ORDER BY available_at DESC, item_id, bucket"
    )
    units = {"sentiment_ratio": "−1 to 1, tone of the words", "direction_ratio": "−1 to 1, for the soybean oil price",
             "trust_ratio": "0 to 1, of the source"}  # fmt: skip
    bound = {"bucket": bucket, "start": start, "cutoff": _cutoff(connection)}
    return at_last_session(connection, units) | part(connection, query, bound, limit, offset)


def policy(connection: duckdb.DuckDBPyConnection, limit: int | None, offset: int) -> dict:
    """Policy documents and tariff steps by the day they were announced, newest first, with when they take effect."""
    parts = []
    if exists(connection, POLICY):
        parts.append(
            "SELECT observation_date AS announced_on, effective_on, NULL::DATE AS ends_on, 'document' AS kind, topic, "
            f"title, NULL::VARCHAR AS source_url, source, available_at, item_id AS event_id FROM {POLICY}"
        )
    if exists(connection, TARIFFS):
        parts.append(
            "SELECT observation_date AS announced_on, effective_on, ends_on, 'tariff' AS kind, measure AS topic, "
            f"summary AS title, source_url, source, available_at, event_id FROM {TARIFFS}"
        )
    if not parts:
        raise ConfigError(f"{POLICY} and {TARIFFS} hold no events yet: `oilseer run` makes them")
    events = " UNION ALL ".join(parts)
    query = f"SELECT * FROM ({events}) WHERE available_at <= $cutoff ORDER BY announced_on DESC, event_id"
    return at_last_session(connection, {}) | part(connection, query, {"cutoff": _cutoff(connection)}, limit, offset)


def _cutoff(connection: duckdb.DuckDBPyConnection) -> datetime:
    """What was public by then is shown: the close that the answer speaks of."""
    return sessions.cutoff(last_session(connection))
