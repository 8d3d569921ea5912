"""Faults that a table shows by itself: nothing in it, loaded twice, keys that disagree, dates that cannot be."""

import re
from datetime import date

import polars as pl

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy.finding import Finding, examples_of
from oilseer.raw.legacy.inventory import DAY, LegacyTable

FIRST_DAY = date(1850, 1, 1)  # no source reaches back further
LONELY_YEARS, LONELY_RATIO = 10, 50  # a first date this far before the next, and so many usual steps, is a placeholder
BUSINESS_DAYS, WEEKEND_SHARE = 60, 0.02  # dates that make a calendar, and weekend days it may hold as mistakes
SAME_RATIO = 1e-5  # two values this close are one value: single precision keeps 6e-8, vendors round at 1e-5
NO_KEY_SHARE = 0.5
STUCK_ROWS, STUCK_SERIES, OTHERS_MOVE = 20, 60, 0.5
SPACING_ROWS = 8
LOADS = re.compile(r"ingest|load|updat|creat|calculat|scrap|modif|insert", re.I)


def nothing_in_it(table: LegacyTable) -> list[Finding]:
    """No rows at all, or columns without any value."""
    if table.height == 0:
        return [Finding("empty", "table", f"0 rows in {len(table.empty)} columns")]
    if not table.empty:
        return []
    share = f"{len(table.empty)} of {len(table.rows.columns) - 1 - (table.date is not None)}"
    return [Finding("null_columns", "columns", f"{share} columns hold no value in {table.height:,} rows", table.empty)]


def no_observation_date(table: LegacyTable) -> list[Finding]:
    """Numbers with no day they describe; where only load times are there, they stand in its place."""
    if table.date is not None or table.height == 0:
        return []
    posing = [name for name in table.loads if not LOADS.search(name)]
    if posing:
        evidence = f"{', '.join(posing)} holds clock times of a load; no column says what day a row describes"
        return [Finding("load_time_for_date", "table", evidence, tuple(posing), examples=_first(table, posing))]
    return [Finding("no_date", "table", "no column holds dates, so no row can be known at a time")]


def load_time_named_date(table: LegacyTable) -> list[Finding]:
    """A column called date or time that a clock wrote: no use as an observation date."""
    posing = tuple(name for name in table.loads if name.lower() in ("date", "time", "day", "observation_date"))
    if table.date is None or not posing:
        return []
    distinct = ", ".join(f"{name} has {table.rows[name].n_unique():,} value(s)" for name in posing)
    evidence = f"{distinct} with hours, minutes and seconds: when it was loaded; {table.date} is used instead"
    return [Finding("load_time_for_date", "columns", evidence, posing, examples=_first(table, posing))]


def loaded_twice(table: LegacyTable) -> list[Finding]:
    """Rows that repeat an earlier one in everything but the stamps of the load."""
    kept = table.panel
    if table.date is None or kept.height == table.height:
        return []
    again = table.rows.filter(~pl.col(ROW).is_in(kept[ROW].implode()))
    times = table.height / kept.height
    evidence = (
        f"{again.height:,} of {table.height:,} rows repeat another one but for its load stamps "
        f"({times:.1f} copies of each on average)"
    )
    return [Finding("loaded_twice", "copies", evidence, rows=again[ROW], examples=_first(table, (), again))]


def keys_that_disagree(table: LegacyTable) -> list[Finding]:
    """One date and name with different numbers: which is right cannot be told from the table."""
    if table.date is None or not table.numbers:
        return []
    key = [DAY, *table.dims]
    wide = [
        ((pl.col(c).max() - pl.col(c).min()) > SAME_RATIO * pl.max_horizontal(pl.col(c).abs().max(), 1e-9)).alias(c)
        for c in table.numbers
    ]
    spread = table.panel.group_by(key).agg(*wide).filter(pl.any_horizontal(table.numbers))
    if spread.is_empty():
        return []
    columns = tuple(c for c in table.numbers if spread[c].any())
    rows = table.rows.join(spread.select(key), on=key, how="semi", nulls_equal=True)
    if columns == ("volume",):
        return []  # volume is revised after the close
    keys = table.panel.select(key).n_unique()
    if spread.height > NO_KEY_SHARE * keys:
        evidence = (
            f"{spread.height:,} of {keys:,} keys of {', '.join(key[1:] or [str(table.date)])} hold different numbers: "
        )
        return [
            Finding(
                "no_key",
                "note",
                evidence + "events, or a name is missing",
                columns,
                None,
                _first(table, columns, rows.sort(key)),
            )
        ]
    evidence = f"{spread.height:,} keys of {', '.join([str(table.date), *table.dims])} stand with different numbers"
    return [Finding("keys_disagree", "rows", evidence, columns, rows[ROW], _first(table, columns, rows.sort(key)))]


def dates_that_cannot_be(table: LegacyTable, today: date) -> list[Finding]:
    """Days in the future or after the load that delivered them, and placeholder days far before all others."""
    if table.date is None:
        return []
    made = []
    limits = [("future_date", pl.col(DAY) > today, "after the day they are read"),
              ("placeholder_date", pl.col(DAY) < FIRST_DAY, f"before {FIRST_DAY}")]  # fmt: skip
    limits += [
        ("future_date", pl.col(DAY) > pl.col(load).dt.date(), f"after the load that wrote them ({load})")
        for load in table.loads
    ]
    for check, condition, words in limits:
        late = table.rows.filter(condition)
        if late.height:
            evidence = f"{late.height:,} rows are dated {words}"
            made.append(Finding(check, "rows", evidence, (table.date,), late[ROW], _first(table, (), late)))
    days = table.rows[DAY].drop_nulls().unique().sort()
    if len(days) >= 10:
        steps = days.diff().drop_nulls().dt.total_days()
        if steps[0] > LONELY_YEARS * 365 and steps[0] > LONELY_RATIO * steps.median():
            first = table.rows.filter(pl.col(DAY) == days[0])
            evidence = (
                f"{first.height:,} rows are dated {days[0]}, {steps[0] // 365} years before the next date {days[1]}"
            )
            made.append(
                Finding("placeholder_date", "rows", evidence, (table.date,), first[ROW], _first(table, (), first))
            )
    return made


def not_finite(table: LegacyTable) -> list[Finding]:
    """Infinities and NaN among the numbers."""
    made = []
    for column in table.numbers:
        if not table.rows.schema[column].is_float():
            continue
        bad = table.rows.filter(~pl.col(column).is_finite())
        if bad.height:
            evidence = f"{column} is infinite or no number in {bad.height:,} rows"
            made.append(Finding("not_finite", "rows", evidence, (column,), bad[ROW], _first(table, (column,), bad)))
    return made


def weekend_prices(table: LegacyTable) -> list[Finding]:
    """A few weekend days in what is otherwise an exchange's calendar."""
    if table.date is None or not set(table.numbers) & {"close", "close_price", "settle", "Close"}:
        return []
    days = table.rows[DAY].drop_nulls()
    weekend = table.rows.filter(pl.col(DAY).dt.weekday() > 5)
    if weekend.is_empty() or days.n_unique() < BUSINESS_DAYS or weekend.height > WEEKEND_SHARE * len(days):
        return []
    evidence = f"{weekend.height:,} of {len(days):,} rows are dated on a Saturday or Sunday; the exchange is closed"
    return [Finding("weekend_price", "rows", evidence, (table.date,), weekend[ROW], _first(table, (), weekend))]


def stuck_columns(table: LegacyTable) -> list[Finding]:
    """Numbers that never change: a default, not a measurement."""
    if table.panel.height < STUCK_ROWS:
        return []
    stuck = tuple(c for c in table.numbers if table.panel[c].drop_nulls().n_unique() == 1)
    if not stuck:
        return []
    shown = ", ".join(f"{c} = {table.panel[c].drop_nulls()[0]:g}" for c in stuck[:6])
    more = f" and {len(stuck) - 6} more" if len(stuck) > 6 else ""
    return [Finding("stuck_column", "columns", f"one value in all {table.panel.height:,} rows: {shown}{more}", stuck)]


def stuck_series(table: LegacyTable) -> list[Finding]:
    """One station or state whose number never changes, where that of the others does."""
    if table.date is None or not table.dims:
        return []
    made = []
    for column in table.numbers:
        by = table.panel.group_by(table.dims).agg(
            pl.col(column).drop_nulls().n_unique().alias("values"), pl.len().alias("rows")
        )
        stuck = by.filter((pl.col("values") == 1) & (pl.col("rows") >= STUCK_SERIES))
        if stuck.is_empty() or stuck.height > OTHERS_MOVE * by.height:
            continue
        rows = table.rows.join(stuck.select(table.dims), on=list(table.dims), how="semi", nulls_equal=True)
        evidence = (
            f"{column} is one value in all rows of {stuck.height} of {by.height} {', '.join(table.dims)}: a default"
        )
        made.append(Finding("stuck_series", "cells", evidence, (column,), rows[ROW], _first(table, (column,), rows)))
    return made


def stuck_runs(table: LegacyTable) -> list[Finding]:
    """Closes that stand still for many sessions in a row; pegs and quiet markets do so too, so it is only noted."""
    close = next((c for c in ("close", "close_price", "rate") if c in table.numbers), None)
    if table.date is None or close is None:
        return []
    moved = (pl.col(close) != pl.col(close).shift(1)).fill_null(True)
    moved = moved.cum_sum().over(table.dims) if table.dims else moved.cum_sum()
    ordered = table.panel.sort([*table.dims, DAY]).drop_nulls(close)
    runs = ordered.with_columns(moved.alias("__run")).group_by([*table.dims, "__run"]).agg(
        pl.len().alias("sessions"), pl.col(DAY).min().alias("from"), pl.col(close).first()
    ).sort("sessions", descending=True)  # fmt: skip
    if runs.is_empty() or runs["sessions"][0] < 10:
        return []
    same = int(runs["sessions"].sum() - runs.height)
    longest = runs.row(0, named=True)
    evidence = (
        f"{close} repeats the day before in {same:,} of {ordered.height:,} rows; longest {longest['sessions']} "
        f"sessions at {longest[close]:g} from {longest['from']}"
    )
    return [
        Finding(
            "stale_values",
            "note",
            evidence,
            (close,),
            examples=examples_of(runs, [*table.dims, "from", "sessions", close]),
        )
    ]


def counted_back_from_load(table: LegacyTable) -> list[Finding]:
    """Dates that step back from the day of the load by one constant that is no calendar's: made by a loop."""
    if table.date is None or table.loaded_at is None:
        return []
    days = table.rows[DAY].drop_nulls().unique().sort()
    if len(days) < SPACING_ROWS:
        return []
    steps = days.diff().drop_nulls().dt.total_days().unique()
    if len(steps) != 1 or steps[0] in (1, 7) or days[-1] != table.loaded_at.date():
        return []
    evidence = (
        f"{len(days)} dates, each {steps[0]} days apart, back from the day of the load {days[-1]}: no release calendar"
    )
    return [Finding("counted_dates", "table", evidence, (table.date,), examples=_first(table, ()))]


def _first(
    table: LegacyTable, columns: tuple[str, ...] | list[str], rows: pl.DataFrame | None = None
) -> tuple[dict, ...]:
    names = [*([table.date] if table.date else []), *table.dims, *(name for name, _ in table.labels[:2]), *columns[:4]]
    if not columns:
        names += table.numbers[:4]
    return examples_of(table.rows if rows is None else rows, names)
