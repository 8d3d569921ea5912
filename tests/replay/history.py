"""The real history that answers are made from, cut at a simulated day: what came later does not exist yet."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class History:
    """The folder of real data (with market/, history/ and vendor/) as it stood on `day`."""

    folder: Path
    day: date

    def rows(self, file: str, date_column: str = "date") -> pl.DataFrame:
        """Rows of a Parquet file such as market/prices_yahoo_daily up to the day."""
        return _read(self.folder / f"{file}.parquet").filter(pl.col(date_column) <= self.day)

    def recorded(self, file: str) -> bytes:
        """A recorded payload of vendor/."""
        return (self.folder / "vendor" / file).read_bytes()

    def is_there(self) -> bool:
        """Whether the folder holds what the answers are made from."""
        return (self.folder / "market").is_dir() and (self.folder / "history").is_dir()


@cache
def _read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path)
