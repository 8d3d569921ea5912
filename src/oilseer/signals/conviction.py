"""signals.conviction_daily: how clear the direction is, and apart from it how precise the forecast; and what such
numbers meant in the past (signals.conviction_record).

Made from the stored forecasts, their members and the regimes; each number uses what was known at its session.
Conviction may rise in a crisis, when a direction is clear; confidence falls there.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.market import sessions
from oilseer.metrics import effective_outcomes
from oilseer.quantiles import LEVELS
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

CONVICTION_WEIGHTS = {"crisis_intensity": 0.4, "signal_strength": 0.3, "regime_certainty": 0.3}
CRISIS_SCORE = 2.0  # standard deviations of ZL volatility at which the gate says CRISIS: full intensity
FEWEST_PAST = 24  # origins before a precision is ranked among them
BINS = ((0, 20), (20, 40), (40, 60), (60, 80), (80, 100))
MEASURES = ("conviction", "confidence")
_PART = {"low": 0, "high": 100}

DAILY = TableSpec(
    "signals.conviction_daily",
    "one row per session with a forecast and horizon",
    ("as_of_date", "horizon"),
    (
        Column("as_of_date", "DATE"),
        Column("horizon", "INTEGER", "sessions", low=1),
        Column("conviction", "DOUBLE", "points", "0.4 crisis + 0.3 signal + 0.3 certainty; null before these", **_PART),
        Column("crisis_intensity", "DOUBLE", "points", "ZL volatility over its two years, 100 from CRISIS on", **_PART),
        Column("signal_strength", "DOUBLE", "points", "how far the odds of a rise are from even", null=False, **_PART),
        Column("regime_certainty", "DOUBLE", "points", "1 − entropy of the next month's regime", **_PART),
        Column("rise_probability", "DOUBLE", "ratio", "that the price is higher", null=False, low=0, high=1),
        Column("confidence", "DOUBLE", "points", "mean of the four precisions; null before 24 origins", **_PART),
        Column("agreement", "DOUBLE", "points", "share of past origins whose members differed more", **_PART),
        Column("sharpness", "DOUBLE", "points", "share whose P90 − P10 was wider", **_PART),
        Column("regime_record", "DOUBLE", "points", "share whose gate had erred more by then", **_PART),
        Column("calibration_width", "DOUBLE", "points", "share whose conformal factor was wider", **_PART),
    ),
    "as_of_date 17:00 New York",
    "training.walk_forward, training.ensemble_weights, signals.regime_daily, staging.zl_prices_clean",
)
RECORD = TableSpec(
    "signals.conviction_record",
    "one row per measure, horizon and band of points, over the outcomes known by the last session",
    ("measure", "horizon", "points_from"),
    (
        Column("measure", "VARCHAR", note="conviction or confidence"),
        Column("horizon", "INTEGER", "sessions", low=1),
        Column("points_from", "INTEGER", "points", low=0, high=100),
        Column("points_to", "INTEGER", "points", "not included, but for 100", null=False, low=0, high=100),
        Column("n_origins", "INTEGER", "origins", null=False, low=0),
        Column("n_effective", "INTEGER", "origins", "whose outcomes share no session", null=False, low=0),
        Column("direction_right", "DOUBLE", "share", "of them: the likelier sign came", low=0, high=1),
        Column("inside_80", "DOUBLE", "share", "of them: inside P10 to P90", low=0, high=1),
        Column("absolute_error", "DOUBLE", "ratio", "of them: mean distance of the outcome from P50, in logs", low=0),
    ),
    "at the newest session",
    "signals.conviction_daily and staging.zl_prices_clean",
)


@dataclass(frozen=True)
class Spoken:
    """Forecasts of one horizon, oldest first; arrays (n,) but `quantiles` (n, n_levels) in ¢/lb.

    session                      session number of each origin
    price, outcome               ¢/lb at the origin and `horizon` sessions later; outcome NaN where unknown
    spread, width_factor         standard deviation of the members' log medians; conformal factor; NaN where unknown
    gate                         name at the origin, "" where unknown
    gate_score, state_probability  standard deviations (n,), ratios (n, 4); NaN where unknown
    """

    horizon: int
    session: np.ndarray
    price: np.ndarray
    outcome: np.ndarray
    quantiles: np.ndarray
    spread: np.ndarray
    width_factor: np.ndarray
    gate: np.ndarray
    gate_score: np.ndarray
    state_probability: np.ndarray


def build_conviction(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Replace both tables; rows by table."""
    daily, record = [], []
    for spoken in _read(connection):
        rated = rate(spoken)
        origins = sessions.sessions()[spoken.session].astype(object)
        for i, origin in enumerate(origins):
            numbers = {name: _known(values[i]) for name, values in rated.items()}
            daily.append({"as_of_date": origin, "horizon": spoken.horizon} | numbers)
        record += [row for measure in MEASURES for row in record_of(spoken, measure, rated[measure])]
    return {
        spec.name: replace(connection, spec, pa.Table.from_pylist(rows, schema=_schema(spec)))
        for spec, rows in ((DAILY, daily), (RECORD, record))
    }


def rate(spoken: Spoken) -> dict[str, np.ndarray]:
    """Conviction, confidence and their parts, 0 to 100, and the odds of a rise; (n,) each, NaN where unknown."""
    rise = 1 - probability_below(spoken.quantiles, spoken.price)
    probability = spoken.state_probability
    entropy = -(probability * np.log(probability)).sum(axis=1) / np.log(probability.shape[1])
    clear = {
        "crisis_intensity": 100 * np.clip(spoken.gate_score / CRISIS_SCORE, 0, 1),
        "signal_strength": 100 * np.abs(2 * rise - 1),
        "regime_certainty": 100 * np.clip(1 - entropy, 0, 1),
    }
    low, high = (spoken.quantiles[:, LEVELS.index(level)] for level in (0.1, 0.9))
    precise = {
        "agreement": share_of_past_above(spoken.spread),
        "sharpness": share_of_past_above(np.log(high / low)),
        "regime_record": share_of_past_above(_gate_error(spoken)),
        "calibration_width": share_of_past_above(spoken.width_factor),
    }
    return {
        "conviction": sum(weight * clear[name] for name, weight in CONVICTION_WEIGHTS.items()),
        "confidence": np.mean(list(precise.values()), axis=0),
        "rise_probability": rise,
        **clear,
        **precise,
    }


def probability_below(quantiles: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Probability that the outcome is below `price`, log price linear in the normal score as in `price_at`; (n,)."""
    from scipy.special import ndtr, ndtri

    nodes, logs, wanted = ndtri(np.array(LEVELS)), np.log(quantiles), np.log(price)
    score = np.array([np.interp(at, row, nodes) for at, row in zip(wanted, logs, strict=True)])
    under = nodes[0] + (wanted - logs[:, 0]) * (nodes[1] - nodes[0]) / (logs[:, 1] - logs[:, 0])
    over = nodes[-1] + (wanted - logs[:, -1]) * (nodes[-1] - nodes[-2]) / (logs[:, -1] - logs[:, -2])
    return ndtr(np.where(wanted < logs[:, 0], under, np.where(wanted > logs[:, -1], over, score)))


def share_of_past_above(values: np.ndarray) -> np.ndarray:
    """100 × share of earlier known values that are larger, ties half; (n,), NaN before FEWEST_PAST of them."""
    out = np.full(len(values), np.nan)
    for i, value in enumerate(values):
        past = values[:i][np.isfinite(values[:i])]
        if np.isfinite(value) and len(past) >= FEWEST_PAST:
            out[i] = 100 * ((past > value).mean() + (past == value).mean() / 2)
    return out


def record_of(spoken: Spoken, measure: str, points: np.ndarray) -> list[dict]:
    """What each band of points meant: rows of RECORD from outcomes that share no session."""
    median = spoken.quantiles[:, LEVELS.index(0.5)]
    low, high = (spoken.quantiles[:, LEVELS.index(level)] for level in (0.1, 0.9))
    likelier_up = probability_below(spoken.quantiles, spoken.price) < 0.5
    right = (likelier_up == (spoken.outcome > spoken.price)).astype(float)
    inside = ((spoken.outcome >= low) & (spoken.outcome <= high)).astype(float)
    error = np.abs(np.log(spoken.outcome / median))
    rows = []
    for start, end in BINS:
        inside_band = (points >= start) & ((points < end) | ((points == 100) & (end == 100)))
        here = np.flatnonzero(inside_band & ~np.isnan(spoken.outcome))
        alone = here[_disjoint(spoken.session[here], spoken.horizon)]
        means = {
            name: float(values[alone].mean()) if len(alone) else None
            for name, values in (("direction_right", right), ("inside_80", inside), ("absolute_error", error))
        }
        rows.append({
            "measure": measure, "horizon": spoken.horizon, "points_from": start, "points_to": end,
            "n_origins": len(here), "n_effective": effective_outcomes(spoken.session[here], spoken.horizon), **means,
        })  # fmt: skip
    return rows


def _disjoint(session: np.ndarray, horizon: int) -> np.ndarray:
    """Places of origins, oldest first, whose outcomes share no session; as metrics.effective_outcomes counts them."""
    kept: list[int] = []
    for place, at in enumerate(session):
        if not kept or at >= session[kept[-1]] + horizon:
            kept.append(place)
    return np.array(kept, int)


def _gate_error(spoken: Spoken) -> np.ndarray:
    """Mean absolute log error of P50 over the outcomes known at each origin of forecasts made in its gate; (n,)."""
    error = np.abs(np.log(spoken.outcome / spoken.quantiles[:, LEVELS.index(0.5)]))
    out = np.full(len(error), np.nan)
    for i, at in enumerate(spoken.session):
        known = (spoken.session + spoken.horizon <= at) & (spoken.gate == spoken.gate[i]) & np.isfinite(error)
        if spoken.gate[i] and known.any():
            out[i] = error[known].mean()
    return out


def _read(connection: duckdb.DuckDBPyConnection) -> list[Spoken]:
    """The ensemble's forecasts with what stands beside them, by horizon."""
    prices = connection.execute(
        "SELECT observation_date, price_cents_per_lb FROM staging.zl_prices_clean ORDER BY observation_date"
    ).fetchnumpy()
    number = sessions.number(np.ma.getdata(prices["observation_date"]).astype("datetime64[D]"))
    price = np.full(number[-1] + 1, np.nan)
    price[number] = np.asarray(prices["price_cents_per_lb"], float)
    found = connection.execute(
        """
        WITH members AS (
            SELECT w.origin, w.horizon, stddev_pop(ln(f.value)) AS spread, max(w.width_factor) AS width_factor
            FROM training.ensemble_weights AS w
            INNER JOIN training.walk_forward AS f
                ON f.model = w.model AND f.origin = w.origin AND f.horizon = w.horizon
                AND f.target = 'price' AND f.level = 0.5
            WHERE w.weight > 0
            GROUP BY w.origin, w.horizon
        ), said AS (
            SELECT origin, horizon, list(value ORDER BY level) AS quantiles
            FROM training.walk_forward
            WHERE model = 'ensemble' AND target = 'price'
            GROUP BY origin, horizon
        )
        SELECT s.origin, s.horizon, s.quantiles, m.spread, m.width_factor, r.gate, r.gate_score,
            r.crisis_probability, r.bull_probability, r.bear_probability, r.normal_probability
        FROM said AS s
        LEFT JOIN members AS m ON m.origin = s.origin AND m.horizon = s.horizon
        LEFT JOIN signals.regime_daily AS r ON r.as_of_date = s.origin
        ORDER BY s.horizon, s.origin
        """
    ).fetchall()
    return [
        _spoken(horizon, [row for row in found if row[1] == horizon], price)
        for horizon in sorted({row[1] for row in found})
    ]


def _spoken(horizon: int, rows: list[tuple], price: np.ndarray) -> Spoken:
    """Rows of one horizon as arrays; `price` by session number, NaN where none traded."""
    origins, _, quantiles, spread, factor, gate, score, *states = zip(*rows, strict=True)
    session = sessions.number(np.array(origins, "datetime64[D]"))
    later = session + horizon
    reached = later < len(price)
    outcome = np.where(reached, price[np.minimum(later, len(price) - 1)], np.nan)
    return Spoken(
        horizon, session, price[session], outcome, np.array(quantiles, float), np.array(spread, float),
        np.array(factor, float), np.array([name or "" for name in gate]), np.array(score, float),
        np.array(states, float).T,
    )  # fmt: skip


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _schema(spec: TableSpec) -> pa.Schema:
    types = {"DATE": pa.date32(), "INTEGER": pa.int32(), "DOUBLE": pa.float64(), "VARCHAR": pa.string()}
    return pa.schema([(column.name, types[column.type]) for column in spec.columns])
