"""The quant administration, behind the PIN: every model and why it speaks, training, importance, weights, drift."""

from collections.abc import Callable
from typing import Literal

import duckdb
from fastapi import APIRouter
from starlette.responses import Response

from oilseer.dashboard import answers, charts_training, charts_trust, evidence, leaderboard, training_past
from oilseer.dashboard.accuracy import about
from oilseer.dashboard.charts_trust import MODEL_WORDS
from oilseer.dashboard.drift import drift
from oilseer.dashboard.figure import Chart
from oilseer.dashboard.words import NOTHING, day, number, percent
from oilseer.quantiles import HORIZONS
from oilseer.web.doors import Owner
from oilseer.web.pages.files import FileKind, TableName, as_file
from oilseer.web.pages.quant import Label, interval
from oilseer.web.pages.rendering import page
from oilseer.web.pages.staleness import old_days
from oilseer.web.visit import Seen, Visit, published

AT_A_HORIZON: dict[str, Callable[..., dict]] = {
    "leaderboard": leaderboard.leaderboard,
    "regimes": training_past.weights_by_regime,
}
WHOLE: dict[str, Callable[..., dict]] = {
    "history": training_past.history,
    "importance": training_past.importance,
    "drift": drift,
}
router = APIRouter(include_in_schema=False)


@router.get("/quant/admin")
def quant_admin(visit: Owner, horizon: Label = "1m") -> Response:
    """Everything about the models, at one horizon where it is about one."""
    board, history = visit.see(leaderboard.leaderboard, horizon), visit.see(training_past.history)
    failures, important = visit.see(answers.failures), visit.see(training_past.importance)
    drawn = charts(visit, horizon, important)
    return page(
        visit, "quant_admin.html", charts=tuple(drawn.values()), horizon=horizon, labels=tuple(HORIZONS), drawn=drawn,
        old_days=old_days(visit, visit.see(published)),
        board=board, standings=[standing(row) for row in board.answer["rows"]] if board else [],
        history=history, runs=[run(row) for row in history.answer["rows"]] if history else [],
        before=[(row["run_id"], number(row["forecasts"], 0), str(row["models"]), str(row["origins"]))
                for row in history.answer["before"]] if history else [],
        importance=important, drifted=visit.see(drift), failures=failures,
        failed=[failure(row) for row in failures.answer["rows"]] if failures else [],
    )  # fmt: skip


@router.get("/quant/admin/files/{name}")
def files(
    visit: Owner, name: Literal["leaderboard", "regimes", "history", "importance", "drift"], horizon: Label = "1m",
    kind: FileKind = "csv", table: TableName = None,
) -> Response:  # fmt: skip
    """A table of the administration as a file."""
    if name in AT_A_HORIZON:
        return as_file(visit.ask(AT_A_HORIZON[name], horizon), kind, table)
    return as_file(visit.ask(WHOLE[name]), kind, table)


def charts(visit: Visit, label: str, important: Seen) -> dict[str, Chart]:
    """Every chart for which this publication has numbers, by key."""
    regimes, moved = visit.see(training_past.weights_by_regime, label), visit.see(drift)
    weights = visit.see(_weights, label)
    drawn = []
    if weights and weights.answer["origins"]:
        said = weights.answer
        drawn.append(charts_trust.shares(said["origins"], said["by_model"], label, said, f"Run {said['run_id']}."))
    if regimes and regimes.answer["rows"]:
        drawn.append(charts_training.by_regime(regimes.answer, _source(regimes)))
    if important:
        drawn.append(charts_training.importance(important.answer, _source(important)))
    if moved:
        drawn.append(charts_training.drift(moved.answer, _source(moved)))
    return {one.key: one for one in drawn}


def standing(row: dict) -> tuple[str, ...]:
    """One line of the leaderboard."""
    scored = row["crps"] is not None
    return (
        MODEL_WORDS.get(row["model"], row["model"]), row["tier"] or NOTHING, row["status"] or NOTHING,
        percent(row["weight"]) if row["weight"] else NOTHING, row["why"],
        percent(row["believed_skill_b1"], 2, signed=True), _scored(row), number(row["crps"], 3),
        percent(row["skill_b0"], signed=True), interval(row, "skill_b0") if scored else NOTHING,
        percent(row["skill_b1"], signed=True), interval(row, "skill_b1") if scored else NOTHING,
        number(row["mape_ratio_rw"], 3), percent(row["coverage80"], 0), number(row["n_origins"], 0),
        number(row["n_effective"], 0), number(row["failures"], 0),
    )  # fmt: skip


def _scored(row: dict) -> str:
    """Past skill with its standard error."""
    if row["past_skill_b1"] is None or row["past_error"] is None:
        return NOTHING
    return f"{percent(row['past_skill_b1'], 2, signed=True)} ± {percent(row['past_error'], 2)}"


def run(row: dict) -> tuple[str, ...]:
    """One run."""
    return (
        row["run_id"], day(row["session"]), row["status"], row["started_at"][:16].replace("T", " "),
        number(row["minutes"], 1), number(row["forecasts"], 0), str(row["models"]), str(row["origins"]), row["code"],
        row["data_hash"][:8], row["lock_hash"][:8], str(row["seed"]), row["detail"] or NOTHING,
    )  # fmt: skip


def failure(row: dict) -> tuple[str, ...]:
    """How often one model failed, and its newest error."""
    return (MODEL_WORDS.get(row["model"], row["model"]), row["target"], number(row["n_origins"], 0),
            day(row["first_origin"]), day(row["last_origin"]), row["newest_error"])  # fmt: skip


def _weights(connection: duckdb.DuckDBPyConnection, label: str) -> dict:
    """Weights over time with what every answer starts with."""
    origins, by_model = evidence.weights(connection, HORIZONS[label])
    return about(connection, {}) | {"origins": origins, "by_model": by_model}


def _source(seen: Seen) -> str:
    return f"Run {seen.answer['run_id']}, as of {day(seen.answer['as_of_date'])}."
