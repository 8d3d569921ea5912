"""Why a published median stands where it stands, and why it moved, as an answer and as terminal tables."""

import duckdb
from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.tables import (
    CHANGES,
    CONTRIBUTIONS,
    GROUP_CONTRIBUTIONS,
    PREDICTIONS,
    exists,
    identity,
    newest,
    require,
    rows,
)
from oilseer.dashboard.words import NOTHING, day, horizon, number, percent, short
from oilseer.errors import ConfigError
from oilseer.quantiles import HORIZONS

SLOPES = "forecasts.driver_slopes"
SHOWN = 12
BAR = 12  # characters of the longest bar
UNITS = {
    "contribution_cents_per_lb": "¢/lb that a component adds to the median; with the price they add up to it",
    "change_cents_per_lb": "¢/lb of the median's move since the session before; causes add up to it",
    "value": "of the feature at the close, in its unit",
    "slope": "standard deviations of the outcome for one of the feature; shown beside, no part of the sum",
}
CAUSE_WORDS = {
    "price": "the price of the held contract", "roll": "the step into another contract",
    "drivers": "new data on the drivers", "revisions": "corrections of what was known", "model": "the model",
}  # fmt: skip


def explain(connection: duckdb.DuckDBPyConnection, label: str = "1m") -> dict:
    """The components of one horizon's median, largest first, by group and bucket, and its move since yesterday.

    Raises ConfigError for an unknown horizon, with the known ones, and where nothing is explained yet.
    """
    if label not in HORIZONS:
        raise ConfigError(f"no horizon {label!r}; there are {', '.join(HORIZONS)}")
    require(connection, CONTRIBUTIONS, "explanations", "run")
    as_of, run_id = newest(connection, CONTRIBUTIONS)
    at = [as_of, HORIZONS[label]]

    def read(table: str, columns: str, order: str) -> list[dict]:
        if not exists(connection, table):
            return []
        query = f"SELECT {columns} FROM {table} WHERE as_of_date = ? AND horizon = ? ORDER BY {order}"
        return rows(connection, query, at)

    (said,) = read(PREDICTIONS, "price_cents_per_lb, p500, target_date", "horizon")
    parts = read(
        CONTRIBUTIONS, "component, what, bucket, driver_group, contribution_cents_per_lb, value, unit",
        "abs(contribution_cents_per_lb) DESC, component",
    )  # fmt: skip
    buckets: dict[str, float] = {}
    for part in parts:
        buckets[part["bucket"]] = buckets.get(part["bucket"], 0.0) + part["contribution_cents_per_lb"]
    return identity(connection, run_id, as_of, UNITS) | {
        "horizon": label,
        "target_date": said["target_date"],
        "price_cents_per_lb": said["price_cents_per_lb"],
        "median_cents_per_lb": said["p500"],
        "components": parts,
        "driver_groups": read(
            GROUP_CONTRIBUTIONS,
            "driver_group, contribution_cents_per_lb, components",
            "abs(contribution_cents_per_lb) DESC",
        ),
        "buckets": [
            {"bucket": name, "contribution_cents_per_lb": amount}
            for name, amount in sorted(buckets.items(), key=lambda item: -abs(item[1]))
        ],
        "since": next((row["since"] for row in read(CHANGES, "since", "cause")), None),
        "changes": read(CHANGES, "cause, change_cents_per_lb", "abs(change_cents_per_lb) DESC"),
        "slopes": read(SLOPES, "feature, assumed_sign, slope, why", "abs(slope) DESC, feature"),
    }


def explanation_tables(answer: dict) -> RenderableType:
    """The way from today's price to the median, by group, and what changed."""
    price, median = answer["price_cents_per_lb"], answer["median_cents_per_lb"]
    lead = Text(
        f"Why the middle forecast for {day(answer['target_date'])}, {horizon(answer['horizon'])} ahead, is "
        f"{number(median)} ¢/lb and not today's {number(price)}"
    )
    parts = answer["components"]
    made = layout.table(("component", "left"), ("group", "left"), "stands at", "¢/lb", ("", "left"))
    widest = max(abs(part["contribution_cents_per_lb"]) for part in parts) or 1.0
    for part in parts[:SHOWN]:
        amount = part["contribution_cents_per_lb"]
        stands = measured(part["value"], part["unit"])
        layout.add(made, part["what"], _plain(part["driver_group"]), stands, number(amount, 3, signed=True),
                   Text("█" * round(BAR * abs(amount) / widest), "green" if amount > 0 else "red"))  # fmt: skip
    rest = sum(part["contribution_cents_per_lb"] for part in parts[SHOWN:])
    if parts[SHOWN:]:
        layout.add(made, f"{len(parts) - SHOWN} smaller ones", "", "", number(rest, 3, signed=True), "")
    layout.add(made, "all together", "", "", number(median - price, 3, signed=True), "", style="bold")
    groups = layout.table(("By driver group", "left"), "¢/lb")
    for row in answer["driver_groups"]:
        layout.add(groups, _plain(row["driver_group"]), number(row["contribution_cents_per_lb"], 3, signed=True))
    note = Text("--json has every component, the Big 8, and the slopes of the linear model beside their signs", "dim")
    return layout.Narrow(
        Group(*layout.mark(answer), lead, made, Text(), groups, *_moved(answer), note, layout.run_line(answer))
    )


def _moved(answer: dict) -> list[RenderableType]:
    """What changed since the session before."""
    if not answer["changes"]:
        return []
    total = sum(row["change_cents_per_lb"] for row in answer["changes"])
    moved = f"{number(total, 3, signed=True)} ¢/lb"
    made = layout.table((f"Since {day(answer['since'])} the middle moved {moved}", "left"), "¢/lb")
    for row in answer["changes"]:
        layout.add(made, CAUSE_WORDS[row["cause"]], number(row["change_cents_per_lb"], 3, signed=True))
    return [Text(), made]


def measured(value: float | None, unit: str | None) -> str:
    """A feature's value with its unit, ratios in percent: 47.7 %, 1.9 standard deviations."""
    if value is None or unit is None:
        return NOTHING
    if "ratio" in unit:
        return percent(value) + unit.partition("ratio")[2]
    return f"{short(value)} {'%' if unit == 'percent' else unit.replace('standard deviations', 'sd')}"


def _plain(group: str) -> str:
    """Weather supply for WEATHER_SUPPLY."""
    return group.replace("_", " ").capitalize()
