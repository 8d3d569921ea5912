"""signals.regime_daily: the gate, the VIX band, and the probabilities of what the next month will be.

The classifier's label is what the market did in the 21 sessions after, so it is no function of the features that it
learns from. It is refitted each January on labels that were known by then; until it has enough years it says nothing.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.reference.regimes import regime_calendar, regime_places
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

AHEAD = 21  # sessions that the label describes
BULL_BEAR = 1.0  # the month's return over its volatility known before: beyond is bull or bear
CRISIS = 1.5  # realized volatility of the month over that of the year before: beyond is crisis
YEAR = 252
FIRST_FIT = 8 * YEAR  # labelled sessions before the first fit
STATES = ("crisis", "bull", "bear", "normal")
GATE = ("CALM", "STRESSED", "CRISIS")
VIX_BANDS = ("complacent", "aware", "stress", "crisis")
INPUTS = (
    "regime_volatility_zscore_ratio", "volatility_realized_21_ratio", "volatility_realized_63_ratio",
    "tech_return_21_ratio", "tech_return_63_ratio", "tech_momentum_252_ratio", "tech_value_1260_ratio",
    "curve_slope_annualized_ratio", "season_year_sine_ratio", "season_year_cosine_ratio",
)  # fmt: skip

SPEC = TableSpec(
    "signals.regime_daily",
    "one row per ZL session",
    ("as_of_date",),
    (
        Column("as_of_date", "DATE"),
        Column("gate", "VARCHAR", "", "CALM, STRESSED or CRISIS by ZL volatility, with hysteresis"),
        Column("gate_score", "DOUBLE", "standard deviations", "ZL volatility over its two years"),
        Column("vix_band", "VARCHAR", "", "complacent below 15, aware, stress from 25, crisis from 30"),
        *(Column(f"{state}_probability", "DOUBLE", "ratio", "of the next 21 sessions", low=0, high=1)
          for state in STATES),
        Column("likely_state", "VARCHAR", "", "the most probable; null before the first fit"),
        Column("base_log_score", "DOUBLE", "nats", "running mean of −log probability, past frequencies alone"),
        Column("log_score", "DOUBLE", "nats", "the same of the classifier; lower is better"),
        Column("calendar_regime", "VARCHAR", "", "named in hindsight: for weights, never a feature", null=False),
    ),
    "as_of_date 17:00 New York, but for calendar_regime",
    "features.daily_ml_matrix_zl and staging.zl_prices_clean",
)  # fmt: skip


@dataclass(frozen=True)
class Classified:
    """Probabilities (n, 4) of STATES by session, NaN before the first fit; past frequencies (n, 4) likewise."""

    probability: np.ndarray
    base: np.ndarray


def labels(returns: np.ndarray) -> np.ndarray:
    """Place in STATES of the 21 sessions after each, (n,) float; NaN where they, or the year before, are not known.

    returns  (n,)  roll-adjusted log returns; the first may be NaN
    """
    out = np.full(len(returns), np.nan)
    for i in range(YEAR, len(returns) - AHEAD):
        before, after = returns[i - YEAR + 1 : i + 1], returns[i + 1 : i + 1 + AHEAD]
        usual = np.nanstd(before, ddof=1)
        if not usual > 0 or np.isnan(after).any():
            continue
        move = after.sum() / (usual * np.sqrt(AHEAD))
        if after.std(ddof=1) > CRISIS * usual:
            out[i] = 0
        else:
            out[i] = 1 if move > BULL_BEAR else 2 if move < -BULL_BEAR else 3
    return out


def classify(features: np.ndarray, label: np.ndarray, refits: np.ndarray) -> Classified:
    """Walk-forward probabilities: multinomial logistic regression, refitted at the rows `refits`, purged by AHEAD.

    features  (n, k)  NaN allowed: the fold's median stands for it
    label     (n,)    as `labels` gives it
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probability = np.full((len(label), len(STATES)), np.nan)
    base = probability.copy()
    for first, last in zip(refits, [*refits[1:], len(label)], strict=True):
        known = np.flatnonzero(~np.isnan(label[: max(first - AHEAD, 0) + 1]))  # labels complete at the refit
        if len(known) < FIRST_FIT:
            continue
        wanted = label[known].astype(int)
        counts = np.bincount(wanted, minlength=len(STATES)) + 1.0
        base[first:last] = counts / counts.sum()
        model = make_pipeline(
            SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler(),
            LogisticRegression(C=0.05, max_iter=500),
        )  # fmt: skip
        model.fit(features[known], wanted)
        given = np.zeros((last - first, len(STATES)))
        given[:, model.classes_] = model.predict_proba(features[first:last])
        # one part in twenty of the past frequencies: no state is ever impossible
        probability[first:last] = 0.95 * given + 0.05 * base[first:last]
    return Classified(probability, base)


def build_regimes(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace signals.regime_daily; number of sessions."""
    there = {
        row[0]
        for row in connection.execute(
            "SELECT column_name FROM duckdb_columns() WHERE schema_name = 'features' "
            "AND table_name = 'daily_ml_matrix_zl'"
        ).fetchall()
    }
    names = [name for name in INPUTS if name in there]
    chosen = ", ".join(f'm."{name}"' for name in (*names, "regime_gate_state", "regime_vix_band_state"))
    found = connection.execute(
        f"SELECT m.as_of_date, p.return_log, {chosen} FROM features.daily_ml_matrix_zl AS m "
        "INNER JOIN staging.zl_prices_clean AS p ON p.observation_date = m.as_of_date ORDER BY ALL"
    ).fetchnumpy()
    columns = {name: np.ma.filled(np.ma.asarray(v, dtype=float), np.nan) for name, v in found.items()
               if name != "as_of_date"}  # fmt: skip
    dates = np.ma.getdata(found["as_of_date"]).astype("datetime64[D]")
    label = labels(columns["return_log"])
    refits = np.flatnonzero(np.diff(dates.astype("datetime64[Y]").astype(int), prepend=0))  # first session of a year
    made = classify(np.column_stack([columns[name] for name in names]), label, refits)
    ours, base = running_log_score(made.probability, label), running_log_score(made.base, label)
    score = columns.get("regime_volatility_zscore_ratio", np.full(len(dates), np.nan))
    likely = [STATES[row.argmax()] if np.isfinite(row).all() else None for row in made.probability]
    places = regime_places(dates)
    rows = {
        "as_of_date": pa.array(dates),
        "gate": _named(columns["regime_gate_state"], GATE),
        "gate_score": _nullable(score),
        "vix_band": _named(columns["regime_vix_band_state"], VIX_BANDS),
        **{f"{state}_probability": _nullable(made.probability[:, i]) for i, state in enumerate(STATES)},
        "likely_state": pa.array(likely, pa.string()),
        "base_log_score": _nullable(base),
        "log_score": _nullable(ours),
        "calendar_regime": pa.array([regime_calendar()[place].regime for place in places]),
    }
    return replace(connection, SPEC, pa.table(rows))


def running_log_score(probability: np.ndarray, label: np.ndarray) -> np.ndarray:
    """Mean −log probability of what came, over the sessions whose outcome was known at each session, (n,), nats."""
    out = np.full(len(label), np.nan)
    scored = np.flatnonzero(~np.isnan(label) & np.isfinite(probability).all(axis=1))
    if not len(scored):
        return out
    loss = -np.log(probability[scored, label[scored].astype(int)])
    known_from = scored + AHEAD  # the outcome of session i is known at the close of i + AHEAD
    place = np.searchsorted(known_from, np.arange(len(label)), side="right")
    mean = np.cumsum(loss) / np.arange(1, len(loss) + 1)
    out[place > 0] = mean[place[place > 0] - 1]
    return out


def _named(states: np.ndarray, names: tuple[str, ...]) -> pa.Array:
    return pa.array([None if np.isnan(state) else names[int(state)] for state in states], pa.string())


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))
