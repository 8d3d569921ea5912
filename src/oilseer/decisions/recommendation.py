"""The day's cover plan as the row of `forecasts.procurement_recommendations`."""

import json

from oilseer.decisions.plan import CoverPlan
from oilseer.warehouse.spec import Column, TableSpec

PROCUREMENT = TableSpec(
    "forecasts.procurement_recommendations",
    "one row per as-of date",
    ("as_of_date",),
    (
        Column("as_of_date", "DATE", note="session at whose close one decides"),
        Column("action", "VARCHAR", note="BUY, LADDER, WAIT or MONITOR", null=False),
        Column("sentence", "VARCHAR", note="the reason, for a buyer", null=False),
        Column("cover_ratio_before", "DOUBLE", "ratio", "pounds covered over pounds needed", null=False, low=0, high=1),
        Column("cover_ratio_after", "DOUBLE", "ratio", "with today's purchase", null=False, low=0, high=1),
        Column("buy_lb", "DOUBLE", "lb", null=False, low=0),
        Column("buy_contracts", "INTEGER", "contracts", null=False, low=0),
        Column("valid_until", "DATE", note="the answer stands to this session, tripwires apart", null=False),
        Column("covered_until", "DATE", note="session at which cover is used up, in the order of need", null=False),
        Column("spot_cents_per_lb", "DOUBLE", "¢/lb", null=False, low=0),
        Column("expected_cents_per_lb", "DOUBLE", "¢/lb", "mean cost of the need after the purchase", null=False),
        Column("cvar95_cents_per_lb", "DOUBLE", "¢/lb", "mean of its dearest 5 % of outcomes", null=False),
        Column("probability_above_budget", "DOUBLE", "ratio", "null without a budget", low=0, high=1),
        Column("buying_regret_usd", "DOUBLE", "USD", "cost of buying if prices fall, 1 in 10", null=False, low=0),
        Column(
            "waiting_regret_usd", "DOUBLE", "USD", "cost of the open rest if prices rise, 1 in 10", null=False, low=0
        ),
        Column("risk_weight", "DOUBLE", "ratio", "λ", null=False, low=0),
        Column("plan_json", "VARCHAR", note="the whole plan: months, ladder, tripwires", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "at the end of the run that made it, after 17:00 New York of the as-of date",
    "decided from forecasts.zl_predictions by decisions/plan.py",
)


def to_row(cover: CoverPlan, run_id: str) -> dict:
    """A row of PROCUREMENT."""
    values = vars(cover) | {
        "expected_cents_per_lb": cover.after.expected_cents_per_lb,
        "cvar95_cents_per_lb": cover.after.cvar95_cents_per_lb,
        "probability_above_budget": cover.after.probability_above_budget,
        "plan_json": json.dumps(cover.to_dict(), ensure_ascii=False),
        "run_id": run_id,
    }
    return {name: values[name] for name in PROCUREMENT.column_names}
