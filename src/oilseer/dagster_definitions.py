"""Dagster definitions, for teams that outgrow one machine: the steps of `oilseer run` and the registries, nothing more.

Started by `OILSEER_HOME=… dagster dev -m oilseer.dagster_definitions` (extra `dagster`). Sources are assets of daily
partitions, so a backfill by date range is one run; steps are assets whose gates block the next; schedules are the jobs
of jobs.csv. The warehouse has one writer, so a run executes in one process and waits where another one writes.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, timedelta

import dagster as dg

from oilseer import pipeline
from oilseer.checks import Check
from oilseer.cli_ingest import ingest_sources
from oilseer.console import clock, workspace_of
from oilseer.errors import LockedError
from oilseer.ops.jobs import run_job
from oilseer.raw.ingest import Request
from oilseer.reference.jobs import Scheduled, jobs
from oilseer.reference.sources import sources
from oilseer.settings import read_settings

DAYS = dg.DailyPartitionsDefinition(start_date="2000-01-01", end_offset=1)  # of UTC, today's among them
TRIES, WAIT_S = 20, 60  # while another process writes
FAULTY = ("failed", "stale")


def _key(source: str) -> dg.AssetKey:
    return dg.AssetKey(["sources", source])


@dg.multi_asset(
    name="ingest",
    specs=[
        dg.AssetSpec(_key(name), description=facts.title, group_name="sources", metadata={
            "cadence": facts.cadence, "delay": facts.delay, "key": facts.key or "none", "licence": facts.licence,
        })
        for name, facts in sources().items()
    ],
    check_specs=[dg.AssetCheckSpec("answers", asset=_key(name)) for name in sources()],
    partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run(), can_subset=True,
)  # fmt: skip
def ingest(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Read the chosen sources: today's partition by each one's own lookback, others by their range of days.

    A source that fails is a warning, as in `oilseer run`: its last good copy stays, and the gates say what that means.
    """
    chosen = tuple(name for name in sources() if _key(name) in context.selected_asset_keys)
    span, days = context.partition_time_window, context.partition_key_range
    if days.start == DAYS.get_last_partition_key():
        request = Request(chosen)
    else:
        request = Request(chosen, span.start.date(), (span.end - timedelta(days=1)).date())
    with _waiting():
        states = ingest_sources(read_settings(), request, _progress(context))
    for row in (row for row in states if row["source"] in chosen):
        told = {name: str(row[name]) for name in ("status", "message", "rows", "newest_available_at")}
        answer = dg.AssetCheckResult(
            check_name="answers", asset_key=_key(row["source"]), passed=row["status"] not in FAULTY, metadata=told,
            severity=dg.AssetCheckSeverity.WARN,
        )  # fmt: skip
        asked = dg.AssetCheckKey(_key(row["source"]), "answers") in context.selected_asset_check_keys
        yield dg.MaterializeResult(
            asset_key=_key(row["source"]), metadata=told, check_results=[answer] if asked else []
        )


def _step(step: pipeline.Step, before: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """A step of the pipeline as an asset, and its gates as one check that blocks what comes after."""
    gates = dg.AssetCheckSpec("gates", asset=step.name, blocking=True, description="the gates of `oilseer gates`")

    @dg.asset(name=step.name, description=step.what, group_name="pipeline", deps=before, check_specs=[gates])
    def made(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with _waiting():
            checks = pipeline.take(workspace_of(read_settings()), _job(context), step)
        return dg.MaterializeResult(check_results=[_verdict(checks)])

    return made


def _verdict(checks: Sequence[Check]) -> dg.AssetCheckResult:
    """All gates of a step in one: passed where no blocking one failed."""
    words = {
        check.name: f"{'passed' if check.passed else 'failed'}: found {check.found}, expected {check.expected}"
        for check in checks
    }
    blocked = [check for check in checks if check.blocking and not check.passed]
    return dg.AssetCheckResult(check_name="gates", passed=not blocked, metadata=words)


@dg.asset(group_name="pipeline", deps=[pipeline.STEPS[-1].name])
def published(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The snapshot that every reader sees, swapped in whole."""
    with _waiting():
        run = pipeline.publish_last(workspace_of(read_settings()), _job(context))
    return dg.MaterializeResult(metadata={"run_id": run.run_id, "as_of_date": str(run.as_of_date)})


def _steps() -> list[dg.AssetsDefinition]:
    """The steps in their order, each after the one before; the first after every source."""
    made: list[dg.AssetsDefinition] = []
    before = [_key(name) for name in sources()]
    for step in pipeline.STEPS:
        made.append(_step(step, before))
        before = [made[-1].key]
    return made


@contextmanager
def _waiting() -> Iterator[None]:
    """Try again later where another process writes to the workspace."""
    try:
        yield
    except LockedError as error:
        raise dg.RetryRequested(max_retries=TRIES, seconds_to_wait=WAIT_S) from error


def _progress(context: dg.AssetExecutionContext) -> pipeline.Progress:
    return lambda step, done, total: context.log.info(f"{step}: {done} of {total}") if done >= total else None


def _job(context: dg.AssetExecutionContext) -> pipeline.Job:
    return pipeline.Job(read_settings(), clock, _progress(context))


def _schedule(job: Scheduled) -> dg.ScheduleDefinition:
    """A job of the registry at its times: of assets where its command is made of them, else the command itself."""
    names = [step.name for step in pipeline.STEPS]
    command, *rest = job.command
    selections = {
        "run": lambda: dg.AssetSelection.all(),
        "ingest": lambda: dg.AssetSelection.assets(*(_key(name) for name in rest or sources())),
        "backtest": lambda: dg.AssetSelection.assets(*names[: names.index("training") + 1]),
    }
    name = f"oilseer_{job.name}"  # steps have names like those of jobs
    if command in selections:
        made = dg.define_asset_job(name, selections[command](), description=job.what)
    else:
        made = _command(job, name)

    def request(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        day = (context.scheduled_execution_time or clock()).astimezone(UTC)
        return dg.RunRequest(partition_key=f"{day:%Y-%m-%d}" if command in ("run", "ingest") else None)

    return dg.ScheduleDefinition(
        name=job.name, job=made, cron_schedule=job.cron, execution_timezone=job.zone, description=job.what,
        execution_fn=request,
    )  # fmt: skip


def _command(job: Scheduled, name: str) -> dg.JobDefinition:
    """A job that is one `oilseer` command, run as `oilseer job` runs it: alone, with its log and its state."""

    @dg.op(name=f"{name}_command", description=job.what)
    def command(context: dg.OpExecutionContext) -> None:
        home = workspace_of(read_settings()).home
        environment = {**os.environ, "OILSEER_HOME": str(home)}
        state = run_job(job, [sys.executable, "-m", "oilseer.cli"], home, clock, time.sleep, 0.0, environment)
        if state is None:
            context.log.info(f"{job.name} is running already")
        elif state.exit_code:
            raise dg.Failure(f"oilseer {' '.join(job.command)}: exit code {state.exit_code}; see logs/{job.name}.log")

    @dg.job(name=name, description=job.what)
    def made() -> None:
        command()

    return made


definitions = dg.Definitions(
    assets=[ingest, *_steps(), published],
    schedules=[_schedule(job) for job in jobs().values()],
    executor=dg.in_process_executor,
)
