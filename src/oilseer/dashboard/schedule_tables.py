"""The schedule as a terminal table."""

from rich.console import RenderableType

from oilseer.dashboard import layout
from oilseer.dashboard.words import NOTHING


def schedule_table(answer: dict) -> RenderableType:
    """Jobs, their times and how their last run ended."""
    made = layout.table(("job", "left"), ("when", "left"), ("what", "left"), ("last success", "left"), "runs", "failed")
    for row in answer["rows"]:
        state = row["state"]
        layout.add(made, row["name"], f"{row['cron']} {row['zone']}", row["what"],
                   (state["last_success"] or NOTHING)[:16], str(state["runs"]), str(state["failures"]))  # fmt: skip
    return layout.Narrow(made)
