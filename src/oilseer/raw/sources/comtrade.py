"""China's imports of soybeans and soybean oil by country of origin, from UN Comtrade.

Endpoint  https://comtradeapi.un.org/data/v1/get/C/M/HS with a key, a year of months a request; without one
          https://comtradeapi.un.org/public/v1/preview/C/M/HS, one month a request and 500 rows an answer
Access    free key in the header Ocp-Apim-Subscription-Key; without it the preview, which is enough for two commodities
Delay     China reports months late and revises; the answer does not record when. Monthly figures count from the end of
          the third month after, annual ones from the end of the next June: `lagged`, late rather than early
Proven    the envelope and every field against recorded bytes (annual totals of China's trade with Argentina and
          Germany); monthly answers for 1201 and 1507 against the documentation only
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from oilseer.raw.availability import Rule
from oilseer.raw.payload import json_of, number_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs.agriculture import COMTRADE_IMPORTS

TABLES = (COMTRADE_IMPORTS,)
KEYED = "https://comtradeapi.un.org/data/v1/get/C/M/HS"
PREVIEW = "https://comtradeapi.un.org/public/v1/preview/C/M/HS"
PREVIEW_ROWS, KEYED_ROWS = 500, 100_000  # an answer with as many was cut
RULES = {
    "monthly": Rule(plus_months=3, month_end=True, at="12:00", zone="UTC"),
    "annual": Rule(plus_months=17, month_end=True, at="12:00", zone="UTC"),
}
QUERY = {
    "reporterCode": "156", "cmdCode": "1201,1507", "flowCode": "M", "partner2Code": "0", "customsCode": "C00",
    "motCode": "0", "includeDesc": "true",
}  # fmt: skip
WHOLE = {"partner2Code": 0, "customsCode": "C00", "mosCode": "0", "motCode": 0}  # not a part of the flow
SCHEMA = {
    "reporter_code": pl.String, "partner_code": pl.String, "partner": pl.String, "commodity_code": pl.String,
    "frequency": pl.String, "net_weight_kg": pl.Float64, "value_usd": pl.Float64, "observation_date": pl.Date,
}  # fmt: skip
KEY = ["reporter_code", "partner_code", "commodity_code", "frequency", "observation_date"]
REMEDY = "compare with https://comtradeplus.un.org; if the answer changed for good, change comtrade.parse"


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The months of the ask, oldest first: a calendar year a request with a key, else a month a request."""
    months = [f"{year}{month:02d}" for year in range(ask.since.year, ask.until.year + 1) for month in range(1, 13)
              if f"{ask.since:%Y%m}" <= f"{year}{month:02d}" <= f"{ask.until:%Y%m}"]  # fmt: skip
    years = sorted({month[:4] for month in months}) if ask.key else ()
    asked = [[month for month in months if month.startswith(year)] for year in years] or [[month] for month in months]
    for some in asked:
        part = f"imports-{some[0]}" if len(some) == 1 else f"imports-{some[0]}-{some[-1]}"
        if ask.parts and part not in ask.parts:
            continue
        secret = {"Ocp-Apim-Subscription-Key": ask.key} if ask.key else None
        found = http.get(KEYED if ask.key else PREVIEW, part=part, params=QUERY | {"period": ",".join(some)},
                         secret_headers=secret)  # fmt: skip
        if found is not None:
            yield found


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a reporter, partner, commodity and period; exports and parts of a flow are left out.

    An empty frame where China has not reported yet. Raises SourceError, also for an answer that was cut.
    """
    answer = json_of(download)
    lines = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(lines, list) or answer.get("error") or not all(isinstance(line, dict) for line in lines):
        raise refuse(download, f"{str(answer)[:120]!r}", "rows under `data` and no error", REMEDY)
    if answer.get("count") != len(lines) or len(lines) in (PREVIEW_ROWS, KEYED_ROWS):
        found = f"{len(lines)} rows and a count of {answer.get('count')!r}"
        raise refuse(download, found, f"equal numbers, not {PREVIEW_ROWS}", "ask for fewer months or commodities")
    rows = [_row(download, line) for line in lines if _is_whole_import(download, line)]
    frame = once_each(download, pl.DataFrame(rows, schema=SCHEMA, orient="row"), KEY)
    made = [Rows(COMTRADE_IMPORTS, frame.filter(frequency=name), rule) for name, rule in RULES.items()]
    return tuple(rows for rows in made if not rows.frame.is_empty()) or (made[0],)


def _is_whole_import(download: Download, line: dict) -> bool:
    """Whether a row is an import by all ways and customs procedures together."""
    absent = [name for name in ("flowCode", *WHOLE) if name not in line]
    if absent:
        raise refuse(download, f"a row without {absent}", "all of them", REMEDY)
    return line["flowCode"] == "M" and all(line[name] == value for name, value in WHOLE.items())


def _row(download: Download, line: dict) -> tuple:
    """One typed row; a weight may be missing, a value may not."""
    period, frequency = _period(download, line)
    partner, commodity = line.get("partnerCode"), line.get("cmdCode")
    where = f"{commodity!r} from {partner!r} in {line.get('period')}"
    for code in ("reporterCode", "partnerCode"):
        if not isinstance(line.get(code), int) or isinstance(line.get(code), bool):
            raise refuse(download, f"{code} {line.get(code)!r}", "a number such as 156", REMEDY)
    if not isinstance(commodity, str) or not commodity:
        raise refuse(download, f"cmdCode {commodity!r}", "text such as '1201'", REMEDY)
    if "netWgt" not in line:
        raise refuse(download, f"no netWgt for {where}", "kilograms or null", REMEDY)
    weight = None if line["netWgt"] is None else number_of(download, line["netWgt"], f"netWgt of {where}", REMEDY)
    value = number_of(download, line.get("primaryValue"), f"primaryValue of {where}", REMEDY)
    if value < 0 or (weight is not None and weight < 0):
        raise refuse(download, f"value {value:g} and weight {weight} for {where}", "0 or more", REMEDY)
    # A weight of 0 kg beside a value is how some reporters write that they do not tell it.
    weight = None if weight == 0 and value > 0 else weight
    name = line.get("partnerDesc") if isinstance(line.get("partnerDesc"), str) else None
    return str(line["reporterCode"]), str(partner), name, commodity, frequency, weight, value, period


def _period(download: Download, line: dict) -> tuple[date, str]:
    """First day and frequency; an annual row has refMonth 52, and its period is the year alone."""
    text, year, month = str(line.get("period")), line.get("refYear"), line.get("refMonth")
    kind = line.get("freqCode")
    whole = kind == "A" and month == 52 and text == str(year)
    monthly = kind == "M" and isinstance(month, int) and 1 <= month <= 12 and text == f"{year}{month:02d}"
    if not isinstance(year, int) or not 1960 <= year <= download.fetched_at.year or not (whole or monthly):
        found = f"freqCode {kind!r}, refYear {year!r}, refMonth {month!r} and period {line.get('period')!r}"
        raise refuse(download, found, "such as 'M', 2026, 5 and '202605', past and in accord", REMEDY)
    start = date(year, 1 if whole else month, 1)
    if start > download.fetched_at.date():
        raise refuse(download, f"period {text!r}", "a past one", REMEDY)
    return start, "annual" if whole else "monthly"
