"""Import of small files written here: what is loaded, held, skipped and refused, counted by hand."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from desk import NOW, PRICES, YAHOO, make_desk

from oilseer.errors import ConfigError, ContractError, SourceError
from oilseer.raw.specs import CONTRACTS_1D, FRED
from oilseer.raw.specs import YAHOO as YAHOO_SPEC
from oilseer.warehouse.connect import writer
from oilseer.warehouse.write import table_hash

FRED_ENTRY = {
    "file": "fred.csv",
    "table": "raw.fred_economic",
    "source": "my fred",
    "columns": {"series_id": "id", "observation_date": "date", "value": "value"},
    "available": {"reference": "fred_series"},
    "missing": ["", "."],
}
HELD = "SELECT row_number, column_name, found, reason FROM staging.quarantine ORDER BY row_number"


def entry_with(**fields: object) -> dict:
    return {**YAHOO, **fields}


def counts(report, place: int = 0) -> tuple[int, ...]:
    """read, loaded, repeated, skipped, quarantined"""
    one = report.entries[place]
    assert one.read == one.loaded + one.repeated + one.skipped + one.quarantined
    return one.read, one.loaded, one.repeated, one.skipped, one.quarantined


def hash_of(desk, spec=YAHOO_SPEC) -> str:
    with writer(desk.workspace) as connection:
        return table_hash(connection, spec)


def test_rows_arrive_with_their_stamps(desk):
    path = desk.put("prices.csv", PRICES)
    report = desk.load(YAHOO)
    assert counts(report) == (3, 3, 0, 0, 0)
    first = desk.rows(
        "SELECT * EXCLUDE (open, high, low, provenance_id) FROM raw.yahoo_prices_1d ORDER BY observation_date"
    )[0]
    assert first == ("ZL", 48.1, 10, date(2024, 1, 2), datetime(2024, 1, 2, 22, tzinfo=UTC), "lagged", NOW, "my prices")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert desk.rows("SELECT DISTINCT provenance_id FROM raw.yahoo_prices_1d") == [(digest,)]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PRICES.encode(),  # with a byte order mark
        PRICES.replace(",", ";").encode(),
        PRICES.replace(",", "\t").encode(),
        PRICES.replace("\n", "\r\n").encode(),
        PRICES.replace("ZL", '"ZL"').encode(),
        PRICES.replace("ZL", " ZL ").encode() + b"\n\n",  # blank lines are no rows
    ],
)
def test_the_same_rows_in_another_dress_give_the_same_table(desk, content):
    desk.put("prices.csv", content)
    assert counts(desk.load(YAHOO)) == (3, 3, 0, 0, 0)
    assert desk.rows("SELECT symbol, close FROM raw.yahoo_prices_1d ORDER BY observation_date") == [
        ("ZL", 48.1), ("ZL", 48.5), ("ZL", 47.9),
    ]  # fmt: skip


def test_decimal_commas_other_date_formats_and_encodings_are_declared(desk):
    text = "Tag;Kürzel;Schluß\n02.01.2024;ZL;48,1\n03.01.2024;ZL;48,5\n"
    desk.put("prices.csv", text.encode("latin-1"))
    columns = {"symbol": "Kürzel", "observation_date": {"column": "Tag", "format": "%d.%m.%Y"}, "close": "Schluß"}
    with pytest.raises(SourceError, match=r"row 1.*declare `encoding: latin-1`"):
        desk.load(entry_with(columns=columns))
    report = desk.load(entry_with(columns=columns, decimal=",", encoding="latin-1"))
    assert counts(report) == (2, 2, 0, 0, 0)
    assert desk.rows("SELECT observation_date, close FROM raw.yahoo_prices_1d ORDER BY ALL") == [
        (date(2024, 1, 2), 48.1), (date(2024, 1, 3), 48.5),
    ]  # fmt: skip


BAD_ROWS = """date,symbol,close,volume
2024-01-02,ZL,48.1,10
2024-01-03,ZL,n/a,10
2024-13-03,ZL,48.1,10
2024-01-04,,48.1,10
2024-01-05,ZL,-48.1,10
2024-01-08,ZL,48.1,1.5
2024-01-09,ZL,inf,10
2025-01-16,ZL,48.1,10
1024-01-10,ZL,48.1,10
2024-01-11,ZL,48.1,-3
2024-01-12,ZL,48.1
2024-01-15,ZL,48.1,10,11
2024-01-16,ZL,48.2,10
2024-01-16,ZL,48.3,10
2024-01-17,ZL,48.4,10
2024-01-17,ZL,48.4,10
2020-04-20,CL,-37.63,10
,ZL,48.1,10
"""


def test_every_bad_row_is_held_with_its_number_column_and_reason(desk):
    desk.put("prices.csv", BAD_ROWS)
    report = desk.load(YAHOO)
    assert counts(report) == (18, 3, 1, 0, 14)  # loaded: rows 2, 16 and the negative crude oil of row 18
    assert desk.rows(HELD) == [
        (3, "close", "n/a", "value does not fit the column's type"),
        (4, "date", "2024-13-03", "value does not fit the column's type"),
        (5, "symbol", None, "value is missing"),
        (6, "close", "-48.1", "price is not positive"),
        (7, "volume", "1.5", "value does not fit the column's type"),
        (8, "close", "inf", "value is not finite"),
        (9, "observation_date", "2025-01-16", "date lies in the future"),
        (10, "observation_date", "1024-01-10", "date is too old"),
        (11, "volume", "-3", "value is out of range"),
        (12, "", "3 fields, expected 4", "wrong number of fields"),
        (13, "", "5 fields, expected 4", "wrong number of fields"),
        (14, "symbol, observation_date", '{"symbol":"ZL","observation_date":"2024-01-16","available_at":'
         '"2024-01-16T22:00:00+00:00"}', "key stands twice with different values"),
        (15, "symbol, observation_date", '{"symbol":"ZL","observation_date":"2024-01-16","available_at":'
         '"2024-01-16T22:00:00+00:00"}', "key stands twice with different values"),
        (19, "observation_date", None, "value is missing"),
    ]  # fmt: skip
    kept = desk.rows("SELECT row_json, expected, status, file, source FROM staging.quarantine WHERE row_number = 3")[0]
    assert json.loads(kept[0]) == {"date": "2024-01-03", "symbol": "ZL", "close": "n/a", "volume": "10"}
    assert kept[1:] == ("DOUBLE for close", "held", "prices.csv", "my prices")
    assert desk.rows("SELECT close FROM raw.yahoo_prices_1d WHERE symbol = 'CL'") == [(-37.63,)]


def test_a_file_whose_every_row_is_held_says_so(desk):
    desk.put("prices.csv", "date,symbol,close,volume\n1/2/2024,ZL,48.1,10\n")
    report = desk.load(YAHOO)
    assert counts(report) == (1, 0, 0, 0, 1)
    assert report.entries[0].status == "held"


def test_a_vix_above_its_range_is_held(desk):
    desk.put("vix.csv", "d,c\n2024-01-02,13.2\n2024-01-03,1500\n2024-01-04,-1\n")
    entry = {
        "file": "vix.csv", "table": "raw.cboe_vix", "source": "cboe",
        "columns": {"observation_date": "d", "close": "c"}, "available": {"at": "17:00"},
    }  # fmt: skip
    assert counts(desk.load(entry)) == (3, 1, 0, 0, 2)


def test_a_big_move_is_kept_and_flagged(desk):
    lines = ["date,symbol,close,volume"]
    for day, close in enumerate([20.1, 18.27, -37.63, 10.01, 13.0, 13.1], start=15):
        lines.append(f"2020-04-{day},CL,{close},1")
    desk.put("prices.csv", "\n".join(lines))
    report = desk.load(YAHOO)
    assert counts(report) == (6, 6, 0, 0, 0)
    assert report.entries[0].flagged == 2  # into the negative price and out of it; 10.01 to 13.0 is 29.9 %


def test_keep_require_rename_convert_constant_and_coalesce(desk):
    frame = pl.DataFrame({
        "instrument": ["SOYOIL", "SOYOIL", "CORN", "SOYOIL"],
        "day": [date(2024, 1, n) for n in (2, 3, 4, 5)],
        "price": [1000.0, None, 400.0, 1100.0],
        "code": ["A", None, "B", None],
        "id": [7, 8, 9, 10],
    })  # fmt: skip
    desk.put("own.parquet", frame)
    entry = {
        "file": "own.parquet",
        "table": "raw.databento_futures_ohlcv_1d",
        "source": "own",
        "keep": {"instrument": ["SOYOIL"]},
        "require": ["price"],
        "values": {"symbol": {"SOYOIL": "ZL"}},
        "convert": {"close": {"from": "usd_per_mt", "to": "cents_per_lb"}},
        "columns": {
            "symbol": "instrument", "contract": {"column": "code", "else": "id"}, "observation_date": "day",
            "contract_month": {"constant": "2024-03-01"}, "close": "price",
        },
        "available": {"at": "17:00"},
    }  # fmt: skip
    assert counts(desk.load(entry)) == (4, 2, 0, 2, 0)
    found = desk.rows("SELECT symbol, contract, contract_month, close FROM raw.databento_futures_ohlcv_1d ORDER BY ALL")
    assert [row[:3] for row in found] == [("ZL", "10", date(2024, 3, 1)), ("ZL", "A", date(2024, 3, 1))]
    assert [row[3] for row in found] == pytest.approx([49.8952, 45.3592], abs=1e-4)  # 1100 / 22.0462, 1000 / 22.0462


def test_contract_codes_become_delivery_months_and_others_are_held(desk):
    desk.put("own.csv", "d,code,p\n" + "".join(f"2024-01-0{n},{c},50\n" for n, c in enumerate(
        ["ZLZ25", "ZSF26", "6LK24", "ZCH99", "ZLA25", "ZLZ5"], start=1)))  # fmt: skip
    entry = {
        "file": "own.csv", "table": CONTRACTS_1D.name, "source": "own", "available": {"at": "17:00"},
        "columns": {"symbol": {"constant": "ZL"}, "contract_month": {"contract_code": "code"},
                    "observation_date": "d", "close": "p"},
    }  # fmt: skip
    assert counts(desk.load(entry)) == (6, 4, 0, 0, 2)
    assert desk.rows(f"SELECT contract_month FROM {CONTRACTS_1D.name} ORDER BY observation_date") == [
        (date(2025, 12, 1),), (date(2026, 1, 1),), (date(2024, 5, 1),), (date(1999, 3, 1),),
    ]  # fmt: skip


def test_three_legs_of_one_file_make_a_curve_and_the_later_entry_wins(desk):
    frame = pl.DataFrame({
        "d": [date(2024, 1, 2), date(2024, 1, 3)],
        "p": [50.0, 51.0], "pm": [date(2024, 3, 1)] * 2,
        "c": [49.0, None], "cm": [date(2024, 5, 1)] * 2,
        "f": [48.0, 52.0], "fm": [date(2024, 5, 1), date(2024, 3, 1)],
    })  # fmt: skip
    desk.put("legs.parquet", frame)
    legs = [
        {"file": "legs.parquet", "table": CONTRACTS_1D.name, "source": f"leg {leg}", "require": [leg],
         "columns": {"symbol": {"constant": "ZL"}, "contract_month": f"{leg}m", "observation_date": "d", "close": leg},
         "available": {"at": "17:00"}}
        for leg in "fcp"
    ]  # fmt: skip
    report = desk.load(*legs)
    assert [counts(report, n) for n in range(3)] == [(2, 2, 0, 0, 0), (2, 1, 0, 1, 0), (2, 2, 0, 0, 0)]
    assert [entry.conflicting for entry in report.entries] == [0, 1, 1]
    assert desk.rows(f"SELECT observation_date, contract_month, close FROM {CONTRACTS_1D.name} ORDER BY ALL") == [
        (date(2024, 1, 2), date(2024, 3, 1), 50.0),
        (date(2024, 1, 2), date(2024, 5, 1), 49.0),  # c over f
        (date(2024, 1, 3), date(2024, 3, 1), 51.0),  # p over f
    ]


def test_fred_rows_follow_the_rule_of_their_series_and_strangers_are_held(desk):
    desk.put(
        "fred.csv",
        "id,date,value\nDGS10,2024-07-03,4.36\nUNRATE,2024-01-01,3.7\nXYZ,2024-01-01,1\nDGS10,2024-07-04,.\n",
    )
    assert counts(desk.load(FRED_ENTRY)) == (4, 2, 0, 0, 2)
    assert desk.rows(f"SELECT series_id, available_at FROM {FRED.name} ORDER BY 1") == [
        ("DGS10", datetime(2024, 7, 5, 20, 30, tzinfo=UTC)),
        ("UNRATE", datetime(2024, 2, 2, 13, 30, tzinfo=UTC)),
    ]
    assert desk.rows(HELD) == [
        (4, "series_id", "XYZ", "no publication rule"),
        (5, "value", None, "value is missing"),
    ]


def test_a_recorded_publication_day_is_a_vintage(desk):
    desk.put("fred.csv", "id,date,value,out\nDGS10,2024-07-03,4.36,2024-07-08\nDGS10,2024-07-03,4.37,2024-08-01\n"
                         "DGS10,2024-07-05,4.3,\n")  # fmt: skip
    report = desk.load({**FRED_ENTRY, "available": {"column": "out", "at": "12:00"}})
    assert counts(report) == (3, 2, 0, 0, 1)
    assert desk.rows(f"SELECT available_at, availability, value FROM {FRED.name} ORDER BY 1") == [
        (datetime(2024, 7, 8, 16, tzinfo=UTC), "vintage", 4.36),
        (datetime(2024, 8, 1, 16, tzinfo=UTC), "vintage", 4.37),
    ]
    assert desk.rows(HELD) == [(4, "out", None, "no time of publication")]


def test_a_timestamp_needs_a_zone(desk):
    frame = pl.DataFrame({"t": ["2024-01-02 09:00"], "d": [date(2024, 1, 2)], "c": [48.0]})
    desk.put("hours.parquet", frame.with_columns(pl.col("t").str.to_datetime("%Y-%m-%d %H:%M")))
    columns = {"symbol": {"constant": "ZL"}, "contract": {"constant": "ZLH24"}, "bar_start": "t",
               "observation_date": "d", "close": "c"}  # fmt: skip
    entry = {"file": "hours.parquet", "table": "raw.databento_futures_ohlcv_1h", "source": "own", "columns": columns,
             "available": {"of": "bar_start", "plus_minutes": 60}}  # fmt: skip
    with pytest.raises(ConfigError, match="'t' for bar_start has no time zone; declare `zone:`"):
        desk.load(entry)
    columns["bar_start"] = {"column": "t", "zone": "America/Chicago"}
    desk.load(entry)
    assert desk.rows("SELECT bar_start, available_at FROM raw.databento_futures_ohlcv_1h") == [
        (datetime(2024, 1, 2, 15, tzinfo=UTC), datetime(2024, 1, 2, 16, tzinfo=UTC))
    ]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("prices.csv", b"", "prices.csv: the file is empty, 0 bytes"),
        ("prices.csv", b"date,symbol,close,volume\n", "prices.csv: a header and no rows"),
        ("prices.csv", b"date,symbol,close,close,volume\n1,2,3,4,5\n", "prices.csv: row 1: column names"),
        ("prices.csv", "\ufeff".encode("utf-16-le") + PRICES.encode("utf-16-le"), "declare `encoding: utf-16`"),
        ("prices.parquet", b"PAR1 is not enough", "prices.parquet: not readable as Parquet"),
        ("prices.parquet", pl.DataFrame({n: [] for n in ("date", "symbol", "close", "volume")}), "and no rows"),
        ("prices.parquet", pl.DataFrame({"date": [[1]], "symbol": ["ZL"], "close": [1.0], "volume": [1]}), "unnest it"),
    ],
)  # fmt: skip
def test_an_unreadable_file_is_refused_by_name_with_a_remedy(desk, name, content, expected):
    desk.put(name, content)
    with pytest.raises(SourceError) as caught:
        desk.load(entry_with(file=name))
    assert caught.value.exit_code == 1
    assert expected in str(caught.value)
    assert desk.rows("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw'") == [(0,)]


def test_an_unknown_ending_is_refused(desk):
    desk.put("prices.xlsx", PRICES)
    with pytest.raises(ConfigError, match=r"expected \.parquet, \.csv"):
        desk.load(entry_with(file="prices.xlsx"))


def test_a_file_that_fails_leaves_those_before_it_and_nothing_of_itself(desk):
    desk.put("prices.csv", PRICES)
    desk.put("broken.csv", PRICES.encode() + b'2024-02-01,"ZL,1,1\n')  # a quote that never closes
    with pytest.raises(SourceError, match=r"broken\.csv: row 5: a quote opens and never closes"):
        desk.load(YAHOO, entry_with(file="broken.csv", source="other"))
    assert desk.rows("SELECT DISTINCT source FROM raw.yahoo_prices_1d") == [("my prices",)]


def test_a_file_whose_second_entry_fails_leaves_nothing_of_the_first(desk):
    desk.put("prices.csv", BAD_ROWS)
    with pytest.raises(ContractError, match="do not belong in a real workspace"):
        desk.load(YAHOO, entry_with(source="simulated prices"))
    assert desk.rows("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw'") == [(0,)]
    assert desk.rows("SELECT (SELECT count(*) FROM staging.quarantine), (SELECT count(*) FROM ops.imports)") == [(0, 0)]


def test_files_without_an_entry_are_reported_and_ignored_ones_carry_a_reason(desk):
    for name in ("prices.csv", "sub/other.csv", "notes.md"):
        desk.put(name, PRICES)
    report = desk.load(YAHOO, ignore=[{"file": "*.md", "reason": "documentation"}])
    assert report.not_mapped == ("sub/other.csv",)
    assert report.ignored == (("notes.md", "documentation"),)
    assert json.loads(json.dumps(report.to_dict()))["totals"]["loaded"] == 3


def test_importing_again_changes_nothing_and_says_so(desk):
    desk.put("prices.csv", BAD_ROWS)
    first = desk.load(YAHOO)
    before = hash_of(desk)
    held = desk.rows("SELECT * FROM staging.quarantine ORDER BY ALL")
    again = desk.load(YAHOO, now=NOW + timedelta(days=1))
    assert [entry.status for entry in again.entries] == ["unchanged"]
    assert counts(again) == counts(first)
    assert again.entries[0].changed == 0
    assert hash_of(desk) == before
    assert desk.rows("SELECT * FROM staging.quarantine ORDER BY ALL") == held


def test_deliveries_out_of_order_give_the_same_table(tmp_path_factory):
    hashes = []
    for order in ((0, 1), (1, 0), (0, 1, 0, 1)):
        desk = make_desk(tmp_path_factory.mktemp("order"))
        entries = []
        for n, close in enumerate((48.1, 99.0)):
            desk.put(f"{n}.csv", f"date,symbol,close,volume\n2024-01-02,ZL,{close},10\n2024-01-0{n + 3},ZL,50,1\n")
            entries.append(entry_with(file=f"{n}.csv", source=f"vendor {n}"))
        for n in order:
            desk.load(entries[n])
        hashes.append(hash_of(desk))
    assert len(set(hashes)) == 1


def test_a_changed_entry_takes_its_old_rows_back(desk):
    desk.put("prices.csv", PRICES + "2024-01-05,ZL,bad,1\n")
    desk.load(YAHOO)
    assert len(desk.rows(HELD)) == 1
    report = desk.load(entry_with(available={"at": "18:00"}, values={"symbol": {"ZL": "BO"}}, missing=["bad"]))
    assert [entry.status for entry in report.entries] == ["remapped"]
    assert desk.rows("SELECT DISTINCT symbol, extract(hour FROM available_at) FROM raw.yahoo_prices_1d") == [("BO", 23)]
    assert desk.rows("SELECT count(*) FROM raw.yahoo_prices_1d") == [(4,)]
    assert desk.rows(HELD) == []  # its row is loaded now


def test_a_row_that_a_taken_back_delivery_had_displaced_comes_back(desk):
    desk.put("old.csv", PRICES)
    desk.put("prices.csv", PRICES.replace("48.5", "99.9"))
    old = entry_with(file="old.csv", source="old")
    report = desk.load(old, YAHOO)
    assert report.entries[1].conflicting == 1
    desk.load(old, {**YAHOO, "keep": {"date": ["2024-01-02"]}})
    desk.load(old, {**YAHOO, "keep": {"date": ["2024-01-02"]}})
    found = desk.rows("SELECT observation_date, close, source FROM raw.yahoo_prices_1d ORDER BY 1")
    assert [(str(day), close) for day, close, _ in found] == [
        ("2024-01-02", 48.1), ("2024-01-03", 48.5), ("2024-01-04", 47.9),
    ]  # fmt: skip


def test_a_clock_without_a_zone_is_refused(desk):
    desk.put("prices.csv", PRICES)
    with pytest.raises(ConfigError, match="without a zone"):
        desk.load(YAHOO, now=datetime(2025, 1, 1))  # noqa: DTZ001
