"""Charts of the quant administration: importance of features, weights by regime, and change of the combination."""

from oilseer.dashboard.charts_trust import MODEL_WORDS
from oilseer.dashboard.figure import BLUE, ORANGE, PALETTE, VERMILLION, Chart, figure, places
from oilseer.dashboard.words import counted, horizon, number, percent
from oilseer.quantiles import HORIZONS

PATTERNS = ("", "/", ".", "x", "-", "\\", "+", "|")
MOST_FEATURES = 25
MEASURE_WORDS = {
    "loss": "loss, % of the price",
    "gain_b1": "gain over B1, % of the price",
    "coverage80": "80 % band held",
}
VERDICT_WORDS = {
    "drifted": "▲ drifted", "steady": "✓ no drift shown", "too few": "○ too few to tell", "the market": "– no alarm",
}  # fmt: skip


def importance(answer: dict, source: str) -> Chart:
    """Heatmap of the features that matter most at any horizon."""
    by_feature: dict[str, dict[str, dict]] = {}
    for row in answer["rows"]:
        by_feature.setdefault(row["feature"], {})[row["horizon"]] = row
    labels = [label for label in HORIZONS if any(label in found for found in by_feature.values())]
    measured = {name: found for name, found in by_feature.items() if _greatest(found) is not None}
    names = sorted(measured, key=lambda name: (-_greatest(measured[name]), name))[:MOST_FEATURES]
    shown = names[::-1]
    values = [[_percent(by_feature[name].get(label)) for label in labels] for name in shown]
    drawn = figure([{
        "type": "heatmap", "x": labels, "y": shown, "z": values, "xgap": 1, "ygap": 1,
        "colorscale": "Cividis", "colorbar": {"title": {"text": "%"}, "thickness": 10, "len": 0.6},
        "hovertemplate": "%{y}, %{x}: %{z:.2f} %<extra></extra>", "zmin": 0,
    }], answer)  # fmt: skip
    drawn["layout"]["yaxis"] |= {"tickfont": {"size": 10}, "showgrid": False}
    drawn["layout"]["xaxis"] |= {"showgrid": False}
    kept = {label: sum(row["kept"] for row in answer["rows"] if row["horizon"] == label) for label in labels}
    best = names[0] if names else "none"
    return Chart(
        "importance",
        "Which features matter, and at which horizon?",
        f"Most at any horizon: {best}. Kept: {', '.join(f'{n} at {horizon(label)}' for label, n in kept.items())}.",
        f"% of the trees' gain, mean over three parts of history; the {len(names)} greatest of {len(by_feature)}",
        f"{source} Measured on outcomes known at {answer['origin']}; importance is no effect, and has no sign.",
        drawn,
        ("feature", *(horizon(label) for label in labels)),
        [(name, *(number(_percent(by_feature[name].get(label))) for label in labels)) for name in names],
    )


def _greatest(found: dict[str, dict]) -> float | None:
    return max((row["importance"] for row in found.values() if row["importance"] is not None), default=None)


def _percent(row: dict | None) -> float | None:
    return None if row is None or row["importance"] is None else 100 * row["importance"]


def by_regime(answer: dict, source: str) -> Chart:
    """Mean weights in each volatility regime, stacked to 100 %."""
    regimes = list(answer["origins"])
    said: dict[str, float] = {}
    for row in answer["rows"]:
        said[row["model"]] = said.get(row["model"], 0.0) + row["weight"]
    ranked = sorted(said, key=lambda model: (-said[model], model))
    fits = len(ranked) <= len(PALETTE)
    named = ranked if fits else ranked[: len(PALETTE) - 1]
    weight = {(row["regime"], row["model"]): row["weight"] for row in answer["rows"]}
    columns = {model: [weight.get((regime, model), 0.0) for regime in regimes] for model in named}
    if not fits:
        rest = ranked[len(named) :]
        columns[f"{len(rest)} others"] = [sum(weight.get((regime, model), 0.0) for model in rest) for regime in regimes]
    traces = [
        {
            "type": "bar", "x": [100 * share for share in column], "y": regimes, "orientation": "h",
            "name": MODEL_WORDS.get(model, model), "hovertemplate": "%{x:.0f} %<extra>%{fullData.name}</extra>",
            "marker": {"color": PALETTE[place], "pattern": {"shape": PATTERNS[place], "fgcolor": "@paper", "size": 6,
                                                            "solidity": 0.25, "fillmode": "overlay"}},
        }
        for place, (model, column) in enumerate(columns.items())
    ]  # fmt: skip
    drawn = figure(traces, answer)
    drawn["layout"] |= {"barmode": "stack"}
    drawn["layout"]["xaxis"] |= {"range": [0, 100], "ticksuffix": " %"}
    drawn["layout"]["yaxis"] |= {"type": "category", "autorange": "reversed"}
    counts = ", ".join(f"{name} {counted(count, 'origin')}" for name, count in answer["origins"].items())
    return Chart(
        "by-regime",
        f"Who speaks in which regime, {horizon(answer['horizon'])} ahead?",
        f"Mean weights at the origins of each volatility regime: {counts}.",
        "% of the weight, mean over origins",
        f"{source} Regimes by the volatility gate at the origin.",
        drawn,
        ("model", *regimes),
        [(MODEL_WORDS.get(model, model), *(percent(weight.get((regime, model), 0.0)) for regime in regimes))
         for model in ranked],
    )  # fmt: skip


def drift(answer: dict, source: str) -> Chart:
    """Gain over B1 at each horizon, earlier and recent, with the interval of the change."""
    rows = [row for row in answer["rows"] if row["measure"] == "gain_b1"]
    labels = [row["horizon"] for row in rows]
    change = [row for row in rows if row["low"] is not None]
    at = [labels.index(row["horizon"]) for row in change]
    middle = [100 * (row["low"] + row["high"]) / 2 for row in change]
    traces = [
        {
            "type": "scatter", "mode": "markers", "name": name, "x": [x for x, row in zip(at, change) if chosen(row)],
            "y": [y for y, row in zip(middle, change) if chosen(row)],
            "error_y": {"type": "data", "thickness": 1.4, "width": 4,
                        "array": [100 * (row["high"] - row["low"]) / 2 for row in change if chosen(row)]},
            "marker": {"color": colour, "symbol": symbol, "size": 9},
            "hovertemplate": "%{y:.3f} % of the price<extra>%{fullData.name}</extra>",
        }
        for name, colour, symbol, chosen in (
            ("drifted", VERMILLION, "triangle-down", lambda row: row["verdict"] == "drifted"),
            ("no drift shown", BLUE, "circle", lambda row: row["verdict"] == "steady"),
            ("too few to tell", ORANGE, "circle-open", lambda row: row["verdict"] == "too few"),
        )
    ]  # fmt: skip
    drawn = figure(traces, answer, zero=True)
    drawn["layout"]["xaxis"] |= places(labels)
    return Chart(
        "drift",
        "Has the combination become worse of late?",
        drift_words(answer),
        "change of the gain over B1, % of the price: recent less earlier, outcomes that share no session",
        f"{source} Bars: 90 % interval (Welch). Recent: the newest {answer['recent_origins']} monthly origins.",
        drawn,
        ("ahead", "measure", "verdict", "recent", "earlier", "interval", "p", "independent, recent and earlier"),
        [drift_row(row) for row in answer["rows"]],
        low=True,
    )


def drift_words(answer: dict) -> str:
    """The reading of all tests at once."""
    few = list(dict.fromkeys(horizon(row["horizon"]) for row in answer["rows"] if row["verdict"] == "too few"))
    told = f" At {', '.join(few)} there are too few outcomes that share no session to tell." if few else ""
    if not answer["tests"]:
        return f"Nothing can be tested yet.{told}"
    if not answer["alarms"]:
        return f"No drift shown in {counted(answer['tests'], 'test')}.{told}"
    named = ", ".join(f"{MEASURE_WORDS[row['measure']].split(',')[0]} at {horizon(row['horizon'])}"
                      for row in answer["rows"] if row["verdict"] == "drifted")  # fmt: skip
    return f"Drifted: {named}.{told}"


def drift_row(row: dict) -> tuple[str, ...]:
    """One measure at one horizon as words."""
    digits = 0 if row["measure"] == "coverage80" else 3
    signed = row["measure"] == "gain_b1"
    shown = (percent(row[name], digits, signed) for name in ("recent", "earlier"))
    span = "–" if row["low"] is None else f"{percent(row['low'], digits, row['measure'] != 'coverage80')} to "
    span += "" if row["low"] is None else percent(row["high"], digits, row["measure"] != "coverage80")
    return (horizon(row["horizon"]), MEASURE_WORDS[row["measure"]], VERDICT_WORDS[row["verdict"]], *shown, span,
            number(row["p"], 3), f"{row['n_recent']} and {row['n_earlier']}")  # fmt: skip
