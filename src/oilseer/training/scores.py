"""Scores of every model beside B0, B1 and B2, on the same origins, in slices; into training.model_backtest_zl.

Each comparison uses the origins at which both forecasts and the outcome exist; n_origins says how many.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.metrics import covered, diebold_mariano, effective_outcomes, overlap, pinball_loss, qlike, skill_interval
from oilseer.models.zoo import ZOO
from oilseer.quantiles import BANDS, HORIZONS, MEDIAN
from oilseer.training import ensemble
from oilseer.training.history import History
from oilseer.training.panel import Panel, read_panels
from oilseer.training.specs import SCORES
from oilseer.warehouse.write import replace

TESTED_SLICES = ("all", "since_2020")  # slices large enough for intervals and tests
FEWEST_ORIGINS = 4
REGIMES = ("CALM", "STRESSED", "CRISIS")
REGIME_FEATURE = "regime_gate_state"


def run(
    connection: duckdb.DuckDBPyConnection, history: History, models: Sequence[str], origins: Sequence[date], run_id: str
) -> int:
    """Score all `models` and the ensemble at `origins`; number of rows written."""
    rows: list[dict] = []
    states = _regimes(history, sorted(origins))
    for target in ("price", "volatility"):
        names = [name for name in models if ZOO[name].target == target]
        names += [ensemble.NAME] if target == "price" else []
        panels = read_panels(connection, history, names, origins, target, tuple(HORIZONS.values())) if names else {}
        for panel in panels.values():
            rows += _score_panel(panel, target, states, run_id)
    columns = {name: [row[name] for row in rows] for name in SCORES.column_names}
    return replace(connection, SCORES, pa.table(columns))


def _regimes(history: History, origins: Sequence[date]) -> np.ndarray:
    """Regime code 0 to 2 at each origin, −1 where unknown; (n,) int."""
    column = history.features[[history.place(o) for o in origins], history.names.index(REGIME_FEATURE)]
    return np.where(np.isfinite(column), column, -1).astype(int)


def _score_panel(panel: Panel, target: str, states: np.ndarray, run_id: str) -> list[dict]:
    losses = panel.losses()
    parts = list(slices(panel, states))
    return [
        score(panel, losses, m, rows, name, target, run_id)
        for m in range(len(panel.models))
        for name, chosen in parts
        if len(rows := np.flatnonzero(chosen & np.isfinite(losses[:, m]))) >= FEWEST_ORIGINS
    ]


def slices(panel: Panel, states: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Names and masks (n,) of the origins: all, since 2020, each year, regime, and size of the move that came."""
    years = np.array([origin.year for origin in panel.origins])
    yield "all", np.ones(len(years), bool)
    yield "since_2020", years >= 2020
    for year in np.unique(years):
        yield f"year:{year}", years == year
    for code, name in enumerate(REGIMES):
        yield f"regime:{name}", states == code
    known = np.isfinite(panel.outcome)
    if known.sum() >= 3 * FEWEST_ORIGINS:
        move = np.abs(np.log(np.where(known, panel.outcome, panel.spot) / panel.spot))
        low, high = np.quantile(move[known], (1 / 3, 2 / 3))
        yield "move:small", known & (move <= low)
        yield "move:medium", known & (move > low) & (move <= high)
        yield "move:large", known & (move > high)


def score(panel: Panel, losses: np.ndarray, m: int, rows: np.ndarray, part: str, target: str, run_id: str) -> dict:
    """One row of training.model_backtest_zl: model number `m` on origin numbers `rows`."""
    model, forecast, truth, spot = panel.models[m], panel.quantiles[rows, m], panel.outcome[rows], panel.spot[rows]
    median = forecast[:, MEDIAN]
    relative = np.abs(median / truth - 1).mean()
    still = np.abs(spot / truth - 1).mean() if target == "price" else np.nan
    called = np.sign(median - spot) * np.sign(truth - spot)
    says = np.abs(median / spot - 1) > 1e-4 if target == "price" else np.zeros(len(rows), bool)
    row = {
        "model": model,
        "tier": "ensemble" if model == ensemble.NAME else ZOO[model].tier,
        "target": target,
        "horizon": panel.horizon,
        "slice": part,
        "first_origin": panel.origins[rows[0]],
        "last_origin": panel.origins[rows[-1]],
        "n_origins": len(rows),
        "n_effective": effective_outcomes(panel.session[rows], panel.horizon),
        "crps": losses[rows, m].mean(),
        "pinball": pinball_loss(truth, forecast).mean(),
        "mape": relative,
        "mape_ratio_rw": relative / still if still > 0 else None,
        "mae": np.abs(median - truth).mean(),
        "bias": (median - truth).mean(),
        "direction": (called[says] > 0).mean() if says.sum() >= FEWEST_ORIGINS else None,
        "qlike": qlike(truth**2, median**2).mean() if target == "volatility" else None,
        "run_id": run_id,
    }
    for nominal, (low, high) in BANDS.items():
        row[f"coverage{round(100 * nominal)}"] = covered(truth, forecast, low, high).mean()
    for name in ("B0", "B1", "B2"):
        row |= _against(panel, losses, m, rows, name, tested=part in TESTED_SLICES)
    return row


def _against(panel: Panel, losses: np.ndarray, m: int, rows: np.ndarray, name: str, tested: bool) -> dict:
    """Comparison with one benchmark on the origins that both have; nulls where it has too few."""
    key = name.lower()
    empty = {
        "B0": dict.fromkeys(("crps_b0", "skill_b0", "skill_b0_low", "skill_b0_high", "dm_b0", "dm_b0_p")),
        "B1": dict.fromkeys(("skill_b1", "skill_b1_low", "skill_b1_high", "dm_b1", "dm_b1_p")),
        "B2": {"skill_b2": None, "n_b2": 0},
    }[name]
    if name not in panel.models:
        return empty
    reference = losses[rows, panel.column(name)]
    both = np.isfinite(reference)
    if both.sum() < FEWEST_ORIGINS:
        return empty
    ours, theirs, session = losses[rows, m][both], reference[both], panel.session[rows][both]
    result = empty | {f"skill_{key}": 1 - ours.mean() / theirs.mean()}
    if name == "B2":
        return result | {"n_b2": int(both.sum())}
    if name == "B0":
        result["crps_b0"] = theirs.mean()
    if tested and panel.models[m] != name:
        lag = overlap(session, panel.horizon)
        low, high = skill_interval(ours, theirs, lag)
        statistic, p_value = diebold_mariano(ours, theirs, lag)
        result |= {f"skill_{key}_low": low, f"skill_{key}_high": high, f"dm_{key}": statistic, f"dm_{key}_p": p_value}
    elif tested:
        result |= {f"skill_{key}_low": 0.0, f"skill_{key}_high": 0.0}
    return result
