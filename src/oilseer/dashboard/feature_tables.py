"""Features in a terminal: a list, one in full with its chart, and what a build of them did."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.dots import draw
from oilseer.dashboard.terminal import gates
from oilseer.dashboard.words import NOTHING, counted, day, listed, number, percent, short

VERDICT_STYLE = {"bullish": "green", "bearish": "red", "caution": "yellow"}


def features(answer: dict) -> RenderableType:
    """A line a feature; below, why those without a value have none."""
    made = layout.table(
        ("feature", "left"), "latest", "sessions", "days", "null", ("since", "left"), ("bucket", "left"), gap=1
    )
    made.columns[0].no_wrap = True
    family = None
    for row in answer["rows"]:
        if row["family"] != family:
            family = row["family"]
            layout.add(made, Text(family, "bold"))
        layout.add(
            made, f"  {row['name']}", NOTHING if row["missing_because"] else short(row["value"]),
            number(row["age_sessions"], 0), number(row["age_days"], 0), percent(row["null_ratio"], 0),
            row["available_from"] or NOTHING, row["bucket"], style="dim" if row["missing_because"] else "",
        )  # fmt: skip
    reasons: dict[str, list[str]] = {}
    for row in answer["rows"]:
        if row["missing_because"]:
            reasons.setdefault(row["missing_because"], []).append(row["name"])
    lines = [f"{len(answer['rows'])} of {answer['features']} features at the close of {day(answer['as_of_date'])}. "
             "A name ends in its unit; age in sessions and days since the value came to be what it is; null: share of "
             "the sessions since its first value."]  # fmt: skip
    if reasons:
        lines.append(f"{sum(map(len, reasons.values()))} of them have no value that day:")
        lines += [f"  {len(names)}: {why}" for why, names in sorted(reasons.items(), key=lambda found: -len(found[1]))]
    return _page(answer, made, Text("\n".join(lines)))


def feature(answer: dict) -> RenderableType:
    """One feature in full."""
    value = f"{short(answer['value'])} {answer['unit']}" if answer["missing_because"] is None else "no value"
    lead = Text.assemble((answer["name"], "bold"), f"   {value} at the close of {day(answer['as_of_date'])}")
    facts = layout.table(("", "left"), ("", "left"))
    facts.show_header = False
    for name, said in _facts(answer):
        layout.add(facts, Text(name, "dim"), said)
    parts: list[RenderableType] = [lead, facts]
    if answer["chart"]:
        parts += [Text(), Text("\n".join(draw(answer["chart"], answer["unit"])))]
        parts += [Text(), _statistics(answer["statistics"]), Text(), *_values(answer)]
    parts += _rules(answer["rules"]) + _importance(answer["importance"])
    return _page(answer, *parts)


def built(answer: dict) -> RenderableType:
    """What a build of the features did, and the gates after it."""
    made, sessions = answer["sessions_made"], number(answer["sessions"], 0)
    if answer["why_all"]:
        did = f"All {sessions} sessions made anew: {answer['why_all']}"
    elif made:
        did = f"{number(made, 0)} new of {sessions} sessions added; the others stand as they were"
    else:
        did = f"Nothing new: all {sessions} sessions stand as they were"
    staging = "Staging was made first, its raw rows or code had changed. " if answer["staging_made"] else ""
    failed = [row for row in answer["gates"] if not row["passed"]]
    lead = Text(
        f"{staging}{did}, to {day(answer['as_of_date'])}, in {number(answer['features_seconds'], 1)} s.\n"
        f"Gates: {len(answer['gates']) - len(failed)} of {len(answer['gates'])} passed"
    )
    return layout.Narrow(Group(*layout.mark(answer), lead, *([gates({"rows": failed})] if failed else [])))


def _facts(answer: dict) -> list[tuple[str, str]]:
    """Declaration and age, line by line."""
    if answer["value"] is None:
        age = "never had a value"
    else:
        age = f"{counted(answer['age_sessions'], 'session')}, {counted(answer['age_days'], 'day')}"
        age += f" since the value of {day(answer['value_date'])} came to be"
    views = ", ".join(answer["views"]) or "the whole matrix only"
    empty = f", {percent(answer['null_ratio'])} of the sessions since are null" if answer["available_from"] else ""
    found = [
        ("formula", answer["formula"]), ("why", answer["why"]), ("unit", answer["unit"]),
        ("family", f"{answer['family']} ({answer['category']})"),
        ("Big 8", f"{answer['bucket']}; seen by {views}"), ("driver group", answer["driver_group"]),
        ("source", answer["source"]), ("made from", _lineage(answer)),
        ("published", f"{answer['update_frequency']}; {answer['publication_lag']}"),
        ("age", age), ("null after", f"{counted(answer['max_age_days'], 'day')} without news"),
        ("available", f"{day(answer['available_from'])} to {day(answer['available_until'])}{empty}"),
        ("reliability", f"{answer['reliability']:g} of 1"),
    ]  # fmt: skip
    return found + ([("no value", answer["missing_because"])] if answer["missing_because"] else [])


def _lineage(answer: dict) -> str:
    """Tables from staging down to raw, with the rows that raw holds."""
    loaded = answer["raw_rows"]
    lines = []
    for row in answer["lineage"]:
        if row["made_from"]:
            told = [f"{t} ({number(loaded[t], 0)} rows)" if t in loaded else t for t in row["made_from"]]
            lines.append(f"{row['table']} ← {', '.join(told)}")
        elif row["table"].startswith("reference."):
            lines.append(f"{row['table']} ← shipped with the package")
    return "\n".join(lines)


def _statistics(found: dict) -> RenderableType:
    names = ("known", "mean", "standard_deviation", "min", "p05", "p25", "median", "p75", "p95", "max")
    heads = ("known", "mean", "std dev", "min", "5 %", "25 %", "median", "75 %", "95 %", "max")
    made = layout.table(*heads)
    layout.add(made, number(found["known"], 0), *(short(found[name]) for name in names[1:]))
    return made


def _values(answer: dict) -> list[RenderableType]:
    """The last values, and the years that are not full."""
    last = "  ".join(f"{row['as_of_date'][5:]} {short(row['value'])}" for row in answer["last_values"][:6])
    years = [f"{year} {percent(share, 0)}" for year, share in answer["null_by_year"].items() if share >= 0.005]
    holes = f"Null: {', '.join(years)}" if years else "Null: in no year since the first value"
    return [Text(f"Last: {last}"), Text(holes)]


def _rules(found: list[dict]) -> list[RenderableType]:
    """The signal rules that govern it, with today's verdict."""
    if not found:
        return []
    made = layout.table("", ("signal rule", "left"), ("verdict", "left"), ("evidence", "left"))
    for row in found:
        verdict = Text(row["verdict"], VERDICT_STYLE.get(row["verdict"], ""))
        layout.add(made, str(row["number"]), row["teaches"], verdict, row["evidence"])
    return [Text(), made]


def pruned(found: list[dict]) -> list[str]:
    """What the last pruning made of a feature, a line for what it kept and one a reason for what it dropped."""
    kept = [f"{row['horizon_label']} (place {row['place']}, {percent(row['importance'], 2)})" for row in found
            if row["kept"]]  # fmt: skip
    dropped: dict[str, list[str]] = {}
    for row in found:
        if not row["kept"]:
            dropped.setdefault(row["reason"], []).append(row["horizon_label"])
    lines = [f"kept at {listed(kept)}"] if kept else []
    return lines + [f"dropped at {listed(labels)}: {reason}" for reason, labels in dropped.items()]


def _importance(found: list[dict]) -> list[RenderableType]:
    if not found:
        return []
    return [Text(), Text(f"Pruning at {found[0]['origin']}\n" + "\n".join(f"  {line}" for line in pruned(found)))]


def _page(answer: dict, *parts: RenderableType) -> RenderableType:
    return layout.Narrow(Group(*layout.mark(answer), *parts, layout.run_line(answer)))
