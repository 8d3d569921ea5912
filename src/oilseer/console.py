"""What every command shares: clock, workspace, the snapshot it reads, progress, printing for people or as JSON."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from oilseer.errors import ConfigError
from oilseer.settings import Settings
from oilseer.warehouse.workspace import Workspace, open_workspace

Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Answer as of a past session (YYYY-MM-DD), as it looked then."),
]


def show(answer: dict, as_json: bool, render: Callable[[dict], Any]) -> None:
    """Print JSON, or what `render` makes of the answer."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str, allow_nan=False))
    else:
        from rich.console import Console

        # Into a file or pipe Rich assumes 80 columns; tables are laid out for 100.
        Console(highlight=False, width=None if sys.stdout.isatty() else 100).print(render(answer))


def clock() -> datetime:
    """The present, in UTC: the only place that asks for it."""
    return datetime.now(UTC)


def day_of(as_of: str | None) -> date | None:
    """The day that `--as-of` names. Raises ConfigError where it is none."""
    if as_of is None:
        return None
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise ConfigError(f"--as-of {as_of!r}: expected a date as YYYY-MM-DD") from None


def workspace_of(settings: Settings) -> Workspace:
    """The workspace that the settings name. Raises ConfigError where there is none."""
    return open_workspace(settings.home, settings.database)


@contextmanager
def reading(settings: Settings, as_of: str | None) -> Iterator[Any]:
    """The published snapshot; with `as_of` the replay of that session, made first where it is not there."""
    from oilseer.warehouse import connect

    workspace, day = workspace_of(settings), day_of(as_of)
    if day is not None:
        from oilseer import pipeline
        from oilseer.market.sessions import on_or_before

        day = on_or_before(day)
        if not connect.replay_path(workspace, day).exists():
            with progress() as say:
                pipeline.run(workspace, pipeline.Job(settings, clock, say), day)
    with connect.reader(workspace, day) as connection:
        yield connection


@contextmanager
def reading_built(settings: Settings, as_of: str | None) -> Iterator[Any]:
    """What was built last, whether a run has published it or not; with `as_of` the replay of that session."""
    from oilseer.warehouse import connect

    with reading(settings, as_of) if as_of is not None else connect.built(workspace_of(settings)) as connection:
        yield connection


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """On the error stream: bars with time left on a terminal, a line a finished step elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        ended: set[str] = set()

        def line(step: str, done: int, total: int) -> None:
            if done >= total and step not in ended:
                ended.add(step)
                console.print(f"{step}: done ({total})" if total > 1 else f"{step}: done")

        yield line
        return
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        tasks: dict[str, Any] = {}

        def move(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=max(total, 1))
            bar.update(tasks[step], completed=done if total else 1, total=max(total, 1))

        yield move
