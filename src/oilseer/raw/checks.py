"""What every delivered row must be, whoever delivered it: shared by the import of own files and by the ingest.

A failed row is held in the sieve with its reason; what is only odd, such as a jump, is counted and kept.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime

import numpy as np
import polars as pl

from oilseer.raw.quarantine import Sieve
from oilseer.warehouse.spec import TableSpec

FIRST_DAY = date(1850, 1, 1)  # an older date is a typing error: no source reaches back that far
PRICES = ("open", "high", "low", "close", "settle")
PRICE_TABLES = (
    "raw.databento_futures_ohlcv_1d", "raw.databento_futures_ohlcv_1h",
    "raw.user_futures_contracts_1d", "raw.yahoo_prices_1d",
)  # fmt: skip
MAY_BE_NEGATIVE = ("CL", "QM", "MCL", "BZ")  # crude oil settled at -37.63 USD on 2020-04-20
BIG_MOVE_RATIO = 0.30
BIG_MOVES = {  # table: the price that is watched, and the columns that name one series of it
    "raw.databento_futures_ohlcv_1d": ("close", ("symbol", "contract")),
    "raw.user_futures_contracts_1d": ("close", ("symbol", "contract_month")),
    "raw.yahoo_prices_1d": ("close", ("symbol",)),
    "raw.fx_rates_1d": ("rate", ("pair", "vendor")),
    "raw.eia_petroleum": ("value", ("series_id",)),
    "raw.cboe_vix": ("close", ()),
}
POLICY_RATES = ("DFF", "FEDFUNDS", "DFEDTARU", "DFEDTARL", "SOFR", "IORB", "DPRIME")
POLICY_MOVE_RATIO = 0.20
LEVELS = {**BIG_MOVES, "raw.worldbank_commodities": ("value", ("code",))}  # where a change of unit is looked for
UNITS = {  # factor between two levels of one series that are one value in two units
    "¢/lb and USD/t": 22.0462, "a unit and its hundredth": 100.0, "a unit and its thousandth": 1000.0,
    "USD/lb and USD/t": 2204.62, "USD/bu and USD/t of soybeans": 36.7437,
}  # fmt: skip
RINGGIT = {"USD and MYR": 4.2}  # of palm oil alone: urea rose 4.26-fold in January 1974
IN_RINGGIT = ("PALM_OIL", "PLMKRNL_OIL")
UNIT_TOLERANCE_RATIO = 0.12  # a factor this near is the unit, not the market: no market moves 20-fold in a day
STUCK_ROWS = 10  # the same price this often in a row


def check_values(spec: TableSpec, rows: pl.DataFrame, sieve: Sieve, now: datetime) -> None:
    """Hold rows that break the table's promise or common sense."""
    tests = list(_tests(spec, rows.columns, now))
    # which of them any row fails, asked at once: most fail none, and twenty questions of a small delivery take longer
    # than reading it
    failed = rows.select(test.any().alias(str(place)) for place, (test, *_) in enumerate(tests)).row(0)
    for (test, name, expected, reason), fails in zip(tests, failed, strict=True):
        if fails:
            sieve.hold(rows.select(test).to_series(), name, rows[name], expected, reason)


def _tests(spec: TableSpec, names: Collection[str], now: datetime) -> Iterator[tuple[pl.Expr, str, str, str]]:
    """What marks a bad row, the column that is to blame, what was expected, and the reason; null is no failure."""
    for column in spec.columns:
        name, value = column.name, pl.col(column.name)
        if not column.null or name in spec.key:
            yield value.is_null(), name, f"a value of type {column.type}", "value is missing"
        if column.type == "DOUBLE":
            yield ~value.is_finite(), name, "a finite number", "value is not finite"
        if column.low is not None:
            yield value < column.low, name, f"at least {column.low:g}", "value is out of range"
        if column.high is not None:
            yield value > column.high, name, f"at most {column.high:g}", "value is out of range"
    if spec.name in PRICE_TABLES:
        bound = ~pl.col("symbol").is_in(MAY_BE_NEGATIVE)
        expected = f"a positive price; only {', '.join(MAY_BE_NEGATIVE)} may be below zero"
        for name in (name for name in PRICES if name in names):
            yield (pl.col(name) <= 0) & bound, name, expected, "price is not positive"
    day = pl.col("observation_date")
    yield day > now.date(), "observation_date", f"no day after {now.date()}", "date lies in the future"
    yield day < FIRST_DAY, "observation_date", f"no day before {FIRST_DAY}", "date is too old"


def check_keys(spec: TableSpec, declared: Collection[str], rows: pl.DataFrame, sieve: Sieve) -> pl.Series:
    """Hold all rows of a key that stands with different `declared` values; mark exact repetitions after the first."""
    key = list(spec.key)
    twice = rows.with_row_index("place").filter(sieve.kept).filter(pl.struct(key).is_duplicated())
    place = pl.int_range(rows.height, eager=True, dtype=pl.UInt32)
    if twice.is_empty():
        return place.is_in([])
    unlike = twice.filter(pl.struct(*declared).n_unique().over(key) > 1)["place"]
    found = rows.select(pl.struct(key).struct.json_encode()).to_series()
    reason = "key stands twice with different values"
    sieve.hold(place.is_in(unlike.implode()), ", ".join(key[:-1]), found, spec.grain, reason)
    again = twice.filter(~pl.struct(key).is_first_distinct())["place"]
    return place.is_in(again.implode()) & sieve.kept


def big_moves(spec: TableSpec, declared: Collection[str], rows: pl.DataFrame) -> int:
    """Number of rows that moved more than 30 % from the row before in their series: kept, but worth a look."""
    price, series = BIG_MOVES.get(spec.name, (None, ()))
    if price not in declared:
        return 0
    return int(rows.sort(*series, "observation_date").select(_moved(price, series, BIG_MOVE_RATIO).sum()).item())


def policy_moves(spec: TableSpec, rows: pl.DataFrame) -> int:
    """Number of policy rates that moved more than 20 % from the row before: kept, but worth a look."""
    if spec.name != "raw.fred_economic":
        return 0
    rates = rows.filter(pl.col("series_id").is_in(POLICY_RATES)).sort("series_id", "observation_date")
    return int(rates.select(_moved("value", ("series_id",), POLICY_MOVE_RATIO).sum()).item())


def _moved(value: str, series: Collection[str], ratio: float) -> pl.Expr:
    before = pl.col(value).shift(1).over(series) if series else pl.col(value).shift(1)
    return (pl.col(value) / before - 1).abs() > ratio


def stuck_rows(spec: TableSpec, rows: pl.DataFrame) -> int:
    """Number of rows that end a run of ten or more equal prices of a series: kept, for a peg looks the same."""
    value, series = BIG_MOVES.get(spec.name, (None, ()))
    if value is None:
        return 0
    ordered = rows.sort(*series, "observation_date").with_columns(run=pl.struct(*series, value).rle_id())
    return int((ordered.group_by("run").len()["len"] >= STUCK_ROWS).sum())


def hold_unit_changes(spec: TableSpec, rows: pl.DataFrame, known: pl.DataFrame, sieve: Sieve) -> None:
    """Hold rows whose level is that of their series in another unit, by a factor such as 22.046.

    known  one row a series: its columns, `observation_date` and `value` of the newest stored row within the delivery
           or before it; without a series in it, its first delivered row is taken as the level
    """
    if spec.name not in LEVELS:
        return
    name, series = LEVELS[spec.name]
    marked = np.zeros(rows.height, dtype=bool)
    indexed = rows.select(*series, "observation_date", value=pl.col(name)).with_row_index("place")
    indexed = indexed.filter(sieve.kept & (pl.col("value") > 0)).sort("observation_date", maintain_order=True)
    anchors = {tuple(row[:-2]): row[-2:] for row in known.select(*series, "observation_date", "value").rows()}
    parts = indexed.partition_by(*series, as_dict=True) if series else {(): indexed}
    for key, part in parts.items():
        if part.is_empty():
            continue
        day, level = anchors.get(key, (part["observation_date"][0], part["value"][0]))
        later = part.filter(pl.col("observation_date") >= day)
        earlier = part.filter(pl.col("observation_date") < day).reverse()
        units = UNITS | RINGGIT if set(key) & set(IN_RINGGIT) else UNITS
        for side in (later, earlier):
            odd = _other_unit(side["value"].to_numpy(), level, tuple(units.values()))
            marked[side["place"].to_numpy()[odd]] = True
    tried = ", ".join(f"{factor:g} ({what})" for what, factor in (UNITS | RINGGIT).items())
    expected = f"the unit of the rows before; factors tried: {tried}"
    sieve.hold(pl.Series(marked), name, rows[name], expected, "unit seems to have changed")


def _other_unit(values: np.ndarray, level: float, factors: tuple[float, ...]) -> np.ndarray:
    """Which values stand in another unit than those before them, beginning at `level`."""
    steps = np.abs(np.log(values / np.concatenate([[level], values[:-1]])))
    widest, logs = np.log1p(UNIT_TOLERANCE_RATIO), np.log(factors)
    odd = np.zeros(len(values), dtype=bool)
    if not (np.abs(steps[:, None] - logs) < widest).any():
        return odd
    for place, value in enumerate(values):
        odd[place] = (np.abs(abs(np.log(value / level)) - logs) < widest).any()
        level = level if odd[place] else value
    return odd
