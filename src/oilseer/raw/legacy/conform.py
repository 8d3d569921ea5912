"""The sound rows of a legacy table as rows of the raw tables where they fit; every other row held with its reason.

A name in the file leads to a table only where values do not speak against it; a unit is converted only where most
shared days of a known series of the same name agree after the conversion.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from oilseer.raw.availability import Rule
from oilseer.raw.delivery import ROW
from oilseer.raw.legacy.agreement import canonical
from oilseer.raw.legacy.holding import NO_IDENTITY, NO_STATION, NOT_FUTURES_ONLY, hold, nothing_held
from oilseer.raw.legacy.identity import Identities
from oilseer.raw.legacy.inventory import DAY, LegacyTable
from oilseer.raw.specs import COT_LEGACY, FRED, FX, WEATHER, YAHOO
from oilseer.reference.fred import fred_series
from oilseer.reference.symbols import symbols
from oilseer.warehouse.spec import TableSpec

EVENING = Rule(at="17:00")
H10 = Rule(next_weekday="monday", at="16:15")
COT_RULE = Rule(weekday="friday", at="15:30", delayed_by_holidays=True)
US_STATIONS, OTHER_STATIONS = Rule(plus_days=4, at="17:00"), Rule(plus_days=21, at="17:00")
NETWORKS = ("GHCND", "INMET", "USW", "USC", "AR0", "BR0")  # networks whose daily records raw.weather_noaa takes
SAME = 1e-4  # of the value: vendors round prices at the fifth digit
SAME_DEGREES = 0.051  # stations report tenths
WEATHER_COLUMNS = {  # column of raw.weather_noaa: what a file's name for it holds
    "precipitation_mm": ("precip", ("precip",)),
    "temperature_max_c": ("temp", ("max",)),
    "temperature_min_c": ("temp", ("min",)),
    "temperature_mean_c": ("temp", ("avg", "mean")),
}
BAR = ("open", "high", "low", "close")


@dataclass(frozen=True)
class Part:
    """Rows for one raw table under one publication rule: ROW, the table's own columns; `rule` None is FRED's own."""

    spec: TableSpec
    rule: Rule
    rows: pl.DataFrame

    @property
    def key(self) -> list[str]:
        """Key columns but for the time of publication."""
        return [c for c in self.spec.key if c != "available_at"]

    @property
    def measures(self) -> list[str]:
        """Numbers that must agree with what is known: of a bar the close."""
        numbers = [c.name for c in self.spec.columns if c.type in ("DOUBLE", "BIGINT") and c.name in self.rows.columns]
        return ["close"] if "close" in numbers else [c for c in numbers if c not in self.key]


@dataclass(frozen=True)
class Fit:
    """What of a table fits raw tables, and what does not: `held` has ROW, column_name, found, expected, reason."""

    parts: tuple[Part, ...]
    held: pl.DataFrame


# A match names a series only where it holds wherever both have values, and for a good part of the series.
_WHOLE = (pl.col("days") >= 0.9 * pl.col("overlap")) & (pl.col("days") >= 0.25 * pl.col("total"))


def fits_into(table: LegacyTable) -> TableSpec | None:
    """The raw table that has a place for columns of such names; for indicators, one of the two."""
    names = _names(table)
    if table.date is None:
        return None
    if ({"close", "close_price"} & set(names)) and ({"symbol", "ticker"} & set(names)):
        return YAHOO
    if {"rate", "from_currency", "to_currency"} <= set(names):
        return FX
    if ({"indicator", "series_id"} & set(names)) and "value" in names:
        return FRED
    if "station_id" in names and any("temp" in c or "precip" in c for c in names):
        return WEATHER
    if {"open_interest", "commercial_long", "commercial_short"} <= set(names):
        return COT_LEGACY
    return None


def fit(table: LegacyTable, rows: pl.DataFrame, identities: Identities) -> Fit:
    """`rows` of a table that fits into a raw table, as rows of raw tables."""
    names, spec = _names(table), fits_into(table)
    if spec is YAHOO:
        symbol, close = names.get("symbol") or names["ticker"], names.get("close") or names["close_price"]
        return _prices(table, rows, identities, symbol, close)
    if spec is FX:
        return _currencies(table, rows, identities, names)
    if spec is FRED:
        return _indicators(table, rows, identities, names.get("indicator") or names["series_id"], names["value"])
    if spec is WEATHER:
        return _weather(table, rows, identities, names["station_id"])
    return _positions(table, rows, identities, names)


def _names(table: LegacyTable) -> dict[str, str]:
    """Columns by their names in lower case."""
    return {c.lower(): c for c in (*table.texts, *table.numbers)}


def _prices(table: LegacyTable, rows: pl.DataFrame, identities: Identities, symbol: str, close: str) -> Fit:
    known = set(symbols()) | set(_names_in(identities, YAHOO))
    proven = _proven(table, identities, (YAHOO.name,), close)
    given = rows.with_columns(_series_name(table).alias("__series"))
    told = given.select("__series", symbol).unique()
    target = {
        (series, label): canonical(label) if canonical(label or "") in known else proven.get(series)
        for series, label in told.rows()
    }
    names = [target[series, label] for series, label in given.select("__series", symbol).rows()]
    given = given.with_columns(pl.Series("__target", names, dtype=pl.String))
    lost = given.filter(pl.col("__target").is_null())
    held = hold(lost, symbol, "a known symbol, or prices that equal a known series", NO_IDENTITY)
    kept = given.filter(pl.col("__target").is_not_null())
    columns = {c.lower().removesuffix("_price"): c for c in table.numbers if c in rows.columns}
    taken = [_number(kept, columns[c]).alias(c) for c in BAR if c in columns]
    volume = kept[columns["volume"]].cast(pl.Int64, strict=False) if "volume" in columns else None
    made = kept.select(ROW, pl.col("__target").alias("symbol"), pl.col(DAY).alias("observation_date"))
    made = made.with_columns(*taken, *([volume.alias("volume")] if volume is not None else []))
    blank = hold(made.filter(pl.col("close").is_null()), "close", "a price", "value is missing")
    return Fit((Part(YAHOO, EVENING, made.drop_nulls("close")),), pl.concat([held, blank]))


def _currencies(table: LegacyTable, rows: pl.DataFrame, identities: Identities, names: dict[str, str]) -> Fit:
    proven = _proven(table, identities, (FX.name,), names["rate"])
    given = rows.with_columns(
        _series_name(table).alias("__series"),
        pl.concat_str(names["from_currency"], names["to_currency"]).str.to_uppercase().alias("pair"),
    )
    vendor = {series: known.split("|")[1] for series, known in proven.items() if "|" in known}
    made = given.select(
        ROW, "pair",
        pl.col("__series").replace_strict(vendor, default="legacy", return_dtype=pl.String).alias("vendor"),
        pl.col(DAY).alias("observation_date"), _number(given, names["rate"]).alias("rate"),
    )  # fmt: skip
    official = pl.col("vendor") == "fred"
    parts = [Part(FX, EVENING, made.filter(~official)), Part(FX, H10, made.filter(official))]
    return Fit(tuple(part for part in parts if part.rows.height), nothing_held())


def _indicators(table: LegacyTable, rows: pl.DataFrame, identities: Identities, series: str, value: str) -> Fit:
    """Each value goes to the known series that it equals; a whole series to the one that all of it equals."""
    given = rows.with_columns(_series_name(table).alias("__series"), _number(rows, value).alias("value"))
    close_to_known = (pl.col("value") - pl.col("__k")).abs() <= SAME * pl.col("__k").abs()
    met = identities.of(table).filter(
        ~pl.col("inside") & (pl.col("factor") == 1) & pl.col("ktable").is_in([FRED.name, FX.name])
    )
    parts: list[pl.DataFrame] = []
    held: list[pl.DataFrame] = []
    for (name,), group in given.group_by(["__series"], maintain_order=True):
        found = met.filter(pl.col("name") == name).sort(["ktable", "days"], descending=[False, True])
        literal = canonical(str(group[series][0]))
        if literal in fred_series():
            parts.append(group.with_columns(pl.lit(FRED.name).alias("__table"), pl.lit(literal).alias("__target")))
            continue
        best = found.filter(pl.col("ktable") == FRED.name)
        best = found.filter(pl.col("ktable") == FX.name) if best.is_empty() else best
        best = best.unique("kname", keep="first", maintain_order=True)
        if best.is_empty():
            expected = "a FRED id, or values that equal a known series"
            held.append(hold(group, series, expected, NO_IDENTITY))
            continue
        told = group.with_columns(pl.lit(best["ktable"][0]).alias("__table"), pl.lit(None, pl.String).alias("__target"))
        if best.height == 1:
            told = told.with_columns(pl.lit(best["kname"][0]).alias("__target"))
        for known, kname in best.select("known", "kname").rows() if best.height > 1 else []:
            values = identities.workspace.values.filter(pl.col("series") == known).select(
                "day", pl.col("value").alias("__k")
            )
            told = told.join(values.unique("day"), left_on=DAY, right_on="day", how="left").with_columns(
                pl.when(pl.col("__target").is_null() & close_to_known)
                .then(pl.lit(kname)).otherwise(pl.col("__target")).alias("__target")
            ).drop("__k")  # fmt: skip
        told = _in_step(told, best, identities)
        mixed = told.filter(pl.col("__target").is_null())
        expected = f"days and values of {' or '.join(best['kname'])}"
        held.append(hold(mixed, series, expected, "another series under the same name"))
        parts.append(told.filter(pl.col("__target").is_not_null()))
    made = pl.concat(parts, how="diagonal_relaxed") if parts else given.head(0).with_columns(
        pl.lit("").alias("__table"), pl.lit("").alias("__target")
    )  # fmt: skip
    whole = pl.concat([nothing_held(), *held])
    day = pl.col(DAY).alias("observation_date")
    fred = made.filter(pl.col("__table") == FRED.name).select(ROW, pl.col("__target").alias("series_id"), day, "value")
    rates = made.filter(pl.col("__table") == FX.name).select(
        ROW, pl.col("__target").str.split("|").list.get(0).alias("pair"),
        pl.col("__target").str.split("|").list.get(1).alias("vendor"), day, pl.col("value").alias("rate"),
    )  # fmt: skip
    official = pl.col("vendor") == "fred"
    found = (Part(FRED, Rule(reference="fred_series"), fred), Part(FX, EVENING, rates.filter(~official)),
             Part(FX, H10, rates.filter(official)))  # fmt: skip
    return Fit(tuple(part for part in found if part.rows.height), whole)


def _in_step(told: pl.DataFrame, best: pl.DataFrame, identities: Identities) -> pl.DataFrame:
    """Targets only for days in the step of the known series: a monthly one takes no daily values."""
    for known, kname in best.select("known", "kname").rows():
        days = identities.workspace.values.filter(pl.col("series") == known)["day"].unique().sort()
        step = days.diff().drop_nulls().dt.total_days().median() or 1
        if step <= 4:
            continue
        fits = pl.col(DAY).dt.weekday().is_in(days.dt.weekday().unique().to_list()) if step <= 8 else (
            pl.col(DAY).dt.day().is_in(days.dt.day().unique().to_list())
        )  # fmt: skip
        first, last = days[0], days[-1]
        gap = pl.col(DAY).is_between(first, last) & ~pl.col(DAY).is_in(days.implode())
        wrong = (pl.col("__target") == kname) & (~fits | gap)
        told = told.with_columns(pl.when(~wrong).then(pl.col("__target")).alias("__target"))
    return told


def _weather(table: LegacyTable, rows: pl.DataFrame, identities: Identities, station: str) -> Fit:
    known = {canonical(name): name for name in _names_in(identities, WEATHER)}
    factors = proven_factors(table, identities)
    given = rows.with_columns(_series_name(table).alias("__series"))
    ids = given[station].cast(pl.String).to_list()
    target = [known.get(canonical(i)) or (i if i.upper().startswith(NETWORKS) else None) for i in ids]
    given = given.with_columns(pl.Series("station_id", target, dtype=pl.String).alias("__station"))
    lost = given.filter(pl.col("__station").is_null())
    held = hold(
        lost,
        station,
        f"a station known to {WEATHER.name}, or of a network: GHCND, INMET",
        NO_STATION,
    )
    given = given.filter(pl.col("__station").is_not_null())
    made = [pl.col(ROW), pl.col("__station").alias("station_id"), pl.col(DAY).alias("observation_date")]
    for name, (kind, marks) in WEATHER_COLUMNS.items():
        told = [c for c in table.numbers if kind in c.lower() and any(mark in c.lower() for mark in marks)]
        if not told or told[0] not in rows.columns:
            continue
        by = {series: factor for (series, c), factor in factors.items() if c == told[0]}
        # A station of which one column is proven to be in another unit gives no column that is not proven.
        unproven = [series for series, _ in factors if series not in by]
        value = _number(given, told[0]) * pl.col("__series").replace_strict(by, default=1.0, return_dtype=pl.Float64)
        made.append(pl.when(~pl.col("__series").is_in(unproven)).then(value.round(6)).alias(name))
    region = "region" if "region" in rows.columns else None
    made.append((pl.col(region) if region else pl.lit(None, pl.String)).alias("region"))
    whole = given.select(made)
    measured = [c for c in WEATHER_COLUMNS if c in whole.columns]
    silent = whole.filter(pl.all_horizontal(pl.col(measured).is_null()))
    held = pl.concat([held, hold(silent, measured[0], "a measured value", "value is missing")])
    whole = whole.filter(~pl.all_horizontal(pl.col(measured).is_null()))
    american = pl.col("station_id").str.contains(r"US[WC]\d")
    parts = (Part(WEATHER, US_STATIONS, whole.filter(american)), Part(WEATHER, OTHER_STATIONS, whole.filter(~american)))
    return Fit(tuple(part for part in parts if part.rows.height), held)


def _positions(table: LegacyTable, rows: pl.DataFrame, identities: Identities, names: dict[str, str]) -> Fit:
    """Positions, where open interest equals the futures-only report's: two reports share every column's name."""
    proven = _proven(table, identities, (COT_LEGACY.name,), names["open_interest"])
    given = rows.with_columns(_series_name(table).alias("__series"))
    lost = given.filter(~pl.col("__series").is_in(list(proven)))
    expected = "open interest that equals a known futures-only report"
    held = hold(lost, names["open_interest"], expected, NOT_FUTURES_ONLY)
    given = given.filter(pl.col("__series").is_in(list(proven)))
    code = pl.col("__series").replace_strict(proven, default=None, return_dtype=pl.String)
    wanted = [c.name for c in COT_LEGACY.columns if c.type == "BIGINT" and c.name in names]
    made = given.select(ROW, code.alias("contract_code"), pl.col(DAY).alias("observation_date"),
                        *(pl.col(names[c]).cast(pl.Int64, strict=False).alias(c) for c in wanted))  # fmt: skip
    return Fit((Part(COT_LEGACY, COT_RULE, made),) if made.height else (), held)


def proven_factors(table: LegacyTable, identities: Identities) -> dict[tuple[str, str], float]:
    """(series, column): factor, where a known series of the same name agrees after the conversion and not before."""
    met = identities.of(table).filter(~pl.col("inside"))
    same = [
        (m["name"], m["column"], m["factor"]) for m in met.iter_rows(named=True)
        if canonical(m["kname"].split("|")[0]) in {canonical(part) for part in m["label"].split()}
    ]  # fmt: skip
    direct = {(name, column) for name, column, factor in same if factor == 1}
    return {(name, column): factor for name, column, factor in same if factor != 1 and (name, column) not in direct}


def _proven(table: LegacyTable, identities: Identities, tables: tuple[str, ...], column: str) -> dict[str, str]:
    """Series of a column and the name of the known series that they equal, the most days first."""
    met = (
        identities.of(table)
        .filter(
            ~pl.col("inside")
            & (pl.col("factor") == 1)
            & pl.col("ktable").is_in(list(tables))
            & (pl.col("column") == column)
        )
        .filter(_WHOLE)
    )
    best = met.sort("days", descending=True).unique("name", keep="first", maintain_order=True)
    return dict(best.select("name", "kname").rows())


def _names_in(identities: Identities, spec: TableSpec) -> list[str]:
    names = identities.workspace.names
    return names.filter(pl.col("table") == spec.name)["name"].unique().to_list()


def _series_name(table: LegacyTable) -> pl.Expr:
    """The name a row's series has in `known_to_folder`."""
    return (
        pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in table.dims], separator="|")
        if table.dims
        else pl.lit("")
    )


def _number(rows: pl.DataFrame, column: str) -> pl.Series:
    """A column as numbers; what single precision made of a short decimal is written as that decimal again."""
    values = rows[column].cast(pl.Float64)
    plain = values.to_numpy()
    single = plain.astype(np.float32)
    known = np.isfinite(plain)
    if not known.any() or (single[known].astype(np.float64) != plain[known]).any():
        return values
    short, place = np.unique(single, return_inverse=True)
    decimal = np.array([float(str(number)) for number in short])[place]
    return pl.Series(column, decimal, dtype=pl.Float64).set(values.is_null(), None)
