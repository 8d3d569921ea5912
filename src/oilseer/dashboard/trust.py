"""How such forecasts did: counts of outcomes inside the bands, and skill in words that claim no more than is shown."""

import duckdb

from oilseer.dashboard.tables import SCORES, rows
from oilseer.dashboard.words import percent
from oilseer.quantiles import HORIZON_LABELS

ENSEMBLE, ANCHOR = "ensemble", "B1"
FEWEST_INDEPENDENT = 10  # outcomes that share no session before anything is called shown
BEATEN_BY_NONE = "No model beats a GARCH simulation here; the GARCH simulation is published."


def trust(connection: duckdb.DuckDBPyConnection, published: dict[int, str]) -> list[dict]:
    """Past performance of what is published, by horizon. `published` maps sessions to the model that speaks."""
    found = rows(
        connection,
        f"SELECT * FROM {SCORES} WHERE model = 'ensemble' AND target = 'price' AND slice IN ('all', 'since_2020') "
        "ORDER BY horizon",
    )
    recent = {row["horizon"]: row for row in found if row["slice"] == "since_2020"}
    return [
        _horizon(row, recent.get(row["horizon"]), published.get(row["horizon"], ENSEMBLE))
        for row in found
        if row["slice"] == "all"
    ]


def _horizon(row: dict, recent: dict | None, model: str) -> dict:
    counts = {f"hits{nominal}": hits(row, nominal) for nominal in (50, 80, 90, 95)}
    shown = (
        "n_origins", "n_effective", "first_origin", "last_origin", "mape", "mape_ratio_rw",
        "coverage50", "coverage80", "coverage90", "coverage95",
        "skill_b0", "skill_b0_low", "skill_b0_high", "skill_b1", "skill_b1_low", "skill_b1_high", "skill_b2", "n_b2",
    )  # fmt: skip
    return {
        "label": HORIZON_LABELS[row["horizon"]],
        "sessions": row["horizon"],
        "model": model,
        **{name: row[name] for name in shown},
        **counts,
        "since_2020": recent
        and {"n_origins": recent["n_origins"], "hits80": hits(recent, 80), "skill_b0": recent["skill_b0"]},
        "verdict_no_change": verdict(row, "b0"),
        "verdict_simulation": verdict(row, "b1"),
        "against_no_change": against("no change", row, "b0"),
        "against_simulation": BEATEN_BY_NONE if model == ANCHOR else against("a GARCH simulation", row, "b1"),
    }


def hits(row: dict, nominal: int) -> int:
    """Number of outcomes inside the band of `nominal` percent."""
    return round(row[f"coverage{nominal}"] * row["n_origins"])


def against(rival: str, row: dict, benchmark: str) -> str:
    """Skill of a score's row against a rival in words: better or worse only where `verdict` says so."""
    skill, low, high = (row[f"skill_{benchmark}{end}"] for end in ("", "_low", "_high"))
    if skill is None:
        return f"not compared with {rival} yet"
    if low is None or high is None:
        return f"{percent(skill, signed=True)} against {rival}; too few outcomes for an interval"
    span = f"{percent(low, signed=True)} to {percent(high, signed=True)}"
    found = verdict(row, benchmark)
    if found == "too few":
        return f"{percent(skill, signed=True)} against {rival} ({span}): {row['n_effective']} independent outcomes, " \
               "too few to tell"  # fmt: skip
    if found == "not shown":
        return f"not shown to beat {rival}: {percent(skill, signed=True)} ({span})"
    return f"{percent(abs(skill))} {found} than {rival} ({span})"


def verdict(row: dict, benchmark: str) -> str:
    """better, worse, not shown (the 90 % interval holds zero), too few (outcomes that share no session) or unknown."""
    low, high = row[f"skill_{benchmark}_low"], row[f"skill_{benchmark}_high"]
    if row[f"skill_{benchmark}"] is None or low is None or high is None:
        return "unknown"
    if row["n_effective"] < FEWEST_INDEPENDENT:
        return "too few"
    return "better" if low > 0 else "worse" if high < 0 else "not shown"
