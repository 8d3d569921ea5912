"""The crush as reported: how many beans were crushed, and what oil is left in tank."""

from datetime import timedelta
from functools import partial

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, against_season

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
    Carried("crush:nass.oil_stocks_mlb", _nass("usda_nass_oil_stocks_mlb", "million lb", "oil in stock", _tank)),
    Carried("crush_season:nass.oil_stocks_mlb", _nass("usda_nass_oil_stocks_season_percent", "percent",
            f"soybean oil in stock {_season}", "Stocks rise until spring every year; what departs from that is news.")),
    Carried("crush:nopa.crush_mbu", _nopa("nopa_crush_mbu", "million bu a month", "crushed by members", _crush)),
    Carried("crush:nopa.oil_stocks_mlb", _nopa("nopa_oil_stocks_mlb", "million lb", "members' oil in stock", _tank)),
)  # fmt: skip
MEASURES: tuple[Measure, ...] = (
    Measure("crush_season:nass.oil_stocks_mlb", ("crush:nass.oil_stocks_mlb",), against_season(5, 3, 5)),
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
