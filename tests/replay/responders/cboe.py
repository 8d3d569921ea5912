"""Cboe's history of the VIX, from history/cboe_vix_daily."""

from . import Answer

HOSTS = ("cdn.cboe.com",)


def respond(request, history):
    """The whole file."""
    if request.path != "/api/global/us_indices/daily_prices/VIX_History.csv":
        return None
    rows = history.rows("history/cboe_vix_daily").select("date", "open", "high", "low", "close").rows()
    lines = [f"{row[0]:%m/%d/%Y}," + ",".join(f"{value:.6f}" for value in row[1:]) for row in rows]
    return Answer("\n".join(["DATE,OPEN,HIGH,LOW,CLOSE", *lines, ""]).encode(), "text/csv")
