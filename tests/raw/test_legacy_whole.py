"""The legacy import is whole or not at all: stopped or killed at any table, it goes on as if nothing had been."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import polars as pl
import pytest
from desk import make_desk
from test_legacy_import import NOW, migrate, prices, walk

from oilseer.raw.legacy.migrate import import_legacy
from oilseer.raw.legacy.reconcile import MIGRATION
from oilseer.raw.quarantine import QUARANTINE
from oilseer.raw.specs import YAHOO
from oilseer.warehouse.connect import writer
from oilseer.warehouse.write import table_hash

SYMBOLS = ("ZL", "ZS", "ZM", "ZC", "ZW", "CL")
TABLES = (YAHOO, QUARANTINE, MIGRATION)


def two_desks(root: Path) -> tuple:
    """Two desks with the same files; into the first they are imported without a stop."""
    made = []
    for name in "ab":
        (root / name).mkdir()
        made.append(make_desk(root / name))
        fill(made[-1])
    migrate(made[0])
    return tuple(made)


def fill(desk) -> None:
    """Six tables, each with sound rows, a copy and a row that is held."""
    for place, symbol in enumerate(SYMBOLS):
        rows = prices(symbol, [float("inf"), *walk(200, place + 1)])
        desk.put(f"{symbol}.parquet", pl.concat([rows, rows]))


def state(desk) -> list[str]:
    with writer(desk.workspace) as connection:
        return [table_hash(connection, spec) for spec in TABLES]


def whole_tables(desk) -> list[tuple]:
    return desk.rows(
        "SELECT source, count(*), (SELECT count(*) FROM staging.quarantine q WHERE q.source = t.source), "
        "(SELECT count(*) FROM ops.migration_validation m WHERE check_name = 'rows' AND "
        "'legacy:' || replace(m.file, '.parquet', '') = t.source) FROM raw.yahoo_prices_1d t "
        "GROUP BY source ORDER BY source"
    )


class Stop(Exception):
    pass


@pytest.mark.parametrize("stop_after", [1, 3, 6])
def test_an_import_that_stops_has_whole_tables_and_the_next_one_ends_as_if_it_had_not(tmp_path, stop_after):
    straight, broken = two_desks(tmp_path)

    def say(step: str, done: int, total: int) -> None:
        if (step, done) == ("load", stop_after):
            raise Stop

    with writer(broken.workspace) as connection, pytest.raises(Stop):
        import_legacy(connection, broken.folder, NOW, say)
    done = sorted(SYMBOLS)[:stop_after]
    assert whole_tables(broken) == [(f"legacy:{symbol}", 200, 1, 1) for symbol in done]
    migrate(broken)
    assert state(broken) == state(straight)


def test_a_table_whose_record_cannot_be_written_leaves_no_row(tmp_path, monkeypatch):
    from oilseer.raw.legacy import migrate as module

    desk = make_desk(tmp_path)
    fill(desk)
    record, calls = module.record, []

    def fail_third(*given):
        calls.append(given)
        if len(calls) == 3:
            raise duckdb.Error("disk full")
        return record(*given)

    monkeypatch.setattr(module, "record", fail_third)
    with pytest.raises(duckdb.Error):
        migrate(desk)
    assert [row[0] for row in whole_tables(desk)] == [f"legacy:{symbol}" for symbol in sorted(SYMBOLS)[:2]]


@pytest.mark.slow
def test_a_killed_import_leaves_whole_tables(tmp_path):
    straight, killed = two_desks(tmp_path)
    script = tmp_path / "run.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom test_legacy_import import NOW\n"
        "from oilseer.raw.legacy.migrate import import_legacy\n"
        "from oilseer.warehouse.connect import writer\nfrom oilseer.warehouse.workspace import open_workspace\n"
        "def say(step, done, total):\n    step == 'load' and print(done, flush=True)\n"
        "with writer(open_workspace(Path(sys.argv[1]))) as connection:\n"
        "    import_legacy(connection, Path(sys.argv[2]), NOW, say)\n"
    )
    paths = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parents[1]), *sys.path])
    for wait, late in ((1, 0.002), (3, 0.011)):
        home, folder = str(killed.workspace.home), str(killed.folder)
        process = subprocess.Popen(
            [sys.executable, str(script), home, folder], stdout=subprocess.PIPE, text=True,
            env=os.environ | {"PYTHONPATH": paths},
        )  # fmt: skip
        for line in process.stdout:
            if int(line) == wait:
                time.sleep(late)
                process.send_signal(signal.SIGKILL)
                break
        process.wait()
        process.stdout.close()
        assert process.returncode == -signal.SIGKILL
        found = whole_tables(killed)
        assert len(found) >= wait
        assert {row[1:] for row in found} == {(200, 1, 1)}
    migrate(killed)
    assert state(killed) == state(straight)
