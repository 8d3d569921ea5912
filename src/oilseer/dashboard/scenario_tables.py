"""Stress tests as a procurement manager reads them in a terminal: one, all, two beside each other, one run again."""

from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.risk_tables import left_out, page
from oilseer.dashboard.words import HORIZON_WORDS, NOTHING, day, dollars, number, percent, pounds
from oilseer.reference.scenarios import scenarios, shock_words

WITHIN = 1e-9  # relative: what may differ between two machines' arithmetic
LATER = {5: "1 week", 21: "1 month", 63: "3 months"}
SHOWN = 8  # episodes


def scenario(answer: dict) -> RenderableType:
    """One stress test: bands, what moves, reactions, cost, and what followed in the past."""
    words = ", ".join(shock["words"] for shock in answer["shocks"])
    lead = Text(f"{answer['title']}: {words}" if answer["scenario"] != "own" else answer["title"], "bold")
    given = any(shock["symbol"] == "ZL" for shock in answer["shocks"])
    change = percent(answer["oil_change_ratio"], 1, signed=True) + (", as given" if given else " with it in the mean")
    cost = answer["cost"]
    said = (
        f"Over {answer['sessions']} sessions from {day(answer['as_of_date'])}. Soybean oil moves {change}, and the "
        f"{pounds(cost['open_lb'])} still to be bought cost "
        f"{dollars(cost['extra_usd'], signed=True)} ({number(cost['extra_cents_per_lb'], signed=True)} ¢/lb): "
        f"{dollars(cost['with']['expected_usd'])} instead of {dollars(cost['without']['expected_usd'])} in the mean, "
        f"{dollars(cost['with']['expected_shortfall95_usd'])} instead of "
        f"{dollars(cost['without']['expected_shortfall95_usd'])} in the dearest 5 % of outcomes."
    )
    bands = layout.table(
        ("ZL in", "left"), "median", "with shock", "P10 to P90", "with shock", "dearest 5 %", "with shock", gap=1
    )
    for row in answer["horizons"]:
        calm, moved = row["without"], row["with"]
        layout.add(
            bands, HORIZON_WORDS[row["label"]], number(calm["median_cents_per_lb"]),
            number(moved["median_cents_per_lb"]), _range(calm), _range(moved),
            number(calm["expected_shortfall95_cents_per_lb"]), number(moved["expected_shortfall95_cents_per_lb"]),
        )  # fmt: skip
    goes = ", ".join(
        f"{row['name']} "
        + (f"{number(row['change_points'], 0, signed=True)} points" if row["change_points"] is not None
           else percent(row["change_ratio"], 0, signed=True))
        for row in answer["markets"] if not row["given"] and row["symbol"] != "ZL"
    )  # fmt: skip
    parts = [
        lead, Text(said), Text(), bands, Text("¢/lb, front price", "dim"), Text(),
        Text(f"Usually goes with it: {goes}." if goes else ""), *_reactions(answer["reactions"]), Text(),
        *_analogues(answer), Text(answer["model_sensitivities"]["words"] + ".", "dim"),
    ]  # fmt: skip
    why = [f"{shock['words']}: {shock['why'].rstrip('.')}. Size from: {shock['source']}."
           for shock in answer["shocks"] if shock["source"]]  # fmt: skip
    parts += [Text(line, "dim") for line in why]
    return page(answer, *parts, *left_out(answer), Text(f"Kept as {answer['scenario_id']}", "dim"))


def catalogue(kept: list[dict]) -> dict:
    """Shipped scenarios and kept answers, ready for JSON."""
    shipped = [
        {"scenario": one.name, "title": one.title, "sessions": one.sessions,
         "shocks": [shock_words(move) for move in one.moves], "why": [move.why for move in one.moves]}
        for one in scenarios().values()
    ]  # fmt: skip
    fields = ("scenario_id", "scenario", "title", "as_of_date", "oil_change_ratio", "saved_at", "run_id", "simulated")
    return {"shipped": shipped, "saved": [{name: answer[name] for name in fields} for answer in kept]}


def catalogue_table(answer: dict) -> RenderableType:
    """Shipped and kept scenarios."""
    shipped = layout.table(("scenario", "left"), ("what happens", "left"), ("shock", "left"), "sessions")
    for row in answer["shipped"]:
        layout.add(shipped, row["scenario"], row["title"], ", ".join(row["shocks"]), str(row["sessions"]))
    parts: list[RenderableType] = [shipped, Text("Run one: oilseer scenario run NAME, or --shock CL=-20%", "dim")]
    if answer["saved"]:
        kept = layout.table(("kept", "left"), ("what", "left"), ("on", "left"), "soybean oil")
        for row in answer["saved"]:
            change = percent(row["oil_change_ratio"], 1, signed=True)
            layout.add(kept, row["scenario_id"], row["title"], day(row["as_of_date"]), change)
        parts += [Text(), kept]
    mark = layout.mark({"simulated": any(row["simulated"] for row in answer["saved"])})
    return layout.Narrow(Group(*mark, *parts))


def comparison(first: dict, second: dict) -> dict:
    """Two answers beside each other, ready for JSON: the second less the first, horizon by horizon and in cost."""
    horizons = [
        {"label": a["label"], "sessions": a["sessions"], "first": a["with"], "second": b["with"],
         "median_difference_cents_per_lb": b["with"]["median_cents_per_lb"] - a["with"]["median_cents_per_lb"]}
        for a, b in zip(first["horizons"], second["horizons"], strict=True)
    ]  # fmt: skip
    named = {name: {part: answer[part] for part in ("scenario_id", "title", "as_of_date", "run_id", "sessions",
                                                    "oil_change_ratio", "cost", "reactions")}
             for name, answer in (("first", first), ("second", second))}  # fmt: skip
    return named | {
        "simulated": first["simulated"] or second["simulated"],
        "units": first["units"],
        "horizons": horizons,
        "extra_difference_usd": second["cost"]["extra_usd"] - first["cost"]["extra_usd"],
        "same_publication": first["run_id"] == second["run_id"],
    }


def comparison_table(answer: dict) -> RenderableType:
    """Two kept scenarios."""
    first, second = answer["first"], answer["second"]
    made = layout.table(("", "left"), "first", "second")
    layout.add(
        made, "soybean oil moves", *(percent(one["oil_change_ratio"], 1, signed=True) for one in (first, second))
    )
    for row in answer["horizons"]:
        pair = (row["first"], row["second"])
        layout.add(made, f"median in {HORIZON_WORDS[row['label']]}", *(number(p["median_cents_per_lb"]) for p in pair))
    last = answer["horizons"][-1]
    layout.add(made, f"P10 to P90 in {HORIZON_WORDS[last['label']]}", _range(last["first"]), _range(last["second"]))
    layout.add(
        made, "open pounds cost more", *(dollars(one["cost"]["extra_usd"], signed=True) for one in (first, second))
    )
    layout.add(made, "gate after the shock", *(one["reactions"]["with"]["gate"] or NOTHING for one in (first, second)))
    heads = [Text(f"{name}: {one['title']}, {day(one['as_of_date'])} ({one['scenario_id']})")
             for name, one in (("first", first), ("second", second))]  # fmt: skip
    if not answer["same_publication"]:
        heads.append(Text("They stress different forecasts: not all of the difference is the shock's", "yellow"))
    return layout.Narrow(Group(*layout.mark(answer), *heads, Text(), made, Text("¢/lb", "dim")))


def replayed(before: dict, now: dict) -> dict:
    """What differs between a kept answer and the same stress run again, number by number."""
    ignored = ("saved_at",)
    differs = _differences({k: v for k, v in before.items() if k not in ignored}, now)
    return {
        "scenario_id": before["scenario_id"],
        "as_of_date": before["as_of_date"],
        "simulated": before["simulated"],
        "identical": not differs,
        "differs": differs,
    }


def replayed_table(answer: dict) -> RenderableType:
    """Whether a kept scenario came out the same."""
    if answer["identical"]:
        return Text(f"{answer['scenario_id']}: run again on {day(answer['as_of_date'])}, every number is the same")
    made = layout.table(("what", "left"), ("kept", "left"), ("now", "left"))
    for row in answer["differs"][:20]:
        layout.add(made, row["what"], str(row["before"]), str(row["now"]))
    lead = Text(
        f"{answer['scenario_id']}: {len(answer['differs'])} differences, for data, forecast or code changed since"
    )
    return layout.Narrow(Group(*layout.mark(answer), lead, made))


def _differences(before: object, now: object, what: str = "") -> list[dict]:
    """Leaves that differ by more than rounding, with their path."""
    if isinstance(before, dict) and isinstance(now, dict):
        keys = sorted({*before, *now})
        return [row for key in keys for row in _differences(before.get(key), now.get(key), f"{what}.{key}".strip("."))]
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        return [
            row for i, (a, b) in enumerate(zip(before, now, strict=True)) for row in _differences(a, b, f"{what}[{i}]")
        ]
    if isinstance(before, float) and isinstance(now, float) and abs(before - now) <= WITHIN * max(abs(before), 1):
        return []
    return [] if before == now else [{"what": what, "before": before, "now": now}]


def _range(bands: dict) -> str:
    return f"{number(bands['p10_cents_per_lb'])} to {number(bands['p90_cents_per_lb'])}"


def _reactions(states: dict) -> list[Text]:
    """The VIX's band and flag and the volatility gate, before and after, in one sentence each."""
    now, without, moved = states["now"], states["without"], states["with"]
    lines = []
    if moved["vix_points"] is not None and now["vix_points"] is not None:
        flag = "so single signals are overruled" if moved["regime_vix_override_flag"] else "no signal is overruled"
        lines.append(
            f"VIX from {number(now['vix_points'], 0)} ({now['vix_band']}) to {number(moved['vix_points'], 0)} "
            f"({moved['vix_band']}): {flag}."
        )
    if moved["gate"] is not None:
        lines.append(
            f"Volatility gate of the forecast: {now['gate']} now ({number(now['gate_score'], 1, signed=True)}); "
            f"after it {moved['gate']} ({number(moved['gate_score'], 1, signed=True)}), without it {without['gate']} "
            f"({number(without['gate_score'], 1, signed=True)}), in the middle case."
        )
    return [Text(line) for line in lines]


def _analogues(answer: dict) -> list[RenderableType]:
    """What soybean oil did after such moves."""
    found = answer["analogues"]
    since = day(found["first_session"])
    if not found["count"]:
        return [Text(f"Never since {since}: {found['rule']}.")]
    made = layout.table(
        ("moved like that by", "left"), "ZL meanwhile", *(f"{LATER[row['sessions']]} after" for row in found["after"])
    )
    for episode in found["episodes"][-SHOWN:]:
        later = (percent(change, 1, signed=True) for change in episode["after_ratio"].values())
        layout.add(made, day(episode["ended"]), percent(episode["during_ratio"], 1, signed=True), *later)
    layout.add(
        made,
        "median",
        percent(found["median_during_ratio"], 1, signed=True),
        *(percent(row["median_ratio"], 1, signed=True) for row in found["after"]),
        style="bold",
    )
    layout.add(made, "rose", "", *(f"{row['rose']} of {row['count']}" for row in found["after"]), style="bold")
    hidden = found["count"] - SHOWN
    more = f"; the last {SHOWN} shown" if hidden > 0 else ""
    note = f"{found['count']} episode{'s' * (found['count'] > 1)} since {since}{more}: {found['rule']}."
    return [made, Text(note, "dim")]
