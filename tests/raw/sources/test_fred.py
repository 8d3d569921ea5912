"""FRED and ALFRED: recorded answers, an ALFRED in small that behaves as the real one, and wrong answers."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FETCHED, FakeHttp, ask, download, recorded

from oilseer.errors import SourceError
from oilseer.raw.availability import published
from oilseer.raw.source import Download
from oilseer.raw.sources import fred
from oilseer.raw.specs import FRED
from oilseer.reference.fred import fred_series

KEY = "0123456789abcdef0123456789abcdef"
OLD = "DATE,DGS10\n2024-02-28,4.27\n2024-02-29,4.25\n2024-03-01,.\n"
NEW = "observation_date,DGS10\n2024-02-28,4.27\n2024-02-29,4.25\n2024-03-01,\n"


def values(given) -> dict[str, float]:
    (rows,) = fred.parse(given)
    return {f"{day}": value for day, value in rows.frame.select("observation_date", "value").rows()}


def graph(body: str, part: str = "graph_dgs10"):
    return download("fred", part, body)


def answer(rows: list[tuple[str, str, str]], part: str, **changes):
    """A JSON answer of (date, realtime_start, value)."""
    observations = [
        {"realtime_start": seen, "realtime_end": "9999-12-31", "date": day, "value": value} for day, seen, value in rows
    ]
    start = part.split("_")[2] if part.count("_") > 1 else "2026-09-01"
    head = {"realtime_start": start, "realtime_end": "2026-09-01", "observation_start": "2020-01-01"}
    kind = {"units": "lin", "output_type": 1, "count": len(rows), "offset": 0, "limit": 100000}
    return download("fred", part, json.dumps(head | kind | {"observations": observations} | changes))


# ---- recorded bytes ----


def test_values_read_by_eye_from_recorded_json():
    given = recorded("fred", "latest_t10y3m", "fred/series_observations_T10Y3M.json")
    found = values(given)
    assert "2023-01-02" not in found  # "."
    assert (found["2023-01-03"], found["2023-01-04"], found["2023-06-06"]) == (-0.74, -0.86, -1.74)
    gas = values(recorded("fred", "latest_dhhngsp", "fred/series_observations_DHHNGSP.json"))
    assert gas == {
        "2024-07-01": 2.21, "2024-07-02": 2.06, "2024-07-03": 2.02, "2024-07-05": 2.02,
        "2024-07-08": 2.10, "2024-07-09": 2.42, "2024-07-10": 2.40,
    }  # fmt: skip


def test_values_read_by_eye_from_the_recorded_keyless_file():
    found = values(recorded("fred", "graph_dgs10", "fred/fredgraph_DGS10_old_header_trimmed.csv"))
    assert (found["1962-01-02"], found["2024-04-17"], found["2024-04-18"]) == (4.06, 4.59, 4.64)


def test_the_new_header_of_the_keyless_file_is_read():
    given = recorded("fred", "graph_dcoilbrenteu", "fred/fredgraph_new_header.shape-only.csv")
    assert list(values(given)) == ["2024-11-26", "2024-11-27"]  # the third is blank


def test_a_recorded_answer_that_was_trimmed_is_noticed():
    given = recorded("fred", "latest_dgs10", "fred/series_observations_DGS10_trimmed.json")
    assert_refused(fred.parse, given, "180 observations of 16805", "fetch it again")


def test_the_recorded_error_is_told_in_its_own_words():
    given = recorded("fred", "latest_dgs10", "fred/error_400_series_does_not_exist.json")
    assert_refused(fred.parse, given, "The series does not exist", "fred_series.csv")


def test_a_recorded_answer_of_today_is_no_vintage():
    given = recorded("fred", "vintages_t10y3m_2023-01-01", "fred/series_observations_T10Y3M.json")
    assert_refused(fred.parse, given, "from 2024-06-27", "from 2023-01-01", "ignored")


def test_every_cut_of_the_recorded_bytes_is_refused():
    given = recorded("fred", "latest_t10y3m", "fred/series_observations_T10Y3M.json")
    assert assert_cuts_are_refused(fred.parse, given) == 63
    given = recorded("fred", "graph_dgs10", "fred/fredgraph_DGS10_old_header_trimmed.csv")
    assert assert_cuts_are_refused(fred.parse, given, may_be_shorter=True) >= 55


@pytest.mark.parametrize("part", ["latest_dgs10", "graph_dgs10", "vintages_dgs10_2020-01-01", "vintage_check"])
def test_strangers_are_refused(part):
    assert_strangers_are_refused(fred.parse, graph(OLD, part))


# ---- ALFRED in small ----


@dataclass
class Alfred:
    """Answers as the real service does: windows cut values to their first day, and hold 2,000 vintages at most."""

    vintages: dict[str, list[tuple[str, str, str]]]  # series: date, day it was published, value
    latest: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)  # of series without vintages
    down: tuple[str, ...] = ()  # series whose vintages cannot be had just now
    limit: int = 100_000
    ignores: tuple[str, ...] = ()  # parameters that are misspelt
    asked: list[dict] = field(default_factory=list)

    def get(self, url: str, *, part: str, params, secret=None, missing=(), **_: object) -> Download | None:
        """One page, or None with status 400."""
        assert url == fred.API
        assert secret == {"api_key": KEY}
        self.asked.append({"part": part, **params})
        params = {name: value for name, value in params.items() if name not in self.ignores}
        series = params["series_id"]
        if series in self.down and "realtime_start" in params:
            return _failed("no answer in time", missing)
        if "realtime_start" not in params and series in self.latest:
            return answer(self.latest[series], part)
        if series not in self.vintages and series not in self.latest:
            return _failed("status 400 The series does not exist.", missing)
        start, end = (params.get(name, f"{FETCHED:%Y-%m-%d}") for name in ("realtime_start", "realtime_end"))
        assert end <= f"{FETCHED:%Y-%m-%d}", "realtime_end can not be after today's date"
        known = self.vintages.get(params["series_id"], [])
        if not known or end < min(seen for _, seen, _ in known):
            return _failed("status 400 The series does not exist in ALFRED but may exist in FRED.", missing)
        assert len({seen for _, seen, _ in known if start <= seen <= end}) <= 2000, "status 400: too many vintages"
        rows = []
        by_day: dict[str, list[tuple[str, str]]] = {}
        for day, seen, value in sorted(known):
            by_day.setdefault(day, []).append((seen, value))
        for day, story in by_day.items():
            for (seen, value), (gone, _) in zip(story, [*story[1:], ("9999-12-31", "")], strict=True):
                if params["observation_start"] <= day <= params["observation_end"] and seen <= end and gone > start:
                    rows.append((day, max(seen, start), value))
        offset = int(params.get("offset", 0))
        made = answer(rows, part, realtime_start=start, realtime_end=end, count=len(rows), offset=offset,
                      limit=self.limit, observation_start=params["observation_start"])  # fmt: skip
        body = json.loads(made.body)
        body["observations"] = body["observations"][offset : offset + self.limit]
        return replace(made, body=json.dumps(body).encode())


def _failed(message: str, missing: tuple[int, ...]) -> None:
    """As Http: None for who names a status, else an error."""
    if not missing:
        raise SourceError(message)


UNRATE = [("2009-10-01", "2009-11-06", "10.2"), ("2009-10-01", "2010-01-08", "10.1")]


def keyed(alfred: Alfred, since: str, monkeypatch, *series: str) -> list[tuple]:
    """Rows of a fetch of `series` alone."""
    monkeypatch.setattr(fred, "fred_series", lambda: {name: fred_series()[name] for name in series})
    monkeypatch.setattr(fred, "LIMIT", alfred.limit)
    found = []
    for each in fred.fetch(ask(since, "2026-09-01", key=KEY), alfred):
        (rows,) = fred.parse(each)
        assert rows.spec is FRED
        found += rows.frame.rows(named=True)
    return found


def story(rows) -> list[tuple[str, str, float]]:
    return sorted((f"{row['observation_date']}", f"{row['available_at']:%Y-%m-%d %H:%M}", row["value"]) for row in rows)


def test_every_vintage_comes_once_with_the_day_it_was_published(monkeypatch):
    cpi = [
        ("2001-01-01", "2001-02-21", "175.6"),
        ("2001-01-01", "2002-02-20", "175.5"),
        ("2001-01-01", "2005-12-31", "175.4"),
        ("2001-02-01", "2001-03-21", "176.0"),
        ("2020-02-01", "2020-03-11", "259.1"),
        ("2020-02-01", "2021-02-10", "."),
        ("2026-07-01", "2026-08-12", "330.0"),
    ]
    rows = keyed(Alfred({"CPIAUCSL": cpi, "UNRATE": UNRATE}), "2001-01-01", monkeypatch, "CPIAUCSL")
    # 08:30 New York: 13:30 UTC in winter, 12:30 in summer
    assert story(rows) == [
        ("2001-01-01", "2001-02-21 13:30", 175.6),
        ("2001-01-01", "2002-02-20 13:30", 175.5),
        ("2001-01-01", "2005-12-31 13:30", 175.4),
        ("2001-02-01", "2001-03-21 13:30", 176.0),
        ("2020-02-01", "2020-03-11 12:30", 259.1),
        ("2026-07-01", "2026-08-12 12:30", 330.0),
    ]


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_a_vintage_on_the_seam_of_two_windows_is_not_lost(monkeypatch, shift):
    seam = date(2001, 1, 1) + fred.WINDOW + timedelta(days=shift)
    cpi = [("2001-01-01", "2001-02-21", "175.6"), ("2001-01-01", f"{seam}", "175.5")]
    rows = keyed(Alfred({"CPIAUCSL": cpi, "UNRATE": UNRATE}), "2001-01-01", monkeypatch, "CPIAUCSL")
    assert [(f"{row['available_at']:%Y-%m-%d}", row["value"]) for row in rows] == [
        ("2001-02-21", 175.6),
        (f"{seam}", 175.5),
    ]


def test_a_series_of_daily_vintages_stays_below_their_limit(monkeypatch):
    days = [date(2010, 1, 1) + timedelta(days=n) for n in range(0, 5800)]
    dff = [(f"{day}", f"{day + timedelta(days=1)}", "1.5") for day in days]
    rows = keyed(Alfred({"DFF": dff, "UNRATE": UNRATE}), "2010-01-01", monkeypatch, "DFF")
    assert len(rows) == len(days)
    assert all(row["available_at"].date() == row["observation_date"] + timedelta(days=1) for row in rows)


def test_history_before_the_archive_is_public_at_its_first_vintage(monkeypatch):
    dgs10 = [("2001-01-02", "2012-05-01", "4.92"), ("2012-05-01", "2012-05-02", "1.98")]
    rows = keyed(Alfred({"DGS10": dgs10, "UNRATE": UNRATE}), "2001-01-01", monkeypatch, "DGS10")
    assert story(rows) == [("2001-01-02", "2012-05-01 20:30", 4.92), ("2012-05-01", "2012-05-02 20:30", 1.98)]


def test_a_value_of_the_first_day_asked_for_that_came_on_that_day_is_kept(monkeypatch):
    target = [("2020-03-16", "2020-03-16", "0.25")]
    rows = keyed(Alfred({"DFEDTARU": target, "UNRATE": UNRATE}), "2020-03-16", monkeypatch, "DFEDTARU")
    assert story(rows) == [("2020-03-16", "2020-03-16 13:30", 0.25)]


def test_pages_are_read_to_the_end(monkeypatch):
    cpi = [(f"20{year}-0{month}-01", f"20{year}-0{month}-28", "1.0") for year in range(20, 26) for month in range(1, 9)]
    alfred = Alfred({"CPIAUCSL": cpi, "UNRATE": UNRATE}, limit=5)
    assert len(keyed(alfred, "2020-01-01", monkeypatch, "CPIAUCSL")) == len(cpi)
    assert "vintages_cpiaucsl_2020-01-01_5" in [each["part"] for each in alfred.asked]


def test_a_series_without_vintages_comes_lagged(monkeypatch):
    monkeypatch.setattr(fred, "fred_series", lambda: {"SP500": fred_series()["SP500"]})
    alfred = Alfred({"UNRATE": UNRATE}, latest={"SP500": [("2026-08-28", "2026-09-01", "6500.1")]})
    found = list(fred.fetch(ask("2026-08-01", "2026-09-01", key=KEY), alfred))
    assert [each.part for each in found] == ["vintage_check", "latest_sp500"]
    (rows,) = fred.parse(found[1])
    assert rows.frame.columns == ["observation_date", "value", "series_id"]
    # 2026-08-28 is a Friday; the rule says the next working day 09:30 New York
    assert str(published(rows.rule, rows.frame["observation_date"])[0]) == "2026-08-31 13:30:00+00:00"


def test_a_failed_request_does_not_pass_for_a_series_without_vintages(monkeypatch):
    payrolls = [("2026-07-01", "2026-08-07", "159000")]
    monkeypatch.setattr(fred, "fred_series", lambda: {"PAYEMS": fred_series()["PAYEMS"]})
    alfred = Alfred({"PAYEMS": payrolls, "UNRATE": UNRATE}, latest={"PAYEMS": payrolls}, down=("PAYEMS",))
    fetching = fred.fetch(ask("2026-07-01", "2026-09-01", key=KEY), alfred)
    assert next(fetching).part == "vintage_check"
    with pytest.raises(SourceError, match="no answer in time"):
        next(fetching)


def test_a_series_that_fred_does_not_know_is_named_with_a_key_too(monkeypatch):
    monkeypatch.setattr(fred, "fred_series", lambda: {"DFF": fred_series()["DFF"], "DGS2": fred_series()["DGS2"]})
    alfred = Alfred({"DGS2": [("2026-08-28", "2026-08-31", "3.9")], "UNRATE": UNRATE})
    fetching = fred.fetch(ask("2026-08-01", "2026-09-01", key=KEY), alfred)
    assert [next(fetching).part, next(fetching).part] == ["vintage_check", "vintages_dgs2_2026-08-01"]
    with pytest.raises(SourceError, match="no series DFF, expected each of"):
        next(fetching)


def test_a_misspelt_parameter_is_noticed_by_the_old_vintage_and_by_every_window(monkeypatch):
    revised = [*UNRATE, ("2009-10-01", "2010-02-05", "10.0")]
    alfred = Alfred({"CPIAUCSL": [("2020-01-01", "2020-02-13", "258.7")], "UNRATE": revised},
                    ignores=("realtime_start", "realtime_end"))  # fmt: skip
    monkeypatch.setattr(fred, "fred_series", lambda: {"CPIAUCSL": fred_series()["CPIAUCSL"]})
    found = list(fred.fetch(ask("2020-01-01", "2026-09-01", key=KEY), alfred))
    assert_refused(fred.parse, found[0], "10.0", "10.2", "2009-11-30")
    for each in found[1:]:
        assert_refused(fred.parse, each, "ignored")


def test_the_known_vintage_gives_no_rows():
    (rows,) = fred.parse(answer([("2009-10-01", "2009-11-30", "10.2")], "vintage_check"))
    assert rows.frame.is_empty()
    assert_refused(fred.parse, answer([], "vintage_check"), "10.2")


def test_without_a_key_each_series_is_one_file():
    http = FakeHttp("fred", [OLD.encode()] * len(fred_series()))
    found = list(fred.fetch(ask("2026-08-01", "2026-09-01"), http))
    assert len(found) == len(fred_series()) == 76
    first = http.asked[0]
    assert first["url"] == "https://fred.stlouisfed.org/graph/fredgraph.csv"
    assert first["params"] == {"id": "DFF", "cosd": "2026-08-01", "coed": "2026-09-01"}
    assert "secret" not in first
    assert first["missing"] == (404,)


def test_unknown_series_are_named_after_the_others_came(monkeypatch):
    monkeypatch.setattr(fred, "fred_series", lambda: {name: fred_series()[name] for name in ("DFF", "DGS10", "DGS2")})
    fetching = fred.fetch(ask("2026-08-01", "2026-09-01"), FakeHttp("fred", [OLD.encode(), None, OLD.encode()]))
    assert [next(fetching).part, next(fetching).part] == ["graph_dff", "graph_dgs2"]
    with pytest.raises(SourceError, match="no series DGS10, expected each of"):
        next(fetching)


def test_wanted_parts_name_their_series():
    http = FakeHttp("fred", [b"check", b'{"count":0}', b"", b""])
    wanted = ask("2026-08-01", "2026-09-01", key=KEY, parts=("vintages_dgs2_2026-08-01",))
    assert next(fred.fetch(wanted, http)).part == "vintages_dgs2_2026-08-01"


# ---- wrong answers ----


def test_both_headers_a_mark_other_line_ends_and_any_order_are_one():
    wanted = values(graph(OLD))
    assert wanted == {"2024-02-28": 4.27, "2024-02-29": 4.25}
    head, *rows = OLD.splitlines()
    turned = "\n".join([head, *reversed(rows), rows[0]]) + "\n"
    for body in (NEW, "\ufeff" + OLD, OLD.replace("\n", "\r\n"), turned):
        assert values(graph(body)) == wanted


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (OLD.replace("DGS10", "DGS2"), "DGS10"),
        (OLD.replace("DATE", "PERIOD"), "observation_date"),
        (OLD.replace("2024-02-29", "2023-02-29"), "2023-02-29"),
        (OLD.replace("2024-02-29", "20240229"), "20240229"),
        (OLD.replace("2024-02-29", "2024-2-29"), "2024-2-29"),
        (OLD.replace("4.25", "NaN"), "'NaN'"),
        (OLD.replace("4.25", "inf"), "'inf'"),
        (OLD.replace("4.25", "1e3"), "'1e3'"),
        (OLD.replace("4.25", "4,25"), "3 cells in line 3"),
        (OLD.replace("4.25", "#N/A"), "'#N/A'"),
        (OLD + "2024-02-29,4.26\n", "different values"),
        (OLD.replace(",4.25", ""), "1 cells"),
        (OLD.rstrip("\n")[:-1] + "4.2", "without an end"),
    ],
)
def test_a_wrong_file_is_refused(body, words):
    assert_refused(fred.parse, graph(body), words)


def test_a_header_alone_is_a_series_without_news():
    assert values(graph("observation_date,DGS10\n")) == {}


ROW = ("2020-03-01", "2020-04-10", "258.1")


@pytest.mark.parametrize(
    ("rows", "changes", "words"),
    [
        ([ROW], {"units": "pch"}, "units 'pch'"),
        ([ROW], {"output_type": 4}, "output_type 4"),
        ([ROW], {"count": 2}, "1 observations of 2"),
        ([ROW], {"count": "1"}, "count"),
        ([ROW], {"observations": {}}, "observations"),
        ([ROW], {"observations": [["2020-03-01", "258.1"]]}, "another shape"),
        ([ROW], {"observations": [{"date": "2020-03-01", "value": "258.1"}]}, "another shape"),
        ([("2020-03-01", "2020-04-10", 258.1)], {}, "another shape"),
        ([("2020-03-01", "2020-04-10", "Infinity")], {}, "'Infinity'"),
        ([("2020-03-01", "2020-04-10", "9" * 400)], {}, "decimal number"),
        ([("2021-02-29", "2021-04-10", "258.1")], {}, "2021-02-29"),
        ([ROW, ("2020-03-01", "2020-04-10", "258.2")], {}, "different values"),
    ],
)
def test_a_wrong_page_is_refused(rows, changes, words):
    assert_refused(fred.parse, answer(rows, "vintages_cpiaucsl_2020-01-01", **changes), words)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_constants_that_json_does_not_have_are_refused(number):
    given = answer([ROW], "latest_cpiaucsl")
    assert_refused(fred.parse, replace(given, body=given.body.replace(b'"258.1"', number.encode())))


@pytest.mark.parametrize("part", ["graph_nosuch", "other_dgs10", "dgs10"])
def test_a_part_that_is_none_is_refused(part):
    assert_refused(fred.parse, graph(OLD, part), "graph_, latest_ or vintages_")


def test_every_row_of_a_full_page_is_read():
    days = [(date(1990, 1, 1) + timedelta(days=n)).isoformat() for n in range(10_000)]
    rows = [(day, f"20{10 + n}-01-01", "4.5") for day in days for n in range(10)]
    given = answer(rows, "vintages_dgs10_1990-01-01")
    (found,) = fred.parse(given)
    assert found.frame.height == fred.LIMIT


def test_the_secret_stays_out_of_parameters(monkeypatch):
    alfred = Alfred({"CPIAUCSL": [("2020-01-01", "2020-02-13", "258.7")], "UNRATE": UNRATE})
    keyed(alfred, "2020-01-01", monkeypatch, "CPIAUCSL")
    assert KEY not in str(alfred.asked)
    assert KEY not in repr(ask("2020-01-01", "2020-01-02", key=KEY))


def test_the_end_of_a_window_is_today_in_st_louis(monkeypatch):
    alfred = Alfred({"CPIAUCSL": [("2020-01-01", "2020-02-13", "258.7")], "UNRATE": UNRATE})
    monkeypatch.setattr(fred, "fred_series", lambda: {"CPIAUCSL": fred_series()["CPIAUCSL"]})
    late = replace(ask("2026-08-20", "2026-09-01", key=KEY), now=datetime(2026, 9, 1, 3, tzinfo=UTC))
    list(fred.fetch(late, alfred))
    assert alfred.asked[1]["realtime_end"] == "2026-08-31"  # 22:00 in St. Louis
