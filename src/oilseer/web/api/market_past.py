"""The market's past: season, currencies, positions by week, WASDE by release, credits, headlines by day, and policy."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from oilseer.dashboard import market_past, news_days, policy_past
from oilseer.web.api.answering import Asking, Paging, answering
from oilseer.web.api.models import Paged, Rows
from oilseer.web.api.parameters import Name

router = APIRouter(prefix="/api/v1", tags=["market"])
Word = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]+$")]
Bucket = Annotated[str | None, Query(max_length=40, pattern=r"^[a-z_]+$", description="one of the Big 8")]
Later = Annotated[bool, Query(description="also what came after the close, which no forecast knows")]


@router.get("/market/seasonality", **answering(Rows))
def seasonality(asked: Asking) -> Response:
    """Mean price of each week of the year: this year beside least, mean and greatest of five and ten years before."""
    return asked.answer(market_past.seasonality)


@router.get("/market/currencies", **answering(Rows))
def currencies(asked: Asking) -> Response:
    """Rates against the US dollar: newest, moves over a day, a week and a month, place in a year."""
    return asked.answer(market_past.currencies)


@router.get("/market/positions/{symbol}", **answering(Rows))
def positions_past(asked: Asking, symbol: Name) -> Response:
    """Five years of weekly net positions by group, newest first; `groups` has the newest with its percentiles."""
    return asked.answer(market_past.positions_past, symbol)


@router.get("/market/wasde/{attribute}", **answering(Rows))
def wasde_past(
    asked: Asking,
    attribute: Annotated[str, Path(max_length=40, pattern=r"^[a-z_]+$", description="ending_stocks")],
    commodity: Word = "soybean_oil", balance: Word = "us",
) -> Response:  # fmt: skip
    """What each WASDE of three years said of one line, by marketing year, newest release first."""
    return asked.answer(market_past.wasde_past, commodity, balance, attribute)


@router.get("/market/rins", **answering(Rows))
def rins(asked: Asking) -> Response:
    """Weekly prices of biofuel credits over five years, newest first."""
    return asked.answer(market_past.rins)


@router.get("/market/headlines", **answering(Paged))
def headlines(asked: Asking, page: Paging, bucket: Bucket = None, later: Later = False) -> Response:
    """Every story once, newest first, with its buckets, source, time, tone and what read it."""
    return asked.rows(news_days.headlines, bucket, later, page=page)


@router.get("/market/headlines/days", **answering(Rows))
def headline_days(asked: Asking, later: Later = False) -> Response:
    """Stories and mean tone by bucket and day of 30 days; `buckets` and `feeds` sum them."""
    return asked.answer(news_days.by_day, later)


@router.get("/market/policy/steps", **answering(Rows))
def policy_steps(asked: Asking, later: Later = False) -> Response:
    """Trade measures, documents and mandated volumes: announced, effective, and what soybean oil did after similar."""
    return asked.answer(policy_past.steps, later)


@router.get("/calendar", **answering(Rows))
def calendar(
    asked: Asking, days: Annotated[int, Query(ge=1, le=365, description="calendar days after the close")] = 90
) -> Response:
    """Releases, meetings, deadlines and policy days ahead, as known at the close."""
    return asked.answer(policy_past.calendar, days)
