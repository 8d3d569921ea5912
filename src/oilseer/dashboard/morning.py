"""The morning brief in a terminal: one screen, plain words, for someone who buys and does not model."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import brief_words, event_words, layout
from oilseer.dashboard.words import day, dollars, horizon, number, percent


def brief(answer: dict) -> RenderableType:
    """The brief on one screen."""
    parts = [
        *layout.mark(answer),
        Text(f"Soybean oil, decided at the close of {day(answer['as_of_date'])}", "bold"),
        action(answer["plan"]),
        _price(answer),
        Text(),
        *_ahead(answer),
        Text(),
        *_why(answer),
        *cover(answer["plan"]),
        *replayed(answer["plan"]),
        Text(),
        *_trust(answer["trust"]),
        Text(),
        *_events(answer["events"]),
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
    name = brief_words.contract_name(answer["contract"])
    moved = brief_words.moves(answer["contract"])
    return Text.assemble(
        "Price now ", (f"{number(answer['price'])} ¢/lb", "bold"), f" ({name})" if name else "", f"; {moved}"
    )


def _ahead(answer: dict) -> list[RenderableType]:
    """Prices ahead; beside them what they may cost on the open pounds, and how often such a band held."""
    risk = {row["label"]: row for row in answer["risk"] or [] if row["open_lb"]}
    budget = next((row["budget_cents_per_lb"] for row in risk.values()), None)
    hits = {row["label"]: row for row in answer["trust"] or []}
    futures = any(row["curve_median"] is not None for row in answer["horizons"])
    columns = ["low", "middle", "high", *(["futures"] if futures else [])]
    columns += ["1 in 20, USD", "then mean"] if risk else []
    columns += [f"over {number(budget)}"] if budget is not None else []
    columns += ["band held"] if hits else []
    made = layout.table(("What it may cost, ¢/lb", "left"), *columns, gap=1 if budget is not None else 2)
    for row in answer["horizons"]:
        band, tail, past = row["bands"]["80"], risk.get(row["label"]), hits.get(row["label"])
        cells = [number(value) for value in (band["low"], row["median"], band["high"])]
        cells += [number(row["curve_median"])] if futures else []
        if tail:
            tails = (tail["value_at_risk95_usd"], tail["expected_shortfall95_usd"])
            cells += [dollars(value, signed=True) for value in tails]
            cells += [percent(tail["probability_above_budget"], 0)] if budget is not None else []
        cells += [f"{past['hits80']} of {past['n_origins']}"] if past else []
        layout.add(made, f"{horizon(row['label'])}, {day(row['target_date'])}", *cells)
    note = f"8 of 10 outcomes are expected from low to high. {brief_words.at_risk(answer)}"
    return [made, Text(note, "dim")]


def _why(answer: dict) -> list[RenderableType]:
    """Drivers of the middle, what moved it, and the signals that speak."""
    explanation = answer["explanation"]
    parts: list[RenderableType] = [Text(brief_words.why_lead(explanation))]
    if explanation:
        made = layout.table(("", "left"), "", ("", "left"))
        made.show_header = False
        for driver in brief_words.drivers(explanation):
            layout.add(made, f"  {driver.name}", f"{number(driver.amount, signed=True)} ¢/lb", driver.because)
        parts += [made, Text(brief_words.why_rest(explanation))]
    return [*parts, Text(brief_words.changed(answer["changes"])), Text(brief_words.speaking(answer["signals"]))]


def cover(plan: dict | None) -> list[RenderableType]:
    """How much, until when, what would change it, and the cost of being wrong."""
    if plan is None:
        return []
    signals = "; ".join(what for what, _ in brief_words.signal_tripwires(plan))
    lines = [
        f"\n{brief_words.cover(plan)}. Decide again sooner if the front is",
        *(f"  {wire}" for wire in brief_words.price_tripwires(plan)),
        *([f"or the {signals}"] if signals else []),
        brief_words.wrong(plan),
    ]
    return [Text("\n".join(lines))]


def replayed(plan: dict | None) -> list[RenderableType]:
    """What such plans would have paid, in one line."""
    said = brief_words.replayed(plan) if plan else None
    return [Text(said)] if said else []


def _trust(trust: list[dict] | None) -> list[RenderableType]:
    if not trust:
        return [Text("Such forecasts are not scored yet: `oilseer backtest` does it")]
    return [Text(brief_words.held(trust)), Text(brief_words.rivals(trust))]


def _events(events: dict) -> list[RenderableType]:
    """What is due, by day; weekly reports in a line each."""
    made = layout.table(("", "left"), ("", "left"))
    made.show_header = False
    for when, what in event_words.single(events):
        layout.add(made, f"  {when}", what)
    weekly = "; ".join(f"{name} {days}" for name, days in event_words.weekly(events))
    lines = [f"Weekly: {weekly}", *event_words.undated(events)]
    return [Text(f"Coming to {day(events['to'])}, times of New York"), made, Text("\n".join(lines))]


def _checks(answer: dict) -> list[RenderableType]:
    lines = [brief_words.inputs(answer), brief_words.gates(answer)]
    return [Text("\n".join(line for line in lines if line))]
