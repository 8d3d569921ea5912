"""Commands of the cover decision: the plan, of the settings' needs or of one's own table, and its policies replayed."""

from pathlib import Path
from typing import Annotated

import typer

from oilseer.console import AsOf, Json, reading, show
from oilseer.errors import ConfigError
from oilseer.settings import Settings, read_settings

app = typer.Typer()
plans = typer.Typer()
app.add_typer(plans, name="plan", help="How much to cover, until when, and why.")


@plans.callback(invoke_without_command=True)
def plan(
    context: typer.Context,
    needs: Annotated[
        Path | None, typer.Option(help="Your own table, .csv or .toml: needs by month, cover in place, bounds.")
    ] = None,
    example: Annotated[Path | None, typer.Option(help="Write such a table there, to edit, and end.")] = None,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """How much to cover, until when, and why."""
    if context.invoked_subcommand is not None:
        return
    from oilseer.dashboard import answers, terminal

    settings = read_settings()
    if example is not None:
        return _write_example(settings, example, as_of)
    with reading(settings, as_of) as connection:
        if needs is None:
            answer = answers.plan(connection)
        else:
            from oilseer import decide
            from oilseer.decisions.needs import read_needs

            answer = answers.plan_of(connection, *decide.plan_needs(connection, read_needs(needs), settings))
        show(answer, as_json, terminal.plan)


@plans.command()
def backtest(
    since: Annotated[int, typer.Option(metavar="YEAR", help="First year of need.", min=1975)] = 2012,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """What cover policies would have paid, each from what was known then, against ratable buying."""
    from oilseer import decide
    from oilseer.dashboard import answers, replay_tables

    settings = read_settings()
    with reading(settings, as_of) as connection:
        report = decide.backtest_policies(connection, settings, since)
        show(answers.policy_backtest(connection, report.to_dict()), as_json, replay_tables.policies)


def _write_example(settings: Settings, path: Path, as_of: str | None) -> None:
    """A table of needs from the newest session on. Raises ConfigError rather than write over a file."""
    from oilseer.dashboard import tables
    from oilseer.decisions.needs import example

    if path.suffix != ".csv" or path.exists():
        found = "a file that is there already" if path.exists() else "another kind of file"
        raise ConfigError(f"--example {path}: found {found}, expected a new .csv file: give another name")
    with reading(settings, as_of) as connection:
        tables.require(connection, tables.PREDICTIONS, "forecast", "run")
        day, _ = tables.newest(connection, tables.PREDICTIONS)
        (price,) = connection.execute(
            f"SELECT price_cents_per_lb FROM {tables.PREDICTIONS} WHERE as_of_date = ? LIMIT 1", [day]
        ).fetchone()
    path.write_text(example(day, price), encoding="utf-8")
    typer.echo(f"{path}: edit it, then `oilseer plan --needs {path}`")
