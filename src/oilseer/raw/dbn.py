"""DBN, Databento's binary encoding, as frames: whole files only, each record with its symbol, prices in quoted units.

The library of the extra `databento` decodes; here stands what a file must be to count as whole, and what its symbols
mean. Symbols are the exchange's (ZLH5, one digit of the year) or continuous (ZL.v.0, no contract known).
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl

from oilseer.errors import MissingExtra
from oilseer.raw.bodies import BadBody, unpack_zstd
from oilseer.raw.payload import refuse
from oilseer.raw.source import Download

ZSTD = b"\x28\xb5\x2f\xfd"
PRICE_SCALE = 1e9  # one unit is 0.000000001
UNDEFINED_PRICE = np.iinfo(np.int64).max
MONTHS = "FGHJKMNQUVXZ"
OUTRIGHT = r"^([A-Z0-9]{1,3})([FGHJKMNQUVXZ])(\d{1,2})$"
CONTINUOUS = r"^([A-Z0-9]{1,3})\.[cnv]\.\d+$"
REMEDY = "fetch it again; if the encoding changed, update the library databento"


@dataclass(frozen=True)
class Dbn:
    """One DBN file: its schema, the span asked for (UTC, end excluded), and its records.

    rows  the schema's fields, numbers as delivered, and `raw_symbol`
    """

    schema: str
    start: datetime
    end: datetime
    rows: pl.DataFrame


def library():
    """The client library. Raises MissingExtra where it is not installed."""
    try:
        import databento
    except ImportError:
        raise MissingExtra(
            "databento: the library databento is not installed, and it alone reads DBN; "
            "pip install 'oilseer[databento]'"
        ) from None
    return databento


def read_dbn(download: Download, dataset: str) -> Dbn:
    """Decode a whole file of `dataset`. Raises SourceError for damage, a cut, mixed records, an unknown instrument."""
    databento = library()
    from databento_dbn import DBNError

    plain = download.body
    if plain.startswith(ZSTD):
        try:
            plain = unpack_zstd(plain)
        except BadBody as error:
            raise refuse(download, f"{error}", "a whole DBN file", REMEDY) from None
    if not plain.startswith(b"DBN"):
        raise refuse(download, f"{plain[:24]!r}", "DBN, packed by Zstandard or plain", REMEDY)
    try:
        store = databento.DBNStore.from_bytes(plain)
        metadata = store.metadata
        found = str(store.schema), metadata.dataset
        records = _records(download, plain, store)
    except (DBNError, databento.BentoError, ValueError) as error:
        raise refuse(download, f"a damaged DBN file ({error})", "a whole one", REMEDY) from None
    if found[1] != dataset:
        raise refuse(download, f"data set {found[1]}", dataset, "ask for the right one")
    rows = pl.DataFrame({name: records[name] for name in records.dtype.names if not name.startswith("_")})
    when = "ts_recv" if "ts_recv" in rows.columns else "ts_event"
    rows = rows.with_columns(_utc(pl.col(when)).dt.date().alias("utc_day"))
    mapping = _mapping(store.mappings)
    named = rows.with_row_index("place").join(mapping, on="instrument_id", how="left", maintain_order="left_right")
    named = named.filter((pl.col("utc_day") >= pl.col("from_day")) & (pl.col("utc_day") < pl.col("to_day")))
    named = named.unique("place", keep="first", maintain_order=True)
    if named.height != rows.height:
        lost = rows.filter(~pl.int_range(pl.len()).is_in(named["place"].cast(pl.Int64).implode()))
        one = lost.row(0, named=True)
        where = f"instrument {one['instrument_id']} on {one['utc_day']} without a symbol"
        raise refuse(download, where, "a symbol for every record", "ask for its definition")
    span = (datetime.fromtimestamp(ns // 1_000_000_000, UTC) for ns in (metadata.start, metadata.end or metadata.start))
    return Dbn(found[0], *span, named.drop("place", "from_day", "to_day", "utc_day"))


def _records(download: Download, plain: bytes, store) -> np.ndarray:
    """All records; refuses a file that ends inside one, or holds records of another kind."""
    offset = 8 + int.from_bytes(plain[4:8], "little")
    size = 4 * plain[offset] if len(plain) > offset else 1  # a record's first byte is its length in words
    if len(plain) < offset or size == 0 or (len(plain) - offset) % size:
        raise refuse(download, f"{len(plain) - offset:,} bytes of records of {size} bytes", "whole records", REMEDY)
    records = store.to_ndarray().reshape(-1)
    if len(records) and ((records["length"] * 4 != size).any() or len(np.unique(records["rtype"])) > 1):
        raise refuse(download, "records of several kinds", f"records of {store.schema}", REMEDY)
    return records


def _mapping(mappings: dict) -> pl.DataFrame:
    """Symbol, instrument and days of validity, the exchange's symbols before continuous ones."""
    rows = [
        (int(each["symbol"]), symbol, each["start_date"], each["end_date"])
        for symbol, intervals in sorted(mappings.items(), key=lambda item: ("." in item[0], item[0]))
        for each in intervals
        if each["symbol"]
    ]
    schema = {"instrument_id": pl.UInt32, "raw_symbol": pl.String, "from_day": pl.Date, "to_day": pl.Date}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _utc(nanoseconds: pl.Expr) -> pl.Expr:
    return nanoseconds.cast(pl.Int64).cast(pl.Datetime("ns", "UTC"))


def prices(rows: pl.DataFrame, *names: str) -> pl.DataFrame:
    """`rows` with fixed-point columns as quoted prices, undefined ones null."""
    made = []
    for name in names:
        fixed = rows[name].to_numpy()
        quoted = pl.Series(name, fixed / PRICE_SCALE)  # by numpy: polars multiplies by a rounded 1e-9
        made.append(pl.select(pl.when(pl.Series(fixed != UNDEFINED_PRICE)).then(quoted)).to_series().alias(name))
    return rows.with_columns(made)


def named_contracts(rows: pl.DataFrame, day: str, roots: tuple[str, ...]) -> pl.DataFrame:
    """Rows of outright futures of `roots`, with symbol, contract (ZLH25) and contract_month; spreads are left out.

    One digit of a year is the first such year whose delivery is not before the month before column `day`. Of a
    continuous symbol only the instrument is known: it stands for the contract, and the month is null.
    """
    text, start = pl.col("raw_symbol"), pl.col(day).dt.offset_by("-1mo").dt.truncate("1mo")
    root = pl.coalesce(text.str.extract(OUTRIGHT, 1), text.str.extract(CONTINUOUS, 1))
    month = text.str.extract(OUTRIGHT, 2).replace_strict(
        list(MONTHS), list(range(1, 13)), default=None, return_dtype=pl.Int32
    )
    digits = text.str.extract(OUTRIGHT, 3)
    decade = start.dt.year() // 10 * 10
    year = (
        pl.when(digits.str.len_chars() == 2)
        .then(2000 + digits.cast(pl.Int32))
        .otherwise(decade + digits.cast(pl.Int32))
    )
    found = rows.with_columns(root.alias("symbol"), pl.date(year, month, 1).alias("contract_month"))
    late = (digits.str.len_chars() == 1) & (pl.col("contract_month") < start)
    found = found.with_columns(
        pl.when(late).then(pl.col("contract_month").dt.offset_by("10y")).otherwise("contract_month")
        .alias("contract_month")
    )  # fmt: skip
    code = pl.col("symbol") + text.str.extract(OUTRIGHT, 2) + pl.col("contract_month").dt.strftime("%y")
    return found.filter(pl.col("symbol").is_in(roots)).with_columns(
        pl.coalesce(code, pl.col("instrument_id").cast(pl.String)).alias("contract")
    )
