"""The stress test that an address asks for: a shipped scenario, a kept one, or shocks set by sliders."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import duckdb

from oilseer import stress
from oilseer.dashboard import scenario_tables
from oilseer.dashboard.tables import exists
from oilseer.errors import ConfigError
from oilseer.forecasts.scenario_runs import RUNS, read, saved
from oilseer.reference.scenarios import LONGEST, NAMES, POINTS, Scenario, own_scenario, scenario
from oilseer.settings import Settings

MONTH = 21
SLIDERS = {  # least, most, step: percent of a price, points of the VIX
    "CL": (-60, 100, 1), "CPO": (-60, 100, 1), "6L": (-40, 40, 1), "ZS": (-40, 60, 1), "ZM": (-40, 60, 1),
    "ZL": (-40, 60, 1), "VIX": (-10, 60, 1),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What is to be stressed, and its address in the API; None of both where nothing is asked."""

    scenario: Scenario | None
    address: str


def asked_of(params: Mapping[str, str]) -> Asked:
    """The scenario of an address. Raises ConfigError for a name or shock that is none."""
    if params.get("scenario"):
        name = params["scenario"]
        return Asked(scenario(name[:40]), f"/api/v1/stress?{urlencode({'scenario': name})}")
    shocks = [
        f"{symbol}={params[symbol]}{'' if symbol == 'VIX' else '%'}"
        for symbol in SLIDERS
        if params.get(symbol, "").strip() not in ("", "0")
    ]
    if not shocks:
        return Asked(None, "")
    length = params.get("sessions", "") or str(MONTH)
    if not length.isdecimal() or len(length) > 4:
        raise ConfigError(f"found sessions {length[:20]!r}, expected 1 to {LONGEST}")
    address = urlencode([("shock", shock) for shock in shocks] + [("sessions", length)])
    return Asked(own_scenario(shocks, int(length)), f"/api/v1/stress?{address}")


def sliders(wanted: Scenario | None) -> list[dict]:
    """Each market with its bounds, and what the scenario asked for gives it."""
    given = {move.symbol: move for move in wanted.moves} if wanted else {}
    return [
        {"symbol": symbol, "name": NAMES[symbol], "low": low, "high": high, "step": step,
         "unit": "points" if symbol == "VIX" else "%", "value": f"{given[symbol].size:g}" if symbol in given else "0"}
        for symbol, (low, high, step) in SLIDERS.items()
    ]  # fmt: skip


def stressed(connection: duckdb.DuckDBPyConnection, wanted: Scenario, settings: Settings) -> dict:
    """The answer of one stress test."""
    return stress.stress(connection, settings, wanted)


def catalogue(connection: duckdb.DuckDBPyConnection) -> dict:
    """Shipped and kept scenarios."""
    return scenario_tables.catalogue(saved(connection))


def kept(connection: duckdb.DuckDBPyConnection, identity: str) -> dict:
    """A kept answer. Raises ConfigError where there is none of that identity."""
    if not exists(connection, RUNS.name):
        raise ConfigError("no scenario is kept in this publication: `oilseer scenario run` keeps one")
    return read(connection, identity[:120])


def compared(connection: duckdb.DuckDBPyConnection, first: str, second: str) -> dict:
    """Two kept answers beside each other."""
    return scenario_tables.comparison(kept(connection, first), kept(connection, second))


def change_words(market: dict) -> str:
    """How far a market goes: crude oil −8.1 %, VIX +25 points."""
    if market["symbol"] == "VIX" and market["change_points"] is not None:
        return f"{market['change_points']:+.1f} {POINTS}".replace("-", "−")
    return f"{100 * market['change_ratio']:+.1f} %".replace("-", "−")
