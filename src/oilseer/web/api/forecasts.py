"""Forecasts: all horizons, one, the published views, and every prediction so far."""

from fastapi import APIRouter
from starlette.responses import Response

from oilseer.dashboard import answers, convictions, past_answers, validation
from oilseer.web.api.answering import Asking, Paging, answering
from oilseer.web.api.models import Answer, Brief, Checks, Forecast, OneForecast, Paged, Rows
from oilseer.web.api.parameters import End, LabelAsked, LabelInPath, Start

router = APIRouter(prefix="/api/v1", tags=["forecasts"])


@router.get("/brief", **answering(Brief))
def brief(asked: Asking) -> Response:
    """Everything the morning brief shows: price, plan, forecast, risk, trust, inputs and gates."""
    return asked.answer(answers.brief)


@router.get("/forecasts", **answering(Forecast))
def forecasts(asked: Asking) -> Response:
    """Nine quantiles, bands and the futures curve at 1 week, 1, 3, 6 and 12 months."""
    return asked.answer(answers.forecast)


@router.get("/forecasts/{horizon}", **answering(OneForecast))
def forecast(asked: Asking, horizon: LabelInPath) -> Response:
    """The same at one horizon."""
    whole = asked.visit.ask(answers.forecast)
    (one,) = [row for row in whole["horizons"] if row["label"] == horizon]
    return asked.give({name: value for name, value in whole.items() if name != "horizons"} | one)


@router.get("/forecasts/{horizon}/latest", **answering(Rows))
def latest(asked: Asking, horizon: LabelInPath) -> Response:
    """The row of the view `forecasts.vw_zl_{horizon}_latest`."""
    return asked.answer(past_answers.latest, horizon)


@router.get("/predictions", **answering(Paged))
def predictions(
    asked: Asking, page: Paging, horizon: LabelAsked | None = None, start: Start = None, end: End = None
) -> Response:
    """Every published prediction, newest first, beside the price that came where it is known."""
    return asked.rows(past_answers.predictions, horizon, start, end, page=page)


@router.get("/conviction", **answering(Answer))
def conviction(asked: Asking) -> Response:
    """How clear the direction is and, apart, how precise the forecast, each beside what such a number meant before."""
    return asked.answer(convictions.conviction)


@router.get("/validate", **answering(Checks))
def validate(asked: Asking) -> Response:
    """Whether what is published is sound, measured again on the publication itself."""
    return asked.answer(validation.validate)
