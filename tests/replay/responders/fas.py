"""USDA FAS: PSD's file and the export sales API, both made from history/usda_wasde_soy_vintages.

No history of either is at hand. PSD is the newest figure of each marketing year for four countries and the month of
the report that told it; palm, rapeseed and sunflower oil are one line of nothing, for the file must name them. Export
sales spread the first WASDE figure of a marketing year evenly over its weeks: its sums hold, its pace is not the
market's.
"""

import io
import re
import zipfile
from datetime import date, timedelta

import polars as pl

from . import Answer, as_json

HOSTS = ("api.fas.usda.gov", "apps.fas.usda.gov")
CODES = {"soybeans": ("2222000", "Oilseed, Soybean"), "soybean_meal": ("0813100", "Meal, Soybean"),
         "soybean_oil": ("4232000", "Oil, Soybean")}  # fmt: skip
OTHERS = (("4243000", "Oil, Palm"), ("4239100", "Oil, Rapeseed"), ("4236000", "Oil, Sunflowerseed"))
COUNTRIES = {"United States": "US", "Brazil": "BR", "Argentina": "AR", "China": "CH"}
ATTRIBUTES = {
    "crush": ("007", "Crush"), "beginning_stocks": ("020", "Beginning Stocks"), "production": ("028", "Production"),
    "imports": ("057", "Imports"), "exports": ("088", "Exports"), "domestic_use": ("125", "Domestic Consumption"),
    "ending_stocks": ("176", "Ending Stocks"),
}  # fmt: skip
HEADER = ("Commodity_Code,Commodity_Description,Country_Code,Country_Name,Market_Year,Calendar_Year,Month,Attribute_ID,"
          "Attribute_Description,Unit_ID,Unit_Description,Value\n")  # fmt: skip
SALES = {"801": ("soybeans", 9, 27_215.5), "901": ("soybean_meal", 10, 907.185), "902": ("soybean_oil", 10, 453.592)}
CHINA, MEXICO = 5700, 2010


def respond(request, history):
    """PSD's archive, the list of countries, or a marketing year of export sales; 403 without a key."""
    reports = history.rows("history/usda_wasde_soy_vintages", "report_date")
    if request.host == "apps.fas.usda.gov":
        found = request.path == "/psdonline/downloads/psd_oilseeds_csv.zip"
        return Answer(_psd(reports), "application/x-zip-compressed") if found else None
    if not {name.lower(): value for name, value in request.headers.items()}.get("x-api-key"):
        return as_json({"error": {"code": "API_KEY_MISSING"}}, 403)
    if request.path == "/api/esr/countries":
        return as_json([{"countryCode": CHINA, "countryName": "CHINA  ", "regionId": 7},
                        {"countryCode": MEXICO, "countryName": "MEXICO ", "regionId": 2}])  # fmt: skip
    asked = re.fullmatch(r"/api/esr/exports/commodityCode/(\d+)/allCountries/marketYear/(\d{4})", request.path)
    return as_json(_sales(reports, asked[1], int(asked[2]), history.day)) if asked and asked[1] in SALES else None


def _psd(reports):
    newest = (
        reports.filter((pl.col("table") == "world") & pl.col("region").is_in(list(COUNTRIES)))
        .filter(pl.col("column") != "previous_month")
        .sort("report_date")
        .group_by("commodity", "region", "attribute", "marketing_year", maintain_order=True)
        .last()
    )
    lines = [HEADER]
    for row in newest.sort("commodity", "region", "attribute", "marketing_year").iter_rows(named=True):
        (code, name), (number, attribute) = CODES[row["commodity"]], ATTRIBUTES[row["attribute"]]
        told = row["report_date"]
        lines.append(f'{code},"{name}",{COUNTRIES[row["region"]]},{row["region"]},{row["marketing_year"][:4]},'
                     f"{told:%Y},{told:%m},{number},{attribute},08,(1000 MT),{row['value'] * 1000:.4f}\n")  # fmt: skip
    for code, name in OTHERS:
        lines.append(f'{code},"{name}",AG,Algeria,1965,2006,06,028,Production,08,(1000 MT),0.0000\n')
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("psd_oilseeds.csv"), "".join(lines))
    return packed.getvalue()


def _sales(reports, code, year, day):
    commodity, month, tonnes = SALES[code]
    told = reports.filter(
        (pl.col("table") == "us") & (pl.col("commodity") == commodity) & (pl.col("attribute") == "exports")
        & (pl.col("marketing_year") == f"{year - 1}/{year % 100:02d}") & (pl.col("column") != "previous_month")
    ).sort("report_date")  # fmt: skip
    first = date(year - 1, month, 1)
    weeks = [first + timedelta(days=(3 - first.weekday()) % 7 + 7 * n) for n in range(52)]
    public = [week for week in weeks if week + timedelta(days=7) <= day]
    if told.is_empty():
        return []
    total = told["value"][0] * tonnes
    shares = ((CHINA, 0.5), (MEXICO, 0.5)) if code == "801" else ((MEXICO, 1.0),)
    rows = []
    for n, week in enumerate(public, start=1):
        for country, share in shares:
            weekly = int(total * share / 52)
            left = int(total * share * 0.2 * (1 - n / 52))
            rows.append({
                "commodityCode": int(code), "countryCode": country, "weeklyExports": weekly,
                "accumulatedExports": weekly * n, "outstandingSales": left, "grossNewSales": weekly,
                "currentMYNetSales": weekly, "currentMYTotalCommitment": weekly * n + left,
                "nextMYOutstandingSales": 0, "nextMYNetSales": 0, "unitId": 1,
                "weekEndingDate": f"{week}T00:00:00",
            })  # fmt: skip
    return rows
