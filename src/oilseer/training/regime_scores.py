"""Is the regime told better than by counting? Log loss of the classifier beside two plain ways, on the same origins."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from oilseer.metrics import effective_outcomes, overlap, skill_interval
from oilseer.models.regimes import AHEAD, NAME, ZSCORE, states, transitions
from oilseer.training.history import History
from oilseer.warehouse.spec import Column, TableSpec

COUNTED, KERNEL = "frequencies after today's regime", "kernel of today's z-score"

SCORES = TableSpec(
    "training.regime_scores",
    "one row per way of telling the regime 21 sessions ahead, slice of origins",
    ("way", "slice"),
    (
        Column("way", "VARCHAR"),
        Column("slice", "VARCHAR", note="all or since_2020"),
        Column("n_origins", "INTEGER", "origins", null=False, low=1),
        Column("n_effective", "INTEGER", "outcomes that share no session", null=False, low=1),
        Column("log_loss", "DOUBLE", "nats", null=False, low=0),
        Column("gain", "DOUBLE", "ratio", "log loss saved against the frequencies", null=False),
        Column("gain_low", "DOUBLE", "ratio", "5 % of the block bootstrap", null=False),
        Column("gain_high", "DOUBLE", "ratio", "95 %", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "after the last outcome",
    "made by `oilseer compare` from training.regime_probabilities",
    may_be_empty=True,
)


def scored(
    history: History, origins: Sequence[date], kernel: np.ndarray, told: np.ndarray, first: date, run_id: str
) -> list[dict]:
    """Rows of SCORES: origins from `first` on with a known outcome at which all three speak; none where none does.

    kernel, told  (n, 3) the kernel's memberships, and what the classifier said (NaN where nothing)
    """
    ways = {NAME: told, KERNEL: kernel, COUNTED: _counted(history, origins)}
    came = _came(history, origins)
    spoke = (came >= 0) & np.isfinite(np.hstack(list(ways.values()))).all(axis=1)
    days = np.array(origins, dtype="datetime64[D]")
    session = np.array([history.session[history.place(origin)] for origin in origins])
    rows = []
    for part, start in (("all", first), ("since_2020", max(first, date(2020, 1, 1)))):
        kept = np.flatnonzero(spoke & (days >= np.datetime64(start)))
        if len(kept) < 2:
            continue
        losses = {way: -np.log(said[kept, came[kept]]) for way, said in ways.items()}
        base = losses[COUNTED]
        for way, loss in losses.items():
            low, high = skill_interval(loss, base, overlap(session[kept], AHEAD))
            rows.append({
                "way": way, "slice": part, "n_origins": len(kept),
                "n_effective": effective_outcomes(session[kept], AHEAD), "log_loss": loss.mean(),
                "gain": 1 - loss.mean() / base.mean(), "gain_low": low, "gain_high": high, "run_id": run_id,
            })  # fmt: skip
    return rows


def _came(history: History, origins: Sequence[date]) -> np.ndarray:
    """The regime that came at each origin, −1 where it is unknown; (n,) int."""
    state = states(history.features[:, history.names.index(ZSCORE)])
    ends = [history.ahead(origin, AHEAD) for origin in origins]
    return np.array([-1 if end is None else state[end] for end in ends])


def _counted(history: History, origins: Sequence[date]) -> np.ndarray:
    """How often each regime had followed that of the origin by then; (n, 3), NaN where its regime is unknown."""
    found = np.full((len(origins), 3), np.nan)
    for i, origin in enumerate(origins):
        window = history.window(origin).select((ZSCORE,))
        (now,) = states(window.feature(ZSCORE)[-1:])
        if now >= 0:
            found[i] = transitions(window, len(window.settle) - 1)[now]
    return found
