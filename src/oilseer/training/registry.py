"""The model registry: what each model is allowed to do, since when, by whom and why, with every change kept.

candidate  forecasts, but has no score yet; becomes a shadow by rule once it has
shadow     forecasts and is scored beside the published combination, in which it has no say
champion   may speak in the combination, where the past of each origin decides whether it does
retired    is not run any more

A status says what holds now. The combination is made anew at all past origins from the models that are champions
now, so its past scores are those of today's champions; what was published on a day stays as it was published.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

import duckdb
import pyarrow as pa

from oilseer.checks import Check
from oilseer.errors import ConfigError
from oilseer.models.zoo import ZOO, Entry
from oilseer.quantiles import HORIZONS
from oilseer.training.specs import SCORES
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.tables import tables
from oilseer.warehouse.write import append, ensure, replace, transaction

STATUSES = ("candidate", "shadow", "champion", "retired")
RULE = "rule"  # who sets what nobody asked for
FROM_THE_START = ("benchmark", "density", "direct", "statistical")  # tiers that spoke before there was a rule
# of those tiers, but newer than the rule of promotion: they earn their place like any other
NEWCOMERS = frozenset({"Drivers-elastic-net", "Walk-shrunk", "B2-basis", "LightGBM-quantile", "CatBoost-quantile"})

REGISTRY = TableSpec(
    "reference.model_registry",
    "one row per model of the zoo",
    ("model",),
    (
        Column("model", "VARCHAR"),
        Column("tier", "VARCHAR", null=False),
        Column("target", "VARCHAR", null=False, note="price, volatility or regime"),
        Column("horizons", "VARCHAR", null=False),
        Column("reads", "VARCHAR", null=False, note="features it may see, with commas between"),
        Column("refit", "BOOLEAN", null=False, note="fitted now and then, and forecasts in between with its last fit"),
        Column("needs", "VARCHAR", null=False, note="modules that an extra installs"),
        Column("status", "VARCHAR", null=False, note=", ".join(STATUSES)),
        Column("since", "TIMESTAMPTZ", "UTC", null=False),
        Column("reason", "VARCHAR", null=False),
        Column("set_by", "VARCHAR", null=False),
        Column("forced", "BOOLEAN", null=False, note="promoted against the rule"),
    ),
    "at once",
    "the zoo, and `oilseer models`",
)
CHANGES = TableSpec(
    "reference.model_status_changes",
    "one row per change and model; rows are added and never altered",
    ("change", "model"),
    (
        Column("change", "INTEGER", "", "number of the command that made it", low=1),
        Column("model", "VARCHAR"),
        Column("kind", "VARCHAR", null=False, note="rule, promote, shadow, retire, rollback or restore"),
        Column("status_before", "VARCHAR", null=False),
        Column("status_after", "VARCHAR", null=False),
        Column("forced", "BOOLEAN", null=False),
        Column("reason", "VARCHAR", null=False),
        Column("set_by", "VARCHAR", null=False),
        Column("changed_at", "TIMESTAMPTZ", "UTC", null=False),
        Column("checks_json", "VARCHAR", null=False, note="what a promotion was judged by: found and expected"),
        Column("undoes", "INTEGER", "", "the change that a rollback takes back"),
    ),
    "at once",
    "`oilseer models`",
)
SPECS = (REGISTRY, CHANGES)


@dataclass(frozen=True)
class Order:
    """Who changes a status, when (UTC), and why; `forced` where it is against the rule."""

    by: str
    at: datetime
    reason: str
    forced: bool = False


def default(entry: Entry) -> str:
    """The status that a model has before anybody or any rule has set one."""
    return "champion" if entry.tier in FROM_THE_START and entry.name not in NEWCOMERS else "candidate"


def statuses(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Status of every model of the zoo, by name."""
    found = {}
    if REGISTRY.name in tables(connection):
        found = dict(connection.execute(f"SELECT model, status FROM {REGISTRY.name}").fetchall())
    return {name: found.get(name) or default(entry) for name, entry in ZOO.items()}


def running(connection: duckdb.DuckDBPyConnection, models: Sequence[str]) -> tuple[str, ...]:
    """Those of `models` that forecast and are scored: all but the retired."""
    held = statuses(connection)
    return tuple(name for name in models if held[name] != "retired")


def eligible(connection: duckdb.DuckDBPyConnection, models: Sequence[str]) -> tuple[str, ...]:
    """Those of `models` that may speak in the published combination: price models that are champions."""
    held = statuses(connection)
    return tuple(name for name in models if held[name] == "champion" and ZOO[name].target == "price")


def fingerprint(connection: duckdb.DuckDBPyConnection) -> str:
    """Who may speak and who is retired, as text: part of a run's identity, as other champions make other numbers."""
    held = statuses(connection)
    return "; ".join(f"{status}: {', '.join(sorted(name for name in held if held[name] == status))}"
                     for status in ("champion", "retired"))  # fmt: skip


def sync(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Bring the registry up to the zoo: new models with their tier's status, others as they are, gone ones away."""
    ensure(connection, REGISTRY)
    ensure(connection, CHANGES)
    kept = {row["model"]: row for row in connection.execute(f"FROM {REGISTRY.name}").to_arrow_table().to_pylist()}
    held = ("status", "since", "reason", "set_by", "forced")
    rows = []
    for name, entry in ZOO.items():
        started = "a benchmark: always shown, and never promoted" if entry.tier == "benchmark" else (
            "it spoke before there was a rule of promotion" if default(entry) == "champion"
            else "new, and without a score"
        )  # fmt: skip
        before = kept.get(name) or dict(zip(held, (default(entry), now, started, RULE, False), strict=True))
        rows.append({
            "model": name, "tier": entry.tier, "target": entry.target, "horizons": ", ".join(HORIZONS),
            "reads": ", ".join(entry.reads), "refit": entry.refit, "needs": ", ".join(entry.needs),
            **{key: before[key] for key in held},
        })  # fmt: skip
    replace(connection, REGISTRY, pa.Table.from_pylist(rows))


def admit(connection: duckdb.DuckDBPyConnection, now: datetime) -> None:
    """Let candidates that have scores by now be shadows."""
    scored = {name for (name,) in connection.execute(f"SELECT DISTINCT model FROM {SCORES.name}").fetchall()}
    ready = [name for name, status in statuses(connection).items() if status == "candidate" and name in scored]
    if ready:
        order = Order(RULE, now, "scored for the first time")
        set_statuses(connection, dict.fromkeys(ready, "shadow"), "rule", order)


def set_statuses(
    connection: duckdb.DuckDBPyConnection,
    wanted: Mapping[str, str],
    kind: str,
    order: Order,
    checks: Sequence[Check] = (),
    undoes: int | None = None,
) -> int:
    """Set statuses by model and keep the change in the history, both or neither; the change's number.

    Raises ConfigError for an unknown model, a benchmark, and a status that a model has already.
    """
    for name in wanted:
        require_known(name)
        if ZOO[name].tier == "benchmark":
            raise ConfigError(f"{name} is a benchmark: it is always shown, and never promoted, shadowed or retired")
    with transaction(connection):
        sync(connection, order.at)
        held = statuses(connection)
        for name, status in wanted.items():
            if held[name] == status:
                raise ConfigError(f"{name} is {status} already; `oilseer models show {name}` tells since when and why")
        (last,) = connection.execute(f"SELECT coalesce(max(change), 0) FROM {CHANGES.name}").fetchone()
        told = json.dumps([vars(check) for check in checks], ensure_ascii=False)
        append(connection, CHANGES, pa.table({
            name: pa.array(values, pa.int32() if name == "undoes" else None)
            for name, values in {
                "change": [last + 1] * len(wanted), "model": list(wanted), "kind": [kind] * len(wanted),
                "status_before": [held[name] for name in wanted], "status_after": list(wanted.values()),
                "forced": [order.forced] * len(wanted), "reason": [order.reason] * len(wanted),
                "set_by": [order.by] * len(wanted), "changed_at": [order.at] * len(wanted),
                "checks_json": [told] * len(wanted), "undoes": [undoes] * len(wanted),
            }.items()
        }))  # fmt: skip
        for name, status in wanted.items():
            connection.execute(
                f"UPDATE {REGISTRY.name} SET status = ?, since = ?, reason = ?, set_by = ?, forced = ? WHERE model = ?",
                [status, order.at, order.reason, order.by, order.forced, name],
            )
    return last + 1


def rollback(connection: duckdb.DuckDBPyConnection, order: Order, name: str | None = None) -> dict[str, str]:
    """Take the last change back that somebody made and nobody has taken back, of the model `name` or of any.

    What it set, by model. Raises ConfigError where there is none, and for an unknown model.
    """
    if name is not None:
        require_known(name)
    ensure(connection, CHANGES)
    found = connection.execute(
        f"SELECT change, model, status_before FROM {CHANGES.name} AS c WHERE kind NOT IN ('rule', 'rollback') "
        "AND ($name IS NULL OR model = $name) AND model IN (SELECT unnest($there)) AND NOT EXISTS "
        f"(FROM {CHANGES.name} AS later WHERE later.undoes = c.change AND later.model = c.model) "
        "QUALIFY change = max(change) OVER ()",
        {"name": name, "there": list(ZOO)},
    ).fetchall()
    if not found:
        of = f" of {name}" if name else ""
        raise ConfigError(f"no change{of} to take back: `oilseer models show NAME` tells what was changed and when")
    wanted = {model: before for _, model, before in found}
    set_statuses(connection, wanted, "rollback", order, undoes=found[0][0])
    return wanted


def restore(connection: duckdb.DuckDBPyConnection, order: Order, held: Mapping[str, str]) -> dict[str, str]:
    """Set every status that differs from those `held` in an earlier run; what it set, by model.

    Raises ConfigError where none differs.
    """
    now = statuses(connection)
    wanted = {name: status for name, status in held.items() if name in now and now[name] != status}
    if not wanted:
        raise ConfigError("every model has the status that it had in that run: nothing to restore")
    set_statuses(connection, wanted, "restore", order)
    return wanted


def require_known(name: str) -> None:
    """Raise ConfigError for a model that the zoo does not have, with names that are near."""
    if name not in ZOO:
        by_lower = {one.lower(): one for one in ZOO}
        near = [by_lower[one] for one in get_close_matches(name.lower(), by_lower, 3, 0.5)]
        hint = f"near it are {', '.join(near)}" if near else "`oilseer models list` shows all"
        raise ConfigError(f"no model {name!r}: {hint}")
