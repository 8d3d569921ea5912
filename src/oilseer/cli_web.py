"""Commands of the dashboard: serve it, and set the PIN of its administration."""

import typer

app = typer.Typer()
