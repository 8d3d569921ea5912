"""Charts of the quant reports: gains over benchmarks as they came, where outcomes fell, and bands over time."""

from oilseer.dashboard.charts_trust import LUCK
from oilseer.dashboard.figure import BLUE, GREEN, ORANGE, PALETTE, Chart, faded, figure, line
from oilseer.dashboard.trust import FEWEST_INDEPENDENT
from oilseer.dashboard.words import NOTHING, counted, day, horizon, number, percent

RIVAL_WORDS = {"B0": "no change (B0)", "B1": "a GARCH simulation (B1)", "B2": "the futures curve (B2)"}
RIVAL_COLOURS = {"B0": BLUE, "B1": ORANGE, "B2": GREEN}


def gain(answer: dict, rival: str, source: str) -> Chart:
    """CRPS saved against one benchmark, summed from the first scored origin on, with the sum's interval."""
    rows = [row for row in answer["rows"] if row["rival"] == rival]
    name, colour = RIVAL_WORDS[rival], RIVAL_COLOURS[rival]
    dates, totals = [row["origin"] for row in rows], [row["total_gain"] for row in rows]
    traces = []
    if rows and rows[-1]["low"] is not None:
        traces.append({
            "type": "scatter", "mode": "lines", "x": dates + dates[::-1],
            "y": [row["high"] for row in rows] + [row["low"] for row in rows][::-1], "fill": "toself",
            "fillcolor": faded(colour, 0.22), "line": {"width": 0},
            "name": "90 % interval", "hoverinfo": "skip",
        })  # fmt: skip
    drawn = line(dates, totals, "sum of gains", colour)
    drawn["hovertemplate"] = "%{x}: %{y:.2f} ¢/lb<extra></extra>"
    table = [
        (day(row["origin"]), number(row["gain"], 3, signed=True), number(row["total_gain"], 2, signed=True),
         f"{number(row['low'], 2, signed=True)} to {number(row['high'], 2, signed=True)}")
        for row in reversed(rows)
    ]  # fmt: skip
    return Chart(
        f"gain-{rival}",
        f"Has it beaten {name} over time?",
        _verdict(rows, name, answer["n_effective"].get(rival, 0)),
        f"¢/lb of CRPS saved against {name}, summed over origins",
        f"{source} Rising: better than {name} at the time. Shaded: 90 % block-bootstrap interval of the sum.",
        figure([*traces, drawn], answer, zero=True),
        ("origin", "gain, ¢/lb", "sum, ¢/lb", "90 % interval of the sum"),
        table,
        low=True,
    )


def _verdict(rows: list[dict], name: str, independent: int) -> str:
    """What the sum and its interval allow to say, with so many outcomes that share no session."""
    if not rows:
        return f"Not compared with {name} yet."
    last = rows[-1]
    mean = f"{number(last['total_gain'] / len(rows), 3, signed=True)} ¢/lb an origin over {len(rows)}"
    if last["low"] is None:
        return f"{mean}: too few outcomes for an interval."
    span = f"sum {number(last['total_gain'], 1, signed=True)}, {number(last['low'], 1, signed=True)} to "
    span += f"{number(last['high'], 1, signed=True)}; {independent} share no session"
    if independent < FEWEST_INDEPENDENT:
        return f"Too few outcomes to tell: {mean} ({span})."
    if last["low"] > 0:
        return f"Shown to beat {name}: {mean} ({span})."
    if last["high"] < 0:
        return f"Shown to be worse than {name}: {mean} ({span})."
    return f"Not shown to beat {name}: {mean}, but the interval holds zero ({span})."


def places(answer: dict, source: str) -> Chart:
    """Histogram of the probability integral transform: as many outcomes in each place as promised is a height of 1."""
    rows = answer["places"]
    heights = [row["share"] / row["promised"] for row in rows]
    middle = [100 * (row["from_level"] + row["to_level"]) / 2 for row in rows]
    luck = [(row["luck_low"] / row["promised"], row["luck_high"] / row["promised"]) for row in rows]
    bars = {
        "type": "bar", "x": middle, "y": heights, "width": [100 * row["promised"] for row in rows],
        "marker": {"color": BLUE, "line": {"color": "@paper", "width": 1}}, "name": "outcomes",
        "hovertemplate": "%{y:.2f} times as many as promised<extra></extra>",
    }  # fmt: skip
    by_luck = {
        "type": "scatter", "mode": "markers", "x": middle, "y": [1.0] * len(rows), "hoverinfo": "skip",
        "name": "by luck", "marker": {"opacity": 0, "color": LUCK},
        "error_y": {"type": "data", "symmetric": False, "array": [high - 1 for _, high in luck],
                    "arrayminus": [1 - low for low, _ in luck], "thickness": 5, "width": 0, "color": LUCK},
    }  # fmt: skip
    even = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": 1, "y1": 1,
            "line": {"color": "@text", "width": 1, "dash": "dash"}}  # fmt: skip
    drawn = figure([bars, by_luck], answer, shapes=[even])
    drawn["layout"]["xaxis"] |= {"range": [0, 100], "ticksuffix": " %", "tickvals": [0, 10, 25, 50, 75, 90, 100]}
    drawn["layout"]["yaxis"] |= {"rangemode": "tozero"}
    drawn["layout"]["showlegend"] = False
    return Chart(
        "places",
        "Do outcomes fall where the forecast says they may?",
        _places_words(rows, answer),
        "times as many outcomes as promised, by place in the forecast (0 %: below all of it)",
        f"{source} Histogram of the probability integral transform; dashed: as promised; grey: where 9 of 10 honest "
        f"forecasts fall by luck with {counted(answer['n_effective'], 'outcome')} that share no session.",
        drawn,
        ("between", "outcomes", "share", "promised", "by luck"),
        [
            (f"{percent(row['from_level'], 1)} and {percent(row['to_level'], 1)}", str(row["outcomes"]),
             percent(row["share"]), percent(row["promised"]),
             f"{percent(row['luck_low'])} to {percent(row['luck_high'])}")
            for row in rows
        ],
        low=True,
    )  # fmt: skip


def _places_words(rows: list[dict], answer: dict) -> str:
    """Whether any place holds more or fewer outcomes than luck explains."""
    off = [row for row in rows if not row["luck_low"] <= row["share"] <= row["luck_high"]]
    count = f"{counted(answer['n_origins'], 'outcome')} at {horizon(answer['horizon'])}"
    if not off:
        return f"Of {count}, every place holds as many as luck explains."
    told = ", ".join(
        f"{'more' if row['share'] > row['promised'] else 'fewer'} than luck explains between "
        f"{percent(row['from_level'], 1)} and {percent(row['to_level'], 1)}"
        for row in off
    )
    return f"Of {count}, {told}. Of {len(rows)} places one is off by luck alone on average."


def over_time(answer: dict, source: str) -> Chart:
    """Share of the last outcomes inside each band as time went on."""
    traces, shapes, table, words = [], [], [], []
    for place, band in enumerate((50, 80, 90)):
        rows = [row for row in answer["over_time"] if row["band"] == band]
        dates = [row["origin"] for row in rows]
        colour = PALETTE[place]
        if band == 80:
            traces.append({
                "type": "scatter", "mode": "lines", "x": dates + dates[::-1], "hoverinfo": "skip",
                "y": [100 * row["luck_high"] for row in rows] + [100 * row["luck_low"] for row in rows][::-1],
                "fill": "toself", "fillcolor": "rgba(128,128,128,0.22)", "line": {"width": 0}, "name": "80 % by luck",
            })  # fmt: skip
        drawn = line(dates, [100 * row["share"] for row in rows], f"{band} % band", colour,
                     dash=("dot", "solid", "dash")[place])  # fmt: skip
        drawn["hovertemplate"] = f"%{{x}}: %{{y:.0f}} % of {band} %<extra></extra>"
        traces.append(drawn)
        shapes.append({"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": band, "y1": band,
                       "line": {"color": colour, "width": 1, "dash": "dash"}})  # fmt: skip
        words += [f"{band} %: {percent(rows[-1]['share'], 0)}"] if rows else []
        table += [
            (day(row["origin"]), f"{band} %", percent(row["share"]),
             f"{percent(row['luck_low'], 0)} to {percent(row['luck_high'], 0)}", str(row["n_effective"]))
            for row in reversed(rows)
        ]  # fmt: skip
    drawn = figure(traces, answer, shapes=shapes)
    drawn["layout"]["yaxis"] |= {"range": [0, 104], "ticksuffix": " %"}
    return Chart(
        "over-time",
        "Did the bands hold at all times?",
        f"Of the last {answer['window']} outcomes at {horizon(answer['horizon'])}: {', '.join(words) or NOTHING}.",
        f"% of the last {answer['window']} monthly outcomes inside the band",
        f"{source} Straight: promised. Grey: where 9 of 10 honest 80 % bands fall by luck.",
        drawn,
        ("up to origin", "band", "held", "by luck", "independent"),
        table,
        low=True,
    )
