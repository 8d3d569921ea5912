"""The market's state as answers and terminal tables: regimes, the Big 8 and the signal rules."""

from datetime import date

import duckdb
from rich.console import Group, RenderableType
from rich.text import Text

from oilseer.dashboard import layout
from oilseer.dashboard.tables import PREDICTIONS, exists, identity, newest, require, rows
from oilseer.dashboard.words import NOTHING, number, percent, short

REGIMES, DAILY, LIVE, VERDICTS = (
    "signals.regime_daily", "signals.driver_group_score_daily", "signals.big_eight_live", "signals.rule_verdicts",
)  # fmt: skip
MATRIX = "features.daily_ml_matrix_zl"
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
        "change_1": "points since the session before",
        "weight": "ratio, at one week in this regime",
        "assumed_sign": "1: a high score is held to lift the price",
        "data_sign": "1 where the data support the assumed sign, −1 where they reverse it, 0 where neither",
        "rank_correlation": "ratio, of the score with ZL's next 21 sessions",
        "n_effective": "outcomes that share no session",
        "input_age_minutes": "minutes",
    }
    for row in found:
        row["evidence"] = SIGN[row["data_sign"]]
    return named(connection, DAILY, units) | {"rows": found, "live": live}


def rules(connection: duckdb.DuckDBPyConnection) -> dict:
    """The last session's twelve verdicts, each with the features that it governs and their values that session."""
    require(connection, VERDICTS, "verdicts", "run")
    query = f"SELECT * FROM {VERDICTS} WHERE as_of_date = (SELECT max(as_of_date) FROM {VERDICTS}) ORDER BY number"
    found = rows(connection, query)
    values = _values(connection, found[0]["as_of_date"])
    for row in found:
        row["governs"] = [{"feature": name, "value": values.get(name)} for name in row["governs"].split(", ")]
    return named(connection, VERDICTS, {"number": "ordinal", "value": "the feature's own unit"}) | {"rows": found}


def _values(connection: duckdb.DuckDBPyConnection, session: str) -> dict[str, float | None]:
    """Every feature of a session by name; nothing where no matrix is built."""
    if not exists(connection, MATRIX):
        return {}
    found = rows(connection, f"SELECT * FROM {MATRIX} WHERE as_of_date = CAST(? AS DATE)", [session])
    return found[0] if found else {}


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
        sign = row["evidence"] + (corr if row["rank_correlation"] is not None else "")
        layout.add(made, row["bucket"], number(row["score"], 0), number(row["change_1"], 1, signed=True),
                   number(live.get(row["bucket"]), 0), percent(row["weight"], 0), sign, row["missing"])  # fmt: skip
    note = "50 is neutral, above is held to lift the price. Coefficients are set by hand, for display only."
    if answer["live"]:
        note += f" Live: at {answer['live'][0]['observed_at'][:16].replace('T', ' ')} UTC."
    return _page(answer, made, Text(note, "dim"))


def rules_table(answer: dict) -> RenderableType:
    """Twelve verdicts with their evidence, and the features that each governs."""
    made = layout.table("", ("rule", "left"), ("verdict", "left"), ("evidence, and the features it governs", "left"))
    for row in answer["rows"]:
        governed = "".join(f"\n{found['feature']} {short(found['value'])}" for found in row["governs"])
        layout.add(made, str(row["number"]), row["teaches"], row["verdict"],
                   Text.assemble(row["evidence"], (governed, "dim")))  # fmt: skip
    return _page(answer, made)


def named(connection: duckdb.DuckDBPyConnection, table: str, units: dict[str, str]) -> dict:
    """Identity of an answer about the newest session of `table`; its run is that of the session's forecasts, if any."""
    as_of: date = connection.execute(f"SELECT max(as_of_date) FROM {table}").fetchone()[0]
    forecast, run_id = newest(connection, PREDICTIONS) if exists(connection, PREDICTIONS) else (None, "")
    run_id = run_id if forecast == as_of else ""
    return identity(connection, run_id, as_of, units)


def _page(answer: dict, *parts: RenderableType) -> RenderableType:
    return layout.Narrow(Group(*layout.mark(answer), *parts, layout.run_line(answer)))
