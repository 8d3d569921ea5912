"""Supply and demand: every release of USDA's WASDE, soybeans, oil and meal, for the United States and the world.

Endpoint  https://esmis.nal.usda.gov/api/v1/release/findByIdentifier/wasde?page=N lists the releases, 25 a page, with
          their day and files; the report is the XML among them (since July 2010)
Access    keyless
Delay     on the day of release, 12:00 New York: `vintage`. The XML itself names only the month, so the day stands in
          the part: report-2025-05-12. A corrected file (v2 and so on) is kept beside the first one. Its own time is
          not recorded: it counts from when we saw it, of an older release from seven days after
Proven    tables sr15 and sr30 of May 2025 against recorded bytes, equal to an independent history of the report; the
          list of releases against public descriptions only. The XML of 2010 and 2015 has a namespace and is read alike
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import groupby
from xml.etree.ElementTree import Element

import polars as pl
from defusedxml import DefusedXmlException
from defusedxml import ElementTree as xml

from oilseer.errors import SourceError
from oilseer.raw.availability import Rule, published
from oilseer.raw.payload import json_of, number_of, once_each, refuse, text_of
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import WASDE

TABLES = (WASDE,)
RELEASES = "https://esmis.nal.usda.gov/api/v1/release/findByIdentifier/wasde"
FIRST_XML = date(2010, 7, 9)
NOON = Rule(at="12:00")
CORRECTED_AFTER = timedelta(days=7)
PART = re.compile(r"report-(\d{4}-\d\d-\d\d)(-v\d)?(-sr\d\d)?")
REMEDY = "compare with the PDF of the report; if the layout changed for good, change usda_wasde.parse"

US_TITLE = "u.s. soybeans and products supply and use"
WORLD_TITLES = {
    "world soybean supply and use": "soybeans",
    "world soybean meal supply and use": "soybean_meal",
    "world soybean oil supply and use": "soybean_oil",
}
US_UNITS = {  # the unit that names a block of the United States' table, as in the XML and as in our table
    "million bushels": ("soybeans", "million bushels"),
    "million pounds": ("soybean_oil", "million pounds"),
    "thousand short tons": ("soybean_meal", "thousand short tons"),
}
WORLD_UNIT = "million metric tons"
_BALANCE = {
    "beginning stocks": "beginning_stocks",
    "production": "production",
    "imports": "imports",
    "exports": "exports",
    "ending stocks": "ending_stocks",
}
_US_BALANCE = _BALANCE | {"supply, total": "supply_total", "use, total": "use_total"}
_DOMESTIC = dict.fromkeys(("domestic", "domestic use", "domestic disappearance"), "domestic_use")
_BIOFUEL = dict.fromkeys(("methyl ester", "biodiesel", "biofuel"), "biofuel_use")  # one row, twice renamed
LABELS = {  # table and commodity: our attribute by the label, without footnotes, in lower case
    ("us", "soybeans"): _US_BALANCE | {
        "area planted": "area_planted", "area harvested": "area_harvested", "yield per harvested acre": "yield",
        "crushings": "crush", "seed": "seed", "residual": "residual", "avg. farm price ($/bu)": "price",
    },
    ("us", "soybean_oil"): _US_BALANCE | _DOMESTIC | _BIOFUEL | {
        "food, feed & other industrial": "food_feed_other_use", "avg. price (c/lb)": "price",
    },
    ("us", "soybean_meal"): _US_BALANCE | _DOMESTIC | {"avg. price ($/s.t.)": "price"},
    ("world", "soybeans"): _BALANCE | {"domestic crush": "crush", "domestic total": "domestic_use"},
    ("world", "soybean_oil"): _BALANCE | {"domestic total": "domestic_use"},
    ("world", "soybean_meal"): _BALANCE | {"domestic total": "domestic_use"},
}  # fmt: skip
LATER = ("biofuel_use", "food_feed_other_use")  # rows that the first reports do not have
OWN_UNITS = {"area_planted": "million acres", "area_harvested": "million acres", "yield": "bu/acre"}
PRICE_UNITS = {"soybeans": "USD/bu", "soybean_oil": "US cents/lb", "soybean_meal": "USD/short ton"}
STATUS = {"": "final", "est.": "estimate", "proj.": "projection"}
COLUMNS = (
    "table_kind",
    "commodity",
    "region",
    "attribute",
    "marketing_year",
    "report_column",
    "status",
    "value",
    "unit",
)
SCHEMA = dict.fromkeys(COLUMNS, pl.String) | {"value": pl.Float64}
KEY = COLUMNS[:6]


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The XML of every release in the ask, oldest first. Raises SourceError where a release has none."""
    reports = sorted(set(_releases(ask, http)))
    for day, same_day in groupby(reports, key=lambda report: report[0]):
        files = [(version, url) for _, version, url in same_day if url]
        if not files:
            raise SourceError(
                f"usda_wasde: part report-{day} ({RELEASES}): found no XML among the release's files, expected one; "
                "look at the release's page: the file may come later, or the format was given up"
            )
        for version, url in files:
            part = f"report-{day}{version}"
            if ask.parts and part not in ask.parts:
                continue
            found = http.get(url, part=part)
            if found is not None:
                yield found


def _releases(ask: Ask, http: Http) -> Iterator[tuple[date, str, str]]:
    """Day, version ("" or "-v2") and address of the XML (or "") of each release in the ask."""
    for page in range(1_000):
        listed = http.get(RELEASES, part=f"releases-{page}", params={"page": str(page)})
        answer = json_of(listed)
        results = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(results, list) or (page == 0 and not results):
            raise refuse(listed, f"{str(answer)[:80]!r}", "releases under `results`", REMEDY)
        days = []
        for release in results:
            day, files = _release(listed, release)
            days.append(day)
            if max(ask.since, FIRST_XML) <= day <= ask.until:
                reports = [url for url in files if url.lower().split("?")[0].endswith(".xml")]
                for url in reports or [""]:
                    version = re.search(r"v(\d)\.xml$", url.lower())
                    yield day, f"-v{version[1]}" if version else "", url
        pages = (answer.get("pager") or {}).get("total_pages") if isinstance(answer.get("pager"), dict) else None
        # The list runs from new to old, with a few strays: a page wholly before the ask ends the search.
        if not results or max(days) < ask.since or (pages is not None and page + 1 >= int(pages)):
            return


def _release(listed: Download, release: object) -> tuple[date, list[str]]:
    """Day and files of one release of the list."""
    try:
        day = date.fromisoformat(release["release_datetime"][:10])
        files = release["files"] or []
        if not all(isinstance(url, str) and url.startswith("https://") for url in files):
            raise ValueError
    except (TypeError, KeyError, ValueError):
        found = f"release {str(release)[:120]!r}"
        raise refuse(listed, found, "release_datetime and a list of https files", REMEDY) from None
    return day, files


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a table, commodity, region, attribute, marketing year and column. Raises SourceError.

    A range becomes its midpoint, NA is left out. A whole report must hold all six tables; a part that ends in a
    table's name, such as report-2025-05-12-sr30, is an extract and may hold one.
    """
    day, extract = _part(download)
    found: list[tuple] = []
    for report in _sub_reports(download, day):
        title = _plain(report.get("sub_report_title", ""))
        if title.startswith(US_TITLE):
            found += _us_rows(download, report)
        elif title in WORLD_TITLES:
            found += _world_rows(download, report, WORLD_TITLES[title])
    there = {row[:2] for row in found}
    wanted = set(LABELS)
    if not there or (not extract and there != wanted):
        absent = ", ".join(sorted("/".join(table) for table in wanted - there))
        raise refuse(download, f"no {absent}", "the soybean tables of a WASDE", REMEDY)
    frame = pl.DataFrame(found, schema=SCHEMA, orient="row")
    _check_whole(download, frame)
    frame = once_each(download, frame, KEY)
    known = pl.lit(_known_at(download, day), pl.Datetime("us", "UTC"))
    return (Rows(WASDE, frame.with_columns(observation_date=pl.lit(day), available_at=known)),)


def _part(download: Download) -> tuple[date, bool]:
    """Day of release, and whether the download is an extract of one table."""
    named = PART.fullmatch(download.part)
    try:
        return date.fromisoformat(named[1]), bool(named[3])
    except (TypeError, ValueError):
        raise refuse(download, f"part {download.part!r}", "a part such as report-2025-05-12", REMEDY) from None


def _known_at(download: Download, day: date) -> datetime:
    """Noon of the release; of a corrected file the first instant at which it was surely there."""
    noon = published(NOON, pl.Series([day]))[0]
    if not PART.fullmatch(download.part)[2]:
        return noon
    return max(noon, min(download.fetched_at, noon + CORRECTED_AFTER))


def _sub_reports(download: Download, day: date) -> list[Element]:
    """The report's tables, each checked to be of the month of `day`."""
    try:
        root = xml.fromstring(text_of(download), forbid_dtd=True)
    except (xml.ParseError, DefusedXmlException, ValueError) as error:
        found = f"no well-formed XML ({error})" if str(error) else f"XML with {type(error).__name__}"
        raise refuse(
            download, found, f"whole XML of {len(download.body)} bytes without a DTD", "fetch it again"
        ) from None
    tables = [element for element in root.iter() if "sub_report_title" in element.attrib]
    for table in tables:
        if table.get("Report_Month", "").split() != [f"{day:%B}", f"{day.year}"]:
            found = f"Report_Month {table.get('Report_Month')!r} in a release of {day}"
            raise refuse(download, found, f"{day:%B %Y}", "check which report lies behind the address")
    return tables


def _cells(element: Element, context: dict[str, str]) -> Iterator[tuple[dict[str, str], str]]:
    """Labels and text of every value below `element`. The numbers at the end of names differ from table to table."""
    left = [(element, context)]
    while left:
        element, outer = left.pop()
        inner = outer | {re.sub(r"\d+$", "", name): text for name, text in element.attrib.items()}
        for name, text in element.attrib.items():
            if re.fullmatch(r"cell_value\d*", name):
                yield inner, text
        left.extend((child, inner) for child in element)


def _us_rows(download: Download, report: Element) -> Iterator[tuple]:
    """Rows of the United States' table; each block is known by its unit."""
    for block in report:
        values = list(_cells(block, {}))
        if not values:
            continue
        words = {" ".join(text.lower().split()) for element in block.iter() for text in element.attrib.values()}
        named = [known for unit, known in US_UNITS.items() if unit in words]
        if len(named) != 1:
            found = f"{len(named)} of the units {list(US_UNITS)} in block {block.tag!r}"
            raise refuse(download, found, "exactly one", REMEDY)
        commodity, unit = named[0]
        if commodity == "soybeans" and not {"million acres", "bushels"} <= words:
            raise refuse(download, "soybeans without million acres and bushels", "both as units", REMEDY)
        for labels, text in values:
            attribute = _attribute(download, "us", commodity, labels)
            own = PRICE_UNITS[commodity] if attribute == "price" else OWN_UNITS.get(attribute, unit)
            yield from _row(download, "us", commodity, "United States", attribute, labels, text, own)


def _world_rows(download: Download, report: Element, commodity: str) -> Iterator[tuple]:
    """Rows of one table of the world."""
    unit = _plain(report.get("sub_report_subtitle", "")).strip("()")
    if unit != WORLD_UNIT:
        raise refuse(download, f"unit {unit!r} of {commodity} in the world", f"{WORLD_UNIT!r}", REMEDY)
    for labels, text in _cells(report, {}):
        region = _unmarked(labels.get("region", ""))
        if not region:
            raise refuse(download, f"value {text!r} of {commodity} without a region", "a region", REMEDY)
        attribute = _attribute(download, "world", commodity, labels)
        yield from _row(download, "world", commodity, region, attribute, labels, text, WORLD_UNIT)


def _attribute(download: Download, table: str, commodity: str, labels: dict[str, str]) -> str:
    label = _plain(labels.get("attribute", ""))
    if label not in LABELS[table, commodity]:
        found = f"line {label!r} of {commodity} in table {table}"
        raise refuse(download, found, f"one of {sorted(LABELS[table, commodity])}", REMEDY)
    return LABELS[table, commodity][label]


def _row(
    download: Download, table: str, commodity: str, region: str, attribute: str, labels: dict, text: str, unit: str
) -> Iterator[tuple]:
    """The row of one value; none where the report says NA."""
    where = f"{attribute} of {commodity} in {region}"
    value = _value(download, text, where)
    if value is None:
        return
    named = labels.get("market_year") or labels.get("region_header") or ""
    year = re.fullmatch(r"(\d{4}/\d\d)\s*(est\.|proj\.)?", _plain(named))
    if not year or (int(year[1][:4]) + 1) % 100 != int(year[1][5:]):
        raise refuse(download, f"marketing year {named!r} for {where}", "such as '2025/26 Proj.'", REMEDY)
    month = labels.get("forecast_month", "").strip().lower()
    now = f"{_part(download)[0]:%b}".lower()
    if not month and year[2] == "proj.":  # it would pass for the one value of a table without months
        raise refuse(download, f"projection {named!r} without forecast_month for {where}", "its month", REMEDY)
    column = "single" if not month else "current_month" if month[:3] == now else "previous_month"
    yield table, commodity, region, attribute, year[1], column, STATUS[year[2] or ""], value, unit


def _value(download: Download, text: str, where: str) -> float | None:
    """`4,162`, `83.5 *` and `41,525 3/` as numbers, `9.00 - 10.00` as its midpoint, None for NA."""
    bare = re.sub(r"\s+\d+/$", "", text.strip()).rstrip("* ")
    if bare in ("", "NA", "N/A", "--"):
        return None
    ends = [number_of(download, _ungrouped(end), where, REMEDY) for end in re.split(r"\s+-\s+", bare)]
    if len(ends) > 2 or ends != sorted(ends):
        raise refuse(download, f"{text!r} for {where}", "a number or a range from low to high", REMEDY)
    return ends[0] if len(ends) == 1 else (ends[0] + ends[1]) / 2


def _ungrouped(text: str) -> str:
    """Without the commas of thousands, where they stand where they belong."""
    return text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text


def _plain(label: str) -> str:
    """Lower case, one space between words, no footnotes such as 2/."""
    return _unmarked(label).lower()


def _unmarked(label: str) -> str:
    """One space between words, no footnotes such as 2/; a marketing year such as 2023/24 stays."""
    return " ".join(re.sub(r"(^|\s)\d{1,2}/(?=\s|$)", " ", label).split())


def _check_whole(download: Download, frame: pl.DataFrame) -> None:
    """Every column of every region holds every line that its table has; nothing is partly told."""
    for (table, commodity, region, year, column), rows in frame.group_by(
        "table_kind", "commodity", "region", "marketing_year", "report_column"
    ):
        absent = set(LABELS[table, commodity].values()) - set(LATER) - set(rows["attribute"])
        if absent:
            found = f"no {', '.join(sorted(absent))} of {commodity} in {region} for {year}, {column}"
            raise refuse(download, found, "every line of the table", REMEDY)
