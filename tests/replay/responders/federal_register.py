"""The Federal Register's documents.json, from the executive orders of market/policy_events."""

import re
from datetime import date

from . import as_json

HOSTS = ("www.federalregister.gov",)
EMPTY = {
    "abstract": None, "action": None, "comments_close_on": None, "docket_ids": [], "effective_on": None,
    "significant": None,
}  # fmt: skip


def respond(request, history):
    """Presidential documents between two days, all on one page; offices have published nothing."""
    if request.path != "/api/v1/documents.json":
        return None
    first, last = (date.fromisoformat(request.query[f"conditions[publication_date][{end}]"]) for end in ("gte", "lte"))
    found = []
    if request.query.get("conditions[type][]") == "PRESDOCU":
        rows = history.rows("market/policy_events", "published_at").sort("published_at", "text").rows(named=True)
        orders = [row for row in rows if row["kind"] == "executive_order"]
        found = [_document(row) for row in orders if first <= row["published_at"].date() <= last]
    return as_json({"count": len(found), "total_pages": 1, "results": found} if found else {"count": 0})


def _document(row: dict) -> dict:
    number, title = re.fullmatch(r"EO #(\d+): (.*)", row["text"], re.DOTALL).groups()
    day = row["published_at"].date()
    return EMPTY | {
        "document_number": f"{day:%Y}-{number}", "type": "Presidential Document", "subtype": "Executive Order",
        "title": title, "agencies": [{"name": "Executive Office of the President", "raw_name": "EOP"}],
        "citation": f"{day.year - 1935} FR {number}", "executive_order_number": int(number),
        "html_url": f"https://www.federalregister.gov/documents/{day:%Y/%m/%d}/{number}",
        "publication_date": str(day), "signing_date": str(day),
    }  # fmt: skip
