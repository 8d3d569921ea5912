"""ScrapeCreators: posts from market/policy_events, and the newest headlines of market/news for every question."""

import polars as pl

from . import as_json

HOSTS = ("api.scrapecreators.com",)
NOBODY = {"id": "1", "created_at": "2025-01-01T00:00:00.000Z", "text": "No post of this day is at hand"}


def respond(request, history):
    """Posts, newest first on one page, or ten articles; 401 without a key."""
    if not {name.lower(): value for name, value in request.headers.items()}.get("x-api-key"):
        return as_json({"success": False, "message": "API key is missing"}, 401)
    if request.path == "/v1/truthsocial/user/posts":
        rows = history.rows("market/policy_events", "published_at").filter(pl.col("kind") == "post")
        posts = [
            {"id": f"1150{row['published_at']:%y%m%d%H%M%S}", "created_at": f"{row['published_at']:%Y-%m-%dT%H:%M:%SZ}",
             "text": row["text"]}
            for row in rows.sort("published_at", descending=True).rows(named=True)
        ]  # fmt: skip
        return as_json({"success": True, "posts": [_post(**post) for post in posts or [NOBODY]]})
    if request.path == "/v1/google/search":
        rows = history.rows("market/news", "first_seen_at").filter(pl.col("url").is_not_null())
        newest = rows.sort("first_seen_at", "url", descending=[True, False]).unique("url", maintain_order=True).head(10)
        results = [
            {"url": row["url"], "title": row["title"], "description": row["snippet"] or ""}
            for row in newest.rows(named=True)
        ]  # fmt: skip
        return as_json({"success": True, "results": results or [_nothing(request.query["query"], history.day)]})
    return None


def _nothing(query: str, day) -> dict:
    """The one article of a day before the history of news, so that every question has an answer."""
    told = f"No headline of {day} is at hand: {query}"
    return {"url": f"https://example.org/{day}", "title": told, "description": ""}


def _post(id: str, created_at: str, text: str) -> dict:
    name = "realDonaldTrump"
    return {
        "id": id, "created_at": created_at, "content": f"<p>{text}</p>", "text": text, "reblog": None,
        "url": f"https://truthsocial.com/@{name}/{id}", "account": {"id": "1", "username": name},
    }  # fmt: skip
