"""The regime calendar: which named regime each date belongs to, and the sample weights that follow from it.

Dated in hindsight: for weights of training rows only, never a feature.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.errors import ContractError
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

MAX_SHARE = 0.40  # of the whole weight that one regime may hold
SPEC = TableSpec(
    "reference.regime_calendar",
    "one row per named regime",
    ("regime",),
    (
        Column("regime", "VARCHAR"),
        Column("starts", "DATE", "", "first day", null=False),
        Column("ends", "DATE", "", "last day; null while it lasts"),
        Column("weight", "DOUBLE", "", "sample weight before normalisation, 50 to 5000", null=False, low=50, high=5000),
        Column("what", "VARCHAR", null=False),
    ),
    "dated in hindsight: for weights, never a feature",
    "regimes of the soybean complex as its analysts name them",
)


@dataclass(frozen=True)
class Regime:
    """One named regime from `starts` to `ends`, both included; `ends` is None while it lasts."""

    regime: str
    starts: date
    ends: date | None
    weight: float
    what: str


@cache
def regime_calendar() -> tuple[Regime, ...]:
    """All regimes, oldest first, without gap or overlap."""
    with (files("oilseer.reference") / "regime_calendar.csv").open(encoding="utf-8") as handle:
        return tuple(
            Regime(
                row["regime"], date.fromisoformat(row["starts"]),
                date.fromisoformat(row["ends"]) if row["ends"] else None, float(row["weight"]), row["what"],
            )
            for row in csv.DictReader(handle)
        )  # fmt: skip


def regime_places(dates: np.ndarray) -> np.ndarray:
    """Place in `regime_calendar()` of each date, (n,) int. Raises ContractError for a date before the first."""
    starts = np.array([regime.starts for regime in regime_calendar()], dtype="datetime64[D]")
    places = np.searchsorted(starts, dates.astype("datetime64[D]"), side="right") - 1
    if (places < 0).any():
        raise ContractError(f"{dates[places < 0][0]} lies before the regime calendar, which starts {starts[0]}")
    return places


def sample_weights(dates: np.ndarray, exponent: float) -> np.ndarray:
    """Weights of training rows, (n,), mean 1: the regime's weight to the power `exponent`; 0 is flat.

    No regime holds more than MAX_SHARE of the whole: what is over is taken from its rows and spread over the others
    in proportion, unless there are too few regimes for that bound, when each holds the same.
    """
    if not len(dates):
        return np.empty(0)
    places = regime_places(dates)
    weight = np.array([regime.weight for regime in regime_calendar()])[places] ** exponent
    share = np.bincount(places, weight, len(regime_calendar())) / weight.sum()
    wanted = _capped(share, max(MAX_SHARE, 1 / np.count_nonzero(share)))
    return weight * (wanted / np.where(share > 0, share, 1))[places] / weight.sum() * len(dates)


def write(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace reference.regime_calendar by what the package ships; number of rows."""
    return replace(connection, SPEC, pa.Table.from_pylist([vars(regime) for regime in regime_calendar()]))


def _capped(share: np.ndarray, bound: float) -> np.ndarray:
    """Shares that sum to 1, none above `bound`; what is over goes to the others in proportion."""
    over = np.zeros(len(share), dtype=bool)
    out = share
    while (out > bound + 1e-12).any():
        over |= out > bound + 1e-12
        free = share[~over].sum()
        if free == 0:
            return np.where(share > 0, 1 / np.count_nonzero(share), 0.0)
        out = np.where(over, bound, share * (1 - bound * over.sum()) / free)
    return out
