"""The report: one HTML file that opens anywhere, offline, and asks no other host for anything."""

import json
import os
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from oilseer.dashboard import answers, charts, charts_trust, evidence, words
from oilseer.dashboard.figure import Chart
from oilseer.dashboard.tables import PREDICTIONS, SCORES, exists
from oilseer.market import sessions
from oilseer.ops.health import health
from oilseer.quantiles import BANDS, HORIZONS

HISTORY_SESSIONS = 504
PAST_HORIZON = "1m"


def write_report(connection: duckdb.DuckDBPyConnection, path: Path) -> Path:
    """Write the report of the published session to `path`, whole or not at all; the path.

    Raises ConfigError where nothing is published.
    """
    return write_whole(path, render(connection).encode())


def write_whole(path: Path, content: bytes) -> Path:
    """Write a file whole or not at all; the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def render(connection: duckdb.DuckDBPyConnection) -> str:
    """The report as HTML text."""
    from plotly.offline import get_plotlyjs

    answer = answers.brief(connection)
    drawn = _charts(connection, answer)
    as_of = connection.execute(f"SELECT max(as_of_date) FROM {PREDICTIONS}").fetchone()[0]
    risk_headers, risk_rows = risk_table(answer["risk"] or [])
    state = health(connection, sessions.cutoff(as_of))
    return environment().get_template("report.html").render(
        answer=answer,
        plan=answer["plan"],
        risk=answer["risk"],
        trust=answer["trust"],
        gates=answer["gates"],
        run=answer["run"],
        health=state,
        charts=drawn,
        simulated_mark=words.SIMULATED_MARK,
        risk_headers=risk_headers,
        risk_rows=risk_rows,
        gate_rows=[gate_row(row) for row in (answer["gates"] or {"rows": []})["rows"]],
        health_rows=[health_row(row) for row in state["rows"]],
        figures=script_json({chart.key: chart.figure for chart in drawn}),
        plotly=Markup(get_plotlyjs().replace("</script", r"<\/script")),
    )  # fmt: skip


def _charts(connection: duckdb.DuckDBPyConnection, answer: dict) -> list[Chart]:
    """All charts for which this workspace has numbers."""
    ended = words.day(evidence.data_end(connection).isoformat())
    source = f"Prices to {ended}; run {answer['run_id']}."
    history = evidence.recent_prices(connection, answer["as_of_date"], HISTORY_SESSIONS)
    drawn = [charts.fan(answer, history, f"{source} Futures curve: front and second contract.")]
    if answer["plan"]:
        drawn.append(charts.cover(answer["plan"], answer, source))
    if exists(connection, SCORES):
        rows = answers.scorecard(connection)["rows"]
        first, last = min(row["first_origin"] for row in rows), max(row["last_origin"] for row in rows)
        span = f"Origins {words.day(first)} to {words.day(last)}."
        drawn += [
            charts_trust.skill(rows, answer, f"{source} {span}"),
            charts_trust.coverage(rows, answer, f"{source} {span}"),
        ]
    past = evidence.past_bands(connection, HORIZONS[PAST_HORIZON], *BANDS[0.8])
    if past:
        drawn.append(charts_trust.past(past, PAST_HORIZON, answer, source))
    origins, by_model = evidence.weights(connection, HORIZONS[PAST_HORIZON])
    if origins:
        drawn.append(charts_trust.shares(origins, by_model, PAST_HORIZON, answer, source))
    if answer["plan"] and answer["plan"]["replay"]:
        drawn.append(charts.replay(answer["plan"]["replay"], answer, source))
    return drawn


def environment() -> Environment:
    """Templates of the package, escaping everything, failing on unknown names."""
    found = Environment(loader=PackageLoader("oilseer.dashboard"), autoescape=True, undefined=StrictUndefined)
    found.filters |= {
        "number": words.number, "percent": words.percent, "dollars": words.dollars, "pounds": words.pounds,
        "day": words.day, "horizon": words.horizon, "sentence": _sentence,
    }  # fmt: skip
    found.globals["grid"] = found.get_template("grid.html").module.grid
    return found


def script_json(value: Any) -> Markup:
    """JSON that cannot end its script element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


def _sentence(text: str) -> str:
    """First letter upper, one full stop at the end."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def risk_table(risk: list[dict]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Headers and rows of the risk table; with the budget's column where there is a budget."""
    budget = next((row["budget_cents_per_lb"] for row in risk if row["budget_cents_per_lb"] is not None), None)
    headers, rows = ("bought in", "1 time in 20 at least", "then on average"), []
    for row in risk:
        tails = (row["value_at_risk95_usd"], row["expected_shortfall95_usd"])
        rows.append((words.horizon(row["label"]), *(words.dollars(tail, signed=True) for tail in tails)))
    if budget is None:
        return headers, rows
    above = [words.percent(row["probability_above_budget"], 0) for row in risk]
    return (*headers, f"above {words.number(budget)} ¢/lb"), [(*row, a) for row, a in zip(rows, above, strict=True)]


def gate_row(row: dict) -> tuple[str, ...]:
    """Verdict, stage, gate, found and expected."""
    verdict = "passed" if row["passed"] else "BLOCKED" if row["blocking"] else "warns"
    return verdict, row["stage"], row["gate"], row["found"], row["expected"]


def health_row(row: dict) -> tuple[str, ...]:
    """Status, what, table, rows, newest, age and cadence of one table."""
    newest = words.day(row["newest_observation_date"])
    return (
        row["status"], row["what"], row["table"], words.number(row["rows"], 0), newest,
        words.number(row["age_days"], 1), row["cadence"],
    )  # fmt: skip
