"""Imports that run beside each other or are killed: the warehouse is the old one or the new one, file by file."""

import random
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import polars as pl
import pytest
from desk import NOW, YAHOO, Desk, make_desk

from oilseer.errors import LockedError
from oilseer.raw.importer import import_folder
from oilseer.raw.specs import YAHOO as YAHOO_SPEC
from oilseer.warehouse.connect import writer
from oilseer.warehouse.write import table_hash

ROWS = 20_000
FILES = 4
IMPORT = """
import sys
from datetime import datetime
from pathlib import Path
from oilseer.errors import LockedError
from oilseer.raw.importer import import_folder
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import open_workspace
print("ready", flush=True)
sys.stdin.readline()
while True:
    try:
        with writer(open_workspace(Path(sys.argv[1]))) as connection:
            import_folder(connection, Path(sys.argv[2]), Path(sys.argv[3]), datetime.fromisoformat(sys.argv[4]))
        break
    except LockedError:
        pass
print("done", flush=True)
"""


def fill(desk: Desk) -> list[dict]:
    """Files of ROWS rows, each with one bad row, and their entries."""
    entries = []
    for n in range(FILES):
        frame = pl.DataFrame({
            "date": pl.date_range(pl.date(1960, 1, 1), pl.date(2020, 1, 1), eager=True).head(ROWS),
            "symbol": f"S{n}", "volume": 1,
        }).with_columns(close=pl.int_range(pl.len()).cast(pl.Float64) + n)  # fmt: skip
        desk.put(f"{n}.parquet", frame)  # the first close of file 0 is zero: held
        entries.append({**YAHOO, "file": f"{n}.parquet", "source": f"vendor {n}"})
    return entries


def start(desk: Desk, now=NOW) -> subprocess.Popen:
    """A process that is ready to import the folder at a line on its standard input."""
    arguments = [str(desk.workspace.home), str(desk.folder), str(desk.folder.parent / "mapping.yaml"), now.isoformat()]
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


def state(desk: Desk) -> tuple[str, list[tuple]]:
    """Hash of the table, and rows by source beside what the records promise."""
    with writer(desk.workspace) as connection:
        found = connection.execute(
            f"SELECT source, count(*) FROM {YAHOO_SPEC.name} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        promised = connection.execute("SELECT source, loaded_count FROM ops.imports ORDER BY ALL").fetchall()
        held = connection.execute("SELECT count(*) FROM staging.quarantine").fetchone()[0]
        promised_held = connection.execute("SELECT coalesce(sum(quarantined_count), 0) FROM ops.imports").fetchone()[0]
        assert (found, held) == (promised, promised_held)
        return table_hash(connection, YAHOO_SPEC), found


@pytest.fixture(scope="module")
def clean(tmp_path_factory) -> str:
    """Hash after one undisturbed import."""
    desk = make_desk(tmp_path_factory.mktemp("clean"))
    desk.load(*fill(desk))
    return state(desk)[0]


def test_an_import_killed_at_any_moment_leaves_whole_files(desk, clean):
    entries = fill(desk)
    desk.mapping(*entries)
    desk.load(entries[0])  # so that the table is there
    desk.mapping(*entries)
    clock = random.Random(7)
    for _ in range(4):
        with start(desk) as process:
            process.stdin.write("\n")
            process.stdin.flush()
            time.sleep(clock.uniform(0.05, 0.6))
            process.send_signal(signal.SIGKILL)
        assert all(count == ROWS - (source == "vendor 0") for source, count in state(desk)[1])
    desk.load(*entries, now=NOW)
    assert state(desk)[0] == clean


def test_two_processes_at_once_make_the_same_table(desk, clean):
    desk.mapping(*fill(desk))
    both = [start(desk), start(desk, NOW + timedelta(seconds=1))]
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in both] == ["done\n", "done\n"]
    assert state(desk)[0] == clean


def test_two_threads_at_once_make_the_same_table(desk, clean):
    entries = fill(desk)
    path = desk.mapping(*entries)
    turned_away = []

    def work() -> None:
        while True:
            try:
                with writer(desk.workspace) as connection:
                    import_folder(connection, desk.folder, path, NOW)
                return
            except LockedError as error:
                turned_away.append(str(error))
                time.sleep(0.02)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert state(desk)[0] == clean
    assert all("another oilseer process is writing" in message for message in turned_away)
