"""Biofuel: RIN prices and what they add to biodiesel's margin, feedstock, production, and mandated volumes.

RIN prices of a week are public weeks later, when EPA has posted them; the age says how old they are.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.carried import Carried, carry, column, series_of
from oilseer.features.feature import Feature
from oilseer.features.replay import Measure, log_change, percent_change, weekly_volatility

RIN_AGE, EIA_AGE, RFS_AGE = timedelta(days=110), timedelta(days=190), timedelta(days=1100)
LB_PER_GALLON, RINS_PER_GALLON = 7.5, 1.5
_rin = partial(
    Feature, reads=("staging.rin_prices",), max_age=RIN_AGE, bucket="biofuel", driver_group="BIOFUEL_ENERGY",
    category="biofuel", source="EPA RIN trades and price information", update_frequency="weekly",
    publication_lag="2 to 8 weeks, when EPA posts the week", reliability=0.6,
)  # fmt: skip
_eia = partial(
    Feature, reads=("staging.biofuels",), max_age=EIA_AGE, bucket="biofuel", driver_group="BIOFUEL_ENERGY",
    category="biofuel", source="EIA API v2, biofuel feedstocks and supply", update_frequency="monthly",
    publication_lag="about 60 days after the month", reliability=0.8,
    missing="EIA biofuels: give EIA_API_KEY to the source eia",
)  # fmt: skip
_rfs = partial(
    Feature, reads=("staging.rfs_volumes",), max_age=RFS_AGE, bucket="biofuel", driver_group="POLICY_REGULATION",
    category="policy", source="EPA final rules in the Federal Register", update_frequency="yearly",
    publication_lag="none: the rule's publication 17:00 New York", reliability=0.9,
)  # fmt: skip
_D = {
    "D3": "cellulosic biofuel", "D4": "biomass-based diesel", "D5": "advanced biofuel", "D6": "renewable fuel",
}  # fmt: skip
_rare = "D3 and D5 are not in the RIN prices loaded; put EPA's export into the drop folder of epa_rin"
_rule = "final rule of the current year, else of the last year that has one"
_in_rins = "from 2026 on EPA states this volume in RINs, not in gallons"
CARRIED: tuple[Carried, ...] = (
    *(
        Carried(f"rin:{code}", _rin(
            f"epa_rin_{code.lower()}_usd_per_rin", "USD/RIN", f"{code} price of the week's own RIN year",
            f"What blenders pay for {what} beyond its worth as fuel.", missing=_rare if code in ("D3", "D5") else ""))
        for code, what in _D.items()
    ),
    Carried("rin_momentum:D4", _rin("epa_rin_d4_momentum_4w_ratio", "log ratio", "log of D4 over four weeks before",
            "A rising D4 lets biodiesel plants bid more for oil.")),
    Carried("rin_volatility:D4", _rin("epa_rin_d4_volatility_12w_ratio", "ratio a year",
            "deviation of 12 weekly log changes of D4 · √52", "Restless credits show that policy is in doubt.")),
    Carried("biofuel:soybean_oil_feedstock_mlb", _eia("eia_soyoil_feedstock_mlb", "million lb a month",
            "soybean oil put into biofuel", "Biofuel takes nearly half of American soybean oil.")),
    Carried("biofuel_yoy:soybean_oil_feedstock_mlb", _eia("eia_soyoil_feedstock_yoy_percent", "percent",
            "soybean oil put into biofuel over that a year before", "Growth of the use that moves the price.")),
    Carried("biofuel_yoy:biodiesel_production_mgal", _eia("eia_biodiesel_production_yoy_percent", "percent",
            "biodiesel made over that a year before", "Growth of biodiesel is growth of oil use.")),
    Carried("biofuel_momentum:biodiesel_production_mgal", _eia("eia_biodiesel_production_momentum_3m_ratio",
            "log ratio", "log of biodiesel made over that three months before",
            "Plants slow down before credits end.")),
    Carried("rfs_current:biomass_based_diesel", _rfs("epa_rfs_biomass_based_diesel_billion_gal", "billion gallons",
            f"volume of biomass-based diesel, {_rule}", "The volume that the law asks for must be bought.",
            missing=_in_rins)),
    Carried("rfs_current:renewable_fuel", _rfs("epa_rfs_total_billion_rins", "billion RINs",
            f"volume of renewable fuel, {_rule}", "What corn ethanol cannot fill falls to biodiesel.")),
    Carried("rfs_growth:biomass_based_diesel", _rfs("epa_rfs_biomass_based_diesel_growth_percent", "percent",
            "volume of biomass-based diesel over that of the year before, both as known", "Growth is new demand.",
            missing=f"{_in_rins}: 2026 has no year before in its unit")),
    Carried("rfs_next:biomass_based_diesel", _rfs("epa_rfs_biomass_based_diesel_next_billion_gal", "billion gallons",
            "final volume of biomass-based diesel of the next year, null where no rule has set it",
            "A path that is set lets plants buy ahead.", max_age=timedelta(days=370), reliability=0.6,
            missing=f"no rule has set the next year yet; {_in_rins}")),
)  # fmt: skip
MEASURES: tuple[Measure, ...] = (
    Measure("rin_momentum:D4", ("rin:D4",), log_change(28, 4)),
    Measure("rin_volatility:D4", ("rin:D4",), weekly_volatility(12, 10)),
    *(
        Measure(f"biofuel_yoy:{item}", (f"biofuel:{item}",), percent_change(365, 10))
        for item in ("soybean_oil_feedstock_mlb", "biodiesel_production_mgal")
    ),
    Measure("biofuel_momentum:biodiesel_production_mgal", ("biofuel:biodiesel_production_mgal",), log_change(91, 12)),
)
SERIES = series_of(
    CARRIED, {}, aged=("rin:D4", "biofuel:soybean_oil_feedstock_mlb", "rfs_current:biomass_based_diesel")
)
FEATURES: tuple[Feature, ...] = (
    *(each.feature for each in CARRIED),
    _rin("spread_biodiesel_margin_usd_per_gal", "USD/gal", "HO + 1.5 · D4 − 7.5 · ZL / 100, before operating cost and "
         "tax credits, which no loaded source gives by date", "Plants run, and buy oil, while this pays.",
         reads=("staging.market_daily", "staging.rin_prices")),
    _rin("epa_rin_age_sessions", "sessions", "sessions since the Monday of the newest D4 week", "Posted weeks late."),
    _eia("eia_biofuels_age_sessions", "sessions", "sessions since the first day of the newest month",
         "Posted two months late."),
    _rfs("epa_rfs_age_sessions", "sessions", "sessions since the rule, or the year's first day where it came before",
         "Old volumes are in the price."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    credit = RINS_PER_GALLON * known["rin_d4"]
    return carry(CARRIED, known) | {
        "spread_biodiesel_margin_usd_per_gal": known["ho"] + credit - LB_PER_GALLON * known["zl"] / 100,
        "epa_rin_age_sessions": known["rin_d4_age_sessions"],
        "eia_biofuels_age_sessions": known[f"{column('biofuel:soybean_oil_feedstock_mlb')}_age_sessions"],
        "epa_rfs_age_sessions": known[f"{column('rfs_current:biomass_based_diesel')}_age_sessions"],
    }
