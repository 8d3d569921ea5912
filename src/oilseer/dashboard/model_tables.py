"""The model registry as tables for a terminal."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.words import NOTHING, counted, day, horizon, number, percent
from oilseer.quantiles import HORIZONS

STATUS_STYLE = {"champion": "green", "shadow": "cyan", "candidate": "yellow", "retired": "dim"}
BEST_SHOWN = 5


def listed(answer: dict) -> RenderableType:
    """Every model: at all horizons its gain on B1 and whether it speaks, at one of them why too."""
    return _at_one(answer) if len(answer["horizons"]) == 1 else _at_all(answer)


def _at_all(answer: dict) -> RenderableType:
    made = layout.table(("model", "left"), ("tier", "left"), ("status", "left"), *answer["horizons"])
    made.columns[0].no_wrap = True
    for row in answer["rows"]:
        gains = [_gain(row["horizons"][label]) for label in answer["horizons"]]
        layout.add(made, row["model"], row["tier"], _status(row), *gains)
    note = (
        "Gain: CRPS saved against B1, a GARCH simulation, in percent, on all scored origins; * speaks in the "
        "combination today. --horizon 1m tells why; B0 is in --json. " + answer["note"]
    )
    return _page(answer, Text(counted(len(answer["rows"]), "model")), made, Text(note, "dim"))


def _at_one(answer: dict) -> RenderableType:
    (label,) = answer["horizons"]
    made = layout.table(("model", "left"), ("status", "left"), "weight", "CRPS", "B0", "B1", ("why", "left"), gap=1)
    for row in answer["rows"]:
        at = row["horizons"][label] or {}
        layout.add(
            made, row["model"], _status(row), percent(at.get("weight") or None, 0), number(at.get("crps"), 3),
            _tenths(at.get("skill_b0")), _tenths(at.get("skill_b1")), at.get("why", NOTHING),
        )  # fmt: skip
    note = "B0 B1: CRPS saved against no change and a GARCH simulation, in percent. " + answer["note"]
    lead = Text(f"{counted(len(answer['rows']), 'model')}, {horizon(label)} ahead")
    return _page(answer, lead, made, Text(note, "dim"))


def shown(answer: dict) -> RenderableType:
    """One model: standing, scores, what a promotion would find, changes, runs."""
    forced = ", against the rule" if answer["forced"] else ""
    lead = Text.assemble(
        (answer["model"], "bold"), f", {answer['tier']}, forecasts {answer['target']}: ", _status(answer),
        f" since {_since(answer)}, set by {answer['set_by']}{forced}: {answer['reason']}",
    )  # fmt: skip
    reads = f"Reads {', '.join(answer['reads'])}." if answer["reads"] else "Reads prices alone."
    kept = " Fitted now and then, it forecasts in between with its last fit." if answer["refit"] else ""
    lacks = f" Not run here, for lack of {', '.join(answer['missing'])}." if answer["missing"] else ""
    scores = layout.table(("", "left"), "CRPS", "B0", ("[90 %]", "left"), "B1", ("[90 %]", "left"), "origins", "weight",
                          ("why", "left"), gap=1)  # fmt: skip
    for label in HORIZONS:
        at = answer["horizons"][label]
        if at is not None:
            layout.add(scores, label, number(at["crps"], 3), _tenths(at["skill_b0"]), _interval(at, "skill_b0"),
                       _tenths(at["skill_b1"]), _interval(at, "skill_b1"),
                       f"{at['n_origins']}/{at['n_effective']}" if at["n_origins"] else NOTHING,
                       percent(at["weight"] or None, 0), at["why"])  # fmt: skip
    parts: list[RenderableType] = [Text(reads + kept + lacks), scores]
    if answer["checks"] is not None:
        parts += [Text("What a promotion finds", "bold"), checks(answer["checks"])]
    if answer["changes"]:
        changes = layout.table(("changed", "left"), ("how", "left"), ("from", "left"), ("to", "left"), ("by", "left"),
                               ("why", "left"))  # fmt: skip
        for row in answer["changes"]:
            layout.add(changes, row["changed_at"][:16].replace("T", " "),
                       row["kind"] + (", forced" if row["forced"] else ""),
                       row["status_before"], row["status_after"], row["set_by"], row["reason"])  # fmt: skip
        parts.append(changes)
    if answer["runs"]:
        runs = layout.table(("run", "left"), ("status", "left"), "origins", "new", "seconds", ("code", "left"),
                            ("artefact, SHA-256", "left"))  # fmt: skip
        for row in answer["runs"]:
            fit = f"{row['artefact'] or 'not kept'}, {row['artefact_sha256'][:12]}" if row["artefact_sha256"] else ""
            layout.add(runs, row["run_id"], row["status"], number(row["n_origins"], 0), str(row["new_forecasts"]),
                       number(row["seconds"], 1), row["code_hash"] or row["code"], fit or NOTHING)  # fmt: skip
        parts.append(runs)
    return _page(answer, lead, *parts)


def checks(found: list[dict]) -> RenderableType:
    """Conditions of a promotion, each with what was found."""
    made = layout.table(("", "left"), ("condition", "left"), ("found", "left"), ("expected", "left"))
    for row in found:
        mark = Text("met", "green") if row["passed"] else Text("not met", "bold red")
        layout.add(made, mark, row["name"].replace("_", " "), row["found"], row["expected"])
    return made


def changed(answer: dict) -> RenderableType:
    """What a command set, and by what it was judged."""
    lines = [Text(f"{name} is {row['after']} now, and was {row['before']}; the next run heeds it")
             for name, row in answer["changes"].items()]  # fmt: skip
    if answer.get("forced"):
        lines.append(Text("Forced against the rule, and kept as such", "bold red"))
    return layout.Narrow(Group(*lines, *([checks(answer["checks"])] if answer.get("checks") else [])))


def audit(answer: dict) -> RenderableType:
    """The best of each horizon, the time that models took, and every alarm."""
    made = layout.table(("", "left"), "place", ("model", "left"), ("status", "left"), "CRPS", "B0", "B1", "seconds")
    label_of = {sessions: label for label, sessions in HORIZONS.items()}
    for row in answer["rows"]:
        if row["place"] <= BEST_SHOWN or row["model"] == "ensemble":
            layout.add(made, label_of[row["horizon"]] if row["place"] == 1 else "", str(row["place"]), row["model"],
                       row["status"], number(row["crps"], 3), _tenths(row["lift_b0"]), _tenths(row["lift_b1"]),
                       number(row["seconds"], 1))  # fmt: skip
    alarms = layout.table(("", "left"), ("check", "left"), ("found", "left"), ("expected", "left"))
    for row in answer["alarms"]:
        mark = Text("passed", "green") if row["passed"] else Text("ALARM", "bold red")
        layout.add(alarms, mark, row["alarm"].replace("_", " "), row["found"], row["expected"])
    lead = Text(f"Audit of run {answer['run_id']} at {answer['logged_at'][:16].replace('T', ' ')} UTC: "
                f"{number(answer['seconds'], 0)} s of work by the models")  # fmt: skip
    note = (
        f"The best {BEST_SHOWN} of each horizon by CRPS saved against no change (B0), and the combination; B1: against "
        "a GARCH simulation. All are in --json."
    )
    return layout.Narrow(Group(*layout.mark(answer), lead, made, alarms, Text(note, "dim")))


def shadows(answer: dict) -> RenderableType:
    """Forecasts of shadows beside what is published, and how they scored since."""
    made = layout.table(("model", "left"), ("since", "left"), "middle", ("80 %", "left"), "outcomes", "CRPS",
                        "published", "gain")  # fmt: skip
    for row in answer["rows"]:
        said = row["forecast"]
        band = f"{number(said['low'])} to {number(said['high'])}" if said else NOTHING
        layout.add(made, row["model"], day(row["since_date"]), number(said and said["median"]), band,
                   f"{row['n_outcomes']}/{row['n_effective']}", number(row["crps"], 3),
                   number(row["crps_published"], 3), percent(row["gain"], signed=True))  # fmt: skip
    if not answer["rows"]:
        return _page(answer, Text("No model is a shadow: `oilseer models list` shows all"))
    held = answer["rows"][0]["published"]
    lead = Text(f"Shadows {horizon(answer['horizon'])} ahead at {day(answer['session'])}, ¢/lb; published: middle "
                f"{number(held['median'])}, {number(held['low'])} to {number(held['high'])}")  # fmt: skip
    note = (
        "outcomes: sessions published since it became a shadow whose outcome is known / those that share no session; "
        "CRPS on them, the shadow's and the published forecast's."
    )
    return _page(answer, lead, made, Text(note, "dim"))


def _page(answer: dict, *parts: RenderableType) -> RenderableType:
    return layout.Narrow(Group(*layout.mark(answer), *parts, layout.run_line(answer)))


def _status(row: dict) -> Text:
    return Text(row["status"] + ("!" if row["forced"] else ""), STATUS_STYLE[row["status"]])


def _since(row: dict) -> str:
    return day(row["since"]) if row["since"] else NOTHING


def _gain(at: dict | None) -> str:
    if at is None or at["skill_b1"] is None:
        return NOTHING
    return _tenths(at["skill_b1"]) + ("*" if at["weight"] else " ")


def _tenths(ratio: float | None) -> str:
    return NOTHING if ratio is None else number(100 * ratio, 1, signed=True)


def _interval(at: dict, name: str) -> str:
    low, high = at[f"{name}_low"], at[f"{name}_high"]
    return "" if low is None else f"[{_tenths(low)}, {_tenths(high)}]"


def timeseries(answer: dict) -> RenderableType:
    """What the job of the time series models brought: forecasts by model, what is missing, what is no evidence."""
    lines = [f"{model}: {counted(count, 'origin')} forecast" for model, count in answer["forecasts"].items()]
    if answer["contaminated"]:
        lines.append(f"{answer['contaminated']} of them before the weights were released: no evidence of skill")
    if answer["missing"]:
        lines.append(f"without a forecast: {', '.join(day(origin) for origin in answer['missing'])}")
    if answer["dropped"]:
        lines.append(f"dropped by AutoGluon: {', '.join(answer['dropped'])}")
    return Text("\n".join(lines or ["nothing was asked"]))
