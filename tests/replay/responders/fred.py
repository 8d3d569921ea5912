"""FRED's keyless files and its API, from market/fred_economic and history/fred_macro.

A series of ours that the history does not have is answered as one without observations. The history has no vintages:
a value counts as first known at the end of its publication lag. October 2009's unemployment is answered as 10.2 for
November 2009, as it was, so that the check of vintages has something to see.
"""

from datetime import date

import polars as pl

from oilseer.raw.availability import Rule, published
from oilseer.reference.fred import fred_series

from . import Answer, as_json

HOSTS = ("fred.stlouisfed.org", "api.stlouisfed.org")


def respond(request, history):
    """One series between two observation dates, and with the API in a real-time period."""
    query = request.query
    keyless = request.path == "/graph/fredgraph.csv"
    series = query.get("id" if keyless else "series_id", "")
    rows = _series(history, series)
    if series not in fred_series():
        message = {"error_code": 400, "error_message": "Bad Request.  The series does not exist."}
        return Answer(b"<html>404</html>", "text/html", 404) if keyless else as_json(message, 400)
    first, last = (query["cosd"], query["coed"]) if keyless else (query["observation_start"], query["observation_end"])
    rows = rows.filter(pl.col("date").is_between(date.fromisoformat(first), date.fromisoformat(last)))
    if keyless:
        lines = [f"{day},{_text(value)}" for day, value in rows.rows()]
        return Answer("\n".join([f"observation_date,{series}", *lines, ""]).encode(), "text/csv")
    return _observations(query, series, rows)


def _observations(query, series, rows):
    start, end = (date.fromisoformat(query.get(name, "2026-01-01")) for name in ("realtime_start", "realtime_end"))
    if "realtime_start" in query:
        known = published(Rule(**fred_series()[series].rule), rows["date"]).dt.date()
        rows = rows.with_columns(known=known).filter(pl.col("known") <= end)
        if rows.is_empty():
            message = "Bad Request.  The series does not exist in ALFRED but may exist in FRED."
            return as_json({"error_code": 400, "error_message": message}, 400)
        starts = [max(known, start) for known in rows["known"]]
    else:
        starts = [start] * rows.height
    values = [_text(value) for value in rows["value"]]
    if series == "UNRATE" and query.get("realtime_end") == "2009-11-30":
        values = [
            "10.2" if day == date(2009, 10, 1) else value for day, value in zip(rows["date"], values, strict=True)
        ]
    offset, limit = int(query.get("offset", 0)), int(query.get("limit", 100_000))
    found = [
        {"realtime_start": f"{began}", "realtime_end": f"{end}", "date": f"{day}", "value": value}
        for began, day, value in zip(starts, rows["date"], values, strict=True)
    ]
    return as_json({
        "realtime_start": f"{start}", "realtime_end": f"{end}", "observation_start": query["observation_start"],
        "observation_end": query["observation_end"], "units": "lin", "output_type": 1, "file_type": "json",
        "order_by": "observation_date", "sort_order": "asc", "count": len(found), "offset": offset, "limit": limit,
        "observations": found[offset : offset + limit],
    })  # fmt: skip


def _series(history, series):
    frames = [
        history.rows(file).filter(pl.col("series_id") == series).select("date", "value")
        for file in ("market/fred_economic", "history/fred_macro")
    ]
    return pl.concat(frames).unique("date", keep="first", maintain_order=True).sort("date")


def _text(value):
    return "." if value is None else f"{value:.10g}"
