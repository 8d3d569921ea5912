"""Price risk as a procurement manager reads it in a terminal, and how such risk did."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.words import HORIZON_WORDS, day, dollars, number, percent, pounds
from oilseer.reference.scenarios import NAMES


def risk(answer: dict) -> RenderableType:
    """The upper tail by horizon and by month."""
    lead = Text(
        f"ZL at {number(answer['price_cents_per_lb'])} ¢/lb; {pounds(answer['open_lb'])} still to be bought. "
        f"In their months they cost {dollars(answer['bill']['expected_usd'])} in the mean and "
        f"{dollars(answer['bill']['expected_shortfall95_usd'])} in the dearest 5 % of outcomes; "
        f"{dollars(answer['bill']['today_usd'])} at today's price."
    )
    budget = answer["budget_cents_per_lb"] is not None
    tail = ("dear (95 %)", "dearest 5 %", "over today", *(("over budget",) if budget else ()))
    ahead = layout.table(("price in", "left"), "median", *tail)
    for row in answer["horizons"]:
        layout.add(
            ahead, HORIZON_WORDS[row["label"]], number(row["percentiles_cents_per_lb"]["p50"]),
            number(row["value_at_risk95_cents_per_lb"]), number(row["expected_shortfall95_cents_per_lb"]),
            dollars(row["expected_shortfall95_usd"], signed=True),
            *((percent(row["probability_above_budget"], 0),) if budget else ()),
        )  # fmt: skip
    by_month = layout.table(("month", "left"), "to buy, lb", "mean", *tail)
    for row in answer["months"]:
        layout.add(
            by_month, row["month"][:7], number(row["open_lb"], 0), number(row["mean_cents_per_lb"]),
            number(row["value_at_risk95_cents_per_lb"]), number(row["expected_shortfall95_cents_per_lb"]),
            dollars(row["expected_shortfall95_usd"], signed=True),
            *((percent(row["probability_above_budget"], 0),) if budget else ()),
        )  # fmt: skip
    note = (
        "¢/lb. dear (95 %): exceeded by one outcome in twenty; dearest 5 %: their mean; over today: what those cost "
        "more than today's price, on all open pounds (upper table) or the month's. Month prices hold the basis."
    )
    if not budget:
        note += " No budget is set: budget_cents_per_lb in the [cover] table of oilseer.toml."
    return page(
        answer, lead, *_next_contract(answer["next_contract"]), Text(), ahead, Text(), by_month, Text(note, "dim"),
        *left_out(answer),
    )  # fmt: skip


def _next_contract(found: dict | None) -> list[Text]:
    """The next contract in one sentence."""
    if found is None:
        return []
    return [Text(
        f"{found['contract']}, at {number(found['price_cents_per_lb'])}, is the front from {day(found['front_from'])} "
        f"on: {number(found['p10_cents_per_lb'])} to {number(found['p90_cents_per_lb'])} in eight of ten outcomes."
    )]  # fmt: skip


def exceedances(answer: dict) -> RenderableType:
    """How often past outcomes went beyond the upper bands."""
    made = layout.table(("", "left"), "level", "outcomes", "beyond", "expected", "right count?", "in runs?",
                        "worst, mean", "said")  # fmt: skip
    for row in answer["rows"]:
        layout.add(
            made, f"{row['horizon']} sessions", percent(row["level"], 1), str(row["count"]), str(row["beyond"]),
            number(row["expected"], 1), number(row["kupiec_p"], 2), number(row["christoffersen_p"], 2),
            percent(row["mean_beyond_ratio"], 1, signed=True), percent(row["said_beyond_ratio"], 1, signed=True),
        )  # fmt: skip
    note = (
        f"Month-end forecasts {day(answer['first_origin'])} to {day(answer['last_origin'])}; outcomes share no "
        "session. right count? and in runs? are the chances of so many, and of such runs, if the bands are right "
        "(Kupiec, Christoffersen): below 0.05 they are doubtful. worst, mean: price rise of outcomes beyond; said: "
        "expected shortfall of the forecast at the same days. 10 and 42 sessions lie between published horizons: "
        "they test the paths."
    )
    return page(answer, made, Text(note, "dim"), Text(), *_responses(answer["responses"]))


def _responses(rows: list[dict]) -> list[RenderableType]:
    """How soybean oil followed what stress tests would have said."""
    if not rows:
        return [Text("No driver has a year of month ends yet to judge its stress tests by", "dim")]
    made = layout.table(("shock of", "left"), ("month ends since", "left"), "count", "followed", "error",
                        "large: followed", "error")  # fmt: skip
    for row in rows:
        slopes = (percent(row["slope"], 0), percent(row["large_slope"], 0))
        errors = (percent(row["error_ratio"], 0), percent(row["large_error_ratio"], 0))
        layout.add(made, NAMES[row["symbol"]], day(row["first"]), str(row["count"]),
                   slopes[0], errors[0], slopes[1], errors[1])  # fmt: skip
    note = (
        "What stress tests would have said of each driver's actual move over 21 sessions, learnt by then. followed: "
        "what soybean oil moved for 100 % of its response; error: mean square, 100 % is that of saying nothing; "
        "large: the fifth of month ends with the largest moves."
    )
    return [made, Text(note, "dim")]


def left_out(answer: dict) -> list[Text]:
    """Which drivers could not be used, and why."""
    return [Text(f"Left out: {NAMES[symbol]}, {why}.", "yellow") for symbol, why in answer["left_out"].items()]


def page(answer: dict, *parts: RenderableType) -> RenderableType:
    """Parts between the mark of a simulated workspace and the run they come from."""
    return layout.Narrow(Group(*layout.mark(answer), *parts, layout.run_line(answer)))
