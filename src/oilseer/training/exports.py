"""The ten training sets as Parquet: all history, by horizon, with all features or with those that pruning keeps.

A set holds the future beside the features, so it leaves the warehouse: no table does.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oilseer.errors import ConfigError
from oilseer.quantiles import HORIZONS
from oilseer.training.history import History
from oilseer.training.prune import known_outcomes, prune

SETS = ("prod", "full")
MANIFEST = "manifest.json"


def write_training_sets(
    history: History,
    folder: Path,
    buckets: Mapping[str, str],
    run_id: str,
    simulated: bool,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict:
    """Write `zl_training_{prod|full}_allhistory_{horizon}.parquet` and their manifest; what the manifest says.

    Rows are the sessions whose outcome is known; the target is the log change of the front price. `prod` holds the
    features that pruning keeps on outcomes known at the last session, so it may train but never test before that day.
    Files appear whole, the manifest last. Raises ConfigError where `folder` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file; name a folder for the training sets")
    folder.mkdir(parents=True, exist_ok=True)
    last: date = history.dates[-1].astype(object)
    files = []
    for done, (label, horizon) in enumerate(HORIZONS.items()):
        progress(done, len(HORIZONS))
        kept = [choice.feature for choice in prune(history, last, horizon, buckets) if choice.kept]
        for kind, names in zip(SETS, (sorted(kept), list(history.names)), strict=True):
            table = training_set(history, horizon, label, names)
            name = f"zl_training_{kind}_allhistory_{label}.parquet"
            files.append(_write(folder / name, table) | {"horizon_sessions": horizon, "set": kind})
    progress(len(HORIZONS), len(HORIZONS))
    manifest = {
        "run_id": run_id, "as_of_date": last.isoformat(), "simulated": simulated,
        "target": "log of the front price a horizon ahead over the front price, known outcomes only",
        "selection": f"prod: chosen on outcomes known at {last}; do not test on sessions before it",
        "files": files,
    }  # fmt: skip
    _replace(folder / MANIFEST, json.dumps(manifest, indent=2).encode())
    return manifest


def training_set(history: History, horizon: int, label: str, names: list[str]) -> pa.Table:
    """One set: as_of_date, symbol, the features `names`, and target_{label}_log_ratio."""
    rows, target = known_outcomes(history, history.dates[-1].astype(object), horizon)
    columns = {name: i for i, name in enumerate(history.names)}
    made = {"as_of_date": pa.array(history.dates[rows]), "symbol": pa.array(["ZL"] * len(rows))}
    for name in names:
        values = history.features[rows, columns[name]]
        made[name] = pa.array(values, pa.float64(), mask=np.isnan(values))
    return pa.table(made | {f"target_{label}_log_ratio": pa.array(target)})


def _write(path: Path, table: pa.Table) -> dict:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    body = sink.getvalue().to_pybytes()
    _replace(path, body)
    days = table["as_of_date"]
    return {
        "file": path.name, "sha256": hashlib.sha256(body).hexdigest(), "rows": table.num_rows,
        "first": str(days[0]), "last": str(days[-1]), "columns": table.column_names,
    }  # fmt: skip


def _replace(path: Path, body: bytes) -> None:
    """Write a file so that it is the old one or the new one."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_bytes(body)
    os.replace(draft, path)
