"""Health for machines, gates, failures, and the registry of models."""

from fastapi import APIRouter
from starlette.responses import Response

from oilseer.dashboard import answers, models, past_answers
from oilseer.web.api.answering import Asking, Paging, answering, as_json
from oilseer.web.api.models import Gates, Health, Paged, Rows
from oilseer.web.api.parameters import LabelOrAll
from oilseer.web.health import health_now
from oilseer.web.visit import Visiting

router = APIRouter(tags=["monitoring"])


@router.get(
    "/api/health", responses={503: {"model": Health, "description": "not to be acted on"}}, response_model=Health
)
def healthy(visit: Visiting) -> Response:
    """Whether the product can be acted on: 200, or 503 and why not. Open to all; its numbers are ages and counts."""
    answer = health_now(visit)
    return as_json(answer, 200 if answer["healthy"] else 503)


@router.get("/api/v1/monitoring/gates", **answering(Gates))
def gates(asked: Asking) -> Response:
    """The verdict of every gate of the newest run: found and expected."""
    return asked.answer(answers.gates)


@router.get("/api/v1/monitoring/failures", **answering(Rows))
def failures(asked: Asking) -> Response:
    """Models that gave no forecast at some origin, and their newest errors."""
    return asked.answer(answers.failures)


@router.get("/api/v1/monitoring/runs", **answering(Paged))
def runs(asked: Asking, page: Paging) -> Response:
    """Every run that wrote here, newest first: code, data, libraries, seed, times and how it ended."""
    return asked.rows(past_answers.runs, page=page)


@router.get("/api/v1/models", **answering(Paged))
def registry(asked: Asking, page: Paging, horizon: LabelOrAll = None) -> Response:
    """Every model: tier, status and who set it, scores and weight by horizon, and why it speaks or does not."""
    return asked.answer(models.listed, horizon, page=page)
