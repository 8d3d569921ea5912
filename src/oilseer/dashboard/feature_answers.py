"""What there is to know about each feature, as plain dicts ready for JSON: declaration, values, age, verdicts."""

from collections.abc import Mapping
from difflib import get_close_matches

import duckdb
import numpy as np

from oilseer.dashboard.lineage import lineage, raw_tables
from oilseer.dashboard.measures import chart, latest, null_by_year, statistics
from oilseer.dashboard.states import VERDICTS, named
from oilseer.dashboard.tables import exists, require, rows
from oilseer.errors import ConfigError
from oilseer.features.buckets import ADDITIONS, CORE
from oilseer.features.build import MATRIX
from oilseer.features.feature import BUCKETS
from oilseer.features.registry import FAMILIES
from oilseer.features.registry import SPEC as REGISTRY
from oilseer.quantiles import HORIZON_LABELS

IMPORTANCE = "features.feature_importance_log"
LAST = 10  # values that `show` prints
UNITS = {
    "value": "the feature's own unit",
    "age_sessions": "sessions since the value came to be what it is; a carried one since its release",
    "age_days": "calendar days, likewise",
    "null_ratio": "ratio of sessions without a value since available_from",
    "reliability": "0 to 1",
}


def listed(
    connection: duckdb.DuckDBPyConnection, family: str | None = None, bucket: str | None = None, missing: bool = False
) -> dict:
    """Every feature with its latest value, of one family or bucket, or of those without a value today.

    Raises ConfigError where nothing is built, or for an unknown family or bucket, with the known ones.
    """
    _require_one_of("--family", family, sorted({found.name for found in FAMILIES}))
    _require_one_of("--bucket", bucket, BUCKETS)
    registry = _registry(connection)
    dates, columns = _matrix(connection, [row["name"] for row in registry])
    verdicts = governing(connection)
    found = [
        _row(row) | latest(dates, columns[row["name"]]) | {"rules": verdicts.get(row["name"], [])}
        for row in registry
        if (family in (None, row["family"]))
        and (bucket in (None, row["bucket"]))
        and (not missing or row["missing_because"])
    ]
    return named(connection, MATRIX.name, UNITS) | {"features": len(registry), "rows": found}


def shown(connection: duckdb.DuckDBPyConnection, name: str) -> dict:
    """One feature in full. Raises ConfigError where nothing is built, or for an unknown name, with close ones."""
    registry = {row["name"]: row for row in _registry(connection)}
    if name not in registry:
        near = get_close_matches(name, registry, 5, 0.6) or [n for n in registry if name in n][:5]
        hint = f"did you mean {', '.join(near)}?" if near else "`oilseer features list` names all"
        raise ConfigError(f"no feature {name!r}; {hint}")
    dates, columns = _matrix(connection, [name])
    answer = named(connection, MATRIX.name, UNITS)
    return answer | _described(connection, registry[name], dates, columns[name]) | {
        "last_values": [
            {"as_of_date": str(day), "value": None if np.isnan(value) else float(value)}
            for day, value in zip(dates[-LAST:][::-1], columns[name][-LAST:][::-1], strict=True)
        ],
        "rules": governing(connection).get(name, []),
        "importance": importances(connection).get(name, []),
    }  # fmt: skip


def everything(connection: duckdb.DuckDBPyConnection) -> dict:
    """All features in full, in the order of their families, for the catalogue."""
    registry = _registry(connection)
    dates, columns = _matrix(connection, [row["name"] for row in registry])
    verdicts, important = governing(connection), importances(connection)
    loaded = _loaded(connection)
    found = [
        _described(connection, row, dates, columns[row["name"]], loaded)
        | {"rules": verdicts.get(row["name"], []), "importance": important.get(row["name"], [])}
        for row in registry
    ]  # fmt: skip
    return named(connection, MATRIX.name, UNITS) | {
        "first_session": str(dates[0]),
        "sessions": len(dates),
        "rows": found,
    }


def governing(connection: duckdb.DuckDBPyConnection) -> dict[str, list[dict]]:
    """The newest verdict of each signal rule by the feature that it governs."""
    by_feature: dict[str, list[dict]] = {}
    if not exists(connection, VERDICTS):
        return by_feature
    query = f"SELECT * FROM {VERDICTS} WHERE as_of_date = (SELECT max(as_of_date) FROM {VERDICTS}) ORDER BY number"
    for row in rows(connection, query):
        for feature in row.pop("governs").split(", "):
            by_feature.setdefault(feature, []).append(row)
    return by_feature


def importances(connection: duckdb.DuckDBPyConnection) -> dict[str, list[dict]]:
    """What pruning made of each feature at the newest origin, by horizon; empty where none was logged."""
    by_feature: dict[str, list[dict]] = {}
    if not exists(connection, IMPORTANCE):
        return by_feature
    query = (
        f"SELECT * FROM {IMPORTANCE} WHERE origin = (SELECT max(origin) FROM {IMPORTANCE}) ORDER BY horizon, feature"
    )
    for row in rows(connection, query):
        label = HORIZON_LABELS.get(row["horizon"], str(row["horizon"]))
        by_feature.setdefault(row.pop("feature"), []).append(row | {"horizon_label": label})
    return by_feature


def views_of(name: str) -> list[str]:
    """The views that hold a feature: core (with it every bucket), or the buckets it is added to."""
    return ["core"] if name in CORE else [bucket for bucket, names in ADDITIONS.items() if name in names]


def _registry(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    """Rows of the registry in the order of the families. Raises ConfigError where there are none."""
    require(connection, REGISTRY.name, "features", "build features")
    order = {family.name: place for place, family in enumerate(FAMILIES)}
    found = rows(connection, f"SELECT * FROM {REGISTRY.name}")
    return sorted(found, key=lambda row: order.get(row["family"], len(order)))


def _matrix(connection: duckdb.DuckDBPyConnection, names: list[str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Sessions (n,) in order, and columns (n,) by name, NaN where null."""
    chosen = ", ".join(f'"{name}"' for name in names)
    found = connection.execute(f"SELECT as_of_date, {chosen} FROM {MATRIX.name} ORDER BY as_of_date").fetchnumpy()
    dates = np.ma.getdata(found.pop("as_of_date")).astype("datetime64[D]")
    return dates, {name: np.ma.filled(np.ma.asarray(found[name], dtype=float), np.nan) for name in names}


def _row(row: dict) -> dict:
    """What a list tells of a feature's declaration."""
    kept = ("name", "unit", "family", "bucket", "driver_group", "is_core", "available_from", "null_ratio",
            "missing_because")  # fmt: skip
    return {key: row[key] for key in kept}


def _described(
    connection: duckdb.DuckDBPyConnection, row: dict, dates: np.ndarray, values: np.ndarray,
    loaded: Mapping[str, int] | None = None,
) -> dict:  # fmt: skip
    """Declaration, lineage, newest value with its age, and statistics."""
    reads = tuple(row["reads"].split(", "))
    loaded = _loaded(connection) if loaded is None else loaded
    return row | latest(dates, values) | {
        "views": views_of(row["name"]),
        "lineage": lineage(reads),
        "raw_rows": {table: loaded.get(table, 0) for table in raw_tables(reads)},
        "statistics": statistics(values),
        "null_by_year": null_by_year(dates, values),
        "chart": chart(dates, values),
    }  # fmt: skip


def _loaded(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of each raw table, about."""
    return dict(
        connection.execute(
            "SELECT schema_name || '.' || table_name, estimated_size FROM duckdb_tables() "
            "WHERE schema_name = 'raw' AND database_name = current_database()"
        ).fetchall()
    )


def _require_one_of(option: str, found: str | None, known: list[str] | tuple[str, ...]) -> None:
    if found is not None and found not in known:
        raise ConfigError(f"{option} {found!r}: expected one of {', '.join(known)}")
