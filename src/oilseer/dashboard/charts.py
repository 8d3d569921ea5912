"""Charts of the answer: price and bands ahead, cover by month, and what such plans would have saved."""

from oilseer.dashboard.figure import BLUE, GREEN, ORANGE, Chart, faded, figure, line, thin
from oilseer.dashboard.words import MONTHS, day, horizon, number, percent, policy, pounds

PATTERN = {"fillmode": "overlay", "fgcolor": "@paper", "fgopacity": 0.6, "size": 7, "solidity": 0.2}
FAN_BANDS = (("95", 0.14), ("80", 0.22), ("50", 0.34))


def fan(
    answer: dict, history: list[tuple], source: str, bands: tuple[tuple[str, float], ...] = FAN_BANDS
) -> Chart:  # fmt: skip
    """Price history, and bands with median and futures curve ahead; `bands` are names and opacities, widest first."""
    rows, today, now = answer["horizons"], answer["as_of_date"], answer["price"]
    dates = [today, *(row["target_date"] for row in rows)]
    traces = band_traces(today, now, rows, bands)
    traces += [
        line([d.isoformat() for d, _ in history], [price for _, price in history], "price", "@text", width=1.5),
        line(dates, [now, *(row["median"] for row in rows)], "median", BLUE, mode="lines+markers", symbol="circle"),
    ]
    curve = [(row["target_date"], row["curve_median"]) for row in rows if row["curve_median"] is not None]
    if curve:
        xs, ys = zip(*curve, strict=True)
        traces.append(line(list(xs), list(ys), "futures curve", ORANGE, "lines+markers", "diamond", dash="dash"))
    last = rows[-1]
    band = last["bands"]["80"]
    finding = (
        f"From {number(now)} ¢/lb today, in {horizon(last['label'])} 8 of 10 outcomes are expected between "
        f"{number(band['low'])} and {number(band['high'])} ¢/lb, half of them below {number(last['median'])}."
    )
    table = [
        (
            horizon(row["label"]),
            day(row["target_date"]),
            *(number(value) for value in row["quantiles"].values()),
            number(row["curve_median"]),
        )
        for row in rows
    ]
    headers = ("ahead", "session", *(f"P{100 * float(level):g}" for level in rows[0]["quantiles"]), "futures curve")
    shape = {"type": "line", "x0": today, "x1": today, "y0": 0, "y1": 1, "yref": "paper", "line": thin("dot")}
    return Chart(
        "fan",
        "What may soybean oil cost in the next 12 months?",
        finding,
        "¢/lb of the front contract",
        f"{source} Forecast at five sessions (dots); lines between them only guide the eye.",
        figure(traces, answer, shapes=[shape]),
        headers,
        table,
    )


def band_traces(start: str, price: float, rows: list[dict], bands: tuple[tuple[str, float], ...]) -> list[dict]:
    """Areas that open at `price` on `start` and widen to the bands of each horizon's row."""
    dates = [start, *(row["target_date"] for row in rows)]
    traces = []
    for name, opacity in bands:
        low, high = ([price, *(row["bands"][name][side] for row in rows)] for side in ("low", "high"))
        traces.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": dates + dates[::-1],
                "y": high + low[::-1],
                "fill": "toself",
                "fillcolor": faded(BLUE, opacity),
                "line": {"width": 0},
                "name": f"{name} % band",
                "hoverinfo": "skip",
            }
        )
    return traces


def cover(plan: dict, answer: dict, source: str) -> Chart:
    """Pounds of each month that are covered, bought today, and left open."""
    months = plan["months"]
    places = [row["calendar_month"] for row in months]
    kinds = (("covered", "covered before", GREEN, ""), ("buy_now", "buy now", BLUE, "/"), ("open", "open", ORANGE, "."))
    traces = [
        {
            "type": "bar",
            "x": places,
            "y": [max(row[f"{key}_lb"], 0) / 1000 for row in months],
            "name": name,
            "marker": {"color": colour, "pattern": PATTERN | {"shape": pattern}},
            "hovertemplate": "%{y:,.0f} thousand lb<extra>%{fullData.name}</extra>",
        }
        for key, name, colour, pattern in kinds
        if key != "covered" or any(row["covered_lb"] for row in months)
    ]
    table = [
        (
            f"{_month(row['calendar_month'])}, to {day(row['last_session'])}",
            *(pounds(row[f"{key}_lb"]) for key in ("need", "covered", "buy_now", "open")),
            number(row["locked_cents_per_lb"]),
            number(row["expected_cents_per_lb"]),
            f"{number(row['p10_cents_per_lb'])} to {number(row['p90_cents_per_lb'])}",
            percent(row["probability_above_budget"], 0),
        )
        for row in months
    ]
    drawn = figure(traces, answer)
    drawn["layout"] |= {"barmode": "stack"}
    ticks = [_month(place, "<br>") for place in places]
    drawn["layout"]["xaxis"] |= {"type": "category", "tickvals": places, "ticktext": ticks, "tickangle": 0}
    drawn["layout"]["legend"]["y"] = -0.15
    return Chart(
        "cover",
        "How much of each month is covered?",
        f"With today's purchase of {pounds(plan['buy_lb'])}, {percent(plan['cover_ratio_after'], 0)} of "
        f"{pounds(plan['need_lb'])} is covered.",
        "thousand pounds, by month",
        f"{source} The first month from its next session on; prices in ¢/lb with basis.",
        drawn,
        ("month", "need", "covered", "buy now", "open", "locked", "expected", "P10 to P90", "over budget"),
        table,
    )


def replay(rows: list[dict], answer: dict, source: str) -> Chart:
    """Saving of each replayed policy against ratable buying, with its interval."""
    shown = [row for row in rows if row["policy"] not in ("ratable", "foresight")][::-1]
    trace = {
        "type": "scatter",
        "mode": "markers",
        "y": [policy(row["policy"]) for row in shown],
        "x": [row["saving_vs_ratable_cents_lb"] for row in shown],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "thickness": 1.2,
            "width": 3,
            "array": [row["high"] - row["saving_vs_ratable_cents_lb"] for row in shown],
            "arrayminus": [row["saving_vs_ratable_cents_lb"] - row["low"] for row in shown],
        },
        "marker": {"color": BLUE, "size": 9},
        "showlegend": False,
        "hovertemplate": "%{x:.2f} ¢/lb<extra>%{y}</extra>",
    }
    drawn = figure([trace], answer)
    drawn["layout"]["xaxis"] |= {"zeroline": True, "zerolinecolor": "@text"}
    drawn["layout"]["yaxis"] |= {"automargin": True, "type": "category"}
    drawn["layout"]["margin"]["l"] = 10
    own = next((row for row in rows if row["policy"] == "plan"), rows[0])
    verdict = (
        "is shown to save" if own["low"] > 0 else "is shown to cost more" if own["high"] < 0 else "is not shown to save"
    )
    table = [
        (
            policy(row["policy"]),
            number(row["cost_cents_per_lb"]),
            number(row["saving_vs_ratable_cents_lb"], signed=True),
            f"{number(row['low'], signed=True)} to {number(row['high'], signed=True)}",
            f"{number(row['low_deflated'], signed=True)} to {number(row['high_deflated'], signed=True)}",
            percent(row["share_of_ceiling"], 0),
            percent(row["cvar95_overrun_change"], 0, signed=True),
            f"{number(row['worst_year_saving_cents_per_lb'], signed=True)} in {row['worst_year']}",
        )
        for row in rows
    ]
    first = rows[0]
    return Chart(
        "replay",
        "What would such plans have saved?",
        f"Over {first['month_count']} months {policy(own['policy'])} {verdict} against ratable buying: "
        f"{number(own['saving_vs_ratable_cents_lb'], signed=True)} ¢/lb ({number(own['low'], signed=True)} to "
        f"{number(own['high'], signed=True)}).",
        "¢/lb saved against ratable buying",
        f"{source} {first['n_policies_tried']} policies tried; 90 % block-bootstrap intervals; all costs included.",
        drawn,
        (
            "policy",
            "paid, ¢/lb",
            "saved, ¢/lb",
            "90 % interval",
            f"for {first['n_policies_tried']} tried",
            "of the ceiling",
            "worst overruns",
            "worst year",
        ),
        table,
        low=True,
    )


def _month(calendar_month: str, between: str = " ") -> str:
    """Jan 26 for 2026-01."""
    year, month = calendar_month.split("-")
    return f"{MONTHS[int(month) - 1]}{between}{year[2:]}"
