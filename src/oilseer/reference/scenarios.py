"""The shipped stress scenarios, and shocks as a user writes them: `CL=-20%`, `VIX=+30`.

A shock is the whole move of a market over the scenario's sessions, in percent of its price or in index points.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from oilseer.errors import ConfigError

NAMES = {
    "ZL": "soybean oil", "CL": "crude oil", "CPO": "palm oil", "6L": "Brazilian real", "ZS": "soybeans",
    "ZM": "soybean meal", "VIX": "VIX",
}  # fmt: skip
ALIASES = {"CRUDE": "CL", "PALM": "CPO", "BRL": "6L", "OIL": "ZL", "SOYBEANS": "ZS", "MEAL": "ZM"}
POINTS, PERCENT = "points", "%"
LONGEST = 126  # sessions: half of what the paths reach


@dataclass(frozen=True)
class Move:
    """One market's shock: `size` in percent of its price, or in points of the VIX."""

    symbol: str
    size: float
    unit: str
    why: str = ""
    source: str = ""


@dataclass(frozen=True)
class Scenario:
    """A named stress: the moves of some markets over `sessions` sessions."""

    name: str
    title: str
    sessions: int
    moves: tuple[Move, ...]


@cache
def scenarios() -> dict[str, Scenario]:
    """The seven shipped scenarios by name, in the file's order."""
    found: dict[str, Scenario] = {}
    with (files("oilseer.reference") / "scenarios.csv").open(encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            move = Move(row["symbol"], float(row["shock"]), row["unit"], row["why"], row["source"])
            before = found[row["scenario"]].moves if row["scenario"] in found else ()
            found[row["scenario"]] = Scenario(row["scenario"], row["title"], int(row["sessions"]), (*before, move))
    return found


def scenario(name: str) -> Scenario:
    """One shipped scenario. Raises ConfigError, with the known names, for another."""
    if name not in scenarios():
        raise ConfigError(f"no scenario {name!r}; there are {', '.join(scenarios())}, or give your own --shock CL=-20%")
    return scenarios()[name]


def own_scenario(shocks: list[str], sessions: int) -> Scenario:
    """A scenario of shocks as a user writes them. Raises ConfigError for one that cannot be read, or given twice."""
    if not shocks:
        raise ConfigError(
            "no shock given: name a scenario, or give --shock CL=-20% (points for the VIX: --shock VIX=+30)"
        )
    if not 1 <= sessions <= LONGEST:
        raise ConfigError(f"--sessions {sessions}: expected 1 to {LONGEST}")
    moves = tuple(parse_shock(text) for text in shocks)
    symbols = [move.symbol for move in moves]
    for symbol in symbols:
        if symbols.count(symbol) > 1:
            raise ConfigError(f"{symbol} is shocked twice: give it once")
    return Scenario("own", "Own shocks: " + ", ".join(shock_words(move) for move in moves), sessions, moves)


def parse_shock(text: str) -> Move:
    """A shock like CL=-20% or VIX=+30. Raises ConfigError where it cannot be read, or a price would be gone."""
    match = re.fullmatch(r"\s*(\w+)\s*=\s*([+−-]?\d+(?:\.\d+)?)\s*(%?)\s*", text)
    symbol = match and ALIASES.get(match[1].upper(), match[1].upper())
    if not match or symbol not in NAMES:
        known = ", ".join(f"{name} ({NAMES[name]})" for name in NAMES)
        raise ConfigError(f"--shock {text!r}: expected MARKET=SIZE like CL=-20% or VIX=+30; markets are {known}")
    unit = POINTS if symbol == "VIX" else PERCENT
    if (match[3] == "%") != (unit == PERCENT):
        remedy = "the VIX moves in points: VIX=+30" if unit == POINTS else f"prices move in percent: {symbol}=-20%"
        raise ConfigError(f"--shock {text!r}: {remedy}")
    size = float(match[2].replace("−", "-"))
    if unit == PERCENT and not -95 <= size <= 400:
        raise ConfigError(f"--shock {text!r}: expected −95 % to +400 %")
    return Move(symbol, size, unit, "your own", "")


def shock_words(move: Move) -> str:
    """A move as people write it: crude oil −20 %."""
    size = f"{move.size:+g}".replace("-", "−") if move.size else "0"
    return f"{NAMES[move.symbol]} {size} {move.unit}"
