"""Seconds of an incremental ingest of all sources from the replay server to staging, and of the parse of each payload.

The peer of the ingest is a bare httpx client that asks for those of the addresses that need no key, and keeps nothing;
that of a parse reads the same bytes with the library of the format, and types, checks and names nothing. The history of
the workspace and the staging over it are made on the day before and are not the measure.
Run: python benchmarks/bench_ingest.py [FOLDER]
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import httpx
import polars as pl

from oilseer.raw.archive import recall
from oilseer.raw.ingest import Desk, Request, ingest
from oilseer.raw.network import Network
from oilseer.raw.source import Download
from oilseer.raw.specs import SPECS
from oilseer.reference.sources import sources
from oilseer.staging.build import build_all
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace, open_workspace
from oilseer.warehouse.write import ensure

ROOT = Path(__file__).parents[1]
GOAL_SECONDS, GOAL_PARSE_SECONDS = 20, 1
FRIDAY, MONDAY = "2025-06-27", "2025-06-30"
KEYS = {facts.key: "0123456789abcdef0123456789abcdef" for facts in sources().values() if facts.key}
RECORDED = (
    ("cboe_vix", "history", "cboe/VIX_History_raw_trimmed.csv"),
    ("cftc_cot", "disaggregated-2023", "cftc/fut_disagg_txt_2023_selected.txt"),
    ("databento", "ohlcv-1h_zl_2024-12-30_2024-12-31", "databento/glbx-mdp3-20241230-20241231.ohlcv-1h.dbn.zst"),
    ("epa_rin", "export", "epa/RIN_prices_export_2023_trimmed.csv"),
    ("fred", "graph_dgs10", "fred/fredgraph_DGS10_old_header_trimmed.csv"),
    ("mpob", "exports-2023", "mpob/mpob_monthly_export_oil_palm_products_2023.xlsx"),
    ("noaa_oni", "oni", "noaa/oni.ascii.txt"),
    ("worldbank", "prices", "worldbank/CMO_Monthly_Prices_trimmed.xlsx"),
)  # with rows; the recorded answers of the others hold a row or two


def main(folder: Path) -> int:
    """Print both tables; exit status 1 where a goal is missed."""
    if not (folder / "market").is_dir():
        print(f"no real market files in {folder}; name the folder or set OILSEER_REAL_DATA")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch) / "home"
        with server(folder, FRIDAY, home) as (url, now):
            first, _, _ = timed(create_workspace(home, "real", now), url, now)
        whole, _, _ = staged(open_workspace(home))
        print(f"history of {len(sources())} sources: {first:.1f} s; all of staging from it: {whole:.1f} s")
        shutil.copytree(home, Path(scratch) / "warm")
        with server(folder, MONDAY, home) as (url, now):
            shutil.copytree(home / "drop", Path(scratch) / "warm" / "drop", dirs_exist_ok=True)
            timed(open_workspace(Path(scratch) / "warm"), url, now)  # so that the server has made its answers
            took, used, states = timed(open_workspace(home), url, now)
            bare = asked_plainly(home, url, now)
        downloads, rows = (sum(state[name] for state in states) for name in ("downloads", "changed"))
        staging, staging_used, tables = staged(open_workspace(home))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        bad = [state["source"] for state in states if state["status"] not in ("ok", "unchanged")]
        print(f"incremental ingest {took:6.2f} s  {downloads:,} downloads, {rows:,} new rows, {used:.1f} s of CPU")
        print(f"failed             {', '.join(bad) or 'none'}")
        print(f"staging            {staging:6.2f} s  {tables} tables made anew, {staging_used:.1f} s of CPU")
        cpu = f"{used + staging_used:.1f} s of CPU"
        print(f"together           {took + staging:6.2f} s  goal: {GOAL_SECONDS} s; {cpu}, peak memory {peak:,.0f} MiB")
        print(f"bare client (peer) {bare:6.2f} s  those that need no key, nothing kept or read")
        slowest = parses(folder, open_workspace(home))
    return int(took + staging > GOAL_SECONDS or slowest > GOAL_PARSE_SECONDS or bool(bad))


@contextmanager
def server(folder: Path, day: str, home: Path) -> Iterator[tuple[str, datetime]]:
    """The replay server in a process of its own: its address and present."""
    command = [sys.executable, "tests/replay", str(folder), "--day", day, "--drop", str(home / "drop"), "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        told = dict(re.findall(r"(OILSEER_\w+)=(\S+)", process.stdout.readline()))
        yield told["OILSEER_SOURCES_URL"], datetime.fromisoformat(told["OILSEER_SOURCES_NOW"])
    finally:
        process.terminate()
        process.communicate()


def timed(workspace: Workspace, url: str, now: datetime) -> tuple[float, float, list[dict]]:
    """Seconds of one ingest of all sources, those of CPU that this process used, and how each source stands."""
    network = Network(lambda: now, url)
    start, used = time.perf_counter(), time.process_time()
    with writer(workspace) as connection:
        states = ingest(Desk(connection, workspace.home, network, lambda: now, KEYS), Request(), lambda *_: None)
    took, used = time.perf_counter() - start, time.process_time() - used
    network.close()
    return took, used, states


def asked_plainly(home: Path, url: str, now: datetime) -> float:
    """Seconds of one GET after the other of what the ingest asked for without a key."""
    with writer(open_workspace(home)) as connection:
        query = "SELECT url FROM ops.downloads WHERE fetched_at = ? AND list_contains(?, source)"
        keyless = [name for name, facts in sources().items() if facts.key_need == "none"]
        addresses = [row[0] for row in connection.execute(query, [now, keyless]).fetchall()]
    start = time.perf_counter()
    with httpx.Client(trust_env=False, verify=False) as client:
        for address in addresses:
            client.get(url + "/" + address.removeprefix("https://")).read()
    return time.perf_counter() - start


def staged(workspace: Workspace) -> tuple[float, float, int]:
    """Seconds of staging, those of CPU, and how many tables it made."""
    with writer(workspace) as connection:
        for spec in SPECS:
            ensure(connection, spec)
        start, used = time.perf_counter(), time.process_time()
        made = build_all(connection, None)
        return time.perf_counter() - start, time.process_time() - used, len(made)


def parses(folder: Path, workspace: Workspace) -> float:
    """Print a line a payload: what was recorded, and the largest that each source brought; the slowest, seconds."""
    now = datetime(2026, 9, 1, tzinfo=UTC)
    payloads = [
        ("recorded", Download(source, part, Path(file).name, (folder / "vendor" / file).read_bytes(), now))
        for source, part, file in RECORDED
    ]
    with writer(workspace) as connection:
        for name in sources():
            part, address, sha256, fetched_at = connection.execute(
                "SELECT part, url, sha256, fetched_at FROM ops.downloads WHERE source = ? AND status = 'used' "
                "ORDER BY bytes DESC LIMIT 1", [name]
            ).fetchone()  # fmt: skip
            body = recall(workspace.home, sha256, name)
            payloads.append(("replayed", Download(name, part, address, body, fetched_at)))
    print(f"\n{'payload':<9} {'source':<18} {'bytes':>10} {'rows':>7} {'seconds':>8} {'peer':>7}  peer")
    worst = 0.0
    for kind, download in payloads:
        parse = import_module(f"oilseer.raw.sources.{download.source}").parse
        seconds, tables = best(lambda parse=parse, download=download: parse(download))
        name, read = peer(download.body)
        plain, _ = best(lambda read=read, download=download: read(download.body))
        rows = sum(made.frame.height for made in tables)
        size = f"{len(download.body):>10,} {rows:>7,}"
        print(f"{kind:<9} {download.source:<18} {size} {seconds:>8.3f} {plain:>7.3f}  {name}")
        worst = max(worst, seconds)
    print(f"slowest parse {worst:.2f} s, goal: {GOAL_PARSE_SECONDS} s")
    return worst


def best(call: Callable) -> tuple[float, object]:
    """Seconds of the faster of two calls, and what it gave."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        given = call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), given


def peer(body: bytes) -> tuple[str, Callable[[bytes], object]]:
    """A library that reads these bytes, by what they begin with."""
    head = body.lstrip(b"\xef\xbb\xbf \r\n")[:4]
    if head[:1] in (b"{", b"["):
        return "json.loads", json.loads
    if head[:1] == b"<":
        return "ElementTree", ElementTree.fromstring if b"<html" not in body[:99] else len
    if head[:2] == b"PK":
        return "zipfile", lambda packed: [zipfile.ZipFile(BytesIO(packed)).read(n) for n in zipfile.ZipFile(
            BytesIO(packed)).namelist()]  # fmt: skip
    if head[:3] == b"DBN" or head == b"\x28\xb5\x2f\xfd":
        import databento

        return "databento to_df", lambda raw: databento.DBNStore.from_bytes(raw).to_df()
    return "polars read_csv", lambda text: pl.read_csv(text, infer_schema=False, truncate_ragged_lines=True)


if __name__ == "__main__":
    default = os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data")
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else default)))
