"""A raw database in memory, simulated, in all the shapes that real deliveries have; and the poison for its future."""

from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa

from oilseer.market.sessions import cutoff
from oilseer.raw.specs import BY_NAME, SPECS
from oilseer.simulate.market import simulate
from oilseer.warehouse.spec import SCHEMAS
from oilseer.warehouse.write import ensure

NOW = datetime(2025, 7, 1, tzinfo=UTC)


def empty_database() -> duckdb.DuckDBPyConnection:
    """All schemas and raw tables, without a row."""
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'UTC'; SET threads = 2")
    for schema in SCHEMAS:
        connection.execute(f"CREATE SCHEMA {schema}")
    for spec in SPECS:
        ensure(connection, spec)
    return connection


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict]) -> None:
    """Rows into a raw table; stamps that a row leaves out are those of a punctual test source."""
    stamps = {"availability": "lagged", "ingested_at": NOW, "source": "test", "provenance_id": "0" * 64}
    full = [stamps | {"available_at": cutoff(row["observation_date"])} | row for row in rows]
    connection.register("incoming", pa.Table.from_pylist(full))
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")


def raw_database(start: date, end: date, seed: int = 11) -> duckdb.DuckDBPyConnection:
    """A simulated market whose ZM is a user's own contracts, HO the vendor's front with roll ratios, ZS before
    2018 a nearest expiry, and USDBRL of two vendors, one a week late: the paths that real data take."""
    connection = empty_database()
    for spec, rows in simulate(seed, end, NOW, start).deliveries:
        connection.register("incoming", rows)
        connection.execute(f"INSERT INTO {spec.name} BY NAME SELECT * FROM incoming")
        connection.unregister("incoming")
    futures = "raw.databento_futures_ohlcv_1d"
    stamps = "observation_date, available_at, availability, ingested_at, source, provenance_id"
    connection.execute(f"""
        INSERT INTO raw.user_futures_contracts_1d BY NAME
        SELECT symbol, contract_month, close, NULL AS volume, NULL AS open_interest, {stamps}
        FROM {futures} WHERE symbol = 'ZM';
        DELETE FROM {futures} WHERE symbol = 'ZM';
        CREATE TEMP TABLE fronts AS SELECT symbol, observation_date, contract, close
        FROM {futures} WHERE symbol = 'HO'
        QUALIFY row_number() OVER (PARTITION BY observation_date ORDER BY contract_month) = 2;
        INSERT INTO raw.futures_rolls BY NAME
        SELECT n.symbol, f.contract AS from_contract, n.contract AS to_contract, n.close / o.close AS ratio,
            o.observation_date, o.available_at, o.availability, o.ingested_at, o.source, o.provenance_id
        FROM (SELECT *, lag(contract) OVER (ORDER BY observation_date) AS before FROM fronts) AS n
        JOIN fronts AS f ON f.contract = n.before AND f.observation_date = (
            SELECT max(observation_date) FROM fronts WHERE observation_date < n.observation_date)
        JOIN {futures} AS o ON o.symbol = 'HO' AND o.contract = f.contract AND o.observation_date = n.observation_date
        WHERE n.contract <> n.before AND n.close / o.close BETWEEN 0.2 AND 5;
        DELETE FROM {futures} AS d WHERE d.symbol = 'HO' AND NOT EXISTS (
            SELECT 1 FROM fronts AS f WHERE f.observation_date = d.observation_date AND f.contract = d.contract);
        DROP TABLE fronts;
        INSERT INTO raw.yahoo_prices_1d BY NAME
        SELECT symbol, open, high, low, close, volume, {stamps} FROM {futures}
        WHERE symbol = 'ZS' AND observation_date < DATE '2018-01-01'
        QUALIFY row_number() OVER (PARTITION BY observation_date ORDER BY contract_month) = 1;
        DELETE FROM {futures} WHERE symbol = 'ZS' AND observation_date < DATE '2018-01-01';
        INSERT INTO raw.fx_rates_1d BY NAME
        SELECT pair, 'fred' AS vendor, rate * 1.001 AS rate, observation_date,
            available_at + INTERVAL 5 DAY AS available_at, availability, ingested_at, source, provenance_id
        FROM raw.fx_rates_1d WHERE pair = 'USDBRL';
    """)
    return connection


def copy_of(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """The same raw rows in a fresh database."""
    copied = empty_database()
    for spec in SPECS:
        rows = connection.execute(f"SELECT * FROM {spec.name}").to_arrow_table()
        copied.register("incoming", rows)
        copied.execute(f"INSERT INTO {spec.name} BY NAME SELECT * FROM incoming")
        copied.unregister("incoming")
    return copied


def poison_after(connection: duckdb.DuckDBPyConnection, cutoff: datetime) -> None:
    """Make everything public after `cutoff` absurd in place: numbers, missing rows, revisions, new old dates.

    One row in nine vanishes; each number becomes one of 1e9, −1e9, 0, null, or a hundred times itself; every
    row of the past gets a false revision one hour after the cutoff, or a row for the day before.
    """
    for name, spec in BY_NAME.items():
        numbers = [c.name for c in spec.columns if c.type in ("DOUBLE", "BIGINT", "INTEGER") and c.name not in spec.key]
        kind = "CAST(hash(observation_date, '{0}') % 5 AS INTEGER)"
        absurd = {
            column: f"CASE {kind.format(column)} WHEN 0 THEN 1e9 WHEN 1 THEN -1e9 WHEN 2 THEN 0 "
            f"WHEN 3 THEN 100 * {column} END"
            for column in numbers
        }
        changed = ", ".join(f"{sql} AS {column}" for column, sql in absurd.items())
        worse = f"* REPLACE ({changed})" if changed else "*"
        instant = f"TIMESTAMPTZ '{cutoff.isoformat()}'"
        later = f"{instant} + INTERVAL 1 HOUR AS available_at"
        replaced = changed + (", " if changed else "")
        connection.execute(f"CREATE TEMP TABLE before AS SELECT * FROM {name}; DROP TABLE {name}")
        connection.execute(f"""
            CREATE TABLE {name} AS FROM (
            SELECT * FROM before WHERE available_at <= {instant}
            UNION ALL BY NAME
            SELECT {worse} FROM before WHERE available_at > {instant} AND hash(observation_date) % 9 <> 0
            UNION ALL BY NAME
            SELECT * REPLACE ({replaced}{later}) FROM before
            WHERE available_at <= {instant} AND available_at > {instant} - INTERVAL 400 DAY
                AND hash(observation_date) % 2 = 0
            UNION ALL BY NAME
            SELECT * REPLACE ({replaced}{later}, CAST(observation_date - INTERVAL 1 DAY AS DATE) AS observation_date)
            FROM before
            WHERE available_at <= {instant} AND available_at > {instant} - INTERVAL 60 DAY
                AND dayofweek(observation_date) = 1
            ) QUALIFY row_number() OVER (PARTITION BY {", ".join(spec.key)} ORDER BY provenance_id, ingested_at) = 1
        """)
        connection.execute("DROP TABLE before")


def truncate_after(connection: duckdb.DuckDBPyConnection, cutoff: datetime) -> None:
    """Delete everything public after `cutoff`: the database as it stood then."""
    for spec in SPECS:
        connection.execute(f"DELETE FROM {spec.name} WHERE available_at > TIMESTAMPTZ '{cutoff.isoformat()}'")


def shuffle(connection: duckdb.DuckDBPyConnection, seed: int) -> None:
    """Store the same rows in another order."""
    for name in BY_NAME:
        connection.execute(f"CREATE TEMP TABLE before AS SELECT * FROM {name}; DELETE FROM {name}")
        connection.execute(f"INSERT INTO {name} SELECT * FROM before ORDER BY hash(before, {seed})")
        connection.execute("DROP TABLE before")
