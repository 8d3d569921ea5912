"""The legacy import and the parallel run, for people: tables for a terminal, and one HTML page with the evidence."""

import os
from pathlib import Path

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.report import environment
from oilseer.dashboard.words import NOTHING, listed, number, percent

ROWS = (("read", "read"), ("loaded", "loaded"), ("known", "known"), ("copies", "copies"), ("rejected", "rejected"),
        ("quarantined", "held"))  # fmt: skip
STYLE = {"keep": "green", "keep part": "yellow", "replace": "cyan", "reject": "bold red"}
SAY = {
    "keep": "sound: its rows were loaded, or are there already",
    "keep part": "the sound part was loaded, the rest was not",
    "replace": "nothing false was proven, and no raw table takes it: another source makes it anew",
    "reject": "nothing of it was loaded",
}
SHOWN_REASON = 200


def terminal(answer: dict) -> RenderableType:
    """Every table with its verdict and the account of its rows, then why, then the totals."""
    made = layout.table(("verdict", "left"), ("table", "left"), *(label for _, label in ROWS), gap=1)
    for table in answer["tables"]:
        verdict = Text(table["verdict"], STYLE[table["verdict"]])
        layout.add(made, verdict, _short(table["file"]), *(number(table[name], 0) for name, _ in ROWS))
    why: list[RenderableType] = [Text("\nWhy", "bold")]
    for table in answer["tables"]:
        if table["verdict"] == "keep" and not table["reason"].count("stale"):
            continue
        reason = table["reason"]
        cut = reason if len(reason) <= SHOWN_REASON else reason[:SHOWN_REASON].rsplit(" ", 1)[0] + " …"
        why.append(Text.assemble((f"{_short(table['file'])}: ", "bold"), cut))
        why += [Text(f"   {step}", "dim") for step in table["to_do"]]
    totals = ", ".join(f"{number(answer['totals'][name], 0)} {label}" for name, label in ROWS)
    found = listed([f"{count} {verdict}" for verdict, count in answer["verdicts"].items()])
    lead = Text(f"{len(answer['tables'])} Parquet files in {answer['folder']}: {found}")
    notes = "read = loaded + known (the table has them already) + copies + rejected + held (staging.quarantine)"
    left = [Text(f"Not Parquet, not read: {listed(answer['not_parquet'])}", "dim")] if answer["not_parquet"] else []
    return layout.Narrow(Group(lead, made, *why, Text(f"\nIn all: {totals}"), Text(notes, "dim"), *left))


def write_page(answer: dict, path: Path) -> Path:
    """Write the report of a legacy import as one HTML file, whole or not at all; the path."""
    content = environment().get_template("migration.html").render(
        answer=answer, labels=ROWS, short=_short, say=SAY, order=("reject", "keep part", "replace", "keep"),
        by_verdict={v: [t for t in answer["tables"] if t["verdict"] == v] for v in SAY},
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_text(content, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def parallel(answer: dict) -> RenderableType:
    """Two systems' forecasts: what only one has, and the values that lie apart."""
    lines = [
        f"{answer['first_day']} to {answer['last_day']}: {answer['shared_days']} days in both, "
        f"{answer['agreeing']:,} of {answer['compared']:,} values agree within "
        f"{answer['tolerance_cents_per_lb']:g} ¢/lb "
        f"and {percent(answer['tolerance_ratio'], 2)}"
    ]
    for name, words in (
        ("days_only_ours", "Days only we have"), ("days_only_theirs", "Days only they have"),
        ("horizons_only_ours", "Horizons only we have"), ("horizons_only_theirs", "Horizons only they have"),
        ("levels_only_ours", "Levels only we have"), ("levels_only_theirs", "Levels only they have"),
    ):  # fmt: skip
        if answer[name]:
            lines.append(f"{words}: {listed([str(value) for value in answer[name]])}")
    parts: list[RenderableType] = [Text("\n".join(lines))]
    if answer["rows"]:
        made = layout.table(("as of", "left"), "horizon", "level", "ours", "theirs", "apart", "percent")
        for row in answer["rows"]:
            layout.add(
                made, row["as_of_date"], str(row["horizon"]), f"{row['level']:g}", number(row["ours"], 3),
                number(row["theirs"], 3), number(row["difference"], 3, signed=True),
                percent(row["ratio"], 2, signed=True),
            )  # fmt: skip
        more = answer["differing"] - len(answer["rows"])
        parts += [made, Text(f"¢/lb; {more} more with --json or in ops.parallel_runs", "dim")] if more > 0 else [made]
    parts.append(Text("They agree", "green") if answer["agrees"] else Text("They do not agree", "bold red"))
    return layout.Narrow(Group(*parts))


def _short(file: str) -> str:
    return file.removesuffix(".parquet").split(".", 1)[-1] or NOTHING
