"""PSD: rows of a public copy of the file, releases by month, and every way to be wrong."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, recorded

from oilseer.errors import SourceError
from oilseer.raw.availability import published
from oilseer.raw.sources import usda_psd

HEAD = ",".join(usda_psd.COLUMNS) + "\n"
LINE = '4232000,"Oil, Soybean",CH,China,2025,2026,08,028,Production,08,(1000 MT),18900.0000\n'


def small(*lines: str, part: str = "oilseeds"):
    return download("usda_psd", part, HEAD + "".join(lines))


def zipped(text: str, names: tuple[str, ...] = ("psd_oilseeds.csv",)) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, text)
    return packed.getvalue()


def line(**cells: str) -> str:
    """LINE with other cells."""
    found = {"Commodity_Code": "4232000", "Commodity_Description": '"Oil, Soybean"', "Country_Code": "CH",
             "Country_Name": "China", "Market_Year": "2025", "Calendar_Year": "2026", "Month": "08",
             "Attribute_ID": "028", "Attribute_Description": "Production", "Unit_ID": "08",
             "Unit_Description": "(1000 MT)", "Value": "18900.0000"}  # fmt: skip
    assert ",".join(found.values()) + "\n" == LINE
    return ",".join((found | cells).values()) + "\n"


@pytest.fixture(scope="module")
def rows_of_meal():
    return recorded("usda_psd", "oilseeds", "usda_fas/psd_oilseeds_reexport_rows.csv")


def test_algerian_meal_read_by_eye(rows_of_meal):
    (rows,) = usda_psd.parse(rows_of_meal)
    imports = rows.frame.filter(attribute_id=57).select("market_year", "value").rows()
    assert imports == [(1965, 1.0), (1975, 22.0)]
    first = rows.frame.row(0, named=True)
    assert (first["commodity_code"], first["country"], first["unit"]) == ("0813100", "Algeria", "(1000 MT)")
    assert first["revision_month"] == date(2006, 6, 1)
    assert rows.frame["attribute_id"].unique().sort().to_list() == [7, 20, 28, 57, 88, 125, 176]
    balance = dict(rows.frame.filter(market_year=1975).select("attribute_id", "value").rows())
    assert balance[20] + balance[28] + balance[57] == balance[125] + balance[88] + balance[176]


def test_leading_zeros_may_be_there_or_lost():
    with_zeros = usda_psd.parse(small(LINE))[0].frame
    without = usda_psd.parse(small(line(Month="8", Attribute_ID="28", Unit_ID="8", Value="18900")))[0].frame
    assert with_zeros.equals(without)


@pytest.mark.parametrize(
    ("year", "month", "public"),
    [
        ("2026", "04", "2026-04-13 16:30"),  # the 12th is a Sunday
        ("2026", "08", "2026-08-12 16:30"),
        ("2025", "11", "2025-11-14 17:30"),  # the WASDE after the shutdown
        ("2019", "01", "2019-02-08 17:30"),
        ("2013", "10", "2013-11-08 17:30"),
        ("2005", "00", "2005-12-12 17:30"),  # a month that is not given
    ],
)
def test_a_release_is_public_on_the_twelfth_or_after_a_shutdown(year, month, public):
    (rows,) = usda_psd.parse(small(line(Calendar_Year=year, Month=month)))
    assert f"{published(rows.rule, rows.frame[rows.rule.of])[0]:%Y-%m-%d %H:%M}" == public


def test_releases_of_two_months_describe_the_same_year_and_become_public_one_after_the_other():
    july, august = (usda_psd.parse(small(one))[0].frame for one in (line(Month="07", Value="18800"), LINE))
    assert july["observation_date"][0] == august["observation_date"][0] == date(2025, 1, 1)
    assert july["revision_month"][0] < august["revision_month"][0]


def test_the_archive_gives_the_rows_of_its_csv_and_must_hold_every_commodity():
    lines = [
        line(Commodity_Code=code, Commodity_Description=f'"{name}"') for code, name in usda_psd.COMMODITIES.items()
    ]
    archive = replace(small(), body=zipped(HEAD + "".join(lines)))
    assert usda_psd.parse(archive)[0].frame.equals(usda_psd.parse(small(*lines))[0].frame)
    assert assert_cuts_are_refused(usda_psd.parse, archive) == 63
    assert_refused(usda_psd.parse, replace(archive, body=zipped(HEAD + LINE)), "0813100", "4243000")
    assert_refused(usda_psd.parse, replace(archive, body=zipped(HEAD + LINE, ("a.csv", "b.csv"))), "2 files")
    assert_refused(usda_psd.parse, replace(archive, body=zipped("0" * 30_000_000)))


def test_bytes_cut_short_and_strangers_are_refused(rows_of_meal):
    assert_cuts_are_refused(usda_psd.parse, rows_of_meal, may_be_shorter=True)
    assert_strangers_are_refused(usda_psd.parse, rows_of_meal)


def test_a_summary_report_of_another_page_is_refused():
    coffee = recorded("usda_psd", "oilseeds", "usda_fas/psd_reportHandler_coffee_head.csv")
    assert_refused(usda_psd.parse, coffee, "Commodity_Code")


def test_order_mark_repetition_and_other_commodities_change_nothing():
    expected = usda_psd.parse(small(line(Country_Code="BR", Country_Name="Brazil"), LINE))[0].frame
    cotton = line(Commodity_Code="2631000", Commodity_Description="Cotton", Unit_Description="1000 480 lb. Bales")
    yields = line(Attribute_ID="184", Attribute_Description="Yield", Unit_Description="(MT/HA)")
    shuffled = small(LINE, cotton, LINE, yields, line(Country_Code="BR", Country_Name="Brazil"))
    assert usda_psd.parse(replace(shuffled, body=b"\xef\xbb\xbf" + shuffled.body))[0].frame.equals(expected)
    turned = [",".join(reversed(list(usda_psd.COLUMNS))), '18900,(1000 MT),08,Production,028,08,2026,2025,China,CH,'
              '"Oil, Soybean",4232000']  # fmt: skip
    assert usda_psd.parse(download("usda_psd", "oilseeds", "\n".join(turned) + "\n"))[0].frame.height == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (HEAD.replace("Value", "Amount") + LINE, ["Value", "Amount"]),
        (HEAD.replace("Month,", "") + LINE, ["Month"]),
        (HEAD, ["0 lines"]),
        (HEAD + line(Value="NaN"), ["NaN"]),
        (HEAD + line(Value="1e9"), ["1e9"]),
        (HEAD + line(Value=""), ["Value"]),
        (HEAD + line(Month="13"), ["'13'"]),
        (HEAD + line(Market_Year="25"), ["'25'"]),
        (HEAD + line(Unit_Description="(MT)"), ["(MT)", "(1000 MT)"]),
        (HEAD + line(Commodity_Description='"Oil, Palm"'), ["Oil, Palm", "Oil, Soybean"]),
        (HEAD + line(Attribute_Description="Crush"), ["Crush", "'Production' for 28"]),
        (HEAD + line(Calendar_Year="2027"), ["2027-08", "2026-09"]),
        (HEAD + LINE + line(Value="1"), ["different values"]),
        (HEAD + LINE.replace("\n", ",more\n"), ["do not fit"]),
        (HEAD + LINE[:-12] + "\n", ["Value"]),
        (HEAD + LINE.rstrip(), ["without an end"]),
    ],
)
def test_a_wrong_file_is_refused_by_what_is_wrong(body, words):
    assert_refused(usda_psd.parse, download("usda_psd", "oilseeds", body), *words)


def test_fetch_takes_the_file_and_the_api_only_where_the_file_is_refused():
    http = FakeHttp("usda_psd", [b"zip"])
    assert [one.part for one in usda_psd.fetch(ask("2025-08-01", "2026-08-31"), http)] == ["oilseeds"]
    assert http.asked[0]["missing"] == ()
    http = FakeHttp("usda_psd", [None, *[b"[]"] * 18])
    parts = [one.part for one in usda_psd.fetch(ask("2025-08-01", "2026-08-31", key="secret-key"), http)]
    assert parts[:3] == ["api-2222000-2024", "api-2222000-2025", "api-2222000-2026"]
    assert len(parts) == 18
    assert http.asked[1]["secret_headers"] == {"X-Api-Key": "secret-key"}
    nothing = usda_psd.fetch(ask("2025-08-01", "2026-08-31", key="secret-key"), FakeHttp("usda_psd", [None] * 19))
    with pytest.raises(SourceError, match="found neither the file nor a year of the API"):
        list(nothing)


def test_the_api_gives_the_rows_of_the_file():
    row = {"commodityCode": "4232000", "countryCode": "CH", "marketYear": "2025", "calendarYear": "2026", "month": "08",
           "attributeId": 28, "unitId": 8, "value": 18900.0}  # fmt: skip
    api = download("usda_psd", "api-4232000-2025", json.dumps([row]))
    frame = usda_psd.parse(api)[0].frame
    assert frame.drop("country").equals(usda_psd.parse(small(LINE))[0].frame.drop("country"))
    assert usda_psd.parse(replace(api, body=b"[]"))[0].frame.is_empty()
    for change, words in (({"unitId": 4}, "Unit_Description"), ({"value": None}, "value"), ({"month": 14}, "Month")):
        assert_refused(usda_psd.parse, replace(api, body=json.dumps([row | change]).encode()), words)
    assert_refused(usda_psd.parse, replace(api, body=b'{"error": "no"}'), "a list of values")
