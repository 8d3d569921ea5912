"""How answers are laid out in a terminal: 100 columns at most, nothing cut off, text never read as markup."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from oilseer.dashboard.words import SIMULATED_MARK

WIDTH = 100


@dataclass(frozen=True)
class Narrow:
    """Its content at 100 columns at most, however wide the terminal."""

    content: RenderableType

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        yield from console.render(self.content, options.update(width=min(options.max_width, WIDTH)))


def table(*columns: str | tuple[str, str], gap: int = 2) -> Table:
    """A plain table; a column is its heading, right-aligned, or a pair of heading and side."""
    made = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    for column in columns:
        name, side = (column, "right") if isinstance(column, str) else column
        made.add_column(Text(name), justify=side, overflow="fold")
    return made


def add(made: Table, *cells: str | Text, style: str = "") -> None:
    """A row of plain text."""
    made.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells), style=style)


def mark(answer: dict) -> list[RenderableType]:
    """The mark that no one can miss, in simulated workspaces."""
    return [Text(f" {SIMULATED_MARK} ", "bold black on yellow")] if answer.get("simulated") else []


def run_line(answer: dict) -> Text:
    """Which run and workspace an answer comes from."""
    run_id = answer.get("run_id")
    return Text(f"run {run_id}, as of {answer['as_of_date']}, {answer['workspace']} workspace" if run_id else "", "dim")
