"""EIA's open data, API version 2: biofuel feedstock and production, crude oil spot prices, weekly petroleum.

Endpoint  https://api.eia.gov/v2/{route}/data/ with facets; 5,000 rows a page, paged by offset
          petroleum/pnp/feedbiofuel  inputs to all biofuels by feedstock, monthly, million lb: EPOOBDSO soybean oil,
                                     EPOOBDCNO corn oil, EPOOBDCO canola oil; +D and +R are the shares of biodiesel
                                     and renewable diesel plants; null is withheld and gives no row
          petroleum/sum/snd          biodiesel (EPOORDB) and renewable diesel (EPOORDO): production (YNP), stocks, trade
          petroleum/pri/spt          WTI and Brent, daily, under the names of the table: WTI_CUSHING_SPOT, BRENT_SPOT
          petroleum/sum/sndw         crude, distillate, gasoline, ethanol of the United States by week
Access    free key (EIA_API_KEY) as a secret parameter; EIA may echo it, and the network layer blots it out
Delay     weekly tables on Wednesday 10:30 New York, a day later after holidays; monthly ones at the end of the second
          month after. Both are taken a little later. Values are revised: vintages
Proven    against recorded bytes of feedbiofuel, spt (its weekly form) and sndw; snd and paging from the documentation
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Rule
from oilseer.raw.payload import json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import EIA_BIOFUELS, EIA_SPOT, EIA_WEEKLY
from oilseer.warehouse.spec import TableSpec

TABLES = (EIA_BIOFUELS, EIA_SPOT, EIA_WEEKLY)
URL = "https://api.eia.gov/v2/"
PAGE = 5000
WEDNESDAY = Rule(plus_days=2, weekday="wednesday", delayed_by_holidays=True, at="13:00")
MONTHLY = Rule(plus_months=2, month_end=True, business_days=3, at="13:00")
SPOT_NAMES = {"RWTC": "WTI_CUSHING_SPOT", "RBRTE": "BRENT_SPOT"}
PERIODS = {"daily": r"\d{4}-\d{2}-\d{2}", "weekly": r"\d{4}-\d{2}-\d{2}", "monthly": r"\d{4}-\d{2}"}
FIELDS = ("period", "duoarea", "product", "process", "series", "value", "units")
UNIT_OF_ENDING = {"MMLB": "MMLB", "MBBL": "MBBL", "MBBLD": "MBBL/D"}  # of names such as M_EPOOBDSO_YIFBP_NUS_MMLB
REMEDY = "compare with https://www.eia.gov/opendata/browser and change eia.QUERIES if EIA changed it for good"


@dataclass(frozen=True)
class Query:
    """One table of EIA: its route, frequency and facets, the units that it may answer in, and where it goes."""

    route: str
    frequency: str
    facets: tuple[tuple[str, str], ...]
    units: tuple[str, ...]
    spec: TableSpec
    rule: Rule


def _each(facet: str, *values: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"facets[{facet}][{place}]", value) for place, value in enumerate(values))


NATION = _each("duoarea", "NUS")
QUERIES = {
    "feedstock": Query("petroleum/pnp/feedbiofuel", "monthly", NATION, ("MMLB",), EIA_BIOFUELS, MONTHLY),
    "production": Query(
        "petroleum/sum/snd", "monthly", NATION + _each("product", "EPOORDB", "EPOORDO"), ("MBBL", "MBBL/D"),
        EIA_BIOFUELS, MONTHLY,
    ),
    "spot": Query("petroleum/pri/spt", "daily", _each("series", *SPOT_NAMES), ("$/BBL",), EIA_SPOT, WEDNESDAY),
    "averages": Query(
        "petroleum/pri/spt", "weekly", _each("series", *SPOT_NAMES), ("$/BBL",), EIA_WEEKLY, WEDNESDAY
    ),
    "weekly": Query(
        "petroleum/sum/sndw", "weekly", NATION + _each("product", "EPC0", "EPD0", "EPM0", "EPOOXE"),
        ("MBBL", "MBBL/D"), EIA_WEEKLY, WEDNESDAY,
    ),
}  # fmt: skip


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Every page of every query; the part is the query and the first row of the page, such as weekly-5000."""
    if not ask.key:
        raise SourceError("eia: found no key, expected EIA_API_KEY; get one free at eia.gov/opendata/register.php")
    for name, query in QUERIES.items():
        if ask.parts and name not in ask.parts:
            continue
        ends = 7 if query.frequency == "monthly" else 10
        asked = {
            "frequency": query.frequency, "data[0]": "value", **dict(query.facets),
            "start": ask.since.isoformat()[:ends], "end": ask.until.isoformat()[:ends],
            "sort[0][column]": "period", "sort[0][direction]": "asc",
            "sort[1][column]": "series", "sort[1][direction]": "asc", "length": str(PAGE),
        }  # fmt: skip
        offset, total = 0, 1
        while offset < total:
            params = asked | {"offset": str(offset)}
            page = http.get(f"{URL}{query.route}/data/", part=f"{name}-{offset}", params=params,
                            secret={"api_key": ask.key})  # fmt: skip
            if page is None:
                return
            yield page
            total = _answer(page, query)[0]
            offset += PAGE


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a series and period in EIA's own unit; withheld values give none. Raises SourceError."""
    name, _, offset = download.part.partition("-")
    query = QUERIES.get(name)
    if query is None or not offset.isdigit():
        raise refuse(download, f"part {download.part!r}", f"{', '.join(QUERIES)} and a row number", "fetch it again")
    total, cells = _answer(download, query)
    wanted = max(min(PAGE, total - int(offset)), 0)
    if len(cells) != wanted:
        raise refuse(download, f"{len(cells)} rows", f"{wanted} of {total} from row {offset}", "fetch it again")
    rows = [row for row in (_row(download, query, cell) for cell in cells) if row is not None]
    schema = {"series_id": pl.String, "observation_date": pl.Date, "product": pl.String, "process": pl.String,
              "area": pl.String, "value": pl.Float64, "unit": pl.String}  # fmt: skip
    frame = once_each(download, pl.DataFrame(rows, schema=schema, orient="row"), ["series_id", "observation_date"])
    if query.spec is EIA_BIOFUELS:
        frame = frame.with_columns(route=pl.lit(query.route))
    kept = [column for column in query.spec.column_names if column in frame.columns]
    return (Rows(query.spec, frame.select(kept), query.rule),)


def _answer(download: Download, query: Query) -> tuple[int, list[object]]:
    """Number of rows of the whole answer, and the rows of this page."""
    body = json_of(download)
    answer = body.get("response") if isinstance(body, dict) else None
    if not isinstance(answer, dict):
        said = body.get("error") if isinstance(body, dict) else None
        raise refuse(download, f"no response, error {said!r}", "an object `response`", "check the key and the facets")
    frequency, cells, total = answer.get("frequency"), answer.get("data"), str(answer.get("total"))
    if frequency != query.frequency or not isinstance(cells, list) or not re.fullmatch(r"\d{1,9}", total):
        found = f"frequency {frequency!r}, total {total[:20]!r}, data {type(cells).__name__}"
        raise refuse(download, found, f"{query.frequency} rows with their total", REMEDY)
    return int(total), cells


def _row(download: Download, query: Query, cell: object) -> tuple[str, date, str, str, str, float, str] | None:
    """One typed row, or None where EIA withholds the value."""
    if not isinstance(cell, dict):
        raise refuse(download, f"a row {str(cell)[:40]!r}", "an object", REMEDY)
    missing = [field for field in FIELDS if field not in cell]
    if missing:
        raise refuse(download, f"a row with {sorted(cell)}", f"also {missing}", REMEDY)
    series, area, product, process, unit = (cell[f] for f in ("series", "duoarea", "product", "process", "units"))
    if not all(isinstance(text, str) and text for text in (series, area, product, process)):
        raise refuse(download, f"series {series!r} of {area!r}, {product!r}, {process!r}", "four codes", REMEDY)
    where = f"{series} of {cell['period']}"
    declared = UNIT_OF_ENDING.get(series.rpartition("_")[2], unit)
    if unit not in query.units or unit != declared:
        expected = declared if declared != unit else " or ".join(query.units)
        raise refuse(download, f"unit {unit!r} of {where}", expected, REMEDY)
    day = _day(download, query, cell["period"], series)
    if query.spec is EIA_SPOT or query.route.endswith("spt"):
        if series not in SPOT_NAMES:
            raise refuse(download, f"series {series}", " or ".join(SPOT_NAMES), REMEDY)
        series = SPOT_NAMES[series] if query.spec is EIA_SPOT else series
    if cell["value"] is None:
        return None
    return series, day, product, process, area, number_of(download, cell["value"], where), unit


def _day(download: Download, query: Query, period: object, series: str) -> date:
    """The day that a period stands for: itself, a Friday of a week, the first of a month."""
    try:
        if not isinstance(period, str) or not re.fullmatch(PERIODS[query.frequency], period):
            raise ValueError
        day = date.fromisoformat(period if len(period) == 10 else f"{period}-01")
    except ValueError:
        raise refuse(download, f"period {period!r} of {series}", f"a {query.frequency} period", REMEDY) from None
    if query.frequency == "weekly" and day.weekday() != 4:
        raise refuse(download, f"week ending {day:%A %Y-%m-%d} of {series}", "a Friday", REMEDY)
    return day
