"""Charts of how such forecasts did: skill, coverage, past bands against outcomes, and who was listened to."""

from oilseer.dashboard.figure import BLUE, PALETTE, SYMBOLS, VERMILLION, Chart, faded, figure, line, places
from oilseer.dashboard.trust import verdict
from oilseer.dashboard.words import day, horizon, listed, number, percent

MODEL_WORDS = {
    "ensemble": "published",
    "B0": "no change (B0)",
    "B1": "GARCH simulation (B1)",
    "B2": "futures curve (B2)",
}
LUCK = "rgba(128,128,128,0.35)"


def skill(rows: list[dict], answer: dict, source: str) -> Chart:
    """CRPS skill against no change by horizon with its 90 % interval: published, benchmarks, and the best models."""
    labels = list(dict.fromkeys(row["horizon_label"] for row in rows))
    names = ["ensemble", "B1", "B2", *best(rows, 3)]
    traces, table = [], []
    for place, name in enumerate(names):
        found = {row["horizon_label"]: row for row in rows if row["model"] == name and row["skill_b0"] is not None}
        points = [found[label] for label in labels if label in found]
        if not points:
            continue
        values = [100 * row["skill_b0"] for row in points]
        up = [100 * ((row["skill_b0_high"] or row["skill_b0"]) - row["skill_b0"]) for row in points]
        down = [100 * (row["skill_b0"] - (row["skill_b0_low"] or row["skill_b0"])) for row in points]
        offset = 0.11 * (place - (len(names) - 1) / 2)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": MODEL_WORDS.get(name, name),
                "x": [labels.index(row["horizon_label"]) + offset for row in points],
                "y": values,
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": up,
                    "arrayminus": down,
                    "thickness": 1.2,
                    "width": 3,
                },
                "marker": {"color": PALETTE[place], "symbol": SYMBOLS[place], "size": 9 if name == "ensemble" else 7},
                "hovertemplate": "%{y:.1f} %<extra>%{fullData.name}</extra>",
            }
        )
        table += [
            (
                MODEL_WORDS.get(name, name),
                horizon(row["horizon_label"]),
                percent(row["skill_b0"], signed=True),
                f"{percent(row['skill_b0_low'], signed=True)} to {percent(row['skill_b0_high'], signed=True)}",
                str(row["n_origins"]),
                str(row["n_effective"]),
            )
            for row in points
        ]
    own = [row for row in rows if row["model"] == "ensemble" and row["skill_b0_low"] is not None]
    finding = f"Against assuming no change, the published forecast is {_verdicts(own)}."
    drawn = figure(traces, answer, zero=True)
    drawn["layout"]["xaxis"] |= places(labels)
    return Chart(
        "skill",
        "Is the forecast better than assuming no change?",
        finding,
        "% of CRPS saved against no change",
        f"{source} Dots: skill 1 − CRPS / CRPS of no change; bars: 90 % block-bootstrap interval.",
        drawn,
        ("forecast", "ahead", "skill", "90 % interval", "origins", "independent"),
        table,
    )


def _verdicts(rows: list[dict]) -> str:
    """better at …, not shown to be better at …, worse at …, and where too few outcomes share no session to tell."""
    words = {
        "better": "better", "not shown": "not shown to be better", "worse": "worse", "unknown": "not scored",
        "too few": "scored on too few outcomes to tell",
    }  # fmt: skip
    same: dict[str, list[str]] = {}
    for row in rows:
        found = words[verdict(row, "b0")]
        same.setdefault(found, []).append(horizon(row["horizon_label"]))
    return "; ".join(f"{word} at {listed(labels)}" for word, labels in same.items()) or "not scored yet"


def luck_range(nominal: float, outcomes: int) -> tuple[float, float]:
    """Shares between which 9 of 10 honest bands fall, with so many independent outcomes (binomial, exact)."""
    from scipy.stats import binom

    low, high = binom.ppf((0.05, 0.95), outcomes, nominal)
    return float(low / outcomes), float(high / outcomes)


def best(rows: list[dict], count: int) -> list[str]:
    """Models with the greatest mean skill over horizons, benchmarks and the ensemble left out."""
    skills: dict[str, list[float]] = {}
    for row in rows:
        if row["model"] not in MODEL_WORDS and row["skill_b0"] is not None:
            skills.setdefault(row["model"], []).append(row["skill_b0"])
    most = max(map(len, skills.values()), default=0)
    whole = [model for model, found in skills.items() if len(found) == most]
    return sorted(whole, key=lambda model: -sum(skills[model]))[:count]


def coverage(rows: list[dict], answer: dict, source: str) -> Chart:
    """Observed share of outcomes inside each band by horizon, beside what was promised."""
    own = [row for row in rows if row["model"] == "ensemble"]
    labels = [row["horizon_label"] for row in own]
    traces, shapes, table = [], [], []
    for place, nominal in enumerate((50, 80, 90, 95)):
        observed = [row[f"coverage{nominal}"] for row in own]
        at = [i + 0.1 * (place - 1.5) for i in range(len(own))]
        luck = [luck_range(nominal / 100, row["n_effective"]) for row in own]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": at,
                "y": [nominal] * len(own),
                "hoverinfo": "skip",
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": [100 * high - nominal for _, high in luck],
                    "arrayminus": [nominal - 100 * low for low, _ in luck],
                    "thickness": 8,
                    "width": 0,
                    "color": LUCK,
                },
                "marker": {"opacity": 0},
                "showlegend": False,
            }
        )
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": f"{nominal} % band",
                "x": at,
                "y": [100 * share for share in observed],
                "marker": {"color": PALETTE[place], "symbol": SYMBOLS[place], "size": 8},
                "hovertemplate": f"%{{y:.1f}} % of {nominal} %<extra></extra>",
            }
        )
        shapes.append(
            {
                "type": "line",
                "x0": 0,
                "x1": 1,
                "xref": "paper",
                "y0": nominal,
                "y1": nominal,
                "line": {"color": PALETTE[place], "width": 1, "dash": "dash"},
            }
        )
        table += [
            (
                f"{nominal} %",
                horizon(row["horizon_label"]),
                percent(share),
                f"{round(share * row['n_origins'])} of {row['n_origins']}",
                f"{percent(low, 0)} to {percent(high, 0)}",
                str(row["n_effective"]),
            )
            for row, share, (low, high) in zip(own, observed, luck, strict=True)
        ]
    month = next((row for row in own if row["horizon_label"] == "1m"), own[0] if own else None)
    finding = (
        f"At {horizon(month['horizon_label'])} the 80 % band held {round(month['coverage80'] * month['n_origins'])} of "
        f"{month['n_origins']} times, {percent(month['coverage80'])}."
        if month
        else "Not scored yet."
    )
    drawn = figure(traces, answer, shapes=shapes)
    drawn["layout"]["xaxis"] |= places(labels)
    return Chart(
        "coverage",
        "Do the bands hold as often as they promise?",
        finding,
        "% of outcomes inside the band",
        f"{source} Dashed: promised. Grey: where 9 of 10 honest bands fall by luck with so few independent outcomes.",
        drawn,
        ("band", "ahead", "held", "times", "by luck", "independent"),
        table,
    )


def past(rows: list[dict], label: str, answer: dict, source: str) -> Chart:
    """Past 80 % bands at one horizon against what came true."""
    dates = [row["target_date"].isoformat() for row in rows]
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": dates + dates[::-1],
            "y": [row["high"] for row in rows] + [row["low"] for row in rows][::-1],
            "fill": "toself",
            "fillcolor": faded(BLUE, 0.25),
            "line": {"width": 0},
            "name": "80 % band made then",
            "hoverinfo": "skip",
        },
        line(dates, [row["median"] for row in rows], "median made then", BLUE, width=1, dash="dot"),
    ]
    for held, name, colour, symbol, size in (
        (True, "came true inside", "@text", "circle", 4),
        (False, "came true outside", VERMILLION, "x", 8),
    ):
        chosen = [row for row in rows if row["held"] == held]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [row["target_date"].isoformat() for row in chosen],
                "y": [row["outcome"] for row in chosen],
                "name": name,
                "marker": {"color": colour, "symbol": symbol, "size": size},
                "hovertemplate": "%{x}: %{y:.2f} ¢/lb<extra></extra>",
            }
        )
    inside = sum(row["held"] for row in rows)
    table = [
        (
            day(row["origin"]),
            day(row["target_date"]),
            number(row["low"]),
            number(row["high"]),
            number(row["outcome"]),
            "inside" if row["held"] else "outside",
        )
        for row in reversed(rows)
    ]
    return Chart(
        "past",
        f"Did past bands for {horizon(label)} ahead hold?",
        f"{inside} of {len(rows)} outcomes came true inside the 80 % band.",
        "¢/lb",
        f"{source} Each band was made with what was known at its origin.",
        figure(traces, answer),
        ("made", "for", "P10", "P90", "came true", "band"),
        table,
    )


def shares(origins: list, by_model: dict[str, list[float]], label: str, answer: dict, source: str) -> Chart:
    """Weights of the combination over time at one horizon, stacked to 100 %."""
    fits = len(by_model) <= len(PALETTE)
    named = dict(list(by_model.items())[: len(PALETTE) if fits else len(PALETTE) - 1])
    rest = [weights for name, weights in by_model.items() if name not in named]
    if rest:
        named[f"{len(rest)} others"] = [sum(column) for column in zip(*rest, strict=True)]
    dates = [origin.isoformat() for origin in origins]
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "stackgroup": "all",
            "x": dates,
            "y": [100 * share for share in column],
            "name": MODEL_WORDS.get(name, name),
            "line": {"width": 0.5, "shape": "hv", "color": PALETTE[place]},
            "fillcolor": faded(PALETTE[place], 0.75),
            "hovertemplate": "%{y:.0f} %<extra>%{fullData.name}</extra>",
        }
        for place, (name, column) in enumerate(named.items())
    ]
    now = sorted(((column[-1], name) for name, column in by_model.items() if column[-1] > 0), reverse=True)
    words = [f"{MODEL_WORDS.get(name, name)} {percent(share, 0)}" for share, name in now]
    drawn = figure(traces, answer)
    drawn["layout"]["yaxis"] |= {"range": [0, 100]}
    return Chart(
        "shares",
        f"Which models speak in the forecast for {horizon(label)} ahead?",
        f"Today: {', '.join(words)}.",
        "% of the weight",
        f"{source} Chosen and weighted anew at each origin from what was known then.",
        drawn,
        ("model", "share today", "mean share"),
        [(MODEL_WORDS.get(n, n), percent(c[-1]), percent(sum(c) / len(c))) for n, c in by_model.items()],
    )
