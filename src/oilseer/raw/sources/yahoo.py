"""Market prices by day: the chart service behind Yahoo's finance pages, nearest expiry of futures, unadjusted.

Endpoint  https://query1.finance.yahoo.com/v8/finance/chart/{ticker}?period1&period2&interval=1d, one ticker a request
Access    keyless and unofficial; a request without a browser's User-Agent is answered with 429
Delay     10 to 30 minutes; a session counts as finished at 17:30 New York of its date and is public at 17:00.
          Today's bar is there while it forms: it is left out, and comes whole with the next fetch
Dates     epoch seconds: midnight or the open in the exchange's zone, which the answer names. A bar of the evening,
          18:00 New York or later, belongs to the next day: futures open then (an hour's error of daylight saving,
          23:00 for midnight, is mended by the same rule). In the last place Yahoo may repeat a session as its newest
          quote: of two bars that end the answer the later stays, as yfinance does
Units     as quoted on the exchange: `USX` is US cents. The currency is checked against reference/symbols.csv
Numbers   Yahoo widens single precision (29.479999542236328 is 29.48): the shortest decimal of it is stored
Proven    recorded bytes of two funds, with nulls and without timestamps, and the head of a futures answer; the
          names of futures tickers from documentation only. A ticker that Yahoo dropped (404) is a gap, not a failure
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl

from oilseer.raw.availability import Rule, published
from oilseer.raw.payload import json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Gaps, Http, Rows
from oilseer.raw.specs import YAHOO
from oilseer.reference.symbols import symbols

TABLES = (YAHOO,)
URL = "https://query1.finance.yahoo.com/v8/finance/chart/"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "Accept": "application/json"}
NEW_YORK = ZoneInfo("America/New_York")
EVENING = time(18)
RULE = Rule(at="17:00")
FINISHED = Rule(at="17:30")
TICKERS = {
    "ZL": "ZL=F", "ZS": "ZS=F", "ZM": "ZM=F", "ZC": "ZC=F", "ZW": "ZW=F", "HE": "HE=F", "LE": "LE=F",
    "CL": "CL=F", "HO": "HO=F", "RB": "RB=F", "NG": "NG=F", "HG": "HG=F", "GC": "GC=F", "SI": "SI=F",
    "6L": "6L=F", "6E": "6E=F", "6J": "6J=F", "6M": "6M=F", "ES": "ES=F", "ZN": "ZN=F",
    "DXY": "DX-Y.NYB", "VIX": "^VIX", "RS": "RS=F", "CPO": "CPO=F",
}  # fmt: skip
CURRENCIES = {"cents": "USX", "usd": "USD", "cad": "CAD"}  # by the first word of the quote unit; points have none
PRICES = ("open", "high", "low", "close")
REMEDY = "fetch it again; if the service changed, change yahoo.parse"


def part_of(symbol: str) -> str:
    """The request's name: chart_zl."""
    return f"chart_{symbol.lower()}"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """One answer a symbol. Raises Gaps at the end, naming them, where Yahoo has no page of a symbol."""
    first, last = (int(datetime.combine(day, time.min, UTC).timestamp()) for day in (ask.since, ask.until))
    params = {
        "period1": str(first - 86_400),  # a day more on both sides: zones, and sessions that open the evening before
        "period2": str(last + 2 * 86_400),
        "interval": "1d",
        "includePrePost": "false",
    }
    unknown = []
    for symbol, ticker in TICKERS.items():
        part = part_of(symbol)
        if ask.parts and part not in ask.parts:
            continue
        found = http.get(URL + quote(ticker, safe="=-."), part=part, params=params, headers=BROWSER, missing=(404,))
        if found is not None:
            yield found
        else:
            unknown.append(ticker)
    if unknown:
        raise Gaps(
            f"yahoo: found no chart of {', '.join(unknown)}, expected one of each symbol; where it stays away, see "
            "https://finance.yahoo.com for its new ticker and correct raw/sources/yahoo.py"
        )


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a finished session, oldest first; none where Yahoo has no bar in the range.

    Raises SourceError for another ticker's prices, another currency, arrays of unlike length, or two closes a session.
    """
    symbol = symbol_of(download)
    unit = symbols()[symbol].quote_unit
    frame = bars_of(download, TICKERS[symbol], CURRENCIES.get(unit.split("_")[0]))
    return (Rows(YAHOO, frame.select(pl.lit(symbol).alias("symbol"), pl.all()), RULE),)


def symbol_of(download: Download) -> str:
    """The symbol that the part names."""
    found = next((symbol for symbol in TICKERS if part_of(symbol) == download.part), None)
    if found is None:
        known = ", ".join(part_of(symbol) for symbol in TICKERS)
        raise refuse(download, f"part {download.part!r}", f"one of {known}", "ask for a part of this source")
    return found


def bars_of(download: Download, ticker: str, currency: str | None) -> pl.DataFrame:
    """Finished bars of a chart of `ticker`: observation_date, open, high, low, close as quoted in `currency`, volume.

    A bar without a close is left out; `currency` None is not checked.
    """
    result = _result(download)
    meta = result.get("meta")
    if not isinstance(meta, dict):
        raise refuse(download, f"meta {meta!r}", "an object", REMEDY)
    for name, expected in {"symbol": ticker, "dataGranularity": "1d", "currency": currency}.items():
        if expected and meta.get(name) != expected:
            remedy = "do not load it: these are other prices, or in another unit"
            raise refuse(download, f"{name} {meta.get(name)!r}", f"{expected!r}", remedy)
    stamps, quotes = _arrays(download, result)
    zone = _zone(download, meta.get("exchangeTimezoneName"))
    rows = [
        (second, _session(download, second, zone), *_prices(download, quotes, place, second))
        for place, second in enumerate(stamps)
    ]
    schema = {"second": pl.Int64, "observation_date": pl.Date} | dict.fromkeys(PRICES, pl.Float64)
    frame = pl.DataFrame(rows, schema=schema | {"volume": pl.Int64}, orient="row")
    frame = frame.with_columns(pl.Series(name, _as_quoted(frame[name])) for name in PRICES)
    frame = frame.filter(pl.col("close").is_not_null()).sort("second", maintain_order=True)
    frame = frame.filter(published(FINISHED, frame["observation_date"]) <= download.fetched_at)
    if frame.height > 1 and frame["observation_date"][-2] == frame["observation_date"][-1]:
        frame = pl.concat([frame[:-2], frame[-1:]])
    return once_each(download, frame.drop("second"), ["observation_date"])


def _result(download: Download) -> dict:
    """The one result. Refuses an error answer with its own words."""
    answer = json_of(download)
    chart = answer.get("chart") if isinstance(answer, dict) else None
    if not isinstance(chart, dict):
        raise refuse(download, f"{str(answer)[:80]!r}", "an object `chart`", REMEDY)
    if chart.get("error"):
        error = chart["error"]
        said = f"{error.get('code')}: {error.get('description')}" if isinstance(error, dict) else str(error)
        raise refuse(download, f"the error {said!r}", "prices", "see whether Yahoo still lists the ticker")
    results = chart.get("result")
    if not isinstance(results, list) or len(results) != 1 or not isinstance(results[0], dict):
        raise refuse(download, f"result {str(results)[:80]}", "one result", REMEDY)
    return results[0]


def _arrays(download: Download, result: dict) -> tuple[list[int], dict[str, list]]:
    """Timestamps and the five arrays, all of one length; empty where there is no session in the range."""
    stamps = result.get("timestamp") or []
    indicators = result.get("indicators")
    quotes = indicators.get("quote") if isinstance(indicators, dict) else None
    if not isinstance(stamps, list) or not isinstance(quotes, list) or len(quotes) != 1:
        raise refuse(download, f"timestamp and quote of {str(quotes)[:80]}", "one array each", REMEDY)
    arrays = quotes[0] if isinstance(quotes[0], dict) else {}
    if not stamps and not any(arrays.values()):
        return [], {}
    for name in (*PRICES, "volume"):
        found = arrays.get(name)
        if not isinstance(found, list) or len(found) != len(stamps):
            length = len(found) if isinstance(found, list) else "no"
            raise refuse(download, f"{length} values of {name!r} for {len(stamps)} timestamps", "one each", REMEDY)
    return stamps, arrays


def _zone(download: Download, name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refuse(download, f"exchangeTimezoneName {name!r}", "a zone such as America/New_York", REMEDY) from None


def _session(download: Download, second: object, zone: ZoneInfo) -> date:
    """The date of the session to which a bar's start belongs."""
    if isinstance(second, bool) or not isinstance(second, int) or not 0 < second < 2**32:
        raise refuse(download, f"timestamp {second!r}", "epoch seconds", REMEDY)
    start = datetime.fromtimestamp(second, UTC)
    day = start.astimezone(zone).date()
    return day + timedelta(days=1) if start.astimezone(NEW_YORK).time() >= EVENING else day


def _prices(download: Download, quotes: dict[str, list], place: int, second: int) -> tuple[float | int | None, ...]:
    """The bar's numbers; null where Yahoo has none."""
    given = {name: quotes[name][place] for name in (*PRICES, "volume")}
    wrong = next((name for name, value in given.items() if isinstance(value, str)), None)
    if wrong:
        raise refuse(download, f"text {given[wrong]!r} for {wrong} at {second}", "a number", REMEDY)
    made = {
        name: None if value is None else number_of(download, value, f"{name} at {second}", REMEDY)
        for name, value in given.items()
    }
    volume = made.pop("volume")
    if volume is not None and volume != int(volume):
        raise refuse(download, f"volume {volume} at {second}", "a whole number", REMEDY)
    return (*made.values(), None if volume is None else int(volume))


def _as_quoted(given: pl.Series) -> list[float | None]:
    """Single precision that was widened to double back to its shortest decimal; any other number as it is."""
    values = given.to_numpy().astype(np.float64)
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    shortest = narrow.astype(str).astype(np.float64)
    made = np.where(narrow.astype(np.float64) == values, shortest, values)
    return [None if missing else value for value, missing in zip(made.tolist(), given.is_null(), strict=True)]
