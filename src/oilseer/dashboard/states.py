"""The market's state as answers and terminal tables: regimes, the Big 8 and the signal rules."""

from datetime import date

import duckdb
from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.tables import PREDICTIONS, exists, identity, newest, require, rows
from oilseer.dashboard.words import NOTHING, number, percent

REGIMES, DAILY, LIVE, VERDICTS = (
    "signals.regime_daily", "signals.driver_group_score_daily", "signals.big_eight_live", "signals.rule_verdicts",
)  # fmt: skip
SIGN = {1: "supports", -1: "reverses", 0: "no evidence", None: "too early"}


def regimes(connection: duckdb.DuckDBPyConnection, sessions: int) -> dict:
    """The last `sessions` sessions, newest first, and how good the probabilities have been."""
    require(connection, REGIMES, "regimes", "run")
    found = rows(connection, f"SELECT * FROM {REGIMES} ORDER BY as_of_date DESC LIMIT ?", [sessions])
    units = {
        "gate_score": "standard deviations of ZL volatility over its two years",
        "probability": "ratio, of what the next 21 sessions will be",
        "log_score": "nats, mean −log probability of what came; lower is better, beside past frequencies alone",
    }
    return named(connection, REGIMES, units) | {"rows": found}


def big_eight(connection: duckdb.DuckDBPyConnection) -> dict:
    """The last session's eight scores, and the last live ones where bars are newer than nothing."""
    require(connection, DAILY, "scores", "run")
    found = rows(
        connection, f"SELECT * FROM {DAILY} WHERE as_of_date = (SELECT max(as_of_date) FROM {DAILY}) ORDER BY bucket"
    )
    live = []
    if exists(connection, LIVE):
        live = rows(
            connection,
            f"SELECT * FROM {LIVE} WHERE observed_at = (SELECT max(observed_at) FROM {LIVE}) ORDER BY bucket",
        )
    units = {
        "score": "0 to 100, 50 neutral; hand-set coefficients, for display",
        "weight": "ratio, at one week in this regime",
        "rank_correlation": "ratio, of the score with ZL's next 21 sessions",
        "n_effective": "outcomes that share no session",
        "input_age_minutes": "minutes",
    }
    return named(connection, DAILY, units) | {"rows": found, "live": live}


def rules(connection: duckdb.DuckDBPyConnection) -> dict:
    """The last session's twelve verdicts."""
    require(connection, VERDICTS, "verdicts", "run")
    query = f"SELECT * FROM {VERDICTS} WHERE as_of_date = (SELECT max(as_of_date) FROM {VERDICTS}) ORDER BY number"
    return named(connection, VERDICTS, {"number": "ordinal"}) | {"rows": rows(connection, query)}


def regimes_table(answer: dict) -> RenderableType:
    """Regimes of the last sessions."""
    made = layout.table(("session", "left"), ("gate", "left"), "score", ("VIX", "left"),
                        "crisis", "bull", "bear", "normal")  # fmt: skip
    for row in answer["rows"]:
        likely = (percent(row[f"{state}_probability"], 0) for state in ("crisis", "bull", "bear", "normal"))
        layout.add(made, row["as_of_date"], row["gate"] or NOTHING, number(row["gate_score"], 1, signed=True),
                   row["vix_band"] or NOTHING, *likely)  # fmt: skip
    newest_row = answer["rows"][0]
    note = (
        f"Probabilities are of the 21 sessions after. Log score so far {number(newest_row['log_score'], 3)} nats, "
        f"of past frequencies alone {number(newest_row['base_log_score'], 3)}; lower is better."
    )
    return _page(answer, made, Text(note, "dim"))


def big_eight_table(answer: dict) -> RenderableType:
    """Eight scores with the evidence beside them."""
    made = layout.table(("bucket", "left"), "score", "change", "live", "weight", ("do data support it", "left"),
                        ("without input", "left"))  # fmt: skip
    live = {row["bucket"]: row["score"] for row in answer["live"]}
    for row in answer["rows"]:
        corr = f" ({number(row['rank_correlation'], 2, signed=True)}, {row['n_effective']} months)"
        sign = SIGN[row["data_sign"]] + (corr if row["rank_correlation"] is not None else "")
        layout.add(made, row["bucket"], number(row["score"], 0), number(row["change_1"], 1, signed=True),
                   number(live.get(row["bucket"]), 0), percent(row["weight"], 0), sign, row["missing"])  # fmt: skip
    note = "50 is neutral, above is held to lift the price. Coefficients are set by hand, for display only."
    return _page(answer, made, Text(note, "dim"))


def rules_table(answer: dict) -> RenderableType:
    """Twelve verdicts with their evidence."""
    made = layout.table("", ("rule", "left"), ("verdict", "left"), ("evidence", "left"))
    for row in answer["rows"]:
        layout.add(made, str(row["number"]), row["teaches"], row["verdict"], row["evidence"])
    return _page(answer, made)


def named(connection: duckdb.DuckDBPyConnection, table: str, units: dict[str, str]) -> dict:
    """Identity of an answer about the newest session of `table`; its run is that of the session's forecasts, if any."""
    as_of: date = connection.execute(f"SELECT max(as_of_date) FROM {table}").fetchone()[0]
    forecast, run_id = newest(connection, PREDICTIONS) if exists(connection, PREDICTIONS) else (None, "")
    run_id = run_id if forecast == as_of else ""
    return identity(connection, run_id, as_of, units)


def _page(answer: dict, *parts: RenderableType) -> RenderableType:
    return layout.Narrow(Group(*layout.mark(answer), *parts, layout.run_line(answer)))
