"""UN Comtrade, from history/usda_wasde_soy_vintages and history/worldbank_pinksheet_monthly.

No history of China's customs is at hand. A month is a twelfth of the first WASDE figure of the marketing year in which
it lies, from the world alone, at the World Bank's price of the month; two months late.
"""

from datetime import date, timedelta

import polars as pl

from . import as_json

HOSTS = ("comtradeapi.un.org",)
PATHS = ("/public/v1/preview/C/M/HS", "/data/v1/get/C/M/HS")
COMMODITIES = {"1201": ("soybeans", "SOYBEANS"), "1507": ("soybean_oil", "SOYBEAN_OIL")}


def respond(request, history):
    """The world's sales to China in the months asked for; 401 for data without a key."""
    if request.path not in PATHS:
        return None
    headers = {name.lower(): value for name, value in request.headers.items()}
    if request.path == PATHS[1] and not headers.get("ocp-apim-subscription-key"):
        return as_json({"statusCode": 401, "message": "Access denied due to missing subscription key."}, 401)
    rows = [
        row
        for period in request.query["period"].split(",")
        for code in request.query["cmdCode"].split(",")
        for row in _month(history, date(int(period[:4]), int(period[4:]), 1), code)
    ]
    return as_json({"elapsedTime": "0.08 secs", "count": len(rows), "data": rows, "error": ""})


def _month(history, month, code):
    commodity, price_code = COMMODITIES[code]
    prices = history.rows("history/worldbank_pinksheet_monthly", "month").filter(
        (pl.col("month") == month) & (pl.col("code") == price_code)
    )
    begins = month.year if month.month >= 10 else month.year - 1
    told = history.rows("history/usda_wasde_soy_vintages", "report_date").filter(
        (pl.col("table") == "world") & (pl.col("commodity") == commodity) & (pl.col("region") == "China")
        & (pl.col("attribute") == "imports") & (pl.col("marketing_year") == f"{begins}/{(begins + 1) % 100:02d}")
        & (pl.col("column") != "previous_month")
    ).sort("report_date")  # fmt: skip
    if prices.is_empty() or told.is_empty() or month + timedelta(days=92) > history.day:
        return []
    tonnes = round(told["value"][0] * 1e6 / 12)
    return [{
        "typeCode": "C", "freqCode": "M", "refYear": month.year, "refMonth": month.month, "period": f"{month:%Y%m}",
        "reporterCode": 156, "reporterDesc": "China", "flowCode": "M", "partnerCode": 0, "partnerDesc": "World",
        "partner2Code": 0, "classificationCode": "H6", "cmdCode": code, "customsCode": "C00", "mosCode": "0",
        "motCode": 0, "netWgt": tonnes * 1000.0, "primaryValue": round(tonnes * prices["value"][0], 2),
    }]  # fmt: skip
