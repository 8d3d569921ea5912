"""Export sales: what US exporters sold and shipped each week, by country, from USDA's Foreign Agricultural Service.

Endpoint  https://api.fas.usda.gov/api/esr/exports/commodityCode/801/allCountries/marketYear/2026; 801 soybeans,
          901 meal, 902 oil. The year is the one in which the marketing year ends: 2026 is 2025/26. The answer does not
          repeat it, so it stands in the part: soybeans-2026
Access    free key in the header X-Api-Key; without it the pace of exports and China's share are missing
Delay     weeks end on Thursday, public the next Thursday 08:30 New York, a working day later after federal holidays.
          The answer does not record it: `lagged`. What fell into a shutdown counts from the end of the catch-up; of
          the shutdown of 2025 its end is not known to the day, taken as 2026-01-15
Proven    against rows copied from public notes, in which exports and outstanding sales add up to the commitment; the
          code 5700 of China against the documented shape, and checked against the service's own list at every fetch
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from oilseer.errors import SourceError
from oilseer.raw.availability import Hold, Rule
from oilseer.raw.payload import json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs.agriculture import EXPORT_SALES

TABLES = (EXPORT_SALES,)
API = "https://api.fas.usda.gov/api/esr"
CHINA = 5700
RULE = Rule(
    next_weekday="thursday",
    at="08:30",
    delayed_by_holidays=True,
    held=(
        Hold(**{"from": date(2013, 10, 1), "until": date(2013, 10, 31)}, reason="shutdown of the US government"),
        Hold(**{"from": date(2018, 12, 22), "until": date(2019, 3, 7)}, reason="shutdown of the US government"),
        Hold(**{"from": date(2025, 10, 1), "until": date(2026, 1, 15)}, reason="shutdown of the US government"),
    ),
)
LONGEST_SILENCE = timedelta(days=120)  # after which a marketing year that began must have a row
REMEDY = "compare with https://apps.fas.usda.gov/esrquery; if the answer changed, change usda_export_sales.parse"
FIELDS = {  # ours: theirs, and whether it may be below zero
    "weekly_exports_mt": ("weeklyExports", True),
    "accumulated_exports_mt": ("accumulatedExports", False),
    "outstanding_sales_mt": ("outstandingSales", False),
    "gross_new_sales_mt": ("grossNewSales", True),
    "net_sales_mt": ("currentMYNetSales", True),
    "total_commitment_mt": ("currentMYTotalCommitment", False),
    "next_year_outstanding_sales_mt": ("nextMYOutstandingSales", False),
    "next_year_net_sales_mt": ("nextMYNetSales", True),
}
KEYS = {"commodity_code": pl.String, "country_code": pl.String, "market_year": pl.Int32, "observation_date": pl.Date}
SCHEMA = KEYS | dict.fromkeys(FIELDS, pl.Float64)


@dataclass(frozen=True)
class Commodity:
    """Code in the service and the month in which the marketing year begins."""

    code: int
    first_month: int

    def market_year(self, day: date) -> int:
        """The year in which the marketing year of `day` ends."""
        return day.year + (day.month >= self.first_month)

    def begins(self, market_year: int) -> date:
        """First day of a marketing year."""
        return date(market_year - 1, self.first_month, 1)


COMMODITIES = {"soybeans": Commodity(801, 9), "meal": Commodity(901, 10), "oil": Commodity(902, 10)}


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Whole marketing years that touch the ask, all countries at once, the oldest first."""
    if not ask.key:
        raise SourceError(
            "usda_export_sales: found no key, expected USDA_FAS_API_KEY; get one free at api.fas.usda.gov"
        )
    secret = {"X-Api-Key": ask.key}
    _check_china(http.get(f"{API}/countries", part="countries", secret_headers=secret))
    for name, commodity in COMMODITIES.items():
        for year in range(commodity.market_year(ask.since), commodity.market_year(ask.until) + 1):
            part = f"{name}-{year}"
            if ask.parts and part not in ask.parts:
                continue
            url = f"{API}/exports/commodityCode/{commodity.code}/allCountries/marketYear/{year}"
            found = http.get(url, part=part, secret_headers=secret)
            if found is not None:
                yield found


def _check_china(download: Download) -> None:
    """Refuse a list of countries in which our code of China names another."""
    listed = json_of(download)
    lines = listed if isinstance(listed, list) else []
    named = [line.get("countryName") for line in lines if isinstance(line, dict) and line.get("countryCode") == CHINA]
    if len(named) != 1 or not str(named[0]).strip().upper().startswith("CHINA"):
        raise refuse(download, f"{named} with country code {CHINA}", "China", "change the code of China everywhere")


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a country and week, metric tons; no row for a marketing year that has not begun. Raises SourceError."""
    named = re.fullmatch(r"(soybeans|meal|oil)-(\d{4})", download.part)
    if not named:
        raise refuse(download, f"part {download.part!r}", "a part such as soybeans-2026", REMEDY)
    commodity, year = COMMODITIES[named[1]], int(named[2])
    lines = json_of(download)
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise refuse(download, f"{str(lines)[:80]!r}", "a list of weeks", REMEDY)
    if not lines and commodity.begins(year) + LONGEST_SILENCE < download.fetched_at.date():
        raise refuse(download, "no row", f"weeks since {commodity.begins(year)}", REMEDY)
    rows = [_row(download, commodity, year, line) for line in lines]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return (Rows(EXPORT_SALES, once_each(download, frame, ["observation_date", "country_code"]), RULE),)


def _row(download: Download, commodity: Commodity, year: int, line: dict) -> tuple:
    """One country's week; exports so far and outstanding sales must add up to the commitment."""
    week = _week(download, commodity, year, line.get("weekEndingDate"))
    country = line.get("countryCode")
    where = f"country {country} in the week to {week}"
    if line.get("commodityCode") != commodity.code or line.get("unitId") != 1:
        found = f"commodityCode {line.get('commodityCode')!r} and unitId {line.get('unitId')!r} for {where}"
        raise refuse(download, found, f"{commodity.code} and 1 (metric tons)", REMEDY)
    if not isinstance(country, int) or isinstance(country, bool) or not 0 < country < 100_000:
        raise refuse(download, f"countryCode {country!r} in the week to {week}", f"a number such as {CHINA}", REMEDY)
    values = {ours: number_of(download, line.get(name), f"{name} of {where}") for ours, (name, _) in FIELDS.items()}
    below = [FIELDS[ours][0] for ours, value in values.items() if value < 0 and not FIELDS[ours][1]]
    if below:
        raise refuse(download, f"{', '.join(below)} below zero for {where}", "0 or more", REMEDY)
    parts = values["accumulated_exports_mt"] + values["outstanding_sales_mt"]
    if parts != values["total_commitment_mt"]:
        found = (
            f"exports and outstanding sales of {parts:,.0f} and a commitment of {values['total_commitment_mt']:,.0f}"
        )
        raise refuse(download, f"{found} for {where}", "equal sums", REMEDY)
    return str(commodity.code), str(country), year, week, *values.values()


def _week(download: Download, commodity: Commodity, year: int, text: object) -> date:
    """The last day of the week, inside the marketing year that was asked for."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T00:00:00", text) if isinstance(text, str) else None
    try:
        week = date.fromisoformat(found[1]) if found else None
    except ValueError:
        week = None
    first, last = commodity.begins(year), commodity.begins(year + 1) + timedelta(days=10)
    if week is None or not first <= week <= min(last, download.fetched_at.date()):
        raise refuse(download, f"weekEndingDate {text!r}", f"a past day from {first} to {last}", REMEDY)
    return week
