"""Folders imported again with revised values: what was known before stays, under the instant of its own import."""

from datetime import UTC, date, datetime, timedelta

import pytest
from desk import PRICES, YAHOO, make_desk

FRED_ENTRY = {
    "file": "fred.csv",
    "table": "raw.fred_economic",
    "source": "my fred",
    "columns": {"series_id": "id", "observation_date": "date", "value": "value"},
    "available": {"reference": "fred_series"},
}
MARCH_2024 = datetime(2024, 3, 20, 15, 0, 7, 123_456, tzinfo=UTC)
MARCH_2025 = datetime(2025, 3, 20, 15, tzinfo=UTC)
APRIL_2025 = datetime(2025, 4, 20, 15, tzinfo=UTC)


def put_cpi(desk, january: float, *more: str) -> None:
    desk.put("fred.csv", "\n".join(["id,date,value", f"CPIAUCSL,2024-01-01,{january}", *more]) + "\n")


def known(desk, instant: datetime) -> list[float]:
    """The newest value of January 2024 that was public at `instant`."""
    return [
        row[0]
        for row in desk.rows(
            "SELECT value FROM raw.fred_economic WHERE observation_date = DATE '2024-01-01' "
            f"AND available_at <= TIMESTAMPTZ '{instant.isoformat()}' ORDER BY available_at DESC LIMIT 1"
        )
    ]


def test_a_revised_value_is_known_from_its_own_import_on(desk):
    put_cpi(desk, 100)
    desk.load(FRED_ENTRY, now=MARCH_2024)
    put_cpi(desk, 103)
    assert desk.load(FRED_ENTRY, now=MARCH_2025).total("changed") == 1
    assert known(desk, datetime(2024, 2, 1, tzinfo=UTC)) == []
    assert known(desk, datetime(2024, 3, 1, tzinfo=UTC)) == [100]
    assert known(desk, datetime(2024, 6, 1, tzinfo=UTC)) == [100]
    assert known(desk, MARCH_2025 - timedelta(seconds=1)) == [100]
    assert known(desk, datetime(2025, 6, 1, tzinfo=UTC)) == [103]


def test_a_third_import_with_the_same_values_changes_nothing(desk):
    for value, now in ((100, MARCH_2024), (103, MARCH_2025)):
        put_cpi(desk, value)
        desk.load(FRED_ENTRY, now=now)
    before = desk.rows("SELECT * FROM raw.fred_economic ORDER BY ALL")
    put_cpi(desk, 103, "UNRATE,2025-01-01,4.0")  # other bytes, the same values
    assert desk.load(FRED_ENTRY, now=APRIL_2025).total("changed") == 1
    assert desk.rows("SELECT * FROM raw.fred_economic WHERE series_id = 'CPIAUCSL' ORDER BY ALL") == before


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_folders_imported_out_of_order_keep_the_same_vintages(tmp_path, order):
    desk = make_desk(tmp_path)
    imports = ((100, MARCH_2024), (103, MARCH_2025), (104, APRIL_2025))
    for place in order:
        put_cpi(desk, imports[place][0])
        desk.load(FRED_ENTRY, now=imports[place][1])
    assert desk.rows("SELECT available_at, availability, value FROM raw.fred_economic ORDER BY 1") == [
        (datetime(2024, 2, 20, 13, 30, tzinfo=UTC), "lagged", 100),
        (MARCH_2025, "vintage", 103),
        (APRIL_2025, "vintage", 104),
    ]


def test_revised_daily_prices_stand_beside_the_old_and_unrevised_ones_stand_once(desk):
    desk.put("prices.csv", PRICES)
    desk.load(YAHOO, now=MARCH_2024)
    desk.put("prices.csv", PRICES.replace("48.5", "48.9"))
    assert desk.load(YAHOO, now=MARCH_2025).total("changed") == 1
    assert desk.rows("SELECT observation_date, available_at, close FROM raw.yahoo_prices_1d ORDER BY ALL") == [
        (date(2024, 1, 2), datetime(2024, 1, 2, 22, tzinfo=UTC), 48.1),
        (date(2024, 1, 3), datetime(2024, 1, 3, 22, tzinfo=UTC), 48.5),
        (date(2024, 1, 3), MARCH_2025, 48.9),
        (date(2024, 1, 4), datetime(2024, 1, 4, 22, tzinfo=UTC), 47.9),
    ]


def test_a_changed_mapping_leaves_each_delivery_at_its_first_import(desk):
    for name, close in (("old.csv", 48.5), ("prices.csv", 48.9)):
        desk.put(name, f"date,symbol,close,volume\n2024-01-03,ZL,{close},20\n")
    old = {**YAHOO, "file": "old.csv", "source": "old"}
    desk.load(old, now=MARCH_2024)
    desk.load(old, YAHOO, now=MARCH_2025)
    changed = {**old, "values": {"symbol": {"BO": "ZL"}}}
    desk.load(changed, YAHOO, now=APRIL_2025)
    assert desk.rows("SELECT available_at, close, ingested_at FROM raw.yahoo_prices_1d ORDER BY 1") == [
        (datetime(2024, 1, 3, 22, tzinfo=UTC), 48.5, MARCH_2024.replace(microsecond=0)),
        (MARCH_2025 + timedelta(microseconds=1), 48.9, MARCH_2025 + timedelta(microseconds=1)),
    ]


def test_two_entries_of_one_import_are_no_vintages_of_each_other(desk):
    for name, close in (("one.csv", 48.5), ("two.csv", 48.9)):
        desk.put(name, f"date,symbol,close,volume\n2024-01-03,ZL,{close},20\n")
    entries = [{**YAHOO, "file": f"{name}.csv", "source": name} for name in ("one", "two")]
    desk.load(*entries, now=MARCH_2024.replace(microsecond=999_999))  # a microsecond before the next second
    assert desk.rows("SELECT availability, close FROM raw.yahoo_prices_1d") == [("lagged", 48.9)]
