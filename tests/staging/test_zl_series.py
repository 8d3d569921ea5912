"""The clean ZL series, its volatility within the session, and the quality report, against hand sums."""

from datetime import UTC, date, datetime
from math import log, sqrt

import pytest
from raw_market import empty_database, insert

from oilseer.market import sessions
from oilseer.staging import market_daily, quality, zl_prices_clean, zl_realized_vol

JULY = date(2024, 7, 1)


@pytest.fixture
def connection():
    return empty_database()


def bar(day, close, **more):
    prices = {"open": close, "high": close, "low": close, "close": close, "volume": 10}
    return {"symbol": "ZL", "contract": "ZLN24", "contract_month": JULY, "observation_date": day} | prices | more


def load(connection, rows):
    insert(connection, "raw.databento_futures_ohlcv_1d", rows)
    market_daily.build(connection)
    zl_prices_clean.build(connection)


def read(connection, table):
    rows = connection.execute(f"SELECT * FROM {table} ORDER BY observation_date").to_arrow_table().to_pylist()
    return {row["observation_date"]: row for row in rows}


def test_price_is_the_settlement_where_given_and_says_which(connection):
    load(connection, [bar(date(2024, 4, 15), 50.0, settle=50.2), bar(date(2024, 4, 16), 51.0)])
    rows = read(connection, "staging.zl_prices_clean")
    found = [(row["price_cents_per_lb"], row["price_kind"]) for row in rows.values()]
    assert found == [(50.2, "settle"), (51.0, "close")]


def test_row_on_a_day_without_session_is_left_out_and_counted(connection):
    good_friday = date(2024, 3, 29)
    load(connection, [bar(date(2024, 3, 28), 50.0), bar(good_friday, 51.0), bar(date(2024, 4, 1), 52.0)])
    assert good_friday not in read(connection, "staging.zl_prices_clean")
    quality.build(connection)
    counted = connection.execute(
        f"SELECT value, status FROM {quality.SPEC.name} WHERE period = 'all' AND check_name = 'non_session_rows'"
    ).fetchone()
    assert counted == (1.0, "warn")


def test_jump_over_30_percent_is_flagged_and_kept(connection):
    load(connection, [bar(date(2024, 4, 15), 50.0), bar(date(2024, 4, 16), 66.0), bar(date(2024, 4, 17), 65.0)])
    rows = read(connection, "staging.zl_prices_clean")
    assert [row["is_jump"] for row in rows.values()] == [False, True, False]


def test_fourth_equal_price_in_a_row_is_stuck(connection):
    days = [date(2024, 4, day) for day in (15, 16, 17, 18, 19)]
    load(connection, [bar(day, price) for day, price in zip(days, (50, 51, 51, 51, 51), strict=True)])
    assert [row["is_stuck"] for row in read(connection, "staging.zl_prices_clean").values()] == [False] * 4 + [True]


def test_range_estimators_equal_their_formulas(connection):
    load(connection, [bar(date(2024, 4, 15), 50.5, open=50.0, high=51.0, low=49.0)])
    zl_realized_vol.build(connection)
    row = read(connection, "staging.zl_realized_vol")[date(2024, 4, 15)]
    # ln(51/49) = 0.0400053346; its square over 4 ln 2 = 2.7725887; ln(50.5/50) = 0.0099503309
    assert row["variance_parkinson_ratio"] == pytest.approx(0.0016004268 / 2.7725887222, rel=1e-7)
    garman_klass = 0.5 * 0.0016004268 - 0.3862943611 * 9.9009084e-5
    assert row["variance_garman_klass_ratio"] == pytest.approx(garman_klass, rel=1e-7)


def test_inconsistent_bar_gives_no_range_estimate(connection):
    load(connection, [bar(date(2024, 4, 15), 50.5, open=50.0, high=50.2, low=49.0)])
    zl_realized_vol.build(connection)
    assert read(connection, "staging.zl_realized_vol")[date(2024, 4, 15)]["variance_parkinson_ratio"] is None


def hour(instant, opened, close):
    return {
        "symbol": "ZL", "contract": "ZLN24", "bar_start": instant, "open": opened, "high": close, "low": opened,
        "close": close, "volume": 5, "observation_date": instant.date(), "available_at": instant.replace(minute=59),
    }  # fmt: skip


def test_hourly_variance_sums_squared_steps_and_the_gap_apart(connection):
    monday, tuesday = date(2024, 4, 15), date(2024, 4, 16)
    load(connection, [bar(monday, 50.0), bar(tuesday, 51.0, open=50.2, high=51.5, low=50.0)])
    closes = (50.4, 50.3, 51.5, 51.0)
    opens = (50.2, 50.4, 50.3, 51.5)
    bars = [  # the first bar trades on Monday evening in Chicago: Tuesday's session
        hour(datetime(2024, 4, 15 + (i > 0), (23, 14, 15, 16)[i], tzinfo=UTC), opens[i], closes[i]) for i in range(4)
    ]
    insert(connection, "raw.databento_futures_ohlcv_1h", bars)
    zl_realized_vol.build(connection)
    row = read(connection, "staging.zl_realized_vol")[tuesday]
    steps = (log(50.4 / 50.2), log(50.3 / 50.4), log(51.5 / 50.3), log(51 / 51.5))
    intraday, overnight = sum(step**2 for step in steps), log(50.2 / 50) ** 2
    assert row["bar_count"] == 4
    assert row["variance_intraday_ratio"] == pytest.approx(intraday, rel=1e-12)
    assert row["variance_overnight_ratio"] == pytest.approx(overnight, rel=1e-9)
    assert row["volatility_hourly_ratio"] == pytest.approx(sqrt(252 * (intraday + overnight)), rel=1e-9)
    assert row["variance_basis"] == "hourly"


def test_session_of_few_bars_falls_back_to_the_range_and_says_so(connection):
    load(connection, [bar(date(2024, 4, 15), 50.0), bar(date(2024, 4, 16), 51.0, open=50.2, high=51.5, low=50.0)])
    insert(connection, "raw.databento_futures_ohlcv_1h", [hour(datetime(2024, 4, 16, 14, tzinfo=UTC), 50.2, 51.0)])
    zl_realized_vol.build(connection)
    row = read(connection, "staging.zl_realized_vol")[date(2024, 4, 16)]
    assert (row["volatility_hourly_ratio"], row["variance_basis"]) == (None, "range")


def statuses(connection, missing):
    """Status of the longest gap where `missing` sessions are left out of a run of 40."""
    start = int(sessions.number(date(2024, 1, 2))[0])
    days = [day.astype(object) for day in sessions.sessions()[start : start + 40]]
    load(connection, [bar(day, 50.0 + i % 2) for i, day in enumerate(days) if not 20 <= i < 20 + missing])
    quality.build(connection)
    return connection.execute(
        f"SELECT value, status FROM {quality.SPEC.name} WHERE period = '2024' AND check_name = 'longest_gap_sessions'"
    ).fetchone()


@pytest.mark.parametrize(("missing", "status"), [(0, "pass"), (1, "pass"), (5, "warn"), (6, "fail")])
def test_gap_over_five_sessions_fails(connection, missing, status):
    assert statuses(connection, missing) == (float(missing), status)
