"""The zoo: one table of names, what each forecasts, and where it lives; libraries load when used."""

from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Literal, get_args

from oilseer.errors import ConfigError
from oilseer.models.base import Forecaster
from oilseer.models.predictors import FURTHER, PREDICTORS
from oilseer.models.specialist_features import READS as SPECIALIST_READS

Tier = Literal["benchmark", "density", "direct", "statistical", "neural", "meta", "autogluon"]
TIERS: tuple[Tier, ...] = get_args(Tier)


@dataclass(frozen=True)
class Entry:
    """One model: `make` is "module:function" which takes the name and returns a Forecaster.

    reads  features it may see; the walk-forward hands it no other
    refit  False: fitted at every origin. True: fitted now and then, a LastingForecaster
    needs  modules that are installed by an extra; where one is missing the model is left out
    learns "window": from prices and features, a Forecaster. "panel": from what the others forecast, a Stacker.
           "job": in an environment of its own, which writes the same rows (training/timeseries.py)
    """

    name: str
    tier: Tier
    target: Literal["price", "volatility", "regime"]
    make: str
    reads: tuple[str, ...] = ()
    # not in repr: what is written out identifies finished work (walk_forward.code_hash), and these change no number
    refit: bool = field(default=False, repr=False)
    needs: tuple[str, ...] = field(default=(), repr=False)
    learns: Literal["window", "panel", "job"] = field(default="window", repr=False)

    def missing(self) -> tuple[str, ...]:
        """The modules it needs that are not installed here."""
        return tuple(name for name in self.needs if find_spec(name.split(".")[0]) is None)


STATISTICAL: tuple[str, ...] = (
    "Naive", "SeasonalNaive", "SeasonalWindowAverage", "WindowAverage", "HistoricAverage", "RandomWalkWithDrift",
    "SES", "SESOptimized", "SeasonalES", "SeasonalESOptimized", "Holt", "HoltWinters", "ETS", "AutoETS",
    "Theta", "OptimizedTheta", "DynamicTheta", "DynamicOptimizedTheta", "AutoTheta", "ARIMA", "AutoARIMA",
    "MSTL", "MFLES", "AutoMFLES", "TBATS", "CrostonClassic", "CrostonOptimized", "CrostonSBA", "ADIDA", "IMAPA", "TSB",
)  # fmt: skip
SIGNED = tuple(predictor.name for predictor in PREDICTORS)
FEATURES = (*SIGNED, *FURTHER)
CURVE = ("curve_slope_annualized_ratio", "curve_span_days")
HOURLY_VOLATILITY = "volatility_realized_hourly_ratio"
NEURAL = ("LSTM", "GRU", "TCN", "TFT", "N-BEATS", "GARCH-LSTM", "HAR-LSTM")
HYBRID = ("ARIMA-LSTM", "ETS-LSTM", "MSTL-LSTM")
TORCH = ("torch", "neuralforecast")
REGIME = ("regime_volatility_zscore_ratio", "volatility_realized_21_ratio", "volatility_vix_percentile_252_ratio")
VARIANCE = (HOURLY_VOLATILITY, "volatility_vix_points", "season_to_wasde_days", "season_to_delivery_days")

DENSITY = (
    "B0-carry", "GARCH-t-long", "GARCH-t-carry", "GARCH-t-carry-value",
    "GARCH-empirical-carry", "GARCH-empirical-half-carry", "HAR-empirical-carry",
)  # fmt: skip

ENTRIES: tuple[Entry, ...] = (
    Entry("B0", "benchmark", "price", "oilseer.models.benchmarks:make"),
    Entry("B1", "benchmark", "price", "oilseer.models.benchmarks:make"),
    Entry("B2", "benchmark", "price", "oilseer.models.benchmarks:make", CURVE),
    Entry("B0-long", "benchmark", "price", "oilseer.models.density:make"),
    *(Entry(name, "density", "price", "oilseer.models.density:make") for name in DENSITY),
    Entry("Drivers-ridge", "density", "price", "oilseer.models.drivers:make", SIGNED),
    Entry("Drivers-elastic-net", "density", "price", "oilseer.models.drivers:make", SIGNED),
    Entry("Walk-shrunk", "density", "price", "oilseer.models.shrunk:make"),
    Entry("B2-basis", "density", "price", "oilseer.models.shrunk:make", CURVE),
    Entry("Drivers-trees", "direct", "price", "oilseer.models.trees:make", FEATURES),
    Entry("LightGBM-quantile", "direct", "price", "oilseer.models.quantile_trees:make", FEATURES),
    Entry("CatBoost-quantile", "direct", "price", "oilseer.models.quantile_trees:make", FEATURES, needs=("catboost",)),
    *(Entry(name, "statistical", "price", "oilseer.models.statistical:make") for name in STATISTICAL),
    *(Entry(name, "neural", "price", "oilseer.models.neural.model:make", SIGNED, True, TORCH) for name in NEURAL),
    *(Entry(name, "meta", "price", "oilseer.models.neural.model:make", (), True, TORCH) for name in HYBRID),
    Entry("LightGBM-stack", "meta", "price", "oilseer.models.stackers:make", REGIME, learns="panel"),
    Entry("XGBoost-stack", "meta", "price", "oilseer.models.stackers:make", REGIME, needs=("xgboost",), learns="panel"),
    Entry("RandomForest-stack", "meta", "price", "oilseer.models.stackers:make", REGIME, learns="panel"),
    Entry("Transformer-GARCH", "meta", "regime", "oilseer.models.neural.regime:make", REGIME[:1], True, ("torch",)),
    *(
        Entry(name, "autogluon", "price", "oilseer.models.specialists:make", reads, True, ("autogluon",))
        for name, reads in SPECIALIST_READS.items()
    ),
    Entry("AutoGluon-TS", "autogluon", "price", "", learns="job"),
    *(
        Entry(name, "statistical", "volatility", "oilseer.models.volatility:make")
        for name in ("GARCH", "GJR-GARCH", "EGARCH", "AutoETS-RV", "ARIMA-RV")
    ),
    Entry("HAR-RV", "statistical", "volatility", "oilseer.models.volatility:make", (HOURLY_VOLATILITY,)),
    *(
        Entry(name, "statistical", "volatility", "oilseer.models.volatility_mixed:make", VARIANCE)
        for name in ("Log-linear-RV", "Average-RV")
    ),
)
ZOO: dict[str, Entry] = {entry.name: entry for entry in ENTRIES}


def build(name: str) -> Forecaster:
    """The forecaster called `name`; a Stacker where it learns from the panel.

    Raises ConfigError for an unknown one, with the known ones.
    """
    if name not in ZOO:
        raise ConfigError(f"no model {name!r}; the zoo has {', '.join(sorted(ZOO))}")
    if ZOO[name].learns == "job":
        raise ConfigError(f"{name} is fitted by `oilseer models timeseries` in an environment of its own, not here")
    module, function = ZOO[name].make.split(":")
    return getattr(import_module(module), function)(name)
