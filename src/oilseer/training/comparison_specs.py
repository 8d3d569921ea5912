"""Tables of what was compared before it was chosen: combinations, calibrations, and models against chance."""

from oilseer.warehouse.spec import Column, TableSpec

_OURS = "made by `oilseer compare` from training.walk_forward"

COMBINATIONS = TableSpec(
    "training.combination_scores",
    "one row per way of combining, horizon, slice of origins",
    ("combination", "horizon", "slice"),
    (
        Column("combination", "VARCHAR"),
        Column("horizon", "INTEGER", "sessions"),
        Column("slice", "VARCHAR", note="all or since_2020"),
        Column("n_origins", "INTEGER", "origins", null=False, low=1),
        Column("n_effective", "INTEGER", "outcomes that share no session", null=False, low=1),
        Column("crps", "DOUBLE", "¢/lb", null=False),
        Column("skill_b0", "DOUBLE", "ratio", null=False),
        Column("skill_b1", "DOUBLE", "ratio", null=False),
        Column("gain_on_equal", "DOUBLE", "ratio", "CRPS saved against equal weights", null=False),
        Column("gain_low", "DOUBLE", "ratio", "5 % of the block bootstrap", null=False),
        Column("gain_high", "DOUBLE", "ratio", "95 %", null=False),
        Column("largest_weight", "DOUBLE", "share", "mean over origins", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "after the last outcome",
    _OURS,
)
CALIBRATIONS = TableSpec(
    "training.calibration_scores",
    "one row per way of calibrating, horizon, band",
    ("calibration", "horizon", "band"),
    (
        Column("calibration", "VARCHAR"),
        Column("horizon", "INTEGER", "sessions"),
        Column("band", "DOUBLE", "probability"),
        Column("n_origins", "INTEGER", "origins", null=False, low=1),
        Column("coverage", "DOUBLE", "share", null=False),
        Column("coverage_since_2020", "DOUBLE", "share", null=False),
        Column("coverage_in_crisis", "DOUBLE", "share", "origins of volatility z-score above 2"),
        Column("width", "DOUBLE", "ratio", "mean of width over spot", null=False),
        Column("interval_score", "DOUBLE", "ratio", "Winkler score over spot: smaller is better", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "after the last outcome",
    _OURS,
)
CONFIDENCE_SET = TableSpec(
    "training.model_confidence_set",
    "one row per model, horizon, slice of origins",
    ("model", "horizon", "slice"),
    (
        Column("model", "VARCHAR"),
        Column("horizon", "INTEGER", "sessions"),
        Column("slice", "VARCHAR", note="all or since_2020"),
        Column("n_origins", "INTEGER", "origins", "at which all compared models forecast", null=False, low=1),
        Column("p_value", "DOUBLE", "probability", "that the model is among the best (Hansen et al. 2011)", null=False),
        Column("among_best", "BOOLEAN", note="p value of 0.10 or more", null=False),
        Column("models_tried", "INTEGER", "models", null=False, low=1),
        Column("p_best_b0", "DOUBLE", "probability", "that none of them beats B0 (Hansen 2005)", null=False),
        Column("p_best_b1", "DOUBLE", "probability", "that none of them beats B1", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "after the last outcome",
    _OURS,
)
SPECS = (COMBINATIONS, CALIBRATIONS, CONFIDENCE_SET)
