"""Where a session stands in the year and in the life of its contract; known ahead."""

from datetime import timedelta
from functools import partial

from oilseer.features.feature import Feature

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
    _contract("season_to_roll_sessions", "sessions", "sessions until the calendar roll of the front contract",
              "Index funds roll on known days and press the front."),
    _contract("season_to_delivery_days", "days", "days until the first of the front's delivery month",
              "Near delivery the front follows the cash market."),
    _contract("season_roll_flag", "1 or 0", "1 in the first session of a new front contract",
              "The level steps to another contract on this day."),
)  # fmt: skip
