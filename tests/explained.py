"""Explanations of a published session written through the real specs: amounts chosen so that sums are easy by hand."""

from datetime import date

import duckdb
from snapshots import AS_OF, RUN_ID, write

from oilseer.forecasts.explanation_specs import CHANGES, CONTRIBUTIONS
from oilseer.signals.rules import RULES, SPEC

# group, component, words, ¢/lb: groups make +0.42, −0.30, +0.20, −0.11, +0.05 and 0.00
DRIVERS = (
    ("BIOFUEL_ENERGY", "spread_diesel", "diesel cheap against oil", 0.50),
    ("BIOFUEL_ENERGY", "eia_feedstock", "more oil goes into fuel", -0.08),
    ("MACRO_RISK", "fx_real", "a strong dollar against the real", -0.30),
    ("PALM_SUBSTITUTION", "palm", "palm oil dear", 0.20),
    ("POSITIONING", "cot", "funds are long", -0.11),
    ("WEATHER_SUPPLY", "rain", "a dry month in Iowa", 0.05),
    ("TRADE_TARIFF", "china", "China buys as usual", 0.001),
)
APART = (("carry", 0.10), ("own_past", -0.07), ("typical_past", 0.0))
CAUSES = {"price": 0.25, "roll": 0.0, "drivers": 0.04, "revisions": -0.02, "model": 0.003}
SINCE = date(2025, 6, 27)
VERDICTS = {"vix_bands": "caution", "fed_path": "bullish", "dollar_order": "bullish", "crush_behaviour": "bearish",
            "china_imports": "unknown"}  # fmt: skip


def explain(connection: duckdb.DuckDBPyConnection, words: str | None = None) -> None:
    """Contributions and changes of the month-ahead median, and verdicts of the twelve rules."""
    rows = [(component, words or what, group, amount) for group, component, what, amount in DRIVERS]
    rows += [(component, component, "TECHNICAL_REGIME", amount) for component, amount in APART]
    write(connection, CONTRIBUTIONS, [
        {"as_of_date": AS_OF, "horizon": 21, "component": component, "what": what, "bucket": "crush",
         "driver_group": group, "contribution_cents_per_lb": amount, "value": 1.5, "unit": "ratio", "run_id": RUN_ID}
        for component, what, group, amount in rows
    ])  # fmt: skip
    connection.execute(
        "UPDATE forecasts.zl_predictions SET p500 = price_cents_per_lb + 0.291 WHERE horizon = 21"
    )  # 0.42 − 0.30 + 0.20 − 0.11 + 0.05 + 0.001 + 0.10 − 0.07
    write(connection, CHANGES, [
        {"as_of_date": AS_OF, "horizon": 21, "cause": cause, "since": SINCE, "change_cents_per_lb": amount,
         "run_id": RUN_ID}
        for cause, amount in CAUSES.items()
    ])  # fmt: skip
    write(connection, SPEC, [
        {"as_of_date": AS_OF, "rule": rule.name, "number": rule.number, "teaches": rule.teaches,
         "verdict": VERDICTS.get(rule.name, "neutral"), "evidence": f"evidence {rule.number}",
         "governs": ", ".join(rule.reads)}
        for rule in RULES
    ])  # fmt: skip
