"""Features of a whole history and of single new sessions, beside the same rolling ones in pandas, in the same run.

python benchmarks/bench_features.py [WORKSPACE]: a folder with raw rows, which is copied first; without one the files in
OILSEER_REAL_DATA (or ../shared/data) are imported, and where there are none a market from 2000 on is simulated.
"""

import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from oilseer.features.build import FEATURES, MATRIX, build_features
from oilseer.market.sessions import cutoff
from oilseer.raw.importer import import_folder
from oilseer.raw.specs import SPECS
from oilseer.simulate.market import load_market, simulate
from oilseer.staging.build import build_all
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace, open_workspace
from oilseer.warehouse.write import ensure

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 9, 1, tzinfo=UTC)
GOAL_SECONDS, GOAL_NEW_SECONDS, GOAL_GIB = 15, 1, 2
NEW_SESSIONS = 5  # added one after the other
CLOSE = 1e-6  # of the largest value of a feature: what pandas' running sums lose


def workspace(folder: Path) -> Workspace:
    """A copy of the workspace that was named, else one of the real files, else a simulated one."""
    if len(sys.argv) > 1:
        shutil.copytree(sys.argv[1], folder, ignore=shutil.ignore_patterns("write.lock", "published", "replays"))
        return open_workspace(folder)
    real = Path(os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data"))
    made = create_workspace(folder, "real" if (real / "market").is_dir() else "simulated", NOW)
    with writer(made) as connection:
        if made.kind == "real":
            import_folder(connection, real, ROOT / "tests" / "real" / "mapping.yaml", NOW)
        else:
            load_market(connection, simulate(seed=7, end=date(2025, 6, 30), now=NOW), NOW, NOW)
    return made


def timed(step: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of a call by the clock and of all cores, and what it returned."""
    start, used = time.perf_counter(), time.process_time()
    found = step()
    return time.perf_counter() - start, time.process_time() - used, found


def one_by_one(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[float, float, int]]:
    """Build the features as of a session before the last ones, and then add these; seconds as timed, and rows made."""
    days = [day for (day,) in connection.execute(
        f"SELECT as_of_date FROM {MATRIX.name} ORDER BY as_of_date DESC LIMIT {NEW_SESSIONS + 1}"
    ).fetchall()][::-1]  # fmt: skip
    first = {"first": cutoff(days[0])}
    tables = connection.execute(
        "SELECT table_name FROM duckdb_columns() WHERE schema_name = 'staging' AND column_name = 'available_at'"
    ).fetchall()
    for (table,) in tables:
        connection.execute(f"CREATE TEMP TABLE kept_{table} AS FROM staging.{table} WHERE available_at > $first", first)
        connection.execute(f"DELETE FROM staging.{table} WHERE available_at > $first", first)
    build_features(connection, rebuild=True)
    for before, day in pairwise(days):
        span = {"before": cutoff(before), "by": cutoff(day)}
        for (table,) in tables:
            connection.execute(
                f"INSERT INTO staging.{table} FROM kept_{table} WHERE available_at > $before AND available_at <= $by",
                span,
            )
        took, used, added = timed(lambda: build_features(connection))
        yield took, used, added.made


def bits(connection: duckdb.DuckDBPyConnection) -> dict[str, bytes]:
    """The bytes of every column of the matrix."""
    found = connection.execute(f"SELECT * EXCLUDE (symbol) FROM {MATRIX.name} ORDER BY as_of_date").fetchnumpy()
    days = np.ma.getdata(found.pop("as_of_date")).tobytes()
    return {"as_of_date": days, **{name: np.ma.filled(column, np.nan).tobytes() for name, column in found.items()}}


def goal(found: float, most: float, unit: str) -> str:
    """Found beside its goal."""
    return f"{found:8.2f} {unit} (goal {most:g}: {'met' if found <= most else 'MISSED'})"


def main() -> None:
    """Print seconds a step, the peer's, the largest difference between them, and peak memory."""
    with tempfile.TemporaryDirectory() as folder, writer(workspace(Path(folder) / "home")) as connection:
        for spec in SPECS:
            ensure(connection, spec)
        staging, staging_used, _ = timed(lambda: build_all(connection))
        symbols, first, last = connection.execute(
            "SELECT count(DISTINCT symbol), min(observation_date), max(observation_date) FROM staging.market_daily"
        ).fetchone()
        whole, whole_used, built = timed(lambda: build_features(connection, rebuild=True))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
        before = bits(connection)
        new, new_used, added = zip(*one_by_one(connection), strict=True)
        print(f"{len(FEATURES)} features, {symbols} symbols, {built.sessions:,} sessions, {first} to {last}; "
              f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")  # fmt: skip
        same = "as rebuilt" if before == bits(connection) else "NOT as rebuilt"
        print(f"staging, before it                  {staging:8.2f} s, {staging_used:.2f} of cores")
        print(f"all features, every session         {goal(whole, GOAL_SECONDS, 's')}, {whole_used:.2f} of cores")
        for which, pick in (("quickest", min), ("slowest", max)):
            one = goal(pick(new), GOAL_NEW_SECONDS, "s")
            print(f"one new session, {which:<8} of {NEW_SESSIONS}      {one}, {pick(new_used):.2f} of cores")
        print(f"    {sum(added)} rows made in {NEW_SESSIONS} builds, every row {same}")
        print(f"peak memory, staging and features   {goal(peak, GOAL_GIB, 'GiB')}")
        compare(connection)


def compare(connection: duckdb.DuckDBPyConnection) -> None:
    """The peer's seconds, those of the same families here, and the largest difference."""
    from pandas_features import with_pandas

    from oilseer.features.evaluate import evaluate, read_sessions
    from oilseer.features.registry import FAMILIES

    known = connection.execute("SELECT * FROM features.known_inputs ORDER BY as_of_date").df()
    with np.errstate(all="ignore"):
        took, took_used, peer = timed(lambda: with_pandas(known))
    sessions = read_sessions(connection, MATRIX.name, None, FAMILIES)
    rolled = [family for family in FAMILIES if {f.name for f in family.features} & set(peer) and family.compute]
    ours, ours_used, made = timed(lambda: evaluate(sessions, rolled))
    count = sum(len(family.features) for family in rolled)
    print(f"pandas rolling, {len(peer)} features        {took:8.2f} s, {took_used:.2f} of cores, inputs to arrays")
    print(f"their families here, {count} features   {ours:8.2f} s, {ours_used:.2f} of cores, likewise")
    worst, where = 0.0, ""
    for name, column in peer.items():
        both = ~np.isnan(made[name]) & column.notna().to_numpy()
        if both.any():
            apart = np.abs(made[name] - column.to_numpy())[both].max() / max(np.abs(made[name][both]).max(), 1e-300)
            worst, where = max((worst, where), (float(apart), name))
    verdict = "as running sums do" if worst < CLOSE else "TOO FAR"
    print(f"largest difference, of a feature's largest value: {worst:.1e} ({where}), {verdict}")


if __name__ == "__main__":
    main()
