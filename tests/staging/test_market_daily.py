"""The continuous front: returns of one contract, levels unadjusted, only what was public in time."""

from datetime import UTC, date, datetime, timedelta
from math import log

import pytest
from raw_market import empty_database, insert

from oilseer.market.sessions import cutoff
from oilseer.staging import market_daily

MAY, JULY = date(2024, 5, 1), date(2024, 7, 1)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2024, 4, day) for day in (15, 16, 17, 18))


@pytest.fixture
def connection():
    return empty_database()


def bar(day, contract, month, close, volume, symbol="ZL", **more):
    prices = {"open": close, "high": close, "low": close, "close": close}
    return {
        "symbol": symbol, "contract": contract, "contract_month": month, "volume": volume, "observation_date": day,
    } | prices | more  # fmt: skip


def built(connection, symbol="ZL"):
    market_daily.build(connection)
    rows = connection.execute(
        "SELECT * FROM staging.market_daily WHERE symbol = ? ORDER BY observation_date", [symbol]
    ).to_arrow_table()
    return {row["observation_date"]: row for row in rows.to_pylist()}


def roll(connection):
    """May to July: July is 2 ¢ dearer; its volume is greater from Tuesday on, so Wednesday rolls."""
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        bar(MONDAY, "ZLK24", MAY, 50.0, 90), bar(MONDAY, "ZLN24", JULY, 52.0, 10),
        bar(TUESDAY, "ZLK24", MAY, 51.0, 40), bar(TUESDAY, "ZLN24", JULY, 53.0, 60),
        bar(WEDNESDAY, "ZLK24", MAY, 50.5, 30), bar(WEDNESDAY, "ZLN24", JULY, 52.5, 70),
    ])  # fmt: skip


def test_level_jumps_at_the_roll_and_the_return_does_not(connection):
    roll(connection)
    rows = built(connection)
    assert [rows[day]["close"] for day in (MONDAY, TUESDAY, WEDNESDAY)] == [50.0, 51.0, 52.5]
    assert [rows[day]["is_roll"] for day in (MONDAY, TUESDAY, WEDNESDAY)] == [False, False, True]
    assert rows[TUESDAY]["return_log"] == pytest.approx(log(51 / 50), abs=1e-15)
    assert rows[WEDNESDAY]["return_log"] == pytest.approx(log(52.5 / 53), abs=1e-15)
    assert rows[WEDNESDAY]["return_basis"] == "same_contract"


def test_second_point_is_the_next_delivery_month_else_the_one_before(connection):
    roll(connection)
    rows = built(connection)
    assert (rows[MONDAY]["second_contract_month"], rows[MONDAY]["second_close"]) == (JULY, 52.0)
    assert (rows[WEDNESDAY]["second_contract_month"], rows[WEDNESDAY]["second_close"]) == (MAY, 50.5)


def test_later_delivery_is_the_second_point_even_where_an_earlier_one_is_closer(connection):
    roll(connection)
    insert(connection, "raw.databento_futures_ohlcv_1d", [bar(WEDNESDAY, "ZLZ24", date(2024, 12, 1), 54.0, 1)])
    assert built(connection)[WEDNESDAY]["second_close"] == 54.0


def test_roll_ratio_serves_where_the_new_contract_had_no_price_before(connection):
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        bar(TUESDAY, "ZLK24", MAY, 51.0, 40), bar(WEDNESDAY, "ZLN24", JULY, 52.5, 70),
    ])  # fmt: skip
    ratio = {"symbol": "ZL", "from_contract": "ZLK24", "to_contract": "ZLN24", "ratio": 1.04}
    insert(connection, "raw.futures_rolls", [ratio | {"observation_date": WEDNESDAY}])
    row = built(connection)[WEDNESDAY]
    assert row["return_log"] == pytest.approx(log(52.5 / 51 / 1.04), abs=1e-15)
    assert row["return_basis"] == "roll_ratio"


def test_roll_without_ratio_or_price_has_no_return(connection):
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        bar(TUESDAY, "ZLK24", MAY, 51.0, 40), bar(WEDNESDAY, "ZLN24", JULY, 52.5, 70),
    ])  # fmt: skip
    row = built(connection)[WEDNESDAY]
    assert (row["return_log"], row["return_basis"]) == (None, None)


def test_settlement_returns_are_used_where_both_ends_settle(connection):
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        bar(TUESDAY, "ZLK24", MAY, 51.0, 40, settle=50.8), bar(WEDNESDAY, "ZLK24", MAY, 52.5, 70, settle=52.0),
    ])  # fmt: skip
    assert built(connection)[WEDNESDAY]["return_log"] == pytest.approx(log(52 / 50.8), abs=1e-15)


def test_correction_after_the_cutoff_is_not_used_and_one_before_it_is(connection):
    rows = [bar(TUESDAY, "ZLK24", MAY, 51.0, 40)]
    rows.append(bar(TUESDAY, "ZLK24", MAY, 49.0, 40, available_at=cutoff(TUESDAY) + timedelta(hours=1)))
    rows.append(bar(WEDNESDAY, "ZLK24", MAY, 60.0, 40, available_at=cutoff(WEDNESDAY) - timedelta(hours=2)))
    rows.append(bar(WEDNESDAY, "ZLK24", MAY, 52.0, 40))
    insert(connection, "raw.databento_futures_ohlcv_1d", rows)
    found = built(connection)
    assert (found[TUESDAY]["close"], found[WEDNESDAY]["close"]) == (51.0, 52.0)


def own(day, month, close, symbol="ZL"):
    return {"symbol": symbol, "contract_month": month, "close": close, "observation_date": day}


def test_a_price_that_a_later_import_revised_is_the_first_one_from_every_source(connection):
    revised = {"available_at": cutoff(TUESDAY) + timedelta(days=300), "availability": "vintage"}
    insert(connection, "raw.user_futures_contracts_1d", [own(TUESDAY, MAY, 51.0), own(TUESDAY, MAY, 49.0) | revised])
    insert(connection, "raw.yahoo_prices_1d", [near(TUESDAY, 80.0), near(TUESDAY, 70.0) | revised])
    vix = {"close": 15.0, "observation_date": TUESDAY}
    insert(connection, "raw.cboe_vix", [vix, vix | {"close": 16.0} | revised])
    found = [built(connection, symbol) for symbol in ("ZL", "CL", "VIX")]
    assert [[row["close"] for row in rows.values()] for rows in found] == [[51.0], [80.0], [15.0]]


def test_vendors_price_stands_before_a_users(connection):
    insert(connection, "raw.databento_futures_ohlcv_1d", [bar(MONDAY, "ZLK24", MAY, 50.0, 90)])
    insert(connection, "raw.user_futures_contracts_1d", [own(MONDAY, MAY, 49.0), own(TUESDAY, MAY, 51.0)])
    rows = built(connection)
    assert (rows[MONDAY]["close"], rows[MONDAY]["basis"]) == (50.0, "exchange")
    assert (rows[TUESDAY]["close"], rows[TUESDAY]["basis"]) == (51.0, "user")
    assert rows[TUESDAY]["return_log"] == pytest.approx(log(51 / 49), abs=1e-15), "of one vendor at both ends"


def test_november_soybeans_are_a_curve_point_and_never_a_front(connection):
    november = date(2024, 11, 1)
    insert(connection, "raw.user_futures_contracts_1d", [own(MONDAY, november, 1180.0, "ZS")])
    assert built(connection, "ZS") == {}
    insert(connection, "raw.databento_futures_ohlcv_1d", [bar(MONDAY, "ZSN24", JULY, 1150.0, 9, "ZS")])
    assert built(connection, "ZS")[MONDAY]["second_close"] == 1180.0


def near(day, close, symbol="CL"):
    return {"symbol": symbol, "close": close, "observation_date": day}


def test_nearest_expiry_fills_only_what_no_contract_covered_for_ten_days(connection):
    early, week_later, fortnight_later = date(2024, 4, 1), date(2024, 4, 24), date(2024, 4, 30)
    closes = {early: 80.0, date(2024, 4, 2): 82.0, TUESDAY: 99.0, week_later: 98.0, fortnight_later: 97.0}
    insert(connection, "raw.yahoo_prices_1d", [near(day, close) for day, close in closes.items()])
    june = date(2024, 6, 1)
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        bar(MONDAY, "CLM24", june, 85.0, 9, "CL"), bar(WEDNESDAY, "CLM24", june, 86.0, 9, "CL"),
    ])  # fmt: skip
    rows = built(connection, "CL")
    assert list(rows) == [early, date(2024, 4, 2), MONDAY, WEDNESDAY, fortnight_later], "the others stay gaps"
    assert rows[date(2024, 4, 2)]["return_basis"] == "unadjusted"
    assert rows[date(2024, 4, 2)]["return_log"] == pytest.approx(log(82 / 80), abs=1e-15)
    assert rows[WEDNESDAY]["return_log"] == pytest.approx(log(86 / 85), abs=1e-15), "over the gap, one contract"


def test_negative_crude_is_kept_as_a_level_without_returns(connection):
    may, april = date(2020, 5, 1), [date(2020, 4, day) for day in (17, 20, 21)]
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        bar(day, "CLK20", may, close, 9, "CL") for day, close in zip(april, (18.27, -37.63, 10.01), strict=True)
    ])  # fmt: skip
    rows = built(connection, "CL")
    assert rows[april[1]]["close"] == -37.63
    assert rows[april[1]]["return_log"] is None
    assert rows[april[2]]["return_log"] is None


def test_price_of_zero_or_less_elsewhere_is_left_in_raw(connection):
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        bar(MONDAY, "ZLK24", MAY, 50.0, 9), bar(TUESDAY, "ZLK24", MAY, 0.0, 9), bar(WEDNESDAY, "ZLK24", MAY, 51.0, 9),
    ])  # fmt: skip
    assert list(built(connection)) == [MONDAY, WEDNESDAY]


def test_return_over_more_than_ten_days_is_unknown(connection):
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        bar(date(2024, 3, 28), "ZLK24", MAY, 50.0, 9), bar(MONDAY, "ZLK24", MAY, 51.0, 9),
    ])  # fmt: skip
    assert built(connection)[MONDAY]["return_log"] is None


def test_the_build_writes_the_symbols_it_knows(tmp_path):
    from oilseer.reference import symbols
    from oilseer.warehouse.connect import writer
    from oilseer.warehouse.workspace import create_workspace

    with writer(create_workspace(tmp_path / "symbols", "real", datetime(2025, 1, 1, tzinfo=UTC))) as connection:
        assert symbols.write(connection) == len(symbols.symbols())
        row = connection.execute(
            "SELECT quote_unit, calendar_front FROM reference.symbols WHERE symbol = 'ZL'"
        ).fetchone()
    assert row == (symbols.symbols()["ZL"].quote_unit, True)
