"""How much to cover, what the open pounds may cost, and stress tests of both. Nothing here is kept."""

from typing import Annotated, Any

import duckdb
from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from oilseer import decide, price_risk, stress
from oilseer.dashboard import answers
from oilseer.decisions.needs import MOST_MONTHS, RANGES, Needs, needs_of
from oilseer.errors import ConfigError
from oilseer.reference.scenarios import LONGEST, Scenario, own_scenario, scenario
from oilseer.settings import Settings
from oilseer.web.api.answering import Asking, answering
from oilseer.web.api.heavy import heavy
from oilseer.web.api.models import Answer, Plan
from oilseer.web.problems import Problem

router = APIRouter(prefix="/api/v1", tags=["decisions"])


def _bounded(name: str) -> Any:
    low, high = RANGES[name]
    return Field(default=None, ge=low, le=high)


class MonthBody(BaseModel):
    """What is needed in one calendar month."""

    model_config = ConfigDict(extra="forbid")

    month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="2026-01")
    need_lb: float = Field(ge=RANGES["need_lb"][0], le=RANGES["need_lb"][1], description="pounds")
    covered_lb: float | None = _bounded("covered_lb")
    covered_price_cents_per_lb: float | None = _bounded("covered_price_cents_per_lb")
    minimum_cover_ratio: float | None = _bounded("minimum_cover_ratio")
    maximum_cover_ratio: float | None = _bounded("maximum_cover_ratio")
    basis_cents_per_lb: float | None = _bounded("basis_cents_per_lb")


class NeedsBody(BaseModel):
    """A buyer's own table: consecutive months, at most those that forecasts reach are planned."""

    model_config = ConfigDict(extra="forbid")

    months: list[MonthBody] = Field(min_length=1, max_length=5 * MOST_MONTHS)
    budget_cents_per_lb: float | None = Field(default=None, gt=0, le=500, description="¢/lb, basis included")


@router.get("/procurement", **answering(Plan))
def procurement(asked: Asking) -> Response:
    """The published cover plan: months, ladder, tripwires, the cost of being wrong, and such plans in the past."""
    return asked.answer(answers.plan)


@router.post("/procurement", **answering(Plan, 400, 403, 413, 503))
async def own_procurement(asked: Asking, needs: Annotated[NeedsBody, Body()]) -> Response:
    """The plan for a table of your own, from the same paths as the published one. It is not kept."""
    said = needs.model_dump(exclude_none=True)
    budget = said.pop("budget_cents_per_lb", None)
    table = said | ({"cover": {"budget_cents_per_lb": budget}} if budget is not None else {})
    try:
        own = needs_of("months", table)
    except ConfigError as error:
        raise Problem(422, "bad-request", str(error)) from error
    return await _judged(asked, _plan_of, own, asked.visit.site.settings)


@router.get("/risk", **answering(Answer, 503))
async def risk(asked: Asking) -> Response:
    """What the open pounds may cost by horizon and by month, from joint paths of soybean oil and its drivers."""
    return await heavy(asked, price_risk.price_risk, asked.visit.site.settings)


@router.get("/risk/past", **answering(Answer, 503))
async def past_risk(asked: Asking) -> Response:
    """How often past outcomes went beyond the upper bands, and how soybean oil followed what stress tests say."""
    return await heavy(asked, price_risk.past_risk, asked.visit.site.settings)


@router.get("/stress", **answering(Answer, 503))
async def run_stress(
    asked: Asking,
    name: Annotated[str | None, Query(alias="scenario", max_length=40, description="a shipped scenario")] = None,
    shock: Annotated[list[str] | None, Query(max_length=8, description="CL=-20%, VIX=+30; may be given again")] = None,
    sessions: Annotated[int, Query(ge=1, le=LONGEST, description="over which your own shocks spread")] = 21,
) -> Response:
    """A shipped scenario or your own shocks: bands, reactions, cost of the open pounds, what followed in the past."""
    try:
        if bool(name) == bool(shock):
            raise ConfigError("found a scenario and shocks, or neither: give ?scenario=NAME or ?shock=CL=-20%")
        wanted = scenario(name) if name else own_scenario(shock or [], sessions)
    except ConfigError as error:
        raise Problem(422, "bad-request", str(error)) from error
    return await _judged(asked, _stress_of, wanted, asked.visit.site.settings)


async def _judged(asked: Asking, reader: Any, *args: Any) -> Response:
    """A heavy answer to something that the visitor made up; what is wrong with it is theirs to mend."""
    asked.visit.ask(answers.forecast)  # nothing published is no fault of theirs
    try:
        return await heavy(asked, reader, *args, is_own=True)
    except ConfigError as error:
        raise Problem(422, "bad-request", str(error)) from error


def _plan_of(connection: duckdb.DuckDBPyConnection, needs: Needs, settings: Settings) -> dict:
    return answers.plan_of(connection, *decide.plan_needs(connection, needs, settings))


def _stress_of(connection: duckdb.DuckDBPyConnection, wanted: Scenario, settings: Settings) -> dict:
    return stress.stress(connection, settings, wanted)
