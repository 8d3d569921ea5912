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
SHORT_TONS_TO_KT = 0.90718474  # thousand short tons to thousand metric tons
_wasde = partial(
    Feature, reads=("staging.wasde",), max_age=MAX_AGE, bucket="crush", driver_group="WEATHER_SUPPLY",
    category="supply", source="USDA WASDE, as published in each report", update_frequency="monthly",
    publication_lag="none: the report's 12:00 New York", reliability=0.95,
    missing="reports of the WASDE: the source usda_wasde has not been loaded",
)  # fmt: skip
REVISION = "percent change of the same marketing year from the report before"
SURPRISE = "revision less the mean of the 12 before, over their deviation"


def _level(balance: str, commodity: str, item: str, name: str, unit: str, why: str, scale: float = 1.0) -> Carried:
    formula = f"{balance} {commodity} {item}, newest marketing year".replace("_", " ")
    return Carried(f"wasde:{balance}.{commodity}.{item}", _wasde(f"usda_wasde_{name}", unit, formula, why), scale)


def _revision(balance: str, commodity: str, item: str, name: str, why: str) -> Carried:
    unit = "percentage points" if item == "stocks_to_use" else "percent"
    formula = f"{balance} {commodity} {item}: {REVISION}".replace("_", " ")
    key = f"wasde_revision:{balance}.{commodity}.{item}"
    return Carried(key, _wasde(f"usda_wasde_{name}_revision_percent", unit, formula, why))


def _surprise(balance: str, commodity: str, item: str, name: str) -> Carried:
    formula = f"{balance} {commodity} {item}: {SURPRISE}".replace("_", " ")
    why = "USDA revises step by step, so only what departs from its own trend is news."
    feature = _wasde(f"usda_wasde_{name}_surprise_ratio", "standard deviations", formula, why)
    return Carried(f"wasde_surprise:{balance}.{commodity}.{item}", feature)


_tight = "Low stocks against use make every loss of supply dear."
_stocks = "What is left at the end of the year is the cushion under the price."
_crop = "The crop is the largest supply of the year."
_news = "Prices move by what a report changes, not by what it repeats."
CARRIED: tuple[Carried, ...] = (
    _level("us", "soybean_oil", "stocks_to_use", "us_oil_stocks_to_use_percent", "percent", _tight),
    _level("us", "soybean_oil", "ending_stocks", "us_oil_ending_stocks_mlb", "million lb", _stocks),
    _level("us", "soybean_oil", "production", "us_oil_production_mlb", "million lb",
           "Oil comes as a by-product of meal, whatever oil is worth."),
    _level("us", "soybean_oil", "biofuel_use", "us_oil_biofuel_use_mlb", "million lb",
           "Biofuel is the use that grew, and it follows policy."),
    _level("us", "soybean_oil", "exports", "us_oil_exports_mlb", "million lb",
           "Exports open when American oil is cheap in the world."),
    _level("us", "soybeans", "stocks_to_use", "us_beans_stocks_to_use_percent", "percent", _tight),
    _level("us", "soybeans", "ending_stocks", "us_beans_ending_stocks_mbu", "million bu", _stocks),
    _level("us", "soybeans", "production", "us_beans_production_mbu", "million bu", _crop),
    _level("us", "soybeans", "crush", "us_beans_crush_mbu", "million bu", "Crush is what makes oil of beans."),
    _level("us", "soybeans", "exports", "us_beans_exports_mbu", "million bu", "Beans shipped are not crushed at home."),
    _level("us", "soybean_meal", "stocks_to_use", "us_meal_stocks_to_use_percent", "percent",
           "Meal pays for part of the crush."),
    _level("us", "soybean_meal", "ending_stocks", "us_meal_ending_stocks_kt", "kt",
           "Meal that is not sold stops the crush.", SHORT_TONS_TO_KT),
    _level("world", "soybean_oil", "stocks_to_use", "world_oil_stocks_to_use_percent", "percent", _tight),
    _level("world", "soybean_oil", "ending_stocks", "world_oil_ending_stocks_mmt", "million t", _stocks),
    _level("world", "soybean_oil", "production", "world_oil_production_mmt", "million t",
           "The world's oil meets the world's demand."),
    _level("world", "soybeans", "stocks_to_use", "world_beans_stocks_to_use_percent", "percent", _tight),
    _level("world", "soybeans", "ending_stocks", "world_beans_ending_stocks_mmt", "million t", _stocks),
    _level("world", "soybean_meal", "stocks_to_use", "world_meal_stocks_to_use_percent", "percent",
           "Meal pays for part of the crush."),
    _level("brazil", "soybeans", "production", "brazil_beans_production_mmt", "million t", _crop),
    _level("argentina", "soybeans", "production", "argentina_beans_production_mmt", "million t",
           "Argentina is the largest exporter of soybean oil."),
    _level("china", "soybeans", "imports", "china_beans_imports_mmt", "million t", "China buys most of the trade."),
    _revision("us", "soybean_oil", "ending_stocks", "us_oil_ending_stocks", _news),
    _revision("us", "soybean_oil", "stocks_to_use", "us_oil_stocks_to_use", _news),
    _revision("us", "soybean_oil", "production", "us_oil_production", _news),
    _revision("us", "soybean_oil", "biofuel_use", "us_oil_biofuel_use", _news),
    _revision("us", "soybeans", "ending_stocks", "us_beans_ending_stocks", _news),
    _revision("us", "soybeans", "production", "us_beans_production", _news),
    _revision("us", "soybeans", "crush", "us_beans_crush", _news),
    _revision("world", "soybean_oil", "ending_stocks", "world_oil_ending_stocks", _news),
    _revision("world", "soybeans", "ending_stocks", "world_beans_ending_stocks", _news),
    _revision("brazil", "soybeans", "production", "brazil_beans_production", _news),
    _revision("argentina", "soybeans", "production", "argentina_beans_production", _news),
    _revision("china", "soybeans", "imports", "china_beans_imports", _news),
    _surprise("us", "soybean_oil", "ending_stocks", "us_oil_ending_stocks"),
    _surprise("us", "soybean_oil", "biofuel_use", "us_oil_biofuel_use"),
    _surprise("us", "soybeans", "ending_stocks", "us_beans_ending_stocks"),
    _surprise("us", "soybeans", "production", "us_beans_production"),
    _surprise("world", "soybean_oil", "ending_stocks", "world_oil_ending_stocks"),
    _surprise("world", "soybeans", "ending_stocks", "world_beans_ending_stocks"),
)  # fmt: skip
MEASURES: tuple[Measure, ...] = tuple(
    Measure(each.key, (each.key.replace("wasde_surprise:", "wasde_revision:"),), surprise(12, 8))
    for each in CARRIED
    if each.key.startswith("wasde_surprise:")
)
REPORT = "wasde:report_day"
USE = "wasde:us.soybean_oil.use_total"
SERIES = series_of(CARRIED, {REPORT: MAX_AGE.days, USE: MAX_AGE.days}, aged=(REPORT,))
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    _wasde("usda_wasde_us_oil_biofuel_share_percent", "percent", "biofuel use over all use of soybean oil",
           "The share of oil that follows fuel policy rather than kitchens."),
    _wasde("usda_wasde_since_report_days", "days", "days since the newest report", "A report is news for some days."),
    _wasde("usda_wasde_age_sessions", "sessions", "sessions since the newest report",
           "How long ago the balance was measured."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    use = known[column(USE)]
    return carry(CARRIED, known) | {
        "usda_wasde_us_oil_biofuel_share_percent": 100
        * known[column("wasde:us.soybean_oil.biofuel_use")]
        / np.where(use > 0, use, np.nan),
        "usda_wasde_since_report_days": known["as_of_date"] - known[column(REPORT)],
        "usda_wasde_age_sessions": known[f"{column(REPORT)}_age_sessions"],
    }
