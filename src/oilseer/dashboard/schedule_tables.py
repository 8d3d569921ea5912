"""The schedule, and what a sync did, as terminal tables."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.words import NOTHING, number


def schedule_table(answer: dict) -> RenderableType:
    """Jobs, their times and how their last run ended."""
    made = layout.table(("job", "left"), ("when", "left"), ("what", "left"), ("last success", "left"), "runs", "failed")
    for row in answer["rows"]:
        state = row["state"]
        layout.add(made, row["name"], f"{row['cron']} {row['zone']}", row["what"],
                   (state["last_success"] or NOTHING)[:16], str(state["runs"]), str(state["failures"]))  # fmt: skip
    return layout.Narrow(made)


def sync_table(answer: dict) -> RenderableType:
    """Tables and rows on both sides, and what was done."""
    made = layout.table(("table", "left"), "rows here", "rows there", ("", "left"))
    for row in answer["rows"]:
        layout.add(made, row["table"], number(row["rows_source"], 0), number(row["rows_target"], 0), row["action"])
    lead = f"{answer['source']} to {answer['target']}" + (": a dry run, nothing written" if answer["dry_run"] else "")
    return layout.Narrow(Group(Text(lead), made))
