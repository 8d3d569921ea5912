"""Commands of the dashboard: serve it, and set the PIN of its administration."""

import os
import sys
from typing import Annotated

import typer

from oilseer.console import clock, workspace_of
from oilseer.errors import ConfigError
from oilseer.settings import read_settings

app = typer.Typer()
pins = typer.Typer(no_args_is_help=True, help="The PIN of the dashboard's administration.")
app.add_typer(pins, name="pin")


@app.command()
def dashboard(
    host: Annotated[str, typer.Option(help="Address to listen on; another than this machine's own needs a PIN.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 8765,
    open_: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    name: Annotated[list[str] | None, typer.Option(help="A host name it is reached by; may be given again.")] = None,
    proxy: Annotated[
        bool, typer.Option("--proxy", help="A TLS proxy on this machine stands before it and says who asks.")
    ] = False,
) -> None:
    """Serve the dashboard and its JSON API from the published snapshot, until Ctrl+C."""
    from oilseer.web.app import create_app
    from oilseer.web.security import is_loopback
    from oilseer.web.serve import bound, run, server_of

    settings = read_settings()
    workspace, pin = workspace_of(settings), _environment_pin()
    is_closed = proxy or not is_loopback(host)
    server = create_app(workspace, settings, clock, pin, [host, *(name or ())], is_closed)
    try:
        if is_closed and not server.site.pins.is_set:
            raise ConfigError(
                f"--host {host}{' --proxy' * proxy}: other machines could read positions and plans, and no PIN is set; "
                "`oilseer pin set` or OILSEER_PIN sets one, without --host only this machine is served"
            )
        if is_closed and not proxy:
            typer.echo(
                f"Other machines reach {host}: every page needs the PIN, but it travels unencrypted. Put a TLS proxy "
                "in front (--proxy) unless you trust the network.", err=True,
            )  # fmt: skip
        listening = bound(host, port)
        address = f"http://{'localhost' if is_loopback(host) else host}:{listening.getsockname()[1]}/"
        typer.echo(f"Dashboard of the {workspace.kind} workspace {workspace.home}: {address} (Ctrl+C ends it)")
        run(server_of(server.app, server.site.pulse, is_behind_proxy=proxy), listening, address if open_ else None)
    finally:
        server.close()


@pins.command(name="set")
def set_() -> None:
    """Set the PIN, typed twice or from standard input; who is logged in has to log in again."""
    from oilseer.web.pin import Pins, checked
    from oilseer.web.store import Store

    workspace = workspace_of(read_settings())
    if sys.stdin.isatty():
        typed = typer.prompt("New PIN", hide_input=True, confirmation_prompt=True)
    else:
        typed = sys.stdin.readline().strip()
    pin, warning = checked(typed)
    store = Store(workspace.home)
    try:
        Pins(store, clock, None).set(pin)
    finally:
        store.close()
    typer.echo(f"The PIN of {workspace.home} is set.")
    for line in (warning, "OILSEER_PIN is set and goes before it." if os.environ.get("OILSEER_PIN") else None):
        if line:
            typer.echo(line, err=True)


def _environment_pin() -> str | None:
    """OILSEER_PIN; None where it is not set. Raises ConfigError for one that is no PIN."""
    from oilseer.web.pin import checked

    if not os.environ.get("OILSEER_PIN"):
        return None
    pin, warning = checked(os.environ["OILSEER_PIN"])
    if warning:
        typer.echo(f"OILSEER_PIN: {warning}", err=True)
    return pin
