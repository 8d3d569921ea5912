"""The zoo: one table of names, what each forecasts, and where it lives; libraries load when used."""

from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from oilseer.errors import ConfigError
from oilseer.models.base import Forecaster


@dataclass(frozen=True)
class Entry:
    """One model: `make` is "module:function" which takes the name and returns a Forecaster."""

    name: str
    tier: Literal["benchmark", "statistical", "density"]
    target: Literal["price", "volatility"]
    make: str


ENTRIES: tuple[Entry, ...] = (
    Entry("B0", "benchmark", "price", "oilseer.models.benchmarks:make"),
    Entry("B1", "benchmark", "price", "oilseer.models.benchmarks:make"),
    Entry("B2", "benchmark", "price", "oilseer.models.benchmarks:make"),
)
ZOO: dict[str, Entry] = {entry.name: entry for entry in ENTRIES}


def build(name: str) -> Forecaster:
    """The forecaster called `name`. Raises ConfigError for an unknown one, with the known ones."""
    if name not in ZOO:
        raise ConfigError(f"no model {name!r}; the zoo has {', '.join(sorted(ZOO))}")
    module, function = ZOO[name].make.split(":")
    return getattr(import_module(module), function)(name)
