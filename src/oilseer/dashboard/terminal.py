"""The other answers as tables for a terminal: for whoever checks the brief."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import brief_words, layout
from oilseer.dashboard.morning import action, brief, cover
from oilseer.dashboard.variance_record import variance_table
from oilseer.dashboard.words import NOTHING, day, horizon, listed, number, percent, policy

__all__ = ["brief", "failures", "forecast", "gates", "health", "import_report", "plan", "scorecard"]

BEST_SHOWN = 3
ALWAYS_SHOWN = ("ensemble", "B0", "B1", "B2")
STATUS_STYLE = {"fresh": "green", "late": "yellow", "stale": "bold red", "never": "dim"}
SCORE_NOTES = (
    "origins: all / those whose outcomes share no session. B0 B1 B2: percent of CRPS saved against no change, "
    "a GARCH simulation, the futures curve; [90 % interval]. MAPE, signs called right (sign) and outcomes inside "
    "the 80 and 90 % bands in percent; RW×: MAPE over the random walk's."
)


def forecast(answer: dict) -> RenderableType:
    """Nine quantiles by horizon."""
    levels = list(answer["horizons"][0]["quantiles"])
    names = [f"P{100 * float(level):g}" for level in levels]
    made = layout.table(("", "left"), ("session", "left"), *names, "curve", ("from", "left"))
    for row in answer["horizons"]:
        quantiles = [number(row["quantiles"][level]) for level in levels]
        layout.add(made, row["label"], row["target_date"], *quantiles, number(row["curve_median"]), row["model"])
    lead = Text(f"ZL at {number(answer['price'])} ¢/lb on {answer['as_of_date']}; quantiles in ¢/lb")
    return _page(answer, lead, made)


def scorecard(answer: dict, every: bool = False) -> RenderableType:
    """Scores by horizon: the best, the ensemble and the benchmarks, or every model."""
    made = layout.table(
        ("", "left"), ("model", "left"), "origins", "CRPS", "B0", ("[90 %]", "left"), "B1", "B2",
        "MAPE", "RW×", "sign", "in80", "in90", gap=1,
    )  # fmt: skip
    shown = chosen(answer["rows"], every)
    digits = 4 if answer["target"] == "volatility" else 3
    for place, row in enumerate(shown):
        first = place == 0 or shown[place - 1]["horizon"] != row["horizon"]
        known = row["skill_b0_low"] is not None
        layout.add(
            made, row["horizon_label"] if first else "", row["model"], f"{row['n_origins']}/{row['n_effective']}",
            number(row["crps"], digits), _tenths(row["skill_b0"]),
            f"[{_tenths(row['skill_b0_low'])}, {_tenths(row['skill_b0_high'])}]" if known else "",
            _tenths(row["skill_b1"]), _tenths(row["skill_b2"]), number(100 * row["mape"], 1),
            number(row["mape_ratio_rw"]), *(_whole(row[name]) for name in ("direction", "coverage80", "coverage90")),
            style="bold" if row["model"] == "ensemble" else "",
        )  # fmt: skip
    left_out = len(answer["rows"]) - len(shown)
    notes = SCORE_NOTES + (f"\n{left_out} rows left out: --all shows them" if left_out else "")
    lead = Text(f"Out-of-fold scores of {answer['target']} forecasts, origins: {answer['slice']}")
    daily = [variance_table(answer["variance"])] if answer.get("variance") else []
    return _page(answer, lead, made, Text(notes, "dim"), *daily)


def chosen(rows: list[dict], every: bool) -> list[dict]:
    """The best few of each horizon, the ensemble and the benchmarks, in the order given; or all."""
    result, others = [], {}
    for row in rows:
        named = row["model"] in ALWAYS_SHOWN
        others[row["horizon"]] = others.get(row["horizon"], 0) + (not named)
        if every or named or others[row["horizon"]] <= BEST_SHOWN:
            result.append(row)
    return result


def plan(answer: dict) -> RenderableType:
    """The cover plan: action, grid by month, ladder, tripwires, and what such plans would have paid."""
    made = layout.table(
        ("month to", "left"), "need", "covered", "buy now", "open", "locked", "expected", "P10 to P90", "over budget",
        gap=1,
    )  # fmt: skip
    for row in answer["months"]:
        pounds = [number(row[f"{name}_lb"], 0) for name in ("need", "covered", "buy_now", "open")]
        prices = [number(row[f"{name}_cents_per_lb"]) for name in ("locked", "expected", "p10", "p90")]
        above = percent(row["probability_above_budget"], 0)
        layout.add(made, day(row["last_session"]), *pounds, *prices[:2], f"{prices[2]} to {prices[3]}", above)
    note = "pounds, and ¢/lb with basis; locked: bought today. Contracts are whole: a month may get a part too much"
    if answer.get("months_left_out"):
        note += f"\nBeyond the forecasts, so not planned: {listed(answer['months_left_out'])}"
    rungs = listed([f"{percent(r['cover_ratio'], 0)} of {horizon(r['label'])}" for r in answer["ladder"]])
    ladder = Text(f"Covered with today's purchase: {rungs}")
    meanings = [f"  {what}: {meaning}" for what, meaning in brief_words.signal_tripwires(answer)]
    again = [Text("\n".join(("What such a turn of a signal means", *meanings)), "dim")] if meanings else []
    return _page(
        answer, action(answer), made, Text(note, "dim"), ladder, *cover(answer), *again, *_replay(answer["replay"])
    )


def _replay(replay: list[dict] | None) -> list[RenderableType]:
    """What policies would have paid, or the plain statement that this was not replayed."""
    if not replay:
        return [Text("\nWhat such plans would have saved is not replayed in this workspace", "dim")]
    made = layout.table(
        ("Saved against ratable buying", "left"), "¢/lb", ("90 % interval", "left"), "of the ceiling", "overrun CVaR",
    )  # fmt: skip
    for row in replay:
        layout.add(
            made, policy(row["policy"]), number(row["saving_vs_ratable_cents_lb"], signed=True),
            f"{number(row['low'], signed=True)} to {number(row['high'], signed=True)}",
            percent(row["share_of_ceiling"], 0), percent(row["cvar95_overrun_change"], 0, signed=True),
        )  # fmt: skip
    first = replay[0]
    note = (
        f"{first['month_count']} months, {day(first['first_month'])} to {day(first['last_month'])}, each from what "
        f"was known then; {first['n_policies_tried']} policies tried; overrun CVaR: change of the worst 5 % of months"
    )
    return [Text(), made, Text(note, "dim")]


def gates(answer: dict) -> RenderableType:
    """Every gate with what was found and expected."""
    made = layout.table(("", "left"), ("stage", "left"), ("gate", "left"), ("found", "left"), ("expected", "left"))
    for row in answer["rows"]:
        failed = ("BLOCKED", "bold red") if row["blocking"] else ("warns", "yellow")
        verdict = Text(*("passed", "green") if row["passed"] else failed)
        layout.add(made, verdict, row.get("stage", ""), row.get("gate") or row["name"], row["found"], row["expected"])
    return _page(answer, made)


def health(answer: dict) -> RenderableType:
    """How fresh everything is that was ever filled, worst first; what never was stands in one line."""
    made = layout.table(
        ("", "left"), ("what", "left"), ("newest", "left"), "days", ("cadence", "left"), ("table", "left")
    )
    there = [row for row in answer["rows"] if row["status"] != "never" or row["critical"]]
    for row in sorted(there, key=lambda row: (-list(STATUS_STYLE).index(row["status"]), not row["critical"])):
        layout.add(
            made, Text(row["status"], STATUS_STYLE[row["status"]]), f"{row['what']}{' *' if row['critical'] else ''}",
            row["newest_observation_date"] or NOTHING, number(row["age_days"], 1), row["cadence"], row["table"],
        )  # fmt: skip
    empty = sorted({row["what"] for row in answer["rows"]} - {row["what"] for row in there})
    when = answer["measured_at"][:16].replace("T", " ")
    notes = [f"* a forecast needs it. days: since the newest row became public, at {when} UTC"]
    notes += [f"Never filled, and a forecast does without: {', '.join(empty)}"] if empty else []
    return _page(answer, Text(answer["words"]), made, Text("\n".join(notes), "dim"), *_watched(answer))


def _watched(answer: dict) -> list[RenderableType]:
    """Sources that were asked and jobs that ran; nothing where the workspace is fed by hand."""
    parts: list[RenderableType] = []
    asked = [row for row in answer.get("sources", ()) if row["last_attempt"] != "never"]
    if asked:
        made = layout.table(("", "left"), ("source", "left"), ("last attempt", "left"), "days", ("cadence", "left"))
        for row in asked:
            title = row["title"] + (" *" if row["critical"] else "")
            status = Text(row["status"], STATUS_STYLE[row["status"]])
            layout.add(made, status, title, row["last_attempt"], number(row["age_days"], 1), row["cadence"])
        parts += [Text(""), made]
    ran = [row for row in answer.get("jobs", ()) if row["runs"]]
    if ran:
        made = layout.table(("", "left"), ("job", "left"), ("last success", "left"), "runs", "failed", ("when", "left"))
        for row in ran:
            success = (row["last_success"] or NOTHING)[:16]
            layout.add(
                made, Text(row["status"], STATUS_STYLE[row["status"]]), row["job"], success,
                str(row["runs"]), str(row["failures"]), row["when"],
            )  # fmt: skip
        parts += [Text(""), made]
    return parts


def failures(answer: dict) -> RenderableType:
    """Models that gave no forecast somewhere."""
    if not answer["rows"]:
        return _page(answer, Text("Every model gave a forecast at every origin"))
    made = layout.table(("model", "left"), ("target", "left"), "origins", ("last", "left"), ("newest error", "left"))
    for row in answer["rows"]:
        layout.add(made, row["model"], row["target"], str(row["n_origins"]), row["last_origin"], row["newest_error"])
    return _page(answer, made)


def import_report(answer: dict) -> RenderableType:
    """What an import took, held back and left alone."""
    counts = ("read", "changed", "quarantined")
    made = layout.table(("file", "left"), ("table", "left"), *counts, ("", "left"), gap=1)
    for entry in answer["entries"]:
        layout.add(made, entry["file"], entry["table"], *(number(entry[n], 0) for n in counts), entry["status"])
    lines = ["In all: " + ", ".join(f"{number(count, 0)} {name}" for name, count in answer["totals"].items())]
    lines += [f"Not mapped: {listed(answer['not_mapped'])}"] if answer["not_mapped"] else []
    return _page(answer, made, Text("\n".join(lines)))


def _page(answer: dict, *parts: RenderableType) -> RenderableType:
    """Parts between the mark of a simulated workspace and the run they come from."""
    return layout.Narrow(Group(*layout.mark(answer), *parts, layout.run_line(answer)))


def _tenths(ratio: float | None) -> str:
    return NOTHING if ratio is None else number(100 * ratio, 1, signed=True)


def _whole(ratio: float | None) -> str:
    return NOTHING if ratio is None else number(100 * ratio, 0)
