"""Commands that show the market's state and the reasons: regimes, Big 8, conviction, rules, explanations."""

from typing import Annotated

import typer

from oilseer.console import AsOf, Json, clock, progress, reading, reading_built, show, workspace_of
from oilseer.settings import read_settings

app = typer.Typer()


@app.command()
def regimes(
    sessions: Annotated[int, typer.Option(min=1, help="How many of the last sessions.")] = 10,
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """The volatility gate, the VIX band, and how probable crisis, bull, bear and normal are in the next month."""
    from oilseer.dashboard import states

    with reading_built(read_settings(), as_of) as connection:
        show(states.regimes(connection, sessions), as_json, states.regimes_table)


@app.command()
def big8(as_of: AsOf = None, as_json: Json = False) -> None:
    """The Big 8 from 0 to 100, by session and live, each beside the sign that the data support."""
    from oilseer.dashboard import states

    with reading_built(read_settings(), as_of) as connection:
        show(states.big_eight(connection), as_json, states.big_eight_table)


@app.command()
def live(as_json: Json = False) -> None:
    """Bring the Big 8 between two closes up to the newest hourly bars; the published forecast stays as it is."""
    from oilseer import pipeline
    from oilseer.ops import live_scores

    settings = read_settings()
    with progress() as say:
        added = pipeline.refresh_live(workspace_of(settings), pipeline.Job(settings, clock, say))
    with reading_built(settings, None) as connection:
        live_scores.leave(connection, settings.home)  # for the dashboard, which reads the published snapshot
    show({"rows_added": added, "measured_at": clock().isoformat()}, as_json, lambda made: f"{added} live scores added")


@app.command()
def conviction(as_of: AsOf = None, as_json: Json = False) -> None:
    """How clear the direction is, apart from it how precise the forecast, and what such numbers meant in the past."""
    from oilseer.dashboard import convictions

    with reading(read_settings(), as_of) as connection:
        show(convictions.conviction(connection), as_json, convictions.conviction_table)


@app.command()
def rules(as_of: AsOf = None, as_json: Json = False) -> None:
    """The twelve signal rules: today's verdicts, the evidence, and the features that they govern."""
    from oilseer.dashboard import states

    with reading_built(read_settings(), as_of) as connection:
        show(states.rules(connection), as_json, states.rules_table)


@app.command()
def explain(
    horizon: Annotated[str, typer.Option(help="1w, 1m, 3m, 6m or 12m.")] = "1m",
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Why the middle forecast is what it is: what each driver adds, in ¢/lb, and what changed since the day before."""
    from oilseer.dashboard import explanations

    with reading(read_settings(), as_of) as connection:
        show(explanations.explain(connection, horizon), as_json, explanations.explanation_tables)
