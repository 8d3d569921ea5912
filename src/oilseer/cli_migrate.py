"""Commands for leaving an older system: import its tables, and run beside it."""

from pathlib import Path
from typing import Annotated

import typer

from oilseer.console import Json, clock, progress, show, workspace_of
from oilseer.settings import read_settings

app = typer.Typer()


@app.command(name="import-legacy")
def import_legacy(
    folder: Annotated[Path, typer.Argument(help="Folder of exported Parquet tables, one file a table.")],
    report: Annotated[
        Path | None, typer.Option(help="Where the HTML page goes; default: reports/legacy.html in the workspace.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find out what an old warehouse's tables are worth, load what is sound, and say why the rest is not."""
    from oilseer.dashboard import migration
    from oilseer.raw.legacy import migrate
    from oilseer.raw.legacy.inventory import parquet_files
    from oilseer.warehouse.connect import writer
    from oilseer.warehouse.workspace import create_workspace

    settings, now = read_settings(), clock()
    parquet_files(folder)  # a wrong folder makes no workspace
    workspace = create_workspace(settings.home, "real", now, settings.database)
    with writer(workspace) as connection, progress() as say:
        answer = migrate.import_legacy(connection, folder, now, say).to_dict()
    page = migration.write_page(answer, report or workspace.home / "reports" / "legacy.html")
    show(answer, as_json, migration.terminal)
    typer.echo(f"Report: {page}", err=True)


@app.command(name="parallel-run")
def parallel_run(
    other: Annotated[Path, typer.Argument(help="CSV or Parquet: as_of_date, horizon, level, value in ¢/lb.")],
    tolerance: Annotated[float, typer.Option(min=0, help="Largest difference that counts as agreement, ¢/lb.")] = 0.05,
    percent: Annotated[float, typer.Option(min=0, help="The same in percent of our value.")] = 0.1,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="First day to compare; default: their first.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day to compare; default: their last.")] = None,
    as_json: Json = False,
) -> None:
    """Compare another system's daily forecasts with ours; exit code 1 where they do not agree."""
    from oilseer.console import day_of
    from oilseer.dashboard import migration
    from oilseer.ops import parallel
    from oilseer.warehouse.connect import writer

    allowed = parallel.Tolerance(tolerance, percent / 100)
    theirs, digest = parallel.read_other(other)
    span = (day_of(since) or theirs["as_of_date"].min(), day_of(until) or theirs["as_of_date"].max())
    with writer(workspace_of(read_settings())) as connection:
        compared = parallel.compare(parallel.ours(connection), theirs, allowed, span)
        answer = parallel.answer_of(compared, allowed)
        parallel.record(connection, compared, other.name, digest, allowed, clock())
    show(answer, as_json, migration.parallel)
    if not answer["agrees"]:
        raise typer.Exit(1)
