"""Writes: each is one transaction with a spec check, so a table is the old one or the new one.

`load` merges one delivery into raw by way of raw_staging; `merge` and `replace` serve the later stages.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import duckdb
import pyarrow as pa

from oilseer.errors import ContractError
from oilseer.warehouse.spec import LOAD_METADATA, Column, TableSpec
from oilseer.warehouse.vintages import keep_vintages
from oilseer.warehouse.workspace import SIMULATED_SOURCE

COMPLETION = TableSpec(
    name="ops.ingestion_completion",
    grain="one row per table and delivery",
    key=("table_name", "provenance_id", "source"),
    columns=(
        Column("table_name", "VARCHAR"),
        Column("provenance_id", "VARCHAR", note="sha256 of the delivered bytes"),
        Column("source", "VARCHAR", null=False),
        Column("started_at", "TIMESTAMPTZ", "UTC", null=False),
        Column("ended_at", "TIMESTAMPTZ", "UTC", null=False),
        Column("row_count", "BIGINT", "rows", "delivered", null=False, low=0),
        Column("changed_count", "BIGINT", "rows", "inserted or updated", null=False, low=0),
        Column("status", "VARCHAR", null=False),
    ),
    available_at="at the end of the load",
    source="written by load",
)


def load(
    connection: duckdb.DuckDBPyConnection,
    spec: TableSpec,
    rows: pa.Table,
    started_at: datetime,
    ended_at: datetime,
) -> int:
    """Merge one delivery into a raw table and log its completion; number of rows changed.

    All vintages stay. Of the lagged deliveries of one observation (the key apart from `available_at`) the earliest
    import keeps the lagged `available_at`; a later one with other values is added as a 'vintage', public from its own
    `ingested_at`; a later one with the same values changes nothing. Within one import (`ingested_at` in the same
    second), and for recorded instants, the later `ingested_at` wins in place, then the greater `provenance_id`.
    The table is the same whichever delivery came first, and loading twice changes nothing. One exception: where
    values flip back (A, B, then A again) and the B comes last, the second A has left no trace, and B stays newest.
    Raises ContractError.
    """
    if spec.schema != "raw":
        raise ContractError(f"load writes raw tables, not {spec.name}")
    pairs = rows.select(["provenance_id", "source"]).group_by(["provenance_id", "source"]).aggregate([])
    deliveries = {(row["provenance_id"], row["source"]) for row in pairs.to_pylist()}
    if len(deliveries) > 1:
        raise ContractError(
            f"{spec.name}: one load is one delivery, found {len(deliveries)} pairs of provenance and source"
        )
    provenance, source = deliveries.pop() if deliveries else ("", "")
    return sum(_load(connection, spec, rows, [(provenance, source)], started_at, ended_at).values())


def load_together(
    connection: duckdb.DuckDBPyConnection,
    spec: TableSpec,
    rows: pa.Table,
    started_at: datetime,
    ended_at: datetime,
) -> dict[str, int]:
    """Merge several deliveries of one source at once; number of rows changed by each provenance_id.

    The table becomes what loading one after another makes it, in the time of one: no two of them may speak of the
    same observation. Raises ContractError where they do.
    """
    pairs = rows.select(["provenance_id", "source"]).group_by(["provenance_id", "source"]).aggregate([]).to_pylist()
    deliveries = sorted((row["provenance_id"], row["source"]) for row in pairs)
    if len({source for _, source in deliveries}) > 1:
        raise ContractError(f"{spec.name}: deliveries of several sources, expected of one: {deliveries}")
    return _load(connection, spec, rows, deliveries, started_at, ended_at) if deliveries else {}


def _load(
    connection: duckdb.DuckDBPyConnection,
    spec: TableSpec,
    rows: pa.Table,
    deliveries: list[tuple[str, str]],
    started_at: datetime,
    ended_at: datetime,
) -> dict[str, int]:
    """Park, keep vintages, merge and log; rows changed by provenance_id ("" for rows of earlier deliveries)."""
    if spec.schema != "raw":
        raise ContractError(f"load writes raw tables, not {spec.name}")
    _refuse_mixing(connection, spec, deliveries[0][1] if deliveries else "")
    parking = f"raw_staging.{spec.table}"
    with transaction(connection):
        connection.execute(f"DROP TABLE IF EXISTS {parking}")
        _park(connection, spec, rows, parking)
        delivered = _counted(connection, spec, parking, len(deliveries) > 1)
        connection.execute(spec.ddl())
        keep_vintages(connection, spec, parking)
        changed = _merge_parked(connection, spec, parking, newest_wins=True)
        connection.execute(f"DROP TABLE {parking}")
        connection.execute(COMPLETION.ddl())
        result = {provenance: 0 for provenance, _ in deliveries}
        for provenance, count in changed.items():
            place = provenance if provenance in result else ""
            result[place] = result.get(place, 0) + count
        _complete(connection, [
            (spec.name, provenance, source, started_at, ended_at, delivered.get(provenance, 0), result[provenance],
             "complete")
            for provenance, source in deliveries
        ])  # fmt: skip
    return result


def _complete(connection: duckdb.DuckDBPyConnection, rows: list[tuple]) -> None:
    """Log deliveries, in one statement: one for each takes as long as loading them."""
    values = ", ".join(["(?, ?, ?, ?, ?, ?, ?, ?)"] * len(rows))
    connection.execute(f"INSERT OR REPLACE INTO {COMPLETION.name} VALUES {values}", [v for row in rows for v in row])


def _counted(connection: duckdb.DuckDBPyConnection, spec: TableSpec, parking: str, several: bool) -> dict[str, int]:
    """Rows parked by provenance_id. Raises ContractError where two of several deliveries share an observation."""
    if several:
        identity = ", ".join(f'"{column}"' for column in spec.key if column != "available_at")
        shared = connection.execute(
            f"SELECT {identity} FROM {parking} GROUP BY ALL HAVING count(DISTINCT provenance_id) > 1 LIMIT 1"
        ).fetchone()
        if shared:
            raise ContractError(f"{spec.name}: two deliveries hold {shared}; load them one after the other")
    return dict(connection.execute(f"SELECT provenance_id, count(*) FROM {parking} GROUP BY ALL").fetchall())


def merge(connection: duckdb.DuckDBPyConnection, spec: TableSpec, rows: pa.Table) -> int:
    """Insert or replace rows by key in a table that grows; number of rows changed. Raises ContractError."""
    with transaction(connection):
        _park(connection, spec, rows, "parked")
        changed = _merge_parked(connection, spec, "parked", newest_wins=False)
        connection.execute("DROP TABLE parked")
    return sum(changed.values())


def append(connection: duckdb.DuckDBPyConnection, spec: TableSpec, rows: pa.Table) -> int:
    """Add rows with new keys to a table that is not raw; number of rows.

    Raises ContractError, also where a key is there already. A merge of a wide row costs many times as much.
    """
    with transaction(connection):
        _park(connection, spec, rows, "parked")
        connection.execute(spec.ddl())
        try:
            added = connection.execute(f"INSERT INTO {spec.name} BY NAME SELECT * FROM parked").fetchone()[0]
        except duckdb.ConstraintException as error:
            raise ContractError(f"{spec.name}: append adds new rows only: {error}") from error
        connection.execute("DROP TABLE parked")
    return added


def replace(
    connection: duckdb.DuckDBPyConnection, spec: TableSpec, content: str | pa.Table, params: dict | None = None
) -> int:
    """Replace a whole table by the result of one SELECT, or by rows; number of rows. Raises ContractError."""
    with transaction(connection):
        _park(connection, spec, content, "parked", params)
        connection.execute(f"DROP TABLE IF EXISTS {spec.name}")
        connection.execute(spec.ddl())
        connection.execute(f"INSERT INTO {spec.name} SELECT * FROM parked")
        connection.execute("DROP TABLE parked")
    return connection.execute(f"SELECT count(*) FROM {spec.name}").fetchone()[0]


def ensure(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
    """Create an empty table of `spec` where there is none yet."""
    connection.execute(spec.ddl())


def table_hash(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> str:
    """Hash of a table's rows whatever their order, without load times; hex."""
    columns = ", ".join(f'"{name}"' for name in spec.column_names if name not in LOAD_METADATA)
    # hashed twice, else two rows could exchange the values of the last column unseen: hash joins its columns by xor
    digest, count = connection.execute(f"SELECT bit_xor(hash(hash({columns}))), count(*) FROM {spec.name}").fetchone()
    return f"{digest or 0:016x}-{count}"


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """BEGIN … COMMIT around a block, ROLLBACK on any error; inside another one it only joins that."""
    if _in_transaction(connection):
        yield  # the outer one commits or rolls back
        return
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _in_transaction(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a transaction is open: outside one, every statement has a number of its own."""
    first, second = (connection.execute("SELECT txid_current()").fetchone() for _ in range(2))
    return first == second


def _park(
    connection: duckdb.DuckDBPyConnection,
    spec: TableSpec,
    content: str | pa.Table,
    name: str,
    params: dict | None = None,
) -> None:
    """Cast `content` to the spec's columns into a table `name`, and check every promise."""
    target = name if "." in name else f"TEMP TABLE {name}"
    head = f"CREATE {target}" if target.startswith("TEMP") else f"CREATE TABLE {name}"
    if isinstance(content, str):
        found = [row[0] for row in connection.execute(f"DESCRIBE {content}", params or {}).fetchall()]
        body = f"({content.rstrip().rstrip(';')})"
    else:
        found = content.column_names
        connection.register("incoming", content)
        body = "incoming"
    unknown = [column for column in found if column not in spec.column_names]
    missing = [column for column in spec.column_names if column not in found]
    if unknown or missing:
        raise ContractError(
            f"{spec.name}: columns missing {missing}, unknown {unknown}, "
            f"{len(found)} found of {len(spec.columns)} expected; update the spec and what makes the rows"
        )
    casts = ", ".join(f'CAST("{c.name}" AS {c.type}) AS "{c.name}"' for c in spec.columns)
    try:
        connection.execute(f"{head} AS SELECT {casts} FROM {body}", params or {})
    except duckdb.ConversionException as error:
        raise ContractError(f"{spec.name}: a value does not fit its column's type: {error}") from error
    finally:
        if not isinstance(content, str):
            connection.unregister("incoming")
    _check(connection, spec, name)


def _check(connection: duckdb.DuckDBPyConnection, spec: TableSpec, name: str) -> None:
    """Raise ContractError naming every broken promise of `spec` in table `name`."""
    faults, tests = [], {}
    for column in spec.columns:
        quoted = f'"{column.name}"'
        if not column.null or column.name in spec.key:
            tests[f"{column.name} is null"] = f"{quoted} IS NULL"
        if column.low is not None:
            tests[f"{column.name} below {column.low}"] = f"{quoted} < {column.low}"
        if column.high is not None:
            tests[f"{column.name} above {column.high}"] = f"{quoted} > {column.high}"
        if column.type == "DOUBLE":
            tests[f"{column.name} is not finite"] = f"NOT isfinite({quoted})"
    # any fault at all first: a count for each of 800 columns takes twenty times as long as their disjunction
    any_fault = " OR ".join(tests.values()) or "false"
    total, faulty = connection.execute(f"SELECT count(*), count(*) FILTER ({any_fault}) FROM {name}").fetchone()
    if faulty:
        counted = ", ".join(f"count(*) FILTER ({test})" for test in tests.values())
        counts = connection.execute(f"SELECT {counted} FROM {name}").fetchone()
        faults += [f"{test} in {n} of {total} rows" for test, n in zip(tests, counts, strict=True) if n]
    key = ", ".join(f'"{column}"' for column in spec.key)
    twice = connection.execute(
        f"SELECT {key}, count(*) FROM {name} GROUP BY ALL HAVING count(*) > 1 ORDER BY ALL LIMIT 3"
    ).fetchall()
    faults += [f"key {row[:-1]} stands {row[-1]} times" for row in twice]
    if total == 0 and not spec.may_be_empty:
        faults.append("it has no rows")
    if faults:
        raise ContractError(f"{spec.name} ({spec.grain}): " + "; ".join(faults))


def _merge_parked(
    connection: duckdb.DuckDBPyConnection, spec: TableSpec, name: str, newest_wins: bool
) -> dict[str, int]:
    """MERGE table `name` into `spec.name` by key; rows changed, of raw tables by provenance_id, else at ""."""
    connection.execute(spec.ddl())
    if connection.execute(f"SELECT 1 FROM {spec.name} LIMIT 1").fetchone() is None:
        inserted = connection.execute(f"INSERT INTO {spec.name} BY NAME SELECT * FROM {name}").fetchone()[0]
        if not newest_wins:
            return {"": inserted}
        return dict(connection.execute(f"SELECT provenance_id, count(*) FROM {name} GROUP BY ALL").fetchall())
    match = " AND ".join(f't."{column}" = s."{column}"' for column in spec.key)
    payload = [column for column in spec.column_names if column not in spec.key]
    compared = [column for column in payload if column not in LOAD_METADATA]
    differs = " OR ".join(f't."{column}" IS DISTINCT FROM s."{column}"' for column in compared) or "false"
    if newest_wins:  # of other values the newest, of the same ones the first: a row that comes again stays as it was
        said = [column for column in compared if column not in ("source", "provenance_id")]
        differs = " OR ".join(f't."{column}" IS DISTINCT FROM s."{column}"' for column in said) or "false"
        loaded = "({0}.ingested_at, {0}.provenance_id)"
        new, old = loaded.format("s"), loaded.format("t")
        differs = f"{new} > {old} AND ({differs}) OR {new} < {old} AND NOT ({differs})"
    update = ", ".join(f'"{column}" = s."{column}"' for column in payload)
    matched = f"WHEN MATCHED AND ({differs}) THEN UPDATE SET {update}" if payload else ""
    merged = (
        f"MERGE INTO {spec.name} AS t USING {name} AS s ON ({match}) {matched} WHEN NOT MATCHED THEN INSERT BY NAME"
    )
    if not newest_wins:
        return {"": connection.execute(merged).fetchone()[0]}
    return dict(Counter(row[0] for row in connection.execute(f"{merged} RETURNING provenance_id").fetchall()))


def _refuse_mixing(connection: duckdb.DuckDBPyConnection, spec: TableSpec, source: str) -> None:
    """Raise ContractError where a simulated row meets a real workspace, or the other way round."""
    kind = connection.execute("SELECT kind FROM ops.workspace").fetchone()[0]
    simulated = source.startswith(SIMULATED_SOURCE)
    if source and simulated != (kind == "simulated"):
        raise ContractError(
            f"{spec.name}: rows of {source!r} do not belong in a {kind} workspace; it is marked for life"
        )
