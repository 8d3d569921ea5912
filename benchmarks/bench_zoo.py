"""Seconds of all tiers: one more day, and a full refit: `python benchmarks/bench_zoo.py HOME [TIER ...]`.

HOME is a workspace with a walk-forward of these tiers (all but AutoGluon by default); it is copied and left as it was.
"One more day" forecasts a session that was no origin yet with the fits that are kept; "refit" forecasts another one
with every fit made anew. Goals on two cores: 60 s for a day, 45 minutes and 8 GiB for a refit.
Beside them what the walk-forward of HOME took by tier, as `training.zl_model_runs` has it, in seconds of work.
"""

import os
import platform
import resource
import shutil
import sys
import tempfile
import time
from datetime import date
from importlib.metadata import version
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from oilseer.models.zoo import TIERS, ZOO
from oilseer.pipeline import READ_IN_TRAINING, early_origins, late_origins, models_of
from oilseer.settings import read_settings
from oilseer.training import stack, walk_forward
from oilseer.training.history import History, read_history
from oilseer.training.parallel import Workers
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import open_workspace

JOBS = 2
BACK = 7  # sessions before the last: no month end, and so no origin yet


def timed(
    connection, history: History, names: tuple[str, ...], origin: date, kept: Path | None, earlier: list[date]
) -> float:
    """Seconds to forecast from `origin` with all `names`; every fit anew where nothing is kept."""
    start, means = time.perf_counter(), walk_forward.Means(Workers(JOBS), kept)
    by_window = [name for name in names if ZOO[name].learns == "window" and ZOO[name].target != "regime"]
    walk_forward.run(connection, history, by_window, [origin], "bench", means, lambda done, total: None)
    stack.run(
        connection, history, names, earlier, "bench", means.workers, lambda done, total: None, beside=[origin]
    )  # fmt: skip
    return time.perf_counter() - start


def main() -> None:
    if len(sys.argv) < 2:
        print("name a workspace with a walk-forward: python benchmarks/bench_zoo.py HOME")
        return
    home, tiers = Path(sys.argv[1]), sys.argv[2:] or [tier for tier in TIERS if tier != "autogluon"]
    settings, names = read_settings(home), models_of(tiers)
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
          f"oilseer {version('oilseer')}, load {os.getloadavg()[0]:.1f}, {JOBS} processes, {len(names)} models of "
          f"{', '.join(tiers)}")  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shutil.copytree(home, copy)
        with writer(open_workspace(copy)) as connection:
            history = read_history(connection, READ_IN_TRAINING)
            late = late_origins(history, settings)
            earlier = early_origins(history, settings, late[0]) + late
            day = history.dates[-BACK].astype(object)
            one = timed(connection, history, names, day, copy / "artefacts", earlier)
            other = history.dates[-BACK - 1].astype(object)
            refit = timed(connection, history, names, other, None, earlier)
            tier = {name: ZOO[name].tier for name in names}
            spent = connection.execute(
                "SELECT model, sum(seconds) FROM training.zl_model_runs GROUP BY model"
            ).fetchall()
    total: dict[str, float] = {}
    for name, seconds in spent:
        if name in tier:
            total[tier[name]] = total.get(tier[name], 0.0) + seconds
    gigabytes = (
        max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 2**20
    )
    print(f"one more day, no refit     {one:8.1f} s   (goal 60)")
    print(f"all fits and forecasts anew{refit:8.1f} s   (goal 2700)")
    print(f"largest process            {gigabytes:8.2f} GiB (goal 8)")
    for name, seconds in total.items():
        print(f"walk-forward, {name:<12} {seconds:8.0f} s of work")


if __name__ == "__main__":
    main()
