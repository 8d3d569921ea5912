"""Conviction and confidence as an answer and a terminal table, each beside what such a number meant in the past."""

import duckdb
from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.tables import identity, newest, require, rows
from oilseer.dashboard.words import NOTHING, number, percent
from oilseer.quantiles import HORIZON_LABELS

DAILY, RECORD = "signals.conviction_daily", "signals.conviction_record"
UNITS = {
    "conviction": "0 to 100: how clear the direction is, by a formula set by hand; may rise in a crisis",
    "confidence": "0 to 100: how precise the forecast is beside those before it; falls in a crisis",
    "rise_probability": "ratio, that the price is higher at the horizon",
    "past": "of past forecasts with as many points, outcomes that share no session: n of them, share of signs called "
    "right, share inside P10 to P90, mean distance from P50 in logs",
}


def conviction(connection: duckdb.DuckDBPyConnection) -> dict:
    """The newest session's rows by horizon, and the record of all bands of points. Raises ConfigError without them."""
    require(connection, DAILY, "conviction", "run")
    as_of, _ = newest(connection, "forecasts.zl_predictions")
    found = rows(connection, f"SELECT * FROM {DAILY} WHERE as_of_date = ? ORDER BY horizon", [as_of])
    record = rows(connection, f"SELECT * FROM {RECORD} ORDER BY measure, horizon, points_from")
    _, run_id = newest(connection, "forecasts.zl_predictions")
    return identity(connection, run_id, as_of, UNITS) | {
        "rows": [
            row
            | {"horizon_label": HORIZON_LABELS[row["horizon"]]}
            | {f"{measure}_past": _past(record, measure, row) for measure in ("conviction", "confidence")}
            for row in found
        ],
        "record": record,
    }


def _past(record: list[dict], measure: str, row: dict) -> dict | None:
    """The band of the record that the row's points fall in."""
    points = row[measure]
    bands = [band for band in record if band["measure"] == measure and band["horizon"] == row["horizon"]]
    within = [band for band in bands if points is not None and band["points_from"] <= points]
    return within[-1] if within else None


def conviction_table(answer: dict) -> RenderableType:
    """Both numbers by horizon with what they meant, then the whole record."""
    made = layout.table(
        ("", "left"), "conviction", ("signs right then", "left"), "confidence", ("inside P10 to P90 then", "left"),
        "off by", gap=2,
    )  # fmt: skip
    for row in answer["rows"]:
        clear, precise = row["conviction_past"], row["confidence_past"]
        error = precise and precise["absolute_error"]
        layout.add(
            made, row["horizon_label"], number(row["conviction"], 0), share_of(clear, "direction_right"),
            number(row["confidence"], 0), share_of(precise, "inside_80"), percent(error, 1),
        )  # fmt: skip
    bands = layout.table(
        ("", "left"), ("", "left"), ("points", "left"), "outcomes", "signs right", "inside P10 to P90", "off by", gap=2
    )
    for band in answer["record"]:
        if band["n_effective"]:
            points = f"{band['points_from']} to {band['points_to']}"
            layout.add(
                bands, band["measure"], HORIZON_LABELS[band["horizon"]], points,
                number(band["n_effective"], 0), percent(band["direction_right"], 0), percent(band["inside_80"], 0),
                percent(band["absolute_error"], 1),
            )  # fmt: skip
    note = Text(
        "Conviction: how clear the direction is. Confidence: how precise the forecast. Counts are of outcomes that "
        "share no session; off by: mean distance from the middle forecast",
        "dim",
    )
    parts = (made, Text("\nWhat such numbers meant"), bands, note, layout.run_line(answer))
    return layout.Narrow(Group(*layout.mark(answer), *parts))


def share_of(band: dict | None, name: str) -> str:
    """46 of 89: a share of a band of the record in counts, or a dash."""
    if band is None or not band["n_effective"]:
        return NOTHING
    return f"{round(band[name] * band['n_effective'])} of {band['n_effective']}"
