"""Scheduled jobs: alone, with a state that says what happened, and units whose times a second library reads alike."""

import plistlib
import re
import shutil
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apscheduler.triggers.cron import CronTrigger

from oilseer.errors import ConfigError
from oilseer.ops.jobs import read_state, run_job
from oilseer.ops.units import units
from oilseer.reference.jobs import Scheduled, jobs

NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)
JOB = Scheduled("try", ("-c", "print('done 100%')"), "0 17 * * mon-fri", "America/Chicago", 90, "a try")
HERE = Path("/opt/oil seer/oilseer"), Path("/home/me/oil%seer")


def run(job, home, waited=None, jitter=0.0):
    ticks = iter(NOON + timedelta(minutes=i) for i in range(10))
    wait = (waited if waited is not None else []).append
    return run_job(job, [sys.executable], home, lambda: next(ticks), wait, jitter, {})


def test_a_success_is_counted_dated_and_logged(tmp_path):
    state = run(JOB, tmp_path)
    assert (state.exit_code, state.runs, state.failures) == (0, 1, 0)
    assert state.last_success == (NOON + timedelta(minutes=1)).isoformat()
    assert read_state(tmp_path, "try") == state
    assert "done 100%" in (tmp_path / "logs" / "try.log").read_text()


def test_a_failure_keeps_the_last_success_and_its_exit_code(tmp_path):
    good = run(JOB, tmp_path)
    bad = run(replace(JOB, command=("-c", "raise SystemExit(3)")), tmp_path)
    assert (bad.exit_code, bad.runs, bad.failures, bad.last_success) == (3, 2, 1, good.last_success)


def test_a_second_one_at_the_same_time_ends_quietly(tmp_path):
    started, go = threading.Event(), threading.Event()

    def wait(_):
        started.set()
        go.wait(10)

    first = threading.Thread(target=run_job, args=(JOB, [sys.executable], tmp_path, lambda: NOON, wait, 0.0, {}))
    first.start()
    started.wait(10)
    assert run(JOB, tmp_path) is None
    go.set()
    first.join()
    assert read_state(tmp_path, "try").runs == 1


def test_jitter_is_a_share_of_the_longest_wait(tmp_path):
    waited = []
    run(JOB, tmp_path, waited, jitter=0.5)
    assert waited == [45.0]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo", "Australia/Sydney"])
@pytest.mark.parametrize("job", jobs().values(), ids=lambda job: job.name)
def test_translated_cron_fires_when_the_job_is_due(job, zone):
    now = NOON.astimezone(ZoneInfo(zone))
    lines = units("cron", [job], *HERE, now)["crontab"].splitlines()
    fields = " ".join(lines[2].split()[:5])
    due = CronTrigger.from_crontab(job.cron, timezone=job.zone).get_next_fire_time(None, now)
    found = CronTrigger.from_crontab(fields, timezone=zone).get_next_fire_time(None, now)
    assert found == due


def test_cron_escapes_what_would_end_the_command():
    line = units("cron", [JOB], *HERE, NOON)["crontab"].splitlines()[2]
    assert "env OILSEER_HOME=/home/me/oil\\%seer '/opt/oil seer/oilseer' job try" in line


def test_systemd_timer_names_the_zone_and_quotes_paths():
    made = units("systemd", [JOB], *HERE, NOON)
    assert "OnCalendar=Mon..Fri *-*-* 17:00:00 America/Chicago" in made["oilseer-try.timer"]
    assert 'Environment="OILSEER_HOME=/home/me/oil%%seer"' in made["oilseer-try.service"]
    assert 'ExecStart="/opt/oil seer/oilseer" "job" "try"' in made["oilseer-try.service"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze: units are read by systemd")
def test_systemd_itself_accepts_every_unit_and_reads_the_times_of_the_registry(tmp_path):
    made = units("systemd", list(jobs().values()), Path(sys.executable), tmp_path, NOON)
    for name, text in made.items():
        (tmp_path / name).write_text(text)
    environment = {"TZ": "UTC", "PATH": "/usr/bin:/bin"}
    files = [str(tmp_path / name) for name in made]
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True, check=False, env=environment
    )
    assert checked.returncode == 0, checked.stderr
    assert not [line for line in checked.stderr.splitlines() if str(tmp_path) in line]
    for job in jobs().values():
        (at,) = re.findall(r"^OnCalendar=(.*)$", made[f"oilseer-{job.name}.timer"], re.MULTILINE)
        ask = ["systemd-analyze", "calendar", f"--base-time={NOON:%Y-%m-%d %H:%M:%S} UTC", at]
        told = subprocess.run(ask, capture_output=True, text=True, check=True, env=environment).stdout
        due = CronTrigger.from_crontab(job.cron, timezone=job.zone).get_next_fire_time(
            None, NOON + timedelta(seconds=1)
        )
        assert f"{due.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" in told, told


@pytest.mark.parametrize("job", jobs().values(), ids=lambda job: job.name)
def test_launchd_fires_in_a_week_exactly_when_the_job_is_due(job):
    made = plistlib.loads(units("launchd", [job], *HERE, NOON)[f"org.oilseer.{job.name}.plist"].encode())
    assert made["ProgramArguments"] == [str(HERE[0]), "job", job.name]
    minutes = [NOON + timedelta(minutes=i) for i in range(7 * 24 * 60)]
    fired = {
        at for at in minutes for each in made["StartCalendarInterval"]
        if at.minute == each["Minute"] and at.hour == each.get("Hour", at.hour)
        and at.isoweekday() == each.get("Weekday", at.isoweekday())
    }  # fmt: skip
    trigger, due, at = CronTrigger.from_crontab(job.cron, timezone=job.zone), set(), NOON
    while (at := trigger.get_next_fire_time(None, at)) <= minutes[-1]:
        due.add(at)
        at += timedelta(minutes=1)
    assert fired == due


def test_launchd_lists_weekdays_from_monday_one():
    made = plistlib.loads(units("launchd", [JOB], *HERE, NOON.astimezone(ZoneInfo("America/Chicago")))[
        "org.oilseer.try.plist"].encode())  # fmt: skip
    assert [day["Weekday"] for day in made["StartCalendarInterval"]] == [1, 2, 3, 4, 5]
    assert {(day["Hour"], day["Minute"]) for day in made["StartCalendarInterval"]} == {(17, 0)}


def test_an_unknown_scheduler_is_refused():
    with pytest.raises(ConfigError, match="cron, systemd, launchd"):
        units("upstart", [JOB], *HERE, NOON)
