"""A folder of small files with a mapping, and the import of it into a workspace; no real market rows."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import yaml

from oilseer.raw.importer import ImportReport, import_folder
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)
YAHOO = {
    "file": "prices.csv",
    "table": "raw.yahoo_prices_1d",
    "source": "my prices",
    "columns": {"symbol": "symbol", "observation_date": "date", "close": "close", "volume": "volume"},
    "available": {"at": "17:00"},
}
PRICES = "date,symbol,close,volume\n2024-01-02,ZL,48.1,10\n2024-01-03,ZL,48.5,20\n2024-01-04,ZL,47.9,30\n"


@dataclass
class Desk:
    """A folder to fill, a mapping to declare, and a workspace to import into."""

    folder: Path
    workspace: Workspace

    def put(self, name: str, content: str | bytes | pl.DataFrame) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, pl.DataFrame):
            content.write_parquet(path)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def mapping(self, *entries: dict, **others: object) -> Path:
        """Write the mapping file beside the folder."""
        path = self.folder.parent / "mapping.yaml"
        path.write_text(yaml.safe_dump({"version": 1, "entries": list(entries), **others}, sort_keys=False))
        return path

    def load(self, *entries: dict, now: datetime = NOW, **others: object) -> ImportReport:
        """Import the folder with these entries."""
        with writer(self.workspace) as connection:
            return import_folder(connection, self.folder, self.mapping(*entries, **others), now)

    def rows(self, query: str) -> list[tuple]:
        """Rows of a query on the workspace."""
        with writer(self.workspace) as connection:
            return connection.execute(query).fetchall()


def make_desk(root: Path) -> Desk:
    """An empty folder and an empty real workspace below `root`."""
    (root / "mine").mkdir()
    return Desk(root / "mine", create_workspace(root / "home", "real", NOW))
