"""Charts of what the need may cost: the plan beside ratable buying and buying nothing ahead, and under a shock."""

from oilseer.dashboard.figure import BLUE, GREEN, ORANGE, VERMILLION, Chart, figure, line, thin
from oilseer.dashboard.words import HORIZON_WORDS, number, percent

SEEN = 0.005  # ¢/lb: below it a saving rounds to nothing
WAY_WORDS = {"plan": "this plan", "ratable": "ratable buying", "nothing": "nothing bought ahead"}
LOOKS = {"plan": (BLUE, "solid", "circle"), "ratable": (GREEN, "dash", "square"), "nothing": (ORANGE, "dot", "diamond")}


def ways(answer: dict, source: str) -> Chart:
    """Eight of ten outcomes, mean and dearest 5 % of the whole need by way; the budget as a line."""
    rows, budget = answer["ways"], answer["budget_cents_per_lb"]
    traces = []
    for row in rows:
        colour, _, symbol = LOOKS[row["way"]]
        mean, name = row["expected_cents_per_lb"], WAY_WORDS[row["way"]]
        traces.append({
            "type": "scatter", "mode": "markers", "x": [mean], "y": [name], "name": "mean, with 8 of 10 outcomes",
            "showlegend": False, "marker": {"color": colour, "symbol": symbol, "size": 11},
            "error_x": {"type": "data", "symmetric": False, "array": [row["p90_cents_per_lb"] - mean],
                        "arrayminus": [mean - row["p10_cents_per_lb"]], "thickness": 5, "width": 0, "color": colour},
            "hovertemplate": "mean %{x:.2f} ¢/lb<extra>%{y}</extra>",
        })  # fmt: skip
    traces.append({
        "type": "scatter", "mode": "markers", "x": [row["cvar95_cents_per_lb"] for row in rows],
        "y": [WAY_WORDS[row["way"]] for row in rows], "name": "mean of the dearest 5 %", "showlegend": True,
        "marker": {"color": VERMILLION, "symbol": "x", "size": 10},
        "hovertemplate": "dearest 5 %%: %{x:.2f} ¢/lb<extra>%{y}</extra>".replace("%%", "%"),
    })  # fmt: skip
    drawn = figure(traces, answer, shapes=_budget(budget))
    drawn["layout"]["yaxis"] |= {"type": "category", "autorange": "reversed"}
    ratable = next(row for row in rows if row["way"] == "ratable")
    return Chart(
        "ways", "How does the plan stand against ratable buying?", _against(ratable), "¢/lb of the whole need",
        f"{source} Bars: 8 of 10 outcomes. Ratable: each month's open pounds in equal parts, one a month until then.",
        drawn, ("way", "mean", "P10 to P90", "dearest 5 %", "over budget", "plan saves", "plan is cheaper"),
        [
            (
                WAY_WORDS[row["way"]], number(row["expected_cents_per_lb"]),
                f"{number(row['p10_cents_per_lb'])} to {number(row['p90_cents_per_lb'])}",
                number(row["cvar95_cents_per_lb"]), percent(row["probability_above_budget"], 0),
                *(("–", "–") if row["way"] == "plan" else
                  (number(row["saving_expected_cents_per_lb"], signed=True),
                   f"in {percent(row['probability_plan_cheaper'], 0)}")),
            )
            for row in rows
        ],
        low=True,
    )  # fmt: skip


def _against(ratable: dict) -> str:
    saving = ratable["saving_expected_cents_per_lb"]
    told = (
        f"{number(abs(saving))} ¢/lb {'less' if saving > 0 else 'more'} than" if abs(saving) >= SEEN else "as much as"
    )
    low, high = (number(ratable[f"saving_{name}_cents_per_lb"], signed=True) for name in ("p10", "p90"))
    return (
        f"On these price paths the plan costs {told} ratable buying in the mean and saves {low} to {high} ¢/lb in 8 of "
        f"10 outcomes; it is the cheaper one in {percent(ratable['probability_plan_cheaper'], 0)} of them."
    )


def distribution(answer: dict, source: str) -> Chart:
    """How often each cost of the whole need comes, by way; the budget as a line."""
    rows, count, budget = answer["distribution"], answer["scenario_count"], answer["budget_cents_per_lb"]
    middle = [(row["from_cents_per_lb"] + row["to_cents_per_lb"]) / 2 for row in rows]
    traces = []
    for way, (colour, dash, _) in LOOKS.items():
        share = [100 * row[f"count_{way}"] / count for row in rows]
        traces.append(line(middle, share, WAY_WORDS[way], colour, dash=dash))
        traces[-1]["line"]["shape"] = "hvh"
        traces[-1]["hovertemplate"] = "%{y:.1f} % of outcomes near %{x:.1f} ¢/lb<extra>" + WAY_WORDS[way] + "</extra>"
    above = next(row["probability_above_budget"] for row in answer["ways"] if row["way"] == "plan")
    finding = (
        "No budget is set, so there is no chance of going above it to tell."
        if above is None
        else f"With the plan the cost ends above the budget of {number(budget)} ¢/lb in {percent(above, 0)} of them."
    )
    drawn = figure(traces, answer, shapes=_budget(budget))
    drawn["layout"]["xaxis"]["title"] = {"text": "¢/lb of the whole need, basis included"}
    drawn["layout"]["legend"]["y"] = -0.2
    return Chart(
        "distribution", "What may the whole need cost?", finding, "% of outcomes by cost",
        f"{source} {number(count, 0)} price paths{'; upright line: the budget' if budget is not None else ''}.", drawn,
        ("¢/lb from", "to", *WAY_WORDS.values()),
        [
            (number(row["from_cents_per_lb"]), number(row["to_cents_per_lb"]),
             *(percent(row[f"count_{way}"] / count) for way in WAY_WORDS))
            for row in rows
        ],
    )  # fmt: skip


def stressed(answer: dict, source: str) -> Chart:
    """Bands of soybean oil by horizon without and with a shock."""
    rows = answer["horizons"]
    traces, names = [], [HORIZON_WORDS[row["label"]] for row in rows]
    for side, name, colour, symbol, offset in (
        ("without", "as forecast", BLUE, "circle", -0.09), ("with", "with the shock", VERMILLION, "diamond", 0.09),
    ):  # fmt: skip
        bands = [row[side] for row in rows]
        median = [band["median_cents_per_lb"] for band in bands]
        traces.append({
            "type": "scatter", "mode": "markers", "name": name, "x": [place + offset for place in range(len(rows))],
            "y": median, "marker": {"color": colour, "symbol": symbol, "size": 9},
            "error_y": {"type": "data", "symmetric": False, "thickness": 3, "width": 0, "color": colour,
                        "array": [b["p90_cents_per_lb"] - m for b, m in zip(bands, median, strict=True)],
                        "arrayminus": [m - b["p10_cents_per_lb"] for b, m in zip(bands, median, strict=True)]},
            "hovertemplate": "%{y:.2f} ¢/lb<extra>%{fullData.name}</extra>",
        })  # fmt: skip
    drawn = figure(traces, answer)
    drawn["layout"]["xaxis"] |= {"tickvals": list(range(len(rows))), "ticktext": names}
    return Chart(
        "stressed", "Where would soybean oil go?",
        f"Over {answer['sessions']} sessions it moves {percent(answer['oil_change_ratio'], 1, signed=True)}.",
        "¢/lb of the front contract", f"{source} Dots: median; bars: 8 of 10 outcomes.", drawn,
        ("ahead", "median", "with shock", "P10 to P90", "with shock", "dearest 5 %", "with shock"),
        [
            (
                HORIZON_WORDS[row["label"]],
                *(number(row[side]["median_cents_per_lb"]) for side in ("without", "with")),
                *(f"{number(row[side]['p10_cents_per_lb'])} to {number(row[side]['p90_cents_per_lb'])}"
                  for side in ("without", "with")),
                *(number(row[side]["expected_shortfall95_cents_per_lb"]) for side in ("without", "with")),
            )
            for row in rows
        ],
        low=True,
    )  # fmt: skip


def _budget(budget: float | None) -> list[dict]:
    if budget is None:
        return []
    return [{"type": "line", "x0": budget, "x1": budget, "y0": 0, "y1": 1, "yref": "paper", "line": thin("dashdot")}]
