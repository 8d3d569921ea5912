"""How past forecasts of the published combination did, origin by origin, as answers: gains, places of outcomes, bands.

Losses come from the stored quantiles and prices by the same code that scores them, so their means are the scorecard's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import duckdb
import numpy as np

from oilseer.dashboard.charts_trust import luck_range
from oilseer.dashboard.past_answers import horizon_of
from oilseer.dashboard.tables import PREDICTIONS, PRICES, SCORES, WALK_FORWARD, exists, identity, newest, require
from oilseer.market import sessions
from oilseer.metrics import covered, effective_outcomes, overlap, running_interval
from oilseer.quantiles import BANDS, HORIZONS, LEVELS
from oilseer.training.history import History, monthly_origins
from oilseer.training.panel import Panel, read_panels

ENSEMBLE, RIVALS = "ensemble", ("B0", "B1", "B2")
WINDOW = 36  # monthly origins in a share over time: three years
FEWEST = 12  # outcomes before a sum has an interval
UNITS = {
    "gain": "¢/lb of CRPS saved at this origin: loss of the rival less that of the published forecast",
    "total_gain": "¢/lb, their sum so far; low and high: its 90 % block-bootstrap interval",
    "place": "0 to 1: between which two levels of the forecast the outcome fell",
    "share": "ratio of outcomes, promised: as the forecast said",
    "luck_low": "ratio, and luck_high: where 9 of 10 honest forecasts fall with so few independent outcomes",
    "n_effective": "outcomes that share no session",
}


@dataclass(frozen=True)
class Past:
    """One horizon's scored origins whose outcome is known, oldest first."""

    label: str
    panel: Panel
    losses: np.ndarray
    known: np.ndarray

    @property
    def dates(self) -> list[str]:
        """Origins, ISO."""
        return [self.panel.origins[place].isoformat() for place in self.known]

    def loss(self, model: str) -> np.ndarray:
        """CRPS in ¢/lb at the known origins; NaN where the model gave no forecast."""
        return self.losses[self.known, self.panel.column(model)]

    def inside(self, nominal: float) -> np.ndarray:
        """Whether the combination's band held at the known origins; bool."""
        column = self.panel.column(ENSEMBLE)
        return covered(self.panel.outcome[self.known], self.panel.quantiles[self.known, column], *BANDS[nominal])

    def independent(self, places: np.ndarray | slice = slice(None)) -> int:
        """How many of the known outcomes share no session."""
        return effective_outcomes(self.panel.session[self.known][places], self.panel.horizon)


def past(connection: duckdb.DuckDBPyConnection, labels: Sequence[str] = tuple(HORIZONS)) -> dict[str, Past]:
    """Scored past forecasts of the combination and its benchmarks by horizon. Raises ConfigError where none are."""
    require(connection, WALK_FORWARD, "past forecasts", "run")
    require(connection, SCORES, "scores", "run")
    query = f"SELECT min(first_origin) FROM {SCORES} WHERE model = '{ENSEMBLE}' AND target = 'price'"
    (first,) = connection.execute(query).fetchone()
    history = priced(connection)
    origins = monthly_origins(history, first, history.dates[-1].astype(object))
    horizons = [HORIZONS[label] for label in labels]
    panels = read_panels(connection, history, (ENSEMBLE, *RIVALS), origins, "price", horizons)
    found = {}
    for label, panel in zip(labels, panels.values(), strict=True):
        losses = panel.losses()
        found[label] = Past(label, panel, losses, np.flatnonzero(np.isfinite(losses[:, 0])))
    return found


def priced(connection: duckdb.DuckDBPyConnection) -> History:
    """Sessions and prices alone: what outcomes are read from."""
    query = f"SELECT observation_date, price_cents_per_lb FROM {PRICES} ORDER BY observation_date"
    found = connection.execute(query).fetchnumpy()
    dates = np.ma.getdata(found["observation_date"]).astype("datetime64[D]")
    price = np.asarray(found["price_cents_per_lb"], float)
    nothing = np.empty((len(dates), 0))
    return History(dates, sessions.number(dates), price, np.full(len(dates), np.nan), nothing, ())


def gains(connection: duckdb.DuckDBPyConnection, label: str) -> dict:
    """CRPS saved against each benchmark, origin by origin and summed, with the sum's interval.

    Raises ConfigError for an unknown horizon and where nothing is scored.
    """
    horizon_of(label)
    found = past(connection, (label,))[label]
    rows, independent = [], {}
    for rival in RIVALS:
        gain = found.loss(rival) - found.loss(ENSEMBLE)
        both = np.flatnonzero(np.isfinite(gain))
        total, independent[rival] = gain[both].cumsum(), found.independent(both)
        low = high = np.full(len(both), np.nan)
        if len(both) >= FEWEST:
            lag = overlap(found.panel.session[found.known][both], found.panel.horizon)
            low, high = running_interval(gain[both], lag)
        rows += [
            {"rival": rival, "origin": found.dates[place], "gain": float(gain[place]), "total_gain": float(total[i]),
             "low": _number(low[i]), "high": _number(high[i])}
            for i, place in enumerate(both)
        ]  # fmt: skip
    return about(connection, UNITS) | {"horizon": label, "n_effective": independent, "rows": rows}


def calibration(connection: duckdb.DuckDBPyConnection, label: str) -> dict:
    """Where outcomes fell among the forecast's levels, and how often bands held, in all and over time.

    Raises ConfigError for an unknown horizon and where nothing is scored.
    """
    horizon_of(label)
    found = past(connection, (label,))[label]
    n = found.independent()
    return about(connection, UNITS) | {
        "horizon": label,
        "n_origins": len(found.known),
        "n_effective": n,
        "window": WINDOW,
        "places": _places(found, n) if n else [],
        "over_time": _over_time(found),
    }


def _places(found: Past, n: int) -> list[dict]:
    """Share of outcomes between neighbouring levels, beside the share promised."""
    quantiles = found.panel.quantiles[found.known, found.panel.column(ENSEMBLE)]
    outcome = found.panel.outcome[found.known]
    fell = (outcome[:, None] > quantiles).sum(axis=1)
    edges = (0.0, *LEVELS, 1.0)
    rows = []
    for place, (start, end) in enumerate(pairwise(edges)):
        count, promised = int((fell == place).sum()), end - start
        low, high = luck_range(promised, n)
        rows.append({
            "from_level": start, "to_level": end, "outcomes": count, "promised": round(promised, 6),
            "share": count / len(fell), "luck_low": low, "luck_high": high,
        })  # fmt: skip
    return rows


def _over_time(found: Past) -> list[dict]:
    """Share of the last WINDOW outcomes inside each band, at each origin from the first that has so many."""
    rows = []
    for nominal in (0.5, 0.8, 0.9):
        inside = found.inside(nominal)
        for end in range(WINDOW, len(inside) + 1):
            span = slice(end - WINDOW, end)
            n = found.independent(span)
            low, high = luck_range(nominal, n)
            rows.append({
                "band": round(100 * nominal), "origin": found.dates[end - 1], "share": float(inside[span].mean()),
                "luck_low": low, "luck_high": high, "n_effective": n,
            })  # fmt: skip
    return rows


def about(connection: duckdb.DuckDBPyConnection, units: dict[str, str]) -> dict:
    """Run and session of what is published, and units."""
    as_of, run_id = newest(connection, PREDICTIONS) if exists(connection, PREDICTIONS) else (None, "")
    return identity(connection, run_id, as_of, units)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
