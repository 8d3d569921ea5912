"""CME futures from Databento: hourly bars, sessions, settlements and open interest of single contracts.

Endpoint  https://hist.databento.com, data set GLBX.MDP3 from 2010-06-06, asked through Databento's own client library
          (extra `databento`); where `Ask.mirror` is set it asks {mirror}/hist.databento.com instead. What is archived
          is the DBN itself
Access    paid key; each request is billed by the bytes it brings. The library gives up after 100 s without a byte
Asked     quarter by quarter for each root: `ohlcv-1d` of the parent (ZL.FUT), which also lists the contracts;
          `ohlcv-1h` of those that traded at least MIN_SHARE of the root's volume; `statistics` of all that traded
Days      bars of Databento are of UTC days. CBOT's grains, since they open at 19:00 Chicago (2013-04-08), and
          livestock trade within one UTC day, so there the day's bar is the session. The others open 17:00 Chicago of
          the day before: their sessions are made of hourly bars, and their UTC days are not loaded. A session counts
          when all of it lies in the span asked for; the quarter of an hour that CME traded after 17:00 New York until
          2015 is left out
Statistics settlement (actual, preliminary and final) and open interest are in `statistics` alone: a row is what was
          known of a session since its `available_at`, the capture server's time, and has no bar
Proven    recorded hourly DBN of continuous symbols, whose sessions equal an independent history; daily bars and
          statistics from documentation, with files encoded by Databento's own library
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import stamina

from oilseer.errors import ConfigError, SourceError
from oilseer.raw.availability import Rule
from oilseer.raw.dbn import OUTRIGHT, library, read_dbn
from oilseer.raw.futures_rows import bars, hourly, sessions, statistics, utc_days
from oilseer.raw.payload import refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import FUTURES_1D, FUTURES_1H

TABLES = (FUTURES_1D, FUTURES_1H)
DATASET = "GLBX.MDP3"
HOST = "hist.databento.com"
ROOTS = (
    "ZL", "ZS", "ZM", "ZC", "ZW", "HE", "LE", "CL", "HO", "RB", "NG", "HG", "GC", "SI", "6L", "6E", "6J", "6M",
    "ES", "ZN",
)  # fmt: skip
SESSION_RULE = Rule(at="17:00")
HOUR_RULE = Rule(of="bar_start", plus_minutes=60)
WINDOW = timedelta(days=92)
TAIL = timedelta(days=6)  # open interest comes the morning after, over a long weekend
MIN_SHARE = 0.02


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """DBN of every root and quarter: days, then hours and statistics of the contracts that traded.

    Raises ConfigError without a key, MissingExtra without the library, SourceError where the service refuses.
    """
    if not ask.key:
        raise ConfigError("databento: no key; set DATABENTO_API_KEY, from https://databento.com")
    ends = _ends(ask)
    for root in ROOTS:
        if ask.parts and not any(f"_{root.lower()}_" in part for part in ask.parts):
            continue
        for first, last in _windows(ask.since, ask.until):
            name = f"{root.lower()}_{first}_{last}"
            start, end = _midnight(first), _midnight(last + timedelta(days=1))
            whole_days = _midnight(ends["ohlcv-1d"].date())
            days = _get(ask, "ohlcv-1d", name, [f"{root}.FUT"], "parent", start, min(end, whole_days))
            if days is None:
                continue
            yield days
            volumes = _volumes(days)
            traded = volumes["raw_symbol"].to_list()
            busy = volumes.filter(pl.col("volume") >= MIN_SHARE * pl.col("volume").sum())["raw_symbol"].to_list()
            whole_hours = ends["ohlcv-1h"].replace(minute=0, second=0, microsecond=0)
            for schema, symbols, since, until in (
                ("ohlcv-1h", busy, start - timedelta(hours=2), min(end, whole_hours)),
                ("statistics", traded, start, min(end + TAIL, ends["statistics"])),
            ):
                found = _get(ask, schema, name, symbols, "raw_symbol", since, until)
                if found is not None:
                    yield found


def _windows(since: date, until: date) -> Iterator[tuple[date, date]]:
    while since <= until:
        last = min(since + WINDOW - timedelta(days=1), until)
        yield since, last
        since = last + timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _volumes(days: Download) -> pl.DataFrame:
    """Contracts that traded, by the exchange's symbol, and their volume."""
    rows = read_dbn(days, DATASET).rows.filter(pl.col("raw_symbol").str.contains(OUTRIGHT))
    return rows.group_by("raw_symbol").agg(pl.col("volume").cast(pl.Int64).sum()).sort("raw_symbol")


def _ends(ask: Ask) -> dict[str, datetime]:
    """Up to when each schema is there, as far as the key reaches."""
    library()
    from databento.historical.api.metadata import MetadataHttpAPI

    found = _patiently("range", ask, lambda: MetadataHttpAPI(ask.key, _gateway(ask)).get_dataset_range(DATASET))
    try:
        ends = {
            name: found.get("schema", {}).get(name, found)["end"] for name in ("ohlcv-1d", "ohlcv-1h", "statistics")
        }
        return {name: datetime.fromisoformat(end[:19]).replace(tzinfo=UTC) for name, end in ends.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        said = str(found).replace(ask.key, "[key]")[:120]
        raise SourceError(
            f"databento: part range: found {said}, expected the end of {DATASET}; "
            "see https://databento.com/docs for a change"
        ) from None


def _get(
    ask: Ask, schema: str, name: str, symbols: list[str], kind: str, start: datetime, end: datetime
) -> Download | None:
    """One request as an archived DBN; None where there is nothing to ask for."""
    from databento.historical.api.timeseries import TimeseriesHttpAPI

    if not symbols or start >= end:
        return None
    part = f"{schema}_{name}"
    client = TimeseriesHttpAPI(ask.key, _gateway(ask))
    store = _patiently(
        part, ask,
        lambda: client.get_range(
            DATASET, start=start, end=end, symbols=symbols, schema=schema, stype_in=kind, stype_out="instrument_id"
        ),
    )  # fmt: skip
    url = f"https://{HOST}/v0/timeseries.get_range?schema={schema}&symbols={','.join(symbols)}&start={start:%Y-%m-%d}"
    return Download("databento", part, url, store.raw, ask.now)


def _gateway(ask: Ask) -> str:
    # The library's Historical makes every gateway https, so the two parts of it that are needed are used directly.
    return f"{ask.mirror.rstrip('/')}/{HOST}" if ask.mirror else f"https://{HOST}"


def _patiently(part: str, ask: Ask, call):
    """The answer, asked again where the service is busy. Raises SourceError with its words, never with the key."""
    import requests

    errors = library()
    try:
        for attempt in stamina.retry_context(
            on=lambda error: isinstance(error, errors.BentoServerError | requests.RequestException)
            or getattr(error, "http_status", None) in (408, 429),
            attempts=1 if ask.mirror else 4, timeout=300,
        ):  # fmt: skip
            with attempt:
                return call()
    except (errors.BentoError, requests.RequestException, ValueError) as error:
        status = getattr(error, "http_status", None)
        said = " ".join(str(error).replace(ask.key, "[key]").split())[:300]  # cut last: half a key is one too
        remedy = {
            401: "the key was refused: check DATABENTO_API_KEY, or get one at https://databento.com",
            403: "the key's plan does not include it: see https://databento.com/portal",
        }.get(status, "the next run asks again; if it stays, see https://databento.com/docs")
        raise SourceError(f"databento: part {part}: found {said}, expected DBN; {remedy}") from None


def parse(download: Download) -> tuple[Rows, ...]:
    """Bars by hour and session, or settlements and open interest, of single contracts; spreads are left out.

    Raises SourceError for damaged or foreign bytes, MissingExtra without the library.
    """
    found = read_dbn(download, DATASET)
    if not download.part.startswith(f"{found.schema}_"):
        raise refuse(download, f"schema {found.schema}", f"that of part {download.part}", "ask for the right one")
    if found.schema == "ohlcv-1h":
        hours = bars(found, download.fetched_at, timedelta(hours=1), ROOTS)
        whole = Rows(FUTURES_1H, hourly(download, hours), HOUR_RULE)
        return (whole, Rows(FUTURES_1D, sessions(download, hours, found), SESSION_RULE))
    if found.schema == "ohlcv-1d":
        days = bars(found, download.fetched_at, timedelta(days=1), ROOTS)
        return (Rows(FUTURES_1D, utc_days(download, days), SESSION_RULE),)
    if found.schema == "statistics":
        return (Rows(FUTURES_1D, statistics(download, found, ROOTS)),)
    raise refuse(download, f"schema {found.schema}", "ohlcv-1d, ohlcv-1h or statistics", "ask for one of them")
