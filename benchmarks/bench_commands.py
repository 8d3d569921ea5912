"""What a person waits for: import of the package, the brief, one new session, and a replay, beside a bare Python.

Whole processes on a simulated workspace, medians of several runs; peak memory is that of the largest process.
Run: python benchmarks/bench_commands.py [WORKSPACE]   (a finished one; default demo/workspace of `make demo`)
"""

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from oilseer.market.sessions import sessions
from oilseer.pipeline import models_of
from oilseer.settings import Settings
from oilseer.training import walk_forward
from oilseer.training.history import read_history
from oilseer.training.parallel import Workers
from oilseer.warehouse.connect import reader, writer
from oilseer.warehouse.workspace import create_workspace, open_workspace

GOALS = {"import oilseer": 0.5, "oilseer brief": 1.0, "one new origin, all models": 5.0}


def main(home: Path) -> int:
    """Print the table; exit status 1 where a goal is missed."""
    if not (home / "published").is_dir():
        print(f"no finished workspace in {home}: `make demo` makes one")
        return 0
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    environment = os.environ | {"OILSEER_HOME": str(home.absolute())}
    found = {
        "python -c pass (peer)": _median([sys.executable, "-c", "pass"], environment),
        "import oilseer": _median([sys.executable, "-c", "import oilseer"], environment),
        "import duckdb (peer)": _median([sys.executable, "-c", "import duckdb"], environment),
        "oilseer brief": _median([sys.executable, "-m", "oilseer.cli", "brief"], environment),
        "one new origin, all models": _one_origin(home),
    }
    missed = 0
    for name, seconds in found.items():
        goal = GOALS.get(name)
        missed += bool(goal and seconds > goal)
        print(f"{name:<28} {seconds:6.2f} s" + (f"   goal {goal:g} s" if goal else ""))
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    print(f"{'peak memory':<28} {peak:6.0f} MiB  goal 2048 MiB")
    return int(missed > 0)


def _median(command: list[str], environment: dict[str, str], runs: int = 5) -> float:
    """Median wall seconds of whole processes, after one that warms the disk."""
    seconds = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def _one_origin(home: Path) -> float:
    """Seconds of the walk-forward's work at one origin it never saw, two processes warm, library compile excluded."""
    with reader(open_workspace(home)) as connection:
        history = read_history(connection)
    days = [sessions()[number].astype(object) for number in history.session[-30:-28]]
    with (
        tempfile.TemporaryDirectory() as other,
        writer(create_workspace(Path(other) / "w", "simulated", datetime(2026, 1, 1, tzinfo=UTC))) as connection,
    ):
        return min(_seconds(connection, history, [day]) for day in days)


def _seconds(connection, history, origins: list[date]) -> float:
    start = time.perf_counter()
    means = walk_forward.Means(Workers(2))
    walk_forward.run(
        connection, history, models_of(Settings().tiers), origins, "bench", means, lambda done, total: None
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "demo" / "workspace"
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else default))
