"""Malaysian palm oil: monthly exports of oil palm products, from the table of the Malaysian Palm Oil Board.

Endpoint  no API; "Monthly Export of Oil Palm Products" on https://bepi.mpob.gov.my, one year a table, saved as .xlsx
Access    drop the workbook into the source's folder, unchanged, each time a month is added
Delay     total exports with the press release of the 10th, products later in the month; the table does not record
          when: `lagged` to the 20th of the next month 12:30 Kuala Lumpur, late rather than early
Proven    against a recorded workbook of 2023. A month that is not reported yet stands as 0 in every line: it is left
          out and not zero. The heading of the sum, such as JAN - AUG, says which months are told, and each line must
          add up to its sum
Not read  production and closing stocks: MPOB shows them on pages behind a login and in its press releases; no recorded
          bytes and no description of a file of them were to be had, and a layout is not guessed
"""

import re
from collections.abc import Iterator
from datetime import date

import polars as pl

from oilseer.raw.availability import Rule
from oilseer.raw.drop import dropped
from oilseer.raw.payload import number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs.agriculture import MPOB_PALM
from oilseer.raw.workbook import Cell, cells_of

TABLES = (MPOB_PALM,)
RULE = Rule(plus_months=1, day=20, at="12:30", zone="Asia/Kuala_Lumpur")
TITLE = re.compile(r"MONTHLY EXPORT OF OIL PALM PRODUCTS\s*[-–]\s*(20\d\d)")
# Ours, and by how much twelve rounded months may miss their sum.
UNITS = {"TONNES": ("t", 6.0), "RM MIL": ("MYR million", 0.07)}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
NEEDED = ("CPO", "PPO", "PALM OIL", "TOTAL")
SCHEMA = {"series": pl.String, "unit": pl.String, "value": pl.Float64, "observation_date": pl.Date}
REMEDY = "save the table again as .xlsx and drop it unchanged; if the layout changed for good, change mpob.parse"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Every workbook of the folder; each holds one year."""
    yield from dropped("mpob", ask, (".xlsx",))


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a product, unit and reported month. Raises SourceError where a line does not add up to its sum."""
    cells = [row for row in cells_of(download) if any(cell != "" for cell in row)]
    titles = [TITLE.search(str(row[0]).upper()) for row in cells[:5]]
    year = next((int(title[1]) for title in titles if title), None)
    if year is None:
        raise refuse(download, f"the title {str(cells[0][0])[:60] if cells else ''!r}", TITLE.pattern, REMEDY)
    at = next((n for n, row in enumerate(cells) if _words(row)[:2] == ["PRODUCT", "UNIT"]), None)
    if at is None:
        raise refuse(download, "no line PRODUCT, UNIT", "it above the months", REMEDY)
    columns, last = _columns(download, cells[at])
    if not 1 <= last <= 12 or date(year, last, 1) >= download.fetched_at.date():
        raise refuse(download, f"months to {MONTHS[last - 1]} {year}", "past months", REMEDY)
    rows = list(_rows(download, cells[at + 1 :], year, columns, last))
    for month in range(1, last + 1):
        if not any(value for _, _, value, day in rows if day.month == month):
            found = f"{MONTHS[month - 1]} {year} with 0 in every line"
            raise refuse(download, found, "a month that the sum holds to be reported", REMEDY)
    absent = {f"exports_{_slug(name)}" for name in NEEDED} - {row[0] for row in rows}
    if absent:
        raise refuse(download, f"no line of {sorted(absent)}", f"{', '.join(NEEDED)}", REMEDY)
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return (Rows(MPOB_PALM, once_each(download, frame, ["series", "unit", "observation_date"], REMEDY), RULE),)


def _words(row: list[Cell]) -> list[str]:
    return [" ".join(str(cell).upper().split()) for cell in row]


def _slug(product: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", product.lower()).strip("_")


def _columns(download: Download, header: list[Cell]) -> tuple[list[int], int]:
    """Columns of the twelve months and of the sum, and the number of the last month that the sum holds."""
    words = _words(header)
    months = [[n for n, word in enumerate(words) if word[:3] == month and word.isalpha()] for month in MONTHS]
    sums = [(n, re.fullmatch(r"JAN\w*\s*[-–]\s*([A-Z]{3})\w*", word)) for n, word in enumerate(words)]
    sums = [(n, found[1]) for n, found in sums if found and found[1] in MONTHS]
    if any(len(found) != 1 for found in months) or len(sums) != 1:
        raise refuse(download, f"columns {words}", "JAN to DEC once each and a sum such as JAN - AUG", REMEDY)
    return [found[0] for found in months] + [sums[0][0]], MONTHS.index(sums[0][1]) + 1


def _rows(
    download: Download, lines: list[list[Cell]], year: int, columns: list[int], last: int
) -> Iterator[tuple[str, str, float, date]]:
    """Rows of each line; a product's second line, its value, leaves the product blank."""
    product = ""
    for line in lines:
        first, unit = _words(line)[:2]
        if unit == "" and all(cell == "" for cell in line[1:]):
            continue  # a note below the table
        product = first or product
        if unit not in UNITS or not product:
            raise refuse(download, f"unit {unit!r} of {product!r}", f"one of {list(UNITS)}", REMEDY)
        *values, total = [number_of(download, line[n], f"{product}, {unit}", REMEDY) for n in columns]
        name, tolerance = UNITS[unit]
        if min(values) < 0 or abs(sum(values) - total) > tolerance:
            found = f"months of {product} that add up to {sum(values):,.2f} {unit} and a sum of {total:,.2f}"
            raise refuse(download, found, "equal sums of months, 0 or more", REMEDY)
        if any(values[last:]):
            found = f"{unit} of {product} after {MONTHS[last - 1]}"
            raise refuse(download, found, "0 in months that the sum leaves out", REMEDY)
        for month, value in enumerate(values[:last], start=1):
            yield f"exports_{_slug(product)}", name, value, date(year, month, 1)
