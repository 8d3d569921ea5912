"""Who buys: American export sales against the season, China's share of them, and China's imports by customs."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, against_season, log_change

WEEK_AGE, MONTH_AGE = timedelta(days=35), timedelta(days=190)
_sales = partial(
    Feature, reads=("staging.export_sales",), max_age=WEEK_AGE, bucket="china", driver_group="TRADE_TARIFF",
    category="trade", source="USDA FAS Export Sales Reporting", update_frequency="weekly",
    publication_lag="the week to Thursday on the next Thursday 08:30", reliability=0.9,
    missing="USDA export sales: give USDA_FAS_API_KEY to the source usda_export_sales",
)  # fmt: skip
_customs = partial(
    Feature, reads=("staging.china_imports",), max_age=MONTH_AGE, bucket="china", driver_group="TRADE_TARIFF",
    category="trade", source="UN Comtrade, China as reporter", update_frequency="monthly",
    publication_lag="about three months after the month", reliability=0.6,
    missing="China's imports: the source comtrade has not been loaded",
)  # fmt: skip
_pace = "Sales ahead of their season empty the country, sales behind it fill it."
_to_all = "exported or sold to all destinations"
CARRIED: tuple[Carried, ...] = (
    Carried("export_season:soybeans.all.commitments", _sales("usda_export_beans_pace_percent", "percent",
            f"soybeans {_to_all}, against the mean of the same week of five years before", _pace)),
    Carried("export_momentum:soybeans.all.commitments", _sales("usda_export_beans_momentum_4w_ratio", "log ratio",
            f"log of soybeans {_to_all} over those four weeks before", "Fresh buying lifts the whole complex.")),
    Carried("export_season:soybean_oil.all.commitments", _sales("usda_export_oil_pace_percent", "percent",
            f"soybean oil {_to_all}, against the mean of the same week of five years before", _pace)),
    Carried("export_share:soybeans.china", _sales("usda_export_china_share_percent", "percent",
            "soybeans exported or sold to China over those to all destinations", "China buys half of all trade.")),
    Carried("export_season:soybeans.china.commitments", _sales("usda_export_china_pace_percent", "percent",
            "soybeans exported or sold to China, against the mean of the same week of five years before",
            "What China buys counts, not what is said.")),
    Carried("china_season:soybeans.world", _customs("comtrade_china_beans_season_percent", "percent",
            "soybeans that China imported, against the mean of the month in five years before",
            "Imports against the season say more than talk.")),
)  # fmt: skip


def _share(dates: np.ndarray, part: np.ndarray, whole: np.ndarray) -> float:
    return 100 * float(part[-1] / whole[-1]) if whole[-1] > 0 else np.nan


_MADE = {
    "export_season": against_season(5, 3, 4),
    "export_momentum": log_change(28, 3),
    "china_season": against_season(5, 3, 5),
}
MEASURES: tuple[Measure, ...] = (
    *(
        Measure(each.key, (each.key.split("_")[0] + ":" + each.key.split(":")[1],), _MADE[each.key.split(":")[0]])
        for each in CARRIED
        if each.key.split(":")[0] in _MADE
    ),
    Measure("export_share:soybeans.china", ("export:soybeans.china.commitments", "export:soybeans.all.commitments"),
            _share),
)  # fmt: skip
AGED = {
    "export_season:soybeans.all.commitments": "usda_export_age_sessions",
    "china_season:soybeans.world": "comtrade_age_sessions",
}
SERIES = series_of(CARRIED, {}, aged=tuple(AGED))
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    _sales("usda_export_age_sessions", "sessions", "sessions since the Thursday on which the newest week ends",
           "An old report says less."),
    _customs("comtrade_age_sessions", "sessions", "sessions since the first day of the newest month",
             "Customs report months late."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    return carry(CARRIED, known) | {name: known[f"{column(key)}_age_sessions"] for key, name in AGED.items()}
