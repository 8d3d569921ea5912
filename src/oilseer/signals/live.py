"""signals.big_eight_live: the Big 8 every 15 minutes of the last session, from hourly bars where there are any.

A bar speaks from its end on, for an hour at most: then the next one is due. What has no bars keeps its value of the
session before, so a live score moves only with what traded; at the session's close the daily table takes over.
"""

from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.signals.big_eight import read_matrix
from oilseer.signals.components import BUCKETS, COMPONENTS, MONTH, score
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import append, ensure, replace

STEP = timedelta(minutes=15)
BAR = timedelta(hours=1)
MEMORY = 600  # sessions that the components look back on, with some to spare
LIVE: dict[str, frozenset[str]] = {  # column of the matrix: the symbols whose bars move it
    "spread_board_crush_usd_per_bu": frozenset({"ZL", "ZM", "ZS"}),
    "spread_boho_usd_per_gal": frozenset({"ZL", "HO"}),
    "databento_cl_momentum_21_ratio": frozenset({"CL"}),
}

SPEC = TableSpec(
    "signals.big_eight_live",
    "one row per quarter of an hour of the last session with bars, and bucket",
    ("observed_at", "bucket"),
    (
        Column("observed_at", "TIMESTAMPTZ", "UTC"),
        Column("bucket", "VARCHAR"),
        Column("score", "DOUBLE", "0 to 100", "50 is neutral", low=0, high=100),
        Column("change", "DOUBLE", "points", "since the close before"),
        Column(
            "input_age_minutes", "DOUBLE", "minutes", "since the oldest bar it uses; null where none moves it", low=0
        ),
        Column("as_of_date", "DATE", "", "session before, whose values stand for what has no bars", null=False),
    ),
    "observed_at: every bar had ended by then",
    "staging.market_hourly, features.daily_ml_matrix_zl",
    may_be_empty=True,
)


def build_live(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace the table by the last session that has bars of soybean oil; number of rows, 0 where there are none."""
    return replace(connection, SPEC, _table(_session(connection, None)))


def refresh_live(connection: duckdb.DuckDBPyConnection, now: datetime) -> int:
    """Add what newer bars and the time since make, up to `now` (UTC, aware); number of rows.

    What was shown stays as it was: a bar that comes late counts from then on. Another session takes the table's place.
    """
    rows = _session(connection, now)
    if not rows:
        return 0
    ensure(connection, SPEC)
    anchor, first, newest = connection.execute(
        "SELECT max(as_of_date), epoch_us(min(observed_at)), epoch_us(max(observed_at)) FROM signals.big_eight_live"
    ).fetchone()
    if anchor != rows[0]["as_of_date"] or first < rows[0]["observed_at"]:
        return replace(connection, SPEC, _table(rows))
    return append(connection, SPEC, _table([row for row in rows if row["observed_at"] > newest]))


def _table(rows: list[dict]) -> pa.Table:
    schema = pa.schema([
        ("observed_at", pa.timestamp("us", "UTC")), ("bucket", pa.string()), ("score", pa.float64()),
        ("change", pa.float64()), ("input_age_minutes", pa.float64()), ("as_of_date", pa.date32()),
    ])  # fmt: skip
    return pa.Table.from_pylist(rows, schema)


def _session(connection: duckdb.DuckDBPyConnection, now: datetime | None) -> list[dict]:
    """Rows of the last session with bars, made of the matrix up to the session before and of the bars since.

    They end with the last bar; with `now` they go on until then while no newer bar is due.
    """
    query = "SELECT max(observation_date) FROM staging.market_hourly WHERE symbol = 'ZL'"
    last = connection.execute(query).fetchone()[0]
    if last is None:
        return []
    matrix = read_matrix(connection)
    before = np.flatnonzero(matrix.dates < np.datetime64(last))[-MEMORY:]
    bars = connection.execute(
        "SELECT symbol, epoch_us(bar_start), close FROM staging.market_hourly WHERE observation_date = ? ORDER BY ALL",
        [last],
    ).fetchall()
    if not len(before) or not bars:
        return []
    anchor = matrix.dates[before[-1]].astype(object)
    closes = _closes(connection, anchor)
    columns = {name: values[before] for name, values in matrix.columns.items()}
    close_scores = {bucket: score(bucket, columns).points[-1] for bucket in BUCKETS}
    ends = sorted({start for _, start, _ in bars})
    rows = []
    step, hour = int(STEP.total_seconds() * 1e6), int(BAR.total_seconds() * 1e6)
    until = ends[-1] + hour
    if now is not None:
        until = min(int(now.timestamp() * 1e6), until + hour - step)
    for moment in range(ends[0] + hour, until + 1, step):
        newest = {symbol: (start + hour, close) for symbol, start, close in bars if start + hour <= moment}
        extended = {name: np.append(values, _live(name, columns, newest, closes)) for name, values in columns.items()}
        for bucket in BUCKETS:
            points = score(bucket, extended).points[-1]
            used = [newest[s][0] for s in _symbols(bucket) if s in newest]
            rows.append({
                "observed_at": moment, "bucket": bucket, "score": None if np.isnan(points) else float(points),
                "change": None if np.isnan(points) else float(points - close_scores[bucket]),
                "input_age_minutes": (moment - min(used)) / 6e7 if used else None, "as_of_date": anchor,
            })  # fmt: skip
    return rows


def _live(name: str, columns: dict, newest: dict, closes: dict) -> float:
    """The column's value now: from bars where all of its symbols have one, its last value otherwise."""
    values = columns[name]
    price = {symbol: close for symbol, (_, close) in newest.items()}
    if not LIVE.get(name, frozenset("?")) <= price.keys():
        return values[-1]
    if name == "spread_board_crush_usd_per_bu":
        return 0.022 * price["ZM"] + 0.11 * price["ZL"] - price["ZS"] / 100
    if name == "spread_boho_usd_per_gal":
        return 7.5 * price["ZL"] / 100 - price["HO"]
    known = closes.get("CL", ())
    return price["CL"] / known[0] - 1 if len(known) == MONTH and known[0] > 0 else values[-1]


def _closes(connection: duckdb.DuckDBPyConnection, anchor: date) -> dict[str, tuple[float, ...]]:
    """The last MONTH closes of crude oil up to `anchor`, oldest first, on the footing of today's contract."""
    found = connection.execute(
        "SELECT close, return_log FROM staging.market_daily WHERE symbol = 'CL' AND observation_date <= ? "
        "ORDER BY observation_date DESC LIMIT ?",
        [anchor, MONTH],
    ).fetchall()
    if len(found) < MONTH or any(step is None for _, step in found[:-1]):
        return {}
    level = [found[0][0]]
    for _, step in found[:-1]:  # backwards, so that a roll on the way is no move
        level.append(level[-1] / float(np.exp(step)))
    return {"CL": tuple(reversed(level))}


def _symbols(bucket: str) -> frozenset[str]:
    """Symbols whose bars move a bucket."""
    return frozenset().union(
        *(LIVE.get(name, frozenset()) for c in COMPONENTS if c.bucket == bucket for name in c.reads)
    )
