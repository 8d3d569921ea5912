"""The dashboard's server with 50 readers at once: 95th percentile of its answers, full speed and at a reader's pace.

Reads the workspace of OILSEER_HOME, else demo/workspace. Server and readers share the machine.
"""

import asyncio
import os
import re
import subprocess
import sys
import time
from itertools import cycle, islice
from pathlib import Path

import numpy as np

READERS = 50
SECONDS = 8.0
GOAL_MS = 100.0
API = (
    "brief", "forecasts", "forecasts/1m", "predictions", "market", "market/spreads", "curve", "regime", "big8",
    "conviction", "validate", "procurement", "backtesting/scorecard", "monitoring/gates", "features?limit=100",
)  # fmt: skip
ADDRESSES = {
    "API": tuple(f"/api/v1/{path}" for path in API),
    "dashboard page": ("/dashboard",),
    "status page": ("/status",),
}


async def main() -> int:
    home = Path(os.environ.get("OILSEER_HOME", "demo/workspace")).absolute()
    if not (home / "published" / "current").exists():
        print(f"bench_web: nothing is published in {home}: `oilseer demo` makes it, or set OILSEER_HOME")
        return 0
    environment = {**os.environ, "OILSEER_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "oilseer.cli", "dashboard", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            port = int(re.search(r":(\d+)/ ", server.stdout.readline())[1])
            await _wait(port)
            print(f"{READERS} readers, {home.name}, {os.cpu_count()} cores")
            return sum([await _measured(port, name, paths) for name, paths in ADDRESSES.items()])
        finally:
            server.terminate()


async def _measured(port: int, name: str, paths: tuple[str, ...]) -> int:
    """Print what the readers met; 1 where the goal is missed at a reader's pace."""
    begun = time.perf_counter()
    for path in paths:
        await _read(port, (path,), 0.0, 1)
    print(f"{name}: {len(paths)} addresses asked for the first time: {time.perf_counter() - begun:.2f} s in all")
    missed = 0
    for pace, words in ((1.0, "one request a second each"), (0.0, "as fast as it answers")):
        begun = time.perf_counter()
        spans = await asyncio.gather(*(
            _read(port, tuple(islice(cycle(paths), place % len(paths), place % len(paths) + len(paths))), pace)
            for place in range(READERS)
        ))  # fmt: skip
        taken, all_ms = time.perf_counter() - begun, 1000 * np.concatenate(spans)
        p50, p95, most = *np.quantile(all_ms, (0.5, 0.95)), all_ms.max()
        print(f"{name}, {words}: {len(all_ms) / taken:,.0f} requests/s, median {p50:.1f} ms, p95 {p95:.1f} ms, "
              f"longest {most:.0f} ms")  # fmt: skip
        missed = max(missed, int(pace > 0 and p95 > GOAL_MS))
    return missed


async def _read(port: int, paths: tuple[str, ...], pace: float, count: int | None = None) -> list[float]:
    """Seconds of each answer that one reader waits for, over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    spans, over = [], time.perf_counter() + SECONDS
    if pace:
        await asyncio.sleep(pace * np.random.default_rng(writer.get_extra_info("sockname")[1]).random())
    for place, path in enumerate(cycle(paths)):
        if place == count or (count is None and time.perf_counter() > over):
            break
        begun = time.perf_counter()
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"{path}: {head.splitlines()[0].decode()}")
        await reader.readexactly(int(re.search(rb"content-length: (\d+)", head)[1]))
        spans.append(time.perf_counter() - begun)
        if pace:
            await asyncio.sleep(max(0.0, pace - spans[-1]))
    writer.close()
    return spans


async def _wait(port: int) -> None:
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise SystemExit("bench_web: the server did not come up in 30 s")


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main()))
