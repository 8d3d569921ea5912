"""Records of Databento made into rows: hours, sessions, settlements and open interest of single contracts.

A session opens 17:00 Chicago of the day before and ends 16:00 of its date, which is 17:00 New York.
"""

from datetime import date, datetime, time, timedelta

import polars as pl

from oilseer.raw.dbn import Dbn, named_contracts, prices
from oilseer.raw.payload import once_each
from oilseer.raw.source import Download

UTC_DAY = ("ZL", "ZS", "ZM", "ZC", "ZW", "HE", "LE")  # their sessions lie within one UTC day …
UTC_DAY_SINCE = date(2013, 4, 8)  # … since grains open at 19:00 Chicago
CHICAGO, NEW_YORK = "America/Chicago", "America/New_York"
SETTLEMENT, OPEN_INTEREST, ADDED, ACTUAL = 3, 9, 1, 0b10  # stat_type, stat_type, update_action, bit of stat_flags
UNDEFINED_QUANTITY = 2**31 - 1  # of version 1; later versions' is greater
BAR = ("open", "high", "low", "close")


def bars(found: Dbn, fetched_at: datetime, length: timedelta, roots: tuple[str, ...]) -> pl.DataFrame:
    """Finished bars with prices, volume, contract, `bar_start` (UTC) and `session`, the date on which it ends."""
    rows = found.rows.with_columns(
        pl.col("ts_event")
        .cast(pl.Int64)
        .cast(pl.Datetime("ns", "UTC"))
        .cast(pl.Datetime("us", "UTC"))
        .alias("bar_start"),
        pl.col("volume").cast(pl.Int64),
    )
    rows = rows.filter(pl.col("bar_start") + length <= min(fetched_at, found.end))
    chicago = pl.col("bar_start").dt.convert_time_zone(CHICAGO)
    rows = rows.with_columns((chicago.dt.replace_time_zone(None) + timedelta(hours=7)).dt.date().alias("session"))
    return prices(named_contracts(rows, "session", roots), *BAR)


def hourly(download: Download, hours: pl.DataFrame) -> pl.DataFrame:
    """Rows of raw.databento_futures_ohlcv_1h."""
    columns = ("symbol", "contract", "bar_start", *BAR, "volume")
    return once_each(download, hours.select(*columns, observation_date="session"), ["symbol", "contract", "bar_start"])


def sessions(download: Download, hours: pl.DataFrame, found: Dbn) -> pl.DataFrame:
    """Daily rows of the whole sessions of the roots whose UTC day is none, from their hours."""
    hours = hours.filter(
        ~_is_utc_day("session") & (pl.col("bar_start").dt.convert_time_zone(CHICAGO).dt.hour() != 16)
    ).unique(maintain_order=True).sort("bar_start")  # fmt: skip
    days = hours.group_by("symbol", "contract", "contract_month", "session", maintain_order=True).agg(
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("volume").sum(),
    )
    ends = min(found.end, download.fetched_at)
    opening = _at(pl.col("session").dt.offset_by("-1d"), time(17))
    days = days.filter((opening >= found.start) & (_at(pl.col("session"), time(16)) <= ends))
    return _day_rows(download, days)


def utc_days(download: Download, days: pl.DataFrame) -> pl.DataFrame:
    """Bars of UTC days that are sessions."""
    days = days.with_columns(session=pl.col("bar_start").dt.date())
    return _day_rows(download, days.filter(_is_utc_day("session")))


def _is_utc_day(session: str) -> pl.Expr:
    return pl.col("symbol").is_in(UTC_DAY) & (pl.col(session) >= UTC_DAY_SINCE)


def _at(day: pl.Expr, clock: time) -> pl.Expr:
    return day.dt.combine(clock).dt.replace_time_zone(CHICAGO).dt.convert_time_zone("UTC")


def _day_rows(download: Download, days: pl.DataFrame) -> pl.DataFrame:
    columns = ("symbol", "contract", "contract_month", *BAR, "volume")
    days = days.filter(pl.col("close").is_not_null())
    return once_each(
        download, days.select(*columns, observation_date="session"), ["symbol", "contract", "observation_date"]
    )


def statistics(download: Download, found: Dbn, roots: tuple[str, ...]) -> pl.DataFrame:
    """What was known of each session's settlement and open interest, one row whenever that changed.

    Sessions from the first day asked for to the last, which the part names: of others something may be missing. A
    settlement that came before its day is the one before, sent for reference, and is left out.
    """
    received = (pl.col("ts_recv").cast(pl.Int64) + 999) // 1000  # microseconds, never early
    rows = found.rows.filter(pl.col("update_action") == ADDED).with_columns(
        received.cast(pl.Datetime("us", "UTC")).alias("available_at"),
        (pl.col("ts_ref").cast(pl.Int64, strict=False) // 1000).cast(pl.Datetime("us", "UTC")).dt.date()
        .alias("observation_date"),
    )  # fmt: skip
    first, last = found.start.date(), date.fromisoformat(download.part.rpartition("_")[2])
    rows = prices(rows, "price").filter(
        pl.col("observation_date").is_between(first, last)
        & (pl.col("available_at").dt.convert_time_zone(NEW_YORK).dt.date() >= pl.col("observation_date"))
    )
    rows = named_contracts(rows, "observation_date", roots).sort("available_at", "sequence")
    kind, quantity = pl.col("stat_type"), pl.col("quantity").cast(pl.Int64)
    settled = (kind == SETTLEMENT) & (pl.col("stat_flags") & ACTUAL != 0)
    rows = rows.with_columns(
        pl.when(settled).then("price").alias("settle"),
        pl.when((kind == OPEN_INTEREST) & (quantity >= 0) & (quantity < UNDEFINED_QUANTITY))
        .then(quantity)
        .alias("open_interest"),
    ).filter(pl.any_horizontal(pl.col("settle", "open_interest").is_not_null()))
    session = ("symbol", "contract", "observation_date")
    known = rows.with_columns(pl.col("settle", "open_interest").forward_fill().over(session))
    known = known.unique([*session, "available_at"], keep="last", maintain_order=True)
    changed = [pl.col(name).ne_missing(pl.col(name).shift(1).over(session)) for name in ("settle", "open_interest")]
    known = known.filter(pl.any_horizontal(changed))
    return known.select("symbol", "contract", "contract_month", "settle", "open_interest", *session[2:], "available_at")
