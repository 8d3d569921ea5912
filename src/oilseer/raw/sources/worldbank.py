"""Monthly commodity prices of the World Bank's Pink Sheet: palm, soybean, rapeseed and sunflower oil and 67 others.

Endpoint  CMO-Historical-Data-Monthly.xlsx at thedocs.worldbank.org. Its path changes every year and the old one goes
          on serving the old file, so the link on www.worldbank.org/en/research/commodity-markets is taken; where the
          page has none, the path of 2026
Access    keyless, CC BY 4.0
Delay     the second working day after the month, 17:00 New York. The sheet says when it was updated: where that is
          later, the newest month is public then. Months are revised for a while: those are vintages from our fetch
Layout    sheet "Monthly Prices": names, units in parentheses and codes in three rows, months as 1960M01, missing as …
          Where the row of codes is absent, series are known by their names
Proven    against a recorded sheet, trimmed in its middle and written anew
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime

import polars as pl

from oilseer.raw.availability import Rule, published
from oilseer.raw.payload import number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import MONTHLY
from oilseer.raw.workbook import Cell, cells_of

TABLES = (MONTHLY,)
PAGE = "https://www.worldbank.org/en/research/commodity-markets"
LINK = re.compile(r"https://thedocs\.worldbank\.org/[A-Za-z0-9/_.-]+/CMO-Historical-Data-Monthly\.xlsx")
PATH_OF_2026 = (
    "https://thedocs.worldbank.org/en/doc/74e8be41ceb20fa0da750cda2f6b9e4e-0050012026/related/"
    "CMO-Historical-Data-Monthly.xlsx"
)
RULE = Rule(month_end=True, business_days=2, at="17:00")
UPDATED = Rule(at="17:00")
SHEET = "Monthly Prices"
NEEDED = {  # what staging reads: a column that moved or changed its unit must not pass
    "PALM_OIL": ("Palm oil", "$/mt"), "SOYBEAN_OIL": ("Soybean oil", "$/mt"), "SOYBEANS": ("Soybeans", "$/mt"),
    "SOYBEAN_MEAL": ("Soybean meal", "$/mt"), "RAPESEED_OIL": ("Rapeseed oil", "$/mt"),
    "SUNFLOWER_OIL": ("Sunflower oil", "$/mt"), "PLMKRNL_OIL": ("Palm kernel oil", "$/mt"),
    "COCONUT_OIL": ("Coconut oil", "$/mt"), "MAIZE": ("Maize", "$/mt"), "CRUDE_BRENT": ("Crude oil, Brent", "$/bbl"),
}  # fmt: skip
MISSING = ("…", "...", "..", "")
MONTH = re.compile(r"(\d{4})M(0[1-9]|1[0-2])")
REMEDY = "look at the sheet; if its layout changed, change worldbank.parse"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The one workbook, whatever dates are asked for: it is 800 kB."""
    page = http.get(PAGE, part="page", html=True, missing=(403, 404))
    link = LINK.search(page.body.decode("utf-8", errors="replace")) if page else None
    found = http.get(link.group() if link else PATH_OF_2026, part="prices")
    if found is not None:
        yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a series and month. Raises SourceError where a needed column is missing, moved or in another unit."""
    cells = cells_of(download, SHEET)
    top = next((place for place, row in enumerate(cells) if "Palm oil" in [_plain(cell) for cell in row]), None)
    if top is None or len(cells) < top + 3:
        raise refuse(download, "no row of names with 'Palm oil'", "names, units and codes above the months", REMEDY)
    columns = _columns(download, cells[top], cells[top + 1], cells[top + 2])
    rows = []
    for number, row in enumerate(cells[top + 2 :], top + 3):
        month = MONTH.fullmatch(str(row[0]).strip())
        if month:
            day = date(int(month[1]), int(month[2]), 1)
            rows += [
                (code, unit, number_of(download, row[place], f"{code} in row {number}", REMEDY), day)
                for place, (code, unit) in columns.items()
                if row[place] not in MISSING
            ]
        elif any(isinstance(cell, int | float) for cell in row):
            raise refuse(download, f"{row[0]!r} before numbers in row {number}", "a month as 1960M01", REMEDY)
    if not rows:
        raise refuse(download, "no month", "months since 1960M01", "fetch it again")
    schema = {"code": pl.String, "unit": pl.String, "value": pl.Float64, "observation_date": pl.Date}
    frame = once_each(download, pl.DataFrame(rows, schema=schema, orient="row"), ["code", "observation_date"])
    return (Rows(MONTHLY, _updated(frame, cells[:top]), RULE),)


def _columns(download: Download, names: list[Cell], units: list[Cell], codes: list[Cell]) -> dict[int, tuple[str, str]]:
    """Code and unit by place. Refuses a missing, doubled or changed column of NEEDED."""
    by_name = {name: code for code, (name, _) in NEEDED.items()}
    has_codes = not MONTH.fullmatch(str(codes[0]).strip())
    columns, seen = {}, {}
    for place, name in enumerate(names):
        code = str(codes[place]).strip() if has_codes else by_name.get(_plain(name), "")
        if not _plain(name) or not code:
            continue
        unit = str(units[place]).strip().removeprefix("(").removesuffix(")")
        if code in seen or not unit:
            raise refuse(download, f"code {code} twice or without a unit", "one column with a unit each", REMEDY)
        columns[place], seen[code] = (code, unit), (_plain(name), unit)
    for code, wanted in NEEDED.items():
        if seen.get(code) != wanted:
            raise refuse(download, f"{seen.get(code, 'nothing')} for {code}", f"{wanted}", REMEDY)
    return columns


def _plain(cell: Cell) -> str:
    """A name without the marks of its footnotes."""
    return str(cell).replace("*", "").strip()


def _updated(frame: pl.DataFrame, head: list[list[Cell]]) -> pl.DataFrame:
    """`frame` with the instant of its newest month, where the sheet's own date is later than the rule."""
    said = next((str(row[0]) for row in head if str(row[0]).startswith("Updated on")), "")
    try:
        day = datetime.strptime(said.removeprefix("Updated on").strip(), "%B %d, %Y").replace(tzinfo=UTC).date()
    except ValueError:
        return frame
    newest = frame["observation_date"].max()
    updated, due = published(UPDATED, pl.Series([day]))[0], published(RULE, pl.Series([newest]))[0]
    if updated <= due:
        return frame
    late = pl.when(pl.col("observation_date") == newest)
    return frame.with_columns(
        late.then(pl.lit(updated)).alias("available_at"), late.then(pl.lit("lagged")).alias("availability")
    )
