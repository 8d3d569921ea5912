"""The sentences of the morning brief, one wording for terminal, page and mail: for someone who buys, not models.

Every function takes the answer of `answers.brief` or a part of it. Without numbers it says so and what makes them.
"""

from dataclasses import dataclass

from oilseer.dashboard.words import counted, day, dollars, horizon, listed, number, percent, pounds

GROUPS = {
    "BIOFUEL_ENERGY": "Biofuel and energy",
    "TRADE_TARIFF": "Trade and tariffs",
    "WEATHER_SUPPLY": "Weather and supply",
    "PALM_SUBSTITUTION": "Palm and other oils",
    "MACRO_RISK": "Economy and the dollar",
    "POSITIONING": "Positions of traders",
    "POLICY_REGULATION": "Policy and mandates",
    "TECHNICAL_REGIME": "Trend and swings of the price",
}
CAUSES = {
    "price": "the day's price",
    "roll": "a new front contract",
    "drivers": "new readings of the drivers",
    "revisions": "revised figures",
    "model": "the forecast's own learning",
}
APART = {
    "other_drivers": "other drivers",
    "carry": "rolling contracts",
    "own_past": "the price's own past",
    "typical_past": "what a usual market brings",
    "untold": "what learning models do not tell apart",
}
RULES = {
    "treasury_curve": "the Treasury curve",
    "vix_bands": "fear in shares (VIX)",
    "sentiment_persistence": "the tone of news",
    "fed_path": "the path of the Fed",
    "dollar_order": "the real and the dollar",
    "biofuel_tons": "oil for biofuel",
    "measured_logistics": "queues of ships",
    "weather_week": "the weather",
    "positions": "positions of traders",
    "crush_behaviour": "the crush margin",
    "palm_relative": "palm oil",
    "china_imports": "China's purchases",
}
SIDES = {"bullish": "for higher prices", "bearish": "for lower prices", "caution": "for caution"}
NOT_EXPLAINED = "Not explained yet in this workspace"
SHOWN_OLD = 3
SELDOM = 0.7  # share of hits below which an 80 % band is said to hold too seldom
SEEN = 0.005  # ¢/lb: below it a number rounds to nothing


@dataclass(frozen=True)
class Driver:
    """A driver group as shown: name, signed amount in ¢/lb, its largest component in words."""

    name: str
    amount: float
    because: str


def moves(contract: dict) -> str:
    """How the price moved in a day and in a week."""
    return "; ".join(
        f"{number(contract[f'change_{span}'], signed=True)} ({percent(contract[f'change_{span}_ratio'], signed=True)}) "
        f"in a {span}{', into a new front contract' if contract[f'rolled_{span}'] else ''}"
        for span in ("day", "week")
        if contract[f"change_{span}"] is not None
    )


def contract_name(contract: dict) -> str:
    """ZLZ25, first notice 28 Nov; empty where the contract is not known."""
    notice = f", first notice {day(contract['first_notice_day'])[:-5]}" if contract["first_notice_day"] else ""
    return f"{contract['contract']}{notice}" if contract["contract"] else ""


def drivers(explanation: dict) -> list[Driver]:
    """The driver groups that weigh most, with their largest component."""
    return [
        Driver(
            GROUPS.get(row["driver_group"], row["driver_group"]),
            row["contribution_cents_per_lb"],
            row["largest"]["what"],
        )
        for row in explanation["drivers"]
    ]


def why_lead(explanation: dict | None) -> str:
    """Where the middle stands against today's price."""
    if explanation is None:
        return f"Why: {NOT_EXPLAINED.lower()}"
    return (
        f"Why the middle in {horizon(explanation['label'])} is {number(explanation['median_cents_per_lb'])}, "
        f"{number(explanation['move_cents_per_lb'], signed=True)} ¢/lb from today's price"
    )


def why_rest(explanation: dict) -> str:
    """What the drivers shown make of the move, and what makes the rest."""
    shown = len(explanation["drivers"])
    total, share = explanation["drivers_cents_per_lb"], explanation["share_ratio"]
    part = f" ({percent(share, 0)} of the move)" if share is not None and 0 < share <= 1 else ""
    lead = "No driver adds anything" if not shown else f"These {shown} make {number(total, signed=True)}{part}"
    lead = lead.replace("These 1 make", "It makes")
    amounts = ((words, explanation[f"{name}_cents_per_lb"]) for name, words in APART.items())
    rest = [f"{words} {number(amount, signed=True)}" for words, amount in amounts if abs(amount) >= SEEN]
    return f"{lead}; {', '.join(rest)} ¢/lb" if rest else f"{lead} ¢/lb" if shown else lead


def changed(changes: dict | None) -> str:
    """What moved the middle since the session before."""
    if changes is None:
        return "What changed: no earlier forecast to compare with yet"
    lead = f"Since {day(changes['since'])} the middle in {horizon(changes['label'])}"
    causes = changes["causes_cents_per_lb"]
    parts = [
        f"{words} {number(causes[name], signed=True)}"
        for name, words in CAUSES.items()
        if abs(causes.get(name, 0.0)) >= SEEN
    ]
    total = changes["change_cents_per_lb"]
    if abs(total) < SEEN:
        return f"{lead} did not move{': ' + ', '.join(parts) + ' ¢/lb' if parts else ''}"
    return f"{lead} moved {number(total, signed=True)} ¢/lb: {', '.join(parts)}"


def speaking(signals: dict | None) -> str:
    """Which signal rules take a side today."""
    if signals is None:
        return "Signals: not judged yet"
    sides = []
    for verdict, words in SIDES.items():
        names = [RULES.get(row["rule"], row["rule"]) for row in signals["speaking"] if row["verdict"] == verdict]
        sides += [f"{words} {listed(names)}"] if names else []
    silent = f"{signals['neutral']} take{'s' if signals['neutral'] == 1 else ''} no side"
    unknown = signals["unknown"]
    silent += f", {unknown} lack{'s' if unknown == 1 else ''} data" if unknown else ""
    return f"Signals: {'; '.join(sides)}; {silent}" if sides else f"Signals: none speaks today; {silent}"


def at_risk(answer: dict) -> str:
    """What the risk columns say of the open pounds, or why there are none."""
    risk = answer["risk"]
    if not risk:
        return "Risk on the open pounds: not drawn yet, `oilseer run` does it"
    if not risk[0]["open_lb"]:
        return "No pounds are open: nothing is at risk"
    return (
        f"USD: extra cost of the {pounds(risk[0]['open_lb'])} open before today's purchase over today's price, "
        "1 time in 20 at least (VaR), then on average (CVaR)"
    )


def held(trust: list[dict]) -> str:
    """How often the 80 % band held, in counts."""
    lead = next((row for row in trust if row["sessions"] == 21), trust[0])
    first, last = min(row["first_origin"] for row in trust), max(row["last_origin"] for row in trust)
    seldom = [
        f"{row['hits80']} of {row['n_origins']} at {horizon(row['label'])}"
        for row in trust
        if row["hits80"] < SELDOM * row["n_origins"]
    ]
    return (
        f"The 80 % band held {lead['hits80']} of the last {lead['n_origins']} times {horizon(lead['label'])} ahead, "
        f"forecast at month ends of {first[:4]} to {last[:4]} from what was known then"
        f"{'; too seldom: ' + listed(seldom) if seldom else ''}"
    )


def rivals(trust: list[dict]) -> str:
    """How the forecasts compare with simpler ones, claiming no more than is shown."""
    return (
        f"Beside “no change”: {_verdicts(trust, 'verdict_no_change')}; "
        f"beside a plain simulation of price swings: {_verdicts(trust, 'verdict_simulation')}"
    )


def _verdicts(trust: list[dict], key: str) -> str:
    """better at 1 week and 1 month, not shown at 3 months."""
    by_verdict: dict[str, list[str]] = {}
    for row in trust:
        # where only the simulation speaks, it cannot beat itself
        verdict = "the same" if key == "verdict_simulation" and row["model"] == "B1" else row[key]
        by_verdict.setdefault(verdict, []).append(row["label"])
    words = {"not shown": "no gain shown", "unknown": "not compared yet", "too few": "too few outcomes to tell"}
    return ", ".join(f"{words.get(verdict, verdict)} at {horizons(labels)}" for verdict, labels in by_verdict.items())


def horizons(labels: list[str]) -> str:
    """1 week, 1 and 3 months; 1 week and 1 month."""
    months = [horizon(label).split()[0] for label in labels if label.endswith("m")]
    others = [horizon(label) for label in labels if not label.endswith("m")]
    unit = "month" if months == ["1"] else "months"
    if len(months) == 1:
        return listed([*others, f"{months[0]} {unit}"])
    return ", ".join([*others, f"{listed(months)} {unit}"] if months else others)


def inputs(answer: dict) -> str:
    """Stale and missing inputs that matter in one line: what a forecast needs by name, then what went old last."""
    stale, missing = answer["inputs"]["stale"], answer["inputs"]["missing"]
    # a table and what staging makes of it are one input
    by_name = {row["what"]: row for row in sorted(stale, key=lambda row: (row["critical"], row["age_days"]))}
    ordered = sorted(by_name.values(), key=lambda row: row["age_days"])
    named = [row for row in ordered if row["critical"]]
    named += [row for row in ordered if not row["critical"]][:SHOWN_OLD]
    needed = sorted({row["what"] for row in missing if row["critical"]})
    unfilled = len({row["what"] for row in missing}) - len(needed)
    parts = [f"missing for a forecast: {listed(needed)}"] if needed else []
    if named:
        old = [f"{row['what']} ({row['status']}, {counted(round(row['age_days']), 'day')})" for row in named]
        rest = len(ordered) - len(named)
        parts.append(f"old: {listed([*old, f'{rest} more'] if rest else old)}")
    else:
        parts.append("none is late")
    parts += [f"{unfilled} never filled"] if unfilled else []
    return f"Inputs: {'; '.join(parts)}"


def gates(answer: dict) -> str | None:
    """Verdicts of the checks between stages: those that block by name, the others as a count."""
    found = answer["gates"]
    if not found:
        return None
    failed = [row for row in found["rows"] if not row["passed"]]
    blocking = [f"{r['gate']} (found {r['found']}, expected {r['expected']})" for r in failed if r["blocking"]]
    warns = len(failed) - len(blocking)
    said = [f"blocked by {'; '.join(blocking)}"] * bool(blocking)
    said += [f"{warns} {'warn' if warns > 1 else 'warns'}, see `oilseer gates`"] * bool(warns)
    return "; ".join([f"Gates: {found['passed']} of {len(found['rows'])} passed", *said])


def cover(plan: dict) -> str:
    """How much, until when."""
    return (
        f"Cover: {percent(plan['cover_ratio_after'], 0)} of {pounds(plan['need_lb'])} with today's purchase of "
        f"{pounds(plan['buy_lb'])}; lasts to {day(plan['covered_until'])}. This stands until {day(plan['valid_until'])}"
    )


def price_tripwires(plan: dict) -> list[str]:
    """Prices of the front at which to decide again."""
    return [f"{w['direction']} {number(w['price_cents_per_lb'])} ¢/lb: {w['meaning']}" for w in plan["tripwires"]]


def signal_tripwires(plan: dict) -> list[tuple[str, str]]:
    """Signals whose turn asks for a new decision, and what it would mean."""
    return [
        (f"{wire['signal']} ({wire['now']}) goes {wire['change']}", wire["meaning"])
        for wire in plan.get("signal_tripwires", ())
    ]


def wrong(plan: dict) -> str:
    """The cost of being wrong either way."""
    return (
        "Being wrong: if prices fall, 1 time in 10 the purchase costs "
        f"{dollars(plan['buying_regret_usd'])} or more over waiting; if they rise, the open rest costs "
        f"{dollars(plan['waiting_regret_usd'])} or more over locking it."
    )


def replayed(plan: dict) -> str | None:
    """What such plans would have paid; None where that was not replayed."""
    found = next((row for row in plan.get("replay") or [] if row["policy"] == "plan"), None)
    if found is None:
        return None
    interval = f"{number(found['low'], signed=True)} to {number(found['high'], signed=True)}"
    return (
        f"Followed over {found['month_count']} past months, such plans saved "
        f"{number(found['saving_vs_ratable_cents_lb'], signed=True)} ¢/lb ({interval}) against ratable buying."
    )
