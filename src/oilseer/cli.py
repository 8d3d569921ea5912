"""The command line: reads settings and the clock, calls the pipeline, prints for people or as JSON.

Exit codes: 0 done, 1 failed, 2 wrong use or settings, 3 a gate blocked.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from oilseer import __version__
from oilseer.errors import ConfigError, OilseerError
from oilseer.settings import Settings, read_settings

app = typer.Typer(
    name="oilseer",
    help="Soybean oil forecasts as probabilities, what drives them, and how much to cover.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of text.")]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="Answer as of a past session (YYYY-MM-DD), as it looked then."),
]


def main() -> None:
    """Entry point: one line for an error that is meant to be read, and its exit code."""
    try:
        app()
    except OilseerError as error:
        typer.echo(f"oilseer: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("oilseer: interrupted; finished work is kept, the same command goes on from there", err=True)
        sys.exit(1)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command(name="import")
def import_(
    folder: Annotated[Path, typer.Argument(help="Folder of CSV and Parquet files.")],
    mapping: Annotated[Path, typer.Option(help="YAML that says which file and column goes where.")],
    as_json: Json = False,
) -> None:
    """Load a folder of your own files into a real workspace."""
    from oilseer.dashboard import terminal
    from oilseer.raw.importer import import_folder
    from oilseer.warehouse.connect import writer
    from oilseer.warehouse.workspace import create_workspace

    settings, now = read_settings(), _now()
    workspace = create_workspace(settings.home, "real", now, settings.database)
    with writer(workspace) as connection, _progress() as say:
        report = import_folder(connection, folder, mapping, now, lambda file, done, total: say("import", done, total))
    _show(report.to_dict(), as_json, terminal.import_report)


@app.command()
def demo(
    html: Annotated[Path, typer.Option(help="Where the HTML report goes.")] = Path("demo/oilseer-demo.html"),
    home: Annotated[Path, typer.Option(help="Folder of the simulated workspace.")] = Path("demo/workspace"),
    as_json: Json = False,
) -> None:
    """Make a simulated workspace, run everything in it, print the brief and write the report. Needs no network."""
    from oilseer import pipeline
    from oilseer.dashboard import report

    with _progress() as say:
        workspace = pipeline.simulated_workspace(home.absolute(), _now(), say)
        settings = read_settings(workspace.home).model_copy(update={"database": None})
        pipeline.run(workspace, pipeline.Job(settings, _now, say))
    _brief(settings, None, as_json)
    with _reader(settings, None) as connection:
        report.write_report(connection, html)
    typer.echo(f"Report: {html}", err=as_json)


@app.command()
def run(as_of: AsOf = None, as_json: Json = False) -> None:
    """Do everything from raw rows to the published forecast, then print the brief."""
    from oilseer import pipeline

    settings = read_settings()
    with _progress() as say:
        pipeline.run(_workspace(settings), pipeline.Job(settings, _now, say), _day(as_of))
    _brief(settings, as_of, as_json)


@app.command()
def build(as_json: Json = False) -> None:
    """Make staging and features anew from raw, and check their gates."""
    from oilseer import pipeline
    from oilseer.dashboard import terminal

    settings = read_settings()
    with _progress() as say:
        checks = pipeline.build_only(_workspace(settings), pipeline.Job(settings, _now, say))
    _show({"rows": [vars(check) for check in checks]}, as_json, terminal.gates)


@app.command()
def backtest(as_json: Json = False) -> None:
    """Walk-forward of all models and the ensemble, resumable; shows the scores and publishes nothing."""
    from oilseer import pipeline
    from oilseer.dashboard import answers, terminal

    settings = read_settings()
    with _progress() as say:
        answer = pipeline.backtest_only(_workspace(settings), pipeline.Job(settings, _now, say), answers.scorecard)
    _show(answer, as_json, terminal.scorecard)


@app.command()
def scorecard(
    as_of: AsOf = None,
    part: Annotated[str, typer.Option("--slice", help="all, since_2020, year:2008, regime:CALM, move:large")] = "all",
    target: Annotated[str, typer.Option(help="price or volatility")] = "price",
    every: Annotated[bool, typer.Option("--all", help="Every model, not only the best.")] = False,
    as_json: Json = False,
) -> None:
    """How good the forecasts have been, beside no change, a GARCH simulation and the futures curve."""
    from oilseer.dashboard import answers, terminal

    with _reader(read_settings(), as_of) as connection:
        _show(answers.scorecard(connection, part, target), as_json, lambda a: terminal.scorecard(a, every))


@app.command()
def forecast(as_of: AsOf = None, as_json: Json = False) -> None:
    """The published quantiles at five horizons."""
    from oilseer.dashboard import answers, terminal

    with _reader(read_settings(), as_of) as connection:
        _show(answers.forecast(connection), as_json, terminal.forecast)


@app.command()
def plan(as_of: AsOf = None, as_json: Json = False) -> None:
    """How much to cover, until when, and why."""
    from oilseer.dashboard import answers, terminal

    with _reader(read_settings(), as_of) as connection:
        _show(answers.plan(connection), as_json, terminal.plan)


@app.command()
def brief(
    as_of: AsOf = None,
    html: Annotated[Path | None, typer.Option(help="Write the HTML report there too.")] = None,
    as_json: Json = False,
) -> None:
    """This morning's answer on one screen."""
    settings = read_settings()
    _brief(settings, as_of, as_json)
    if html is not None:
        from oilseer.dashboard import report

        with _reader(settings, as_of) as connection:
            report.write_report(connection, html)
        typer.echo(f"Report: {html}", err=True)


@app.command()
def gates(as_of: AsOf = None, as_json: Json = False) -> None:
    """The verdicts of the last run's gates; exit code 3 where a blocking one failed."""
    from oilseer.dashboard import answers, terminal

    with _reader(read_settings(), as_of) as connection:
        answer = answers.gates(connection)
    _show(answer, as_json, terminal.gates)
    if any(row["blocking"] and not row["passed"] for row in answer["rows"]):
        raise typer.Exit(3)


@app.command()
def health(as_json: Json = False) -> None:
    """How fresh each source and table is; exit code 1 where a critical one is stale."""
    from oilseer.dashboard import terminal
    from oilseer.ops.health import health as measure

    with _reader(read_settings(), None) as connection:
        answer = measure(connection, _now())
    _show(answer, as_json, terminal.health)
    if answer["critical_stale"]:
        raise typer.Exit(1)


def _brief(settings: Settings, as_of: str | None, as_json: bool) -> None:
    from oilseer.dashboard import answers, terminal

    with _reader(settings, as_of) as connection:
        _show(answers.brief(connection), as_json, terminal.brief)


def _show(answer: dict, as_json: bool, render: Callable[[dict], Any]) -> None:
    """Print JSON, or what `render` makes of the answer."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2, default=str, allow_nan=False))
    else:
        from rich.console import Console

        # Into a file or pipe Rich assumes 80 columns; tables are laid out for 100.
        Console(highlight=False, width=None if sys.stdout.isatty() else 100).print(render(answer))


def _now() -> datetime:
    return datetime.now(UTC)


def _day(as_of: str | None) -> date | None:
    if as_of is None:
        return None
    try:
        return date.fromisoformat(as_of)
    except ValueError:
        raise ConfigError(f"--as-of {as_of!r}: expected a date as YYYY-MM-DD") from None


def _workspace(settings: Settings):
    from oilseer.warehouse.workspace import open_workspace

    return open_workspace(settings.home, settings.database)


@contextmanager
def _reader(settings: Settings, as_of: str | None) -> Iterator[Any]:
    """The published snapshot; with `as_of` the replay of that session, made first where it is not there."""
    from oilseer.warehouse import connect

    workspace, day = _workspace(settings), _day(as_of)
    if day is not None:
        from oilseer import pipeline
        from oilseer.market.sessions import on_or_before

        day = on_or_before(day)
        if not connect.replay_path(workspace, day).exists():
            with _progress() as say:
                pipeline.run(workspace, pipeline.Job(settings, _now, say), day)
    with connect.reader(workspace, day) as connection:
        yield connection


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
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


if __name__ == "__main__":
    main()
