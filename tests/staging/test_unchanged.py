"""A table of staging is made again where what it was made from has changed, and is left alone where it has not."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from every_source import DAYS, END, every_source, rows_of
from raw_market import NOW, copy_of, insert, shuffle

import oilseer
from oilseer.market.sessions import cutoff
from oilseer.raw import triage
from oilseer.raw.quarantine import HELD_SCHEMA, add_held, stamp_by_content
from oilseer.raw.specs import BY_NAME
from oilseer.staging import build, state
from oilseer.staging.build import STEPS, build_all
from oilseer.staging.sentiment import Scorer
from oilseer.warehouse.write import load

TABLES = [spec.name for spec, _ in STEPS]


@pytest.fixture(scope="module")
def market() -> duckdb.DuckDBPyConnection:
    return every_source()


@pytest.fixture
def built(market) -> duckdb.DuckDBPyConnection:
    connection = copy_of(market)
    connection.execute("CREATE TABLE ops.workspace AS SELECT 'real' AS kind")
    build_all(connection)
    return connection


def all_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    return {name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in TABLES}


def downstream(changed: set[str]) -> set[str]:
    """Tables of staging that are made from these, or from what is made from these."""
    for spec, _ in STEPS:
        if changed & set(state.inputs(spec)):
            changed = changed | {spec.name}
    return changed & set(TABLES)


# each changes the database and says what it touched


def ingest(connection) -> set[str]:
    rows = rows_of(END + timedelta(days=4), 2)
    for name in ("raw.noaa_oni", "raw.usda_wasde", "raw.bucket_news"):
        stamps = {"availability": "vintage", "ingested_at": NOW, "source": "test", "provenance_id": "1" * 64}
        load(
            connection, BY_NAME[name], pa.Table.from_pylist([row | stamps for row in full(name, rows[name])]), NOW, NOW
        )
    return {"raw.noaa_oni", "raw.usda_wasde", "raw.bucket_news"}


def full(name: str, rows: list[dict]) -> list[dict]:
    return [dict.fromkeys(BY_NAME[name].column_names) | row for row in rows]


def release(connection) -> set[str]:
    """A row is held, which changes nothing, and then released."""
    row = {"symbol": "ZS", "open": None, "high": None, "low": None, "close": 1049.5, "volume": 7,
           "observation_date": "2017-12-28", "available_at": cutoff(DAYS[0]).isoformat(),
           "availability": "vintage"}  # fmt: skip
    values = {"__row": 1, "column_name": "close", "found": "1049.5", "expected": "less", "reason": "a test",
              "row_json": json.dumps(row)}  # fmt: skip
    held = pl.DataFrame([values], schema=HELD_SCHEMA)
    add_held(connection, stamp_by_content(held, "raw.yahoo_prices_1d", "yahoo", "a.json", "2" * 64, NOW))
    assert build_all(connection) == {}
    ((identity,),) = connection.execute("SELECT quarantine_id FROM staging.quarantine").fetchall()
    assert triage.release(connection, identity, "right", NOW)["changed"]
    return {"raw.yahoo_prices_1d"}


def revise(connection) -> set[str]:
    connection.execute("UPDATE raw.fred_economic SET value = value + 1 WHERE observation_date = '2018-02-01'")
    return {"raw.fred_economic"}


def exchange(connection) -> set[str]:
    """Two rows swap the files they came from: each column holds the same values as before, by itself."""
    connection.execute("UPDATE raw.cboe_vix SET provenance_id = 'x' || observation_date")
    build_all(connection)
    connection.execute("""
        UPDATE raw.cboe_vix
        SET provenance_id = CASE observation_date WHEN '2018-01-24' THEN 'x2018-02-06' ELSE 'x2018-01-24' END
        WHERE observation_date IN ('2018-01-24', '2018-02-06')
    """)
    return {"raw.cboe_vix"}


def forget(connection) -> set[str]:
    connection.execute("DELETE FROM raw.databento_futures_ohlcv_1d WHERE observation_date = '2018-02-13'")
    return {"raw.databento_futures_ohlcv_1d"}


def reorder(connection) -> set[str]:
    shuffle(connection, 3)
    return set()


def tamper(connection) -> set[str]:
    """Somebody empties a table of staging by hand."""
    connection.execute("DELETE FROM staging.crush_monthly")
    return {"staging.crush_monthly"}


CHANGES: tuple[Callable, ...] = (ingest, release, revise, exchange, forget, reorder, tamper)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_after_any_sequence_of_changes_all_rows_are_those_of_a_build_from_nothing(built, seed):
    for change in random.Random(seed).sample(CHANGES, len(CHANGES)):
        touched = downstream(change(built))
        made = build_all(built)
        assert made.keys() <= touched, change.__name__
        anew = copy_of(built)
        assert build_all(anew).keys() == set(TABLES)
        expected = all_rows(anew)
        assert [name for name, rows in all_rows(built).items() if rows != expected[name]] == [], change.__name__
        assert build_all(built) == {}


def test_every_table_of_staging_has_rows_to_compare(built):
    assert [name for name, rows in all_rows(built).items() if not rows] == []


def test_a_new_row_touches_only_what_is_made_from_its_table(built):
    insert(built, "raw.noaa_oni", [{"season": "MAM", "anomaly_c": 0.4, "observation_date": END + timedelta(days=30)}])
    assert list(build_all(built)) == ["staging.oni", "staging.released_series"]
    built.execute("UPDATE staging.build_state SET made_from = 'other code' WHERE table_name = 'staging.oni'")
    # the same rows come of it again, so what is made of them stays
    assert list(build_all(built)) == ["staging.oni"]


def test_another_scorer_reads_the_news_again(built, monkeypatch):
    monkeypatch.setattr(build, "choose_scorer", lambda folder: Scorer("flat", lambda texts: [0.25] * len(texts)))
    assert "staging.news_bucketed" in build_all(built)
    assert built.execute("SELECT DISTINCT sentiment_ratio FROM staging.news_bucketed").fetchall() == [(0.25,)]


def test_a_table_is_made_from_what_its_spec_names_and_from_nothing_else(built):
    before = all_rows(built)
    for spec, make in STEPS:
        built.execute("BEGIN TRANSACTION")
        for name in {*BY_NAME, *TABLES} - set(state.inputs(spec)):
            built.execute(f"DROP TABLE {name}")
        make(built)
        rows = built.execute(f"SELECT * FROM {spec.name} ORDER BY ALL").fetchall()
        built.execute("ROLLBACK")
        assert rows == before[spec.name], spec.name


def test_what_a_table_is_made_from_stands_before_it():
    for place, (spec, _) in enumerate(STEPS):
        later = {name for name in state.inputs(spec) if name.startswith("staging.")} - set(TABLES[:place])
        assert later == set(), spec.name


def in_a_process(home: Path, code: str, package: Path = Path(oilseer.__file__).parent) -> subprocess.CompletedProcess:
    """Run code over the database in `home`, as a process of its own with this copy of the package."""
    head = f"""
import duckdb, os, sys
from oilseer.staging import build, state
connection = duckdb.connect({str(home / "oilseer.duckdb")!r})
connection.execute("SET TimeZone = 'UTC'")
def content(name):
    return state.content(connection, name)
"""
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    return subprocess.run([sys.executable, "-c", head + code], env=environment, capture_output=True, text=True)


@pytest.fixture
def stored(built, tmp_path) -> Path:
    """The built database in a file."""
    built.execute(f"ATTACH '{tmp_path / 'oilseer.duckdb'}' AS stored; COPY FROM DATABASE memory TO stored")
    built.execute("DETACH stored")
    return tmp_path


def test_a_process_killed_between_a_table_and_its_record_leaves_the_table_before(stored):
    killed = in_a_process(stored, """
connection.execute("CREATE TABLE ops.kept AS FROM raw.noaa_oni; UPDATE raw.noaa_oni SET anomaly_c = 1")
state.remember = lambda *row: os._exit(9)
build.build_all(connection)
""")  # fmt: skip
    assert killed.returncode == 9, killed.stderr
    # the rows go back to what they were, so that what stands has to be what was made of them
    after = in_a_process(stored, """
connection.execute("DELETE FROM raw.noaa_oni; INSERT INTO raw.noaa_oni FROM ops.kept")
print(build.build_all(connection), connection.execute("SELECT max(anomaly_c) < 0 FROM staging.oni").fetchone())
""")  # fmt: skip
    assert after.stdout == "{} (True,)\n", after.stderr


def test_a_corrected_reference_row_makes_its_tables_anew(stored, tmp_path):
    package = tmp_path / "corrected" / "oilseer"
    shutil.copytree(Path(oilseer.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    symbols = package / "reference" / "symbols.csv"
    lines = symbols.read_text().splitlines()
    symbols.write_text("\n".join(line for line in lines if not line.startswith("ZS,")) + "\n")
    corrected = in_a_process(stored, """
before = content("staging.market_daily")
made = build.build_all(connection)
then = {name: content(name) for name in made}
connection.execute("DROP TABLE staging.build_state")
print(len(made), before == then["staging.market_daily"], then == {n: content(n) for n in build.build_all(connection)})
print(connection.execute("SELECT count(*) FROM staging.market_daily WHERE symbol = 'ZS'").fetchone()[0])
""", package)  # fmt: skip
    assert corrected.stdout == f"{len(TABLES)} False True\n0\n", corrected.stderr
