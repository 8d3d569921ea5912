"""The quant reports: what drives the forecast, how good it has been, whether bands hold, and which checks passed."""

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from oilseer.dashboard import accuracy, answers, charts_quant, charts_trust, driver_cards, report, validation
from oilseer.dashboard.charts_trust import MODEL_WORDS, best
from oilseer.dashboard.explanations import measured
from oilseer.dashboard.figure import Chart
from oilseer.dashboard.trust import against
from oilseer.dashboard.words import day, number, percent
from oilseer.quantiles import HORIZONS
from oilseer.web.pages.files import FileKind, TableName, as_file
from oilseer.web.pages.rendering import page
from oilseer.web.pages.staleness import old_days
from oilseer.web.visit import Seen, Visit, Visiting, published

Label = Annotated[Literal["1w", "1m", "3m", "6m", "12m"], Query()]
FILES: dict[str, Callable[..., dict]] = {"gains": accuracy.gains, "calibration": accuracy.calibration}
COMPARED = 5  # models beside the published forecast and the benchmarks
router = APIRouter(include_in_schema=False)


@router.get("/quant")
def quant(visit: Visiting, horizon: Label = "1m") -> Response:
    """The reports, at one horizon where they are about one."""
    scores, gates = visit.see(answers.scorecard), visit.see(answers.gates)
    drawn = charts(visit, scores, horizon)
    drivers, sound = visit.see(driver_cards.cards), visit.see(validation.validate)
    return page(
        visit, "quant.html", charts=tuple(drawn.values()), horizon=horizon, labels=tuple(HORIZONS), drawn=drawn,
        old_days=old_days(visit, visit.see(published)),
        scores=scores, verdicts=verdicts(scores, horizon), compared=compared(scores, horizon),
        drivers=drivers, measured=measured, widest=widest(drivers), gates=gates, sound=sound,
        gate_rows=[report.gate_row(row) for row in gates.answer["rows"]] if gates else [],
        sound_rows=[("passed" if row["passed"] else "FAILED", row["name"].replace("_", " "), row["found"],
                     row["expected"]) for row in sound.answer["rows"]] if sound else [],
    )  # fmt: skip


@router.get("/quant/files/{name}")
def files(
    visit: Visiting, name: Literal["gains", "calibration", "drivers", "validation"], horizon: Label = "1m",
    kind: FileKind = "csv", table: TableName = None,
) -> Response:  # fmt: skip
    """A table of the reports as a file."""
    if name in FILES:
        return as_file(visit.ask(FILES[name], horizon), kind, table)
    return as_file(visit.ask(driver_cards.cards if name == "drivers" else validation.validate), kind, table)


def charts(visit: Visit, scores: Seen, label: str) -> dict[str, Chart]:
    """Every chart for which this publication has numbers, by key."""
    gains, calibration = visit.see(accuracy.gains, label), visit.see(accuracy.calibration, label)
    if not scores:
        return {}
    rows = scores.answer["rows"]
    first, last = min(row["first_origin"] for row in rows), max(row["last_origin"] for row in rows)
    source = f"Run {scores.answer['run_id']}, origins {day(first)} to {day(last)}."
    drawn = [charts_trust.skill(rows, scores.answer, source), charts_trust.coverage(rows, scores.answer, source)]
    if gains:
        drawn += [charts_quant.gain(gains.answer, rival, source) for rival in accuracy.RIVALS]
    if calibration and calibration.answer["places"]:
        drawn.append(charts_quant.places(calibration.answer, source))
    if calibration and calibration.answer["over_time"]:
        drawn.append(charts_quant.over_time(calibration.answer, source))
    return {one.key: one for one in drawn}


def verdicts(scores: Seen, label: str) -> list[str]:
    """The published forecast against each benchmark at one horizon, in words that claim no more than is shown."""
    if not scores:
        return []
    row = next(
        (row for row in scores.answer["rows"] if (row["model"], row["horizon_label"]) == ("ensemble", label)), None
    )
    if row is None:
        return ["not scored yet at this horizon"]
    said = [against("no change", row, "b0"), against("a GARCH simulation", row, "b1")]
    curve = row["skill_b2"]
    told = "not compared with the futures curve yet" if curve is None else (
        f"{percent(curve, signed=True)} against the futures curve on {row['n_b2']} origins; its interval is below"
    )  # fmt: skip
    counts = f"{row['n_origins']} origins, {row['n_effective']} of whose outcomes share no session"
    return [*said, told, f"this rests on {counts}"]


def compared(scores: Seen, label: str) -> list[tuple[str, ...]]:
    """Rows of the model comparison at one horizon: published, benchmarks, and the best of the others."""
    if not scores:
        return []
    rows = [row for row in scores.answer["rows"] if row["horizon_label"] == label]
    names = ["ensemble", *accuracy.RIVALS, *best(scores.answer["rows"], COMPARED)]
    return [comparison(row) for name in names for row in rows if row["model"] == name]


def comparison(row: dict) -> tuple[str, ...]:
    """One model's scores at one horizon."""
    return (
        MODEL_WORDS.get(row["model"], row["model"]), row["tier"], number(row["crps"], 3),
        percent(row["skill_b0"], signed=True), interval(row, "skill_b0"), number(row["dm_b0_p"], 3),
        percent(row["skill_b1"], signed=True), interval(row, "skill_b1"), number(row["dm_b1_p"], 3),
        percent(row["skill_b2"], signed=True), number(row["mape_ratio_rw"], 3), percent(row["direction"], 0),
        percent(row["coverage80"], 0), percent(row["coverage90"], 0), str(row["n_origins"]), str(row["n_effective"]),
    )  # fmt: skip


def interval(row: dict, name: str) -> str:
    """90 % interval of a skill."""
    return f"{percent(row[f'{name}_low'], signed=True)} to {percent(row[f'{name}_high'], signed=True)}"


def widest(drivers: Seen) -> dict[str, float]:
    """The largest contribution of any group at each horizon, ¢/lb: the end of the bars of that horizon."""
    found = dict.fromkeys(HORIZONS, 0.0)
    for row in drivers.answer["rows"] if drivers else []:
        found[row["horizon"]] = max(found[row["horizon"]], abs(row["contribution_cents_per_lb"]))
    return found
