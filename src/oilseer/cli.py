"""The command line: reads settings and the clock, calls the pipeline, prints for people or as JSON.

Exit codes: 0 done, 1 failed, 2 wrong use or settings, 3 a gate blocked.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from oilseer import (
    __version__,
    cli_features,
    cli_ingest,
    cli_migrate,
    cli_models,
    cli_ops,
    cli_plan,
    cli_scenario,
    cli_signals,
    cli_training,
    cli_web,
)
from oilseer.console import AsOf, Json, clock, day_of, progress, reading, reading_built, show, workspace_of
from oilseer.errors import OilseerError
from oilseer.settings import Settings, read_settings

INTERRUPTED = 130  # what typer makes of Ctrl+C

app = typer.Typer(
    name="oilseer",
    help="Soybean oil forecasts as probabilities, what drives them, and how much to cover.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for part in (
    cli_features,
    cli_ingest,
    cli_migrate,
    cli_models,
    cli_ops,
    cli_plan,
    cli_scenario,
    cli_signals,
    cli_training,
    cli_web,
):
    app.registered_commands += part.app.registered_commands
    app.registered_groups += part.app.registered_groups


def main() -> None:
    """Entry point: one line for an error that is meant to be read, and its exit code."""
    try:
        app()
    except OilseerError as error:
        typer.echo(f"oilseer: {error}", err=True)
        sys.exit(error.exit_code)
    except SystemExit as ended:
        if ended.code != INTERRUPTED:
            raise
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

    settings, now = read_settings(), clock()
    workspace = create_workspace(settings.home, "real", now, settings.database)
    with writer(workspace) as connection, progress() as say:
        report = import_folder(connection, folder, mapping, now, lambda file, done, total: say("import", done, total))
    show(report.to_dict(), as_json, terminal.import_report)


@app.command()
def demo(
    html: Annotated[Path, typer.Option(help="Where the HTML report goes.")] = Path("demo/oilseer-demo.html"),
    home: Annotated[Path, typer.Option(help="Folder of the simulated workspace.")] = Path("demo/workspace"),
    as_json: Json = False,
) -> None:
    """Make a simulated workspace, run everything in it, print the brief and write the report. Needs no network."""
    from oilseer import pipeline
    from oilseer.dashboard import report

    with progress() as say:
        workspace = pipeline.simulated_workspace(home.absolute(), clock(), say)
        settings = read_settings(workspace.home).model_copy(update={"database": None})
        pipeline.run(workspace, pipeline.Job(settings, clock, say))
    _brief(settings, None, as_json)
    with reading(settings, None) as connection:
        report.write_report(connection, html)
    typer.echo(f"Report: {html}", err=as_json)
    typer.echo(f"Dashboard: OILSEER_HOME={home} oilseer dashboard --open, at http://localhost:8765/", err=as_json)


@app.command()
def run(
    ingest: Annotated[
        bool, typer.Option("--ingest/--no-ingest", help="Ask the sources first; never in a simulated workspace.")
    ] = True,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Do everything from the sources to the published forecast, then print the brief. A past day asks no source."""
    from oilseer import pipeline

    settings = read_settings()
    with progress() as say:
        if ingest and as_of is None:
            cli_ingest.ingest_first(settings, say)
        pipeline.run(workspace_of(settings), pipeline.Job(settings, cli_ingest.present(settings), say), day_of(as_of))
    _brief(settings, as_of, as_json)


@app.command()
def backtest(
    tier: Annotated[
        list[str] | None, typer.Option(help="Also this tier of models; again for more, `all` for every one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Walk-forward of all models and the ensemble, resumable; shows the scores and publishes nothing."""
    from oilseer import pipeline
    from oilseer.dashboard import answers, terminal

    settings = read_settings()
    settings = settings.model_copy(update={"tiers": tuple(dict.fromkeys([*settings.tiers, *(tier or [])]))})
    pipeline.models_of(settings.tiers)  # a wrong name is told before anything is done
    with progress() as say:
        answer = pipeline.backtest_only(workspace_of(settings), pipeline.Job(settings, clock, say), answers.scorecard)
    show(answer, as_json, terminal.scorecard)


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

    with reading(read_settings(), as_of) as connection:
        show(answers.scorecard(connection, part, target), as_json, lambda a: terminal.scorecard(a, every))


@app.command()
def forecast(as_of: AsOf = None, as_json: Json = False) -> None:
    """The published quantiles at five horizons."""
    from oilseer.dashboard import answers, terminal

    with reading(read_settings(), as_of) as connection:
        show(answers.forecast(connection), as_json, terminal.forecast)


@app.command()
def brief(
    as_of: AsOf = None,
    html: Annotated[Path | None, typer.Option(help="Write it there too, as a page that prints to one sheet.")] = None,
    email: Annotated[Path | None, typer.Option(help="Write it there too, as a mail (.eml); nothing is sent.")] = None,
    as_json: Json = False,
) -> None:
    """This morning's answer on one screen: what to do, at what price and risk, why, and what is coming."""
    settings = read_settings()
    _brief(settings, as_of, as_json)
    if html is None and email is None:
        return
    from oilseer.dashboard import brief_page

    with reading(settings, as_of) as connection:
        if html is not None:
            typer.echo(f"Page: {brief_page.write_page(connection, html)}", err=True)
        if email is not None:
            typer.echo(f"Mail: {brief_page.write_mail(connection, email)}", err=True)


@app.command()
def report(
    path: Annotated[Path, typer.Argument(help="Where the HTML file goes.")] = Path("report.html"),
    as_of: AsOf = None,
) -> None:
    """The whole report with every chart, in one HTML file that opens offline."""
    from oilseer.dashboard.report import write_report

    with reading(read_settings(), as_of) as connection:
        typer.echo(f"Report: {write_report(connection, path)}", err=True)


@app.command()
def gates(as_of: AsOf = None, as_json: Json = False) -> None:
    """The verdicts of the last run's gates; exit code 3 where a blocking one failed. JSON: with every source."""
    from oilseer.dashboard import answers, terminal
    from oilseer.ops.watch import source_rows

    settings = read_settings()
    with reading(settings, as_of) as connection:
        answer = answers.gates(connection)
        answer["sources"] = [] if answer["simulated"] else source_rows(connection, cli_ingest.present(settings)())
    show(answer, as_json, terminal.gates)
    if any(row["blocking"] and not row["passed"] for row in answer["rows"]):
        raise typer.Exit(3)


@app.command()
def health(as_json: Json = False) -> None:
    """How fresh each source, table and job is; exit code 1 where a critical source or table is stale."""
    from oilseer.dashboard import terminal
    from oilseer.ops.health import health as measure
    from oilseer.ops.jobs import read_state
    from oilseer.ops.watch import critical_sources, job_rows, source_rows
    from oilseer.reference.jobs import jobs

    settings = read_settings()
    now = cli_ingest.present(settings)()
    with reading_built(settings, None) as connection:  # sources are fetched between two publications
        answer = measure(connection, now)
        # a simulated market has no sources and no clock that goes on
        answer["sources"] = [] if answer["simulated"] else source_rows(connection, now)
    answer["jobs"] = job_rows([read_state(settings.home, name) for name in jobs()], now)
    answer["critical_sources_stale"] = critical_sources(answer["sources"])
    show(answer, as_json, terminal.health)
    if answer["critical_stale"] or answer["critical_sources_stale"]:
        raise typer.Exit(1)


def _brief(settings: Settings, as_of: str | None, as_json: bool) -> None:
    from oilseer.dashboard import answers, terminal

    with reading(settings, as_of) as connection:
        show(answers.brief(connection), as_json, terminal.brief)


if __name__ == "__main__":
    main()
