"""The Federal Register: recorded pages, a range that must be halved, pages that do not add up, and wrong answers."""

import json
from datetime import date
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FETCHED, FakeHttp, ask, download, recorded

from oilseer.errors import SourceError
from oilseer.raw.availability import published
from oilseer.raw.source import Download
from oilseer.raw.sources import federal_register

DOCUMENT = {
    "document_number": "2023-13462", "type": "Rule", "abstract": "Volumes for <em>2023</em> to 2025.",
    "title": "Renewable Fuel Standard (RFS) Program: Standards for 2023-2025 and Other Changes",
    "action": "Final rule.", "agencies": [{"slug": "environmental-protection-agency", "raw_name": "EPA"}],
    "citation": "88 FR 44468", "comments_close_on": None, "docket_ids": ["EPA-HQ-OAR-2021-0427"],
    "effective_on": "2023-09-11", "executive_order_number": None, "publication_date": "2023-07-12",
    "html_url": "https://www.federalregister.gov/documents/2023/07/12/2023-13462/x", "significant": True,
    "signing_date": None, "subtype": None,
}  # fmt: skip


def answer(*documents: dict, **more: object) -> str:
    return json.dumps({"count": len(documents), "total_pages": 1, "results": list(documents)} | more)


def page(body: str | bytes) -> Download:
    return download("federal_register", "agencies", body)


def only(**changes: object) -> dict:
    (rows,) = federal_register.parse(page(answer(DOCUMENT | changes)))
    (row,) = rows.frame.to_dicts()
    return row


def test_a_recorded_page_gives_every_document():
    (rows,) = federal_register.parse(recorded("federal_register", "x", "federal_register/documents_paged_example.json"))
    frame = rows.frame
    assert frame.height == 5
    first = frame.filter(pl.col("item_id") == "2026-19162").to_dicts()[0]
    assert first["kind"] == "proposed_rule"
    assert first["observation_date"] == date(2026, 9, 18)
    assert first["title"].startswith("Federal Acquisition Regulation: Revolutionary FAR Overhaul Parts 8")
    assert "general-services-administration" in json.loads(first["agencies"])


@pytest.mark.parametrize("name", ["fr_search.json", "open_phmsa_round6.json"])
def test_recorded_answers_to_narrower_questions_name_the_fields_they_lack(name):
    found = recorded("federal_register", "x", f"federal_register/{name}")
    assert_refused(federal_register.parse, found, "without", "citation")


def test_recorded_single_documents_have_the_fields_that_are_asked_for():
    for name in ("fr_document.json", "reopening_19895.json"):
        body = json.loads(recorded("federal_register", "x", f"federal_register/{name}").body)
        (rows,) = federal_register.parse(page(answer(body)))
        assert rows.frame["item_id"][0] == body["document_number"]
        assert rows.frame["effective_on"][0] == (body["effective_on"] and date.fromisoformat(body["effective_on"]))


def test_a_document_is_public_at_a_quarter_to_nine_in_new_york():
    (rows,) = federal_register.parse(page(answer(DOCUMENT)))
    days = pl.Series([date(2023, 7, 12), date(2025, 3, 7), date(2025, 3, 10), date(2025, 11, 3)])
    assert [str(instant)[:16] for instant in published(rows.rule, days)] == [
        "2023-07-12 12:45", "2025-03-07 13:45", "2025-03-10 12:45", "2025-11-03 13:45",
    ]  # fmt: skip


def test_a_rule_by_hand():
    row = only()
    assert row["kind"] == "rule"
    assert row["summary"] == "Volumes for 2023 to 2025."
    assert row["effective_on"] == date(2023, 9, 11)
    assert row["is_significant"] is True
    assert only(type="Presidential Document", executive_order_number=14257)["executive_order_number"] == 14257
    assert only(executive_order_number="13228-A")["executive_order_number"] is None
    assert json.loads(only(agencies=[{"raw_name": "Office of X"}, {"slug": "b"}])["agencies"]) == ["Office of X", "b"]


def test_a_range_without_documents_is_an_empty_frame():
    (rows,) = federal_register.parse(page('{"description": "none", "count": 0}'))
    assert rows.frame.is_empty()


def test_bytes_cut_short_and_strangers_are_refused():
    whole = page(answer(DOCUMENT, DOCUMENT | {"document_number": "2023-1"}))
    assert_cuts_are_refused(federal_register.parse, whole)
    assert_strangers_are_refused(federal_register.parse, whole)


ORDER = {
    "document_number": "2025-06063", "type": "Presidential Document", "abstract": None, "citation": "90 FR 15041",
    "title": "Regulating Imports With a Reciprocal Tariff", "agencies": [{"slug": "executive-office-of-the-president"}],
    "html_url": "https://www.federalregister.gov/x", "publication_date": "2025-04-07", "signing_date": "2025-04-02",
    "subtype": "Executive Order", "executive_order_number": 14257,
}  # fmt: skip


def test_an_order_of_the_president_is_read_without_what_only_offices_have():
    (rows,) = federal_register.parse(page(answer(ORDER)))
    (row,) = rows.frame.to_dicts()
    assert (row["kind"], row["signing_date"]) == ("presidential_document", date(2025, 4, 2))
    assert (row["executive_order_number"], row["effective_on"], row["docket_ids"]) == (14257, None, "[]")


@pytest.mark.parametrize(
    ("document", "field"),
    [(DOCUMENT, field) for field in (*federal_register.ALL, *federal_register.OFFICES)]
    + [(ORDER, field) for field in (*federal_register.ALL, *federal_register.PRESIDENT)],
)
def test_a_field_that_is_renamed_or_dropped_is_refused_by_name(document, field):
    renamed = {name if name != field else f"{name}_v2": value for name, value in document.items()}
    for wrong in (renamed, {name: value for name, value in document.items() if name != field}):
        assert_refused(federal_register.parse, page(answer(wrong)), field)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"errors": {"conditions": "bad"}}', ["errors"]),
        ('{"count": NaN, "results": []}', ["NaN"]),
        ('{"results": []}', ["count"]),
        ('{"count": "5", "results": []}', ["'5'"]),
        ('{"count": 5, "results": []}', ["0 results of 5"]),
        ('{"count": 0, "results": [{}]}', ["1 results of 0"]),
        ('{"count": 5}', ["NoneType"]),
        ("[]", ["JSON object"]),
        (answer(DOCUMENT | {"type": "Ruling"}), ["'Ruling'"]),
        (answer(DOCUMENT | {"title": "<i> </i>"}), ["title None"]),
        (answer(DOCUMENT | {"publication_date": "07/12/2023"}), ["07/12/2023", "publication_date"]),
        (answer(DOCUMENT | {"publication_date": None}), ["publication_date"]),
        (answer(DOCUMENT | {"effective_on": "2023-02-29"}), ["2023-02-29"]),
        (answer(DOCUMENT | {"effective_on": 20230911}), ["20230911"]),
        (answer(DOCUMENT | {"agencies": "EPA"}), ["lists"]),
        (answer(DOCUMENT | {"significant": "yes"}), ["'yes'"]),
        (answer(DOCUMENT | {"executive_order_number": 1.5}), ["1.5"]),
        (answer(DOCUMENT, DOCUMENT | {"title": "Another"}), ["different values"]),
    ],
)
def test_a_wrong_answer_is_refused_by_what_is_wrong(body, words):
    assert_refused(federal_register.parse, page(body), *words)


class Register:
    """A register with so many documents a day, two a page, that answers as the service does."""

    def __init__(self, a_day: int, most: int, lost: int = 0) -> None:
        self.a_day, self.most, self.lost, self.asked = a_day, most, lost, []

    def get(self, url: str, *, part: str, **options: object) -> Download:
        self.asked.append(part)
        query = parse_qs(urlsplit(url).query)
        first, last = (date.fromisoformat(query[f"conditions[publication_date][{end}]"][0]) for end in ("gte", "lte"))
        names = [f"{day}-{n}" for day in range(first.toordinal(), last.toordinal() + 1) for n in range(self.a_day)]
        number = int(query.get("page", ["1"])[0])
        shown = names[2 * number - 2 : 2 * number]
        more = {} if 2 * number >= len(names) else {"next_page_url": f"{url.partition('&page=')[0]}&page={number + 1}"}
        found = [
            DOCUMENT | {"document_number": name, "publication_date": str(date.fromordinal(int(name.split("-")[0])))}
            for name in shown[: len(shown) - self.lost]
        ]
        body = json.dumps({"count": len(names), "results": found} | more)
        return Download("federal_register", part, url, body.encode(), FETCHED)


def fetched(register: Register, since: str, until: str) -> list[str]:
    pages = list(federal_register.fetch(ask(since, until, parts=("agencies",)), register))
    return [name for found in pages for name in federal_register.parse(found)[0].frame["item_id"]]


def test_every_document_of_a_range_comes_once_whatever_must_be_halved(monkeypatch):
    monkeypatch.setattr(federal_register, "MOST_RESULTS", 10)
    register = Register(a_day=3, most=10)
    names = fetched(register, "2026-05-01", "2026-07-10")
    assert len(names) == len(set(names)) == 3 * 71
    assert {int(name.split("-")[0]) for name in names} == {date(2026, 5, 1).toordinal() + n for n in range(71)}


def test_a_day_with_more_than_can_be_asked_for_is_refused(monkeypatch):
    monkeypatch.setattr(federal_register, "MOST_RESULTS", 10)
    with pytest.raises(SourceError, match="11 documents on 2026-05-01"):
        fetched(Register(a_day=11, most=10), "2026-05-01", "2026-05-02")


def test_pages_that_do_not_add_up_to_their_count_are_refused():
    with pytest.raises(SourceError, match=r"as counted.*fetch the range again"):
        fetched(Register(a_day=4, most=10, lost=1), "2026-05-01", "2026-05-01")


def test_a_next_page_of_another_host_is_not_followed():
    body = answer(DOCUMENT, count=2, next_page_url="https://example.org/steal")
    http = FakeHttp("federal_register", [body.encode(), body.encode()])
    with pytest.raises(SourceError, match=r"example\.org/steal"):
        list(federal_register.fetch(ask("2026-05-01", "2026-05-01"), http))
    assert len(http.asked) == 1


def test_both_questions_ask_for_days_fields_and_kinds():
    http = FakeHttp("federal_register", [b'{"count": 0}', b'{"count": 0}'])
    assert len(list(federal_register.fetch(ask("2026-08-25", "2026-08-31"), http))) == 2
    agencies, president = (parse_qs(urlsplit(asked["url"]).query) for asked in http.asked)
    assert "environmental-protection-agency" in agencies["conditions[agencies][]"]
    assert president["conditions[type][]"] == ["PRESDOCU"]
    assert tuple(agencies["fields[]"]) == federal_register.FIELDS
    assert agencies["conditions[publication_date][gte]"] == ["2026-08-25"]
