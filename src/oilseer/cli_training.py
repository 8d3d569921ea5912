"""Commands about what models learn from: pruning inside the fold, and training sets for other tools."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import duckdb
import typer

from oilseer.console import AsOf, Json, clock, day_of, progress, reading_built, show, workspace_of
from oilseer.quantiles import HORIZONS
from oilseer.settings import read_settings

if TYPE_CHECKING:
    from oilseer.training.history import History

app = typer.Typer()
export = typer.Typer(no_args_is_help=True, help="Write what other tools read.")
app.add_typer(export, name="export")


@app.command()
def prune(as_of: AsOf = None, as_json: Json = False) -> None:
    """Choose 80 to 120 features a horizon on outcomes known at a session, and keep why in the importance log."""
    from oilseer.dashboard import training_tables
    from oilseer.market.sessions import on_or_before
    from oilseer.training.prune import log_choices
    from oilseer.training.prune import prune as choose
    from oilseer.warehouse.connect import writer

    settings, day = read_settings(), day_of(as_of)
    with writer(workspace_of(settings)) as connection, progress() as say:
        history, buckets = _learned_from(connection)
        origin: date = history.dates[-1].astype(object) if day is None else on_or_before(day)
        folds = {}
        for done, (label, horizon) in enumerate(HORIZONS.items()):
            say("pruning", done, len(HORIZONS))
            folds[label] = choose(history, origin, horizon, buckets)
            log_choices(connection, origin, horizon, folds[label])
        say("pruning", len(HORIZONS), len(HORIZONS))
    show(training_tables.pruning(origin, folds), as_json, training_tables.pruning_table)


@app.command()
def compare(as_json: Json = False) -> None:
    """Ways of combining and calibrating, and all models against chance, on the stored forecasts; publishes nothing."""
    from oilseer import pipeline
    from oilseer.dashboard import comparison_tables

    settings = read_settings()
    with progress() as say:
        job = pipeline.Job(settings, clock, say)
        answer = pipeline.compare_only(workspace_of(settings), job, comparison_tables.answer)
    show(answer, as_json, comparison_tables.tables)


@export.command()
def training(
    out: Annotated[Path, typer.Option(help="Folder of the ten Parquet files and their manifest.")] = Path("training"),
    as_of: AsOf = None,
    as_json: Json = False,
) -> None:
    """Write zl_training_{prod|full}_allhistory_{horizon}.parquet: features beside the outcome, known outcomes only."""
    from oilseer.dashboard import states, training_tables
    from oilseer.training.exports import write_training_sets

    with reading_built(read_settings(), as_of) as connection:
        history, buckets = _learned_from(connection)
        named = states.named(connection, states.MATRIX, {})
    with progress() as say:
        manifest = write_training_sets(
            history, out, buckets, named["run_id"], named["simulated"],
            lambda done, total: say("training sets", done, total),
        )  # fmt: skip
    show(manifest, as_json, lambda made: training_tables.exports_table(made, out))


def _learned_from(connection: duckdb.DuckDBPyConnection) -> tuple["History", dict[str, str]]:
    """Prices and features of all sessions, and the bucket of the Big 8 by feature. Raises ConfigError without them."""
    from oilseer.dashboard.tables import require
    from oilseer.training.history import read_history

    require(connection, "reference.feature_registry", "features", "build features")
    buckets = connection.execute("SELECT name, bucket FROM reference.feature_registry ORDER BY ALL").fetchall()
    return read_history(connection), dict(buckets)
