"""Charts of the market: the futures curve, the season, one spread, positions of traders, WASDE by release, credits."""

from datetime import date

from oilseer.dashboard.figure import BLUE, GREY, ORANGE, PALETTE, SYMBOLS, Chart, faded, figure, line, thin
from oilseer.dashboard.words import MONTHS, NOTHING, counted, day, number, percent

WHEN = {"today": "this close", "week": "a week before", "month": "a month before", "year": "a year before"}
GROUPS = {
    "noncommercial": "speculators", "commercial": "the trade", "managed_money": "funds (managed money)",
    "producer": "producers and users",
}  # fmt: skip
SPECULATORS = ("managed_money", "noncommercial")
TOO_OLD_DAYS = 60  # a group whose last report lies that far behind the others is told, not drawn
EXTREME = 0.3  # net over open interest at which a side is called extreme
DASHES = ("solid", "dash", "dot", "dashdot")


def curve(answer: dict) -> Chart:
    """Price by months to delivery at the last close and before; a dot a contract."""
    traces, table = [], []
    for place, then in enumerate(answer["curves"]):
        contracts = then["contracts"]
        if not contracts:
            continue
        colour = PALETTE[place]
        drawn = line(
            [_months(then["observation_date"], row["contract_month"]) for row in contracts],
            [row["price_cents_per_lb"] for row in contracts], WHEN[then["when"]], colour, "lines+markers",
            SYMBOLS[place], dash=DASHES[place],
        )  # fmt: skip
        drawn["text"] = [_month(row["contract_month"]) for row in contracts]
        drawn["hovertemplate"] = f"%{{text}}: %{{y:.2f}} ¢/lb<extra>{day(then['observation_date'])}</extra>"
        traces.append(drawn)
        table += [
            (f"{WHEN[then['when']]}, {day(then['observation_date'])}", _month(row["contract_month"]),
             number(row["price_cents_per_lb"]), number(row["volume"], 0), number(row["open_interest"], 0))
            for row in contracts
        ]  # fmt: skip
    drawn = figure(traces, answer)
    drawn["layout"]["xaxis"] |= {"rangemode": "tozero", "dtick": 3}
    return Chart(
        "curve", "Does later delivery cost more?", curve_words(answer), "¢/lb by months to delivery",
        f"CBOT soybean oil, every delivery month that is loaded. Close of {day(answer['as_of_date'])}.", drawn,
        ("close", "delivery", "price, ¢/lb", "volume", "open interest"), table, low=True,
    )  # fmt: skip


def curve_words(answer: dict) -> str:
    """What the curve of the last close says, and what it cannot say with the contracts known."""
    contracts = answer["curves"][0]["contracts"] if answer["curves"] else []
    if not contracts:
        return "No delivery month was quoted at this close, so nothing can be said of later delivery."
    near, far = contracts[0], contracts[-1]
    first = f"{_month(near['contract_month'])} closed at {number(near['price_cents_per_lb'])} ¢/lb"
    if near is far:
        return f"{first}. It is the only delivery month known at this close: whether later delivery costs more is not."
    gap = far["price_cents_per_lb"] - near["price_cents_per_lb"]
    than = "as much" if round(gap, 2) == 0 else f"{number(abs(gap))} {'more' if gap > 0 else 'less'}"
    few = " Only these two delivery months are known at this close." if len(contracts) == 2 else ""
    return f"{first}; {_month(far['contract_month'])} costs {than}.{few}"


def seasonality(answer: dict) -> Chart:
    """This year's weeks over the range and mean of five and ten years before."""
    rows, years = answer["rows"], answer["years"]
    days = [row["starts_on"] for row in rows]
    traces = []
    for name, count, opacity in (("ten", 10, 0.14), ("five", 5, 0.26)):
        known = [row for row in rows if row[f"{name}_mean"] is not None]
        xs = [row["starts_on"] for row in known]
        span = f"{len(years[name])} years" if len(years[name]) < count else f"{count} years"
        traces.append({
            "type": "scatter", "mode": "lines", "x": xs + xs[::-1], "line": {"width": 0}, "fill": "toself",
            "y": [row[f"{name}_max"] for row in known] + [row[f"{name}_min"] for row in known][::-1],
            "fillcolor": faded(BLUE, opacity), "name": f"least to greatest, {span}", "hoverinfo": "skip",
        })  # fmt: skip
        colour, dash = (BLUE, "dash") if name == "five" else (GREY, "dot")
        means = [row[f"{name}_mean"] for row in known]
        traces.append(line(xs, means, f"mean, {span}", colour, dash=dash, width=1.5))
    traces.append(line(days, [row["this_year"] for row in rows], str(answer["year"]), ORANGE, width=3))
    for trace in traces[1::2] + traces[-1:]:
        trace["hovertemplate"] = f"week from %{{x|%-d %b}}: %{{y:.2f}} ¢/lb<extra>{trace['name']}</extra>"
    drawn = figure(traces, answer)
    span = [days[0], f"{answer['year']}-12-31"]
    drawn["layout"]["xaxis"] |= {"tickformat": "%b", "tickangle": 0, "nticks": 7, "range": span}
    now = [row for row in rows if row["this_year"] is not None][-1]
    table = [
        (_short(row["starts_on"]), number(row["this_year"]),
         *(number(row[f"{name}_{part}"]) for name in years for part in ("min", "mean", "max")))
        for row in rows
    ]  # fmt: skip
    spans = " and ".join(
        f"{_years(known)}: {number(now[f'{name}_min'])} to {number(now[f'{name}_max'])}, "
        f"mean {number(now[f'{name}_mean'])}"
        for name, known in years.items() if known
    )  # fmt: skip
    return Chart(
        "seasonality", "Is this price usual for the time of year?",
        f"The week from {_short(now['starts_on'])} averages {number(now['this_year'])} ¢/lb. The same week in {spans}."
        if spans else f"No year before {answer['year']} is loaded.",
        "¢/lb, mean of each week, front contract",
        "Prices as they were, not adjusted for inflation: the range of a few years is no forecast.",
        drawn,
        ("week from", str(answer["year"]),
         *(f"{part}, {len(known)} years" for known in years.values() for part in ("least", "mean", "greatest"))),
        table,
    )  # fmt: skip


def positions(answer: dict) -> Chart:
    """Net positions of each group over open interest, five years of weeks."""
    traces = []
    youngest = min(group["age_days"] for group in answer["groups"])
    drawn = [group for group in answer["groups"] if group["age_days"] - youngest <= TOO_OLD_DAYS]
    for place, group in enumerate(drawn):
        weeks = [row for row in answer["rows"] if row["trader_group"] == group["trader_group"]][::-1]
        trace = line([row["observation_date"] for row in weeks], [100 * row["net_share_ratio"] for row in weeks],
                     GROUPS[group["trader_group"]], PALETTE[place], dash=DASHES[place])  # fmt: skip
        trace["hovertemplate"] = f"%{{x}}: %{{y:.1f}} % of open interest<extra>{trace['name']}</extra>"
        traces.append(trace)
    shapes = [{"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": y, "y1": y, "line": thin("dot")}
              for y in (-100 * EXTREME, 100 * EXTREME)]  # fmt: skip
    newest = drawn[0]["observation_date"]
    first = next((one for one in drawn if one["trader_group"] in SPECULATORS), drawn[0])
    left_out = "".join(f" Not drawn: {GROUPS[group['trader_group']]}, last report {day(group['observation_date'])}."
                       for group in answer["groups"] if group not in drawn)  # fmt: skip
    table = [
        (day(row["observation_date"]), GROUPS[row["trader_group"]], percent(row["net_share_ratio"], signed=True),
         number(row["long_contracts"], 0), number(row["short_contracts"], 0))
        for row in answer["rows"]
    ]  # fmt: skip
    return Chart(
        "positions", "Are speculators crowded on one side?", crowding_words(first),
        "% of open interest, long less short; dotted lines at ±30 %",
        f"CFTC commitments of traders, futures only; positions of Tuesday {day(newest)}.{left_out}",
        figure(traces, answer, shapes=shapes, zero=True),
        ("Tuesday", "group", "net", "long", "short"), table[:104], low=True,
    )  # fmt: skip


def crowding_words(group: dict) -> str:
    """Whether a group stands at an edge of its past: beyond 90 %, 80 % or below 10 % of the reports."""
    name = GROUPS[group["trader_group"]]
    net = f"{name[0].upper()}{name[1:]} are net {'long' if group['net_share_ratio'] >= 0 else 'short'} by "
    net += f"{percent(abs(group['net_share_ratio']))} of open interest"
    place = group["percentile_five_years"]
    span = "five years"
    if place is None:
        place, span = group["percentile_year"], "a year"
    if place is None:
        return f"{net}; {counted(group['reports'], 'report')} are too few to say whether that is much."
    verdict = "the top of their range" if place > 0.9 else "crowded" if place > 0.8 else \
              "the bottom of their range" if place < 0.1 else "neither crowded nor thin"  # fmt: skip
    return f"{net}, more than in {percent(place, 0)} of the reports of {span}: {verdict}."


def wasde(answer: dict, name: str) -> Chart:
    """One WASDE line through the releases, a line a marketing year."""
    years = sorted({row["marketing_year"] for row in answer["rows"]})[-4:]
    traces, unit = [], answer["units"]["value"]
    for place, year in enumerate(years[::-1]):
        said = [row for row in answer["rows"] if row["marketing_year"] == year][::-1]
        trace = line([row["observation_date"] for row in said], [row["value"] for row in said], year, PALETTE[place],
                     "lines+markers", SYMBOLS[place], dash=DASHES[place])  # fmt: skip
        trace["hovertemplate"] = f"%{{x}}: %{{y:,.0f}} {unit}<extra>{year}</extra>"
        traces.append(trace)
    newest = [row for row in answer["rows"] if row["marketing_year"] == years[-1]]
    moved = newest[0]["value"] - newest[1]["value"] if len(newest) > 1 else None
    by = f", {number(moved, 0, signed=True)} from the release before" if moved is not None else ", its first estimate"
    table = [(day(row["observation_date"]), row["marketing_year"], row["status"], number(row["value"], 0))
             for row in answer["rows"] if row["marketing_year"] in years]  # fmt: skip
    return Chart(
        "wasde", f"How has USDA moved {name}?",
        f"{years[-1]}: {number(newest[0]['value'], 0)} {unit} in the report of "
        f"{day(newest[0]['observation_date'])}{by}.",
        unit, "USDA WASDE, each release as it was published.", figure(traces, answer),
        ("release", "marketing year", "status", unit), table, low=True,
    )  # fmt: skip


def rins(answer: dict) -> Chart:
    """Weekly prices of the credits."""
    codes = sorted({row["d_code"] for row in answer["rows"]}, key=lambda code: (code != "D4", code))
    traces, newest = [], []
    for place, code in enumerate(codes):
        weeks = [row for row in answer["rows"] if row["d_code"] == code][::-1]
        trace = line([row["observation_date"] for row in weeks], [row["price_usd_per_rin"] for row in weeks],
                     KINDS.get(code, code), PALETTE[place], dash=DASHES[place % 4])  # fmt: skip
        trace["hovertemplate"] = f"week of %{{x}}: %{{y:.3f}} USD<extra>{code}</extra>"
        traces.append(trace)
        newest.append(f"{code} {number(weeks[-1]['price_usd_per_rin'], 3)}")
    weeks = sorted({row["observation_date"] for row in answer["rows"]}, reverse=True)
    price = {(row["observation_date"], row["d_code"]): row["price_usd_per_rin"] for row in answer["rows"]}
    table = [(day(week), *(number(price.get((week, code)), 3) for code in codes)) for week in weeks]
    late = " That is too old for any feature: none uses it." if answer["is_stale"] else ""
    return Chart(
        "rins", "What does a biofuel credit pay?",
        f"Week of {day(weeks[0])}, {counted(answer['age_days'], 'day')} before this close: "
        f"{', '.join(newest)} USD.{late}",
        "US dollars a RIN, mean of each week's trades", "EPA RIN trades and price information; posted weeks later.",
        figure(traces, answer), ("week of", *codes), table, low=True,
    )  # fmt: skip


KINDS = {"D3": "D3 cellulosic", "D4": "D4 biomass-based diesel", "D5": "D5 advanced", "D6": "D6 renewable fuel",
         "D7": "D7 cellulosic diesel"}  # fmt: skip


def _months(seen: str, delivery: str) -> int:
    """Months from a session to a delivery month."""
    then, there = date.fromisoformat(seen), date.fromisoformat(delivery)
    return 12 * (there.year - then.year) + there.month - then.month


def _month(value: str) -> str:
    there = date.fromisoformat(value)
    return f"{MONTHS[there.month - 1]} {there.year}"


def _short(value: str) -> str:
    there = date.fromisoformat(value)
    return f"{there.day} {MONTHS[there.month - 1]}"


def _years(known: list[int]) -> str:
    return f"{known[0]} to {known[-1]}" if len(known) > 1 else str(known[0]) if known else NOTHING
