"""News on each of the Big 8, found by ScrapeCreators' search of the web.

Endpoint  https://api.scrapecreators.com/v1/google/search with `query` and `date_posted`; one question a bucket
Access    paid key in the header x-api-key: SCRAPECREATORS_API_KEY from https://scrapecreators.com; a credit a question
Delay     when we saw it first: a search gives no reliable date
Proven    against the shape that its documentation and public readers show: {"success": true, "results": [{"url",
          "title", "description"}]}
"""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import polars as pl

from oilseer.raw.articles import INSTANT, REMEDY, object_of, stamped_items, text_or_none
from oilseer.raw.markup import web_address
from oilseer.raw.payload import SHOWN, json_of, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import SCRAPECREATORS_NEWS

TABLES = (SCRAPECREATORS_NEWS,)
URL = "https://api.scrapecreators.com/v1/google/search"
QUESTIONS = {
    "crush": '"soybean oil" OR "soybean crush" OR "soybean meal" market',
    "china": 'China "soybean" imports OR purchases OR Sinograin OR COFCO',
    "fx": '"Brazilian real" OR "dollar index" soybeans',
    "fed": '"Federal Reserve" interest rates commodities',
    "tariff": 'tariffs soybeans OR "used cooking oil" OR biodiesel',
    "biofuel": '"renewable diesel" OR biodiesel OR "Renewable Fuel Standard" OR RIN',
    "energy": '"crude oil" OR "heating oil" OR diesel prices',
    "volatility": "VIX OR volatility commodity markets",
}
SCHEMA = {
    "bucket": pl.String, "item_id": pl.String, "published_at": INSTANT, "title": pl.String, "summary": pl.String,
    "url": pl.String, "publisher": pl.String, "question": pl.String,
}  # fmt: skip


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """The answers of the last week to each bucket's question."""
    for bucket, question in QUESTIONS.items():
        if not ask.parts or bucket in ask.parts:
            yield http.get(
                URL,
                part=bucket,
                params={"query": question, "date_posted": "last-week"},
                secret_headers={"x-api-key": ask.key or ""},
            )


def parse(download: Download) -> tuple[Rows, ...]:
    """One row an article; an empty frame where nothing was found.

    Raises SourceError for an answer without success or results, and an article without title or address.
    """
    if download.part not in QUESTIONS:
        raise refuse(download, f"part {download.part!r}", f"one of {', '.join(QUESTIONS)}", REMEDY)
    asked = parse_qs(urlsplit(download.url).query).get("query")
    if not asked:
        raise refuse(download, "an address without query", "the question that was asked", REMEDY)
    answer = object_of(download, json_of(download), (), "the answer")
    if answer.get("success") is not True:
        found = str(answer.get("message") or answer.get("error") or list(answer))[:SHOWN]
        raise refuse(download, f"no success: {found!r}", "results", "look at your key and credit at scrapecreators.com")
    results = object_of(download, answer, ("results",), "the answer")["results"]
    if not isinstance(results, list):
        raise refuse(download, f"results {str(results)[:SHOWN]!r}", "a list", REMEDY)
    items = [_item(download, found, place, asked[0]) for place, found in enumerate(results, 1)]
    return (Rows(SCRAPECREATORS_NEWS, stamped_items(download, items, SCHEMA, SCRAPECREATORS_NEWS.key[:2])),)


def _item(download: Download, found: object, place: int, question: str) -> dict:
    article = object_of(download, found, ("url", "title", "description"), f"result {place}")
    url = web_address(text_or_none(download, article["url"], f"url of result {place}"))
    title = text_or_none(download, article["title"], f"title of result {place}")
    if not url or not title:
        raise refuse(download, f"result {place} with {article['url']!r}, {title!r}"[:200], "address and title", REMEDY)
    return {
        "bucket": download.part,
        "item_id": url,
        "published_at": None,
        "title": title,
        "summary": text_or_none(download, article["description"], f"description of result {place}"),
        "url": url,
        "publisher": urlsplit(url).hostname,
        "question": question,
    }
