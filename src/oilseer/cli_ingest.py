"""Commands that feed the warehouse: the ingest of all sources, and the quarantine where bad rows wait for a person."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer

from oilseer.console import Json, clock, progress, show, workspace_of
from oilseer.errors import ConfigError
from oilseer.settings import Settings, read_settings

app = typer.Typer()
quarantine = typer.Typer(help="Rows that were held back: why, and what to do with each.", no_args_is_help=True)
app.add_typer(quarantine, name="quarantine")
SERVICE = "oilseer"  # in the system keyring
Note = Annotated[str, typer.Option("--note", help="Why, for those who come after you.")]
Identity = Annotated[str, typer.Argument(metavar="ID", help="Its id, or the first 6 or more characters of it.")]


@app.command()
def ingest(
    source: Annotated[list[str] | None, typer.Argument(help="Sources by name; all where none is named.")] = None,
    since: Annotated[str | None, typer.Option(metavar="DATE", help="First observation date to fetch.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last observation date to fetch.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Read the archive anew; no network.")] = False,
    as_json: Json = False,
) -> None:
    """Read every source from its service into raw; exit code 1 where a critical one has nothing to serve."""
    from oilseer.dashboard import intake
    from oilseer.raw.ingest import Request, failed_critical

    request = Request(tuple(source or ()), _day(since, "--since"), _day(until, "--until"), offline)
    settings = read_settings()
    with progress() as say:
        states = ingest_sources(settings, request, say)
    failed = failed_critical(states)
    rows = [{name: _plain(value) for name, value in row.items()} for row in states]
    show(
        {"rows": rows, "critical_failed": failed, "measured_at": present(settings)().isoformat()},
        as_json,
        intake.sources,
    )
    if set(failed) & set(request.names or failed):
        raise typer.Exit(1)


@app.command()
def sources() -> None:
    """Print what every source brings, how far its reader is proven, its key, rhythm, delay and licence (Markdown)."""
    from oilseer.raw.catalogue import markdown

    typer.echo(markdown(), nl=False)


def ingest_sources(settings: Settings, request: Any, say: Any) -> list[dict]:
    """Ingest into the real workspace of the settings, made where there is none; the state of every source."""
    from oilseer.raw.ingest import Desk
    from oilseer.raw.ingest import ingest as run
    from oilseer.raw.network import Network
    from oilseer.warehouse.connect import writer
    from oilseer.warehouse.workspace import create_workspace

    now = present(settings)
    workspace = create_workspace(settings.home, "real", clock(), settings.database)
    network = Network(now, settings.sources_url)
    try:
        with writer(workspace) as connection:
            return run(Desk(connection, settings.home, network, now, keys()), request, say)
    finally:
        network.close()


def ingest_first(settings: Settings, say: Any) -> None:
    """The first step of a day's run: every source, in a real workspace or where there is none yet.

    What failed leaves its last good copy in force and is told on the error stream; the gates decide what it means.
    """
    from oilseer.raw.ingest import Request

    if (settings.home / "workspace.json").exists() and workspace_of(settings).kind != "real":
        return
    for row in ingest_sources(settings, Request(), say):
        if row["status"] in ("failed", "stale"):
            typer.echo(f"{row['source']}: {row['message']}", err=True)


def present(settings: Settings) -> Callable[[], datetime]:
    """The clock of sources and runs: ours, or that of a mirror which stands in the past, going on from there."""
    if settings.sources_now is None:
        return clock
    if settings.sources_url is None:
        raise ConfigError("OILSEER_SOURCES_NOW without OILSEER_SOURCES_URL: only a mirror has a clock of its own")
    began, stands = clock(), settings.sources_now.astimezone(UTC)
    return lambda: stands + (clock() - began)


def keys() -> dict[str, str]:
    """The sources' keys that are set: in the environment, else in the system keyring; never from a file."""
    from oilseer.reference.sources import sources

    wanted = {facts.key for facts in sources().values() if facts.key}
    found = {name: os.environ.get(name, "").strip() or _from_keyring(name) for name in sorted(wanted)}
    return {name: key for name, key in found.items() if key}


def _from_keyring(name: str) -> str:
    import keyring
    import keyring.errors

    try:
        return (keyring.get_password(SERVICE, name) or "").strip()
    except keyring.errors.KeyringError:  # a server has none, or it is locked
        return ""


@quarantine.command(name="list")
def list_(
    source: Annotated[str | None, typer.Option(help="Rows of one source only.")] = None,
    status: Annotated[str, typer.Option(help="held, released or rejected")] = "held",
    as_json: Json = False,
) -> None:
    """Reasons with counts, and the newest rows."""
    from oilseer.dashboard import intake
    from oilseer.raw import triage

    if status not in triage.STATUSES:
        raise ConfigError(f"--status {status!r}: expected one of {', '.join(triage.STATUSES)}")
    with _writing() as connection:
        answer = triage.listing(connection, source, status)
    show(answer, as_json, intake.quarantine)


@quarantine.command(name="show")
def show_(identity: Identity, as_json: Json = False) -> None:
    """One row in full: where it was to go, what was found, what was expected, what was decided."""
    from oilseer.dashboard import intake
    from oilseer.raw import triage

    with _writing() as connection:
        answer = triage.shown(connection, identity)
    show(answer, as_json, intake.held_row)


@quarantine.command()
def release(identity: Identity, note: Note, as_json: Json = False) -> None:
    """Put a row into its table after all, with its own provenance."""
    from oilseer.raw import triage

    _decide(triage.release, identity, note, as_json)


@quarantine.command()
def reject(identity: Identity, note: Note, as_json: Json = False) -> None:
    """Mark a row as rightly held: it is kept, and stays out."""
    from oilseer.raw import triage

    _decide(triage.reject, identity, note, as_json)


def _decide(decide: Any, identity: str, note: str, as_json: bool) -> None:
    from oilseer.dashboard import intake

    if not note.strip():
        raise ConfigError("--note is empty; expected why, for those who come after you")
    with _writing() as connection:
        answer = decide(connection, identity, note.strip(), clock())
    show(answer, as_json, intake.decision)


@contextmanager
def _writing() -> Iterator[Any]:
    from oilseer.warehouse.connect import writer

    with writer(workspace_of(read_settings())) as connection:
        yield connection


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option} {text!r}: expected a date as YYYY-MM-DD") from None


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
