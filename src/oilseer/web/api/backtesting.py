"""How good it has been: scores, past bands, weights, and what cover policies would have paid."""

from typing import Annotated, Literal

import duckdb
from fastapi import APIRouter, Query
from starlette.responses import Response

from oilseer.dashboard import answers, past_answers
from oilseer.dashboard.tables import PREDICTIONS, REPLAY, identity, newest, require
from oilseer.web.api.answering import Asking, Paging, answering
from oilseer.web.api.models import Bands, Paged, Rows
from oilseer.web.api.parameters import LabelAsked

router = APIRouter(prefix="/api/v1/backtesting", tags=["backtesting"])


@router.get("/scorecard", **answering(Paged))
def scorecard(
    asked: Asking, page: Paging,
    part: Annotated[
        str, Query(alias="slice", max_length=60, description="all, since_2020, year:2008, regime:CALM, move:large")
    ] = "all",
    target: Literal["price", "volatility"] = "price",
) -> Response:  # fmt: skip
    """Scores of every model beside B0 (no change), B1 (GARCH simulation) and B2 (futures curve), best first."""
    return asked.answer(answers.scorecard, part, target, page=page)


@router.get("/bands", **answering(Bands))
def bands(asked: Asking, horizon: LabelAsked = "1m", band: Literal["50", "80", "90", "95"] = "80") -> Response:
    """Past forecasts at one horizon beside what came true: how often the band held."""
    return asked.answer(past_answers.bands, horizon, int(band))


@router.get("/weights", **answering(Paged))
def weights(asked: Asking, page: Paging, horizon: LabelAsked = "1m") -> Response:
    """Weight of each model in the combination at each origin, newest first."""
    return asked.rows(past_answers.weights, horizon, page=page)


@router.get("/policies", **answering(Rows))
def policies(asked: Asking) -> Response:
    """What cover policies would have paid, each decision from what was known then, against ratable buying."""
    return asked.answer(_policies)


def _policies(connection: duckdb.DuckDBPyConnection) -> dict:
    require(connection, REPLAY, "replay of policies", "run")
    as_of, run_id = newest(connection, PREDICTIONS)
    units = answers.BACKTEST_UNITS
    return identity(connection, run_id, as_of, units) | {"rows": answers.replay(connection)}
