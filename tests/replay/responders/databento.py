"""Databento's gateway, from market/futures_daily and futures_hourly: front contracts, encoded by its own library.

The history has no settlements, so `statistics` are answered without records. Without the library it answers nothing.
"""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import polars as pl

from . import Answer, as_json

HOSTS = ("hist.databento.com",)
RTYPES = {"ohlcv-1h": 34, "ohlcv-1d": 35}


def respond(request, history):
    """The data set's range, or records of one schema."""
    if request.path == "/v0/metadata.get_dataset_range":
        return as_json(
            {"start": "2010-06-06T00:00:00Z", "end": f"{history.day + timedelta(days=1)}T00:00:00.000000000Z"}
        )
    if request.path != "/v0/timeseries.get_range":
        return None
    try:
        import databento_dbn
    except ImportError:
        return None
    query = request.query
    start, end = (datetime.fromisoformat(query[name][:19]).replace(tzinfo=UTC) for name in ("start", "end"))
    rows = _rows(history, query["schema"]).filter(pl.col("at").is_between(start, end, closed="left"))
    wanted = query["symbols"].split(",")
    rows = rows.filter(pl.format("{}.FUT", "root").is_in(wanted) | pl.col("raw_symbol").is_in(wanted))
    names = dict(rows.select("raw_symbol", "instrument_id").unique().sort("raw_symbol").rows())
    always = {"start_date": date(2010, 1, 1), "end_date": date(2040, 1, 1)}
    head = databento_dbn.Metadata(
        "GLBX.MDP3", _ns(start), databento_dbn.SType.RAW_SYMBOL, databento_dbn.SType.INSTRUMENT_ID,
        databento_dbn.Schema(query["schema"]), symbols=wanted, end=_ns(end),
        mappings=[
            SimpleNamespace(raw_symbol=name, intervals=[SimpleNamespace(**always, symbol=f"{number}")])
            for name, number in names.items()
        ],
    )  # fmt: skip
    records = [
        bytes(databento_dbn.OHLCVMsg(
            rtype=RTYPES[query["schema"]], publisher_id=1, instrument_id=row["instrument_id"], ts_event=_ns(row["at"]),
            volume=row["volume"], **{name: round(row[name] * 1e9) for name in ("open", "high", "low", "close")},
        ))
        for row in rows.sort("at").iter_rows(named=True)
    ]  # fmt: skip
    return Answer(head.encode() + b"".join(records), "application/octet-stream")


def _rows(history, schema):
    """Bars with the exchange's symbol, one digit of the year, and a number that no other contract has."""
    midnight = pl.col("date").cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if schema == "ohlcv-1h":
        rows = history.rows("market/futures_hourly").with_columns(at=pl.col("ts_utc").dt.replace_time_zone("UTC"))
    else:
        rows = history.rows("market/futures_daily").with_columns(at=midnight)
        rows = rows if schema == "ohlcv-1d" else rows.clear()
    rows = rows.filter(pl.col("contract").is_not_null())
    return rows.with_columns(
        (pl.col("contract").str.slice(0, pl.col("contract").str.len_chars() - 2) + pl.col("contract").str.tail(1))
        .alias("raw_symbol"),
        (pl.col("contract").hash(7) % 2**31).cast(pl.UInt32).alias("instrument_id"),
    )  # fmt: skip


def _ns(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000
