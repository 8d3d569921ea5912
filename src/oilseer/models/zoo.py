"""The zoo: one table of names, what each forecasts, and where it lives; libraries load when used."""

from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from oilseer.errors import ConfigError
from oilseer.models.base import Forecaster
from oilseer.models.predictors import FURTHER, PREDICTORS


@dataclass(frozen=True)
class Entry:
    """One model: `make` is "module:function" which takes the name and returns a Forecaster.

    `reads` names the features it may see; the walk-forward hands it no other.
    """

    name: str
    tier: Literal["benchmark", "density", "direct", "statistical"]
    target: Literal["price", "volatility"]
    make: str
    reads: tuple[str, ...] = ()


STATISTICAL: tuple[str, ...] = (
    "Naive", "SeasonalNaive", "SeasonalWindowAverage", "WindowAverage", "HistoricAverage", "RandomWalkWithDrift",
    "SES", "SESOptimized", "SeasonalES", "SeasonalESOptimized", "Holt", "HoltWinters", "ETS", "AutoETS",
    "Theta", "OptimizedTheta", "DynamicTheta", "DynamicOptimizedTheta", "AutoTheta", "ARIMA", "AutoARIMA",
    "MSTL", "MFLES", "AutoMFLES", "TBATS", "CrostonClassic", "CrostonOptimized", "CrostonSBA", "ADIDA", "IMAPA", "TSB",
)  # fmt: skip
SIGNED = tuple(predictor.name for predictor in PREDICTORS)
HOURLY_VOLATILITY = "volatility_realized_hourly_ratio"

DENSITY = (
    "B0-carry", "GARCH-t-long", "GARCH-t-carry", "GARCH-t-carry-value",
    "GARCH-empirical-carry", "GARCH-empirical-half-carry", "HAR-empirical-carry",
)  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    Entry("B0", "benchmark", "price", "oilseer.models.benchmarks:make"),
    Entry("B1", "benchmark", "price", "oilseer.models.benchmarks:make"),
    Entry(
        "B2",
        "benchmark",
        "price",
        "oilseer.models.benchmarks:make",
        ("curve_slope_annualized_ratio", "curve_span_days"),
    ),
    Entry("B0-long", "benchmark", "price", "oilseer.models.density:make"),
    *(Entry(name, "density", "price", "oilseer.models.density:make") for name in DENSITY),
    Entry("Drivers-ridge", "density", "price", "oilseer.models.drivers:make", SIGNED),
    Entry("Drivers-trees", "direct", "price", "oilseer.models.trees:make", (*SIGNED, *FURTHER)),
    *(Entry(name, "statistical", "price", "oilseer.models.statistical:make") for name in STATISTICAL),
    *(
        Entry(name, "statistical", "volatility", "oilseer.models.volatility:make")
        for name in ("GARCH", "GJR-GARCH", "EGARCH", "AutoETS-RV", "ARIMA-RV")
    ),
    Entry("HAR-RV", "statistical", "volatility", "oilseer.models.volatility:make", (HOURLY_VOLATILITY,)),
)
ZOO: dict[str, Entry] = {entry.name: entry for entry in ENTRIES}


def build(name: str) -> Forecaster:
    """The forecaster called `name`. Raises ConfigError for an unknown one, with the known ones."""
    if name not in ZOO:
        raise ConfigError(f"no model {name!r}; the zoo has {', '.join(sorted(ZOO))}")
    module, function = ZOO[name].make.split(":")
    return getattr(import_module(module), function)(name)
