"""Why the published medians stand where they stand, in ¢/lb, and why they moved since the session before."""

from oilseer.models.attribution import CARRY, OWN_PAST, TYPICAL_PAST, UNTOLD
from oilseer.quantiles import HORIZONS
from oilseer.warehouse.spec import Column, TableSpec

CAUSES = ("price", "roll", "drivers", "revisions", "model")

CONTRIBUTIONS = TableSpec(
    "forecasts.contributions",
    "one row per as_of_date, horizon, component; with the front they add up to the published median",
    ("as_of_date", "horizon", "component"),
    (
        Column("as_of_date", "DATE"),
        Column("horizon", "INTEGER", "sessions", ", ".join(map(str, HORIZONS.values()))),
        Column("component", "VARCHAR", "", f"a feature, or {CARRY}, {OWN_PAST}, {TYPICAL_PAST}, {UNTOLD}"),
        Column("what", "VARCHAR", "", "the component in plain words", null=False),
        Column("bucket", "VARCHAR", "", "one of the Big 8", null=False),
        Column("driver_group", "VARCHAR", null=False),
        Column("contribution_cents_per_lb", "DOUBLE", "¢/lb", "what it adds to the median", null=False),
        Column("value", "DOUBLE", "as unit", "of the feature at the cutoff"),
        Column("unit", "VARCHAR", "", "of the value"),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the cutoff of as_of_date",
    "the members' own decompositions, carried through the ensemble's weights",
)
GROUP_CONTRIBUTIONS = TableSpec(
    "signals.driver_group_contribution",
    "one row per as_of_date, horizon, driver_group",
    ("as_of_date", "horizon", "driver_group"),
    (
        Column("as_of_date", "DATE"),
        Column("horizon", "INTEGER", "sessions"),
        Column("driver_group", "VARCHAR"),
        Column("contribution_cents_per_lb", "DOUBLE", "¢/lb", "sum over the group's components", null=False),
        Column("components", "INTEGER", "components", "of the group that speak", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the cutoff of as_of_date",
    CONTRIBUTIONS.name,
)
CHANGES = TableSpec(
    "forecasts.median_changes",
    "one row per as_of_date, horizon, cause; they add up to the change of the published median",
    ("as_of_date", "horizon", "cause"),
    (
        Column("as_of_date", "DATE"),
        Column("horizon", "INTEGER", "sessions"),
        Column("cause", "VARCHAR", "", ", ".join(CAUSES)),
        Column("since", "DATE", "", "the published session before", null=False),
        Column("change_cents_per_lb", "DOUBLE", "¢/lb", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the cutoff of as_of_date",
    "the published medians of both sessions, and the earlier one made anew from what is known of it today",
    may_be_empty=True,
)
SLOPES = TableSpec(
    "forecasts.driver_slopes",
    "one row per as_of_date, horizon, feature",
    ("as_of_date", "horizon", "feature"),
    (
        Column("as_of_date", "DATE"),
        Column("horizon", "INTEGER", "sessions"),
        Column("feature", "VARCHAR"),
        Column("assumed_sign", "INTEGER", "", "set before any data: −1 or 1", null=False),
        Column(
            "slope", "DOUBLE", "standard deviations", "of the outcome for one standard deviation of the feature",
            null=False,
        ),
        Column("why", "VARCHAR", "", "the economic reason", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "the cutoff of as_of_date",
    "the ridge regression on signed drivers",
)  # fmt: skip
SPECS = (CONTRIBUTIONS, GROUP_CONTRIBUTIONS, CHANGES, SLOPES)
