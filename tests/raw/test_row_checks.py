"""What rows must be and what is only odd, by hand-made series; and the stamping of a parser's rows."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from oilseer.errors import ContractError
from oilseer.raw.availability import Rule
from oilseer.raw.checks import policy_moves, stuck_rows
from oilseer.raw.source import Rows
from oilseer.raw.specs import FRED, MONTHLY, VIX, YAHOO
from oilseer.raw.stamp import stamp

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
RULE = Rule(at="17:00")
FIRST = date(2025, 5, 5)


def prices(closes: list[float], symbol: str = "ZL") -> pl.DataFrame:
    """A close a day from FIRST on."""
    days = [FIRST + timedelta(days=n) for n in range(len(closes))]
    return pl.DataFrame({"symbol": symbol, "observation_date": days, "close": closes})


def level(value: float | None, day: date = FIRST) -> pl.DataFrame:
    """What the table knows of ZL."""
    rows = [] if value is None else [("ZL", day, value)]
    return pl.DataFrame(rows, schema=["symbol", "observation_date", "value"], orient="row")


def stamped(frame: pl.DataFrame, known: pl.DataFrame, spec=YAHOO, rule=RULE):
    """The frame as rows of its table."""
    return stamp(Rows(spec, frame, rule), "yahoo", "f" * 64, NOW, NOW, lambda *_: known)


@pytest.mark.parametrize("factor", [22.0462, 1 / 22.0462, 100, 0.01, 1000, 1 / 1000, 2204.62, 36.7437, 22.0462 * 1.1])
def test_a_level_off_by_a_units_factor_is_held(factor):
    made = stamped(prices([50.1 * factor, 50.2 * factor]), level(50.0, FIRST - timedelta(days=1)))
    assert (made.rows.height, made.held.height) == (0, 2)
    assert set(made.held["reason"]) == {"unit seems to have changed"}


@pytest.mark.parametrize("factor", [0.34, 0.7, 1.4, 4.2, 10.0, 18.0, 27.0, 60.0])
def test_a_genuine_move_is_kept_however_large(factor):
    made = stamped(prices([50.0 * factor, 50.5 * factor]), level(50.0, FIRST - timedelta(days=1)))
    assert made.rows.height == 2
    assert made.flagged == 0  # the step from the known level lies outside the delivery


def test_only_the_rows_in_the_other_unit_are_held():
    closes = [50.0, 51.0, 51.0 * 22.0462, 52.0 * 22.0462, 52.5, 53.0]
    made = stamped(prices(closes), level(None))
    assert made.rows["close"].to_list() == [50.0, 51.0, 52.5, 53.0]


def test_a_whole_history_in_another_unit_is_seen_by_the_day_that_is_known():
    made = stamped(prices([n * 22.0462 for n in (50.0, 51.0, 52.0)]), level(51.0, FIRST + timedelta(days=1)))
    assert made.rows.height == 0


def test_ringgit_for_dollars_is_a_unit_of_monthly_prices_only():
    frame = pl.DataFrame({"code": "PALM_OIL", "unit": "$/mt", "observation_date": [FIRST], "value": [4200.0]})
    known = pl.DataFrame({"code": "PALM_OIL", "observation_date": [FIRST - timedelta(days=30)], "value": [1000.0]})
    assert stamped(frame, known, MONTHLY).held.height == 1


def test_crude_oil_below_zero_is_no_unit_and_stays():
    made = stamped(prices([18.27, -37.63, 10.01], "CL"), level(None))
    assert made.rows["close"].to_list() == [18.27, -37.63, 10.01]


def test_a_price_that_stands_still_ten_times_is_counted_and_kept():
    assert stuck_rows(YAHOO, prices([50.0] * 10 + [51.0] * 9)) == 1
    assert stamped(prices([50.0] * 12), level(None)).rows.height == 12


def test_a_policy_rate_that_moves_by_a_fifth_is_counted_and_kept():
    rates = pl.DataFrame({"series_id": ["DFF", "DFF", "DFF", "DGS10", "DGS10"],
                          "observation_date": [FIRST, FIRST + timedelta(1), FIRST + timedelta(2)] + [FIRST] * 2,
                          "value": [1.0, 1.19, 1.5, 4.0, 6.0]})  # fmt: skip
    assert policy_moves(FRED, rates) == 1


def test_recorded_instants_are_vintages_and_ruled_ones_are_lagged():
    frame = pl.DataFrame({
        "series_id": "DGS10", "value": [4.1, 4.2], "observation_date": [FIRST, FIRST],
        "available_at": [datetime(2025, 5, 6, 21, tzinfo=UTC), None],
    })  # fmt: skip
    made = stamped(frame, level(None), FRED, Rule(business_days=2, at="17:00")).rows
    assert made["availability"].to_list() == ["vintage", "lagged"]
    assert made["available_at"][1] == datetime(2025, 5, 7, 21, tzinfo=UTC)  # two working days later, 17:00 New York


def test_a_row_without_any_time_of_publication_is_held():
    made = stamped(pl.DataFrame({"close": [17.0], "observation_date": [FIRST]}), level(None), VIX, None)
    assert made.held["reason"].to_list() == ["no time of publication"]


@pytest.mark.parametrize(("hours", "held"), [(-1, 0), (23, 0), (25, 1)])
def test_an_instant_ahead_of_the_fetch_by_more_than_a_day_is_held(hours, held):
    ahead = [NOW + timedelta(hours=hours)]
    frame = pl.DataFrame({"close": [17.0], "observation_date": [FIRST], "available_at": ahead})
    assert stamped(frame, level(None), VIX, None).held.height == held


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2025, 3, 9), date(2025, 11, 2) - timedelta(365)])
def test_the_close_of_new_york_is_found_on_leap_days_and_when_clocks_change(day):
    made = stamped(pl.DataFrame({"close": [17.0], "observation_date": [day]}), level(None), VIX).rows
    hour = 21 if date(2025, 3, 9) <= day or (day.month == 11 and day < date(2024, 11, 3)) else 22
    assert made["available_at"][0] == datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda f: f.with_columns(extra=1), "unknown"),
        (lambda f: f.drop("close"), "without \\['close'\\]"),
        (lambda f: f.with_columns(close=pl.lit("much")), "raw.cboe_vix.close as String, expected DOUBLE"),
    ],
)
def test_a_parser_that_breaks_its_promise_is_told_so(change, found):
    frame = pl.DataFrame({"close": [17.0], "observation_date": [FIRST]})
    with pytest.raises(ContractError, match=found):
        stamped(change(frame), level(None), VIX)
