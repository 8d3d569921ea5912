"""What each table's series are, by agreement: the claimed product, another, the same in another unit, the future."""

import re
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy.agreement import (
    REVISED_DAYS,
    REVISED_DIGITS,
    UNITS,
    Known,
    canonical,
    contradicts,
    describe,
    known_to_folder,
    matches,
    moves_like,
    one_later,
    product_words,
    words_of,
)
from oilseer.raw.legacy.evidence_made_up import WIDE
from oilseer.raw.legacy.finding import Finding, examples_of
from oilseer.raw.legacy.inventory import DAY, LegacyTable
from oilseer.reference.symbols import symbols

ANCHOR_DAYS = 60
FUTURE_ROWS, FUTURE_SHARE = 140, 0.5
SHOWN = 4
NAMING = re.compile(r"symbol|ticker|code|indicator|series|commodity|product|instrument|pair|currency", re.I)
LIKE = 0.9  # correlation of daily changes from which two series are one market


@dataclass(frozen=True)
class Identities:
    """Every match of a legacy series: series, file, name, column, label, known, kname, ktable, kcolumn, days, shared,
    first, last, factor, inside (the other side is the folder too)."""

    found: pl.DataFrame
    late: pl.DataFrame  # matches with the observation before
    folder: Known
    workspace: Known
    until: date | None  # the median of the last days of the dated tables

    def of(self, table: LegacyTable) -> pl.DataFrame:
        """Matches of one table, best first."""
        return self.found.filter(pl.col("file") == table.file).sort("days", descending=True)


def identify(tables: list[LegacyTable], workspace: Known) -> Identities:
    """Hold every series of the folder against the workspace, in every unit, and against the rest of the folder."""
    folder = known_to_folder(tables)
    labels = {table.file: labels_of(table) for table in tables}
    wide = [table.file for table in tables if len(table.numbers) > WIDE]  # made features: no one loads them
    slim = folder.names.filter(~pl.col("table").is_in(wide))["series"].implode()
    narrow = Known(folder.names, folder.values.filter(pl.col("series").is_in(slim)))
    frames = [
        _named(matches(folder if factor == 1 else narrow, workspace, factor), folder, workspace, inside=False)
        for factor in UNITS
    ]
    frames.append(_named(matches(folder, folder, within=True), folder, folder, inside=True))
    met = pl.concat(frames, how="diagonal_relaxed").filter(~pl.col("inside"))["series"].unique()
    rest = Known(folder.names, narrow.values.filter(~pl.col("series").is_in(met.implode())))
    revised = matches(rest, workspace, digits=REVISED_DIGITS, least=REVISED_DAYS)
    frames.append(_named(revised, folder, workspace, inside=False))
    late = _named(matches(rest, one_later(workspace)), folder, workspace, inside=False)
    found = pl.concat(frames, how="diagonal_relaxed")
    told = [
        " ".join([name.replace("|", " "), labels[file]]).strip() for file, name in found.select("file", "name").rows()
    ]
    found = found.with_columns(pl.Series("label", told, dtype=pl.String))
    theirs = [labels.get(file, "") + " " + name.replace("|", " ") if inside else name
              for file, name, inside in found.select("ktable", "kname", "inside").rows()]  # fmt: skip
    ends = sorted(table.rows[DAY].max() for table in tables if table.date is not None and table.span)
    found = found.with_columns(pl.Series("klabel", theirs, dtype=pl.String).str.strip_chars())
    return Identities(found, late, folder, workspace, ends[len(ends) // 2] if ends else None)


def labels_of(table: LegacyTable) -> str:
    """What a table calls its product beyond its dims: constant names, and those that change over time."""
    named = [value for _, value in table.labels]
    for column in table.texts:
        if column not in table.dims and NAMING.search(column) and table.rows[column].n_unique() <= 3:
            named += [value for value in table.rows[column].unique().sort().to_list() if value and value not in named]
    return " ".join(named)


def _named(found: pl.DataFrame, theirs: Known, ours: Known, inside: bool) -> pl.DataFrame:
    left = theirs.names.rename({"table": "file"})
    right = ours.names.rename({"series": "known", "table": "ktable", "name": "kname", "column": "kcolumn"})
    return found.join(left, on="series").join(right, on="known").with_columns(pl.lit(inside).alias("inside"))


def mislabelled(table: LegacyTable, identities: Identities) -> list[Finding]:
    """Rows whose prices are another product's than the one they are labelled as."""
    met = identities.of(table).filter(~pl.col("inside") & (pl.col("factor") == 1))
    made = []
    for (_, column), group in met.group_by(["name", "column"], maintain_order=True):
        if any(same_name(label, kname) for label, kname in group.select("label", "kname").rows()):
            continue
        for match in group.iter_rows(named=True):
            if not _another_product(match["label"], match["kname"]):
                continue
            rows = _matched_rows(table, identities.workspace, match)
            evidence = (
                f"{match['days']} of {match['shared']} days of {match['label']} ({column}) from {match['first']} to "
                f"{match['last']} equal {match['ktable']} {describe(match['kname'])} to five digits"
            )
            made.append(Finding("mislabelled", "rows", evidence, (column,), rows[ROW], _shown(table, column, rows)))
            break
    return made


def two_labels(table: LegacyTable, identities: Identities) -> list[Finding]:
    """The same prices under the names of two products: at most one is right, and which cannot be told."""
    proven = identities.of(table).filter(~pl.col("inside") & (pl.col("factor") == 1))
    sure = {s for s, label, kname in proven.select("series", "label", "kname").rows() if same_name(label, kname)}
    wrong = {
        s for s, label, kname in proven.select("series", "label", "kname").rows() if _another_product(label, kname)
    }
    made = []
    for match in identities.of(table).filter(pl.col("inside")).iter_rows(named=True):
        if match["series"] in sure or not match["label"] or not match["klabel"]:
            continue
        both = _names_product(match["label"]) and _names_product(match["klabel"])
        if match["series"] in wrong or not both or not _another_product(match["label"], match["klabel"]):
            continue
        rows = _matched_rows(table, identities.folder, match)
        evidence = (
            f"{match['days']} of {match['shared']} days of {match['label']} ({match['column']}) are the same as "
            f"{match['klabel']} in {match['ktable']}: one of the two names is wrong, and no known series says which"
        )
        made.append(
            Finding("two_labels", "rows", evidence, (match["column"],), rows[ROW], _shown(table, match["column"], rows))
        )
        break
    return made


def dated_late(table: LegacyTable, identities: Identities) -> list[Finding]:
    """Series that are a known one with every value one observation later: a time zone moved the day."""
    met = identities.late.filter((pl.col("file") == table.file) & (pl.col("days") >= ANCHOR_DAYS))
    made = []
    for (name, column), group in met.sort("days", descending=True).group_by(["name", "column"], maintain_order=True):
        best = group.row(0, named=True)
        rows = table.rows
        for dim, value in zip(table.dims, name.split("|")):
            rows = rows.filter(pl.col(dim).cast(pl.String).fill_null("") == value)
        evidence = (
            f"{name.replace('|', ' ') or column}: {best['days']:,} of {best['shared']:,} values equal {best['ktable']} "
            f"{describe(best['kname'])} of the observation before: dated one too late"
        )
        made.append(Finding("dated_late", "rows", evidence, (column,), rows[ROW], _shown(table, column, rows)))
    return made


def repeats_known(table: LegacyTable, identities: Identities) -> list[Finding]:
    """Columns that repeat series which are known under their own names: a view, to be made anew and not loaded."""
    met = identities.of(table).filter((pl.col("factor") == 1) & (pl.col("klabel") != ""))
    best = (
        met.filter(pl.col("shared") >= ANCHOR_DAYS)
        .sort("inside", "days", descending=[False, True])
        .unique(["name", "column"], maintain_order=True)
    )
    if best.is_empty():
        return []
    shown = "; ".join(
        f"{m['column'] if not m['name'] else m['name'].replace('|', ' ')} = {m['ktable']} {m['kname'] or m['klabel']} "
        f"({m['days']:,} of {m['shared']:,} days)" for m in best.head(SHOWN).iter_rows(named=True)
    )  # fmt: skip
    more = f"; and {best.height - SHOWN} more" if best.height > SHOWN else ""
    return [
        Finding(
            "agrees_with", "note", shown.replace("|", " ") + more, tuple(best["column"].unique(maintain_order=True))
        )
    ]


def holds_the_future(table: LegacyTable, identities: Identities) -> list[Finding]:
    """Columns that are a dated, known series moved up: a later day's value in an earlier day's row."""
    if table.date is None or table.dims:
        return []
    met = identities.of(table).filter(
        (pl.col("factor") == 1) & (pl.col("klabel") != "") & (pl.col("shared") >= ANCHOR_DAYS)
    )
    anchors = met["column"].unique(maintain_order=True).to_list()
    ordered = table.panel.sort(DAY)
    rich = [c for c in table.numbers if c not in anchors and ordered[c].drop_nulls().n_unique() >= 100]
    told, columns = [], []
    own = {left: ordered[left].cast(pl.Float64).drop_nulls().unique() for left in rich}
    for right in anchors:
        known = ordered[right].cast(pl.Float64).drop_nulls().unique().implode()
        for left in rich:
            if left in columns or own[left].is_in(known).mean() < FUTURE_SHARE:
                continue
            ahead = {k: (ordered[left] == ordered[right].shift(-k)).mean() or 0 for k in range(1, FUTURE_ROWS)}
            best = max(ahead, key=ahead.get)
            if ahead[best] >= FUTURE_SHARE:
                told.append(f"{left} is {right} {best} rows later in {ahead[best]:.0%} of rows")
                columns += [left, right]
    if not told:
        return []
    evidence = "; ".join(told[:SHOWN]) + ": values of later days stand beside what was known"
    shown = examples_of(ordered, [str(table.date), *dict.fromkeys(columns)][:5])
    return [Finding("holds_future", "table", evidence, tuple(dict.fromkeys(columns)), examples=shown)]


def moves_with(table: LegacyTable, identities: Identities) -> list[Finding]:
    """For labelled series that equal nothing known: the market they go with, and at what level."""
    if not table.labels or not set(table.numbers) & {"close", "close_price", "open_interest", "rate"}:
        return []
    sure = identities.of(table).filter(~pl.col("inside") & (pl.col("shared") >= ANCHOR_DAYS * 2))
    made = []
    held = [row for f in mislabelled(table, identities) + two_labels(table, identities) for row in f.rows]
    left = known_to_folder([_without(table, held)]) if held else identities.folder
    own = left.names.filter(
        (pl.col("table") == table.file) & pl.col("column").is_in(["close", "close_price", "open_interest", "rate"])
    )
    for series, name, column in own.select("series", "name", "column").rows():
        if ((sure["name"] == name) & (sure["column"] == column)).any():
            continue
        best = moves_like(left, series, identities.workspace)
        if best is None:
            continue
        label = f"{name} {labels_of(table)}".strip()
        alike = best["correlation"] >= LIKE
        words = "the same market, not the same numbers" if alike else "no known market goes with it"
        evidence = (
            f"{label} ({column}) equals no known series; closest by daily changes is {best['table']} "
            f"{describe(best['name'])} {best['column']}: correlation {best['correlation']:.2f}, "
            f"level × {best['ratio']:.3f}, {best['days']} days: {words}"
        )
        made.append(Finding("moves_with", "note", evidence, (column,)))
    return made


def _without(table: LegacyTable, rows: list[int]) -> LegacyTable:
    return replace(table, rows=table.rows.filter(~pl.col(ROW).is_in(rows)))


def symbol_of(name: str) -> str | None:
    """The symbol of reference/symbols.csv that a series' name starts with, if any."""
    first = canonical(name.split("|")[0])
    return first if first in symbols() else None


def same_name(label: str, kname: str) -> bool:
    """Whether a label holds the name of a known series, vendors' marks aside."""
    own = {canonical(word) for word in label.split()}
    return canonical(kname.split("|")[0]) in own


def _names_product(label: str) -> bool:
    """Whether a label holds a known symbol or a word for a product."""
    return bool(any(symbol_of(word) for word in label.split()) or words_of(label) & set(product_words()))


def _another_product(label: str, kname: str) -> bool:
    """Whether two names stand for two products: different symbols, or words of different products."""
    if same_name(label, kname):
        return False
    ours = {s for word in label.split() if (s := symbol_of(word))}
    theirs = {s for word in kname.replace("|", " ").split() if (s := symbol_of(word))}
    if ours and theirs:
        return not ours & theirs
    said = " ".join([label, *(symbols()[s].name for s in ours)])
    meant = " ".join([kname.replace("|", " "), *(symbols()[s].name for s in theirs)])
    return contradicts(said, meant)


def _matched_rows(table: LegacyTable, ours: Known, match: dict) -> pl.DataFrame:
    """Rows of the file on the days on which a match agrees."""
    known = ours.values.filter(pl.col("series") == match["known"]).select("day", pl.col("value").alias("__known"))
    rows = table.rows
    for dim, value in zip(table.dims, match["name"].split("|")):
        rows = rows.filter(pl.col(dim).cast(pl.String).fill_null("") == value)
    met = rows.join(known, left_on=DAY, right_on="day")
    return (
        met.filter((pl.col(match["column"]) - pl.col("__known")).abs() <= 5e-5 * pl.col("__known").abs())
        .drop("__known")
        .unique(ROW)
        .sort(ROW)
    )


def _shown(table: LegacyTable, column: str, rows: pl.DataFrame) -> tuple[dict, ...]:
    return examples_of(rows, [str(table.date), *table.texts[:2], column])
