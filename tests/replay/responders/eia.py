"""EIA's API, version 2, from history/eia_oil_spot_daily and the recorded rows of the other tables.

The answer echoes the request with its key, as the real one may. Weekly averages are means of the days; feedstock and
weekly petroleum hold the recorded row alone, production holds none.
"""

import json
from datetime import timedelta

import polars as pl

from . import Answer, as_json

HOSTS = ("api.eia.gov",)
CODES = {"WTI_CUSHING_SPOT": "RWTC", "BRENT_SPOT": "RBRTE"}
RECORDED = {
    "/v2/petroleum/pnp/feedbiofuel/data/": "eia/petroleum_pnp_feedbiofuel.json",
    "/v2/petroleum/sum/sndw/data/": "eia/petroleum_sum_sndw.json",
}


def respond(request, history):
    """One page of one table between two periods; 403 without a key."""
    query = request.query
    if not query.get("api_key"):
        return as_json({"error": {"code": "API_KEY_MISSING", "message": "An API key is required."}}, 403)
    if request.path in RECORDED:
        rows = json.loads(history.recorded(RECORDED[request.path]))["response"]["data"]
    elif request.path == "/v2/petroleum/pri/spt/data/":
        rows = _spot(history, query["frequency"])
    elif request.path == "/v2/petroleum/sum/snd/data/":
        rows = []
    else:
        return None
    last = history.day.isoformat()
    rows = [row for row in rows if query["start"] <= row["period"] <= min(query["end"], last)]
    offset, length = int(query["offset"]), int(query["length"])
    return Answer(json.dumps({
        "response": {
            "total": str(len(rows)), "dateFormat": "YYYY-MM" if query["frequency"] == "monthly" else "YYYY-MM-DD",
            "frequency": query["frequency"], "data": rows[offset : offset + length],
        },
        "request": {"command": request.path, "params": dict(query)}, "apiVersion": "2.1.13",
    }).encode())  # fmt: skip


def _spot(history, frequency):
    rows = history.rows("history/eia_oil_spot_daily")
    if frequency == "weekly":
        friday = pl.col("date") + pl.duration(days=(5 - pl.col("date").dt.weekday()) % 7)
        rows = rows.group_by("series", friday.alias("date")).agg(pl.col("usd_per_bbl").mean().round(2))
        rows = rows.filter(pl.col("date") <= history.day - timedelta(days=2))
    return [
        {"period": f"{day}", "duoarea": "YCUOK" if series == "WTI_CUSHING_SPOT" else "ZEU", "area-name": "NA",
         "product": "EPCWTI" if series == "WTI_CUSHING_SPOT" else "EPCBRENT", "product-name": "Crude Oil",
         "process": "PF4", "process-name": "Spot Price FOB", "series": CODES[series],
         "series-description": "Spot Price FOB (Dollars per Barrel)", "value": f"{price:.10g}", "units": "$/BBL"}
        for day, series, price in rows.sort("date", "series").select("date", "series", "usd_per_bbl").rows()
    ]  # fmt: skip
