"""From the walk-forward's last origin to decisions: publication, paths, risk, cover plan, and its replay.

Forward purchases are priced along the roll yield of the past year, an estimate of the curve from what is
known: buying ahead in a backwardated market is cheaper than the front, in contango dearer.
"""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.decisions.plan import plan
from oilseer.decisions.policy import SESSIONS_PER_MONTH, CoverPolicy
from oilseer.decisions.recommendation import PROCUREMENT, to_row
from oilseer.decisions.replay import ReplayOrigin, ReplayTerms, replay
from oilseer.decisions.replay_policies import BASELINES, planned, rule_ladder
from oilseer.decisions.replay_report import report
from oilseer.decisions.replay_table import POLICY_REPLAY, to_rows
from oilseer.errors import ContractError
from oilseer.forecasts.paths import draw_paths
from oilseer.forecasts.publish import publish
from oilseer.forecasts.risk import MONTE_CARLO, risk_by_horizon
from oilseer.market import sessions
from oilseer.models.base import TRADING_DAYS, seed_of
from oilseer.models.density import roll_yield
from oilseer.quantiles import LEVELS, QuantileForecast
from oilseer.settings import Settings
from oilseer.training.history import History, monthly_origins
from oilseer.warehouse.write import merge, replace

DAILY_VOLATILITY_SESSIONS = 63
CURVE_SLOPE = "curve_slope_annualized_ratio"


def publish_forecasts(connection: duckdb.DuckDBPyConnection, history: History, settings: Settings, run_id: str) -> None:
    """Publish what was said at the last session."""
    publish(connection, _last(history), float(history.settle[-1]), run_id)


def decide(connection: duckdb.DuckDBPyConnection, history: History, settings: Settings, run_id: str) -> None:
    """10,000 paths from the published quantiles, the risk on the open pounds, and the cover plan."""
    last, policy = _last(history), CoverPolicy.from_mapping(settings.cover)
    forecast = _forecasts(connection, [last]).get(last)
    if forecast is None:
        raise ContractError(f"nothing was combined for {last}: run the backtest first")
    seed, volatility = seed_of("paths", sessions.cutoff(last)), _daily_volatility(history, len(history.dates) - 1)
    paths = draw_paths(float(history.settle[-1]), forecast, volatility, seed)
    risks = risk_by_horizon(paths, float((policy.need - policy.covered).sum()), policy.budget_cents_per_lb)
    merge(connection, MONTE_CARLO, pa.Table.from_pylist([risk.to_row(last, seed, run_id) for risk in risks]))
    cover = plan(paths, policy, last, forward_curve(history, last, policy.months))
    merge(connection, PROCUREMENT, pa.Table.from_pylist([to_row(cover, run_id)]))


def replay_decisions(connection: duckdb.DuckDBPyConnection, history: History, settings: Settings, run_id: str) -> None:
    """What the plan's rule would have paid at the month-end origins scored so far, against ratable buying."""
    policy, terms = CoverPolicy.from_mapping(settings.cover), ReplayTerms()
    forecasts = _forecasts(
        connection, monthly_origins(history, date(settings.first_scored_year, 1, 1), _last(history))[:-1]
    )
    origins = [
        ReplayOrigin(
            day,
            forecast,
            _daily_volatility(history, history.place(day)),
            tuple(forward_curve(history, day, terms.months_ahead)),
        )
        for day, forecast in forecasts.items()
    ]
    policies = BASELINES | {"ladder": rule_ladder(policy), "plan": planned(policy, draw_paths)}
    bills = replay(origins, history.dates, history.settle, policies, terms, history.returns)
    replace(connection, POLICY_REPLAY, pa.Table.from_pylist(to_rows(report(bills, terms), run_id)))


def forward_curve(history: History, day: date, months: int) -> np.ndarray:
    """Estimated price today of a pound for the middle of each month ahead, ¢/lb; (months,).

    Along the roll yield of the past year, which holds each roll of the season once: the slope between two
    near contracts, drawn out over a year, has been a worse guide (B2 in the scorecard). Where it is not
    known yet, that slope; flat where that is unknown too.
    """
    place = history.place(day)
    slope = roll_yield(history.window(day).select(()))[-1]
    if not np.isfinite(slope):
        slope = np.nan_to_num(history.features[place, history.names.index(CURVE_SLOPE)])
    middle = (np.arange(months) + 0.5) * SESSIONS_PER_MONTH / TRADING_DAYS
    return history.settle[place] * np.exp(slope * middle)


def _last(history: History) -> date:
    return history.dates[-1].astype(object)


def _daily_volatility(history: History, place: int) -> float:
    """Standard deviation of the last 63 daily log returns (ratio)."""
    return float(np.nanstd(history.returns[max(0, place - DAILY_VOLATILITY_SESSIONS + 1) : place + 1]))


def _forecasts(connection: duckdb.DuckDBPyConnection, days: list[date]) -> dict[date, QuantileForecast]:
    """The ensemble's quantiles by origin."""
    rows = connection.execute(
        "SELECT origin, horizon, level, value FROM training.walk_forward "
        "WHERE model = 'ensemble' AND target = 'price' AND origin IN (SELECT unnest($days)) "
        "ORDER BY origin, horizon, level",
        {"days": days},
    ).fetchall()
    found: dict[date, dict[int, list[float]]] = {}
    for day, horizon, _, value in rows:
        found.setdefault(day, {}).setdefault(horizon, []).append(value)
    return {
        day: QuantileForecast(tuple(by), np.array(list(by.values())).reshape(len(by), len(LEVELS)))
        for day, by in found.items()
    }
