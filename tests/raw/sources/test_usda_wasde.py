"""WASDE: recorded tables against an independent history, hand-written whole reports, and every way to be wrong."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FakeHttp, ask, download, real_file, recorded
from replay.responders import Answer, as_json

from oilseer.errors import SourceError
from oilseer.raw.sources import usda_wasde
from oilseer.warehouse import connect

HOST = "esmis.nal.usda.gov"
US_OIL = ("report-2025-05-12-v2-sr15", "usda_wasde/wasde0525v2_sr15_us_soyoil_trimmed.xml")
WORLD_OIL = ("report-2025-05-12-v2-sr30", "usda_wasde/wasde0525v2_sr30_world_soyoil_trimmed.xml")
US_LINES = {
    "Million Bushels": ["Area Planted", "Area Harvested", "Yield per Harvested Acre", "Beginning Stocks", "Production",
                        "Imports", "    Supply, Total", "Crushings", "Exports", "Seed", "Residual", "    Use, Total",
                        "Ending Stocks", "Avg. Farm Price ($/bu)  2/"],
    "Million Pounds": ["Beginning Stocks", "Production 4/", "Imports", "    Supply, Total", "Domestic Disappearance",
                       "     Biofuel 3/", "     Food, Feed &amp; other Industrial", "Exports", "    Use, Total",
                       "Ending stocks", "Avg. Price (c/lb)  2/"],
    "Thousand Short Tons": ["Beginning Stocks", "Production 4/", "Imports", "    Supply, Total",
                            "Domestic Disappearance", "Exports", "    Use, Total", "Ending Stocks",
                            "Avg. Price ($/s.t.)  2/"],
}  # fmt: skip
WORLD_LINES = ["Beginning&#xD;&#xA;Stocks", "Production", "Imports", "Domestic&#xD;&#xA;Total", "Exports",
               "Ending&#xD;&#xA;Stocks"]  # fmt: skip


def us_block(number: int, unit: str, values: dict[str, str]) -> str:
    units = [unit, "Million Acres", "Bushels"] if unit == "Million Bushels" else [unit]
    cells = "".join(f'<Cell m1_unit_descr{n}="{one}" /><Cell m1_filler2="Filler" />' for n, one in enumerate(units))
    for line in US_LINES[unit]:
        text = values.get(line.strip(), "4,162")
        cells += (
            f'<attribute{number} attribute{number}="{line}"><y market_year{number}="2025/26 Proj.">'
            f'<m forecast_month{number}="April"><Cell cell_value{number}="NA" /></m>'
            f'<m forecast_month{number}="May"><Cell cell_value{number}="{text}" /></m></y>'
            f'<y market_year{number}="2023/24"><m forecast_month{number}=""><Cell cell_value{number}="7" /></m></y>'
            f"</attribute{number}>"
        )
    return f"<matrix{number}>{cells}</matrix{number}>"


def sub_report(name: str, title: str, inside: str, unit: str = "") -> str:
    return (
        f'<{name}><Report Name="{name}" Report_Month="May 2025" sub_report_title="{title}" '
        f'sub_report_subtitle="{unit}">{inside}</Report></{name}>'
    )


def world_table(name: str, title: str, lines: list[str]) -> str:
    cells = "".join(f'<g attribute4="{line}"><Cell cell_value4="5.88" /></g>' for line in lines)
    inside = f'<matrix4 region_header4="2024/25 Est."><r region4="    World  2/">{cells}</r></matrix4>'
    return sub_report(name, title, inside, "(Million Metric Tons)")


def whole_report(**values: str) -> str:
    blocks = "".join(us_block(number, unit, values) for number, unit in enumerate(US_LINES, start=4))
    soy = [*WORLD_LINES[:3], "Domestic&#xD;&#xA;Crush", *WORLD_LINES[3:]]
    return (
        '\ufeff<?xml version="1.0" encoding="utf-8"?><Report Name="wasde">'
        + sub_report("sr08", "World and U.S Supply and Use for Grains  1/", '<c cell_value1="2,240.82" />')
        + sub_report("sr15", "U.S. Soybeans and Products Supply and Use (Domestic Measure)  1/", blocks)
        + world_table("sr28", "World Soybean Supply and Use  1/", soy)
        + world_table("sr29", "World Soybean Meal Supply and Use  1/", WORLD_LINES)
        + world_table("sr30", "World Soybean Oil Supply and Use  1/", WORLD_LINES)
        + "</Report>"
    )


def report(body: str, part: str = "report-2025-05-12"):
    return download("usda_wasde", part, body)


def value(rows: pl.DataFrame, **where: str) -> float:
    return rows.filter(**where).select("value").item()


@pytest.fixture(params=[US_OIL, WORLD_OIL], ids=["us", "world"])
def oil(request):
    return recorded("usda_wasde", *request.param)


@pytest.mark.parametrize(("file", "table", "count"), [(US_OIL, "us", 33), (WORLD_OIL, "world", 216)])
def test_recorded_tables_equal_the_independent_history_of_the_report(file, table, count):
    (rows,) = usda_wasde.parse(recorded("usda_wasde", *file))
    history = pl.read_parquet(real_file("history/usda_wasde_soy_vintages.parquet")).rename(
        {"table": "table_kind", "column": "report_column", "report_date": "observation_date"}
    )
    told = history.filter(observation_date=date(2025, 5, 12), table_kind=table, commodity="soybean_oil")
    ours = rows.frame.drop("available_at")
    key = list(usda_wasde.KEY)
    assert ours.sort(key).equals(told.select(ours.columns).sort(key))
    assert ours.height == count


def test_united_states_soybean_oil_read_by_eye():
    (rows,) = usda_wasde.parse(recorded("usda_wasde", *US_OIL))
    this = {"marketing_year": "2025/26", "report_column": "current_month", "status": "projection"}
    assert value(rows.frame, attribute="biofuel_use", **this) == 13_900
    assert value(rows.frame, attribute="price", unit="US cents/lb", **this) == 46.0
    supply = sum(value(rows.frame, attribute=name, **this) for name in ("beginning_stocks", "production", "imports"))
    assert supply == value(rows.frame, attribute="supply_total", **this) == 31_131
    assert rows.frame.filter(report_column="previous_month").is_empty()  # NA in the first report of the year


def test_the_world_less_china_read_by_eye():
    (rows,) = usda_wasde.parse(recorded("usda_wasde", *WORLD_OIL))
    last = {"marketing_year": "2023/24", "report_column": "single", "status": "final"}
    assert value(rows.frame, region="World", attribute="ending_stocks", **last) == 5.70
    assert value(rows.frame, region="World Less China", attribute="domestic_use", **last) == 44.02
    assert {"Major Exporters", "North Africa"} <= set(rows.frame["region"])


def test_a_whole_report_has_six_tables_and_is_public_at_noon_in_new_york():
    (rows,) = usda_wasde.parse(report(whole_report()))
    tables = rows.frame.select("table_kind", "commodity").unique()
    assert tables.height == 6
    assert rows.frame["available_at"].unique().to_list() == [datetime(2025, 5, 12, 16, tzinfo=UTC)]
    assert value(rows.frame, commodity="soybeans", attribute="yield", status="final") == 7
    assert rows.frame.filter(attribute="area_planted")["unit"].unique().to_list() == ["million acres"]
    assert rows.frame.filter(attribute="price")["unit"].unique().sort().to_list() == [
        "US cents/lb", "USD/bu", "USD/short ton",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "noon"), [("2019-02-08", 17), ("2013-11-08", 17), ("2025-11-14", 17), ("2025-05-12", 16)]
)
def test_a_delayed_release_is_public_on_its_own_day(day, noon):
    released = date.fromisoformat(day)
    body = whole_report().replace("May 2025", f"{released:%B %Y}")
    (rows,) = usda_wasde.parse(report(body, f"report-{day}"))
    assert rows.frame["available_at"][0] == datetime(released.year, released.month, released.day, noon, tzinfo=UTC)
    assert rows.frame["observation_date"][0] == released


def test_a_corrected_file_stands_beside_the_first_and_is_known_when_it_was_seen():
    first = usda_wasde.parse(report(whole_report()))[0].frame
    corrected = report(whole_report(Crushings="2,490"), "report-2025-05-12-v2")
    seen = datetime(2025, 5, 13, 13, tzinfo=UTC)
    soon = usda_wasde.parse(replace(corrected, fetched_at=seen))[0].frame
    later = usda_wasde.parse(corrected)[0].frame  # fetched a year after
    assert first["available_at"][0] < soon["available_at"][0] == seen
    assert later["available_at"][0] == datetime(2025, 5, 19, 16, tzinfo=UTC)
    assert value(soon, attribute="crush", table_kind="us", status="projection") == 2_490


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4,162", 4162), ("83.5 *", 83.5), ("41,525 3/", 41525), ("9.00 - 10.00", 9.5), ("1,240 -1,280", None),
     ("-3", -3), ("45.00", 45)],
)  # fmt: skip
def test_values_as_the_report_writes_them(text, expected):
    body = whole_report(Residual=text)
    if expected is None:
        assert_refused(usda_wasde.parse, report(body), text)
        return
    found = usda_wasde.parse(report(body))[0].frame
    assert value(found, attribute="residual", status="projection") == expected


def test_the_column_of_the_month_before_is_kept_apart():
    body = whole_report().replace('"NA"', '"4,100"')
    found = usda_wasde.parse(report(body))[0].frame.filter(attribute="crush", table_kind="us", status="projection")
    assert sorted(found.select("report_column", "value").rows()) == [("current_month", 4162), ("previous_month", 4100)]


@pytest.mark.parametrize("name", ["Methyl Ester 3/", "Biodiesel 3/", "Biofuel 4/"])
def test_the_renamed_row_of_biofuel_is_one_attribute(name):
    found = usda_wasde.parse(report(whole_report().replace("Biofuel 3/", name)))[0].frame
    assert found.filter(attribute="biofuel_use").height == 2


def test_a_namespace_changes_nothing(oil):
    for named in (b'<Report xmlns="wasde" Name="wasde">', b'<w:Report xmlns:w="wasde" Name="wasde">'):
        body = oil.body.replace(b'<Report Name="wasde">', named)
        if named.startswith(b"<w:"):
            body = body[: body.rindex(b"</Report>")] + b"</w:Report>"
        assert usda_wasde.parse(replace(oil, body=body))[0].frame.equals(usda_wasde.parse(oil)[0].frame)


def test_the_recorded_head_of_2010_is_no_whole_report():
    head = recorded("usda_wasde", "report-2010-07-09", "usda_wasde/wasde_2010-07_namespaced_head_3KB.xml.txt")
    assert_refused(usda_wasde.parse, head, "whole XML")


def test_bytes_cut_short_are_refused(oil):
    assert assert_cuts_are_refused(usda_wasde.parse, oil) == 63


def test_strangers_are_refused(oil):
    assert_strangers_are_refused(usda_wasde.parse, oil)


def test_entities_and_dtds_are_refused():
    bomb = '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Report>&b;</Report>'
    outside = '<!DOCTYPE r SYSTEM "file:///etc/passwd"><Report/>'
    for body in (bomb, outside):
        assert_refused(usda_wasde.parse, report(body), "DTD")


def test_ten_thousand_nested_elements_end_in_bounded_time():
    deep = '<a sub_report_title="x" Report_Month="May 2025">' + "<b>" * 10_000 + "</b>" * 10_000 + "</a>"
    assert_refused(usda_wasde.parse, report(deep), "soybean tables")


WHOLE = whole_report()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (WHOLE.replace("World Soybean Oil Supply", "World Soyoil Supply"), ["world/soybean_oil"]),
        (WHOLE.replace("U.S. Soybeans and", "U.S. Oilseeds and"), ["us/soybeans", "us/soybean_oil"]),
        (WHOLE.replace("Crushings", "Processing"), ["'processing'", "crushings"]),
        (WHOLE.replace("cell_value5", "amount5"), ["us/soybean_oil"]),
        (WHOLE.replace('"Exports"', '"Shipments"'), ["'shipments'"]),
        (WHOLE.replace("Million Pounds", "Thousand Tonnes"), ["0 of the units"]),
        (WHOLE.replace("(Million Metric Tons)", "(Thousand Tons)", 1), ["'thousand tons'"]),
        (WHOLE.replace("Bushels", "Tonnes"), ["units"]),
        (WHOLE.replace("5.88", "n.q."), ["n.q."]),
        (WHOLE.replace("4,162", "41,62"), ["41,62"]),
        (WHOLE.replace("4,162", "NaN"), ["NaN"]),
        (WHOLE.replace("4,162", "Infinity"), ["Infinity"]),
        (WHOLE.replace("4,162", "10.00 - 9.00"), ["10.00 - 9.00", "low to high"]),
        (WHOLE.replace("2023/24", "2023/25"), ["2023/25"]),
        (WHOLE.replace("2023/24", "last year"), ["last year"]),
        (WHOLE.replace("2025/26 Proj.", "2025/26 Guess"), ["2025/26 Guess"]),
        (WHOLE.replace("May 2025", "April 2025"), ["April 2025", "May 2025"]),
        (WHOLE.replace('region4="    World  2/"', 'country4="World"'), ["region"]),
        (whole_report(Crushings="NA"), ["crush", "every line"]),
        (WHOLE.replace("Imports", "Exports"), ["no imports", "every line"]),
    ],
)
def test_a_wrong_report_is_refused_by_what_is_wrong(body, words):
    assert_refused(usda_wasde.parse, report(body), *words)


def test_a_line_that_stands_twice_with_two_values_is_refused():
    again = us_block(5, "Million Pounds", {"Exports": "1,700"})
    assert_refused(usda_wasde.parse, report(WHOLE.replace("<matrix6>", again + "<matrix6>")), "different values")


@pytest.mark.parametrize("part", ["wasde", "report-2025-05", "report-2025-02-30", "report-2025-05-12-final"])
def test_a_part_without_a_day_of_release_is_refused(part):
    assert_refused(usda_wasde.parse, report(WHOLE, part), part)


def listed(*releases: tuple[str, list[str]], pages: int = 1) -> bytes:
    results = [{"release_datetime": f"{day}T12:00:00+0000", "files": files} for day, files in releases]
    return json.dumps({"results": results, "pager": {"total_pages": pages}}).encode()


def test_fetch_finds_the_xml_of_each_release_in_the_ask():
    at = "https://esmis.nal.usda.gov/sites/default/release-files"
    page = listed(
        ("2026-07-10", [f"{at}/3/wasde0726.pdf", f"{at}/3/wasde0726.xml"]),
        ("2026-06-11", [f"{at}/2/wasde0626v2.xml", f"{at}/2/wasde0626.xml"]),
        ("2026-06-11", [f"{at}/2/wasde0626.xml"]),
        ("2026-05-12", [f"{at}/1/wasde0526.xml"]),
        pages=9,
    )
    older = listed(("2025-05-12", [f"{at}/0/wasde0525.xml"]), pages=9)
    http = FakeHttp("usda_wasde", [page, older, b"june", b"june corrected", b"july"])
    found = list(usda_wasde.fetch(ask("2026-06-01", "2026-07-31"), http))
    assert [one.part for one in found] == ["report-2026-06-11", "report-2026-06-11-v2", "report-2026-07-10"]
    assert found[1].url == f"{at}/2/wasde0626v2.xml"
    assert [call["params"]["page"] for call in http.asked[:2]] == ["0", "1"]  # the page before the ask ends the search


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b'{"results": []}', "releases"),
        (b'["no"]', "releases"),
        (b'{"results": [{"files": []}]}', "release_datetime"),
        (b'{"results": [{"release_datetime": "soon", "files": []}]}', "release_datetime"),
        (b'{"results": [{"release_datetime": "2026-06-11T12:00", "files": ["ftp://x/y.xml"]}]}', "https"),
        (listed(("2026-06-11", ["https://x/wasde0626.pdf"])), "no XML"),
    ],
)
def test_a_wrong_list_of_releases_is_refused(answer, words):
    with pytest.raises(SourceError, match=words):
        list(usda_wasde.fetch(ask("2026-06-01", "2026-07-31"), FakeHttp("usda_wasde", [answer])))


def test_a_cancelled_wasde_leaves_a_gap_and_the_next_one_is_seen_at_its_noon(feeds):
    """October 2025 had none; that of November came on the 14th instead of the 10th (USDA's notice of 2025-10-31)."""
    feeds.now = datetime(2025, 11, 20, 12, tzinfo=UTC)
    days = ("2025-09-12", "2025-11-14")
    files = {day: f"https://{HOST}/files/wasde-{day}.xml" for day in days}
    listed = [{"release_datetime": f"{day}T12:00:00", "files": [files[day]]} for day in reversed(days)]
    feeds.replay.answers[f"{HOST}/api/v1/release/findByIdentifier/wasde"] = as_json(
        {"results": listed, "pager": {"total_pages": 1}}
    )
    for day in days:
        body = whole_report().replace("May 2025", f"{date.fromisoformat(day):%B %Y}")
        feeds.replay.answers[f"{HOST}/files/wasde-{day}.xml"] = Answer(body.encode(), "text/xml")
    state = feeds.ingest("usda_wasde", since=date(2025, 9, 1), until=date(2025, 11, 20))["usda_wasde"]
    assert (state["status"], state["downloads"]) == ("ok", 2), state["message"]
    connect.publish(feeds.workspace, "run")
    for moment, newest in (
        ("2025-10-09 17:00", "2025-09-12"), ("2025-11-10 17:01", "2025-09-12"), ("2025-11-14 16:59", "2025-09-12"),
        ("2025-11-14 17:00", "2025-11-14"),
    ):  # fmt: skip
        at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        with connect.replay(feeds.workspace, at.date(), at) as connection:
            seen = connection.execute("SELECT max(observation_date) FROM raw.usda_wasde").fetchone()[0]
        assert seen == date.fromisoformat(newest), moment
