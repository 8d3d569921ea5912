"""The crush as reported: how many beans were crushed, what oil came of them, and what oil is left in tank."""

from datetime import timedelta
from functools import partial

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, against_season, log_change, percent_change

MAX_AGE = timedelta(days=135)
_nass = partial(
    Feature, reads=("staging.crush_monthly",), max_age=MAX_AGE, bucket="crush", driver_group="WEATHER_SUPPLY",
    category="supply", source="USDA NASS Fats and Oils", update_frequency="monthly",
    publication_lag="first business day of the second month after", reliability=0.5,
    missing="NASS crush: give USDA_NASS_API_KEY to the source usda_nass, or import a history",
)  # fmt: skip
_nopa = partial(
    _nass, source="NOPA, members only; the user's own export", publication_lag="the 15th of the next month",
    max_age=timedelta(days=80), reliability=0.6,
    missing="NOPA crush: no free source; put the user's own export into the drop folder of nopa",
)  # fmt: skip
_crush, _tank = "Crush is what makes oil of beans.", "Oil in tank is the cushion under the price."
_season = "against the mean of the same month in five years before"
CARRIED: tuple[Carried, ...] = (
    Carried("crush:nass.crush_mbu", _nass("usda_nass_crush_mbu", "million bu a month", "soybeans crushed", _crush)),
    Carried("crush_yoy:nass.crush_mbu", _nass("usda_nass_crush_yoy_percent", "percent",
            "soybeans crushed over those a year before", _crush)),
    Carried("crush_season:nass.crush_mbu", _nass("usda_nass_crush_season_percent", "percent",
            f"soybeans crushed {_season}", "Crush beyond its season fills the tanks.")),
    Carried("crush:nass.oil_produced_mlb", _nass("usda_nass_oil_produced_mlb", "million lb a month",
            "crude soybean oil produced", "New oil must find a buyer.")),
    Carried("crush:nass.oil_stocks_mlb", _nass("usda_nass_oil_stocks_mlb", "million lb", "oil in stock", _tank)),
    Carried("crush_yoy:nass.oil_stocks_mlb", _nass("usda_nass_oil_stocks_yoy_percent", "percent",
            "soybean oil in stock over that a year before", _tank)),
    Carried("crush_season:nass.oil_stocks_mlb", _nass("usda_nass_oil_stocks_season_percent", "percent",
            f"soybean oil in stock {_season}", "Stocks rise until spring every year; what departs from that is news.")),
    Carried("crush_momentum:nass.oil_stocks_mlb", _nass("usda_nass_oil_stocks_momentum_3m_ratio", "log ratio",
            "log of soybean oil in stock over that three months before", "Tanks that empty fast lift the price.")),
    Carried("crush:nass.oil_yield_lb_per_bu", _nass("usda_nass_oil_yield_lb_per_bu", "lb/bu",
            "oil produced over soybeans crushed", "Oil-poor beans make less oil of the same crush.")),
    Carried("crush_season:nass.oil_yield_lb_per_bu", _nass("usda_nass_oil_yield_season_percent", "percent",
            f"oil yield {_season}", "Oil-poor beans make less oil of the same crush.")),
    Carried("crush:nopa.crush_mbu", _nopa("nopa_crush_mbu", "million bu a month", "crushed by members", _crush)),
    Carried("crush_yoy:nopa.crush_mbu", _nopa("nopa_crush_yoy_percent", "percent",
            "soybeans crushed by members over those a year before", _crush)),
    Carried("crush_season:nopa.crush_mbu", _nopa("nopa_crush_season_percent", "percent",
            f"soybeans crushed by members {_season}", "The first word on the month's oil.")),
    Carried("crush:nopa.oil_stocks_mlb", _nopa("nopa_oil_stocks_mlb", "million lb", "members' oil in stock", _tank)),
    Carried("crush_season:nopa.oil_stocks_mlb", _nopa("nopa_oil_stocks_season_percent", "percent",
            f"members' soybean oil in stock {_season}", _tank)),
)  # fmt: skip
_MADE = {
    "crush_yoy": percent_change(365, 5),
    "crush_season": against_season(5, 3, 5),
    "crush_momentum": log_change(91, 5),
}
MEASURES: tuple[Measure, ...] = tuple(
    Measure(each.key, ("crush:" + each.key.split(":")[1],), _MADE[each.key.split(":")[0]])
    for each in CARRIED
    if not each.key.startswith("crush:")
)
AGED = ("crush:nass.crush_mbu", "crush:nopa.crush_mbu")
SERIES = series_of(CARRIED, {}, aged=AGED)
_age = "Old reports are in the price."
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    _nass("usda_nass_crush_age_sessions", "sessions", "sessions since the first day of the newest month", _age),
    _nopa("nopa_crush_age_sessions", "sessions", "sessions since the first day of the newest month", _age),
)


def compute(known):
    """Feature columns (n,) by name, from the columns of `known`."""
    return carry(CARRIED, known) | {
        name: known[f"{column(key)}_age_sessions"]
        for name, key in zip(("usda_nass_crush_age_sessions", "nopa_crush_age_sessions"), AGED, strict=True)
    }
