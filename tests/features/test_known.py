"""What was known: the newest date then, the preferred vendor, carried from release until too old."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from raw_market import empty_database, insert

from oilseer.features.known import drop_known, make_known
from oilseer.features.series import WEEKLY
from oilseer.market import sessions
from oilseer.staging.build import build_all

FIRST = date(2024, 1, 2)
DAYS = [d.astype(object) for d in sessions.sessions()[sessions.number(FIRST)[0] :][:120]]


def database(**tables):
    connection = empty_database()
    insert(connection, "raw.databento_futures_ohlcv_1d", [
        {
            "symbol": "ZL", "contract": "ZLN24", "contract_month": date(2024, 7, 1), "close": 50.0 + i % 3,
            "open": 50.0, "high": 53.0, "low": 49.0, "volume": 9, "observation_date": day,
        }
        for i, day in enumerate(DAYS)
    ])  # fmt: skip
    for table, rows in tables.items():
        insert(connection, f"raw.{table}", rows)
    build_all(connection)
    make_known(connection)
    return connection


def column(connection, name):
    return dict(connection.execute(f"SELECT as_of_date, {name} FROM known").fetchall())


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def cpi(month, value, at):
    return {"series_id": "UNRATE", "value": value, "observation_date": month, "available_at": at}


def test_value_is_known_from_its_release_on_and_not_a_session_earlier():
    release = utc(2024, 2, 2, 13, 30)
    known = column(database(fred_economic=[cpi(date(2024, 1, 1), 3.7, release)]), "fred_unrate")
    assert known[date(2024, 2, 1)] is None
    assert known[date(2024, 2, 2)] == 3.7


def test_release_after_five_in_new_york_waits_for_the_next_session():
    at_five, later = utc(2024, 2, 2, 22, 0), utc(2024, 2, 2, 22, 0, 1)
    on_time = column(database(fred_economic=[cpi(date(2024, 1, 1), 3.7, at_five)]), "fred_unrate")
    late = column(database(fred_economic=[cpi(date(2024, 1, 1), 3.7, later)]), "fred_unrate")
    assert (on_time[date(2024, 2, 2)], late[date(2024, 2, 2)], late[date(2024, 2, 5)]) == (3.7, None, 3.7)


def test_revision_of_an_older_month_does_not_displace_the_newest():
    rows = [
        cpi(date(2024, 1, 1), 3.7, utc(2024, 2, 2, 13)),
        cpi(date(2024, 2, 1), 3.9, utc(2024, 3, 8, 13)),
        cpi(date(2024, 1, 1), 9.9, utc(2024, 3, 20, 13)),
        cpi(date(2024, 2, 1), 4.0, utc(2024, 3, 21, 13)),
    ]
    known = column(database(fred_economic=rows), "fred_unrate")
    assert [known[date(2024, 3, day)] for day in (7, 8, 19, 20, 21)] == [3.7, 3.9, 3.9, 3.9, 4.0]


def test_age_counts_sessions_since_the_date_described_and_old_values_end():
    report = date(2024, 1, 5)
    row = {"series_id": "NFCI", "value": -0.5, "observation_date": report, "available_at": utc(2024, 1, 10, 13, 30)}
    connection = database(fred_economic=[row])
    age, value = column(connection, "fred_nfci_age_sessions"), column(connection, "fred_nfci")
    assert age[date(2024, 1, 10)] == 3  # Monday, Tuesday, Wednesday
    assert age[date(2024, 1, 16)] == 6  # the 15th was a holiday
    last = report + timedelta(days=WEEKLY)
    assert value[date(2024, 1, 29)] == -0.5, "the 24th day is the last"
    assert [day for day, found in value.items() if found is not None and day > last] == []


def fx(vendor, day, rate, days_late=0):
    return {
        "pair": "USDBRL", "vendor": vendor, "rate": rate, "observation_date": day,
        "available_at": sessions.cutoff(day) + timedelta(days=days_late),
    }  # fmt: skip


def test_late_vendor_neither_hides_nor_delays_the_prompt_one():
    rows = [fx("barchart", day, 5.0 + i / 100) for i, day in enumerate(DAYS[:20])]
    rows += [fx("fred", day, 9.0, days_late=6) for day in DAYS[:25]]
    known = column(database(fx_rates_1d=rows), "fx_usdbrl")
    assert [known[day] for day in DAYS[:20]] == pytest.approx([5.0 + i / 100 for i in range(20)])
    assert known[DAYS[29]] == 9.0, "where the prompt one ends, the late one stands"


def test_late_vendor_does_not_replace_the_prompt_ones_value_of_the_same_date():
    rows = [fx("barchart", day, 5.0) for i, day in enumerate(DAYS[:20]) if i != 11]
    rows += [fx("fred", day, 9.0, days_late=1) for day in DAYS[:20]]
    known = column(database(fx_rates_1d=rows), "fx_usdbrl")
    assert known[DAYS[11]] == 5.0, "of the session before, though the other vendor's came later"


def test_price_of_another_market_is_carried_over_a_holiday_but_not_over_eight_days():
    rows = [{"symbol": "CPO", "close": 900.0, "observation_date": date(2024, 2, 1)}]
    known = column(database(yahoo_prices_1d=rows), "cpo")
    assert known[date(2024, 2, 8)] == 900.0
    assert known[date(2024, 2, 9)] is None


def test_year_change_uses_the_base_known_at_the_release():
    rows = [
        {"series_id": "CPIAUCSL", "value": value, "observation_date": month, "available_at": at}
        for value, month, at in [
            (300.0, date(2023, 1, 1), utc(2023, 2, 14, 13)),
            (309.0, date(2024, 1, 1), utc(2024, 2, 13, 13)),
            (100.0, date(2023, 1, 1), utc(2024, 3, 1, 13)),
        ]
    ]
    known = column(database(fred_economic=rows), "fred_cpi_change_12m")
    assert known[date(2024, 2, 12)] is None
    assert known[date(2024, 2, 13)] == pytest.approx(3.0)
    assert known[date(2024, 3, 5)] == pytest.approx(3.0)


def report(day, net, at=None):
    friday = datetime.combine(day + timedelta(days=3), datetime.min.time(), UTC) + timedelta(hours=20, minutes=30)
    return {
        "contract_code": "007601", "open_interest": 1000, "noncommercial_long": 500 + net, "noncommercial_short": 500,
        "commercial_long": 300, "commercial_short": 300, "observation_date": day, "available_at": at or friday,
    }  # fmt: skip


def test_positions_are_known_on_friday_with_percentile_and_change():
    tuesdays = [date(2023, 1, 3) + timedelta(weeks=week) for week in range(60)]
    nets = [10 * (week % 10) for week in range(60)]
    connection = database(cftc_cot_legacy=[report(day, net) for day, net in zip(tuesdays, nets, strict=True)])
    last = tuesdays[55]  # 2024-01-23: net 0.05
    known = column(connection, "cot_noncommercial")
    assert known[last + timedelta(days=2)] == pytest.approx(nets[54] / 1000)
    assert known[last + timedelta(days=3)] == pytest.approx(nets[55] / 1000)
    earlier = np.array(nets[3:55])
    percentile = column(connection, "cot_percentile_52w")[last + timedelta(days=3)]
    assert percentile == pytest.approx((earlier <= nets[55]).mean())
    assert column(connection, "cot_change_1w")[last + timedelta(days=3)] == pytest.approx(0.01)
    assert column(connection, "cot_noncommercial_age_sessions")[last + timedelta(days=3)] == 3


def test_later_sessions_alone_have_the_rows_that_all_sessions_give_them():
    """Holidays of a market, values near their greatest age, and a report whose measure stands for a week."""
    tuesdays = [date(2023, 1, 3) + timedelta(weeks=week) for week in range(56)]
    connection = database(
        yahoo_prices_1d=[
            {"symbol": "CPO", "close": 900.0 + i, "observation_date": day} for i, day in enumerate(DAYS) if i % 6 == 0
        ],
        fred_economic=[cpi(date(2024, 1, 1), 3.7, utc(2024, 2, 2, 13))],
        fx_rates_1d=[fx("barchart", day, 5.0 + i / 100) for i, day in enumerate(DAYS[:30]) if i % 9 == 0],
        cftc_cot_legacy=[report(day, 10 * (i % 10)) for i, day in enumerate(tuesdays)],
    )
    every = connection.execute("SELECT * FROM known ORDER BY as_of_date").fetchall()
    for after in DAYS[10:80:7]:
        make_known(connection, after)
        found = connection.execute("SELECT * FROM known ORDER BY as_of_date").fetchall()
        assert found == [row for row in every if row[0] > after], after


def test_drop_known_leaves_nothing_behind():
    connection = database()
    drop_known(connection)
    left = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'temp'").fetchall()
    assert left == [("clock",)]
