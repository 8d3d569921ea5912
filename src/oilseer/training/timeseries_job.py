"""A job of its own: forecasts by AutoGluon's TimeSeriesPredictor, in an environment that Oilseer cannot share.

It is run as a file, `python timeseries_job.py FOLDER`, and imports nothing of Oilseer. FOLDER holds request.json and a
folder an origin with what was known there; each gets its forecasts as a Parquet file, named by the hash of its work.
"""

import json
import logging
import os
import sys
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

# CatBoost learns all levels in one model, LightGBM one a level: at twelve steps a tenth of the time
TREES = {"model_name": "CAT", "model_hyperparameters": {"iterations": 60, "learning_rate": 0.05, "depth": 4}}
LAGS = [1, 2, 3, 6, 12]
FEWEST = 40  # points of a series


def models_of(weights: list[dict[str, str]]) -> dict[str, Any]:
    """What is asked of AutoGluon: simple statistics, trees a step, and the pretrained models whose weights are here."""
    asked: dict[str, Any] = {
        "Naive": {"n_jobs": 1},
        "Theta": {"n_jobs": 1, "seasonal_period": 1},
        "AutoETS": {"n_jobs": 1, "seasonal_period": 1},
        "DirectTabular": TREES | {"lags": LAGS, "date_features": [], "differences": [1]},
        "PerStepTabular": TREES | {"trailing_lags": LAGS, "seasonal_lags": [], "date_features": [], "n_jobs": 1},
    }
    for one in weights:
        settings = {"model_path": one["path"], "device": "cpu", "ag_args": {"name_suffix": f"[{one['name']}]"}}
        asked.setdefault(one["kind"], []).append(settings)
    return asked


def names_of(asked: dict[str, Any]) -> list[str]:
    """How the leaderboard's names begin: the model, and for each weights its own."""
    return [
        kind + one.get("ag_args", {}).get("name_suffix", "")
        for kind, settings in asked.items()
        for one in (settings if isinstance(settings, list) else [settings])
    ]


def forecast(
    series: pd.DataFrame, request: dict[str, Any], grid: dict[str, Any], seed: int
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """Quantiles of the price, one row a horizon and level, and what was asked, fitted and dropped.

    series  columns timestamp, target (log price; NaN for the steps ahead), and covariates known for all rows
    Raises RuntimeError where no model was fitted: an empty leaderboard is no forecast.
    """
    from autogluon.timeseries import TimeSeriesDataFrame, TimeSeriesPredictor

    steps = max(grid["horizons"]) // grid["step"]
    frame = TimeSeriesDataFrame.from_data_frame(series.assign(item_id="ZL"))
    past, covariates = frame.iloc[:-steps], [c for c in series.columns if c not in ("timestamp", "target")]
    if len(past) < FEWEST:
        raise RuntimeError(f"{len(past)} points of a series, expected {FEWEST}: choose a later origin")
    asked = models_of(request["weights"])
    with TemporaryDirectory(prefix="oilseer_timeseries_") as folder:
        predictor = TimeSeriesPredictor(
            prediction_length=steps, freq="D", quantile_levels=request["levels"], eval_metric="WQL",
            path=f"{folder}/predictor", known_covariates_names=covariates or None, verbosity=0, log_to_file=False,
        )  # fmt: skip
        predictor.fit(past, hyperparameters=asked, random_seed=seed)
        fitted = [str(name) for name in predictor.leaderboard()["model"]]
        if not fitted:
            raise RuntimeError(f"AutoGluon fitted none of {', '.join(names_of(asked))}")
        ahead = predictor.predict(
            past, known_covariates=frame.iloc[-steps:][covariates] if covariates else None, random_seed=seed
        )
    said = np.exp(np.sort(ahead[[str(level) for level in request["levels"]]].to_numpy(), axis=1))
    rows = [
        {"horizon": horizon, "level": level, "value": float(value)}
        for horizon in grid["horizons"]
        for level, value in zip(request["levels"], said[horizon // grid["step"] - 1], strict=True)
    ]
    dropped = [name for name in names_of(asked) if not any(one.startswith(name) for one in fitted)]
    return pd.DataFrame(rows), {"fitted": fitted, "dropped": dropped}


def main(folder: Path) -> int:
    """Answer every origin that has no answer yet; the number of those that failed."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    os.environ["HF_HUB_OFFLINE"] = "1"  # weights are read from the folders that are named, and from nowhere else
    request = json.loads((folder / "request.json").read_text())
    failed = 0
    for asked in request["origins"]:
        place = folder / asked["origin"]
        answer, told = place / f"{asked['hash']}.parquet", place / f"{asked['hash']}.json"
        if answer.exists():
            print(f"{asked['origin']} done before", flush=True)
            continue
        tables, notes = [], {}
        try:
            for grid in request["grids"]:
                series = pd.read_parquet(place / f"{grid['step']}.parquet")
                table, notes[str(grid["step"])] = forecast(series, request, grid, asked["seed"])
                tables.append(table)
        except (RuntimeError, ValueError, KeyError, OSError) as error:
            failed += 1
            print(f"{asked['origin']} failed: {type(error).__name__}: {error}", flush=True)
            continue
        told.write_text(json.dumps(notes))
        part = answer.with_suffix(".part")
        pd.concat(tables, ignore_index=True).to_parquet(part)
        part.replace(answer)
        print(f"{asked['origin']} done", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(1 if main(Path(sys.argv[1])) else 0)
