"""The Big 8 as gauges: a score, which way it points from neutral, how old its inputs are, and what the data say."""

from datetime import datetime

from oilseer.dashboard.words import counted, number
from oilseer.errors import ConfigError
from oilseer.web.big_eight import big_eight_now
from oilseer.web.problems import Problem
from oilseer.web.visit import Seen, Visit

NAMES = {
    "biofuel": "Biofuel", "china": "China", "crush": "Crush", "energy": "Energy", "fed": "Fed and rates",
    "fx": "Currencies", "tariff": "Tariffs", "volatility": "Volatility",
}  # fmt: skip
EVIDENCE = {
    "supports": "the data support it", "reverses": "the data say the reverse", "no evidence": "no evidence either way",
    "too early": "too few outcomes to say",
}  # fmt: skip
NEUTRAL = 50.0


def big_eight_cards(visit: Visit) -> Seen:
    """A card for each bucket, in the order of the buckets."""
    try:
        answer = big_eight_now(visit)
    except Problem as problem:
        return Seen(None, problem.detail)
    except ConfigError as error:
        return Seen(None, str(error))
    live = {row["bucket"]: row for row in answer["live"]}
    observed = answer["live"][0]["observed_at"] if answer["live"] else None
    age = ""
    if observed and not answer["simulated"]:  # a simulated market stands still
        age = _age((visit.site.clock() - datetime.fromisoformat(observed)).total_seconds() / 60)
    return Seen({
        "cards": [_card(row, live.get(row["bucket"])) for row in answer["rows"]],
        "as_of_date": answer["as_of_date"],
        "observed": observed and f"{observed[:16].replace('T', ' ')} UTC",
        "age": age,
    })  # fmt: skip


def _card(row: dict, live: dict | None) -> dict:
    now = live["score"] if live and live["score"] is not None else row["score"]
    return {
        "bucket": row["bucket"],
        "name": NAMES.get(row["bucket"], row["bucket"]),
        "score": number(now, 0),
        "left": None if now is None else min(now, NEUTRAL),
        "wide": None if now is None else abs(now - NEUTRAL),
        "side": "" if now is None else _side(now),
        "change": number(row["change_1"], 1, signed=True),
        "close": number(row["score"], 0),
        "age": _age(live["input_age_minutes"]) if live and live["input_age_minutes"] is not None else "",
        "evidence": EVIDENCE[row["evidence"]],
        "missing": row["missing"],
    }


def _side(score: float) -> str:
    """For people who see no colour: which way it points."""
    if round(score) == NEUTRAL:
        return "neutral"
    return "▲ for higher" if score > NEUTRAL else "▼ for lower"


def _age(minutes: float) -> str:
    """5 minutes, 3 hours, 2 days."""
    if minutes < 120:
        return counted(round(minutes), "minute")
    return counted(round(minutes / 60), "hour") if minutes < 2880 else counted(round(minutes / 1440), "day")
