"""Values that no one measured: the same everywhere, a function of the calendar, a formula of another column.

Each test asks for far more agreement than measured values show by chance; docs/legacy.md gives the reasons.
"""

import re
from importlib.resources import files

import numpy as np
import polars as pl

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy.finding import Finding, examples_of
from oilseer.raw.legacy.inventory import DAY, LegacyTable

GROUPS, CELLS, SAME_SHARE = 5, 10, 0.95  # states, date cells, cells in which all states agree
YEARS, CALENDAR_VALUES = 3, 4
PATTERN_ROWS = 8  # fewer points fit a line, a ratio or a staircase by chance
CURVE_ROWS, CURVE_RATIO, CURVES_TRIED = 24, 1e-2, 50
TINY = 1e-9
SAMPLE = 100
PLACE_SHARE = 0.6
PLACES = frozenset(
    name for line in files("oilseer.reference").joinpath("places.csv").read_text("utf-8").splitlines()[1:]
    for name in line.lower().split(",")
)  # fmt: skip
WIDE = 60  # numbers in one table: made features, checked for the calendar and the future only
ROUND_DIGITS = 2
CONVERSIONS = (60.0, 56.0, 25.4, 2.20462262, 22.0462262, 36.7437, 39.3679, 1.8, 4.1868, 42.0, 0.453592, 2000.0, 48.0)
ADMITS = re.compile(r"synthetic|pattern|fallback|placeholder|simulat|dummy|mock|interpolat|calculated|baseline", re.I)


def same_in_every_group(table: LegacyTable) -> list[Finding]:
    """Numbers that all states, regions or countries share on each date while they differ elsewhere."""
    made = []
    for dim in table.dims:
        others = [DAY, *(d for d in table.dims if d != dim)]
        if table.panel[dim].n_unique() < GROUPS or not _are_places(table.panel[dim]):
            continue
        wide = table.panel.group_by(others).agg(
            pl.col(dim).n_unique().alias("__groups"), *(pl.col(c).n_unique().alias(c) for c in table.numbers)
        ).filter(pl.col("__groups") >= GROUPS)  # fmt: skip
        if wide.height < CELLS:
            continue
        same = tuple(
            c for c in table.numbers
            if (wide[c] == 1).mean() >= SAME_SHARE and table.panel[c].drop_nulls().n_unique() > 1
            and not _is_zero_or_full(table.panel[c])
        )  # fmt: skip
        if same:
            shared = min((wide[c] == 1).mean() for c in same)
            groups = table.panel[dim].n_unique()
            evidence = (
                f"{', '.join(same)}: one value for all {groups} {dim} in {shared:.0%} of {wide.height:,} cells of "
                f"{', '.join([str(table.date), *others[1:]])}; measured values differ between places"
            )
            shown = table.rows.sort([*others, dim])
            made.append(
                Finding(
                    "same_everywhere",
                    "table",
                    evidence,
                    same,
                    examples=examples_of(shown, [str(table.date), *table.dims, *same[:3]], 4),
                )
            )
    return made


def _are_places(names: pl.Series) -> bool:
    """Whether names are of places: states, countries, or codes with digits such as stations have."""
    known = names.drop_nulls().unique().cast(pl.String).str.to_lowercase()
    placed = known.is_in(list(PLACES)) | known.str.contains(r"\d")
    return bool(placed.mean() >= PLACE_SHARE)


def _is_zero_or_full(column: pl.Series) -> bool:
    """Whether it is nearly always one value, as a percentage before and after a season."""
    known = column.drop_nulls()
    return bool(known.value_counts(sort=True)["count"][0] > SAME_SHARE * len(known))


def calendar_constants(table: LegacyTable) -> list[Finding]:
    """Numbers that are a function of the month or week alone, year after year."""
    if table.date is None or table.panel[DAY].n_unique() < PATTERN_ROWS:
        return []
    years = table.panel[DAY].dt.year().n_unique()
    if years < YEARS:
        return []
    made = []
    candidates = [c for c in table.numbers if table.panel[c].drop_nulls().n_unique() >= CALENDAR_VALUES]
    for unit, part in (("month", pl.col(DAY).dt.month()), ("week", pl.col(DAY).dt.week())):
        if not candidates:
            break
        found = table.panel.select(
            part.alias("__part"), pl.col(DAY).dt.year().alias("__year"), *table.dims, *candidates
        )
        by = found.group_by(["__part", *table.dims]).agg(
            *(pl.col(c).drop_nulls().n_unique().alias(c) for c in candidates),
            *(pl.col("__year").filter(pl.col(c).is_not_null()).n_unique().alias(f"__years_{c}") for c in candidates),
        )  # fmt: skip
        for c in list(candidates):
            seen = by.filter(pl.col(f"__years_{c}") >= 2)
            integers = table.rows.schema[c].is_integer() and table.panel[c].drop_nulls().n_unique() <= 53
            if seen.height >= CALENDAR_VALUES and (seen[c] == 1).all() and not integers:
                candidates.remove(c)
                made.append((c, unit, seen.height))
    if not made:
        return []
    shown = ", ".join(f"{c} (of the {unit})" for c, unit, _ in made[:6])
    evidence = f"the same value in the same {made[0][1]} of all {years} years, never another: {shown}"
    columns = tuple(c for c, _, _ in made)
    first = table.panel.sort(pl.col(DAY).dt.month(), DAY).unique([DAY], maintain_order=True)
    return [
        Finding(
            "calendar_constant",
            "table",
            evidence,
            columns,
            examples=examples_of(first.gather_every(max(first.height // 200, 1)), [str(table.date), *columns[:3]], 4),
        )
    ]


def fixed_share_of_another(table: LegacyTable) -> list[Finding]:
    """One column is a round fraction of another in every row: computed, not reported."""
    if len(table.numbers) > WIDE:
        return []
    made = []
    for left, right in _pairs(table):
        ratio = _ratio(table, left, right)
        if ratio is None or abs(ratio[0]) >= 1:
            continue
        share = float(np.median(ratio))
        rounded = float(f"{share:.{ROUND_DIGITS}g}")
        if abs(share - rounded) > TINY or _is_conversion(share) or np.ptp(ratio) > TINY:
            continue
        evidence = (
            f"{left} = {rounded:g} × {right} in all {len(ratio)} rows where neither is 0: a rule of thumb, no report"
        )
        made.append(
            Finding(
                "fixed_share",
                "table",
                evidence,
                (left, right),
                examples=examples_of(table.panel, [str(table.date), right, left], 4),
            )
        )
    return made


def whole_number_ratio(table: LegacyTable) -> list[Finding]:
    """The ratio of two columns counts 2, 3, 4 … down the rows: a loop made one from the other."""
    if len(table.numbers) > WIDE or table.date is None:
        return []
    made = []
    for left, right in _pairs(table):
        ratio = _ratio(table, left, right)
        if ratio is None or len(np.unique(np.round(ratio))) < max(5, len(ratio) // 2) or np.median(ratio) > 1000:
            continue
        if np.abs(ratio - np.round(ratio)).max() < 1e-6 and _fractional(table.panel[right]):
            counted = ", ".join(f"{value:g}" for value in np.round(ratio)[:6])
            evidence = (
                f"{left} / {right} is a whole number in all {len(ratio)} rows, by date {counted} …: made by a loop"
            )
            made.append(
                Finding(
                    "whole_ratio",
                    "table",
                    evidence,
                    (left, right),
                    examples=examples_of(table.panel.sort(DAY), [str(table.date), right, left], 4),
                )
            )
    return made


def constant_increments(table: LegacyTable) -> list[Finding]:
    """Numbers that climb or fall by one constant from row to row."""
    if table.date is None or table.dims or len(table.numbers) > WIDE:
        return []
    made = []
    ordered = table.panel.unique([DAY]).sort(DAY)
    for column in table.numbers:
        values = ordered[column].drop_nulls().cast(pl.Float64).to_numpy()
        if len(values) < PATTERN_ROWS:
            continue
        steps = np.diff(values)
        if abs(steps[0]) > TINY and np.ptp(steps) <= 1e-6 * abs(steps[0]):
            evidence = (
                f"{column} changes by exactly {steps[0]:g} in all {len(steps)} steps "
                f"from {values[0]:g} to {values[-1]:g}"
            )
            made.append(
                Finding(
                    "constant_steps",
                    "table",
                    evidence,
                    (column,),
                    examples=examples_of(ordered, [str(table.date), column], 4),
                )
            )
    return made


def perfect_curves(table: LegacyTable) -> list[Finding]:
    """Series without any noise: a curve was drawn, nothing was measured."""
    if table.date is None or len(table.numbers) > WIDE:
        return []
    made = []
    groups = [table.panel]
    if table.dims:
        some = table.panel.select(table.dims).unique(maintain_order=True).head(CURVES_TRIED)
        groups = table.panel.join(some, on=table.dims, how="semi", nulls_equal=True).partition_by(table.dims)
    for column in table.numbers:
        tested, smooth = 0, 0
        for group in groups:
            values = group.sort(DAY)[column].drop_nulls().cast(pl.Float64).to_numpy()
            if len(values) < CURVE_ROWS or len(np.unique(values)) < len(values) // 2:
                continue
            tested += 1
            step, bend = np.diff(values), np.diff(values, 2)
            smooth += bool(np.mean(bend**2) < CURVE_RATIO * np.mean(step**2))
        if tested and smooth >= SAME_SHARE * tested:
            evidence = (
                f"{column} bends by less than a tenth of its step everywhere, in {smooth} of {tested} series: "
                "drawn, not measured"
            )
            made.append(
                Finding(
                    "perfect_curve",
                    "table",
                    evidence,
                    (column,),
                    examples=examples_of(table.panel.sort(DAY), [str(table.date), *table.dims, column], 4),
                )
            )
    return made


def zeros_for_missing(table: LegacyTable) -> list[Finding]:
    """A series that never comes near zero ends in zeros: not yet known, written as 0."""
    if table.date is None or table.dims or len(table.numbers) > WIDE:
        return []
    made = []
    ordered = table.panel.sort(DAY)
    for column in table.numbers:
        values = ordered[column].drop_nulls().cast(pl.Float64).to_numpy()
        zeros = values == 0
        run = int(np.argmin(zeros[::-1])) if not zeros.all() else 0
        rest = values[: len(values) - run]
        if run < 3 or len(rest) < PATTERN_ROWS or (rest == 0).mean() > 0.1:
            continue
        low, high = np.min(rest[rest != 0]), np.max(rest)
        if low > 0.3 * high:
            held = ordered.drop_nulls(column).tail(run)
            evidence = (
                f"the last {run} values of {column} are 0 after {len(rest)} between {low:g} and {high:g}: "
                "unknown written as 0"
            )
            made.append(
                Finding(
                    "zeros_for_missing",
                    "rows",
                    evidence,
                    (column,),
                    held[ROW],
                    examples_of(ordered.tail(run + 2), [str(table.date), column], 4),
                )
            )
    return made


def admitted_rows(table: LegacyTable) -> pl.Series:
    """Numbers of the rows whose own stamp says that no one observed them."""
    found = [finding.rows for finding in says_so_itself(table)]
    return pl.concat(found).unique() if found else table.rows[ROW].head(0)


def says_so_itself(table: LegacyTable) -> list[Finding]:
    """Rows whose own stamp says that they were not observed: the one claim that is taken at its word."""
    made = []
    for claim in table.claims:
        if table.rows.schema[claim] != pl.String:
            continue
        marked = table.rows.filter(pl.col(claim).str.contains(f"(?i){ADMITS.pattern}"))
        if marked.height and marked[claim].n_unique() <= 20:
            named = ", ".join(sorted(marked[claim].unique()))
            evidence = f"{marked.height:,} of {table.height:,} rows call themselves {named} in {claim}"
            made.append(
                Finding(
                    "admitted",
                    "rows",
                    evidence,
                    (claim,),
                    marked[ROW],
                    examples_of(marked, [*([table.date] if table.date else []), *table.numbers[:2], claim]),
                )
            )
    return made


def _ratio(table: LegacyTable, left: str, right: str) -> np.ndarray | None:
    """left / right by date where neither is 0; None for too few, or too few different, values."""
    both = (table.panel.sort(DAY) if table.date else table.panel).select(left, right).drop_nulls().cast(pl.Float64)
    both = both.filter((pl.col(left) != 0) & (pl.col(right) != 0))
    if both.height < PATTERN_ROWS or min(both[left].n_unique(), both[right].n_unique()) < PATTERN_ROWS:
        return None
    return (both[left] / both[right]).to_numpy()


def _pairs(table: LegacyTable) -> list[tuple[str, str]]:
    """Ordered pairs of columns whose ratio on the first rows is one number or whole: worth a full look."""
    some = table.panel.head(SAMPLE).select(pl.col(c).cast(pl.Float64) for c in table.numbers).to_numpy()
    made = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for i, left in enumerate(table.numbers):
            for j, right in enumerate(table.numbers):
                ratio = some[:, i] / some[:, j]
                ratio = ratio[np.isfinite(ratio) & (ratio != 0)]
                whole = len(ratio) and np.abs(ratio - np.round(ratio)).max() < 1e-6
                if i != j and len(ratio) and (whole or np.ptp(ratio) < TINY):
                    made.append((left, right))
    return made


def _is_conversion(share: float) -> bool:
    """Whether a ratio is a power of ten or one of the units of this trade."""
    power = np.log10(abs(share))
    if abs(power - round(power)) < 1e-6:
        return True
    return any(abs(share * c - 1) < 1e-3 or abs(share / c - 1) < 1e-3 for c in CONVERSIONS)


def _fractional(column: pl.Series) -> bool:
    known = column.drop_nulls().cast(pl.Float64)
    return bool((known != known.round(0)).mean() > 0.5)
