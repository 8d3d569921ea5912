"""From the walk-forward's last origin to decisions: publication, paths, risk, cover plan, and its replay.

Forward purchases are priced along the roll yield of the past year, an estimate of the curve from what is
known: buying ahead in a backwardated market is cheaper than the front, in contango dearer.
"""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.dashboard.tables import PREDICTIONS, exists, identity, newest, require
from oilseer.decisions.calendar import month_spans
from oilseer.decisions.costs import monthly_prices
from oilseer.decisions.needs import Needs, policy_of
from oilseer.decisions.plan import plan
from oilseer.decisions.policy import CoverPolicy
from oilseer.decisions.recommendation import PROCUREMENT, to_row
from oilseer.decisions.replay import ReplayOrigin, ReplayTerms, replay
from oilseer.decisions.replay_policies import BASELINES, drawn, forecast_tilt, planned, risen_past, rule_ladder, trend
from oilseer.decisions.replay_report import ReplayReport, report
from oilseer.decisions.replay_table import POLICY_REPLAY, to_rows
from oilseer.decisions.tripwires import SignalTripwire, signal_tripwires
from oilseer.decisions.ways import COST_UNITS, compared, ways
from oilseer.errors import ConfigError, ContractError
from oilseer.forecasts.paths import draw_paths
from oilseer.forecasts.publish import publish
from oilseer.forecasts.risk import MONTE_CARLO, risk_by_horizon
from oilseer.market import sessions
from oilseer.models.base import TRADING_DAYS, seed_of
from oilseer.models.density import roll_yield
from oilseer.quantiles import LEVELS, QuantileForecast
from oilseer.settings import Settings
from oilseer.signals.conviction import build_conviction
from oilseer.training.history import History, monthly_origins, read_history
from oilseer.warehouse.write import merge, replace

DAILY_VOLATILITY_SESSIONS = 63
REGIMES = "signals.regime_daily"
CURVE_SLOPE = "curve_slope_annualized_ratio"


def publish_forecasts(connection: duckdb.DuckDBPyConnection, history: History, settings: Settings, run_id: str) -> None:
    """Publish what was said at the last session, and how clear and how precise it is."""
    publish(connection, _last(history), float(history.settle[-1]), run_id)
    build_conviction(connection)


def decide(connection: duckdb.DuckDBPyConnection, history: History, settings: Settings, run_id: str) -> None:
    """10,000 paths from the published quantiles, the risk on the open pounds, and the cover plan."""
    last, policy = _last(history), CoverPolicy.from_mapping(settings.cover)
    seed, paths = _paths(connection, history)
    risks = risk_by_horizon(paths, float((policy.need - policy.covered).sum()), policy.budget_cents_per_lb)
    merge(connection, MONTE_CARLO, pa.Table.from_pylist([risk.to_row(last, seed, run_id) for risk in risks]))
    cover = plan(paths, policy, last, forward_curve(history, last, policy.months), _signals(connection, history))
    merge(connection, PROCUREMENT, pa.Table.from_pylist([to_row(cover, run_id)]))


def plan_needs(connection: duckdb.DuckDBPyConnection, needs: Needs, settings: Settings) -> tuple[dict, tuple[str, ...]]:
    """The plan of the published session for a buyer's own table, as a row of PROCUREMENT, and the months left out.

    The same paths as the published plan's; writes nothing. Raises ConfigError where the table cannot be planned.
    """
    as_of, run_id, history = _published(connection)
    policy, later = policy_of(needs, as_of, settings.cover)
    _, paths = _paths(connection, history)
    curve, signals = forward_curve(history, as_of, policy.months), _signals(connection, history)
    return to_row(plan(paths, policy, as_of, curve, signals), run_id), later


def plan_costs(connection: duckdb.DuckDBPyConnection, settings: Settings, needs: Needs | None, bought: list) -> dict:
    """What the whole need costs by scenario with a plan, by ratable buying and with nothing bought ahead.

    needs   a buyer's own table; None: the needs of the settings
    bought  (months,) pounds that the plan buys today

    Raises ConfigError where `bought` is of other months than the needs.
    """
    as_of, run_id, history = _published(connection)
    policy = CoverPolicy.from_mapping(settings.cover) if needs is None else policy_of(needs, as_of, settings.cover)[0]
    if len(bought) != policy.months:
        raise ConfigError(f"the plan is for {len(bought)} months, the settings need {policy.months}: `oilseer run`")
    _, paths = _paths(connection, history)
    prices = monthly_prices(paths, month_spans(as_of, policy.months)) + policy.basis
    locked = forward_curve(history, as_of, policy.months) + policy.basis
    found = ways(prices, locked, np.asarray(bought, float), policy, float(history.settle[-1]))
    return identity(connection, run_id, as_of, COST_UNITS) | compared(found, policy.budget_cents_per_lb)


def _published(connection: duckdb.DuckDBPyConnection) -> tuple[date, str, History]:
    """Session and run of the publication, and the history up to it. Raises ConfigError where nothing is published."""
    require(connection, PREDICTIONS, "forecast", "run")
    as_of, run_id = newest(connection, PREDICTIONS)
    return as_of, run_id, read_history(connection, (CURVE_SLOPE,)).until(as_of)


def replay_decisions(connection: duckdb.DuckDBPyConnection, history: History, settings: Settings, run_id: str) -> None:
    """What cover policies would have paid over the scored years, as rows of POLICY_REPLAY."""
    found = replay_policies(connection, history, settings, settings.first_scored_year)
    replace(connection, POLICY_REPLAY, pa.Table.from_pylist(to_rows(found, run_id)))


def backtest_policies(connection: duckdb.DuckDBPyConnection, settings: Settings, first_year: int) -> ReplayReport:
    """`replay_policies` up to the published session; writes nothing. Raises ConfigError."""
    return replay_policies(connection, _published(connection)[2], settings, first_year)


def replay_policies(
    connection: duckdb.DuckDBPyConnection, history: History, settings: Settings, first_year: int
) -> ReplayReport:
    """What cover policies would have paid for each month from January of `first_year` on, against ratable buying.

    Decisions at month-end origins with a stored forecast, from `months_ahead` months before. Raises ConfigError.
    """
    policy, terms = CoverPolicy.from_mapping(settings.cover), ReplayTerms()
    first = (np.datetime64(str(first_year), "M") - terms.months_ahead).astype("datetime64[D]").astype(object)
    forecasts = _forecasts(connection, monthly_origins(history, first, _last(history))[:-1])
    origins = [
        ReplayOrigin(
            day,
            forecast,
            _daily_volatility(history, history.place(day)),
            tuple(forward_curve(history, day, terms.months_ahead)),
        )
        for day, forecast in forecasts.items()
    ]
    month_prices = drawn(draw_paths)
    policies = BASELINES | {
        "ladder": rule_ladder(policy),
        "plan": planned(policy, month_prices),
        "forecast_tilt": forecast_tilt(month_prices),
        "trend": trend,
    }
    return report(replay(origins, history.dates, history.settle, history.returns, policies, terms), terms)


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
    middle = np.array([span.middle for span in month_spans(day, months)])
    return history.settle[place] * np.exp(slope * middle / TRADING_DAYS)


def _paths(connection: duckdb.DuckDBPyConnection, history: History) -> tuple[int, np.ndarray]:
    """The seed and the 10,000 paths of the history's last session, from what the ensemble said there.

    Drawn as the replay of policies draws them, so that what is advised is what was replayed; joint paths, which
    scenarios need, have the same quantiles at every published horizon.
    """
    last = _last(history)
    forecast = _forecasts(connection, [last]).get(last)
    if forecast is None:
        raise ContractError(f"nothing was combined for {last}: run the backtest first")
    seed, volatility = seed_of("paths", sessions.cutoff(last)), _daily_volatility(history, len(history.dates) - 1)
    return seed, draw_paths(float(history.settle[-1]), forecast, volatility, seed)


def _signals(connection: duckdb.DuckDBPyConnection, history: History) -> tuple[SignalTripwire, ...]:
    """What the trend and the volatility gate say at the history's last session."""
    gate = None
    if exists(connection, REGIMES):  # a snapshot of an earlier release may hold none
        query = f"SELECT gate, gate_score FROM {REGIMES} WHERE as_of_date = ?"
        gate = connection.execute(query, [_last(history)]).fetchone()
    return signal_tripwires(risen_past(history.returns), *(gate or (None, None)))


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
