"""Posts of the president on Truth Social, by way of ScrapeCreators.

Endpoint  https://api.scrapecreators.com/v1/truthsocial/user/posts with user_id, newest first; the next page has
          `next_max_id`
Access    paid key in the header x-api-key: SCRAPECREATORS_API_KEY from https://scrapecreators.com
Delay     a service in between: a post is public to us when we saw it, never at its own `created_at`, which stands in
          `published_at`
Proven    against the documented shape only
"""

from collections.abc import Iterator

import polars as pl

from oilseer.raw.articles import INSTANT, REMEDY, first_seen, instant_of, object_of, stamped_items, text_or_none
from oilseer.raw.markup import web_address
from oilseer.raw.payload import SHOWN, json_of, refuse
from oilseer.raw.source import Ask, Download, Http, Rows
from oilseer.raw.specs import POLICY_EVENTS

TABLES = (POLICY_EVENTS,)
URL = "https://api.scrapecreators.com/v1/truthsocial/user/posts"
USER_ID = "107780257626128497"  # realDonaldTrump
MOST_PAGES = 100  # of about 20 posts: two months; older ones by another ask
TITLE_CHARACTERS = 200
SCHEMA = {
    "feed": pl.String, "item_id": pl.String, "kind": pl.String, "published_at": INSTANT, "title": pl.String,
    "summary": pl.String, "url": pl.String, "author": pl.String,
}  # fmt: skip
FIELDS = ("id", "created_at", "content", "url", "account", "reblog")


def fetch(ask: Ask, http: Http) -> Iterator[Download]:
    """Pages from the newest post back to the first one before `since`."""
    following = ""
    for number in range(1, MOST_PAGES + 1):
        params = {"user_id": USER_ID} | ({"next_max_id": following} if following else {})
        page = http.get(URL, part=f"page{number}", params=params, secret_headers={"x-api-key": ask.key or ""})
        posts, further = _envelope(page)
        yield page
        reached = posts and instant_of(page, posts[-1].get("created_at"), "the last post").date() < ask.since
        if reached or not posts or not further or further == following:
            return
        following = further


def _envelope(download: Download) -> tuple[list[dict], str]:
    """Posts and the mark of the next page ("" for none)."""
    answer = object_of(download, json_of(download), (), "the answer")
    if answer.get("success") is not True:
        found = str(answer.get("message") or answer.get("error") or list(answer))[:SHOWN]
        raise refuse(download, f"no success: {found!r}", "posts", "look at your key and credit at scrapecreators.com")
    posts = object_of(download, answer, ("posts",), "the answer")["posts"]
    if not isinstance(posts, list) or (not posts and download.part == "page1"):
        raise refuse(download, f"posts {str(posts)[:SHOWN]!r}", "a list of posts", REMEDY)
    following = answer.get("next_max_id")
    return [object_of(download, post, FIELDS, f"post {n}") for n, post in enumerate(posts, 1)], str(following or "")


def parse(download: Download) -> tuple[Rows, ...]:
    """One row a post, those of pictures only with an empty title; an empty frame past the last page."""
    posts, _ = _envelope(download)
    items = [_item(download, post, place) for place, post in enumerate(posts, 1)]
    frame = stamped_items(download, items, SCHEMA, POLICY_EVENTS.key[:2])
    return (Rows(POLICY_EVENTS, first_seen(download, frame)),)


def _item(download: Download, post: dict, place: int) -> dict:
    identifier = post["id"]
    if not isinstance(identifier, str) or not identifier.isdecimal():
        raise refuse(download, f"id {str(identifier)[:SHOWN]!r} of post {place}", "digits as text", REMEDY)
    account = object_of(download, post["account"], ("username",), f"account of post {identifier}")
    text = text_or_none(download, post["content"], f"content of post {identifier}") or ""
    if post["reblog"] is not None:
        shared = object_of(download, post["reblog"], ("content",), f"reblog of post {identifier}")
        text = f"{text} {text_or_none(download, shared['content'], f'reblog of post {identifier}') or ''}".strip()
    return {
        "feed": "truth_social",
        "item_id": identifier,
        "kind": "post",
        "published_at": instant_of(download, post["created_at"], f"created_at of post {identifier}"),
        "title": text[:TITLE_CHARACTERS],
        "summary": text or None,
        "url": web_address(text_or_none(download, post["url"], f"url of post {identifier}")),
        "author": text_or_none(download, account["username"], f"username of post {identifier}"),
    }
