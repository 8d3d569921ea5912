"""The raw tables: vendors' rows with their own units, stamped with when the world could know them.

`available_at` is part of every key, so a later vintage stands beside the one before it. A subject is one file, and
a table is known everywhere by standing in that file's SPECS.
"""

from oilseer.raw.specs import agriculture, energy, macro, markets, news, positioning, weather
from oilseer.raw.specs.agriculture import CRUSH_MONTHLY, WASDE
from oilseer.raw.specs.energy import EIA_BIOFUELS, EIA_SPOT, EIA_WEEKLY, LCFS, RFS_VOLUMES, RIN
from oilseer.raw.specs.macro import BLS, FRED, FX, MONTHLY
from oilseer.raw.specs.markets import CONTRACTS_1D, FUTURES_1D, FUTURES_1H, FUTURES_ROLLS, VIX, YAHOO
from oilseer.raw.specs.news import BUCKET_NEWS, POLICY_EVENTS, SCRAPECREATORS_NEWS
from oilseer.raw.specs.positioning import COT_DISAGGREGATED, COT_LEGACY
from oilseer.raw.specs.weather import ONI, WEATHER, WEATHER_GRID
from oilseer.warehouse.spec import TableSpec

SPECS: tuple[TableSpec, ...] = (
    *markets.SPECS, *macro.SPECS, *positioning.SPECS, *agriculture.SPECS, *energy.SPECS, *weather.SPECS, *news.SPECS,
)  # fmt: skip
BY_NAME: dict[str, TableSpec] = {spec.name: spec for spec in SPECS}

__all__ = [
    "BLS",
    "BUCKET_NEWS",
    "BY_NAME",
    "CONTRACTS_1D",
    "COT_DISAGGREGATED",
    "COT_LEGACY",
    "CRUSH_MONTHLY",
    "EIA_BIOFUELS",
    "EIA_SPOT",
    "EIA_WEEKLY",
    "FRED",
    "FUTURES_1D",
    "FUTURES_1H",
    "FUTURES_ROLLS",
    "FX",
    "LCFS",
    "MONTHLY",
    "ONI",
    "POLICY_EVENTS",
    "RFS_VOLUMES",
    "RIN",
    "SCRAPECREATORS_NEWS",
    "SPECS",
    "VIX",
    "WASDE",
    "WEATHER",
    "WEATHER_GRID",
    "YAHOO",
]  # fmt: skip
