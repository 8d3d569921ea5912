"""FX, Commitments of Traders and FRED in staging: one orientation, shares of open interest, every vintage."""

from datetime import UTC, date, datetime

import pytest
from raw_market import empty_database, insert

from oilseer.errors import ContractError
from oilseer.reference.mandates import mandates
from oilseer.staging import cot_positions, fred_macro_panel, fx_daily, supply
from oilseer.staging.build import build_all

TUESDAY = date(2024, 4, 16)


@pytest.fixture
def connection():
    return empty_database()


def test_pairs_all_say_how_much_foreign_money_a_dollar_buys(connection):
    quotes = {"USDBRL": 5.2, "MXNUSD": 0.0625, "EURUSD": 1.25, "DXY": 106.0}
    insert(connection, "raw.fx_rates_1d", [
        {"pair": pair, "vendor": "yahoo", "rate": rate, "observation_date": TUESDAY} for pair, rate in quotes.items()
    ])  # fmt: skip
    fx_daily.build(connection)
    rates = dict(connection.execute("SELECT pair, rate FROM staging.fx_daily").fetchall())
    assert rates == {"USDBRL": 5.2, "USDMXN": 16.0, "USDEUR": 0.8, "DXY": 106.0}


def test_net_position_is_a_share_of_open_interest(connection):
    insert(connection, "raw.cftc_cot_legacy", [{
        "contract_code": "007601", "open_interest": 400_000, "noncommercial_long": 120_000,
        "noncommercial_short": 60_000, "commercial_long": 150_000, "commercial_short": 210_000,
        "observation_date": TUESDAY, "available_at": datetime(2024, 4, 19, 19, 30, tzinfo=UTC),
    }])  # fmt: skip
    cot_positions.build(connection)
    shares = connection.execute("SELECT trader_group, symbol, net_share_ratio FROM staging.cot_positions ORDER BY 1")
    assert shares.fetchall() == [("commercial", "ZL", -0.15), ("noncommercial", "ZL", 0.15)]


@pytest.mark.parametrize("sides", [{"noncommercial_long": 500_000}, {"noncommercial_long": None}, {"open_interest": 0}])
def test_impossible_positions_stay_in_raw(connection, sides):
    row = {
        "contract_code": "007601", "open_interest": 400_000, "noncommercial_long": 120_000,
        "noncommercial_short": 60_000, "commercial_long": None, "commercial_short": None, "observation_date": TUESDAY,
    } | sides  # fmt: skip
    insert(connection, "raw.cftc_cot_legacy", [row])
    assert cot_positions.build(connection) == 0


def test_every_vintage_of_a_macro_value_is_kept(connection):
    first, second = datetime(2024, 5, 15, 12, 30, tzinfo=UTC), datetime(2024, 6, 12, 12, 30, tzinfo=UTC)
    insert(connection, "raw.fred_economic", [
        {"series_id": "CPIAUCSL", "value": value, "observation_date": date(2024, 4, 1), "available_at": at}
        for value, at in ((313.2, first), (313.0, second))
    ])  # fmt: skip
    assert fred_macro_panel.build(connection) == 2


def test_impossible_vix_is_left_out(connection):
    insert(connection, "raw.fred_economic", [
        {"series_id": "VIXCLS", "value": value, "observation_date": day}
        for value, day in ((15.0, TUESDAY), (151.0, date(2024, 4, 17)), (-1.0, date(2024, 4, 18)))
    ])  # fmt: skip
    assert fred_macro_panel.build(connection) == 1


def test_missing_raw_table_is_named(connection):
    connection.execute("DROP TABLE raw.cboe_vix")
    with pytest.raises(ContractError, match=r"raw\.cboe_vix"):
        build_all(connection)


def test_every_run_fills_the_dated_facts_shipped_with_the_package(connection):
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        {
            "symbol": "ZL", "contract": "ZLN24", "contract_month": date(2024, 7, 1), "open": 45.0, "high": 46.0,
            "low": 44.0, "close": 45.5, "volume": 9, "observation_date": day,
        }
        for day in (TUESDAY, date(2024, 4, 17), date(2024, 4, 18))
    ])  # fmt: skip
    made = build_all(connection)
    steps = connection.execute("SELECT count(*), count(DISTINCT programme) FROM reference.mandates").fetchone()
    assert steps == (len(mandates()), len({step.programme for step in mandates()}))
    assert made["reference.mandates"] == steps[0] > 0


def test_palm_exports_are_tonnes_and_never_ringgit(connection):
    august = date(2023, 8, 1)
    insert(connection, "raw.mpob_palm", [
        {"series": "exports_palm_oil", "unit": unit, "value": value, "observation_date": august}
        for unit, value in (("t", 1_221_814.0), ("MYR million", 4_993.22))
    ])  # fmt: skip
    assert dict(supply.STEPS)[supply.PALM_EXPORTS](connection) == 1
    found = connection.execute("SELECT product, exports_kt, observation_date FROM staging.palm_exports").fetchall()
    assert found == [("palm_oil", 1221.814, august)]
