"""ScrapeCreators: posts and news, from the documented shape, with the key in a header and wrong answers refused."""

import json
from datetime import UTC, datetime

import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FETCHED, FakeHttp, ask, download, recorded

from oilseer.raw.source import Download
from oilseer.raw.sources import scrapecreators, truth_social

POST = {
    "id": "115000000000000009", "created_at": "2026-08-30T22:15:00.000Z", "url": "https://truthsocial.com/@x/1",
    "content": "<p>TARIFFS on <b>China</b> &amp; others!</p>", "account": {"username": "x"}, "reblog": None,
}  # fmt: skip
ARTICLE = {"url": "https://example.org/soy", "title": "Soyoil <b>jumps</b>", "description": "On RVO news &amp; crude"}
ASKED = "https://api.scrapecreators.com/v1/google/search?query=soy&date_posted=last-week"


def posts(*found: dict, **more: object) -> str:
    return json.dumps({"success": True, "posts": list(found)} | more)


def news(*found: dict, **more: object) -> str:
    return json.dumps({"success": True, "results": list(found)} | more)


def social(body: str | bytes, part: str = "page1") -> Download:
    return download("truth_social", part, body)


def bucket(body: str | bytes, part: str = "crush", url: str = ASKED) -> Download:
    return download("scrapecreators", part, body, url)


def test_the_documented_shape_of_posts_is_read():
    found = recorded("truth_social", "page1", "truth_social/scrapecreators_user_posts.shape-only.json")
    (rows,) = truth_social.parse(found)
    (post,) = rows.frame.to_dicts()
    assert (post["item_id"], post["title"], post["author"]) == ("100000000000000001", "placeholder text", "placeholder")
    assert post["published_at"] == datetime(2025, 1, 1, 12, tzinfo=UTC)


def test_posts_and_articles_are_public_when_we_saw_them_and_not_before():
    (rows,) = truth_social.parse(social(posts(POST)))
    (post,) = rows.frame.to_dicts()
    assert post["available_at"] == FETCHED > post["published_at"]
    assert post["availability"] == "lagged"
    assert post["title"] == "TARIFFS on China & others!"
    (rows,) = scrapecreators.parse(bucket(news(ARTICLE)))
    (article,) = rows.frame.to_dicts()
    assert article["available_at"] == FETCHED
    assert article["published_at"] is None
    assert (article["title"], article["summary"]) == ("Soyoil jumps", "On RVO news & crude")
    assert (article["publisher"], article["question"], article["bucket"]) == ("example.org", "soy", "crush")


def test_a_shared_post_brings_what_it_shares_and_a_picture_no_words():
    (rows,) = truth_social.parse(social(posts(POST | {"content": "", "reblog": {"content": "<p>Buy beans</p>"}})))
    assert rows.frame["title"][0] == "Buy beans"
    (rows,) = truth_social.parse(social(posts(POST | {"content": "<p></p>"})))
    assert rows.frame["title"][0] == ""


def test_bytes_cut_short_and_strangers_are_refused():
    for parse, whole in ((truth_social.parse, social(posts(POST))), (scrapecreators.parse, bucket(news(ARTICLE)))):
        assert_cuts_are_refused(parse, whole)
        assert_strangers_are_refused(parse, whole)


@pytest.mark.parametrize("field", truth_social.FIELDS)
def test_a_field_of_a_post_that_is_renamed_is_refused_by_name(field):
    renamed = {name if name != field else "renamed": value for name, value in POST.items()}
    assert_refused(truth_social.parse, social(posts(renamed)), field)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"success": false, "message": "out of credits"}', ["out of credits", "key"]),
        ('{"posts": []}', ["no success", "key"]),
        ('{"success": true}', ["posts"]),
        (posts(), ["a list of posts"]),
        ('{"success": true, "posts": {"a": 1}}', ["list"]),
        (posts(POST | {"id": 115000000000000009}), ["digits as text"]),
        (posts(POST | {"created_at": "2026-08-30 22:15"}), ["zone"]),
        (posts(POST | {"created_at": None}), ["zone"]),
        (posts(POST | {"content": 5}), ["text"]),
        (posts(POST | {"account": "x"}), ["JSON object"]),
        (posts(POST, POST | {"content": "other"}), ["different values"]),
    ],
)
def test_a_wrong_answer_about_posts_is_refused(body, words):
    assert_refused(truth_social.parse, social(body), *words)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (bucket('{"success": false, "error": "bad key"}'), ["bad key"]),
        (bucket('{"success": true}'), ["results"]),
        (bucket('{"success": true, "results": {}}'), ["list"]),
        (bucket(news(ARTICLE | {"url": "javascript:alert(1)"})), ["javascript:alert(1)", "address"]),
        (bucket(news(ARTICLE | {"title": ""})), ["title"]),
        (bucket(news({"link": "x", "title": "y", "description": ""})), ["url"]),
        (bucket(news(ARTICLE, ARTICLE | {"title": "other"})), ["different values"]),
        (bucket(news(ARTICLE), part="sports"), ["sports"]),
        (bucket(news(ARTICLE), url="https://example.org"), ["query"]),
    ],
)
def test_a_wrong_answer_about_news_is_refused(found, words):
    assert_refused(scrapecreators.parse, found, *words)


def test_nothing_found_is_an_empty_frame_and_so_is_the_page_after_the_last():
    assert scrapecreators.parse(bucket(news()))[0].frame.is_empty()
    assert truth_social.parse(social(posts(), part="page2"))[0].frame.is_empty()


def test_pages_are_asked_for_until_the_day_is_passed():
    days = ["2026-08-31", "2026-08-29", "2026-08-27", "2026-08-25"]
    pages = [
        posts(POST | {"id": f"{n}", "created_at": f"{day}T08:00:00Z"}, next_max_id=f"mark{n}").encode()
        for n, day in enumerate(days, 1)
    ]
    http = FakeHttp("truth_social", list(pages))
    assert len(list(truth_social.fetch(ask("2026-08-28", "2026-08-31", key="a-secret-key"), http))) == 3
    assert [asked["params"].get("next_max_id") for asked in http.asked] == [None, "mark1", "mark2"]
    assert all(asked["secret_headers"] == {"x-api-key": "a-secret-key"} for asked in http.asked)
    assert "a-secret-key" not in str([{**asked, "secret_headers": None} for asked in http.asked])
    # a service that names the same page again does not keep us for ever
    stuck = FakeHttp("truth_social", [posts(POST, next_max_id="again").encode()] * 5)
    assert len(list(truth_social.fetch(ask("2020-01-01", "2026-08-31", key="a-secret-key"), stuck))) == 2


def test_each_bucket_is_asked_for_once():
    http = FakeHttp("scrapecreators", [news(ARTICLE).encode()] * 8)
    found = list(scrapecreators.fetch(ask("2026-08-28", "2026-08-31", key="a-secret-key"), http))
    expected = ["crush", "china", "fx", "fed", "tariff", "biofuel", "energy", "volatility"]
    assert [one.part for one in found] == expected
    assert all(asked["secret_headers"] == {"x-api-key": "a-secret-key"} for asked in http.asked)
