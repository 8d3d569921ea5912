"""Tables of the walk-forward: every out-of-fold quantile, its failures, scores and weights."""

from oilseer.quantiles import LEVELS
from oilseer.warehouse.spec import Column, TableSpec

_OURS = "made by the walk-forward"

WALK_FORWARD = TableSpec(
    "training.walk_forward",
    "one row per model, target, origin, horizon, level",
    ("model", "target", "origin", "horizon", "level"),
    (
        Column("model", "VARCHAR"),
        Column("target", "VARCHAR", note="price (¢/lb) or volatility (annualised ratio)"),
        Column("origin", "DATE", note="last session whose settle the model saw"),
        Column("horizon", "INTEGER", "sessions", low=1),
        Column("level", "DOUBLE", "probability", low=min(LEVELS), high=max(LEVELS)),
        Column("value", "DOUBLE", "¢/lb or annualised ratio", null=False, low=0),
        Column("work_hash", "VARCHAR", note="hash of what the model saw and of its code", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the origin's cutoff",
    _OURS,
)
FAILURES = TableSpec(
    "training.failures",
    "one row per model, target, origin that gave no forecast",
    ("model", "target", "origin"),
    (
        Column("model", "VARCHAR"),
        Column("target", "VARCHAR"),
        Column("origin", "DATE"),
        Column("error", "VARCHAR", null=False, note="type and message"),
        Column("traceback", "VARCHAR", null=False),
        Column("work_hash", "VARCHAR", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the origin's cutoff",
    _OURS,
    may_be_empty=True,
)
ARTEFACTS = TableSpec(
    "training.artefacts",
    "one row per fitted model that lasts beyond its origin",
    ("model", "fitted_at", "fit_hash"),
    (
        Column("model", "VARCHAR"),
        Column("fitted_at", "DATE", note="last session that the fit saw"),
        Column("fit_hash", "VARCHAR", note="hash of what it saw and of its code"),
        Column("file", "VARCHAR", note="in artefacts/<model> of the home folder; null where nothing is kept"),
        Column("sha256", "VARCHAR", null=False),
        Column("size", "BIGINT", "bytes", null=False, low=1),
        Column("seed", "BIGINT", null=False),
        Column("columns", "INTEGER", note="features that it may read", null=False, low=0),
        Column("seconds", "DOUBLE", "s", "to fit, on the machine that did", null=False, low=0),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the cutoff of fitted_at",
    _OURS,
    may_be_empty=True,
)
WEIGHTS = TableSpec(
    "training.ensemble_weights",
    "one row per origin, horizon, member",
    ("origin", "horizon", "model"),
    (
        Column("origin", "DATE"),
        Column("horizon", "INTEGER", "sessions"),
        Column("model", "VARCHAR"),
        Column("weight", "DOUBLE", "share", null=False, low=0, high=1),
        Column("past_outcomes", "INTEGER", "origins", "outcomes known at the origin", null=False),
        Column(
            "skill_b1", "DOUBLE", "ratio", "believed skill against B1: prior of the tier and past outcomes", null=False
        ),
        Column(
            "past_skill_b1",
            "DOUBLE",
            "ratio",
            "regime-weighted skill against B1 on the past outcomes alone",
            null=False,
        ),
        Column(
            "width_factor", "DOUBLE", "ratio", "conformal factor on the spread around the median", null=False, low=0
        ),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the origin's cutoff",
    _OURS,
)
SCORES = TableSpec(
    "training.model_backtest_zl",
    "one row per model, target, horizon, slice of origins",
    ("model", "target", "horizon", "slice"),
    (
        Column("model", "VARCHAR"),
        Column("tier", "VARCHAR", null=False),
        Column("target", "VARCHAR"),
        Column("horizon", "INTEGER", "sessions"),
        Column("slice", "VARCHAR", note="all, since_2020, year:2008, regime:CALM, move:large"),
        Column("first_origin", "DATE", null=False),
        Column("last_origin", "DATE", null=False),
        Column("n_origins", "INTEGER", "origins", null=False, low=1),
        Column("n_effective", "INTEGER", "outcomes that share no session", null=False, low=1),
        Column("crps", "DOUBLE", "¢/lb or ratio", null=False),
        Column("crps_b0", "DOUBLE", "as crps", "of B0 on the same origins"),
        Column("skill_b0", "DOUBLE", "ratio", "1 − CRPS / CRPS of B0"),
        Column("skill_b0_low", "DOUBLE", "ratio", "5 % of the block bootstrap"),
        Column("skill_b0_high", "DOUBLE", "ratio", "95 %"),
        Column("skill_b1", "DOUBLE", "ratio"),
        Column("skill_b1_low", "DOUBLE", "ratio"),
        Column("skill_b1_high", "DOUBLE", "ratio"),
        Column("skill_b2", "DOUBLE", "ratio", "against the futures curve, on the origins where it has two contracts"),
        Column("n_b2", "INTEGER", "origins", "on which skill_b2 rests", null=False),
        Column("dm_b0", "DOUBLE", "t", "Diebold-Mariano against B0; negative is better"),
        Column("dm_b0_p", "DOUBLE", "probability"),
        Column("dm_b1", "DOUBLE", "t"),
        Column("dm_b1_p", "DOUBLE", "probability"),
        Column("pinball", "DOUBLE", "as crps", "mean over levels", null=False),
        Column("mape", "DOUBLE", "ratio", "of the median", null=False),
        Column("mape_ratio_rw", "DOUBLE", "ratio", "over the random walk's MAPE on the same origins"),
        Column("mae", "DOUBLE", "as crps", null=False),
        Column("bias", "DOUBLE", "as crps", "mean of median − outcome", null=False),
        Column("direction", "DOUBLE", "share", "signs of moves called right; null where the median is no change"),
        Column("coverage50", "DOUBLE", "share", null=False),
        Column("coverage80", "DOUBLE", "share", null=False),
        Column("coverage90", "DOUBLE", "share", null=False),
        Column("coverage95", "DOUBLE", "share", null=False),
        Column("qlike", "DOUBLE", "", "volatility only"),
        Column("run_id", "VARCHAR", null=False),
    ),
    "after the last outcome",
    _OURS,
)
SPECS = (WALK_FORWARD, FAILURES, ARTEFACTS, WEIGHTS, SCORES)
