"""One series in two units: told by agreement after a conversion, and by what a column's own name claims."""

import polars as pl

from oilseer.raw.legacy.agreement import UNITS, Known, describe, matches, words_of
from oilseer.raw.legacy.evidence_units import UNIT
from oilseer.raw.legacy.finding import Finding, examples_of
from oilseer.raw.legacy.identity import SHOWN, Identities, same_name, symbol_of
from oilseer.raw.legacy.inventory import DAY, LegacyTable
from oilseer.reference.symbols import symbols

POUNDS = 2204.622622  # in a metric ton
MONTHS = 6
QUOTES = {  # how a claim in a column's name reads as a unit of reference/symbols.csv
    "usd/lb": "usd_per_lb", "cents/lb": "cents_per_lb", "cent/lb": "cents_per_lb", "usd/ton": "usd_per_mt",
    "usd/mt": "usd_per_mt", "usd/tonne": "usd_per_mt", "myr/ton": "myr_per_mt", "myr/mt": "myr_per_mt",
}  # fmt: skip


def other_units(table: LegacyTable, identities: Identities) -> list[Finding]:
    """Columns that are a known series of the same name in another unit."""
    met = identities.of(table).filter(~pl.col("inside") & (pl.col("factor") != 1))
    met = (
        met.filter(
            pl.struct("label", "kname").map_elements(
                lambda m: same_name(m["label"], m["kname"]), return_dtype=pl.Boolean
            )
        )
        if met.height
        else met
    )
    made = []
    for (factor,), group in met.group_by(["factor"], maintain_order=True):
        days, shared = group["days"].sum(), group["shared"].sum()
        columns = tuple(group["column"].unique(maintain_order=True))
        named = ", ".join(group["name"].unique(maintain_order=True).head(SHOWN))
        evidence = (
            f"{', '.join(columns)} of {named}: {days:,} of {shared:,} values equal {group['ktable'][0]} "
            f"after × {factor:g} ({UNITS[factor]})"
        )
        made.append(Finding("unit_factor", "note", evidence, columns))
    return made


def unit_claims(table: LegacyTable, identities: Identities) -> list[Finding]:
    """A column's name claims a unit, and its values are a product that is quoted in another one."""
    made = []
    seen = set()
    for match in identities.of(table).filter(pl.col("factor") == 1).iter_rows(named=True):
        column = match["column"]
        claim = UNIT.search(column)
        symbol = next((s for s in (symbol_of(match["kname"]), *map(symbol_of, match["klabel"].split())) if s), None)
        if claim is None or symbol is None or column in seen:
            continue
        seen.add(column)
        claimed = QUOTES.get(f"{claim[1]}/{claim[2]}".lower())
        quoted = symbols()[symbol].quote_unit
        if claimed is None or claimed == quoted:
            continue
        evidence = (
            f"{column} claims {claim[1]}/{claim[2]} and equals {describe(symbol)}, quoted {quoted}, "
            f"on {match['days']:,} of {match['shared']:,} days{_monthly_level(match, identities)}"
        )
        made.append(
            Finding(
                "unit_claims",
                "columns",
                evidence,
                (column,),
                examples=examples_of(table.panel.drop_nulls(column), [str(table.date), column]),
            )
        )
    return made + _rate_behind(table, identities)


def _monthly_level(match: dict, identities: Identities) -> str:
    """The level against the World Bank's monthly price of the same product, where it is there."""
    if symbol_of(match["kname"]) is None or symbols()[symbol_of(match["kname"])].quote_unit != "usd_per_mt":
        return ""
    words = words_of(describe(symbol_of(match["kname"]) or match["klabel"]))
    names = identities.workspace.names.filter(pl.col("table") == "raw.worldbank_commodities")
    codes = [(s, n) for s, n in names.select("series", "name").rows() if words & words_of(n)]
    if not codes:
        return ""
    own = identities.folder.values.filter(pl.col("series") == match["series"]).group_by(
        pl.col("day").dt.truncate("1mo").alias("day")
    ).agg(pl.col("value").mean())  # fmt: skip
    met = identities.workspace.values.filter(pl.col("series") == codes[0][0]).join(own, on="day", suffix="_own")
    if met.height < MONTHS:
        return ""
    ratio = (met["value_own"] / met["value"]).median()
    return f"; by month it is {ratio:.2f} × the World Bank's {codes[0][1]} in USD/t ({met.height} months)"


def _rate_behind(table: LegacyTable, identities: Identities) -> list[Finding]:
    """The exchange rate with which one column was made from another, where it is a known one."""
    tons = [c for c in table.numbers if (m := UNIT.search(c)) and m[2].lower() in ("ton", "mt", "tonne")]
    pounds = [c for c in table.numbers if (m := UNIT.search(c)) and m[2].lower() == "lb"]
    made = []
    for ton in tons:
        for pound in pounds:
            rate = table.panel.select(
                pl.lit(0, pl.UInt32).alias("series"), pl.col(DAY).alias("day"),
                (pl.col(ton) / pl.col(pound) / POUNDS).alias("value"),
            ).drop_nulls()  # fmt: skip
            for ours in (identities.workspace, identities.folder):
                found = matches(Known(identities.folder.names, rate), ours)
                found = found.join(ours.names, left_on="known", right_on="series").filter(pl.col("table") != table.file)
                if found.height:
                    best = found.sort("days", descending=True).row(0, named=True)
                    evidence = (
                        f"{ton} / {pound} / {POUNDS:.2f} is the rate {best['name'].replace('|', ' ')} "
                        f"of {best['table']} on {best['days']:,} of {best['shared']:,} days: "
                        "that currency was used to convert"
                    )
                    made.append(
                        Finding(
                            "conversion_rate",
                            "columns",
                            evidence,
                            (pound,),
                            examples=examples_of(table.panel.drop_nulls([ton, pound]), [str(table.date), ton, pound]),
                        )
                    )
                    break
    return made
