"""Commands that keep the product running unattended: the schedule and its jobs."""

import os
import random
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from oilseer.console import Json, clock, progress, show, workspace_of
from oilseer.errors import ConfigError
from oilseer.reference.jobs import jobs
from oilseer.settings import read_settings

app = typer.Typer()
schedule = typer.Typer(no_args_is_help=True, help="Run the jobs of the day by themselves.")
app.add_typer(schedule, name="schedule")
Kind = Annotated[str, typer.Option("--for", help="cron, systemd or launchd")]


@app.command()
def job(name: Annotated[str, typer.Argument(help="A job of `oilseer schedule show`.")], as_json: Json = False) -> None:
    """Run one scheduled job now, alone; a second one at the same time ends quietly. Exit code of the job."""
    from oilseer.ops.jobs import run_job

    if name not in jobs():
        raise ConfigError(f"no job {name!r}; expected one of {', '.join(jobs())}")
    workspace = workspace_of(read_settings())
    # a person who runs a job does not wait; a scheduler without a terminal does
    share = 0.0 if sys.stdout.isatty() else random.random()
    environment = {**os.environ, "OILSEER_HOME": str(workspace.home)}
    state = run_job(jobs()[name], _program(), workspace.home, clock, time.sleep, share, environment)
    if state is None:
        return
    show(
        vars(state),
        as_json,
        lambda made: f"{name}: exit code {made['exit_code']}, log {workspace.home}/logs/{name}.log",
    )
    raise typer.Exit(state.exit_code or 0)


@app.command()
def sync(
    other: Annotated[str, typer.Argument(help="md:NAME or a database file.")],
    pull: Annotated[bool, typer.Option("--pull", help="Copy from there to this workspace instead.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Report tables and rows, and write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Copy this workspace's tables to another database, MotherDuck or a file, or with --pull back from it."""
    from oilseer.dashboard import schedule_tables
    from oilseer.warehouse.connect import alone
    from oilseer.warehouse.sync import sync as copy

    workspace = workspace_of(read_settings())
    source, target = (other, workspace.database) if pull else (workspace.database, other)
    with alone(workspace), progress() as say:
        plan = copy(source, target, dry_run, say)
    answer = {"source": source, "target": target, "dry_run": dry_run, "rows": [row.to_dict() for row in plan]}
    show(answer, as_json, schedule_tables.sync_table)


@schedule.command(name="show")
def show_schedule(kind: Kind = "", as_json: Json = False) -> None:
    """The jobs with their times and last runs, or with --for the files that a scheduler reads."""
    from oilseer.dashboard import schedule_tables
    from oilseer.ops.jobs import read_state
    from oilseer.ops.units import units

    home = workspace_of(read_settings()).home
    if kind:
        files = units(kind, tuple(jobs().values()), _executable(), home, clock().astimezone())
        text = "\n".join(f"# --- {name}\n{body}" for name, body in files.items())
        return typer.echo(text) if not as_json else show(dict(files), True, str)
    rows = [vars(job) | {"command": list(job.command), "state": vars(read_state(home, job.name))}
            for job in jobs().values()]  # fmt: skip
    return show({"rows": rows}, as_json, schedule_tables.schedule_table)


@schedule.command()
def install(
    kind: Kind,
    folder: Annotated[Path | None, typer.Option("--to", help="Folder for the files; else the user's own.")] = None,
    as_json: Json = False,
) -> None:
    """Write the files that cron, systemd or launchd reads, and say how to switch them on; it starts nothing itself."""
    from oilseer.ops.units import units

    home = workspace_of(read_settings()).home
    files = units(kind, tuple(jobs().values()), _executable(), home, clock().astimezone())
    places = {
        "cron": (home / "schedule", "crontab {folder}/crontab   (it replaces yours: merge by hand if you have one)"),
        "systemd": (Path("~/.config/systemd/user").expanduser(),
                    "systemctl --user daemon-reload && systemctl --user enable --now 'oilseer-*.timer'"),
        "launchd": (Path("~/Library/LaunchAgents").expanduser(), "launchctl load {folder}/org.oilseer.*.plist"),
    }  # fmt: skip
    target, then = places[kind]
    target = folder or target
    target.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        draft = target / f".{name}.tmp"
        draft.write_text(text)
        os.replace(draft, target / name)
    then = then.format(folder=target)
    answer = {"folder": str(target), "files": sorted(files), "then": then}
    show(answer, as_json, lambda made: f"{len(files)} files in {target}. To switch them on: {then}")


@schedule.command(name="run")
def run_schedule() -> None:
    """Keep running and start each job at its time, until interrupted: for machines without another scheduler."""
    import subprocess

    from apscheduler.schedulers.blocking import BlockingScheduler
    from apscheduler.triggers.cron import CronTrigger

    workspace = workspace_of(read_settings())
    environment = {**os.environ, "OILSEER_HOME": str(workspace.home)}
    scheduler = BlockingScheduler(job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600})
    for job in jobs().values():
        scheduler.add_job(
            subprocess.run, CronTrigger.from_crontab(job.cron, timezone=job.zone),
            args=[[*_program(), "job", job.name]], id=job.name,
            kwargs={"check": False, "env": environment, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL},
        )  # fmt: skip
    typer.echo(f"{len(jobs())} jobs scheduled for {workspace.home}; stop with Ctrl+C", err=True)
    scheduler.start()


def _program() -> list[str]:
    """This product as a process of its own."""
    return [sys.executable, "-m", "oilseer.cli"]


def _executable() -> Path:
    """The `oilseer` command beside this Python."""
    return Path(sys.executable).parent / "oilseer"
