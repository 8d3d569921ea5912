"""Positions of traders: the CFTC's Commitments of Traders, futures only, disaggregated and legacy.

Endpoint  https://publicreporting.cftc.gov/resource/72hh-3qpy.json (disaggregated) and 6dca-aqww.json (legacy), paged by
          $limit and $offset; whole past years of the disaggregated report from
          https://www.cftc.gov/files/dea/history/fut_disagg_txt_YYYY.zip
Access    keyless
Delay     as of Tuesday, public on Friday 15:30 New York; a working day later for each federal holiday between. Neither
          file records the day: `lagged`. What fell into a shutdown counts from the end of the published catch-up
Proven    disaggregated against rows of the Socrata answer and recorded lines of a yearly text; legacy against the
          recorded answer of its sister, futures and options combined, which has the same fields. Row by row the
          long and the short positions must add up to the open interest
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import polars as pl

from oilseer.raw.availability import Hold, Rule
from oilseer.raw.bodies import members
from oilseer.raw.payload import csv_of, json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import COT_DISAGGREGATED, COT_LEGACY

TABLES = (COT_LEGACY, COT_DISAGGREGATED)
SOCRATA = "https://publicreporting.cftc.gov/resource/"
YEARLY = "https://www.cftc.gov/files/dea/history/fut_disagg_txt_{year}.zip"
DATASETS = {"disaggregated": "72hh-3qpy", "legacy": "6dca-aqww"}
CODES = {
    "007601": "ZL", "005602": "ZS", "026603": "ZM", "002602": "ZC", "001602": "ZW",
    "067651": "CL", "022651": "HO", "111659": "RB", "023651": "NG", "085692": "HG",
}  # fmt: skip
PAGE_ROWS = 2_000
FIRST_YEARLY = 2010
LONGEST_SILENCE = timedelta(days=75)  # the longest shutdown so far kept reports back for 50 days
RULE = Rule(
    weekday="friday",
    at="15:30",
    delayed_by_holidays=True,
    held=(
        Hold(**{"from": date(2013, 10, 1), "until": date(2013, 11, 8)}, reason="shutdown of the US government"),
        Hold(**{"from": date(2018, 12, 22), "until": date(2019, 3, 8)}, reason="shutdown of the US government"),
        Hold(**{"from": date(2023, 2, 1), "until": date(2023, 3, 17)}, reason="outage at a data provider"),
        Hold(**{"from": date(2025, 10, 1), "until": date(2026, 1, 20)}, reason="shutdown of the US government"),
    ),
)
REMEDY = "compare with https://publicreporting.cftc.gov; if the layout changed for good, change cftc_cot.parse"
DATE, CODE, KIND = "report_date_as_yyyy_mm_dd", "cftc_contract_market_code", "futonly_or_combined"
KINDS = {"observation_date": pl.Date, "contract_code": pl.String}

# Field of ours: the names it has in the Socrata answer and in the yearly text, lower case.
_COMMON = {
    "open_interest": ("open_interest_all",),
    "rest_long": ("nonrept_positions_long_all",),
    "rest_short": ("nonrept_positions_short_all",),
}
FIELDS = {
    "disaggregated": _COMMON | {
        "producer_long": ("prod_merc_positions_long", "prod_merc_positions_long_all"),
        "producer_short": ("prod_merc_positions_short", "prod_merc_positions_short_all"),
        "swap_long": ("swap_positions_long_all",),
        "swap_short": ("swap__positions_short_all",),
        "swap_spread": ("swap__positions_spread_all",),
        "managed_money_long": ("m_money_positions_long_all",),
        "managed_money_short": ("m_money_positions_short_all",),
        "managed_money_spread": ("m_money_positions_spread", "m_money_positions_spread_all"),
        "other_long": ("other_rept_positions_long", "other_rept_positions_long_all"),
        "other_short": ("other_rept_positions_short", "other_rept_positions_short_all"),
        "other_spread": ("other_rept_positions_spread", "other_rept_positions_spread_all"),
    },
    "legacy": _COMMON | {
        "noncommercial_long": ("noncomm_positions_long_all",),
        "noncommercial_short": ("noncomm_positions_short_all",),
        "noncommercial_spread": ("noncomm_postions_spread_all", "noncomm_positions_spread_all"),
        "commercial_long": ("comm_positions_long_all",),
        "commercial_short": ("comm_positions_short_all",),
    },
}  # fmt: skip


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Whole past years of the disaggregated report as yearly files, the rest of both reports by page, oldest first."""
    for report in DATASETS:
        if ask.parts and not any(part.startswith(report) for part in ask.parts):
            continue
        start = ask.since
        for year in _past_years(ask) if report == "disaggregated" else ():
            if start < date(year, 1, 1):
                yield from _pages(report, start, date(year - 1, 12, 31), http)
            found = http.get(YEARLY.format(year=year), part=f"{report}-{year}", missing=(404,))
            if found is not None:
                yield found
            else:
                yield from _pages(report, date(year, 1, 1), date(year, 12, 31), http)
            start = date(year + 1, 1, 1)
        if start <= ask.until:
            yield from _pages(report, start, ask.until, http)


def _past_years(ask: Ask) -> list[int]:
    """Years that are over, lie wholly in the ask, and have a yearly file."""
    years = range(max(ask.since.year, FIRST_YEARLY), ask.now.year)
    return [year for year in years if ask.since <= date(year, 1, 1) and date(year, 12, 31) <= ask.until]


def _pages(report: str, start: date, end: date, http: Http) -> Iterator[Download]:
    """Pages of one report for observation dates start to end."""
    codes = ", ".join(f"'{code}'" for code in CODES)
    where = f"{CODE} in({codes}) AND {DATE} between '{start}T00:00:00' and '{end}T00:00:00'"
    for page in range(1_000):
        params = {"$where": where, "$order": f"{DATE}, {CODE}", "$limit": str(PAGE_ROWS),
                  "$offset": str(page * PAGE_ROWS)}  # fmt: skip
        found = http.get(f"{SOCRATA}{DATASETS[report]}.json", part=f"{report}-from-{start}-page-{page}", params=params)
        count = len(_listed(found))
        if count == 0 and page == 0 and end - start > LONGEST_SILENCE:
            raise refuse(found, "no row", f"weekly reports from {start} to {end}", REMEDY)
        if count or page == 0:
            yield found
        if count < PAGE_ROWS:
            return


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a contract and report date, contracts. Raises SourceError where positions do not add up."""
    report = download.part.split("-")[0]
    if report not in FIELDS:
        raise refuse(download, f"part {download.part!r}", f"a part that begins with {' or '.join(FIELDS)}", REMEDY)
    spec = COT_LEGACY if report == "legacy" else COT_DISAGGREGATED
    yearly = re.fullmatch(r"disaggregated-\d{4}", download.part) is not None
    lines = _of_year(download) if yearly else _listed(download)
    names = _names(download, report, lines) if lines else {}
    fields = [name for name in spec.column_names if name in (*FIELDS[report], "contract_code", "observation_date")]
    rows = pl.DataFrame(
        [{name: row[name] for name in fields} for row in (_row(download, line, names) for line in lines)],
        schema={name: KINDS.get(name, pl.Int64) for name in fields},
    )
    return (Rows(spec, once_each(download, rows, ["observation_date", "contract_code"]), RULE),)


def _listed(download: Download) -> list[dict[str, str]]:
    """The rows of a Socrata page."""
    page = json_of(download)
    if not isinstance(page, list) or not all(isinstance(line, dict) for line in page):
        raise refuse(download, f"{str(page)[:80]!r}", "a list of rows", REMEDY)
    return page


def _of_year(download: Download) -> list[dict[str, str]]:
    """The rows of our contracts in a yearly text, zipped or not, with the names of the Socrata answer."""
    text = download
    if download.body.startswith(b"PK"):
        inside = list(members(download.body, f"{download.source}: part {download.part}"))
        if len(inside) != 1:
            raise refuse(download, f"{len(inside)} files in the archive", "one text", REMEDY)
        text = Download(download.source, download.part, f"{download.url}#{inside[0][0]}", inside[0][1],
                        download.fetched_at)  # fmt: skip
    rows = [
        {name.lower().replace("-", "_"): cell for name, cell in row.items()}
        for row in csv_of(text, ("CFTC_Contract_Market_Code", "Report_Date_as_YYYY-MM-DD"), remedy=REMEDY)
        if row["CFTC_Contract_Market_Code"] in CODES
    ]
    if not any(row[CODE] == "007601" for row in rows):
        raise refuse(text, f"{len(rows)} rows, none with code 007601", "soybean oil (code as text)", REMEDY)
    return rows


def _names(download: Download, report: str, lines: list[dict]) -> dict[str, str]:
    """Name in the delivery by field of ours; a field that no row has was renamed or dropped."""
    given = set().union(*lines)
    names = {}
    for field, candidates in (FIELDS[report] | {DATE: (DATE,), CODE: (CODE,), KIND: (KIND,)}).items():
        there = [name for name in candidates if name in given]
        if len(there) != 1:
            raise refuse(
                download, f"{len(there)} of the columns {list(candidates)} among {len(given)}", "one of them", REMEDY
            )
        names[field] = there[0]
    return {field: names[field] for field in FIELDS[report]}


def _row(download: Download, line: dict, names: dict[str, str]) -> dict:
    """Date, code and positions of one row by field of ours."""
    code, day = line.get(CODE), _day(download, line.get(DATE))
    where = f"{code!r} on {day}"
    if not isinstance(code, str) or not re.fullmatch(r"[0-9A-Z+]{6}", code.strip()):
        raise refuse(download, f"{CODE} {where}", "six characters as text, such as '007601'", REMEDY)
    if line.get(KIND) != "FutOnly":
        raise refuse(download, f"{KIND} {line.get(KIND)!r} for {where}", "'FutOnly'", "ask for the futures-only report")
    counts = {field: _count(download, line.get(name), f"{name} of {where}") for field, name in names.items()}
    if counts["open_interest"] is None:
        raise refuse(download, f"no open interest for {where}", "a count", REMEDY)
    for side in ("long", "short"):
        parts = [count for field, count in counts.items() if field.endswith((side, "spread"))]
        if None not in parts and sum(parts) != counts["open_interest"]:
            found = f"{side} positions of {sum(parts):,} and open interest of {counts['open_interest']:,} for {where}"
            raise refuse(download, found, "equal sums", REMEDY)
    return {"observation_date": day, "contract_code": code.strip()} | counts


def _day(download: Download, text: object) -> date:
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(T00:00:00(\.000)?)?", text) if isinstance(text, str) else None
    try:
        day = date.fromisoformat(found[1]) if found else None
    except ValueError:
        day = None
    if day is None or not date(1986, 1, 1) <= day <= download.fetched_at.date():
        raise refuse(download, f"{DATE} {text!r}", "a past day such as 2026-09-29T00:00:00.000", REMEDY)
    return day


def _count(download: Download, given: object, where: str) -> int | None:
    """Contracts; None where the field is absent, which is how Socrata writes null, or blank."""
    if given is None or given == "":
        return None
    value = number_of(download, given, where, REMEDY)
    if value < 0 or value != int(value):
        raise refuse(download, f"{given!r} for {where}", "a whole number of contracts, 0 or more", REMEDY)
    return int(value)
