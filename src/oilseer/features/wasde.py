"""USDA's monthly balance of soybeans, oil and meal: stocks against use, and what each report changed.

The marketing year is the newest one that a report projects; a revision compares the year that was the newest in the
report before, in both reports, so the step to a new year in May is none.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, surprise

MAX_AGE = timedelta(days=75)  # shutdowns have cost a report
_wasde = partial(
    Feature, reads=("staging.wasde",), max_age=MAX_AGE, bucket="crush", driver_group="WEATHER_SUPPLY",
    category="supply", source="USDA WASDE, as published in each report", update_frequency="monthly",
    publication_lag="none: the report's 12:00 New York", reliability=0.95,
    missing="reports of the WASDE: the source usda_wasde has not been loaded",
)  # fmt: skip
REVISION = "percent change of the same marketing year from the report before"
SURPRISE = "revision less the mean of the 12 before, over their deviation"


def _level(balance: str, commodity: str, item: str, name: str, unit: str, why: str) -> Carried:
    formula = f"{balance} {commodity} {item}, newest marketing year".replace("_", " ")
    return Carried(f"wasde:{balance}.{commodity}.{item}", _wasde(f"usda_wasde_{name}", unit, formula, why))


def _revision(balance: str, commodity: str, item: str, name: str, why: str) -> Carried:
    formula = f"{balance} {commodity} {item}: {REVISION}".replace("_", " ")
    key = f"wasde_revision:{balance}.{commodity}.{item}"
    return Carried(key, _wasde(f"usda_wasde_{name}_revision_percent", "percent", formula, why))


def _surprise(balance: str, commodity: str, item: str, name: str) -> Carried:
    formula = f"{balance} {commodity} {item}: {SURPRISE}".replace("_", " ")
    why = "USDA revises step by step, so only what departs from its own trend is news."
    feature = _wasde(f"usda_wasde_{name}_surprise_ratio", "standard deviations", formula, why)
    return Carried(f"wasde_surprise:{balance}.{commodity}.{item}", feature)


_tight = "Low stocks against use make every loss of supply dear."
_news = "Prices move by what a report changes, not by what it repeats."
CARRIED: tuple[Carried, ...] = (
    _level("us", "soybean_oil", "stocks_to_use", "us_oil_stocks_to_use_percent", "percent", _tight),
    _level("us", "soybean_oil", "biofuel_use", "us_oil_biofuel_use_mlb", "million lb",
           "Biofuel is the use that grew, and it follows policy."),
    _level("us", "soybeans", "stocks_to_use", "us_beans_stocks_to_use_percent", "percent", _tight),
    _level("world", "soybean_oil", "stocks_to_use", "world_oil_stocks_to_use_percent", "percent", _tight),
    _level("brazil", "soybeans", "production", "brazil_beans_production_mmt", "million t",
           "Brazil grows the largest crop."),
    _level("china", "soybeans", "imports", "china_beans_imports_mmt", "million t", "China buys most of the trade."),
    _revision("us", "soybean_oil", "ending_stocks", "us_oil_ending_stocks", _news),
    _revision("us", "soybean_oil", "biofuel_use", "us_oil_biofuel_use", _news),
    _revision("us", "soybeans", "ending_stocks", "us_beans_ending_stocks", _news),
    _revision("world", "soybean_oil", "ending_stocks", "world_oil_ending_stocks", _news),
    _surprise("us", "soybean_oil", "ending_stocks", "us_oil_ending_stocks"),
    _surprise("us", "soybeans", "ending_stocks", "us_beans_ending_stocks"),
)  # fmt: skip
MEASURES: tuple[Measure, ...] = tuple(
    Measure(each.key, (each.key.replace("wasde_surprise:", "wasde_revision:"),), surprise(12, 8))
    for each in CARRIED
    if each.key.startswith("wasde_surprise:")
)
REPORT = "wasde:report_day"
SERIES = series_of(CARRIED, {REPORT: MAX_AGE.days}, aged=(REPORT,))
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    _wasde("usda_wasde_age_sessions", "sessions", "sessions since the newest report",
           "How long ago the balance was measured."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    return carry(CARRIED, known) | {"usda_wasde_age_sessions": known[f"{column(REPORT)}_age_sessions"]}
