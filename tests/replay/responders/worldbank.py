"""The World Bank's page and its Pink Sheet, from history/worldbank_pinksheet_monthly, as known on the day."""

import sys
from pathlib import Path

import polars as pl

from oilseer.raw.availability import Rule, published

from . import Answer

sys.path.insert(0, str(Path(__file__).parents[2] / "raw" / "sources"))

from workbooks import workbook

HOSTS = ("www.worldbank.org", "thedocs.worldbank.org")
PATH = "/en/doc/replay-0050012025/related/CMO-Historical-Data-Monthly.xlsx"
RULE = Rule(month_end=True, business_days=2, at="17:00")


def respond(request, history):
    """The page with the link, or the workbook behind it."""
    if request.path == "/en/research/commodity-markets":
        return Answer(
            f'<html><a href="https://thedocs.worldbank.org{PATH}">Monthly prices</a></html>'.encode(), "text/html"
        )
    if request.path != PATH:
        return None
    rows = history.rows("history/worldbank_pinksheet_monthly", "month")
    rows = rows.filter(published(RULE, rows["month"]).dt.date() <= history.day)
    series = rows.unique("code", maintain_order=True).sort("code").select("code", "name", "unit").rows()
    values = {(month, code): value for month, code, value in rows.select("month", "code", "value").rows()}
    months = sorted({month for month, _ in values})
    updated = published(RULE, pl.Series([months[-1]]))[0]
    lines = [
        ["World Bank Commodity Price Data (The Pink Sheet)"],
        [f"Updated on {updated:%B %d, %Y}"],
        ["", *(name for _, name, _ in series)],
        ["", *(f"({unit})" for _, _, unit in series)],
        ["", *(code for code, _, _ in series)],
        *([f"{month:%YM%m}", *(values.get((month, code), "…") for code, _, _ in series)] for month in months),
    ]
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return Answer(workbook(lines, "Monthly Prices"), kind)
