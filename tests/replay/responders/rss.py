"""Feeds of Farm Policy News, farmdoc daily and the Federal Reserve.

No history of them is at hand: each is the ten newest headlines of market/news up to the day, in the shape of its
service, and before the first of these one item that says so.
"""

from datetime import datetime, time
from email.utils import format_datetime
from html import escape
from zoneinfo import ZoneInfo

import polars as pl

from . import Answer

HOSTS = ("farmpolicynews.illinois.edu", "farmdocdaily.illinois.edu", "www.federalreserve.gov")
PATHS = ("/feed/", "/feed", "/feeds/speeches.xml")
UTC = ZoneInfo("UTC")


def respond(request, history):
    """The feed."""
    if request.path not in PATHS:
        return None
    rows = history.rows("market/news", "published_at").filter(pl.col("url").is_not_null())
    newest = rows.sort("published_at", "url", descending=[True, False]).head(10).rows(named=True)
    if not newest:
        when = datetime.combine(history.day, time(), UTC)
        newest = [{"title": "No headline of this day is at hand", "url": f"https://{request.host}/", "snippet": "",
                   "published_at": when}]  # fmt: skip
    items = "".join(_item(row) for row in newest)
    mark = "\ufeff" if request.host == "www.federalreserve.gov" else ""
    body = f'{mark}<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{request.host}</title>'
    return Answer(f"{body}{items}</channel></rss>".encode(), "application/rss+xml; charset=UTF-8")


def _item(row: dict) -> str:
    when = format_datetime(row["published_at"].replace(tzinfo=UTC))
    return (
        f"<item><title>{escape(row['title'])}</title><link>{escape(row['url'])}</link><pubDate>{when}</pubDate>"
        f"<guid>{escape(row['url'])}</guid><description>{escape(row['snippet'] or '')}</description></item>"
    )
