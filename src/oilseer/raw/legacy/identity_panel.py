"""A column by state or country, held against what the workspace knows of the same places on the same days.

A season has too few weeks to tell one state's series from another; all states together are not to be mistaken.
"""

import polars as pl

from oilseer.raw.legacy.agreement import canonical
from oilseer.raw.legacy.evidence_made_up import GROUPS
from oilseer.raw.legacy.finding import Finding, examples_of
from oilseer.raw.legacy.identity import ANCHOR_DAYS, Identities
from oilseer.raw.legacy.inventory import DAY, LegacyTable

AGREE, SAME_SHARE, VALUES = 5e-5, 0.95, 10
STAGES = ("plant", "emerg", "bloom", "pod", "leav", "matur", "head", "harvest")  # what a percentage of a crop tells


def known_by_place(table: LegacyTable, identities: Identities) -> list[Finding]:
    """Columns that equal a known one place by place: another stage than the column names is a wrong label."""
    made = []
    for dim in table.dims if table.date is not None else ():
        canon = {str(name): canonical(str(name)) for name in table.panel[dim].drop_nulls().unique()}
        known = _of_places(identities, set(canon.values())) if len(canon) >= GROUPS else pl.DataFrame()
        if known.is_empty():
            continue
        for column in table.numbers:
            own = table.panel.select(
                pl.col(dim).cast(pl.String).replace(canon).alias("place"),
                pl.col(DAY).alias("day"), pl.col(column).cast(pl.Float64).alias("own"),
            ).drop_nulls()  # fmt: skip
            same = (pl.col("own") - pl.col("value")).abs() <= AGREE * pl.col("value").abs()
            met = own.join(known, on=["place", "day"]).group_by("ktable", "rest", "kcolumn").agg(
                pl.len().alias("shared"), same.sum().alias("equal"), pl.col("place").n_unique().alias("places"),
                pl.col("own").filter(same).n_unique().alias("values"),
            )  # fmt: skip
            met = met.filter(
                (pl.col("shared") >= ANCHOR_DAYS) & (pl.col("equal") >= SAME_SHARE * pl.col("shared"))
                & (pl.col("values") >= VALUES) & (pl.col("places") >= GROUPS)
            ).sort("equal", "rest", descending=[True, False])  # fmt: skip
            if met.height:
                made.append(_told(table, dim, column, met.row(0, named=True)))
    return made


def _of_places(identities: Identities, places: set[str]) -> pl.DataFrame:
    """place, day, value, ktable, rest, kcolumn of the known series whose name holds one of the places."""
    rows = []
    for series, ktable, name, kcolumn in identities.workspace.names.select("series", "table", "name", "column").rows():
        parts = name.split("|")
        at = next((i for i, part in enumerate(parts) if canonical(part) in places), None)
        if at is not None:
            rows.append((series, ktable, kcolumn, canonical(parts[at]), " ".join(parts[:at] + parts[at + 1 :])))
    if not rows:
        return pl.DataFrame()
    schema = {"series": pl.UInt32, "ktable": pl.String, "kcolumn": pl.String, "place": pl.String, "rest": pl.String}
    return identities.workspace.values.join(pl.DataFrame(rows, schema=schema, orient="row"), on="series")


def _told(table: LegacyTable, dim: str, column: str, best: dict) -> Finding:
    claimed, known = (
        {s for s in STAGES if s in text.lower()} for text in (column, f"{best['rest']} {best['kcolumn']}")
    )
    wrong = bool(claimed) and bool(known) and not claimed & known
    named = f"{best['ktable']} {best['rest']} {best['kcolumn']}"
    evidence = (
        f"{column} equals {named} in {best['equal']:,} of {best['shared']:,} rows of {best['places']} {dim} on the "
        f"same days{': the column is named after something else' if wrong else ''}"
    )
    shown = examples_of(table.panel.filter(pl.col(column) > 0).sort(DAY), [str(table.date), dim, column])
    return Finding(
        "mislabelled" if wrong else "agrees_with", "table" if wrong else "note", evidence, (column,), None, shown
    )
