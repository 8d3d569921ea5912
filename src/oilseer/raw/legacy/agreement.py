"""Whose values are these? Every legacy series held against every series the workspace and the folder know.

Two series are one where their values agree to five digits on nine of ten shared days; chance gives that to none.
"""

from dataclasses import dataclass
from functools import cache

import duckdb
import polars as pl

from oilseer.raw.legacy.inventory import DAY, LegacyTable
from oilseer.raw.sources.yahoo import TICKERS
from oilseer.raw.specs import BY_NAME
from oilseer.reference.fred import fred_series
from oilseer.reference.symbols import symbols
from oilseer.warehouse.tables import tables

DIGITS = 5  # single precision and vendors' rounding keep five
REVISED_DIGITS, REVISED_DAYS = 4, 250  # a revised index moves in the fifth; four digits want far more days
COMMON = 50  # series with one value on one day: 0.1, 100; more say nothing of whose it is
MIN_DAYS, MIN_VALUES = 20, 10  # fewer shared days or different values agree by chance
SHARE = 0.9
UNITS = {  # factor that turns the legacy value into the known one: what it would mean
    1.0: "the same unit",
    10.0: "a tenth of the unit",
    0.1: "ten times the unit",
    100.0: "a hundredth of the unit",
    0.01: "a hundred times the unit",
    22.04622622: "¢/lb against USD/t",
    1 / 22.04622622: "USD/t against ¢/lb",
    2204.622622: "USD/lb against USD/t",
    1 / 2204.622622: "USD/t against USD/lb",
}
LEFT_OUT = ("raw.databento_futures_ohlcv_1h", "raw.futures_rolls", "raw.usda_wasde")
STAMPS = ("available_at", "observation_date", "availability", "ingested_at", "source", "provenance_id")
LEGACY = "legacy:"  # how rows of an earlier run of this importer call their source
_TICKERS = {ticker: symbol for symbol, ticker in TICKERS.items()}
GENERIC = frozenset(
    [
        "price",
        "prices",
        "index",
        "rate",
        "rates",
        "close",
        "open",
        "high",
        "low",
        "value",
        "daily",
        "weekly",
        "monthly",
        "futures",
        "front",
        "cash",
        "spot",
        "usd",
        "per",
        "oil",
        "mini",
        "cbot",
        "nymex",
        "comex",
        "cme",
        "ice",
        "york",
        "harbour",
        "henry",
        "hub",
        "ten",
        "year",
        "note",
        "crude",
    ]
)


@dataclass(frozen=True)
class Known:
    """Series by number: `names` (series, table, name, column) and `values` (series, day, value)."""

    names: pl.DataFrame
    values: pl.DataFrame

    def keyed(self, digits: int) -> pl.DataFrame:
        """known, key: the values with day and significant digits as one number, made once."""
        cache = self.__dict__.setdefault("_keyed", {})
        if digits not in cache:
            values = self.values.filter(pl.col("value") != 0)
            made = values.select(pl.col("series").alias("known"), _digits(pl.col("value"), digits).alias("key"))
            cache[digits] = made.filter(pl.len().over("key") <= COMMON)
        return cache[digits]


def known_to_workspace(connection: duckdb.DuckDBPyConnection) -> Known:
    """Every number of every raw table by its key, but what this importer loaded before."""
    there = tables(connection)
    frames = []
    for name, spec in BY_NAME.items():
        if name not in there or name in LEFT_OUT:
            continue
        key = [c for c in spec.key if c not in STAMPS]
        numbers = [c.name for c in spec.columns if c.type in ("DOUBLE", "BIGINT") and c.name not in key]
        if "close" in numbers:
            numbers = [c for c in ("close", "settle") if c in numbers]
        label = "concat_ws('|', " + ", ".join(f'"{c}"' for c in key) + ")" if key else "''"
        for number in numbers:
            found = connection.execute(
                f"SELECT DISTINCT {label} AS name, observation_date AS day, CAST(\"{number}\" AS DOUBLE) AS value "
                f"FROM {name} WHERE \"{number}\" IS NOT NULL AND source NOT LIKE ?", [f"{LEGACY}%"],
            ).pl()  # fmt: skip
            frames.append(found.with_columns(pl.lit(name).alias("table"), pl.lit(number).alias("column")))
    return _numbered(frames)


def known_to_folder(tables: list[LegacyTable]) -> Known:
    """Every number of every legacy table by its dims; of a bar the close only."""
    frames = []
    for table in tables:
        if table.date is None or not table.height:
            continue
        bar = {c for c in table.numbers if c.lower().removesuffix("_price") in ("open", "high", "low")}
        numbers = [c for c in table.numbers if c not in bar and c.lower() != "volume"]
        label = (
            pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in table.dims], separator="|")
            if table.dims
            else pl.lit("")
        )
        for number in numbers:
            if table.panel[number].drop_nulls().n_unique() < MIN_VALUES:
                continue
            found = table.panel.select(
                label.alias("name"), pl.col(DAY).alias("day"), pl.col(number).cast(pl.Float64).alias("value")
            )
            found = found.drop_nulls().unique()
            frames.append(found.with_columns(pl.lit(table.file).alias("table"), pl.lit(number).alias("column")))
    return _numbered(frames)


def _numbered(frames: list[pl.DataFrame]) -> Known:
    schema = {"name": pl.String, "day": pl.Date, "value": pl.Float64, "table": pl.String, "column": pl.String}
    whole = pl.concat([pl.DataFrame(schema=schema), *(frame.select(list(schema)) for frame in frames)])
    names = whole.select("table", "name", "column").unique().sort("table", "name", "column").with_row_index("series")
    values = whole.join(names, on=["table", "name", "column"]).select("series", "day", "value")
    return Known(names, values)


def matches(
    theirs: Known, ours: Known, factor: float = 1.0, within: bool = False, digits: int = DIGITS, least: int = MIN_DAYS
) -> pl.DataFrame:
    """Pairs of series that are one up to `factor`: series, known, days, values, shared, first, last, factor.

    days    on which they agree to five digits; shared: days on which both have a value between first and last
    overlap all days on which both have a value; total: days of the series
    within  both are the folder: a series is not held against its own table
    """
    left = theirs.values.filter(pl.col("value") != 0).with_columns(
        _digits(pl.col("value") * factor, digits).alias("key")
    )
    right = ours.keyed(digits)
    met = left.join(right, on="key")
    if within:
        table = theirs.names.select("series", "table")
        met = met.join(table, on="series").join(table.rename({"series": "known", "table": "t2"}), on="known")
        met = met.filter(pl.col("table") != pl.col("t2"))
    pairs = met.group_by("series", "known").agg(
        pl.col("day").n_unique().alias("days"), pl.col("value").n_unique().alias("values"),
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last"),
    ).filter((pl.col("days") >= least) & (pl.col("values") >= MIN_VALUES))  # fmt: skip
    if pairs.is_empty():
        none = [pl.lit(0, pl.UInt32).alias(name) for name in ("total", "overlap", "shared")]
        return pairs.with_columns(*none, pl.lit(factor).alias("factor"))
    days = left.select("series", "day").unique().join(pairs.select("series", "known", "first", "last"), on="series")
    met = ours.values.rename({"series": "known"}).join(pairs, on="known", how="semi")
    met = met.select("known", "day").unique().with_columns(pl.lit(True).alias("met"))
    both = days.join(met, on=["known", "day"], how="left")
    within_run = pl.col("met") & pl.col("day").is_between("first", "last")
    shared = both.group_by("series", "known").agg(
        pl.len().alias("total"), pl.col("met").sum().alias("overlap"), within_run.sum().alias("shared")
    )
    found = pairs.join(shared, on=["series", "known"]).filter(pl.col("days") >= SHARE * pl.col("shared"))
    return found.with_columns(pl.lit(factor).alias("factor"))


def one_later(known: Known) -> Known:
    """Every value under the day of the observation after it."""
    values = known.values.unique(["series", "day"]).sort("series", "day")
    moved = values.with_columns(pl.col("day").shift(-1).over("series")).drop_nulls("day")
    return Known(known.names, moved)


def _digits(value: pl.Expr, digits: int) -> pl.Expr:
    """Day, so many significant digits of `value`, sign and power of ten as one whole number to join on."""
    power = value.abs().log10().floor()
    told = (value / pl.lit(10.0).pow(power - (digits - 1))).round(0).cast(pl.Int64)
    carried = told.abs() >= 10**digits
    told = pl.when(carried).then(told // 10).otherwise(told)
    power = pl.when(carried).then(power + 1).otherwise(power).cast(pl.Int64)
    day = pl.col("day").cast(pl.Int32).cast(pl.Int64)
    return ((day * 1024 + power + 512) * 2_000_003) + told


def moves_like(theirs: Known, series: int, ours: Known, least: int = 60) -> dict | None:
    """The known series whose daily changes go best with those of `series`: name, correlation, level ratio, days."""
    own = (
        theirs.values.filter(pl.col("series") == series)
        .unique("day")
        .sort("day")
        .select("day", pl.col("value").alias("own"))
    )
    met = ours.values.join(own, on="day").filter((pl.col("value") > 0) & (pl.col("own") > 0))
    met = met.unique(["series", "day"]).sort("series", "day")
    change = [pl.col(c).log().diff().over("series").alias(f"d_{c}") for c in ("value", "own")]
    found = met.with_columns(change).group_by("series").agg(
        pl.corr("d_value", "d_own").alias("correlation"), pl.len().alias("days"),
        (pl.col("value") / pl.col("own")).median().alias("ratio"),
    ).filter((pl.col("days") >= least) & pl.col("correlation").is_finite())  # fmt: skip
    if found.is_empty():
        return None
    best = found.sort("correlation", descending=True).row(0, named=True)
    return best | ours.names.filter(pl.col("series") == best["series"]).row(0, named=True)


def canonical(label: str) -> str:
    """A symbol without the marks vendors hang on it: ^TNX, GC=F, INMET:A702; DX-Y.NYB is DXY."""
    if label.upper() in _TICKERS:
        return _TICKERS[label.upper()]
    bare = label.upper().removesuffix("=F").lstrip("^$")
    return "".join(c for c in bare if c.isalnum())


@cache
def product_words() -> dict[str, frozenset[str]]:
    """Words that name a product, with the symbols they may stand for, from the reference files."""
    made: dict[str, set[str]] = {}
    for symbol in symbols().values():
        for word in words_of(symbol.name):
            made.setdefault(word, set()).add(symbol.symbol)
    for extra in ("rapeseed", "sunflower", "palm", "canola", "coconut"):
        made.setdefault(extra, set())
    return {word: frozenset(found) for word, found in made.items()}


def words_of(name: str) -> set[str]:
    """The telling words of a name, lower case and singular."""
    text = "".join(c if c.isalpha() else " " for c in name.lower())
    return {word.removesuffix("s") for word in text.split() if len(word) >= 4 and word not in GENERIC}


def describe(name: str) -> str:
    """A known series' name with what it is, where the reference files say."""
    symbol = name.split("|")[0]
    known = symbols().get(symbol)
    fred = fred_series().get(symbol)
    said = known.name if known else fred.name if fred else ""
    return f"{name.replace('|', ' ')} ({said})" if said else name.replace("|", " ")


def contradicts(label: str, name: str) -> bool:
    """Whether a label names a product, and the known series names another one."""
    claimed, known = (words_of(text) & set(product_words()) for text in (label, describe(name)))
    return bool(claimed) and bool(known) and not claimed & known
