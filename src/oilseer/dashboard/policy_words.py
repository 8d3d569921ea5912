"""Policy and trade steps in words and charts: the timeline, what soybean oil did after similar ones, the calendar."""

from bisect import bisect_right
from datetime import date, timedelta
from itertools import groupby

from oilseer.dashboard import event_words
from oilseer.dashboard.figure import BLUE, GREY, ORANGE, Chart, faded, figure, line
from oilseer.dashboard.market_words import moved
from oilseer.dashboard.news_words import link
from oilseer.dashboard.policy_past import AFTER, ENOUGH
from oilseer.dashboard.words import MONTHS, NOTHING, counted, day, number, percent

SIDES = {1: ("held to lift", "triangle-up", BLUE), -1: ("held to lower", "triangle-down", ORANGE),
         0: ("no side", "circle", GREY)}  # fmt: skip
YEARS_SHOWN = 3
GROUP_HEADERS = ("similar steps", "known", "independent", "rose", "usually rose", "range", "verdict")
ENOUGH_WORDS = (
    f"Below {ENOUGH} independent outcomes nothing is claimed; from {ENOUGH} on, the 99 % interval of the share that "
    "rose is compared with the share of all sessions."
)


def step(row: dict, as_of: str) -> dict:
    """A step as the timeline shows it."""
    return {
        "day": row["announced_on"], "announced": day(row["announced_on"]), "when": _when(row, as_of),
        "summary": _told(row), "link": link(row["source_url"]), "group": row["group"],
        "certainty": row["certainty"], "after_close": row["after_close"],
        "changes": [(after, _known(row[f"change_{after}_ratio"])) for after in AFTER],
    }  # fmt: skip


def _told(row: dict) -> str:
    """Who did what."""
    return f"{row['imposed_by']}: {row['summary']}" if row["imposed_by"] else row["summary"]


def _known(change: float | None) -> str:
    return "not known yet" if change is None else moved(change)


def _when(row: dict, as_of: str) -> str:
    """When it takes effect and ends, seen from the close."""
    if row["effective_on"] is None:
        said = "no effective date named"
    else:
        days = (date.fromisoformat(row["effective_on"]) - date.fromisoformat(row["announced_on"])).days
        gap = "the same day" if days == 0 else f"{counted(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"
        tense = "takes effect" if row["effective_on"] > as_of else "effective"
        said = f"{tense} {day(row['effective_on'])}, {gap}"
    return f"{said}; ends {day(row['ends_on'])}" if row["ends_on"] else said


def by_year(answer: dict) -> list[tuple[str, list[dict]]]:
    """Steps by the year of their announcement, newest first."""
    shown = [step(row, answer["as_of_date"]) for row in answer["rows"]]
    return [(year, list(of)) for year, of in groupby(shown, key=lambda one: one["day"][:4])]


def group_rows(answer: dict, after: int) -> list[tuple[str, ...]]:
    """What followed similar steps, with counts before anything else."""
    return [
        (row["group"], number(row["count"], 0), number(row["independent"], 0),
         f"{row['rose']} of {row['count']}", percent(answer["usual"][str(after)]["rose_ratio"], 0),
         f"{percent(row['min_ratio'], signed=True)} to {percent(row['max_ratio'], signed=True)}" if row["count"]
         else NOTHING, row["verdict"])
        for row in answer["groups"] if row["sessions_after"] == after
    ]  # fmt: skip


def reactions(answer: dict, after: int) -> Chart:
    """Every known change after a step, by kind; behind them where eight of ten of all changes lie."""
    key, usual = f"change_{after}_ratio", answer["usual"][str(after)]
    known = [row for row in answer["rows"] if row[key] is not None]
    kinds = sorted({row["kind"] for row in known}, reverse=True)
    traces = []
    for side, (name, symbol, colour) in SIDES.items():
        of = [row for row in known if (row["direction_ratio"] or 0) == side]
        if of:
            traces.append({
                "type": "scatter", "mode": "markers", "name": name, "x": [100 * row[key] for row in of],
                "y": [_broken(row["kind"]) for row in of],
                "marker": {"symbol": symbol, "size": 9, "color": colour, "line": {"color": "@paper", "width": 1}},
                "text": [f"{day(row['announced_on'])}: {_cut(_told(row))}" for row in of],
                "hovertemplate": "%{text}<br>%{x:.1f} %<extra></extra>",
            })  # fmt: skip
    shapes = [
        {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "x0": 100 * usual["p10_ratio"],
         "x1": 100 * usual["p90_ratio"], "fillcolor": faded(GREY, 0.16), "line": {"width": 0}, "layer": "below"},
    ] if usual["count"] else []  # fmt: skip
    drawn = figure(traces, answer, shapes=shapes)
    drawn["layout"]["xaxis"] |= {"zeroline": True, "zerolinecolor": "@text"}
    drawn["layout"]["yaxis"] |= {"type": "category", "categoryarray": [_broken(name) for name in kinds]}
    told = [row for row in answer["groups"] if row["sessions_after"] == after]
    claims = [f"{row['group']} {row['verdict']}" for row in told if row["independent"] >= ENOUGH]
    few = sum(row["independent"] < ENOUGH for row in told)
    finding = f"Of {len(told)} kinds of steps, {few} have fewer than {ENOUGH} independent outcomes: too few to say."
    if claims:
        finding += f" The others: {'; '.join(claims)}."
    table = [(day(row["announced_on"]), row["group"], _told(row), moved(row[key])) for row in known]
    span = f"{percent(usual['p10_ratio'], signed=True)} to {percent(usual['p90_ratio'], signed=True)}"
    return Chart(
        "reactions", f"What did soybean oil do in the {after} sessions after?", finding,
        "% change of the front price from the last close before the announcement; grey: 8 of 10 of all sessions",
        f"Steps since {day(answer['usual_from'])}; all sessions since then: {span}. Front contract, rolls included.",
        drawn, ("announced", "kind", "step", f"after {after} sessions"), table,
    )  # fmt: skip


def timeline(answer: dict, prices: list[tuple[date, float]]) -> Chart:
    """The price of the last years with every announcement on it; a line leads to the day it took effect."""
    days = [one.isoformat() for one, _ in prices]
    price = dict(zip(days, (value for _, value in prices), strict=True))
    traces = [line(days, list(price.values()), "soybean oil", "@text", width=1.5)]
    shown = [row for row in answer["rows"] if days and days[0] <= row["announced_on"] <= days[-1]]
    for side, (name, symbol, colour) in SIDES.items():
        of = [(row, _at(price, days, row["announced_on"])) for row in shown if (row["direction_ratio"] or 0) == side]
        if of:
            traces.append({
                "type": "scatter", "mode": "markers", "name": f"announced, {name}",
                "x": [row["announced_on"] for row, _ in of], "y": [value for _, value in of],
                "marker": {"symbol": symbol, "size": 10, "color": colour, "line": {"color": "@paper", "width": 1}},
                "text": [_cut(_told(row)) for row, _ in of], "hovertemplate": "%{x}: %{text}<extra></extra>",
            })  # fmt: skip
    effects = [(row, _at(price, days, row["effective_on"])) for row in shown
               if row["effective_on"] and days[0] <= row["effective_on"] <= days[-1]]  # fmt: skip
    if effects:
        traces.append({
            "type": "scatter", "mode": "markers", "name": "in force", "x": [row["effective_on"] for row, _ in effects],
            "y": [value for _, value in effects],
            "marker": {"symbol": "line-ns-open", "size": 12, "color": "@text", "line": {"width": 2}},
            "text": [_cut(_told(row)) for row, _ in effects],
            "hovertemplate": "%{x}: in force: %{text}<extra></extra>",
        })  # fmt: skip
    table = [(day(row["announced_on"]), day(row["effective_on"]), day(row["ends_on"]), row["group"], _told(row))
             for row in shown]  # fmt: skip
    newest = shown[0] if shown else None
    return Chart(
        "timeline", "When was what announced, and when did it take effect?",
        f"{counted(len(shown), 'step')} in {YEARS_SHOWN} years; the newest on {day(newest['announced_on'])}: "
        f"{_told(newest)}."
        if newest else f"No step in the {YEARS_SHOWN} years before this close.",
        "¢/lb of the front contract; marks stand at the close of their day",
        "Trade measures: reference list with a source each. Documents: Federal Register. Volumes: EPA final rules, on "
        "the day of their publication, which may come weeks after EPA told them.",
        figure(traces, answer), ("announced", "effective", "ends", "kind", "step"), table,
    )  # fmt: skip


def _at(price: dict[str, float], days: list[str], there: str) -> float:
    """The price at the close of a day, or of the session before it."""
    return price[days[max(bisect_right(days, there) - 1, 0)]]


def start_of(as_of: str) -> date:
    """The first day of the timeline's chart."""
    return date.fromisoformat(as_of) - timedelta(days=365 * YEARS_SHOWN + 1)


def months(answer: dict) -> list[tuple[str, list[dict]]]:
    """Events that do not come weekly, by month, each with its day, words and a source to follow."""
    single = [row for row in answer["rows"] if row["often"] != "weekly"]
    shown = [
        {"month": row["date"][:7], "date": row["date"], "day": event_words.short_day(row["date"]),
         "words": event_words.words(row), "kind": row["kind"], "link": link(row["source"])}
        for row in single
    ]  # fmt: skip
    return [(f"{MONTHS[int(month[5:]) - 1]} {month[:4]}", list(of))
            for month, of in groupby(shown, key=lambda one: one["month"])]  # fmt: skip


def _broken(name: str) -> str:
    """A label in two lines, for phones."""
    parts = name.split(" ")
    half = (len(parts) + 1) // 2
    return f"{' '.join(parts[:half])}<br>{' '.join(parts[half:])}"


def _cut(text: str) -> str:
    """Text for a chart, which would read tags."""
    plain = text.replace("<", "‹")
    return plain if len(plain) <= 90 else f"{plain[:89]}…"
