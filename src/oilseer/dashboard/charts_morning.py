"""Charts of the dashboard: a past forecast beside what came, and the steps from one price to another in ¢/lb."""

from oilseer.dashboard.brief_words import APART, CAUSES, GROUPS
from oilseer.dashboard.charts import band_traces
from oilseer.dashboard.figure import BLUE, ORANGE, VERMILLION, Chart, figure, line, thin
from oilseer.dashboard.words import NOTHING, day, horizon, listed, number

DAY_BANDS = (("90", 0.14), ("80", 0.22), ("50", 0.34))
RISE, FALL = BLUE, ORANGE  # told apart by pattern and sign too
PATTERN = {"fillmode": "overlay", "fgcolor": "@paper", "fgopacity": 0.6, "size": 7, "solidity": 0.2, "shape": "/"}
SEEN = 0.005  # ¢/lb: below it a step rounds to nothing


def then_and_now(answer: dict, source: str) -> Chart:
    """The fan of a past origin with the price before it, and the price that came."""
    origin, rows, price = answer["origin"], answer["horizons"], answer["price"]
    before = [row for row in answer["path"] if row["observation_date"] <= origin]
    since = [row for row in answer["path"] if row["observation_date"] >= origin]
    traces = band_traces(origin, price, rows, DAY_BANDS)
    traces += [
        line(*_path(before), "price", "@text", width=1.2),
        line([origin, *(row["target_date"] for row in rows)], [price, *(row["median"] for row in rows)],
             "median then", BLUE, mode="lines+markers", dash="dash"),
        line(*_path(since), "what came", VERMILLION, width=2),
    ]  # fmt: skip
    for inside, name, symbol in ((True, "inside 80 %", "circle"), (False, "outside 80 %", "x")):
        hit = [row for row in rows if row["held"] is not None and ("80" in row["held"]) == inside]
        if hit:
            traces.append(
                line([row["target_date"] for row in hit], [row["outcome"] for row in hit], name, VERMILLION, "markers",
                     symbol)
            )  # fmt: skip
            traces[-1]["marker"]["size"] = 11
            traces[-1]["cliponaxis"] = False
    known = [row for row in rows if row["held"] is not None]
    missed = [horizon(row["label"]) for row in known if "80" not in row["held"]]
    finding = (
        f"Said at the close of {day(origin)}, when the price was {number(price)} ¢/lb: "
        f"{len(known) - len(missed)} of {len(known)} outcomes known so far fell inside the 80 % band"
        f"{', outside at ' + listed(missed) if missed else ''}."
    )
    how = "It was published that day." if answer["made"] == "published" else "Made later from what was known that day."
    shape = {"type": "line", "x0": origin, "x1": origin, "y0": 0, "y1": 1, "yref": "paper", "line": thin("dot")}
    drawn = figure(traces, answer, shapes=[shape])
    drawn["layout"]["xaxis"]["range"] = [before[0]["observation_date"], rows[-1]["target_date"]]
    table = [
        (
            horizon(row["label"]), day(row["target_date"]), *(_span(row["bands"][name]) for name in ("50", "80", "90")),
            number(row["median"]), number(row["outcome"]), _held(row["held"]),
        )
        for row in rows
    ]  # fmt: skip
    return Chart(
        "replay", "What was said before, and what came?", finding, "¢/lb of the front contract", f"{source} {how}",
        drawn, ("ahead", "session", "50 % band", "80 % band", "90 % band", "median", "came", "held"), table,
    )  # fmt: skip


def drivers(answer: dict, source: str) -> Chart:
    """From today's price to the median of one horizon, by driver group; the rest apart. They add up."""
    groups: dict[str, float] = {}
    largest: dict[str, tuple[float, str]] = {}
    for part in answer["components"]:
        apart, amount = APART.get(part["component"]), part["contribution_cents_per_lb"]
        name = apart[:1].upper() + apart[1:] if apart else GROUPS.get(part["driver_group"], part["driver_group"])
        groups[name] = groups.get(name, 0.0) + amount
        if abs(amount) > abs(largest.get(name, (0.0, ""))[0]):
            largest[name] = (amount, "" if apart else part["what"])
    steps = sorted(groups.items(), key=lambda item: -abs(item[1]))
    price, median, label = answer["price_cents_per_lb"], answer["median_cents_per_lb"], horizon(answer["horizon"])
    told = [f"{name.lower()} {number(amount, signed=True)}" for name, amount in steps[:3] if abs(amount) >= SEEN]
    finding = (
        f"The middle for {day(answer['target_date'])} is {number(median)} ¢/lb, {number(median - price, signed=True)} "
        f"from today's {number(price)}: {'mostly ' + listed(told) if told else 'no driver adds as much as 0.01'}."
    )
    drawn, table = _steps("Today's price", price, steps, f"Median in {label}", median, answer)
    rows = [(*cells, largest.get(cells[0], (0.0, ""))[1] or NOTHING) for cells in table]
    return Chart(
        "drivers", f"Why is the middle in {label} where it is?", finding, "¢/lb added to or taken from today's price",
        f"{source} Contributions of the published models, which add up to the median; they do not prove causes.",
        drawn, ("step", "¢/lb", "stands at, ¢/lb", "largest part"), rows,
    )  # fmt: skip


def moved(answer: dict, source: str) -> Chart:
    """From the median of the session before to today's, by cause; needs `changes` in the answer."""
    steps = [(CAUSES[row["cause"]], row["change_cents_per_lb"]) for row in answer["changes"]]
    steps = [(name[:1].upper() + name[1:], amount) for name, amount in steps]
    total, median = sum(amount for _, amount in steps), answer["median_cents_per_lb"]
    told = [f"{name.lower()} {number(amount, signed=True)}" for name, amount in steps if abs(amount) >= SEEN]
    move = f"moved {number(total, signed=True)} ¢/lb" if abs(total) >= SEEN else "did not move"
    finding = (
        f"Since {day(answer['since'])} the middle in {horizon(answer['horizon'])} {move}"
        f"{': ' + ', '.join(told) if told else ''}."
    )
    drawn, table = _steps(f"Median on {day(answer['since'])}", median - total, steps, "Median now", median, answer)
    return Chart(
        "moved", "What changed since the session before?", finding, "¢/lb of the median", source, drawn,
        ("step", "¢/lb", "stands at, ¢/lb"), table, low=True,
    )  # fmt: skip


def _steps(first: str, start: float, steps: list, last: str, end: float, answer: dict) -> tuple[dict, list]:
    """Bars that lead from `start` to `end`, and the same as a table."""
    at, bars, table = start, [], [(first, NOTHING, number(start))]
    for name, amount in steps:
        if abs(amount) >= SEEN:
            bars.append((name, amount, at))
        at += amount
        table.append((name, number(amount, signed=True), number(at)))
    table.append((last, NOTHING, number(end)))
    traces = []
    for rises, title, colour in ((True, "adds", RISE), (False, "takes off", FALL)):
        chosen = [bar for bar in bars if (bar[1] >= 0) == rises]
        traces.append({
            "type": "bar", "orientation": "h", "name": title, "y": [name for name, *_ in chosen],
            "x": [amount for _, amount, _ in chosen], "base": [base for *_, base in chosen],
            "text": [number(amount, signed=True) for _, amount, _ in chosen], "textposition": "outside",
            "cliponaxis": False, "marker": {"color": colour} | ({} if rises else {"pattern": PATTERN}),
            "hovertemplate": "%{y}: %{text} ¢/lb<extra></extra>",
        })  # fmt: skip
    traces.append({
        "type": "scatter", "mode": "markers+text", "x": [start, end], "y": [first, last],
        "text": [number(start), number(end)], "textposition": "middle right", "name": "price", "cliponaxis": False,
        "marker": {"color": "@text", "symbol": "diamond", "size": 10}, "showlegend": False,
        "hovertemplate": "%{y}: %{x:.2f} ¢/lb<extra></extra>",
    })  # fmt: skip
    drawn = figure(traces, answer)
    reached = [start, end, *(base + amount for _, amount, base in bars)]
    room = max(0.35 * (max(reached) - min(reached)), 0.02)  # for the numbers beside the bars
    drawn["layout"] |= {"barmode": "overlay", "showlegend": False}
    drawn["layout"]["xaxis"]["range"] = [min(reached) - room, max(reached) + room]
    order = [first, *(name for name, *_ in bars), last]
    drawn["layout"]["yaxis"] |= {"type": "category", "categoryorder": "array", "categoryarray": order[::-1],
                                 "range": [-0.6, len(order) - 0.4]}  # fmt: skip
    return drawn, table


def _path(rows: list[dict]) -> tuple[list, list]:
    return [row["observation_date"] for row in rows], [row["price"] for row in rows]


def _span(band: dict) -> str:
    return f"{number(band['low'])} to {number(band['high'])}"


def _held(held: list[str] | None) -> str:
    if held is None:
        return "not known yet"
    return f"inside {held[0]} %" if held else "outside 95 %"
