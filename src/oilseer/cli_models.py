"""Commands about the models: who they are, how they score, and what each may do; every change is kept."""

import getpass
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from oilseer.console import Json, clock, progress, reading_built, show, workspace_of
from oilseer.errors import ConfigError
from oilseer.settings import read_settings

app = typer.Typer()
models = typer.Typer(no_args_is_help=True, help="Every model: its scores, and whether it may speak.")
app.add_typer(models, name="models")

Name = Annotated[str, typer.Argument(help="A model of `oilseer models list`.")]
Reason = Annotated[str, typer.Option(help="Why, for those who come after.")]
Horizon = Annotated[str | None, typer.Option(help="1w, 1m, 3m, 6m or 12m: that one, with the reasons.")]
UNSAID = "no reason given"


@models.command(name="list")
def list_(horizon: Horizon = None, as_json: Json = False) -> None:
    """Every model: tier, status, last scores at each horizon, and why it speaks in the combination or does not."""
    from oilseer.dashboard import model_tables
    from oilseer.dashboard import models as answers

    with reading_built(read_settings(), None) as connection:
        show(answers.listed(connection, horizon), as_json, model_tables.listed)


@models.command(name="show")
def show_(
    name: Name,
    check: Annotated[bool, typer.Option("--check", help="Also say what a promotion would find; may fit it.")] = False,
    as_json: Json = False,
) -> None:
    """One model: status and every change of it, scores, newest runs, and where its fit is kept."""
    from oilseer.dashboard import model_tables
    from oilseer.dashboard import models as answers
    from oilseer.training import promotion

    settings = read_settings()
    with reading_built(settings, None) as connection:
        found = promotion.judge(connection, name, settings.home / "artefacts") if check else None
        show(answers.shown(connection, name, found), as_json, model_tables.shown)


@models.command()
def promote(
    name: Name,
    reason: Reason = UNSAID,
    force: Annotated[
        bool, typer.Option("--force", help="Against the rule; asks for a reason and is kept as forced.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let a model speak in the combination where the rule allows it; else exit code 3, with the reasons."""
    from oilseer.training import promotion, registry

    if force and reason == UNSAID:
        raise ConfigError("--force needs --reason: it goes into the history for those who come after")
    settings, found = read_settings(), []

    def set_(connection: duckdb.DuckDBPyConnection, order: registry.Order) -> dict[str, str]:
        found.extend(promotion.promote(connection, name, order, settings.home / "artefacts"))
        return {name: "champion"}

    _change(set_, reason, as_json, lambda: found, force)


@models.command()
def shadow(name: Name, reason: Reason = UNSAID, as_json: Json = False) -> None:
    """Let a model forecast and be scored beside the combination, with no say in it."""
    _set(name, "shadow", "shadow", reason, as_json)


@models.command()
def retire(name: Name, reason: Reason = UNSAID, as_json: Json = False) -> None:
    """Do not run a model any more; what it said stays."""
    _set(name, "retired", "retire", reason, as_json)


@models.command()
def rollback(
    name: Annotated[str | None, typer.Argument(help="Only what was changed of this model.")] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="RUN", help="Back to the statuses of that run, of all models.")
    ] = None,
    reason: Reason = UNSAID,
    as_json: Json = False,
) -> None:
    """Take the last change of a status back; again for the one before it."""
    from oilseer.training import model_runs, registry

    if name is not None and to is not None:
        raise ConfigError("a model's name or --to RUN, not both: --to sets every model back")

    def set_(connection: duckdb.DuckDBPyConnection, order: registry.Order) -> dict[str, str]:
        if to is None:
            return registry.rollback(connection, order, name)
        held = model_runs.statuses_in(connection, to)
        if not held:
            raise ConfigError(f"no run {to!r} with statuses is kept; `oilseer models audit` lists runs in --json")
        return registry.restore(connection, order, held)

    _change(set_, reason, as_json)


@models.command()
def audit(
    run_id: Annotated[str | None, typer.Option("--run", metavar="RUN", help="An earlier run.")] = None,
    as_json: Json = False,
) -> None:
    """The audit of the last training: leaderboard, time, lift against no change, alarms, and whether it is tracked."""
    from oilseer.dashboard import model_tables
    from oilseer.dashboard import models as answers

    with reading_built(read_settings(), None) as connection:
        show(answers.audits(connection, run_id), as_json, model_tables.audit)


@models.command(name="shadow-report")
def shadow_report(
    horizon: Annotated[str, typer.Option(help="1w, 1m, 3m, 6m or 12m.")] = "1m", as_json: Json = False
) -> None:
    """Shadows beside what is published: today's forecasts, and how both scored since."""
    from oilseer.dashboard import model_tables
    from oilseer.dashboard import models as answers

    with reading_built(read_settings(), None) as connection:
        show(answers.shadows(connection, horizon), as_json, model_tables.shadows)


@models.command()
def timeseries(
    python: Annotated[
        Path,
        typer.Option(envvar="OILSEER_TIMESERIES_PYTHON", help="Python of the environment: `make timeseries-env`."),
    ],
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Forecast from every month's end since then.")],
    weights: Annotated[
        Path | None,
        typer.Option(envvar="OILSEER_TIMESERIES_WEIGHTS", help="Folder of pretrained weights, a folder each."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Forecast with AutoGluon's time series models in their own environment, and keep what they say among the rest."""
    from dataclasses import asdict
    from itertools import count

    from oilseer.dashboard import model_tables
    from oilseer.training import timeseries as job
    from oilseer.training.history import monthly_origins, read_history
    from oilseer.warehouse.connect import writer

    settings = read_settings()
    place = settings.home / "timeseries"
    with reading_built(settings, None) as connection:
        history = read_history(connection, job.BIG8)
        origins = monthly_origins(history, since.date(), history.dates[-1].astype(object))
    found = job.weights_in(weights)
    asked = job.ask(history, origins, found, place)
    with progress() as say:
        done = count(1)
        job.run_job(python, place, lambda line: say("time series", next(done), len(asked)))
    with writer(workspace_of(settings)) as connection:
        taken = job.take_in(connection, place, asked, found, "timeseries")
    show(asdict(taken) | {"weights": [one.name for one in found]}, as_json, model_tables.timeseries)


def _set(name: str, status: str, kind: str, reason: str, as_json: bool) -> None:
    from oilseer.training import registry

    def set_(connection: duckdb.DuckDBPyConnection, order: registry.Order) -> dict[str, str]:
        registry.set_statuses(connection, {name: status}, kind, order)
        return {name: status}

    _change(set_, reason, as_json)


def _change(
    set_: Callable[..., dict[str, str]],
    reason: str,
    as_json: bool,
    checks: Callable[[], list] = list,
    force: bool = False,
) -> None:
    """Change statuses by `set_`, alone in the workspace, and say what is different now."""
    from dataclasses import asdict

    from oilseer.dashboard import model_tables
    from oilseer.training import registry
    from oilseer.warehouse.connect import writer

    with writer(workspace_of(read_settings())) as connection:
        before = registry.statuses(connection)
        after = set_(connection, registry.Order(getpass.getuser(), clock(), reason, force))
    answer = {
        "changes": {name: {"before": before[name], "after": status} for name, status in after.items()},
        "reason": reason, "forced": force, "checks": [asdict(check) for check in checks()],
    }  # fmt: skip
    show(answer, as_json, model_tables.changed)
