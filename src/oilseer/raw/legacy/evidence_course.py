"""What a series' course shows: a tick out of line with both neighbours, an end long before the others', zeros that
stand for a silent instrument."""

from datetime import timedelta

import polars as pl

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy.agreement import canonical
from oilseer.raw.legacy.finding import Finding, examples_of
from oilseer.raw.legacy.identity import Identities
from oilseer.raw.legacy.inventory import DAY, LegacyTable

SPIKE_RATIO, SPIKE_TIMES, BACK_SHARE = 0.02, 15, 0.4  # of the value; of the usual change; of the way not come back
WINDOW, LEAST = 41, 11
STALE_AFTER, STALE_STEPS = timedelta(days=180), 20
SHOWN = 4
EXPECTED_RAIN = 7.0  # with seven expected, none at all has a chance of one in a thousand (Poisson)


def spikes(table: LegacyTable) -> list[Finding]:
    """Single prices or rates far from both neighbours, which are near each other."""
    made = []
    for column in [c for c in table.numbers if c.lower() in ("close", "close_price", "settle", "rate")]:
        value = pl.col(column).cast(pl.Float64)
        ordered = table.panel.drop_nulls(column).unique([DAY, *table.dims], maintain_order=True).sort(*table.dims, DAY)
        by = list(table.dims) or [pl.lit(0)]
        beside = ordered.with_columns(
            value.shift(1).over(by).alias("__before"), value.shift(-1).over(by).alias("__after")
        ).with_columns((value / pl.col("__before") - 1).alias("__in"), (value / pl.col("__after") - 1).alias("__out"))
        usual = pl.col("__in").abs().rolling_median(WINDOW, center=True, min_samples=LEAST).over(by)
        size = pl.min_horizontal(pl.col("__in").abs(), pl.col("__out").abs())
        across = (pl.col("__after") / pl.col("__before") - 1).abs()
        odd = beside.with_columns(size.alias("__size"), usual.alias("__usual")).filter(
            (pl.min_horizontal(value, "__before", "__after") > 0)
            & (pl.col("__in") * pl.col("__out") > 0)
            & (pl.col("__size") > SPIKE_RATIO)
            & (pl.col("__size") > SPIKE_TIMES * pl.col("__usual"))
            & (across < BACK_SHARE * pl.col("__size"))
        )
        if odd.is_empty():
            continue
        shown = odd.rename({"__before": "before", "__after": "after"})
        evidence = (
            f"{column} leaves the day before and the day after by over {SPIKE_RATIO:.0%} and {SPIKE_TIMES} times the "
            f"usual change in {odd.height:,} rows, and comes back at once: held where no other source has the value"
        )
        examples = examples_of(shown, [str(table.date), *table.dims, "before", column, "after"], SHOWN)
        rows = table.rows.join(odd.select(DAY, *table.dims, column), on=[DAY, *table.dims, column], nulls_equal=True)
        made.append(Finding("spike", "doubt", evidence, (column,), rows[ROW], examples))
    return made


def ends_early(table: LegacyTable, identities: Identities) -> list[Finding]:
    """A table, or series of it, whose last day lies long before that of most of the folder: stale."""
    if table.date is None or not table.height or identities.until is None:
        return []
    # Two vendors' names of one product are one series: GC and GC=F.
    name = pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in table.dims], separator="/")
    days = table.panel.select(DAY, (name if table.dims else pl.lit("")).alias("series")).drop_nulls(DAY)
    told = {each: "/".join(map(canonical, each.split("/"))) for each in days["series"].unique()}
    ends = days.group_by(pl.col("series").replace(told).alias("__one")).agg(
        pl.col(DAY).max().alias("last"), pl.col(DAY).unique().sort().diff().drop_nulls().median().alias("step"),
        pl.col("series").first(),
    )  # fmt: skip
    gap = pl.lit(identities.until) - pl.col("last")
    late = ends.filter((gap > STALE_AFTER) & (gap > STALE_STEPS * pl.col("step"))).sort("last")
    if late.is_empty():
        return []
    last = late["last"].max()
    if late.height == ends.height:
        years = (identities.until - last).days / 365.25
        evidence = f"stale: ends {last}, {years:.1f} years before most of the folder ({identities.until})"
    else:
        named = late["series"].head(SHOWN)
        more = f" and {late.height - SHOWN} more" if late.height > SHOWN else ""
        evidence = (
            f"stale: {late.height} of {ends.height} series end by {last}, most of the folder {identities.until}: "
            f"{', '.join(named)}{more}"
        )
    return [Finding("stale", "note", evidence, (table.date,), examples=examples_of(late, ["series", "last"], SHOWN))]


def zeros_of_silent_instruments(table: LegacyTable) -> list[Finding]:
    """Zeros where the same place measures nothing else, though it is often above zero in such months when it does."""
    if table.date is None or not table.dims or len(table.numbers) < 2:
        return []
    made = []
    for column in table.numbers:
        others = [c for c in table.numbers if c != column]
        rows = table.panel.drop_nulls(column).select(
            *table.dims, pl.col(DAY).dt.month().alias("__month"), (pl.col(column) == 0).alias("__zero"),
            pl.all_horizontal(pl.col(others).is_null()).alias("__silent"),
        )  # fmt: skip
        usual = rows.filter(~pl.col("__silent")).group_by([*table.dims, "__month"]).agg(
            (~pl.col("__zero")).mean().alias("__above")
        )  # fmt: skip
        silent = rows.filter("__silent").join(usual, on=[*table.dims, "__month"], how="left", nulls_equal=True)
        by = silent.group_by(table.dims).agg(
            pl.col("__zero").all(), pl.col("__above").sum().alias("expected"), pl.len().alias("rows")
        ).filter(pl.col("__zero") & (pl.col("expected") > EXPECTED_RAIN))  # fmt: skip
        if by.is_empty():
            continue
        marked = table.rows.join(by, on=list(table.dims), how="semi", nulls_equal=True).filter(
            pl.all_horizontal(pl.col(others).is_null()) & (pl.col(column) == 0)
        )
        named = ", ".join("/".join(str(v) for v in row) for row in by.select(table.dims).head(SHOWN).rows())
        evidence = (
            f"{column} of {named} is 0 in all {by['rows'].sum():,} rows without any other reading; by the months with "
            f"readings {by['expected'].sum():.0f} of them should be above 0: unknown written as 0"
        )
        examples = examples_of(marked, [str(table.date), *table.dims, column, *others[:3]], SHOWN)
        made.append(Finding("zeros_for_silence", "rows", evidence, (column,), marked[ROW], examples))
    return made
