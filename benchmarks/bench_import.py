"""Seconds and peak memory of the import of the real folder, beside a plain DuckDB copy of the same files.

The peer reads the same Parquet files into tables of one database file and does nothing else: no types, no
publication times, no checks, no keys. Run: python benchmarks/bench_import.py [FOLDER]
"""

import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from oilseer.raw.importer import import_folder
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

ROOT = Path(__file__).parents[1]
GOAL_SECONDS = 15
GOAL_MIB = 2048


def main(folder: Path) -> int:
    """Print the table; exit status 1 where a goal is missed."""
    if not (folder / "market").is_dir():
        print(f"no real market files in {folder}; name the folder or set OILSEER_REAL_DATA")
        return 0
    now = datetime(2026, 9, 1, tzinfo=UTC)
    mapping = ROOT / "tests" / "real" / "mapping.yaml"
    with tempfile.TemporaryDirectory() as home:
        workspace = create_workspace(Path(home) / "ours", "real", now)
        with writer(workspace) as connection:
            start = time.perf_counter()
            report = import_folder(connection, folder, mapping, now)
            first = time.perf_counter() - start
            start = time.perf_counter()
            import_folder(connection, folder, mapping, now)
            again = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        start = time.perf_counter()
        rows = copy_plainly(folder, sorted({entry.file for entry in report.entries}), Path(home) / "peer.duckdb")
        plain = time.perf_counter() - start
        size = Path(workspace.database).stat().st_size / 2**20
        peer_size = (Path(home) / "peer.duckdb").stat().st_size / 2**20
    loaded = report.total("loaded")
    print(f"import        {first:6.2f} s  {loaded:>9,} rows  {loaded / first:>9,.0f} rows/s  {size:5.0f} MiB on disk")
    print(f"plain copy    {plain:6.2f} s  {rows:>9,} rows  {rows / plain:>9,.0f} rows/s  {peer_size:5.0f} MiB on disk")
    print(f"import again  {again:6.2f} s  (nothing changed)")
    print(f"peak memory   {peak:6.0f} MiB  goals: {GOAL_SECONDS} s, {GOAL_MIB} MiB")
    return int(first > GOAL_SECONDS or peak > GOAL_MIB)


def copy_plainly(folder: Path, files: list[str], target: Path) -> int:
    """Copy the files into tables as they are; number of rows."""
    with duckdb.connect(str(target)) as connection:
        total = 0
        for place, file in enumerate(files):
            connection.execute(f"CREATE TABLE t{place} AS SELECT * FROM read_parquet('{folder / file}')")
            total += connection.execute(f"SELECT count(*) FROM t{place}").fetchone()[0]
    return total


if __name__ == "__main__":
    default = os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data")
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else default)))
