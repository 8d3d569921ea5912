"""The `desk` of every test of the import."""

from pathlib import Path

import pytest
from desk import Desk, make_desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty folder and an empty real workspace."""
    return make_desk(tmp_path)
