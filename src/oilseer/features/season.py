"""Where a session stands in the year and in the life of its contract; known ahead."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature

LOOKBACK = 0

_season = partial(
    Feature, reads=("staging.zl_prices_clean",), max_age=timedelta(days=1), bucket="crush",
    driver_group="WEATHER_SUPPLY", category="season", source="calendar and CBOT contract months", reliability=1.0,
)  # fmt: skip
_contract = partial(_season, bucket="volatility", driver_group="TECHNICAL_REGIME")

FEATURES: tuple[Feature, ...] = (
    _season("season_year_sine_ratio", "−1 to 1", "sin(2π · day of the year / 365.25)",
            "Planting, pod filling and harvest repeat every year."),
    _season("season_year_cosine_ratio", "−1 to 1", "cos(2π · day of the year / 365.25)",
            "With the sine it places the session in the year."),
    _season("season_month_number", "1 to 12", "month of the session", "Reports and harvests come in fixed months."),
    _contract("season_to_delivery_days", "days", "days until the first of the front's delivery month, 0 within it",
              "Near delivery the front follows the cash market."),
    _contract("season_roll_flag", "1 or 0", "1 in the first session of a new front contract",
              "The level steps to another contract on this day."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name, from the columns of `known`; the calendar is known ahead.

    Dates are days since 1970-01-01.
    """
    days = known["as_of_date"].astype(np.int64).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    of_year = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(float) + 1
    turn = 2 * np.pi * of_year / 365.25
    return {
        "season_year_sine_ratio": np.sin(turn),
        "season_year_cosine_ratio": np.cos(turn),
        "season_month_number": months.astype(np.int64) % 12 + 1.0,
        "season_to_delivery_days": np.maximum(known["contract_month"] - known["as_of_date"], 0),
        "season_roll_flag": (known["is_roll"] == 1).astype(float),
    }
