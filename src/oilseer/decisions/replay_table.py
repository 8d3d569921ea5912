"""The replay's scores as the rows of `forecasts.policy_replay`, replaced whole by each run."""

import json

from oilseer.decisions.replay_report import PolicyScore, ReplayReport
from oilseer.warehouse.spec import Column, TableSpec

PARTS = ("year", "regime")
POLICY_REPLAY = TableSpec(
    "forecasts.policy_replay",
    "one row per policy, of the newest replay",
    ("policy",),
    (
        Column("policy", "VARCHAR", note="ratable is the reference, foresight the ceiling"),
        Column("cost_cents_per_lb", "DOUBLE", "¢/lb", "average price paid, all costs included", null=False, low=0),
        Column("saving_vs_ratable_cents_lb", "DOUBLE", "¢/lb", "positive where it paid less", null=False),
        Column("low", "DOUBLE", "¢/lb", "of the saving, 90 % block-bootstrap interval", null=False),
        Column("high", "DOUBLE", "¢/lb", "of the saving", null=False),
        Column("low_deflated", "DOUBLE", "¢/lb", "the same, for all policies tried at once", null=False),
        Column("high_deflated", "DOUBLE", "¢/lb", null=False),
        Column("saving_ratio", "DOUBLE", "ratio", "saving over ratable's cost", null=False),
        Column("saving_usd_per_year", "DOUBLE", "USD", null=False),
        Column("share_of_ceiling", "DOUBLE", "ratio", "saving over that of perfect foresight"),
        Column(
            "cvar95_overrun_cents_per_lb", "DOUBLE", "¢/lb", "mean of the worst 5 % of months over budget", null=False
        ),
        Column("cvar95_overrun_change", "DOUBLE", "ratio", "against ratable; −0.2 is a fifth lower"),
        Column("cvar95_overrun_change_low", "DOUBLE", "ratio", "its 90 % block-bootstrap interval"),
        Column("cvar95_overrun_change_high", "DOUBLE", "ratio"),
        Column("worst_year", "INTEGER", null=False),
        Column("worst_year_saving_cents_per_lb", "DOUBLE", "¢/lb", null=False),
        Column("worst_three_years_saving_ratio", "DOUBLE", "ratio", "least saving in any 36 months"),
        Column("saving_by_year_json", "VARCHAR", note="¢/lb by calendar year", null=False),
        Column("saving_by_regime_json", "VARCHAR", note="¢/lb by named regime, which is hindsight", null=False),
        Column(
            "forward_ratio", "DOUBLE", "ratio", "share of the pounds bought ahead", null=False, low=0, high=1.000001
        ),
        Column("bought_lb", "DOUBLE", "lb", null=False, low=0),
        Column("first_month", "DATE", note="first session of the first month of need", null=False),
        Column("last_month", "DATE", null=False),
        Column("month_count", "INTEGER", "months", null=False, low=1),
        Column("n_policies_tried", "INTEGER", "policies", null=False, low=0),
        Column("reality_check_p", "DOUBLE", "ratio", "p that none of them beats ratable", null=False, low=0, high=1),
        Column("run_id", "VARCHAR", null=False),
    ),
    "at the end of the run that made it",
    "decided from training.walk_forward and staging.zl_prices_clean by decisions/replay.py",
)


def to_rows(report: ReplayReport, run_id: str) -> list[dict]:
    """Rows of POLICY_REPLAY, one a policy."""
    return [_row(score, report, run_id) for score in report.policies]


def _row(score: PolicyScore, report: ReplayReport, run_id: str) -> dict:
    parts = {f"saving_by_{by}_json": json.dumps(getattr(score, f"saving_by_{by}_cents_per_lb")) for by in PARTS}
    values = vars(report) | vars(score) | parts | {"run_id": run_id}
    return {name: values[name] for name in POLICY_REPLAY.column_names}
