"""Ingests and publications that are killed: what was acknowledged is there, what was not is whole or not at all.

Processes ingest from the local server, new values each time, and publish what they have; most are killed at a random
moment of it. They are forks of one that has everything imported, so that a kill falls into the work.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from feeds import Feeds, make_feeds, oni_file, vix_file
from replay.responders import Answer, Request
from replay.server import Replay

from oilseer.raw import archive
from oilseer.warehouse.connect import current_snapshot, reader

DAYS = 60
PARENT = """
import os, signal, sys, time
sys.path.insert(0, sys.argv[3])
from datetime import timedelta
from pathlib import Path
from feeds import HURRY, NOW, ONI, SMALL, VIX
from oilseer.raw.ingest import Desk, Request, ingest
from oilseer.raw.network import Network
from oilseer.warehouse.connect import writing
from oilseer.warehouse.workspace import open_workspace
import oilseer.raw.sources.cboe_vix, oilseer.raw.sources.noaa_oni

def run(turn):
    now = NOW + timedelta(minutes=turn)
    home = Path(sys.argv[1])
    with writing(open_workspace(home)) as (connection, publish):
        network = Network(lambda: now, sys.argv[2], HURRY, SMALL)
        ingest(Desk(connection, home, network, lambda: now), Request((VIX, ONI)), lambda *_: None)
        print("ingested", turn, flush=True)
        publish(f"run{turn:04d}")
    print("published", turn, flush=True)

for line in sys.stdin:
    turn, seconds = line.split()
    child = os.fork()
    if child == 0:
        run(int(turn))
        os._exit(0)
    if seconds != "spared":
        time.sleep(float(seconds))
        os.kill(child, signal.SIGKILL)  # if it has ended, it waits to be collected
    print("end", os.waitpid(child, 0)[1], flush=True)
"""


class Changing(Replay):
    """Every answer is new: the n-th file of the VIX stands n thousandths higher."""

    served = 0

    def answer(self, request: Request) -> Answer:
        """A file that no one has seen."""
        self.served += 1
        return Answer(vix_file(DAYS, level=17.0 + self.served / 1000) if "cboe" in request.host else oni_file(DAYS))


WHOLE = """
    SELECT d.sha256, minute(d.fetched_at - TIMESTAMPTZ '2025-07-01 12:00:00+00')
        + 60 * hour(d.fetched_at - TIMESTAMPTZ '2025-07-01 12:00:00+00') AS turn, count(t.provenance_id) AS rows
    FROM ops.downloads AS d LEFT JOIN raw.cboe_vix AS t ON t.provenance_id = d.sha256
    WHERE d.source = 'cboe_vix' GROUP BY ALL
"""


def check(feeds: Feeds, ingested: set[int], published: set[int]) -> None:
    """Each record has its bytes and all of its rows, each row its record, and each acknowledged turn its records."""
    records = feeds.query(WHOLE)
    for sha256, _, count in records:
        assert archive.recall(feeds.workspace.home, sha256, "test").startswith(b"DATE,")
        assert count == DAYS  # whole, for each delivery changes every close
    assert ingested <= {turn for _, turn, _ in records}
    assert feeds.query("SELECT count(*) FROM raw.cboe_vix") == [(DAYS * len(records),)]
    completed = feeds.query("SELECT provenance_id FROM ops.ingestion_completion WHERE table_name = 'raw.cboe_vix'")
    assert {sha256 for (sha256,) in completed} == {sha256 for sha256, *_ in records}
    assert feeds.query("SELECT count(*) FROM raw.noaa_oni") == [(DAYS,)]
    assert feeds.query("SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'raw_staging'") == [(0,)]
    named = int(current_snapshot(feeds.workspace).stem.removeprefix("run"))
    with reader(feeds.workspace) as snapshot:
        seen = snapshot.execute(WHOLE).fetchall()
    assert max(turn for _, turn, _ in seen) == named  # the snapshot is that of the run that it is named after
    assert named >= max(published)
    assert {count for *_, count in seen} == {DAYS}
    assert {sha256 for sha256, *_ in seen} <= {sha256 for sha256, *_ in records}


@pytest.mark.slow
def test_kills_lose_nothing_acknowledged_and_leave_nothing_half(tmp_path):
    kills = int(os.environ.get("OILSEER_KILLS", "30"))  # 200 before a release: four minutes on a quiet machine
    rng = random.Random(20250701)
    said: dict[str, set[int]] = {"ingested": set(), "published": set()}
    killed, turn, usual = 0, 0, 0.3
    with Changing() as replay:
        feeds = make_feeds(tmp_path / "home", replay)
        feeds.replay.answers.clear()
        given = [sys.executable, "-c", PARENT, str(feeds.workspace.home), replay.url, str(Path(__file__).parents[1])]
        with subprocess.Popen(given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
            while killed < kills:
                turn += 1
                spared = turn <= 2 or turn % 10 == 0
                parent.stdin.write(f"{turn} {'spared' if spared else rng.uniform(0, usual)}\n")
                parent.stdin.flush()
                began = time.monotonic()
                while not (line := parent.stdout.readline()).startswith("end"):
                    what, number = line.split()
                    said[what].add(int(number))
                if spared:
                    usual = 0.5 * usual + 0.5 * (time.monotonic() - began)
                killed += line == f"end {signal.SIGKILL.value}\n"
                if turn % 40 == 0:
                    check(feeds, **said)
            parent.stdin.close()
        check(feeds, **said)
    assert killed == kills
    assert turn // 10 <= len(said["published"]) <= len(said["ingested"]) < turn
