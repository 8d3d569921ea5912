"""The pages, in the order of the navigation: each is a route that asks readers, and a template."""

from oilseer.web.pages import (
    admin,
    dashboard,
    legislation,
    login,
    market,
    quant,
    quant_admin,
    sentiment,
    status,
    strategy,
    vegas,
)
from oilseer.web.pages.place import Place

PLACES = (
    Place("/dashboard", "Dashboard", dashboard.router),
    Place("/strategy", "Strategy", strategy.router),
    Place("/market", "Market", market.router),
    Place("/sentiment", "Sentiment", sentiment.router),
    Place("/legislation", "Legislation and trade", legislation.router),
    Place("/vegas", "Vegas Intel", vegas.router),
    Place("/quant", "Quant reports", quant.router),
    Place("/quant/admin", "Quant admin", quant_admin.router, for_owner=True),
    Place("/admin", "Admin", admin.router, for_owner=True),
    Place("/status", "Status", status.router),
)  # fmt: skip
ROUTERS = (login.router, *(place.router for place in PLACES))
