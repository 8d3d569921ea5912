"""The morning brief in a terminal: one screen, plain words, for someone who buys and does not model."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.words import day, dollars, horizon, listed, number, percent, pounds

SHOWN_MISSING = 4


def brief(answer: dict) -> RenderableType:
    """The brief on one screen."""
    parts = [
        *layout.mark(answer),
        Text(f"Soybean oil, decided at the close of {day(answer['as_of_date'])}", "bold"),
        action(answer["plan"]),
        _price(answer),
        Text(),
        _prices_ahead(answer),
        *cover(answer["plan"]),
        *replayed(answer["plan"]),
        *_risk(answer["risk"]),
        *_trust(answer["trust"]),
        *_checks(answer),
        layout.run_line(answer),
    ]
    return layout.Narrow(Group(*parts))


def action(plan: dict | None) -> Text:
    """The one action and its sentence."""
    if plan is None:
        return Text("No cover plan yet: `oilseer run` makes it")
    return Text.assemble("\n", (f" {plan['action']} ", "bold reverse"), f" {plan['sentence']}\n")


def _price(answer: dict) -> Text:
    contract = answer["contract"]
    moves = [
        f"{number(contract[f'change_{span}'], signed=True)} ({percent(contract[f'change_{span}_ratio'], signed=True)}) "
        f"in a {span}{', into a new front contract' if contract[f'rolled_{span}'] else ''}"
        for span in ("day", "week")
        if contract[f"change_{span}"] is not None
    ]
    name = f" ({contract['contract']})" if contract["contract"] else ""
    return Text.assemble("Price now ", (f"{number(answer['price'])} ¢/lb", "bold"), f"{name}; {'; '.join(moves)}")


def _prices_ahead(answer: dict) -> RenderableType:
    made = layout.table(("What it may cost", "left"), "low (P10)", "middle (P50)", "high (P90)", "futures say")
    for row in answer["horizons"]:
        band = row["bands"]["80"]
        layout.add(
            made, f"in {horizon(row['label'])}, {day(row['target_date'])}",
            number(band["low"]), number(row["median"]), number(band["high"]), number(row["curve_median"]),
        )  # fmt: skip
    return Group(made, Text("¢/lb of the front contract; 8 of 10 outcomes are expected between low and high", "dim"))


def cover(plan: dict | None) -> list[RenderableType]:
    """How much, until when, what would change it, and the cost of being wrong."""
    if plan is None:
        return []
    lines = [
        f"\nCover: {percent(plan['cover_ratio_after'], 0)} of {pounds(plan['need_lb'])} with today's purchase of "
        f"{pounds(plan['buy_lb'])}; lasts to {day(plan['covered_until'])}.",
        f"This stands until {day(plan['valid_until'])}. Decide again sooner if the front is",
        *(f"  {w['direction']} {number(w['price_cents_per_lb'])} ¢/lb: {w['meaning']}" for w in plan["tripwires"]),
        "Being wrong: if prices fall, 1 time in 10 the purchase costs "
        f"{dollars(plan['buying_regret_usd'])} or more over waiting; if they rise, the open rest costs "
        f"{dollars(plan['waiting_regret_usd'])} or more over locking it.",
    ]
    return [Text("\n".join(lines))]


def replayed(plan: dict | None) -> list[RenderableType]:
    """What such plans would have paid, in one line."""
    found = next((row for row in (plan or {}).get("replay") or [] if row["policy"] == "plan"), None)
    if found is None:
        return []
    interval = f"{number(found['low'], signed=True)} to {number(found['high'], signed=True)}"
    return [
        Text(
            f"Followed over {found['month_count']} past months, such plans saved "
            f"{number(found['saving_vs_ratable_cents_lb'], signed=True)} ¢/lb ({interval}) against ratable buying."
        )
    ]


def _risk(risk: list[dict] | None) -> list[RenderableType]:
    if not risk:
        return []
    if not risk[0]["open_lb"]:
        return [Text("\nNo pounds are open: nothing is at risk")]
    budget = next((row["budget_cents_per_lb"] for row in risk if row["budget_cents_per_lb"] is not None), None)
    columns = ["1 time in 20 (VaR)", "then on average (CVaR)"]
    columns += [f"chance above {number(budget)} ¢/lb"] if budget is not None else []
    made = layout.table(("Extra cost over today's price", "left"), *columns)
    for row in risk:
        cells = [
            f"if bought in {horizon(row['label'])}",
            f"{dollars(row['value_at_risk95_usd'], signed=True)} or more",
            dollars(row["expected_shortfall95_usd"], signed=True),
        ]
        layout.add(made, *cells, *([percent(row["probability_above_budget"], 0)] if budget is not None else []))
    return [Text(f"\nRisk on the {pounds(risk[0]['open_lb'])} that were open before today's purchase, USD"), made]


def _trust(trust: list[dict] | None) -> list[RenderableType]:
    if not trust:
        return [Text("\nSuch forecasts are not scored yet: `oilseer backtest` does it")]
    first, last = min(row["first_origin"] for row in trust), max(row["last_origin"] for row in trust)
    made = layout.table(("How they did", "left"), "80 % band held", "over no change", "90 % interval", ("", "left"))
    for row in trust:
        interval = f"{percent(row['skill_b0_low'], signed=True)} to {percent(row['skill_b0_high'], signed=True)}"
        held = f"{row['hits80']} of {row['n_origins']} times"
        gain = percent(row["skill_b0"], signed=True)
        layout.add(made, f"{horizon(row['label'])} ahead", held, gain, interval, row["verdict_no_change"])
    note = f"forecasts of each month's end, {day(first)} to {day(last)}, from what was known then"
    return [Text(), made, Text(note, "dim"), *map(Text, simulation_lines(trust))]


def simulation_lines(trust: list[dict]) -> list[str]:
    """What the forecast adds to a plain volatility simulation; horizons of one verdict share a sentence."""
    same: dict[str, list[str]] = {}
    for row in trust:
        key = row["against_simulation"] if row["model"] == "B1" else row["verdict_simulation"]
        same.setdefault(key, []).append(horizon(row["label"]))
    words = {
        "better": "better than a GARCH simulation of the price",
        "worse": "worse than a GARCH simulation of the price",
        "not shown": "not shown to beat a GARCH simulation of the price",
        "unknown": "not compared with a GARCH simulation of the price yet",
    }
    return [
        f"At {listed(labels)}: {words.get(key, key[:1].lower() + key[1:])}".rstrip(".") for key, labels in same.items()
    ]


def _checks(answer: dict) -> list[RenderableType]:
    stale, missing, gates = answer["inputs"]["stale"], answer["inputs"]["missing"], answer["gates"]
    # a table and what staging makes of it are one input
    oldest = {row["what"]: row for row in sorted(stale, key=lambda row: row["age_days"])}
    old = [f"{what} ({row['status']}, {number(row['age_days'], 0)} days)" for what, row in oldest.items()]
    lines = [f"\nInputs: {'old: ' + listed(old) if old else 'none is late'}"]
    if missing:
        names = [row["what"] for row in missing[:SHOWN_MISSING]]
        rest = len(missing) - len(names)
        lines[0] += f"; never filled: {listed([*names, f'{rest} more'] if rest else names)}"
    if gates:
        failed = [row for row in gates["rows"] if not row["passed"]]
        blocking = [f"{r['gate']} (found {r['found']}, expected {r['expected']})" for r in failed if r["blocking"]]
        warns = len(failed) - len(blocking)
        said = [f"blocked by {'; '.join(blocking)}"] * bool(blocking)
        said += [f"{warns} {'warn' if warns > 1 else 'warns'}, see `oilseer gates`"] * bool(warns)
        lines.append("; ".join([f"Gates: {gates['passed']} of {len(gates['rows'])} passed", *said]))
    return [Text("\n".join(lines))]
