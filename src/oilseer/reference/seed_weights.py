"""Weights that the specification names for calm markets, horizon by horizon: a prior, never a finding."""

import csv
from functools import cache
from importlib.resources import files


@cache
def seed_weights() -> dict[str, dict[str, float]]:
    """Weight by model, by horizon label; each horizon sums to 1."""
    found: dict[str, dict[str, float]] = {}
    with files("oilseer.reference").joinpath("seed_weights.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["horizon"], {})[row["model"]] = float(row["weight"])
    return found
