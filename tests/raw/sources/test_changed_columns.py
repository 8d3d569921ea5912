"""Each field of each service renamed, dropped, retyped or moved, and whole answers spoiled: never other rows.

The answers are those of the replay server, so that a field is known by what the service calls it.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path

import pytest
from bytes_faults import refusal, rows_of
from feeds import HURRY, SMALL
from recorded import DELIVERIES
from replay import faults
from replay.history import History
from replay.server import Replay

from oilseer.errors import SourceError
from oilseer.raw.http import SourceHttp
from oilseer.raw.network import Network
from oilseer.raw.source import Ask, Download
from oilseer.reference.sources import sources

DAY = date(2025, 6, 30)
NOW = datetime(2025, 7, 1, 2, tzinfo=UTC)
SPAN = timedelta(days=60)
LARGEST = 150_000  # bytes; Cboe's file of 35 years has its own test
PARTS = 12
# Where a service leaves out what it has not, a field that is gone cannot be told from one that has no value.
MAY_BE_ABSENT = {
    "federal_register": {"raw_name", "executive_order_number", "docket_ids"},
    "noaa_ncei": {"PRCP", "TMAX", "TMIN"},  # outside the United States
}
JSON_SOURCES = (
    "bls", "cftc_cot", "eia", "federal_register", "fred", "noaa_ncei", "open_meteo", "truth_social",
    "usda_export_sales", "usda_nass", "yahoo",
)  # fmt: skip
XML_SOURCES = ("farm_policy_news", "farmdoc", "fed_speeches", "usda_wasde")
MARK = "a number stood here"
Change = Callable[[str, object], dict]
CHANGES: dict[str, Change] = {
    "renamed": lambda name, value: {f"{name}_new": value},
    "dropped": lambda name, value: {},
    "retyped": lambda name, value: {name: [value]},
}


@cache
def downloads(source: str) -> list[Download]:
    """An answer of each kind of request of a source, with rows in it."""
    history = History(DELIVERIES, DAY)
    if not history.is_there():
        pytest.skip(f"no market/ and history/ in {DELIVERIES}; OILSEER_REAL_DATA names another folder")
    module = import_module(f"oilseer.raw.sources.{source}")
    found: dict[str, Download] = {}
    with Replay(history) as server:
        network = Network(lambda: NOW, server.url, HURRY, SMALL)
        wanted = Ask(DAY - SPAN, DAY, NOW, "planted-key", Path("nowhere"))
        for each in islice(module.fetch(wanted, SourceHttp(network, sources()[source])), PARTS):
            kind = re.split("[-_]", each.part)[0]
            if kind not in found and len(each.body) < LARGEST and any(r.frame.height for r in module.parse(each)):
                found[kind] = each
        network.close()
    return list(found.values())


def names(value: object) -> set[str]:
    """Every field name in a JSON value."""
    if isinstance(value, dict):
        return set(value) | set().union(*map(names, value.values()))
    return set().union(*map(names, value)) if isinstance(value, list) else set()


def changed(value: object, name: str, change: Change) -> object:
    """A JSON value with one field changed wherever it stands."""
    if isinstance(value, list):
        return [changed(each, name, change) for each in value]
    if not isinstance(value, dict):
        return value
    made: dict = {}
    for key, inner in value.items():
        made |= change(key, changed(inner, name, change)) if key == name else {key: changed(inner, name, change)}
    return made


def turned(value: object) -> object:
    """A JSON value with the fields of every object in the other order."""
    if isinstance(value, list):
        return [turned(each) for each in value]
    return {key: turned(value[key]) for key in reversed(value)} if isinstance(value, dict) else value


def sorted_rows(module, download: Download) -> dict[str, list]:
    """Rows by table in one order."""
    return {table: sorted(rows, key=repr) for table, rows in rows_of(module.parse(download)).items()}


def others(module, download: Download, bodies: Iterator[tuple[str, str, bytes]], may_be_absent: set[str]) -> list[str]:
    """Changes that gave other rows, or were refused without name."""
    whole = sorted_rows(module, download)
    found = []
    for change, name, body in bodies:
        other = replace(download, body=body)
        if name in may_be_absent or refusal(module.parse, other) is not None:
            continue
        if sorted_rows(module, other) != whole:
            found.append(f"{download.part}: {name} {change}")
    return found


@pytest.mark.parametrize("source", JSON_SOURCES)
def test_a_changed_field_of_json_is_refused_or_changes_nothing(source):
    module = import_module(f"oilseer.raw.sources.{source}")
    tried = 0
    for download in downloads(source):
        answer = json.loads(download.body)
        bodies = [
            (kind, name, json.dumps(changed(answer, name, change)).encode())
            for name in sorted(names(answer)) for kind, change in CHANGES.items()
        ]  # fmt: skip
        american = source == "noaa_ncei" and download.part.startswith("us")
        free = set() if american else MAY_BE_ABSENT.get(source, set())
        assert others(module, download, iter(bodies), free) == []
        other_order = replace(download, body=json.dumps(turned(answer)).encode())
        assert sorted_rows(module, other_order) == sorted_rows(module, download)
        tried += len(bodies)
    assert tried >= 20


@pytest.mark.parametrize("source", JSON_SOURCES)
def test_a_spoiled_answer_gives_no_other_rows(source):
    module = import_module(f"oilseer.raw.sources.{source}")
    for download in downloads(source):
        whole = sorted_rows(module, download)
        for kind in ("html", "empty", "invalid", "empty-json", "empty-array"):
            spoiled = replace(download, body=faults.spoiled(kind, download.body))
            assert refusal(module.parse, spoiled) is not None or not any(sorted_rows(module, spoiled).values()), kind
        for kind in ("bom", "duplicated", "reversed"):
            spoiled = replace(download, body=faults.spoiled(kind, download.body))
            assert refusal(module.parse, spoiled) is not None or sorted_rows(module, spoiled) == whole, kind


def marked(value: object) -> object:
    """A number, or each number of a list, as a mark."""
    if isinstance(value, list):
        return [marked(each) for each in value]
    return MARK if isinstance(value, int | float) and not isinstance(value, bool) else value


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.parametrize("source", JSON_SOURCES)
def test_a_number_that_json_does_not_have_is_refused_in_whatever_field(source, word):
    module = import_module(f"oilseer.raw.sources.{source}")
    for download in downloads(source):
        answer = json.loads(download.body)
        for name in names(answer):
            body = json.dumps(changed(answer, name, lambda field, value: {field: marked(value)}))
            if MARK in body:
                spoiled = replace(download, body=body.replace(f'"{MARK}"', word).encode())
                assert refusal(module.parse, spoiled) is not None, name


@pytest.mark.parametrize("source", XML_SOURCES)
def test_a_renamed_element_or_attribute_is_refused_or_changes_nothing(source):
    module = import_module(f"oilseer.raw.sources.{source}")
    for download in downloads(source):
        tags = b" ".join(re.findall(rb"<[A-Za-z/][^>]*>", download.body))
        elements = set(re.findall(rb"</?([A-Za-z][\w:.-]*)", tags))
        attributes = set(re.findall(rb"\s([A-Za-z][\w:.-]*)=\"", tags))
        places = [(name, rb"(?<=[</])%b(?=[\s/>])") for name in elements]
        places += [(name, rb"(?<=\s)%b(?==\")") for name in attributes]
        bodies = [
            ("renamed", name.decode(), re.sub(place % re.escape(name), name + b"_new", download.body))
            for name, place in places
        ]
        assert others(module, download, iter(bodies), set()) == []
        assert len(bodies) >= 5


FILES = {  # as Cboe, FRED without a key and EPA write them
    ("cboe_vix", "history"): """\
DATE,OPEN,HIGH,LOW,CLOSE
06/27/2025,16.1,17.2,16.0,16.3
06/30/2025,16.5,17.1,16.2,16.7
""",
    ("fred", "graph_dgs10"): """\
observation_date,DGS10
2025-06-26,4.26
2025-06-27,4.29
""",
    ("epa_rin", "rin"): """\
Transfer Date by Week,Transfer Year,RIN Year,Fuel (D Code),QAP Service Type,RIN Price
6/2/2025,2025,2025,D4,Unverified,$1.05
6/9/2025,2025,2025,D4,Unverified,$1.06
""",
}
WORDS = "QAP Service Type"  # any text is one


@pytest.mark.parametrize(("source", "part"), FILES)
def test_a_changed_column_of_a_file_is_refused_or_changes_nothing(source, part):
    module, url = import_module(f"oilseer.raw.sources.{source}"), "https://example.org/file.csv"
    download = Download(source, part, url, FILES[source, part].encode(), NOW + timedelta(days=1))
    header, *lines = csv.reader(io.StringIO(download.body.decode()))

    def written(rows: list[list[str]]) -> bytes:
        made = io.StringIO(newline="")
        csv.writer(made, lineterminator="\n").writerows(rows)
        return made.getvalue().encode()

    bodies = [("reordered", "all", written([row[::-1] for row in (header, *lines)]))]
    for place, name in enumerate(header):
        before, after = slice(None, place), slice(place + 1, None)
        bodies += [
            ("renamed", name, written([[*header[before], f"{name} new", *header[after]], *lines])),
            ("dropped", name, written([row[before] + row[after] for row in (header, *lines)])),
        ]
        if name != WORDS:
            retyped = [[*row[before], f"[{row[place]}]", *row[after]] for row in lines]
            bodies.append(("retyped", name, written([header, *retyped])))
    assert others(module, download, iter(bodies), set()) == []
    with pytest.raises(SourceError):  # a price column is no free text
        module.parse(replace(download, body=bodies[-1][2]))
