"""What was compared before it was chosen, for people and machines."""

import duckdb
from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.tables import exists, identity, require, rows
from oilseer.dashboard.words import number, percent
from oilseer.quantiles import HORIZON_LABELS, HORIZONS
from oilseer.training.calibrations import WAYS
from oilseer.training.compare import PLAIN, PUBLISHED
from oilseer.training.comparison_specs import CALIBRATIONS, COMBINATIONS, CONFIDENCE_SET
from oilseer.training.regime_scores import SCORES as REGIMES

UNITS = {
    "skill_b0": "ratio: 1 − CRPS / CRPS of no change", "skill_b1": "the same beside a GARCH simulation",
    "gain_on_equal": "ratio: CRPS saved against equal weights, with the 90 % block-bootstrap interval",
    "coverage": "share of outcomes in the band", "width": "ratio to the price at the origin",
    "interval_score": "Winkler score, ratio to the price at the origin; smaller is better",
    "p_value": "probability that the model is among the best",
    "p_best_b0": "probability that the best of models_tried worthless ones would look as good beside no change",
    "p_best_b1": "the same beside a GARCH simulation",
}  # fmt: skip
PUBLISHED_WAY = "adaptive"


def answer(connection: duckdb.DuckDBPyConnection) -> dict:
    """The comparisons as they were made last. Raises ConfigError where none was made."""
    require(connection, COMBINATIONS.name, "comparisons", "compare")
    found = {
        name: rows(connection, f"SELECT * EXCLUDE (run_id) FROM {spec.name} ORDER BY ALL")
        for name, spec in (("combinations", COMBINATIONS), ("calibrations", CALIBRATIONS), ("models", CONFIDENCE_SET))
    }
    # made where the classifier has spoken, and by no release before this one
    made = exists(connection, REGIMES.name)
    found["regimes"] = rows(connection, f"SELECT * EXCLUDE (run_id) FROM {REGIMES.name} ORDER BY ALL") if made else []
    (run_id,) = connection.execute(f"SELECT any_value(run_id) FROM {COMBINATIONS.name}").fetchone()
    return identity(connection, run_id, None, UNITS) | {"published": [PUBLISHED, PUBLISHED_WAY]} | found


def tables(made: dict) -> RenderableType:
    """Tables of all scored origins, and what they say."""
    return layout.Narrow(Group(
        *layout.mark(made),
        Text("Does another way of combining the same members gain on equal weights? CRPS gain on no change, %"),
        _combinations(made), Text(""),
        Text("Which way of calibrating holds and scores best? Outcomes in the 80 % band / interval score"),
        _calibrations(made), Text(""),
        Text("Is the best of so many models better than its benchmark, beyond luck?"),
        _models(made), *_regimes(made), layout.run_line(made),
    ))  # fmt: skip


def _combinations(made: dict) -> RenderableType:
    table = layout.table(("", "left"), *HORIZONS)
    scored = {(r["combination"], r["horizon"]): r for r in made["combinations"] if r["slice"] == "all"}
    for name in dict.fromkeys([PUBLISHED, PLAIN, *(name for name, _ in scored)]):
        cells = [_gain(scored.get((name, h)), name == PLAIN) for h in HORIZONS.values()]
        layout.add(table, name, *cells, style="bold" if name == PUBLISHED else "")
    return Group(table, Text("bold: published; + or − where the difference to equal weights lies beyond chance", "dim"))


def _gain(row: dict | None, plain: bool) -> str:
    if row is None:
        return "–"
    sure = "" if plain or row["gain_low"] <= 0 <= row["gain_high"] else " +" if row["gain_low"] > 0 else " −"
    return percent(row["skill_b0"], 1, signed=True) + sure


def _calibrations(made: dict) -> RenderableType:
    table = layout.table(("", "left"), *HORIZONS)
    scored = {(r["calibration"], r["horizon"]): r for r in made["calibrations"] if r["band"] == 0.8}
    for name in WAYS:
        cells = [
            f"{percent(r['coverage'], 0)} / {number(r['interval_score'], 3)}" if (r := scored.get((name, h))) else "–"
            for h in HORIZONS.values()
        ]
        layout.add(table, name, *cells, style="bold" if name == PUBLISHED_WAY else "")
    return table


def _regimes(made: dict) -> tuple[RenderableType, ...]:
    if not made["regimes"]:
        return ()
    table = layout.table(("", "left"), "origins", "log loss", "gain on counting, %", "90 %")
    for row in made["regimes"]:
        words = row["way"] + (", since 2020" if row["slice"] == "since_2020" else "")
        span = f"{percent(row['gain_low'], 1, signed=True)} to {percent(row['gain_high'], 1, signed=True)}"
        gain = percent(row["gain"], 1, signed=True)
        layout.add(table, words, str(row["n_origins"]), number(row["log_loss"], 3), gain, span)
    return Text(""), Text("Is the regime a month ahead told better than by counting what followed today's?"), table


def _models(made: dict) -> RenderableType:
    table = layout.table(
        ("", "left"), "origins", "models tried", "none beats no change, p", "none beats GARCH, p", "may be the best"
    )
    for part, words in (("all", ""), ("since_2020", ", since 2020")):
        for horizon, label in HORIZON_LABELS.items():
            seen = [r for r in made["models"] if r["slice"] == part and r["horizon"] == horizon]
            if seen:
                lucky = (number(seen[0]["p_best_b0"]), number(seen[0]["p_best_b1"]))
                able = f"{sum(r['among_best'] for r in seen)} of {len(seen)}"
                layout.add(table, label + words, str(seen[0]["n_origins"]), str(seen[0]["models_tried"]), *lucky, able)
    return table
