"""Another engine for the statistical models: the DuckDB extension anofox_forecast, by the same names.

Made from a window and an open connection that the caller owns; unit ¢/lb. The extension comes from
DuckDB's community repository (licence BSL 1.1); where it cannot be loaded, MissingExtra says how to get it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from oilseer.errors import ConfigError, MissingExtra, ModelError
from oilseer.models.base import Window
from oilseer.models.local import refused_as
from oilseer.quantiles import BANDS, LEVELS, MEDIAN, QuantileForecast

EXTENSION = "anofox_forecast"
SESSIONS = 1000
INPUT = "anofox_input"

# Our name -> (its method, its parameters). Orders, seasons and weights are those of `statistical` wherever the
# extension documents an option for them (SeasonalWindowAverage has none for its window).
METHODS: dict[str, tuple[str, dict[str, str]]] = {
    "Naive": ("Naive", {}),
    "SeasonalNaive": ("SeasonalNaive", {"seasonal_period": "5"}),
    "SeasonalWindowAverage": ("SeasonalWindowAverage", {"seasonal_period": "5"}),
    "WindowAverage": ("SMA", {"window": "21"}),
    "RandomWalkWithDrift": ("RandomWalkDrift", {}),
    "SES": ("SES", {"alpha": "0.3"}),
    "SESOptimized": ("SESOptimized", {}),
    "SeasonalES": ("SeasonalES", {"seasonal_period": "5", "alpha": "0.3"}),
    "SeasonalESOptimized": ("SeasonalESOptimized", {"seasonal_period": "5"}),
    "Holt": ("Holt", {}),
    "HoltWinters": ("HoltWinters", {"seasonal_period": "5"}),
    "ETS": ("ETS", {"model": "AAdN"}),
    "AutoETS": ("AutoETS", {}),
    "Theta": ("Theta", {}),
    "OptimizedTheta": ("OptimizedTheta", {}),
    "DynamicTheta": ("DynamicTheta", {}),
    "DynamicOptimizedTheta": ("DynamicOptimizedTheta", {}),
    "AutoTheta": ("AutoTheta", {}),
    "ARIMA": ("ARIMA", {"p": "1", "d": "1", "q": "0"}),
    "AutoARIMA": ("AutoARIMA", {}),
    "MSTL": ("MSTL", {"seasonal_periods": "[5]"}),
    "MFLES": ("MFLES", {"seasonal_periods": "[5]"}),
    "AutoMFLES": ("AutoMFLES", {"seasonal_periods": "[5]"}),
    "TBATS": ("TBATS", {"seasonal_periods": "[5]", "use_box_cox": "false"}),
    "CrostonClassic": ("CrostonClassic", {}),
    "CrostonOptimized": ("CrostonOptimized", {}),
    "CrostonSBA": ("CrostonSBA", {}),
    "ADIDA": ("ADIDA", {}),
    "IMAPA": ("IMAPA", {}),
    "TSB": ("TSB", {"alpha_d": "0.3", "alpha_p": "0.3"}),
}
NOT_SERVED: dict[str, str] = {"HistoricAverage": "the extension's list of methods has no mean of all history"}
ON_PRICES = ("CrostonClassic", "CrostonOptimized", "CrostonSBA", "ADIDA", "IMAPA", "TSB")  # made for demand


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Load the extension into `connection`. Raises MissingExtra with the remedy where it is not there."""
    try:
        connection.execute(f"LOAD {EXTENSION}")
    except duckdb.Error as error:
        raise MissingExtra(
            f"the AnoFox engine needs DuckDB's community extension {EXTENSION}, which does not load here "
            f"({str(error).splitlines()[0]}). With a network, run `INSTALL {EXTENSION} FROM community` once in DuckDB "
            f"{duckdb.__version__}; without one, use the engine statsforecast, which serves the same names"
        ) from error


def forecast_sql(name: str, steps: int) -> str:
    """One SELECT with a row per nominal band and step: nominal, step, yhat, yhat_lower, yhat_upper.

    The extension gives one interval a call, so there is a call for each of the four bands. Its macro
    takes names and options as literals only; all of them come from the table above.

    Raises ConfigError for a name that the extension cannot serve.
    """
    if name not in METHODS:
        reason = NOT_SERVED.get(name, "it is not one of the statistical models")
        raise ConfigError(f"the AnoFox engine does not serve {name!r}: {reason}; use the engine statsforecast")
    method, options = METHODS[name]
    calls = []
    for nominal in BANDS:
        pairs = ", ".join(f"'{key}': '{value}'" for key, value in {**options, "confidence_level": nominal}.items())
        calls.append(
            f"SELECT {nominal}::DOUBLE AS nominal, row_number() OVER (ORDER BY day) AS step,\n"
            f"    yhat, yhat_lower, yhat_upper\n"
            f"FROM ts_forecast_by('{INPUT}', series, day, value, '{method}', {int(steps)}, '1d', MAP{{{pairs}}})"
        )
    return "\nUNION ALL\n".join(calls) + "\nORDER BY nominal, step"


def input_rows(name: str, window: Window) -> pa.Table:
    """What the extension sees: series, day, value (log price, or price for the methods made for demand).

    Sessions are numbered as consecutive days, so that a step of '1d' is a session and never a weekend.
    """
    settle = window.settle[-SESSIONS:]
    day = np.datetime64("2000-01-01") + np.arange(len(settle))
    value = settle if name in ON_PRICES else np.log(settle)
    return pa.table({"series": ["ZL"] * len(settle), "day": day, "value": value})


def parse(name: str, origin: np.datetime64, rows: pa.Table, horizons: Sequence[int]) -> QuantileForecast:
    """Nine quantiles at each horizon from the rows of `forecast_sql`; the point forecast is the median.

    Raises ModelError where a band is missing, or where the quantiles cross or are not finite.
    """
    with refused_as(f"{name} (AnoFox)", origin):
        found = {(round(r["nominal"], 3), r["step"]): r for r in rows.to_pylist()}
        values = np.empty((len(horizons), len(LEVELS)))
        for i, horizon in enumerate(horizons):
            for nominal, (low, high) in BANDS.items():
                if (nominal, horizon) not in found:
                    raise ModelError(f"{name} (AnoFox) at {origin}: no row for the {nominal} band at step {horizon}")
                row = found[nominal, horizon]
                values[i, LEVELS.index(low)], values[i, LEVELS.index(high)] = row["yhat_lower"], row["yhat_upper"]
                values[i, MEDIAN] = row["yhat"]
        return QuantileForecast(tuple(horizons), values if name in ON_PRICES else np.exp(values))


@dataclass(frozen=True)
class AnoFox:
    """One of the statistical models on the AnoFox engine; `connection` is open and has the extension."""

    name: str
    connection: duckdb.DuckDBPyConnection

    def fit(self, window: Window, seed: int) -> "AnoFox":
        """Nothing to keep: the extension fits when it forecasts. Raises ConfigError for a name it does not serve."""
        forecast_sql(self.name, 1)
        return self

    def predict(self, window: Window, horizons: Sequence[int]) -> QuantileForecast:
        """Quantiles at each horizon. Raises MissingExtra without the extension, ModelError for refused output."""
        load(self.connection)
        self.connection.register(INPUT, input_rows(self.name, window))
        try:
            rows = self.connection.execute(forecast_sql(self.name, max(horizons))).to_arrow_table()
        except duckdb.Error as error:
            raise ModelError(f"{self.name} (AnoFox) at {window.dates[-1]}: {str(error).splitlines()[0]}") from error
        finally:
            self.connection.unregister(INPUT)
        return parse(self.name, window.dates[-1], rows, horizons)
