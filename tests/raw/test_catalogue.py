"""docs/sources.md says what the registry and the parsers say."""

from pathlib import Path

import pytest

from oilseer.raw.catalogue import markdown, tables
from oilseer.raw.specs import BY_NAME
from oilseer.reference.sources import PROOFS, sources

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def test_the_page_is_the_registry():
    assert PAGE.read_text(encoding="utf-8") == markdown(), "run: oilseer sources > docs/sources.md"


def test_every_source_has_one_line_of_seven_cells():
    lines = [line for line in markdown().splitlines() if line.startswith("| [")]
    assert len(lines) == len(sources())
    assert {line.count(" | ") for line in lines} == {6}


@pytest.mark.parametrize("name", sources())
def test_a_source_says_its_delay_licence_and_proof(name):
    facts = sources()[name]
    assert facts.delay
    assert facts.licence
    assert facts.proof in PROOFS
    assert set(tables(name)) <= set(BY_NAME)
