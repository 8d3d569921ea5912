"""The market's past: season, currencies, positions by week, WASDE by release, credits, headlines by day, and policy."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from oilseer.dashboard import market_past
from oilseer.web.api.answering import Asking, answering
from oilseer.web.api.models import Rows
from oilseer.web.api.parameters import Name

router = APIRouter(prefix="/api/v1", tags=["market"])
Word = Annotated[str, Query(max_length=40, pattern=r"^[a-z_]+$")]


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
