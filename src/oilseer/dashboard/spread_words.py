"""The spreads in a buyer's words: what each is called, what it answers, and its numbers as cards and a chart."""

import numpy as np

from oilseer.dashboard.feature_page import svg
from oilseer.dashboard.figure import BLUE, GREY, ORANGE, Chart, figure, line
from oilseer.dashboard.words import NOTHING, counted, day, number, percent, short

SPREADS = {  # name and question, by what they are about
    "Crush": {
        "spread_board_crush_usd_per_bu": ("Board crush", "Does crushing pay?"),
        "spread_oil_share_ratio": ("Oil share of the crush", "Does oil or meal pay for the crush?"),
        "spread_hog_feed_usd_per_cwt": ("Hogs over their feed", "Does feeding meal to hogs pay?"),
    },
    "Fuel": {
        "spread_boho_usd_per_gal": ("Soybean oil over diesel (BOHO)", "What does soybean oil cost above diesel?"),
        "spread_biodiesel_margin_usd_per_gal": ("Biodiesel margin", "Does making biodiesel from soybean oil pay?"),
        "spread_crack_321_usd_per_bbl": ("3-2-1 crack", "What does refining crude earn?"),
        "spread_crack_heating_oil_usd_per_bbl": ("Diesel crack", "What does diesel earn above crude?"),
        "spread_crack_gasoline_usd_per_bbl": ("Gasoline crack", "What does gasoline earn above crude?"),
    },
    "Other oils": {
        "spread_soyoil_palm_ratio": ("Soybean oil over palm oil", "How dear is soybean oil against palm?"),
        "spread_palm_soyoil_day_usd_per_mt": ("Palm less soybean oil, daily", "What does palm save a buyer?"),
        "spread_palm_soyoil_usd_per_mt": ("Palm less soybean oil, monthly", "What does palm save worldwide?"),
        "spread_rapeseed_soyoil_usd_per_mt": (
            "Canola (rapeseed) less soybean oil", "What does canola oil cost above soybean oil?"
        ),
        "spread_sunflower_soyoil_usd_per_mt": ("Sunflower less soybean oil", "What does sunflower oil cost above it?"),
    },
    "Delivery and currency": {
        "curve_carry_cents_per_lb": ("Nearer less later delivery", "Is oil for prompt delivery scarce?"),
        "curve_slope_annualized_ratio": ("Slope of the curve, a year", "How fast does the curve rise?"),
        "spread_terms_of_trade_brl_cents_per_lb": ("Soybean oil in reais", "What does a Brazilian seller get?"),
    },
}  # fmt: skip
WORDS = {name: words for group in SPREADS.values() for name, words in group.items()}
SHARES = ("spread_oil_share_ratio",)  # ratios that read better in percent
MOVES = ("day", "week", "month")


def cards(answer: dict, charts: dict[str, dict | None]) -> list[tuple[str, list[dict]]]:
    """Cards of every spread, by what they are about; values, moves and places in words."""
    rows = {row["name"]: row for row in answer["rows"]}
    return [
        (group, [_card(rows[name], charts.get(name)) for name in names if name in rows])
        for group, names in SPREADS.items()
    ]


def _card(row: dict, chart: dict | None) -> dict:
    name, title = row["name"], WORDS[row["name"]][0]
    made = {"name": name, "title": title, "unit": _unit(row), "value": _value(name, row["value"]),
            "formula": row["formula"], "source": row["source"], "svg": svg(chart), "why": row["why"]}  # fmt: skip
    if row["value"] is None:
        until = row["available_until"]
        since = f"No value since {day(until)}" if until else "No value yet"
        return made | {"moves": [], "place": "", "age": f"{since}: {row['missing_because'] or 'not known why'}."}
    age = row["age_days"]
    spans = (("percentile_year", "a year"), ("percentile_five_years", "five years"))
    placed = [f"{percent(row[key], 0)} of {span}" for key, span in spans if row[key] is not None]
    return made | {
        "moves": [(label, _moved(_value(name, row[f"change_{label}"], signed=True))) for label in MOVES],
        "place": f"higher than {' and '.join(placed)}",
        "age": "new at this close" if age == 0 else f"unchanged for {counted(age, 'day')}",
    }


def _unit(row: dict) -> str:
    return "% of the crush" if row["name"] in SHARES else row["unit"]


def _value(name: str, value: float | None, signed: bool = False) -> str:
    if value is None:
        return NOTHING
    if name in SHARES:
        return number(100 * value, 1, signed)
    sign = "+" if signed and value > 0 and short(value) != "0" else ""
    return sign + short(round(value, 4))


def _moved(text: str) -> str:
    """The sign in shape too, for who sees no colour."""
    return f"{'▲ ' if text.startswith('+') else '▼ ' if text.startswith('−') else ''}{text}"


def spread(answer: dict, facts: dict) -> Chart:
    """One spread over its last five years, with the tenth, half and nine tenths of its values.

    answer  of `feature_values.history`; facts  its row of `market_answers.spreads`
    """
    name = facts["name"]
    title, question = WORDS[name]
    scale = 100 if name in SHARES else 1
    known = [(row["as_of_date"], scale * row["value"]) for row in answer["rows"][::-1] if row["value"] is not None]
    days, values = [one[0] for one in known], [one[1] for one in known]
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9)) if values else (np.nan,) * 3
    traces = [line([row["as_of_date"] for row in answer["rows"][::-1]],
                   [None if row["value"] is None else scale * row["value"] for row in answer["rows"][::-1]],
                   title, BLUE)]  # fmt: skip
    for level, text, dash, colour in ((high, "9 of 10 below", "dot", GREY), (middle, "median", "dash", ORANGE),
                                      (low, "1 of 10 below", "dot", GREY)):  # fmt: skip
        if values:
            traces.append(line([days[0], days[-1]], [float(level)] * 2, text, colour, dash=dash, width=1.5))
    unit = _unit(facts)
    for trace in traces:
        trace["hovertemplate"] = f"%{{x}}: %{{y:.3~f}} {unit}<extra>{trace['name']}</extra>"
    finding = (
        f"{title}: {short(values[-1])} {unit} on {day(days[-1])}. Since {day(days[0])} it was between {short(low)} and "
        f"{short(high)} on 8 of 10 days, half the time below {short(middle)}."
        if values else f"{title} has no value in these five years."
    )  # fmt: skip
    table = [(day(row["as_of_date"]), _value(name, row["value"])) for row in answer["rows"]]
    return Chart(
        "spread", question, finding, unit, f"{facts['formula']}. {facts['why']} Source: {facts['source']}.",
        figure(traces, answer, zero=bool(values) and min(values) < 0 < max(values)), ("session", unit), table, low=True,
    )  # fmt: skip
