"""Commands about price risk: the risk table, how it did in the past, and stress tests kept to be run again."""

from typing import Annotated

import typer

from oilseer.console import AsOf, Json, clock, day_of, reading, show, workspace_of
from oilseer.settings import read_settings

app = typer.Typer()
scenario = typer.Typer(no_args_is_help=True, help="Stress tests: what a shock would do, and what followed such moves.")
app.add_typer(scenario, name="scenario")
Identity = Annotated[str, typer.Argument(help="Identity of a saved scenario, or enough of its beginning.")]


@app.command()
def risk(
    past: Annotated[
        bool, typer.Option("--past", help="How often outcomes went beyond the upper bands so far.")
    ] = False,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """What the open pounds may cost: upper tail by horizon and by month, in ¢/lb and dollars."""
    from oilseer import price_risk
    from oilseer.dashboard import risk_tables

    settings = read_settings()
    with reading(settings, as_of) as connection:
        if past:
            show(price_risk.past_risk(connection, settings), as_json, risk_tables.exceedances)
        else:
            show(price_risk.price_risk(connection, settings), as_json, risk_tables.risk)


@scenario.command(name="list")
def list_(as_json: Json = False) -> None:
    """The shipped scenarios, and those that were run and kept."""
    from oilseer.dashboard import scenario_tables
    from oilseer.forecasts.scenario_runs import saved
    from oilseer.warehouse.connect import writer

    with writer(workspace_of(read_settings())) as connection:
        kept = saved(connection)
    show(scenario_tables.catalogue(kept), as_json, scenario_tables.catalogue_table)


@scenario.command()
def run(
    name: Annotated[str | None, typer.Argument(help="A shipped scenario; without one, give --shock.")] = None,
    shock: Annotated[
        list[str] | None, typer.Option("--shock", help="CL=-20%, VIX=+30 (points); may be given again.")
    ] = None,
    sessions: Annotated[int, typer.Option(help="Sessions over which your own shocks spread.")] = 21,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Run a stress test on the published forecast and keep it. Changes no forecast."""
    from oilseer.dashboard import scenario_tables
    from oilseer.errors import ConfigError
    from oilseer.forecasts.scenario_runs import save
    from oilseer.reference import scenarios
    from oilseer.warehouse.connect import writer

    if name and shock:
        raise ConfigError(f"scenario {name} has its own shocks: give a name or --shock, not both")
    wanted = scenarios.scenario(name) if name else scenarios.own_scenario(shock or [], sessions)
    answer = _stress(wanted, as_of)
    with writer(workspace_of(read_settings())) as connection:
        save(connection, answer, clock())
    show(answer, as_json, scenario_tables.scenario)


@scenario.command(name="show")
def show_(identity: Identity, as_json: Json = False) -> None:
    """A kept scenario as it was answered."""
    from oilseer.dashboard import scenario_tables

    show(_kept(identity), as_json, scenario_tables.scenario)


@scenario.command()
def compare(first: Identity, second: Identity, as_json: Json = False) -> None:
    """Two kept scenarios beside each other."""
    from oilseer.dashboard import scenario_tables

    show(scenario_tables.comparison(_kept(first), _kept(second)), as_json, scenario_tables.comparison_table)


@scenario.command()
def replay(identity: Identity, as_json: Json = False) -> None:
    """Run a kept scenario again on the same session, and say what differs; exit code 1 where anything does."""
    from oilseer.dashboard import scenario_tables
    from oilseer.reference.scenarios import Move, Scenario

    before = _kept(identity)
    moves = tuple(
        Move(*(shock[part] for part in ("symbol", "size", "unit", "why", "source"))) for shock in before["shocks"]
    )
    wanted = Scenario(before["scenario"], before["title"], before["sessions"], moves)
    answer = scenario_tables.replayed(before, _stress(wanted, before["as_of_date"]))
    show(answer, as_json, scenario_tables.replayed_table)
    if answer["differs"]:
        raise typer.Exit(1)


def _stress(wanted: object, as_of: str | None) -> dict:
    """The answer on the published forecast, or where another session is asked, on its replay."""
    from oilseer import stress
    from oilseer.dashboard.tables import PREDICTIONS, exists, newest
    from oilseer.market.sessions import on_or_before

    settings, day = read_settings(), day_of(as_of)
    with reading(settings, None) as connection:
        if day is None or (exists(connection, PREDICTIONS) and on_or_before(day) == newest(connection, PREDICTIONS)[0]):
            return stress.stress(connection, settings, wanted)
    with reading(settings, as_of) as connection:
        return stress.stress(connection, settings, wanted)


def _kept(identity: str) -> dict:
    from oilseer.forecasts.scenario_runs import read
    from oilseer.warehouse.connect import writer

    with writer(workspace_of(read_settings())) as connection:
        return read(connection, identity)
