"""Start the server by hand: python tests/replay ../shared/data --day 2025-06-30."""

import argparse
import contextlib
import sys
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # a folder that is run does not know that it is a package

from oilseer.reference.sources import sources
from replay.drops import drop
from replay.history import History
from replay.server import Replay

ANY_KEY = "0123456789abcdef0123456789abcdef"


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python tests/replay", description="Answer as all sources do.")
    parser.add_argument("folder", type=Path, help="folder of real data with market/, history/ and vendor/")
    parser.add_argument("--day", type=date.fromisoformat, default=date(2025, 6, 30), help="nothing later is there")
    parser.add_argument("--drop", type=Path, metavar="FOLDER", help="drop folder to fill, such as ~/.oilseer/drop")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--fault", action="append", default=[], metavar="HOST=FAULT", help="see faults.py")
    given = parser.parse_args()
    history = History(given.folder, given.day)
    if not history.is_there():
        parser.error(f"{given.folder} holds no market/ and history/")
    replay = Replay(history, given.port)
    replay.faults |= dict(fault.split("=", 1) for fault in given.fault)
    if given.drop is not None:
        drop(given.drop, history)
    now = given.day + timedelta(days=1)
    keys = sorted({facts.key for facts in sources().values() if facts.key_need == "required"})
    print(f"export OILSEER_SOURCES_URL={replay.url} OILSEER_SOURCES_NOW={now}T02:00Z  # Ctrl-C ends it")
    print("export " + " ".join(f"{key}={ANY_KEY}" for key in keys), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        replay.serve_forever()


if __name__ == "__main__":
    main()
