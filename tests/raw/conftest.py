"""The `desk` of every test of the import, the `feeds` of every test of the ingest."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, make_desk
from feeds import Feeds, make_feeds
from replay.server import Replay


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An empty folder and an empty real workspace."""
    return make_desk(tmp_path)


@pytest.fixture
def feeds(tmp_path: Path) -> Iterator[Feeds]:
    """An empty real workspace in front of a server that answers as two small services do."""
    with Replay() as replay:
        yield make_feeds(tmp_path / "home", replay)
