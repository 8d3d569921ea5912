"""The schedule written for cron, systemd and launchd, each from the same jobs.

Cron and launchd know the machine's clock only, so there the times are translated to it and a comment says from what;
systemd takes a zone by name.
"""

import plistlib
import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from oilseer.errors import ConfigError
from oilseer.reference.jobs import Scheduled

KINDS = ("cron", "systemd", "launchd")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LABEL = "org.oilseer"


def units(kind: str, jobs: Sequence[Scheduled], executable: Path, home: Path, now: datetime) -> Mapping[str, str]:
    """File contents by file name: one crontab, a service and a timer each, or a property list each.

    executable  the `oilseer` command; home  the workspace; now  aware, in the machine's zone: offsets are of that day
    Raises ConfigError for an unknown kind.
    """
    if kind == "cron":
        return {"crontab": _crontab(jobs, executable, home, now)}
    if kind == "systemd":
        return {name: text for job in jobs for name, text in _systemd(job, executable, home).items()}
    if kind == "launchd":
        return {f"{LABEL}.{job.name}.plist": _launchd(job, executable, home, now) for job in jobs}
    raise ConfigError(f"schedule for {kind!r}: expected one of {', '.join(KINDS)}")


def _crontab(jobs: Sequence[Scheduled], executable: Path, home: Path, now: datetime) -> str:
    lines = ["# Oilseer. Times are of this machine's clock; write it anew when daylight saving changes."]
    for job in jobs:
        # a percent sign would end the command in a crontab
        command = shlex.join(["env", f"OILSEER_HOME={home}", str(executable), "job", job.name]).replace("%", "\\%")
        lines += [f"# {job.name}: {job.what} ({job.cron} {job.zone})", f"{_translated(job, now)} {command}"]
    return "\n".join(lines) + "\n"


def _systemd(job: Scheduled, executable: Path, home: Path) -> dict[str, str]:
    minute, hour, _, _, week = job.cron.split()
    week_text = "" if week == "*" else "..".join(day.capitalize() for day in week.split("-")) + " "
    minutes = minute.replace("*/", "00/")
    at = f"{week_text}*-*-* {'*' if hour == '*' else f'{int(hour):02d}'}:{minutes.zfill(2)}:00 {job.zone}"
    command = " ".join(_quoted(part) for part in (str(executable), "job", job.name))
    service = (
        f"[Unit]\nDescription=Oilseer {job.name}: {job.what}\n\n[Service]\nType=oneshot\n"
        f"Environment={_quoted(f'OILSEER_HOME={home}')}\nExecStart={command}\n"
    )
    timer = (
        f"[Unit]\nDescription=When Oilseer's {job.name} runs\n\n[Timer]\nOnCalendar={at}\nPersistent=true\n\n"
        "[Install]\nWantedBy=timers.target\n"
    )
    return {f"oilseer-{job.name}.service": service, f"oilseer-{job.name}.timer": timer}


def _quoted(text: str) -> str:
    """Text as systemd reads it: in quotes, percent signs and quotes kept as they are."""
    return '"' + text.replace("%", "%%").replace("\\", "\\\\").replace('"', '\\"') + '"'


def _launchd(job: Scheduled, executable: Path, home: Path, now: datetime) -> str:
    minute, hour, _, _, week = _translated(job, now).split()
    minutes = range(0, 60, int(minute[2:])) if minute.startswith("*/") else [int(minute)]
    days = _week_days(week)
    intervals = [
        {"Minute": m} | ({} if hour == "*" else {"Hour": int(hour)}) | ({} if day is None else {"Weekday": day + 1})
        for day in days
        for m in minutes
    ]
    content = {
        "Label": f"{LABEL}.{job.name}",
        "ProgramArguments": [str(executable), "job", job.name],
        "EnvironmentVariables": {"OILSEER_HOME": str(home)},
        "StartCalendarInterval": intervals,
    }
    return plistlib.dumps(content).decode()


def _week_days(week: str) -> list[int | None]:
    """Days of a cron field, Monday 0; None for every day. launchd counts Sunday as 0 or 7, so Monday is 1."""
    if week == "*":
        return [None]
    ends = [DAYS.index(day) for day in week.split("-")]
    return [day % 7 for day in range(ends[0], ends[-1] + (7 if ends[-1] < ends[0] else 0) + 1)]


def _translated(job: Scheduled, now: datetime) -> str:
    """The job's cron fields in the machine's clock of that day; whole-hour jobs need no translation."""
    minute, hour, day, month, week = job.cron.split()
    if hour == "*":
        return job.cron
    here: tzinfo | None = now.tzinfo
    local = datetime.combine(now.date(), datetime.min.time(), ZoneInfo(job.zone)).replace(
        hour=int(hour), minute=int(minute)
    )
    there = local.astimezone(here)
    shift = (there.date() - local.date()) // timedelta(days=1)
    if shift and week != "*":
        days = [(d + shift) % 7 for d in _week_days(week) if d is not None]
        week = DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return f"{there.minute} {there.hour} {day} {month} {week}"
