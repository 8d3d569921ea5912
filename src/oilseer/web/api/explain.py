"""Why a median stands where it stands, and why it moved."""

from fastapi import APIRouter
from starlette.responses import Response

from oilseer.dashboard import explanations
from oilseer.web.api.answering import Asking, answering
from oilseer.web.api.models import Explanation
from oilseer.web.api.parameters import LabelAsked

router = APIRouter(prefix="/api/v1", tags=["explain"])


@router.get("/explain", **answering(Explanation))
def explain(asked: Asking, horizon: LabelAsked = "1m") -> Response:
    """Components of the published median in ¢/lb, which with the price add up to it; and its move since yesterday."""
    return asked.answer(explanations.explain, horizon)
