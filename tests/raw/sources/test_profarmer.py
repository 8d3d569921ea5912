"""ProFarmer's drop folder: the described layouts, public instants, and files that are something else."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from bytes_faults import assert_cuts_are_refused, assert_refused, assert_strangers_are_refused
from recorded import FETCHED, ask, download

from oilseer.raw.sources import profarmer

CSV = (
    "title,published_at,summary,url,author,category\n"
    'Crush pace slows,2026-08-03T06:30:00-05:00,"Margins, <b>again</b>",https://example.org/1,A. Writer,crush;policy\n'
    "Beans steady,,,,,\n"
)
TXT = "Crush pace slows\nPublished: 2026-08-03T06:30:00-05:00\n\nMargins fell.\n\nMore tomorrow.\n"


def dropped(name: str, body: str | bytes):
    return download("profarmer", "file", body, name)


def test_a_table_of_notes_is_read():
    (rows,) = profarmer.parse(dropped("notes.csv", CSV))
    first, second = sorted(rows.frame.to_dicts(), key=lambda row: row["title"], reverse=True)
    assert (first["title"], first["summary"]) == ("Crush pace slows", "Margins, again")
    assert first["available_at"] == first["published_at"] == datetime(2026, 8, 3, 11, 30, tzinfo=UTC)
    assert json.loads(first["categories"]) == ["crush", "policy"]
    assert (second["published_at"], second["available_at"], second["availability"]) == (None, FETCHED, "lagged")
    assert len(second["item_id"]) == 32


def test_objects_and_plain_text_give_the_same_note():
    note = {"title": "Crush pace slows", "published_at": "2026-08-03T06:30:00-05:00", "summary": "Margins fell."}
    (objects,) = profarmer.parse(dropped("notes.json", json.dumps([note])))
    (text,) = profarmer.parse(dropped("note.txt", TXT))
    for name in ("title", "published_at", "item_id", "available_at"):
        assert objects.frame[name][0] == text.frame[name][0]
    assert text.frame["summary"][0] == "Margins fell. More tomorrow."


def test_bytes_cut_short_and_strangers_are_refused():
    # a table cut at the end of a line cannot be told from a shorter one
    assert_cuts_are_refused(profarmer.parse, dropped("notes.csv", CSV), may_be_shorter=True)
    assert_cuts_are_refused(profarmer.parse, dropped("notes.json", json.dumps([{"title": "A"}])))
    for name in ("notes.csv", "notes.json", "note.txt"):
        assert_strangers_are_refused(profarmer.parse, dropped(name, CSV))


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("notes.csv", CSV.replace("title", "headline"), ["headline", "title"]),
        ("notes.csv", CSV.replace("summary", "body"), ["body", "only title"]),
        ("notes.csv", CSV.replace("-05:00", ""), ["zone"]),
        ("notes.csv", CSV.replace("Beans steady,,,", ",,A note,"), ["title"]),
        ("notes.csv", CSV.splitlines()[0] + "\n", ["empty"]),
        ("notes.csv", CSV.encode("utf-16"), ["utf-8"]),
        ("notes.json", "[]", ["empty"]),
        ("notes.json", '{"title": "A"}', ["no list"]),
        ("notes.json", '[{"title": null}]', ["title"]),
        ("notes.json", '[{"title": "A", "published_at": 20260803}]', ["published_at"]),
        ("note.txt", "Only a title", ["one paragraph"]),
        ("note.docx", "PK", [".docx"]),
    ],
)
def test_a_file_of_another_layout_is_refused(name, body, words):
    assert_refused(profarmer.parse, dropped(name, body), *words)


def test_the_folder_is_read_file_by_file_with_its_time_of_change(tmp_path):
    assert list(profarmer.fetch(ask("2026-01-01", "2026-08-31", folder=tmp_path / "none"), None)) == []
    (tmp_path / "notes.csv").write_text(CSV)
    (tmp_path / "readme.pdf").write_bytes(b"%PDF")
    os.utime(tmp_path / "notes.csv", (1_800_000_000, 1_800_000_000))
    (found,) = profarmer.fetch(ask("2026-01-01", "2026-08-31", folder=tmp_path), None)
    assert found.fetched_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert profarmer.parse(replace(found, fetched_at=FETCHED))[0].frame.height == 2
