"""The shipped scenarios, and the stress tests that were run and kept up to the publication."""

from typing import Annotated

import duckdb
from fastapi import APIRouter, Path
from starlette.responses import Response

from oilseer.dashboard import scenario_tables
from oilseer.dashboard.lists import at_last_session
from oilseer.dashboard.tables import exists
from oilseer.errors import ConfigError
from oilseer.forecasts.scenario_runs import RUNS, read, saved
from oilseer.web.api.answering import Asking, answering
from oilseer.web.api.models import Answer, Scenarios

router = APIRouter(prefix="/api/v1/scenarios", tags=["decisions"])
UNITS = {"oil_change_ratio": "ratio, of the soybean oil price by the last session of the shock"}


@router.get("", **answering(Scenarios))
def scenarios(asked: Asking) -> Response:
    """Shipped scenarios with their shocks, and kept ones; /api/v1/stress runs one."""
    return asked.answer(_catalogue)


@router.get("/{scenario_id}", **answering(Answer))
def scenario(asked: Asking, scenario_id: Annotated[str, Path(max_length=120, pattern=r"^[A-Za-z0-9_-]+$")]) -> Response:
    """A kept stress test as it was answered, by its identity or enough of its beginning."""
    return asked.answer(_kept, scenario_id)


def _catalogue(connection: duckdb.DuckDBPyConnection) -> dict:
    kept = saved(connection) if exists(connection, RUNS.name) else []
    return at_last_session(connection, UNITS) | scenario_tables.catalogue(kept)


def _kept(connection: duckdb.DuckDBPyConnection, identity: str) -> dict:
    if not exists(connection, RUNS.name):
        raise ConfigError(f"{RUNS.name} holds no kept scenarios in this publication: `oilseer scenario run` keeps one")
    return read(connection, identity)
