"""One scheduled job, run once: alone by lock, after its jitter, with a log that rotates and a state that is never half.

A job is a process of its own, so that one that dies takes nothing along.
"""

import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from logging import INFO, Formatter, LogRecord
from logging.handlers import RotatingFileHandler
from pathlib import Path

from filelock import FileLock, Timeout

from oilseer.reference.jobs import Scheduled

LOG_BYTES, LOG_FILES = 1_000_000, 5


@dataclass(frozen=True)
class State:
    """What is known of a job: instants in ISO, UTC; `exit_code` of the last run; counts since the first."""

    name: str
    last_start: str | None = None
    last_end: str | None = None
    last_success: str | None = None
    exit_code: int | None = None
    runs: int = 0
    failures: int = 0


def run_job(
    job: Scheduled,
    program: Sequence[str],
    home: Path,
    clock: Callable[[], datetime],
    wait: Callable[[float], None],
    jitter: float,
    environment: Mapping[str, str],
) -> State | None:
    """Run `program` with the job's arguments; its state after, or None where the same job runs already.

    jitter  0 to 1: share of the job's longest wait to sleep before, so that many workspaces do not knock at once
    """
    folder = home / "jobs"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / f"{job.name}.lock").acquire(timeout=0):
            wait(jitter * job.jitter_s)
            return _run(job, program, home, clock, environment)
    except Timeout:
        return None


def read_state(home: Path, name: str) -> State:
    """State of a job; the empty one before its first run."""
    path = home / "jobs" / f"{name}.json"
    return State(**json.loads(path.read_text())) if path.exists() else State(name)


def _run(
    job: Scheduled, program: Sequence[str], home: Path, clock: Callable[[], datetime], environment: Mapping[str, str]
) -> State:
    before, started = read_state(home, job.name), clock()
    # a job that is killed leaves a start without an end
    _write(home, State(**asdict(before) | {"last_start": started.isoformat(), "last_end": None, "exit_code": None}))
    ended = subprocess.run(
        [*program, *job.command], capture_output=True, text=True, check=False, env=dict(environment), errors="replace"
    )
    now = clock()
    _log(home, job.name, f"{started.isoformat()} {' '.join(job.command)}: exit {ended.returncode}", ended)
    state = State(
        job.name, started.isoformat(), now.isoformat(),
        now.isoformat() if ended.returncode == 0 else before.last_success,
        ended.returncode, before.runs + 1, before.failures + (ended.returncode != 0),
    )  # fmt: skip
    _write(home, state)
    return state


def _write(home: Path, state: State) -> None:
    path = home / "jobs" / f"{state.name}.json"
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(asdict(state)) + "\n")
    os.replace(draft, path)


def _log(home: Path, name: str, head: str, ended: subprocess.CompletedProcess) -> None:
    folder = home / "logs"
    folder.mkdir(exist_ok=True)
    handler = RotatingFileHandler(folder / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES)
    handler.setFormatter(Formatter("%(message)s"))
    text = "\n".join(part for part in (head, ended.stdout.rstrip(), ended.stderr.rstrip()) if part)
    handler.emit(LogRecord(name, INFO, "", 0, text, None, None))
    handler.close()
