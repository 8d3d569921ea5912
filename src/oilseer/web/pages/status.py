"""The status page: what is published, how old its inputs are, which gates passed; without a forecast, how to begin."""

from fastapi import APIRouter
from starlette.responses import Response

from oilseer.dashboard import answers, report
from oilseer.web.health import health_now
from oilseer.web.pages.rendering import page
from oilseer.web.visit import Visiting

router = APIRouter(include_in_schema=False)


@router.get("/status")
def status(visit: Visiting) -> Response:
    """How things stand."""
    health, gates = health_now(visit), visit.see(answers.gates)
    return page(
        visit, "status.html", health=health, gates=gates,
        health_rows=[report.health_row(row) for row in health["rows"]],
        gate_rows=[report.gate_row(row) for row in gates.answer["rows"]] if gates else [],
    )  # fmt: skip
