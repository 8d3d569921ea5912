"""The panel: out-of-fold quantiles of many models at many origins, beside what came true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np

from oilseer.metrics import crps
from oilseer.quantiles import LEVELS
from oilseer.training.history import History
from oilseer.training.specs import WALK_FORWARD


@dataclass(frozen=True)
class Panel:
    """One target and horizon.

    origins   (n,) dates, increasing;  session (n,) their numbers on the exchange calendar
    quantiles (n, n_models, n_levels), NaN where a model gave none
    outcome   (n,) what came true `horizon` sessions later, NaN where unknown
    spot      (n,) front price at the origin, ¢/lb
    """

    horizon: int
    models: tuple[str, ...]
    origins: tuple[date, ...]
    session: np.ndarray
    quantiles: np.ndarray
    outcome: np.ndarray
    spot: np.ndarray

    def known_at(self, session: int) -> np.ndarray:
        """(n,) bool: whether the outcome was public at the cutoff of session number `session`."""
        return np.isfinite(self.outcome) & (self.session + self.horizon <= session)

    def losses(self) -> np.ndarray:
        """CRPS (n, n_models) in the outcome's unit; NaN where forecast or outcome is unknown."""
        loss = np.full(self.quantiles.shape[:2], np.nan)
        for m in range(len(self.models)):
            have = np.isfinite(self.outcome) & np.isfinite(self.quantiles[:, m]).all(axis=1)
            if have.any():
                loss[have, m] = crps(self.outcome[have], self.quantiles[have, m])
        return loss

    def column(self, model: str) -> int:
        """Place of a model along the second axis."""
        return self.models.index(model)


def read_panels(
    connection: duckdb.DuckDBPyConnection,
    history: History,
    models: Sequence[str],
    origins: Sequence[date],
    target: str,
    horizons: Sequence[int],
) -> dict[int, Panel]:
    """Panels by horizon, of the rows that training.walk_forward holds of these models and origins."""
    models, origins = tuple(models), tuple(sorted(origins))
    rows = connection.execute(
        f"SELECT model, origin, horizon, level, value FROM {WALK_FORWARD.name} "
        "WHERE target = $target AND model IN (SELECT unnest($models)) AND origin IN (SELECT unnest($origins)) "
        "AND horizon IN (SELECT unnest($horizons))",
        {"target": target, "models": list(models), "origins": list(origins), "horizons": list(horizons)},
    ).fetchnumpy()
    cube = np.full((len(horizons), len(origins), len(models), len(LEVELS)), np.nan)
    if len(rows["value"]):
        place = (
            _places(rows["horizon"], np.array(horizons)),
            _places(rows["origin"].astype("datetime64[D]"), np.array(origins, dtype="datetime64[D]")),
            _places(rows["model"].astype(str), np.array(models)),
            _places(np.round(rows["level"], 6), np.array(LEVELS)),
        )
        cube[place] = rows["value"]
    spot = np.array([history.settle[history.place(origin)] for origin in origins])
    session = np.array([history.session[history.place(origin)] for origin in origins])
    look = history.outcome if target == "price" else history.volatility_outcome
    return {
        horizon: Panel(
            horizon, models, origins, session, cube[i], np.array([look(origin, horizon) for origin in origins]), spot
        )
        for i, horizon in enumerate(horizons)
    }


def _places(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Index of each value in `among`, which holds all of them in any order."""
    order = np.argsort(among)
    return order[np.searchsorted(among, values, sorter=order)]
