"""World supply and demand by country: USDA's Production, Supply and Distribution, oilseeds and their oils and meals.

Endpoint  https://apps.fas.usda.gov/psdonline/downloads/psd_oilseeds_csv.zip, everything since the 1960s in one file;
          where that is refused or gone and a key is set, https://api.fas.usda.gov/api/psd/commodity/4232000/country/
          all/year/2025 by commodity and marketing year
Access    keyless; the API with the free key of export sales in the header X-Api-Key
Delay     with the WASDE, the 9th to 12th of the month at 12:00 New York. PSD overwrites, but each value carries the
          year and month of its release and not the day: `lagged` to the 12th 12:30 of that month, late rather than
          early. A value that a later release changed stands beside the first as a vintage of its own. A month 00
          counts as December. What fell into a shutdown counts from the next WASDE
Proven    against rows of a public copy of the file, which had lost its leading zeros: 813100 is read as 0813100. The
          API against public descriptions only
"""

import re
from collections.abc import Iterator
from datetime import date

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Hold, Rule
from oilseer.raw.bodies import members
from oilseer.raw.payload import json_of, once_each, refuse, text_of
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs.agriculture import PSD

TABLES = (PSD,)
BULK = "https://apps.fas.usda.gov/psdonline/downloads/psd_oilseeds_csv.zip"
API = "https://api.fas.usda.gov/api/psd/commodity/{code}/country/all/year/{year}"
RULE = Rule(
    of="revision_month",
    day=12,
    at="12:30",
    held=(
        Hold(**{"from": date(2013, 10, 1), "until": date(2013, 11, 8)}, reason="shutdown of the US government"),
        Hold(**{"from": date(2018, 12, 22), "until": date(2019, 2, 8)}, reason="shutdown of the US government"),
        Hold(**{"from": date(2025, 10, 1), "until": date(2025, 11, 14)}, reason="shutdown of the US government"),
    ),
)
COMMODITIES = {
    "2222000": "Oilseed, Soybean", "0813100": "Meal, Soybean", "4232000": "Oil, Soybean",
    "4243000": "Oil, Palm", "4239100": "Oil, Rapeseed", "4236000": "Oil, Sunflowerseed",
}  # fmt: skip
ATTRIBUTES = {
    7: "Crush", 20: "Beginning Stocks", 28: "Production", 57: "Imports", 88: "Exports",
    125: "Domestic Consumption", 176: "Ending Stocks",
}  # fmt: skip
UNIT = "(1000 MT)"
COLUMNS = {  # of the file: of the API, or "" where only the file has it
    "Commodity_Code": "commodityCode", "Commodity_Description": "", "Country_Code": "countryCode", "Country_Name": "",
    "Market_Year": "marketYear", "Calendar_Year": "calendarYear", "Month": "month", "Attribute_ID": "attributeId",
    "Attribute_Description": "", "Unit_ID": "unitId", "Unit_Description": "", "Value": "value",
}  # fmt: skip
PATTERNS = {
    "Country_Code": r"^[A-Z0-9]{1,3}$", "Market_Year": r"^(19|20)\d\d$", "Calendar_Year": r"^(19|20)\d\d$",
    "Month": r"^(0?\d|1[0-2])$", "Value": r"^-?\d+(\.\d+)?$",
}  # fmt: skip
KEY = ["commodity_code", "country_code", "market_year", "attribute_id"]
REMEDY = "compare with https://apps.fas.usda.gov/psdonline; if the layout changed for good, change usda_psd.parse"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The whole file, whatever dates are asked for; through the API the marketing years that touch the ask."""
    bulk = http.get(BULK, part="oilseeds", missing=(403, 404) if ask.key else ())
    if bulk is not None:
        yield bulk
        return
    came = False
    for code in COMMODITIES:
        for year in range(ask.since.year - 1, ask.until.year + 1):
            found = http.get(API.format(code=code, year=year), part=f"api-{code}-{year}",
                             secret_headers={"X-Api-Key": ask.key}, missing=(404,))  # fmt: skip
            if found is not None:
                came = True
                yield found
    if not came:
        raise SourceError(f"usda_psd: part oilseeds ({BULK}): found neither the file nor a year of the API; {REMEDY}")


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a commodity, country, marketing year and attribute, 1000 t. Raises SourceError."""
    lines = _of_api(download) if download.part.startswith("api-") else _of_file(download)
    kept = lines.with_columns(pl.col("Commodity_Code").str.zfill(7), pl.col("Attribute_ID").str.strip_chars_start("0"))
    kept = kept.filter(
        pl.col("Commodity_Code").is_in(list(COMMODITIES)), pl.col("Attribute_ID").is_in([str(n) for n in ATTRIBUTES])
    )
    if kept.is_empty() and not download.part.startswith("api-"):
        found = f"{lines.height} lines, none of {', '.join(COMMODITIES.values())}"
        raise refuse(download, found, "soybeans and oils", REMEDY)
    _check(download, kept)
    month = pl.date(pl.col("Calendar_Year").cast(pl.Int32), pl.col("Month").cast(pl.Int32).replace(0, 12), 1)
    frame = kept.select(
        commodity_code="Commodity_Code",
        commodity="Commodity_Description",
        country_code="Country_Code",
        country="Country_Name",
        market_year=pl.col("Market_Year").cast(pl.Int32),
        attribute_id=pl.col("Attribute_ID").cast(pl.Int32),
        attribute="Attribute_Description",
        revision_month=month,
        value=pl.col("Value").cast(pl.Float64),
        unit="Unit_Description",
        observation_date=pl.date(pl.col("Market_Year").cast(pl.Int32), 1, 1),
    )
    this_month = download.fetched_at.date().replace(day=1)
    ahead = frame.filter(pl.col("revision_month") > this_month)
    if not ahead.is_empty():
        raise refuse(
            download, f"a release of {ahead['revision_month'].max():%Y-%m}", f"{this_month:%Y-%m} at most", REMEDY
        )
    return (Rows(PSD, once_each(download, frame, KEY), RULE),)


def _of_file(download: Download) -> pl.DataFrame:
    """Lines of the file as text; of an archive every commodity must be there."""
    packed = download.body.startswith(b"PK")
    text = text_of(_unpacked(download) if packed else download, remedy=REMEDY)
    if not text.endswith("\n"):
        raise refuse(download, f"a last line without an end: {text[-60:]!r}", "a whole file", "fetch it again")
    header = [name.strip().strip('"') for name in text.partition("\n")[0].split(",")]
    wrong = [name for name in COLUMNS if header.count(name) != 1]
    if wrong:
        raise refuse(download, f"columns {header[:20]}, {wrong} not once", f"{list(COLUMNS)} once each", REMEDY)
    try:
        lines = pl.read_csv(text.encode(), infer_schema=False, columns=list(COLUMNS))
    except pl.exceptions.PolarsError as error:
        raise refuse(download, f"lines that do not fit the header ({str(error)[:120]})", "CSV", REMEDY) from None
    lines = lines.select(pl.col(name).str.strip_chars() for name in COLUMNS)
    absent = set(COMMODITIES) - set(lines["Commodity_Code"].str.zfill(7).unique())
    if packed and absent:
        raise refuse(download, f"no line of {sorted(absent)}", f"all of {COMMODITIES}", REMEDY)
    return lines


def _unpacked(download: Download) -> Download:
    """The one CSV of the archive."""
    inside = list(members(download.body, f"{download.source}: part {download.part}"))
    if len(inside) != 1:
        raise refuse(download, f"{len(inside)} files in the archive", "one CSV", REMEDY)
    name, body = inside[0]
    return Download(download.source, download.part, f"{download.url}#{name}", body, download.fetched_at)


def _of_api(download: Download) -> pl.DataFrame:
    """Rows of the API under the names of the file; none where the marketing year has not begun."""
    listed = json_of(download)
    if not isinstance(listed, list) or not all(isinstance(line, dict) for line in listed):
        raise refuse(download, f"{str(listed)[:80]!r}", "a list of values", REMEDY)
    wrong = [name for name in COLUMNS.values() if name and any(line.get(name) is None for line in listed)]
    if wrong:
        raise refuse(download, f"rows without {wrong}", f"{[name for name in COLUMNS.values() if name]}", REMEDY)
    rows = [
        {name: str(line[theirs]).strip() if theirs else None for name, theirs in COLUMNS.items()} for line in listed
    ]
    lines = pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String))
    code = pl.col("Attribute_ID").str.strip_chars_start("0")
    return lines.with_columns(
        Commodity_Description=pl.col("Commodity_Code").str.zfill(7).replace_strict(COMMODITIES, default=None),
        Attribute_Description=code.replace_strict({str(n): name for n, name in ATTRIBUTES.items()}, default=None),
        Unit_Description=pl.when(pl.col("Unit_ID").str.strip_chars_start("0") == "8").then(pl.lit(UNIT)),
    )


def _check(download: Download, lines: pl.DataFrame) -> None:
    """Refuse cells that are not what their column holds, and codes that mean something else than they did."""
    for name, pattern in PATTERNS.items():
        _refuse_where(
            download, lines, ~pl.col(name).str.contains(pattern).fill_null(False), name, f"text like {pattern}"
        )
    for code, name in COMMODITIES.items():
        other = (pl.col("Commodity_Code") == code) & pl.col("Commodity_Description").ne_missing(name)
        _refuse_where(download, lines, other, "Commodity_Description", f"{name!r} for {code}")
    for number, name in ATTRIBUTES.items():
        other = (pl.col("Attribute_ID") == str(number)) & pl.col("Attribute_Description").ne_missing(name)
        _refuse_where(download, lines, other, "Attribute_Description", f"{name!r} for {number}")
    _refuse_where(download, lines, pl.col("Unit_Description").ne_missing(UNIT), "Unit_Description", UNIT)


def _refuse_where(download: Download, lines: pl.DataFrame, bad: pl.Expr, name: str, expected: str) -> None:
    found = lines.filter(bad)
    if not found.is_empty():
        line = re.sub(r"\s+", " ", str(found.row(0)))
        raise refuse(download, f"{name} {found[name][0]!r} in {line[:200]}", expected, REMEDY)
