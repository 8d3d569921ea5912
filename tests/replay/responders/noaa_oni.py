"""CPC's table of the Oceanic Niño Index, from history/noaa_oni_monthly."""

import polars as pl

from . import Answer

HOSTS = ("www.cpc.ncep.noaa.gov",)


def respond(request, history):
    """The whole table, seasons that are over."""
    if request.path != "/data/indices/oni.ascii.txt":
        return None
    rows = history.rows("history/noaa_oni_monthly", "center_month")
    rows = rows.filter(pl.col("center_month").dt.offset_by("2mo") <= history.day).sort("center_month")
    lines = [f"  {row['season']} {row['year']} {row['total_c']:6.2f} {row['anom_c']:6.2f}" for row in rows.to_dicts()]
    return Answer("\n".join([" SEAS  YR   TOTAL   ANOM", *lines, ""]).encode(), "text/plain")
