"""Which features a fold may use: 80 to 120 of them, chosen on outcomes known at its origin, each verdict logged.

In the order of importance, a feature stays unless it is mostly empty, constant, a near copy of one that stays, or
important in one part of history only; every bucket of the Big 8 keeps its best few, so that none falls silent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.errors import ContractError
from oilseer.models.base import seed_of
from oilseer.training.history import History
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import merge

KEEP = (80, 120)  # features a fold works with
COPY = 0.95  # |rank correlation| beyond which the less important of two is a copy
KNOWN = 0.50  # share of the fold's rows on which a feature must have a value
PER_BUCKET = 3
BLOCKS = 3  # consecutive parts of history on which importance is measured
STABLE = 2  # of them in which a feature must be in the upper half
MEMORY = 20 * 252  # sessions of the fold: before, most inputs did not exist
STEP = 5  # sessions between rows: neighbours share most of their outcome
TREES = 150
FEWEST_ROWS = 300

LOG = TableSpec(
    "features.feature_importance_log",
    "one row per origin, horizon and feature",
    ("origin", "horizon", "feature"),
    (
        Column("origin", "DATE"),
        Column("horizon", "INTEGER", "sessions"),
        Column("feature", "VARCHAR"),
        Column("importance", "DOUBLE", "ratio", "mean share of the trees' gain over the blocks", low=0, high=1),
        Column("stable_blocks", "INTEGER", "blocks", "in which it is in the upper half", low=0, high=BLOCKS),
        Column("place", "INTEGER", "", "by importance, 1 first; null where it was not measured", low=1),
        Column("kept", "BOOLEAN", null=False),
        Column("reason", "VARCHAR", "", "why it stays or goes", null=False),
    ),
    "at the fold's origin",
    "features.daily_ml_matrix_zl, outcomes known at the origin",
)


@dataclass(frozen=True)
class Choice:
    """What became of one feature in one fold."""

    feature: str
    importance: float | None
    stable_blocks: int | None
    place: int | None
    kept: bool
    reason: str


def prune(history: History, origin: date, horizon: int, buckets: Mapping[str, str]) -> list[Choice]:
    """Choices for every feature at `origin`, by importance; nothing after the origin is read.

    buckets  bucket of the Big 8 by feature
    Raises ContractError where fewer than FEWEST_ROWS outcomes are known.
    """
    rows, target = known_outcomes(history, origin, horizon)
    rows, target = rows[-MEMORY:][::-STEP][::-1], target[-MEMORY:][::-STEP][::-1]
    if len(rows) < FEWEST_ROWS:
        raise ContractError(
            f"pruning at {origin}, {horizon} sessions: {len(rows)} known outcomes, expected {FEWEST_ROWS} or more; "
            "choose a later origin"
        )
    found = history.features[rows]
    share = (~np.isnan(found)).mean(axis=0)
    steady = np.array([np.unique(column[~np.isnan(column)]).size < 2 for column in found.T])
    usable = np.flatnonzero((share >= KNOWN) & ~steady)
    filled = _filled(found[:, usable])
    importance, stable = _importance(filled, target, seed_of("prune", origin))
    order = np.argsort(-importance, kind="stable")
    copies = _copies(filled, order)
    kept = _kept(history, usable, order, copies, stable, buckets)
    choices = []
    for place, i in enumerate(order.tolist(), start=1):
        name = history.names[usable[i]]
        choices.append(Choice(name, float(importance[i]), int(stable[i]), place, i in kept,
                              _reason(i, kept, copies, stable, usable, history.names, buckets)))  # fmt: skip
    for i in np.setdiff1d(np.arange(len(history.names)), usable):
        why = "constant" if steady[i] and share[i] >= KNOWN else f"known on {share[i]:.0%} of the fold's rows"
        choices.append(Choice(history.names[i], None, None, None, False, why))
    return choices


def known_outcomes(history: History, origin: date, horizon: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose price `horizon` sessions ahead is known at `origin`, and its log change, both (n,)."""
    last = history.place(origin)
    ahead = np.searchsorted(history.session, history.session[: last + 1] + horizon)
    inside = np.flatnonzero(ahead <= last)
    exact = inside[history.session[ahead[inside]] == history.session[inside] + horizon]
    return exact, np.log(history.settle[ahead[exact]] / history.settle[exact])


def log_choices(connection: duckdb.DuckDBPyConnection, origin: date, horizon: int, choices: list[Choice]) -> int:
    """Keep the choices of one fold; number of rows changed."""
    rows = [{"origin": origin, "horizon": horizon, **vars(choice)} for choice in choices]
    return merge(connection, LOG, pa.Table.from_pylist(rows))


def _filled(found: np.ndarray) -> np.ndarray:
    """Ranks of each column over the fold, scaled to 0 … 1, missing in the middle: trees and correlations read those."""
    from scipy.stats import rankdata

    out = np.full(found.shape, 0.5)
    for j, column in enumerate(found.T):
        there = ~np.isnan(column)
        out[there, j] = (rankdata(column[there]) - 0.5) / there.sum()
    return out


def _importance(filled: np.ndarray, target: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean importance (k,) over consecutive blocks of history, and in how many of them it is in the upper half."""
    from sklearn.ensemble import ExtraTreesRegressor

    shares = []
    for block in np.array_split(np.arange(len(target)), BLOCKS):
        trees = ExtraTreesRegressor(
            TREES // BLOCKS, min_samples_leaf=10, max_features=0.3, random_state=seed, n_jobs=1
        )  # fmt: skip
        shares.append(trees.fit(filled[block], target[block]).feature_importances_)
    stacked = np.vstack(shares)
    return stacked.mean(axis=0), (stacked > np.median(stacked, axis=1, keepdims=True)).sum(axis=0)


def _copies(filled: np.ndarray, order: np.ndarray) -> dict[int, int]:
    """Features that are near copies of a more important one that is no copy itself, and of which."""
    centred = filled - filled.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    corr = np.abs(centred.T @ centred) / np.outer(size, size)
    kept: list[int] = []
    copies: dict[int, int] = {}
    for i in order.tolist():
        near = next((j for j in kept if corr[i, j] > COPY), None)
        if near is None:
            kept.append(i)
        else:
            copies[i] = near
    return copies


def _kept(
    history: History, usable: np.ndarray, order: np.ndarray, copies: dict[int, int], stable: np.ndarray,
    buckets: Mapping[str, str],
) -> set[int]:  # fmt: skip
    """Places among `usable` that stay: the best of each bucket, then the stable by importance, then up to the least."""
    single = [i for i in order.tolist() if i not in copies]
    kept: list[int] = []
    for bucket in dict.fromkeys(buckets.values()):
        kept += [i for i in single if buckets.get(history.names[usable[i]]) == bucket][:PER_BUCKET]
    steady = [i for i in single if stable[i] >= STABLE and i not in kept]
    kept += steady[: KEEP[1] - len(kept)]
    others = [i for i in single if i not in kept]
    kept += others[: max(KEEP[0] - len(kept), 0)]
    return set(kept)


def _reason(
    i: int, kept: set[int], copies: dict[int, int], stable: np.ndarray, usable: np.ndarray,
    names: tuple[str, ...], buckets: Mapping[str, str],
) -> str:  # fmt: skip
    if i in copies:
        return f"moves as {names[usable[copies[i]]]}, which says more"
    if i in kept:
        if stable[i] >= STABLE:
            return f"important in {stable[i]} of {BLOCKS} parts of history"
        return f"among the best of {buckets.get(names[usable[i]], 'its bucket')}, or of what is left"
    if stable[i] < STABLE:
        return f"important in {stable[i]} of {BLOCKS} parts of history only"
    return f"{KEEP[1]} more important ones stay"
