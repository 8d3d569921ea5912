"""USDA's list of WASDE releases and their XML, from history/usda_wasde_soy_vintages.

The XML holds the soybean tables alone, in the layout of May 2025; what the history calls biofuel use is `Biofuel`.
"""

from datetime import date
from xml.sax.saxutils import quoteattr

import polars as pl

from . import Answer, as_json

HOSTS = ("esmis.nal.usda.gov",)
LIST = "/api/v1/release/findByIdentifier/wasde"
FILES = "/sites/default/release-files/"
PAGE = 25
TABLES = (
    ("sr15", "us", None, "U.S. Soybeans and Products Supply and Use (Domestic Measure)  1/", ""),
    ("sr28", "world", "soybeans", "World Soybean Supply and Use  1/", "(Million Metric Tons)"),
    ("sr29", "world", "soybean_meal", "World Soybean Meal Supply and Use  1/", "(Million Metric Tons)"),
    ("sr30", "world", "soybean_oil", "World Soybean Oil Supply and Use  1/", "(Million Metric Tons)"),
)
US_UNITS = {"soybeans": ("Million Bushels", "Million Acres", "Bushels"), "soybean_oil": ("Million Pounds",),
            "soybean_meal": ("Thousand Short Tons",)}  # fmt: skip
PRICES = {"soybeans": "Avg. Farm Price ($/bu)  2/", "soybean_oil": "Avg. Price (c/lb)  2/",
          "soybean_meal": "Avg. Price ($/s.t.)  2/"}  # fmt: skip
LABELS = {
    "area_planted": "Area Planted", "area_harvested": "Area Harvested", "yield": "Yield per Harvested Acre",
    "beginning_stocks": "Beginning\r\nStocks", "production": "Production 4/", "imports": "Imports",
    "supply_total": "    Supply, Total", "crush": "Crushings", "exports": "Exports", "seed": "Seed",
    "residual": "Residual", "use_total": "    Use, Total", "ending_stocks": "Ending\r\nStocks",
    "domestic_use": "Domestic", "biofuel_use": "     Biofuel 3/",
    "food_feed_other_use": "     Food, Feed & other Industrial",
}  # fmt: skip
WORLD_LABELS = LABELS | {"crush": "Domestic\r\nCrush", "domestic_use": "Domestic\r\nTotal"}
STATUS = {"final": "", "estimate": " Est.", "projection": " Proj."}


def respond(request, history):
    """A page of the list, newest first, or the XML of one release."""
    rows = history.rows("history/usda_wasde_soy_vintages", "report_date")
    if request.path == LIST:
        days = sorted(rows["report_date"].unique(), reverse=True)
        page = int(request.query.get("page", "0"))
        results = [
            {"id": f"{day:%Y%m%d}", "title": ["WASDE"], "release_datetime": f"{day}T12:00:00+0000",
             "files": [f"https://{HOSTS[0]}{FILES}{day}/wasde{day:%m%y}.pdf",
                       f"https://{HOSTS[0]}{FILES}{day}/wasde{day:%m%y}.xml"]}
            for day in days[page * PAGE : (page + 1) * PAGE]
        ]  # fmt: skip
        return as_json({"results": results, "pager": {"current_page": page, "total_pages": -(-len(days) // PAGE)}})
    if not request.path.startswith(FILES) or not request.path.endswith(".xml"):
        return None
    day = date.fromisoformat(request.path.removeprefix(FILES)[:10])
    report = rows.filter(pl.col("report_date") == day)
    return None if report.is_empty() else Answer(_xml(report, day).encode("utf-8-sig"), "application/xml")


def _xml(report, day):
    inside = ""
    for name, kind, commodity, title, unit in TABLES:
        told = report.filter(pl.col("table") == kind)
        if commodity is None:
            blocks = [_block(told.filter(pl.col("commodity") == one), day, one) for one in US_UNITS]
        else:
            told = told.filter(pl.col("commodity") == commodity)
            regions = told.partition_by("region", maintain_order=True)
            blocks = [
                f"<g region4={quoteattr(rows['region'][0])}>{_cells(rows, day, WORLD_LABELS)}</g>" for rows in regions
            ]
        inside += (
            f'<{name}><Report Name="{name}" Report_Month="{day:%B %Y}" sub_report_title={quoteattr(title)} '
            f"sub_report_subtitle={quoteattr(unit)}>{''.join(blocks)}</Report></{name}>"
        )
    return f'<?xml version="1.0" encoding="utf-8"?><Report Name="wasde">{inside}</Report>'


def _block(rows, day, commodity):
    units = "".join(f'<Cell m1_unit_descr4="{unit}" />' for unit in US_UNITS[commodity])
    return f"<matrix>{units}{_cells(rows, day, LABELS | {'price': PRICES[commodity]})}</matrix>"


def _cells(rows, day, labels):
    made = ""
    for row in rows.iter_rows(named=True):
        before = f"{date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1):%b}"
        month = {"single": "", "current_month": f"{day:%b}", "previous_month": before}[row["column"]]
        year = row["marketing_year"] + STATUS[row["status"]]
        text = (
            f"{row['value']:,.10g}"
            if row["value_low"] == row["value_high"]
            else f"{row['value_low']:g} - {row['value_high']:g}"
        )
        made += (
            f'<a attribute5={quoteattr(labels[row["attribute"]])} market_year5="{year}" forecast_month5="{month}">'
            f'<Cell cell_value5="{text}" /></a>'
        )
    return made
