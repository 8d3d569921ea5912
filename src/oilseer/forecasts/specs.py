"""What is published: nine quantiles at five horizons, the panels behind them, and their latest views."""

from oilseer.quantiles import HORIZONS, QUANTILE_COLUMNS
from oilseer.warehouse.spec import Column, TableSpec

_QUANTILES = tuple(Column(name, "DOUBLE", "¢/lb", null=False, low=0) for name in QUANTILE_COLUMNS)

PREDICTIONS = TableSpec(
    "forecasts.zl_predictions",
    "one row per as_of_date, horizon",
    ("as_of_date", "horizon"),
    (
        Column("as_of_date", "DATE", note="the session at whose close the forecast was made"),
        Column("horizon", "INTEGER", "sessions"),
        Column("symbol", "VARCHAR", null=False),
        Column("horizon_label", "VARCHAR", null=False),
        Column("target_date", "DATE", null=False, note="the session that is forecast"),
        Column("price_cents_per_lb", "DOUBLE", "¢/lb", "front price at the origin", null=False, low=0),
        Column(
            "curve_cents_per_lb", "DOUBLE", "¢/lb", "median of the futures curve B2; null without a second contract"
        ),
        *_QUANTILES,
        Column("model", "VARCHAR", null=False, note="ensemble, or B1 where nothing beat it"),
        Column("simulated", "BOOLEAN", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the cutoff of as_of_date",
    "the walk-forward's combination",
)
PANEL = TableSpec(
    "forecasts.zl_statistical_panel",
    "one row per as_of_date, model, target, horizon",
    ("as_of_date", "model", "target", "horizon"),
    (
        Column("as_of_date", "DATE"),
        Column("model", "VARCHAR"),
        Column("target", "VARCHAR", note="price (¢/lb) or volatility (annualised ratio)"),
        Column("horizon", "INTEGER", "sessions"),
        *(Column(name, "DOUBLE", "¢/lb or ratio", null=False, low=0) for name in QUANTILE_COLUMNS),
        Column("weight", "DOUBLE", "share", "in the ensemble; 0 for those left out", null=False, low=0, high=1),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the cutoff of as_of_date",
    "the walk-forward",
)
VIEWS = {
    f"forecasts.vw_zl_{label}_latest": (
        f"SELECT * FROM {PREDICTIONS.name} WHERE horizon = {horizon} "
        f"AND as_of_date = (SELECT max(as_of_date) FROM {PREDICTIONS.name})"
    )
    for label, horizon in HORIZONS.items()
}
SPECS = (PREDICTIONS, PANEL)
