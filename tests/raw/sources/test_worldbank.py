"""The Pink Sheet: a recorded workbook, sheets written here cell by cell, and the way to its address."""

import csv
from datetime import date

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file, recorded
from workbooks import workbook

from oilseer.raw.availability import published
from oilseer.raw.sources import worldbank

NAMES = [name for name, _ in worldbank.NEEDED.values()]
UNITS = [f"({unit})" for _, unit in worldbank.NEEDED.values()]
CODES = list(worldbank.NEEDED)
MONTH = ["2025M10", 1045.04, 1135.81, 403.75, 351.25, 1275.21, 1356.67, 2273.04, 2599.0, 198.13, 64.651]


@pytest.fixture(scope="module")
def whole():
    return recorded("worldbank", "prices", "worldbank/CMO_Monthly_Prices_trimmed.xlsx")


def sheet(*rows: list, updated="Updated on November 04, 2025", name="Monthly Prices", head=None):
    """A workbook with a sheet of these rows below the usual head."""
    head = head or [["", *NAMES], ["", *UNITS], ["", *CODES]]
    lines = [["World Bank Commodity Price Data (The Pink Sheet)"], [updated], *head, *rows]
    return download("worldbank", "prices", workbook(lines, name))


def oil(given) -> dict[str, float]:
    (rows,) = worldbank.parse(given)
    palm = rows.frame.filter(pl.col("code") == "PALM_OIL")
    return {f"{day:%Y-%m}": value for day, value in palm.select("observation_date", "value").rows()}


def test_values_read_by_eye(whole):
    (rows,) = worldbank.parse(whole)
    found = {(code, f"{day:%Y-%m}"): value for code, value, day in
             rows.frame.select("code", "value", "observation_date").rows()}  # fmt: skip
    assert found["PALM_OIL", "1960-01"] == 233
    assert found["SOYBEAN_OIL", "2025-10"] == 1135.81
    assert found["SUNFLOWER_OIL", "2025-10"] == 1356.67
    assert ("RAPESEED_OIL", "1960-01") not in found  # …
    assert found["PLYWOOD", "2025-09"] > 100  # ¢ a sheet


def test_every_number_stands_in_the_dump_of_the_sheet(whole):
    (rows,) = worldbank.parse(whole)
    text = real_file("vendor/worldbank/CMO_Monthly_Prices_sheet_dump_trimmed.csv").read_text()
    lines = list(csv.reader(text.splitlines()))
    codes = next(line for line in lines if "PALM_OIL" in line)
    dump = {
        (code, line[0]): float(cell)
        for line in lines if line[0][4:5] == "M"
        for code, cell in zip(codes, line) if code and cell not in ("…", "...", "")
    }  # fmt: skip
    ours = {(code, f"{day:%YM%m}"): value for code, value, day in
            rows.frame.select("code", "value", "observation_date").rows()}  # fmt: skip
    shared = ours.keys() & dump.keys()
    assert len(shared) > 500
    assert all(abs(ours[key] - dump[key]) < 1e-6 * abs(dump[key]) for key in shared)


def test_months_equal_an_independent_history(whole):
    (rows,) = worldbank.parse(whole)
    history = pl.read_parquet(real_file("history/worldbank_pinksheet_monthly.parquet")).select(
        "code", observation_date="month", other="value", theirs="unit"
    )
    both = rows.frame.join(history, on=["code", "observation_date"])
    oils = both.filter(pl.col("code").is_in(["PALM_OIL", "SOYBEAN_OIL", "SUNFLOWER_OIL", "RAPESEED_OIL"]))
    assert (oils["unit"] == oils["theirs"]).all()
    early = both.filter(pl.col("observation_date") < date(2000, 1, 1))
    assert early.height > 300
    assert early.filter(((pl.col("value") - pl.col("other")) / pl.col("other")).abs() > 1e-6).is_empty()


def test_the_newest_month_is_public_when_the_sheet_says_so():
    rule = worldbank.RULE
    # October ends on a Friday; the second working day is Tuesday the 4th, 17:00 New York
    assert str(published(rule, pl.Series([date(2025, 10, 1)]))[0]) == "2025-11-04 22:00:00+00:00"
    older = ["2025M09", *MONTH[1:]]
    (on_time,) = worldbank.parse(sheet(older, MONTH))
    assert "available_at" not in on_time.frame.columns
    (late,) = worldbank.parse(sheet(older, MONTH, updated="Updated on November 12, 2025"))
    palm = late.frame.filter(pl.col("code") == "PALM_OIL").select("observation_date", "available_at", "availability")
    assert [(f"{day:%Y-%m}", f"{at:%Y-%m-%d %H:%M}" if at else None, kind) for day, at, kind in palm.rows()] == [
        ("2025-09", None, None), ("2025-10", "2025-11-12 22:00", "lagged"),
    ]  # fmt: skip
    assert oil(sheet(MONTH, updated="")) == {"2025-10": 1045.04}


def test_every_cut_of_the_recorded_workbook_is_refused(whole):
    assert assert_cuts_are_refused(worldbank.parse, whole) == 63


def test_strangers_are_refused(whole):
    assert_strangers_are_refused(worldbank.parse, whole)


def test_a_sheet_without_codes_is_read_by_names():
    names, units, months = [["", *NAMES], ["", *UNITS]], MONTH, ["2025M09", *MONTH[1:]]
    assert oil(sheet(months, units, head=names)) == {"2025-09": 1045.04, "2025-10": 1045.04}


def test_order_of_columns_and_rows_repetitions_and_marks_change_nothing():
    turned = [[row[0], *row[:0:-1]] for row in (["", *NAMES], ["", *UNITS], ["", *CODES], MONTH)]
    assert oil(sheet(turned[3], head=turned[:3])) == {"2025-10": 1045.04}
    older = ["2025M09", 1036.74, *MONTH[2:]]
    assert oil(sheet(MONTH, older, MONTH, [""] * 11, ["a note"])) == {"2025-09": 1036.74, "2025-10": 1045.04}
    marked = [["", *(f"{name} **" for name in NAMES)], ["", *UNITS], ["", *CODES]]
    assert oil(sheet(MONTH, head=marked)) == {"2025-10": 1045.04}
    for gap in ("…", "...", "..", ""):
        assert oil(sheet(["2025M10", gap, *MONTH[2:]])) == {}


def changed(place: int, row: int, value: str) -> list[list[str]]:
    head = [["", *NAMES], ["", *UNITS], ["", *CODES]]
    head[row][place] = value
    return head


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda: sheet(MONTH, name="Monthly Indices"), "Monthly Indices"),
        (lambda: sheet(MONTH, head=changed(1, 1, "(RM/mt)")), "RM/mt"),
        (lambda: sheet(MONTH, head=changed(1, 0, "Palm oil, crude")), "no row of names with 'Palm oil'"),
        (lambda: sheet(MONTH, head=changed(2, 0, "Soya oil")), "'Soya oil'"),
        (lambda: sheet(MONTH, head=changed(1, 2, "SOYBEAN_OIL")), "twice"),
        (lambda: sheet(MONTH, head=changed(3, 1, "")), "without a unit"),
        (lambda: sheet(MONTH[:-1], head=[["", *NAMES[:-1]], ["", *UNITS[:-1]], ["", *CODES[:-1]]]), "CRUDE_BRENT"),
        (lambda: sheet(["2025M13", *MONTH[1:]]), "'2025M13' before numbers"),
        (lambda: sheet(["Oct-25", *MONTH[1:]]), "'Oct-25' before numbers"),
        (lambda: sheet(["2025M10", "n/a", *MONTH[2:]]), "'n/a' for PALM_OIL"),
        (lambda: sheet(["2025M10", "NaN", *MONTH[2:]]), "'NaN' for PALM_OIL"),
        (lambda: sheet(["2025M10", "Infinity", *MONTH[2:]]), "'Infinity' for PALM_OIL"),
        (lambda: sheet(MONTH, ["2025M10", 1.0, *MONTH[2:]]), "different values"),
        (lambda: sheet(), "no month"),
    ],
)
def test_a_changed_sheet_is_refused(given, words):
    assert_refused(worldbank.parse, given(), words)


def test_the_link_of_the_page_is_followed():
    link = "https://thedocs.worldbank.org/en/doc/0123abcd-0050012027/related/CMO-Historical-Data-Monthly.xlsx"
    other = "https://example.org/en/doc/CMO-Historical-Data-Monthly.xlsx"
    page = f'<html><a href="{other}">a copy</a> <a href="{link}">Monthly prices</a>'
    http = FakeHttp("worldbank", [page.encode(), b"PK"])
    (found,) = worldbank.fetch(ask("2026-08-01", "2026-09-01"), http)
    assert (found.part, found.url) == ("prices", link)
    assert http.asked[0]["html"] is True


@pytest.mark.parametrize("page", [None, b"<html>no link today</html>"])
def test_without_a_link_the_known_path_is_asked(page):
    http = FakeHttp("worldbank", [page, b"PK"])
    (found,) = worldbank.fetch(ask("2026-08-01", "2026-09-01"), http)
    assert found.url == worldbank.PATH_OF_2026


def test_every_month_of_the_whole_history_is_read():
    months = [[f"{year}M{month:02}", *MONTH[1:]] for year in range(1960, 2027) for month in range(1, 13)]
    wide = [[*row, *([row[-1]] * 60)] for row in months]
    extra = [f"X{n}" for n in range(60)]
    head = [["", *NAMES, *extra], ["", *UNITS, *["($/kg)"] * 60], ["", *CODES, *extra]]
    given = sheet(*wide, head=head)
    (rows,) = worldbank.parse(given)
    assert rows.frame.height == 67 * 12 * 70
