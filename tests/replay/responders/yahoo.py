"""Yahoo's chart, version 8, from market/prices_yahoo_daily: epoch seconds, parallel arrays, USX for US cents."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import polars as pl

from oilseer.reference.symbols import symbols

from . import as_json

HOSTS = ("query1.finance.yahoo.com",)
NEW_YORK = ZoneInfo("America/New_York")
OTHER_NAMES = {"DX-Y.NYB": "DXY", "^VIX": "VIX"}


def respond(request, history):
    """Bars of one ticker between period1 and period2."""
    ticker = request.path.removeprefix("/v8/finance/chart/")
    symbol = OTHER_NAMES.get(ticker, ticker.removesuffix("=F"))
    first, last = (datetime.fromtimestamp(int(request.query[name]), UTC).date() for name in ("period1", "period2"))
    rows = history.rows("market/prices_yahoo_daily").filter(pl.col("symbol") == symbol)
    if rows.is_empty() or symbol not in symbols():
        error = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
        return as_json({"chart": {"result": None, "error": error}}, 404)
    rows = _whole(rows.sort("date", "source").unique("date", keep="first", maintain_order=True), symbol, history)
    rows = rows.filter(pl.col("date").is_between(first, last))
    stamps = [int(datetime.combine(day, time.min, NEW_YORK).timestamp()) for day in rows["date"]]
    quote = {name: rows[name].to_list() for name in ("open", "high", "low", "close", "volume")}
    unit = symbols()[symbol].quote_unit.split("_")[0]
    meta = {
        "currency": {"cents": "USX", "cad": "CAD"}.get(unit, "USD"), "symbol": ticker, "instrumentType": "FUTURE",
        "gmtoffset": -14400, "timezone": "EDT", "exchangeTimezoneName": "America/New_York", "dataGranularity": "1d",
        "range": "", "validRanges": ["1d", "5d", "max"],
    }  # fmt: skip
    result = {"meta": meta, "indicators": {"quote": [quote] if stamps else [{}]}}
    if stamps:
        result |= {"timestamp": stamps}
    return as_json({"chart": {"result": [result], "error": None}})


def _whole(rows, symbol, history):
    """The bars, and the front contract's on days that were not recorded (copper from 2020 to 2023)."""
    front = history.rows("market/futures_continuous").filter(
        (pl.col("symbol") == symbol) & pl.col("date").is_between(rows["date"].min(), rows["date"].max())
    )
    missing = front.join(rows, on="date", how="anti").select("date", "open", "high", "low", "close", "volume")
    return pl.concat([rows, missing], how="diagonal_relaxed").sort("date")
