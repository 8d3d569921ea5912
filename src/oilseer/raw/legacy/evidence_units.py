"""One number in two units: told by what nature allows, by level against another column, and by a column's own claim."""

import re

import polars as pl

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy.evidence_made_up import admitted_rows
from oilseer.raw.legacy.finding import Finding, examples_of
from oilseer.raw.legacy.inventory import DAY, LegacyTable

HOTTEST_C = 57.0  # 56.7 °C is the highest reading the WMO recognises
COLDEST_C = -90.0  # -89.2 °C
WARMEST_NIGHT_C = 45.0
MIN_RANGE_C = 2.5  # the median day-night range of the mildest islands is about 4 °C
RANGE_DAYS = 8
FILLS = (-999.0, -9999.0, 999.9, 9999.0, -99.0, -999.9, 99999.0)
SAME_UNIT_RATIO = 20
SCALE_GAP = 100
SCALE_SHARE = 0.05
WHOLE_SHARE, FINE_SHARE = 0.99, 0.5
UNIT = re.compile(r"(usd|eur|myr|cad|brl|cny|cents?)_?(?:per_?)?(lb|mt|ton|tonne|cwt|bu|bushel|bbl|gal)", re.I)
BAR = ("open", "high", "low")


def temperatures(table: LegacyTable) -> tuple[str | None, str | None]:
    """The daily maximum and minimum of a weather table, where it has both."""
    high = next((c for c in table.numbers if re.search(r"(temp|tmp|^t)\w*max|^tmax", c, re.I)), None)
    low = next((c for c in table.numbers if re.search(r"(temp|tmp|^t)\w*min|^tmin", c, re.I)), None)
    return high, low


def weather_scales(table: LegacyTable) -> list[Finding]:
    """Stations whose degrees cannot be Celsius: too hot for Earth (Fahrenheit), or days without a night (tenths)."""
    high, low = temperatures(table)
    if table.date is None or high is None or low is None:
        return []
    sound = table.panel.filter(
        ~pl.col(high).is_in(FILLS) & ~pl.col(low).is_in(FILLS) | pl.col(high).is_null() | pl.col(low).is_null()
    )
    by = list(table.dims) or [pl.lit("all").alias("__all")]
    name = table.dims or ("__all",)
    stations = sound.group_by(by).agg(
        pl.col(high).max().alias("hottest"), pl.col(low).max().alias("warmest_night"),
        (pl.col(high) - pl.col(low)).median().alias("range"),
        (pl.col(high) - pl.col(low)).count().alias("days"),
    ).sort(name)  # fmt: skip
    hot = stations.filter((pl.col("hottest") > HOTTEST_C) | (pl.col("warmest_night") > WARMEST_NIGHT_C))
    flat = stations.filter(
        (pl.col("days") >= RANGE_DAYS) & (pl.col("range") < MIN_RANGE_C) & (pl.col("hottest") < HOTTEST_C / 10)
    )
    made = []
    for check, found, words in (
        ("fahrenheit", hot, f"reach {{top:.1f}}, above {HOTTEST_C} °C, the hottest ever read: Fahrenheit"),
        (
            "tenths",
            flat,
            f"have a median day-night range of {{range:.2f}}, below {MIN_RANGE_C} °C, and never pass {{top:.2f}}: "
            "a tenth of °C",
        ),
    ):
        if found.is_empty():
            continue
        rows = table.rows.join(found.select(table.dims), on=list(table.dims), how="semi") if table.dims else table.rows
        told = words.format(top=found["hottest"].max(), range=found["range"].median())
        usual = stations.join(found, on=list(name), how="anti")
        beside = f"; {usual.height} other(s) range {usual['range'].median():.1f} a day" if usual.height else ""
        evidence = (
            f"{high}, {low} of {found.height} of {stations.height} station(s), {rows.height:,} rows, {told}{beside}"
        )
        made.append(
            Finding(
                check,
                "rows",
                evidence,
                (high, low),
                rows[ROW],
                examples_of(rows, [str(table.date), *table.dims, high, low]),
            )
        )
    return made


def fill_values(table: LegacyTable) -> list[Finding]:
    """Codes for missing that stand among the numbers, such as -999."""
    made = []
    for column in table.numbers:
        values = table.panel[column].cast(pl.Float64)
        if not values.is_in(FILLS).any():
            continue
        rest = values.filter(~values.is_in(FILLS)).drop_nulls()
        for fill in FILLS:
            marked = table.rows.filter(pl.col(column).cast(pl.Float64) == fill)
            if marked.height and len(rest) and (fill < 3 * rest.min() - 50 or fill > 3 * rest.max() + 50):
                evidence = (
                    f"{column} is {fill:g} in {marked.height:,} rows; others lie in {rest.min():g} to {rest.max():g}"
                )
                made.append(
                    Finding(
                        "fill_value",
                        "rows",
                        evidence,
                        (column,),
                        marked[ROW],
                        examples_of(marked, [*([table.date] if table.date else []), *table.dims, column]),
                    )
                )
    return made


def two_scales(table: LegacyTable) -> list[Finding]:
    """A column in two clumps hundreds of times apart, as billions of gallons beside gallons."""
    made = []
    for column in table.numbers:
        if len(table.numbers) > 60 or ("volume" in column and "open" in "".join(table.numbers)):
            continue
        values = table.panel[column].drop_nulls().cast(pl.Float64)
        values = values.filter(~values.is_in(FILLS) & (values != 0)).abs().unique().sort()
        if len(values) < 6:
            continue
        steps = values.shift(-1) / values
        place = steps.arg_max()
        if steps[place] < SCALE_GAP:
            continue
        cut = values[place]
        small = table.rows.filter(pl.col(column).abs().is_between(0, cut, closed="right"))
        large = table.rows.filter(pl.col(column).abs() > cut)
        if min(small.height, large.height) < SCALE_SHARE * table.height:
            continue
        span = float(values.max() / values[place + 1]), float(cut / values.min())
        if max(span) > SCALE_GAP:
            continue
        evidence = (
            f"{column} holds {small.height:,} rows up to {cut:g} and {large.height:,} from {values[place + 1]:g}, "
            "nothing between: two units"
        )
        shown = pl.concat([small.head(2), large.head(2)])
        admitted = admitted_rows(table).implode()  # where those alone are in the other unit, the rest is in one
        alone = any(clump[ROW].is_in(admitted).all() for clump in (small, large))
        made.append(
            Finding(
                "two_units",
                "note" if alone else "rows",
                evidence,
                (column,),
                pl.concat([small[ROW], large[ROW]]).sort(),
                examples_of(shown, [*([table.date] if table.date else []), *table.dims, column], 4),
            )
        )
    return made


def same_claim_other_level(table: LegacyTable) -> list[Finding]:
    """Columns that claim one unit while their levels lie far apart: at most one claim is true."""
    claimed: dict[str, list[str]] = {}
    for column in table.numbers:
        found = UNIT.search(column)
        if found:
            claimed.setdefault(f"{found[1]}/{found[2]}".lower(), []).append(column)
    made = []
    for unit, columns in claimed.items():
        levels = {c: table.panel[c].abs().median() for c in columns}
        levels = {c: level for c, level in levels.items() if level}
        if len(levels) < 2 or max(levels.values()) < SAME_UNIT_RATIO * min(levels.values()):
            continue
        big, small = max(levels, key=levels.get), min(levels, key=levels.get)
        evidence = (
            f"{big} (median {levels[big]:.4g}) and {small} (median {levels[small]:.4g}) both claim {unit}, "
            f"and are {levels[big] / levels[small]:,.0f} times apart"
        )
        made.append(
            Finding(
                "unit_claims",
                "columns",
                evidence,
                (big, small),
                examples=examples_of(
                    table.panel.drop_nulls([big, small]), [*([table.date] if table.date else []), big, small]
                ),
            )
        )
    return made


def truncated_bars(table: LegacyTable) -> list[Finding]:
    """Opens, highs and lows cut to whole numbers beside closes with decimals."""
    names = [c for c in table.numbers if c.lower().removesuffix("_price") in BAR]
    close = next((c for c in table.numbers if c.lower().removesuffix("_price") == "close"), None)
    if close is None or not names:
        return []
    known = table.panel.select(close, *names).cast(pl.Float64).drop_nulls()
    if known.height < 20 or (known[close] != known[close].round(0)).mean() < FINE_SHARE:
        return []
    whole = tuple(c for c in names if (known[c] == known[c].round(0)).mean() >= WHOLE_SHARE)
    if not whole:
        return []
    fine = (known[close] != known[close].round(0)).mean()
    evidence = (
        f"{', '.join(whole)} are whole numbers in {known.height:,} rows while {fine:.0%} of closes have decimals: cut"
    )
    return [
        Finding(
            "truncated",
            "columns",
            evidence,
            whole,
            examples=examples_of(table.panel.drop_nulls(list(whole)).sort(DAY), [str(table.date), *whole, close]),
        )
    ]
