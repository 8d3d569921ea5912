"""The JSON API under /api/v1, a file a subject; every answer names its units, run, session and workspace."""

from oilseer.web.api import monitoring

ROUTERS = (monitoring.router,)
