"""docs/features.md says what the declarations say, lineage ends in raw tables, and counts add up."""

import re
from datetime import date
from pathlib import Path

import pytest

from oilseer.dashboard.feature_catalogue import MEASURED, declared, markdown
from oilseer.dashboard.feature_counts import counts, reasons
from oilseer.dashboard.lineage import SOURCES, lineage, raw_tables
from oilseer.features.feature import BUCKETS
from oilseer.features.registry import FAMILIES, FEATURES
from oilseer.raw.specs import BY_NAME

PAGE = Path(__file__).parents[2] / "docs" / "features.md"
AGAIN = "run in a built workspace: oilseer features catalogue --out docs/features.md"
STAGING = Path(__file__).parents[2] / "src" / "oilseer" / "staging"


def test_the_page_is_the_declarations():
    assert PAGE.read_text(encoding="utf-8").startswith(declared()), AGAIN


def test_what_the_page_measured_adds_up_to_the_declared_features():
    measured = PAGE.read_text(encoding="utf-8").split(MEASURED)[1]
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\d+) \|$", measured, re.M)
    found = {name: tuple(map(int, numbers)) for name, *numbers in rows}
    assert found["all"][0] == len(FEATURES), AGAIN
    assert set(found) == {*BUCKETS, *(family.name for family in FAMILIES), "all"}
    reported = sum(int(count) for count in re.findall(r"^\| .+ \| (\d+): `", measured, re.M))
    assert reported == found["all"][2]


def test_every_feature_has_one_line_of_six_cells():
    lines = [line for line in declared().splitlines() if line.startswith("| `")]
    assert len(lines) == len(FEATURES)
    assert {line.count(" | ") for line in lines} == {5}


@pytest.mark.parametrize("table", sorted({table for feature in FEATURES for table in feature.reads}))
def test_lineage_ends_in_raw_tables_or_in_what_is_shipped(table):
    ends = [row["table"] for row in lineage((table,)) if not row["made_from"]]
    assert ends
    assert all(end.startswith(("raw.", "reference.")) for end in ends)
    assert set(raw_tables((table,))) <= set(BY_NAME)


def test_lineage_names_every_raw_table_that_staging_reads():
    queries = "".join(path.read_text(encoding="utf-8") for path in STAGING.glob("*.sql"))
    read = set(re.findall(r"(?:FROM|JOIN) (raw\.\w+)", queries))
    assert read - {table for tables in SOURCES.values() for table in tables} == set()


ROWS = [
    {"name": "a", "family": "x", "bucket": "fx", "available_from": None, "missing_because": "needs a key"},
    {"name": "b", "family": "x", "bucket": "crush", "available_from": "2020-01-02", "missing_because": None},
    {"name": "c", "family": "y", "bucket": "fx", "available_from": "2020-01-02", "missing_because": "too old"},
    {"name": "d", "family": "y", "bucket": "fx", "available_from": None, "missing_because": "needs a key"},
]


def test_counts_tell_what_never_had_a_value_from_what_has_none_today():
    assert counts(ROWS, "family") == [("x", 2, 1, 1), ("y", 2, 1, 2)]
    assert counts(ROWS, "bucket") == [("fx", 3, 2, 3), ("crush", 1, 0, 0)]
    assert reasons(ROWS) == [("needs a key", ["a", "d"]), ("too old", ["c"])]


def test_the_measured_part_holds_no_value_of_any_feature():
    every = [
        {"name": f.name, "family": family.name, "bucket": f.bucket, "available_from": "2020-01-02",
         "missing_because": None, "value": 123.456, "raw_rows": {"raw.cboe_vix": 7, "raw.eia_biofuels": 0}}
        for family in FAMILIES for f in family.features
    ]  # fmt: skip
    answer = {"workspace": "real", "sessions": 13_925, "first_session": "1970-02-03", "as_of_date": "2025-06-30"}
    page = markdown(answer | {"rows": every}, date(2026, 3, 1))
    assert "Measured on 1 Mar 2026 in a real workspace" in page
    assert "Loaded were `raw.cboe_vix`." in page
    assert f"{len(FEATURES)} of {len(FEATURES)} features have a value" in page.replace("\n", " ")
    assert "123.456" not in page
