"""Commands about features: their build, and what each is, says and rests on."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from oilseer.console import AsOf, Json, clock, progress, reading_built, show, workspace_of
from oilseer.errors import ConfigError
from oilseer.settings import read_settings

app = typer.Typer()
build = typer.Typer(invoke_without_command=True, help="Make staging and features anew from raw, and check their gates.")
features = typer.Typer(no_args_is_help=True, help="What is known at each session: every feature, explained.")
app.add_typer(build, name="build")
app.add_typer(features, name="features")


@build.callback()
def build_(context: typer.Context, as_json: Json = False) -> None:
    """Make staging and features anew from raw, and check their gates."""
    if context.invoked_subcommand is not None:
        return
    from oilseer import pipeline
    from oilseer.dashboard import terminal

    settings = read_settings()
    with progress() as say:
        checks = pipeline.build_only(workspace_of(settings), pipeline.Job(settings, clock, say))
    show({"rows": [vars(check) for check in checks]}, as_json, terminal.gates)


@build.command(name="features")
def build_features(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make every session anew, not only the new ones.")] = False,
    as_json: Json = False,
) -> None:
    """Add what new sessions need to the features; staging is made first where raw changed since."""
    from oilseer import pipeline
    from oilseer.dashboard import feature_tables

    settings = read_settings()
    with progress() as say:
        answer = pipeline.features_only(workspace_of(settings), pipeline.Job(settings, clock, say), rebuild)
    show(answer, as_json, feature_tables.built)


@features.command(name="list")
def list_(
    family: Annotated[str | None, typer.Option(help="One family only.")] = None,
    bucket: Annotated[str | None, typer.Option(help="One bucket of the Big 8 only.")] = None,
    missing: Annotated[bool, typer.Option("--missing", help="Only those without a value that day, and why.")] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Every feature: latest value, age, how much is null, and why what is missing is missing."""
    from oilseer.dashboard import feature_answers, feature_tables

    with reading_built(read_settings(), as_of) as connection:
        answer = feature_answers.listed(connection, family, bucket, missing)
    show(answer, as_json, feature_tables.features)


@features.command(name="show")
def show_(
    name: Annotated[str, typer.Argument(help="Its name, as `oilseer features list` prints it.")],
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """One feature in full: formula, reason, lineage, age, chart, statistics, and the signal rules that govern it."""
    from oilseer.dashboard import feature_answers, feature_tables

    with reading_built(read_settings(), as_of) as connection:
        answer = feature_answers.shown(connection, name)
    show(answer, as_json, feature_tables.feature)


@features.command()
def catalogue(
    out: Annotated[
        Path, typer.Option(help="Where it goes: .html with values and charts, .md with declarations and counts.")
    ] = Path("features.html"),
    as_of: AsOf = None,
) -> None:
    """Write the document of all features: one HTML file that opens offline, or Markdown without values."""
    from oilseer.dashboard import feature_answers, feature_catalogue, feature_page

    pages = {".html": feature_page.page, ".md": partial(feature_catalogue.markdown, today=clock().date())}
    if out.suffix not in pages:
        raise ConfigError(f"--out {out}: expected a name that ends in {' or '.join(pages)}")
    with reading_built(read_settings(), as_of) as connection:
        answer = feature_answers.everything(connection)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(pages[out.suffix](answer), encoding="utf-8")
    typer.echo(f"Catalogue of {len(answer['rows'])} features: {out}")
