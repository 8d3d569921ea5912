"""Seconds and peak memory of the legacy import of the real folder, beside a plain polars read of the same files.

The workspace holds the curated prices, rates and weather, so that every legacy series is held against known ones. The
peer reads the files and does nothing else: the floor of any inventory. Run: python benchmarks/bench_legacy.py [FOLDER]
"""

import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from oilseer.raw.importer import import_folder
from oilseer.raw.legacy.migrate import import_legacy
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

ROOT = Path(__file__).parents[1]
GOAL_SECONDS = 60
NOW = datetime(2026, 9, 1, tzinfo=UTC)


def main(folder: Path) -> int:
    """Print the table; exit status 1 where the goal is missed."""
    if not (folder / "legacy").is_dir():
        print(f"no legacy files in {folder}; name the folder or set OILSEER_REAL_DATA")
        return 0
    commit = subprocess.run(["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, "
        f"polars {pl.__version__}, DuckDB {duckdb.__version__}, commit {commit.stdout.strip() or 'unknown'}"
    )
    files = sorted((folder / "legacy").glob("*.parquet"))
    start = time.perf_counter()
    rows = sum(pl.read_parquet(path).height for path in files)
    plain = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as home:
        workspace = create_workspace(Path(home), "real", NOW)
        with writer(workspace) as connection:
            import_folder(connection, folder, ROOT / "tests" / "real" / "mapping.yaml", NOW)
            start, used = time.perf_counter(), time.process_time()
            first_report = import_legacy(connection, folder / "legacy", NOW).to_dict()
            first, used = time.perf_counter() - start, time.process_time() - used
            start = time.perf_counter()
            again_report = import_legacy(connection, folder / "legacy", NOW).to_dict()
            again = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    changed = again_report["totals"]["changed"]
    print(f"plain read     {plain:6.2f} s  {rows:>9,} rows of {len(files)} files")
    print(f"legacy import  {first:6.2f} s  {rows / first:>9,.0f} rows/s, {used:.1f} s of processor time")
    print(f"import again   {again:6.2f} s  {changed:>9,} rows changed")
    print(f"verdicts       {', '.join(f'{n} {v}' for v, n in first_report['verdicts'].items())}")
    print(f"peak memory    {peak:6.0f} MiB  goal: {GOAL_SECONDS} s, nothing changed the second time")
    return int(first > GOAL_SECONDS or changed > 0)


if __name__ == "__main__":
    default = os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data")
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else default)))
