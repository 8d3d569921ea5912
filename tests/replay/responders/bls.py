"""BLS, from the series of history/fred_macro that FRED takes from it; a series without history has no months."""

import polars as pl

from oilseer.raw.availability import published
from oilseer.raw.sources.bls import SERIES

from . import as_json

HOSTS = ("api.bls.gov",)
AT_FRED = {"CUSR0000SA0": "CPIAUCSL", "CUSR0000SA0L1E": "CPILFESL"}


def respond(request, history):
    """One series between two years, newest first."""
    series = request.path.rpartition("/")[2]
    if series not in SERIES:
        message = [f"Series does not exist for Series {series}"]
        return as_json({"status": "REQUEST_SUCCEEDED", "message": message, "Results": {"series": []}})
    first, last = (int(request.query[name]) for name in ("startyear", "endyear"))
    rows = history.rows("history/fred_macro").filter(pl.col("series_id") == AT_FRED.get(series, ""))
    rows = rows.filter(published(SERIES[series][1], rows["date"]).dt.date() <= history.day)
    rows = rows.filter(pl.col("date").dt.year().is_between(first, last)).sort("date", descending=True)
    data = [
        {"year": f"{day:%Y}", "period": f"M{day:%m}", "periodName": f"{day:%B}", "value": f"{value}", "footnotes": [{}]}
        for day, value in rows.select("date", "value").rows()
    ]
    results = {"series": [{"seriesID": series, "data": data}]}
    return as_json({"status": "REQUEST_SUCCEEDED", "responseTime": 1, "message": [], "Results": results})
