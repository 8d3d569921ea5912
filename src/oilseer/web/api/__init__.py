"""The JSON API under /api/v1, a file a subject; every answer names its units, run, session and workspace."""

from oilseer.web.api import (
    backtesting,
    decisions,
    events,
    explain,
    forecasts,
    market,
    market_past,
    monitoring,
    scenarios,
)

ROUTERS = tuple(
    part.router
    for part in (forecasts, explain, market, market_past, decisions, scenarios, backtesting, monitoring, events)
)
