"""What pruning chose and what was exported, for people and machines."""

from datetime import date
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.words import number, percent

SHOWN = 5


def pruning(origin: date, folds: dict) -> dict:
    """Choices by horizon: counts and every feature with its reason."""
    return {
        "origin": origin.isoformat(),
        "units": {"importance": "share of the trees' gain, mean over parts of history"},
        "horizons": [
            {"label": label, "features": len(choices), "kept": sum(choice.kept for choice in choices),
             "choices": [vars(choice) for choice in choices]}
            for label, choices in folds.items()
        ],
    }  # fmt: skip


def pruning_table(answer: dict) -> RenderableType:
    """The most important of each horizon."""
    made = layout.table(("", "left"), "kept", ("most important", "left"), "share", ("why", "left"))
    for fold in answer["horizons"]:
        for place, choice in enumerate([c for c in fold["choices"] if c["kept"]][:SHOWN]):
            lead = (fold["label"], f"{fold['kept']} of {fold['features']}") if place == 0 else ("", "")
            layout.add(made, *lead, choice["feature"], percent(choice["importance"]), choice["reason"])
    return layout.Narrow(Group(Text(f"Chosen on outcomes known at {answer['origin']}"), made))


def exports_table(manifest: dict, folder: Path) -> RenderableType:
    """The files of an export."""
    made = layout.table(("file", "left"), "rows", "columns", ("span", "left"))
    for file in manifest["files"]:
        layout.add(made, file["file"], number(file["rows"], 0), str(len(file["columns"])),
                   f"{file['first']} to {file['last']}")  # fmt: skip
    note = Text(f"Written to {folder} with manifest.json. {manifest['selection']}.", "dim")
    return layout.Narrow(Group(*layout.mark(manifest), made, note))
