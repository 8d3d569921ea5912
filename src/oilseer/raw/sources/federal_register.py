"""Federal Register: rules, notices and presidential documents of the offices that move soybean oil.

Endpoint  https://www.federalregister.gov/api/v1/documents.json by agency, kind and day of publication; pages through
          `next_page_url`, at most 2,000 results a query, so a range is halved until it fits
Access    keyless, US public domain
Delay     public at 08:45 New York on the day of publication; a later correction of an entry is a vintage
Proven    against recorded pages of the service
"""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlencode

import polars as pl

from oilseer.raw.articles import REMEDY, labels, object_of, text_or_none
from oilseer.raw.availability import Rule
from oilseer.raw.markup import web_address
from oilseer.raw.payload import SHOWN, json_of, once_each, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import POLICY_EVENTS

TABLES = (POLICY_EVENTS,)
URL = "https://www.federalregister.gov/api/v1/documents"
RULE = Rule(at="08:45")
AGENCIES = (
    "environmental-protection-agency",  # RFS volumes, waivers
    "trade-representative-office-of-united-states",  # Section 301
    "international-trade-administration",  # anti-dumping and countervailing duties
    "international-trade-commission",
    "agriculture-department",
    "energy-department",
    "treasury-department",  # 45Z
    "internal-revenue-service",
)
ASKS = {  # part: what narrows the query
    "agencies": [("conditions[agencies][]", name) for name in AGENCIES]
    + [("conditions[type][]", kind) for kind in ("RULE", "PRORULE", "NOTICE")],
    "president": [("conditions[type][]", "PRESDOCU")],
}
ALL = ("document_number", "type", "title", "abstract", "agencies", "citation", "html_url", "publication_date")
OFFICES = ("action", "comments_close_on", "docket_ids", "effective_on", "significant")
PRESIDENT = ("signing_date", "subtype")
# the service leaves out what a kind of document does not have: rules have no signing date, proclamations no number
FIELDS = (*ALL, *OFFICES, *PRESIDENT, "executive_order_number")
KINDS = {
    "Rule": "rule",
    "Proposed Rule": "proposed_rule",
    "Notice": "notice",
    "Presidential Document": "presidential_document",
}
MOST_RESULTS = 2000  # of one query; what is beyond cannot be paged to
PAGE = 1000
SLICE_DAYS = 31
SCHEMA = {
    "feed": pl.String, "item_id": pl.String, "kind": pl.String, "title": pl.String, "summary": pl.String,
    "url": pl.String, "agencies": pl.String, "action": pl.String, "subtype": pl.String,
    "executive_order_number": pl.Int32, "docket_ids": pl.String, "citation": pl.String, "signing_date": pl.Date,
    "effective_on": pl.Date, "comments_close_on": pl.Date, "is_significant": pl.Boolean, "observation_date": pl.Date,
}  # fmt: skip


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Pages of all documents published from `since` to `until`, oldest month first.

    Raises SourceError where one day has more than can be asked for, or pages do not add up to their count.
    """
    for part, narrowed in ASKS.items():
        if ask.parts and part not in ask.parts:
            continue
        first = ask.since
        while first <= ask.until:
            last = min(first + timedelta(days=SLICE_DAYS - 1), ask.until)
            yield from _slice(http, part, narrowed, first, last)
            first = last + timedelta(days=1)


def _slice(http: Http, part: str, narrowed: list, first: date, last: date) -> Iterator[Download]:
    """Pages of one range; a range with too many results in halves."""
    name = f"{part}_{first:%Y%m%d}_{last:%Y%m%d}"
    query = [
        *narrowed,
        ("conditions[publication_date][gte]", str(first)),
        ("conditions[publication_date][lte]", str(last)),
        *(("fields[]", field) for field in FIELDS),
        ("order", "oldest"),
        ("per_page", str(PAGE)),
    ]
    page = http.get(f"{URL}.json?{urlencode(query)}", part=name)
    count, results, following = _envelope(page)
    if count > MOST_RESULTS:
        if first == last:
            raise refuse(page, f"{count} documents on {first}", f"at most {MOST_RESULTS}", "ask for fewer agencies")
        middle = first + (last - first) // 2
        yield from _slice(http, part, narrowed, first, middle)
        yield from _slice(http, part, narrowed, middle + timedelta(days=1), last)
        return
    yield page
    had, number = len(results), 1
    while following:
        number += 1
        if not following.startswith(URL) or number > MOST_RESULTS:
            raise refuse(page, f"next page {following[:SHOWN]!r}", f"an address below {URL}", REMEDY)
        page = http.get(following, part=f"{name}_p{number}")
        _, results, following = _envelope(page)
        had += len(results)
        yield page
    if had != count:
        raise refuse(page, f"{had} documents on {number} pages", f"{count} as counted", "fetch the range again")


def _envelope(download: Download) -> tuple[int, list, str]:
    """Count, results and address of the next page ("" for none)."""
    answer = object_of(download, json_of(download), (), "the answer")
    if answer.get("errors"):
        raise refuse(download, f"errors {str(answer['errors'])[:SHOWN]}", "documents", REMEDY)
    count = object_of(download, answer, ("count",), "the answer")["count"]
    results = answer.get("results", [] if count == 0 else None)
    following = answer.get("next_page_url") or ""
    if type(count) is not int or not isinstance(results, list) or not isinstance(following, str):
        raise refuse(download, f"count {count!r} and results of {type(results).__name__}", "a number, a list", REMEDY)
    if len(results) > count or (count and not results):
        raise refuse(download, f"{len(results)} results of {count}", "as many as counted", "fetch it again")
    return count, results, following


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a document; an empty frame where the range has none.

    Raises SourceError for a missing field, an unknown kind, or a date that is none.
    """
    _, results, _ = _envelope(download)
    rows = [_row(download, found, place) for place, found in enumerate(results, 1)]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    return (Rows(POLICY_EVENTS, once_each(download, frame, POLICY_EVENTS.key[:2]), RULE),)


def _row(download: Download, found: object, place: int) -> dict:
    where = f"document {place}"
    given = object_of(download, found, ALL, where)
    expected = PRESIDENT if given["type"] == "Presidential Document" else OFFICES
    document = dict.fromkeys(FIELDS) | object_of(download, given, expected, where)
    number, title = (text_or_none(download, document[name], name) for name in ("document_number", "title"))
    if not number or not title or str(document["type"]) not in KINDS:
        shown = f"{where} {number!r} of type {document['type']!r} and title {title!r}"
        raise refuse(download, shown[: 3 * SHOWN], f"number, title and one of {', '.join(KINDS)}", REMEDY)
    dockets = document["docket_ids"] or []
    if not isinstance(document["agencies"], list) or not isinstance(dockets, list):
        raise refuse(download, f"{number} with agencies or docket_ids that are no lists", "lists", REMEDY)
    agencies = [object_of(download, agency, (), f"an agency of {number}") for agency in document["agencies"]]
    # an office that the register has not filed yet has no short name
    names = [agency.get("slug") or agency.get("raw_name") for agency in agencies]
    published = _day(download, document["publication_date"], f"publication_date of {number}")
    if published is None:
        raise refuse(download, f"{number} without publication_date", "a day", REMEDY)
    return {
        "feed": "federal_register",
        "item_id": number,
        "kind": KINDS[document["type"]],
        "title": title,
        "summary": text_or_none(download, document["abstract"], f"abstract of {number}"),
        "url": web_address(text_or_none(download, document["html_url"], f"html_url of {number}")),
        "agencies": labels(str(name) for name in names if name),
        "action": text_or_none(download, document["action"], f"action of {number}"),
        "subtype": text_or_none(download, document["subtype"], f"subtype of {number}"),
        "executive_order_number": _number(download, document["executive_order_number"], number),
        "docket_ids": json.dumps(sorted(str(docket) for docket in dockets), ensure_ascii=False),
        "citation": text_or_none(download, document["citation"], f"citation of {number}"),
        "signing_date": _day(download, document["signing_date"], f"signing_date of {number}"),
        "effective_on": _day(download, document["effective_on"], f"effective_on of {number}"),
        "comments_close_on": _day(download, document["comments_close_on"], f"comments_close_on of {number}"),
        "is_significant": _flag(download, document["significant"], number),
        "observation_date": published,
    }


def _day(download: Download, value: object, where: str) -> date | None:
    if value is None or value == "":
        return None
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise refuse(download, f"{str(value)[:SHOWN]!r} for {where}", "YYYY-MM-DD", REMEDY) from None


def _number(download: Download, value: object, document: str) -> int | None:
    """Executive order number; amended orders carry text such as 13228-A, which is no number and becomes None."""
    if value is None or isinstance(value, str):
        return int(value) if value and value.isdecimal() else None
    if type(value) is not int:
        raise refuse(download, f"{value!r} for executive_order_number of {document}", "a number", REMEDY)
    return value


def _flag(download: Download, value: object, document: str) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise refuse(download, f"{value!r} for significant of {document}", "true, false or null", REMEDY)
    return value
