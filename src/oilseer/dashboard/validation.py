"""Whether what is published is sound, measured again on the publication itself, beside the verdicts of its run."""

from itertools import pairwise

import duckdb
import numpy as np

from oilseer.checks import Check
from oilseer.dashboard.tables import GATES, PREDICTIONS, WEIGHTS, exists, identity, newest, require, rows
from oilseer.market import sessions
from oilseer.quantiles import HORIZONS, QUANTILE_COLUMNS
from oilseer.warehouse.connect import kind_of


def validate(connection: duckdb.DuckDBPyConnection) -> dict:
    """Checks of the newest predictions, each with what was found and expected. Raises ConfigError without any."""
    require(connection, PREDICTIONS, "forecast", "run")
    as_of, run_id = newest(connection, PREDICTIONS)
    found = rows(connection, f"SELECT * FROM {PREDICTIONS} WHERE as_of_date = ? ORDER BY horizon", [as_of])
    quantiles = np.array([[row[name] for name in QUANTILE_COLUMNS] for row in found])
    finite = bool(np.isfinite(quantiles).all() and (quantiles > 0).all())
    crossing = sum(a > b for row in quantiles.tolist() for a, b in pairwise(row))
    widths = quantiles[:, -1] - quantiles[:, 0]
    horizons, wanted = [row["horizon"] for row in found], list(HORIZONS.values())
    targets = [row for row in found if row["target_date"] != sessions.ahead(as_of, row["horizon"]).isoformat()]
    runs = sorted({row["run_id"] for row in found})
    simulated = kind_of(connection) == "simulated"
    marks = [row["simulated"] for row in found]
    checks = [
        Check("all_horizons_published", horizons == wanted, str(horizons), str(wanted)),
        Check("quantiles_are_finite_and_positive", finite, "all" if finite else "some are not", "all"),
        Check("quantiles_do_not_cross", crossing == 0, f"{crossing} pairs out of order", "none"),
        Check("uncertainty_grows_with_the_horizon", bool((np.diff(widths) > 0).all()),
              ", ".join(f"{width:.2f}" for width in widths), "a wider 95 % band at each horizon, ¢/lb"),
        Check("targets_are_sessions_ahead", not targets, f"{len(targets)} are not", "none"),
        Check("one_run_id", len(runs) == 1, ", ".join(runs), "one"),
        Check("marked_as_the_workspace", all(mark == simulated for mark in marks), str(marks), str(simulated)),
        *_weights_checks(connection, as_of),
    ]  # fmt: skip
    kept = exists(connection, GATES)
    verdicts = rows(connection, f"SELECT * FROM {GATES} WHERE run_id = ?", [run_id]) if kept else []
    blocked = [row["gate"] for row in verdicts if row["blocking"] and not row["passed"]]
    measured = ", ".join(blocked) or f"{len(verdicts)} gates measured"
    checks.append(Check("no_gate_blocked", not blocked and bool(verdicts), measured, "none blocked, some measured"))
    failed = sum(not check.passed for check in checks)
    return identity(connection, run_id, as_of, {"found": "as written", "expected": "as written"}) | {
        "sound": failed == 0, "failed": failed, "rows": [vars(check) for check in checks],
    }  # fmt: skip


def _weights_checks(connection: duckdb.DuckDBPyConnection, as_of: object) -> list[Check]:
    """That the weights behind the predictions add up to 1."""
    if not exists(connection, WEIGHTS):
        return [Check("weights_sum_to_one", False, "no weights", "some")]
    sums = connection.execute(
        f"SELECT horizon, sum(weight) FROM {WEIGHTS} WHERE origin = ? GROUP BY ALL ORDER BY horizon", [as_of]
    ).fetchall()
    off = [f"{horizon}: {total:.6f}" for horizon, total in sums if abs(total - 1) > 1e-9]
    return [Check("weights_sum_to_one", not off and bool(sums), ", ".join(off) or f"{len(sums)} horizons", "1 at each")]
