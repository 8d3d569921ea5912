"""Sentiment: tone by bucket and day, headlines with source, time, tone and what read it, and who brought them."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from oilseer.dashboard import news_days, states
from oilseer.dashboard import news_words as words
from oilseer.features.feature import BUCKETS
from oilseer.web.pages.age import age_of_close, filled_by
from oilseer.web.pages.rendering import page
from oilseer.web.visit import Visiting

PAGE = 40
FARTHEST = 10_000
RULE = 3  # the signal rule about sentiment
FEEDS = ("federal_register", "farm_policy_news", "farmdoc", "scrapecreators")
router = APIRouter(include_in_schema=False)


@router.get("/sentiment")
def sentiment(
    visit: Visiting, bucket: Literal[BUCKETS] | None = None, later: bool = False,
    offset: Annotated[int, Query(ge=0, le=FARTHEST)] = 0,
) -> Response:  # fmt: skip
    """What is said, as known at the close.

    bucket  only its headlines
    later   also what came after the close
    offset  headlines before these
    """
    days, told = visit.see(news_days.by_day, later), visit.see(news_days.headlines, bucket, later, PAGE, offset)
    rules = visit.see(states.rules)

    def way(**changed: object) -> str:
        asked = {"bucket": bucket, "later": "true" if later else None, "offset": None} | changed
        found = urlencode({name: value for name, value in asked.items() if value})
        return f"/sentiment{'?' if found else ''}{found}"

    end = offset + PAGE
    return page(
        visit, "sentiment.html", old=age_of_close(visit), fill=filled_by(visit)(*FEEDS), days=days, told=told,
        buckets=BUCKETS, bucket=bucket, later=later, way=way,
        rule=next((row for row in rules.answer["rows"] if row["number"] == RULE), None) if rules else None,
        heatmap=words.heatmap(days.answer) if days else [],
        bucket_headers=words.BUCKET_HEADERS, bucket_rows=words.bucket_rows(days.answer) if days else [],
        feed_headers=words.FEED_HEADERS, feed_rows=words.feed_rows(days.answer) if days else [],
        stories=[words.story(row) for row in told.answer["rows"]] if told else [],
        first=offset + 1, before=way(offset=max(offset - PAGE, 0)) if offset else "",
        after=way(offset=end) if told and end < told.answer["total"] else "",
    )  # fmt: skip
