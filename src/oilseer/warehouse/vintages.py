"""Keeps what was known before: a later delivery with other values becomes a vintage of its own.

Works on the parked rows of one delivery and the raw table they are about to be merged into.
"""

import duckdb

from oilseer.warehouse.spec import TableSpec

STAMPS = ("availability", "ingested_at", "source", "provenance_id")
# A row whose publication follows from a lag, or one made here: recorded instants never equal our own load's.
_KEPT = "({0}.availability = 'lagged' OR {0}.availability = 'vintage' AND {0}.available_at = {0}.ingested_at)"
_IMPORT = "epoch_us({0}.ingested_at) // 1000000"  # deliveries of one second are one import


def keep_vintages(connection: duckdb.DuckDBPyConnection, spec: TableSpec, parking: str) -> None:
    """Turn parked lagged rows that meet another import's row of the same observation into what is to be merged.

    Of the imports of one observation (the key apart from `available_at`) the earliest keeps its lagged
    `available_at`; a later one with other values is public from its own `ingested_at` (never before the lag) and
    becomes a 'vintage'; a later one with the values of the one before it is dropped. Stored rows that an earlier
    import displaces are moved from the table to `parking`. An observation that stands several times in the delivery
    is left to the merge. Runs inside the caller's transaction.
    """
    identity = [column for column in spec.key if column != "available_at"]
    payload = [column for column in spec.column_names if column not in (*spec.key, *STAMPS)]
    if len(identity) == len(spec.key) or not payload or not _several_imports(connection, spec, parking):
        return
    names = {
        "target": spec.name,
        "parking": parking,
        "identity": ", ".join(f'"{column}"' for column in identity),
        "key": ", ".join(f'"{column}"' for column in spec.key),
        "same": " AND ".join(f't."{column}" = s."{column}"' for column in identity),
        "same_key": " AND ".join(f't."{column}" = s."{column}"' for column in spec.key),
        "differs": " OR ".join(f't."{column}" IS DISTINCT FROM s."{column}"' for column in payload),
        "payload": "row(" + ", ".join(f'"{column}"' for column in payload) + ")",
        "t_kept": _KEPT.format("t"),
        "t_import": _IMPORT.format("t"),
        "s_import": _IMPORT.format("s"),
        "x_import": _IMPORT.format("x"),
    }
    connection.execute(_MET.format(**names))
    # what comes again as it was makes no vintage: on most days that is all there is
    is_revised = connection.execute("SELECT 1 FROM met WHERE is_revised LIMIT 1").fetchone()
    for statement in (_CHAIN, _FORGET_MET, *_VINTAGES) if is_revised else (_FORGET_MET,):
        connection.execute(statement.format(**names))
    connection.execute("DROP TABLE met")


def _several_imports(connection: duckdb.DuckDBPyConnection, spec: TableSpec, parking: str) -> bool:
    """Whether table and lagged delivery come from more than one import; false for a table without rows."""
    number = _IMPORT.format("t")
    ends = f"SELECT min({number}), max({number})"
    stored = connection.execute(f"{ends} FROM {spec.name} AS t").fetchone()
    parked = connection.execute(f"{ends} FROM {parking} AS t WHERE availability = 'lagged'").fetchone()
    return None not in (*stored, *parked) and len({*stored, *parked}) > 1


# met: parked observations that another import has delivered, and whether that changes anything
_MET = """
    CREATE OR REPLACE TEMP TABLE met AS
    SELECT
        {identity},
        bool_or(
            {t_import} > {s_import} OR {t_import} < {s_import} AND ({differs})
            OR {t_import} = {s_import} AND t.availability = 'vintage'
        ) AS is_revised
    FROM {parking} AS s
    INNER JOIN {target} AS t USING ({identity})
    ANTI JOIN (
        SELECT {identity} FROM {parking} WHERE availability = 'lagged' GROUP BY ALL HAVING count(*) > 1
    ) AS repeated USING ({identity})
    WHERE s.availability = 'lagged' AND {t_kept}
    GROUP BY ALL
    HAVING bool_or({t_import} <> {s_import})
    """
# chain: every delivery of the observations that change, stored and parked
_CHAIN = """
    CREATE OR REPLACE TEMP TABLE chain AS
    SELECT t.*, true AS is_stored
    FROM {target} AS t
    SEMI JOIN (SELECT * FROM met WHERE is_revised) AS s ON {same}
    WHERE {t_kept}
    UNION ALL BY NAME
    SELECT t.*, false AS is_stored
    FROM {parking} AS t
    SEMI JOIN (SELECT * FROM met WHERE is_revised) AS s ON {same}
    WHERE t.availability = 'lagged'
    """
_FORGET_MET = "DELETE FROM {parking} AS t USING met AS s WHERE {same} AND t.availability = 'lagged'"
_VINTAGES = (
    # vintages: one row per observation and instant from which its values are public
    """
    CREATE OR REPLACE TEMP TABLE vintages AS
    WITH numbered AS (
        SELECT x.*, {x_import} AS import_number, min({x_import}) OVER (PARTITION BY {identity}) AS first_number
        FROM chain AS x
    ),

    one_an_import AS (
        SELECT
            *,
            CASE
                WHEN import_number > first_number AND availability = 'lagged' THEN greatest(available_at, ingested_at)
                ELSE available_at
            END AS public_at
        FROM numbered
        QUALIFY row_number() OVER (
            PARTITION BY {identity}, import_number, CASE WHEN import_number = first_number THEN available_at END
            ORDER BY ingested_at DESC, provenance_id DESC, source DESC
        ) = 1
    ),

    changed AS (
        SELECT *
        FROM one_an_import
        WINDOW by_import AS (PARTITION BY {identity} ORDER BY import_number, ingested_at, provenance_id)
        QUALIFY import_number = first_number OR lag({payload}) OVER by_import IS DISTINCT FROM {payload}
    )

    SELECT * EXCLUDE (import_number, first_number)
    FROM changed
    QUALIFY row_number() OVER (PARTITION BY {identity}, public_at ORDER BY ingested_at DESC, provenance_id DESC) = 1
    """,
    """
    DELETE FROM {target} AS t
    USING (
        SELECT {key} FROM chain WHERE is_stored
        EXCEPT
        SELECT {key} FROM vintages WHERE is_stored AND public_at = available_at
    ) AS s
    WHERE {same_key}
    """,
    """
    INSERT INTO {parking} BY NAME
    SELECT * EXCLUDE (is_stored, public_at) REPLACE (
        public_at AS available_at,
        CASE WHEN public_at > available_at THEN 'vintage' ELSE availability END AS availability
    )
    FROM vintages
    WHERE NOT is_stored OR public_at > available_at
    """,
    "DROP TABLE chain",
    "DROP TABLE vintages",
)
