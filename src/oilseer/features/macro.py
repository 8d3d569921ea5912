"""Rates, inflation, work and financial stress in the United States, as published by FRED at the time."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.features.rolling import change

LOOKBACK = 63

_fred = partial(
    Feature, reads=("staging.fred_macro_panel",), bucket="fed", driver_group="MACRO_RISK", category="core",
    source="FRED, Federal Reserve Bank of St. Louis", max_age=timedelta(days=12), unit="percent",
    publication_lag="one business day", reliability=0.9,
)  # fmt: skip
_weekly = partial(
    _fred, max_age=timedelta(days=24), update_frequency="weekly", publication_lag="five to seven days", reliability=0.5
)
_monthly = partial(
    _fred, max_age=timedelta(days=100), update_frequency="monthly", publication_lag="days to weeks after the month",
    reliability=0.6,
)  # fmt: skip
_age = "How long ago the value was measured."

FEATURES: tuple[Feature, ...] = (
    _fred("fred_dgs10_percent", formula="10-year Treasury yield", why="Long rates weigh on all stored goods."),
    _fred("fred_dgs2_percent", formula="2-year Treasury yield", why="Carries the expected path of policy."),
    _fred("fred_dgs3mo_percent", formula="3-month Treasury yield", why="The cost of carrying stocks."),
    _fred("fred_t10y2y_percent", formula="10-year less 2-year yield", why="An inverted curve precedes weak demand."),
    _fred("fred_t10y3m_percent", formula="10-year less 3-month yield", why="The slope that best foretold recessions."),
    _fred("fred_dgs10_change_21_percent", formula="10-year yield less that known 21 sessions before",
          why="Changes of rates move the dollar, levels do not."),
    _fred("fred_t10y2y_change_63_percent", formula="slope less that known 63 sessions before",
          why="A curve that steepens shows a turn of policy."),
    _fred("fred_dfedtaru_percent", formula="upper bound of the federal funds target", why="The policy rate itself.",
          reliability=0.4),
    _monthly("fred_fedfunds_percent", formula="federal funds rate, mean", why="Policy over the longer history."),
    _monthly("fred_fedfunds_age_sessions", unit="sessions", formula="sessions since the month's first day", why=_age),
    _weekly("fred_nfci_points", unit="index points", formula="Chicago Fed financial conditions",
            why="Tight credit makes holders of stocks sell."),
    _weekly("fred_nfci_age_sessions", unit="sessions", formula="sessions since the week's date", why=_age),
    _weekly("fred_stlfsi4_points", unit="index points", formula="St. Louis Fed financial stress",
            why="Stress drives funds out of commodities."),
    _weekly("fred_stlfsi4_age_sessions", unit="sessions", formula="sessions since the week's date", why=_age),
    _monthly("fred_unrate_percent", formula="unemployment rate", why="Household demand for food and fuel."),
    _monthly("fred_unrate_age_sessions", unit="sessions", formula="sessions since the month's first day", why=_age),
    _monthly("fred_cpiaucsl_change_12m_percent",
             formula="consumer prices over those a year before, both as known at release",
             why="Inflation draws investors into commodities."),
    _monthly("fred_cpiaucsl_age_sessions", unit="sessions", formula="sessions since the month's first day", why=_age),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`."""
    plain = {
        f"fred_{name}_percent": known[f"fred_{name}"]
        for name in ("dgs10", "dgs2", "dgs3mo", "t10y2y", "t10y3m", "dfedtaru", "fedfunds", "unrate")
    }
    points = {f"fred_{name}_points": known[f"fred_{name}"] for name in ("nfci", "stlfsi4")}
    ages = {
        f"fred_{name}_age_sessions": known[f"fred_{name}_age_sessions"]
        for name in ("fedfunds", "nfci", "stlfsi4", "unrate")
    }
    return {
        **plain,
        **points,
        **ages,
        "fred_dgs10_change_21_percent": change(known["fred_dgs10"], 21),
        "fred_t10y2y_change_63_percent": change(known["fred_t10y2y"], 63),
        "fred_cpiaucsl_change_12m_percent": known["fred_cpi_change_12m"],
        "fred_cpiaucsl_age_sessions": known["fred_cpi_change_12m_age_sessions"],
    }
