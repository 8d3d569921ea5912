"""From the published forecast to stress tests: joint paths with and without a shock, and what follows.

Reads published tables only and writes none: a scenario never becomes a forecast.
"""

from datetime import date

import duckdb
import numpy as np

from oilseer.dashboard.tables import WEIGHTS, identity
from oilseer.errors import ConfigError
from oilseer.features import gate, regime
from oilseer.forecasts.analogues import AFTER, LIKE, find_analogues
from oilseer.forecasts.joint import JointPaths, draw_shocked, respond
from oilseer.forecasts.links import DRIVERS, Links, MarketHistory
from oilseer.forecasts.scenario_runs import scenario_id
from oilseer.market import sessions
from oilseer.metrics import expected_shortfall
from oilseer.models.zoo import ZOO
from oilseer.price_risk import UNITS, Desk, links_shown, read_desk
from oilseer.quantiles import HORIZON_LABELS
from oilseer.reference.scenarios import NAMES, POINTS, Move, Scenario, shock_words
from oilseer.settings import Settings
from oilseer.signals.regimes import GATE, VIX_BANDS

MONTH = 21  # sessions of the volatility that the gate looks at
OVERRIDE = 30.0  # VIX above which regime_vix_override_flag is set
MARKET_FEATURES = ("cl", "cpo", "6l", "brl", "zs", "zm", "vix", "palm", "crush", "boho")


def stress(connection: duckdb.DuckDBPyConnection, settings: Settings, scenario: Scenario, n: int = 10_000) -> dict:
    """What a scenario does to ZL's bands, to what moves with it, to the gate and to the cost of the open pounds.

    n  paths, with the shock and without

    Raises ConfigError where a market cannot be shocked.
    """
    desk = read_desk(connection, settings)
    shock = {move.symbol: _log_change(move, desk.links) for move in scenario.moves}
    response = respond(desk.links, shock, scenario.sessions)
    calm, moved = draw_shocked(desk.spot, desk.forecast, desk.links, response.push, desk.seed, n)
    shocks = [{"symbol": move.symbol, "size": move.size, "unit": move.unit, "words": shock_words(move),
               "why": move.why, "source": move.source} for move in scenario.moves]  # fmt: skip
    named = scenario_id(scenario.name, desk.as_of.isoformat(), desk.run_id, shocks, scenario.sessions, desk.seed)
    return identity(connection, desk.run_id, desk.as_of, UNITS) | {
        "scenario_id": named,
        "scenario": scenario.name,
        "title": scenario.title,
        "sessions": scenario.sessions,
        "shocks": shocks,
        "seed": desk.seed,
        "path_count": len(calm.oil),
        "price_cents_per_lb": desk.spot,
        "oil_change_ratio": float(np.expm1(response.total[0])),
        "oil_change_error_ratio": response.error,
        "horizons": [
            {"label": label, "sessions": horizon, "target_date": sessions.ahead(desk.as_of, horizon).isoformat(),
             "without": _bands(calm, horizon, desk), "with": _bands(moved, horizon, desk)}
            for horizon, label in HORIZON_LABELS.items()
        ],
        "markets": _markets(desk.links, response.total, shock),
        "reactions": _reactions(desk, calm, moved, response.total, scenario.sessions),
        "cost": _cost(desk, calm, moved),
        "analogues": _analogues(desk, scenario),
        "model_sensitivities": _model_sensitivities(connection, desk.as_of),
        "links": links_shown(desk.links),
        "left_out": desk.links.left_out,
    }  # fmt: skip


def _log_change(move: Move, links: Links) -> float:
    """The log change of a market under its shock. Raises ConfigError where there is no such market, or no VIX left."""
    if move.unit != POINTS:
        return float(np.log1p(move.size / 100))
    if move.symbol not in links.symbols:
        return 0.0  # `respond` refuses it by name
    now = float(links.levels[links.symbols.index(move.symbol)])
    if now + move.size < 5:
        raise ConfigError(f"VIX stands at {now:.1f} points: a shock of {move.size:+g} would take it below 5")
    return float(np.log1p(move.size / now))


def _bands(paths: JointPaths, horizon: int, desk: Desk) -> dict:
    prices, budget = paths.oil[:, horizon], desk.policy.budget_cents_per_lb
    low, median, high, dear = np.quantile(prices, (0.1, 0.5, 0.9, 0.95)).tolist()
    return {
        "p10_cents_per_lb": low, "median_cents_per_lb": median, "p90_cents_per_lb": high, "p95_cents_per_lb": dear,
        "expected_shortfall95_cents_per_lb": expected_shortfall(prices),
        "probability_above_budget": None if budget is None else float((prices > budget).mean()),
    }  # fmt: skip


def _markets(links: Links, total: np.ndarray, shock: dict[str, float]) -> list[dict]:
    """Every market's move by the last session of the shock: given, or what usually goes with it."""
    return [
        {
            "symbol": symbol, "name": NAMES[symbol], "given": symbol in shock, "level": float(level),
            "change_ratio": float(np.expm1(change)),
            "change_points": float(level * np.expm1(change)) if symbol == "VIX" else None,
        }
        for symbol, level, change in zip(links.symbols, links.levels, total, strict=True)
    ]  # fmt: skip


def _reactions(desk: Desk, calm: JointPaths, moved: JointPaths, total: np.ndarray, length: int) -> dict:
    """VIX band, override flag and gate now, and after the shock's last session without and with it.

    The gate's score is the features' own, on the known returns and those of the path whose volatility is the median.
    """
    vix = desk.history.levels[:, desk.history.symbols.index("VIX")]
    after_vix = float("nan")
    if "VIX" in desk.links.symbols:
        place = desk.links.symbols.index("VIX")
        after_vix = float(desk.links.levels[place] * np.exp(total[place]))
    known = desk.history.returns[:, 0]
    states = {"now": _state(known, vix)}
    for name, paths, level in (("without", calm, vix[-1]), ("with", moved, after_vix)):
        ahead = _typical_returns(known, paths.oil, length)
        levels = np.append(vix, np.full(length, level))
        states[name] = _state(np.append(known, ahead), levels)
    return states


def _typical_returns(known: np.ndarray, paths: np.ndarray, length: int) -> np.ndarray:
    """Log returns of the first `length` sessions of the path whose last 21 have the median volatility; (length,)."""
    returns = np.diff(np.log(paths[:, : length + 1]), axis=1)
    before = np.nan_to_num(known[len(known) - max(MONTH - length, 0) :])
    spread = np.hstack([np.broadcast_to(before, (len(paths), len(before))), returns[:, -MONTH:]]).std(axis=1)
    return returns[np.argsort(spread, kind="stable")[len(spread) // 2]]


def _state(returns: np.ndarray, vix: np.ndarray) -> dict:
    """The last row's states, computed as the features compute them."""
    made = regime.compute({"zl_return": returns, "vix": vix, "fred_vixcls": np.full(len(vix), np.nan)})
    score = made["regime_volatility_zscore_ratio"]
    state = gate.compute({"regime_volatility_zscore_ratio": score})["regime_gate_state"][-1]
    band, level = made["regime_vix_band_state"][-1], vix[-1]
    known = bool(np.isfinite(level))
    return {
        "vix_points": float(level) if known else None,
        "vix_band": VIX_BANDS[int(band)] if known else None,
        "regime_vix_override_flag": int(level > OVERRIDE) if known else None,
        "gate_score": float(score[-1]) if np.isfinite(score[-1]) else None,
        "gate": GATE[int(state)] if np.isfinite(state) else None,
    }


def _cost(desk: Desk, calm: JointPaths, moved: JointPaths) -> dict:
    """What the open pounds cost if each is bought in its month, without and with the shock."""
    bills = {}
    for name, paths in (("without", calm), ("with", moved)):
        bill = desk.prices(paths.oil) @ desk.open_lb / 100
        bills[name] = {"expected_usd": float(bill.mean()), "expected_shortfall95_usd": expected_shortfall(bill)}
    open_lb = float(desk.open_lb.sum())
    extra = bills["with"]["expected_usd"] - bills["without"]["expected_usd"]
    return bills | {
        "open_lb": open_lb,
        "extra_usd": extra,
        "extra_cents_per_lb": 100 * extra / open_lb if open_lb else 0.0,
    }


def _analogues(desk: Desk, scenario: Scenario) -> dict:
    """Past episodes like the shock, and how often ZL rose after them."""
    shock = {move.symbol: move.size if move.unit == POINTS else move.size / 100 for move in scenario.moves}
    found = find_analogues(desk.history, shock, scenario.sessions, desk.as_of)
    summary = []
    for horizon in AFTER:
        after = [episode.after[horizon] for episode in found if episode.after[horizon] is not None]
        summary.append({
            "sessions": horizon, "count": len(after), "rose": sum(change > 0 for change in after),
            "median_ratio": float(np.median(after)) if after else None,
        })  # fmt: skip
    return {
        "rule": f"every shocked market moved at least {LIKE:.0%} of its shock, the same way, over {scenario.sessions} "
        "sessions; of days close together the first",
        "first_session": _first_known(desk.history, list(shock)),
        "count": len(found),
        "median_during_ratio": float(np.median([episode.during for episode in found])) if found else None,
        "after": summary,
        "episodes": [
            {"ended": episode.ended.isoformat(), "moves": episode.moves, "during_ratio": episode.during,
             "after_ratio": {str(horizon): change for horizon, change in episode.after.items()}}
            for episode in found
        ],
    }  # fmt: skip


def _first_known(history: MarketHistory, symbols: list[str]) -> str | None:
    """First session on which all these markets are known."""
    places = [history.symbols.index(symbol) for symbol in symbols]
    known = np.isfinite(history.levels[:, places]).all(axis=1)
    return str(history.dates[np.argmax(known)]) if known.any() else None


def _model_sensitivities(connection: duckdb.DuckDBPyConnection, as_of: date) -> dict:
    """Whether a model behind the published forecast reads a driver at all; said, never made up."""
    rows = connection.execute(f"SELECT DISTINCT model FROM {WEIGHTS} WHERE origin = ? AND weight > 0", [as_of])
    members = sorted(row[0] for row in rows.fetchall())
    reading = [
        name for name in members
        if name in ZOO and any(part in feature.split("_") for feature in ZOO[name].reads for part in MARKET_FEATURES)
    ]  # fmt: skip
    if reading:
        words = f"{', '.join(reading)} read drivers; their own sensitivity is not part of this answer"
    else:
        words = (
            f"None of the {len(members)} models behind this forecast reads {', '.join(NAMES[s] for s in DRIVERS)}: "
            "the effect comes from joint price paths alone, not from a model's own sensitivity"
        )
    return {"available": False, "models_reading_drivers": reading, "words": words}
