"""Models against chance: the best of many worthless ones is called lucky, a good one is found."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import norm

from oilseer.quantiles import LEVELS
from oilseer.training.panel import Panel
from oilseer.training.selection import confidence_set

SCORES = norm.ppf(LEVELS)
N = 200
FIRST = date(2010, 1, 1)


def panel(errors: dict[str, float], bias: dict[str, float] | None = None, seed=0):
    """Normal forecasts of a normal outcome; a model of error e sees the outcome with noise of that size."""
    rng, names = np.random.default_rng(seed), tuple(errors)
    truth = rng.normal(0, 1, N)
    quantiles = np.stack([
        (truth + rng.normal(0, 1, N) * e + (bias or {}).get(name, 0))[:, None] + e * SCORES
        for name, e in errors.items()
    ], axis=1)  # fmt: skip
    origins = tuple(date(2010, 1, 8) + timedelta(weeks=4 * i) for i in range(N))
    return Panel(5, names, origins, np.arange(N) * 20, quantiles + 50, truth + 50, np.full(N, 50.0))


def rows(found, part="all"):
    return {row["model"]: row for row in found if row["slice"] == part}


def test_a_clearly_better_model_is_alone_among_the_best_and_beats_both_benchmarks():
    found = rows(confidence_set(panel({"B0": 1.0, "B1": 1.0, "good": 0.5, "same": 1.0}), FIRST, "run"))
    assert [name for name, row in found.items() if row["among_best"]] == ["good"]
    assert max(found["good"]["p_best_b0"], found["good"]["p_best_b1"]) < 0.02
    assert found["good"]["models_tried"] == 2


def test_the_luckiest_of_thirty_worthless_models_is_called_lucky():
    calls = []
    for seed in range(8):
        errors = {"B0": 1.0, "B1": 1.0} | {f"m{i}": 1.0 for i in range(30)}
        calls.append(rows(confidence_set(panel(errors, seed=seed), FIRST, "run"))["m0"]["p_best_b0"])
    assert np.mean(np.array(calls) < 0.05) <= 0.25


def test_models_that_missed_an_origin_and_slices_without_benchmarks_are_left_out():
    seen = panel({"B0": 1.0, "B1": 1.0, "good": 0.5, "late": 0.4})
    seen.quantiles[3, 3] = np.nan
    assert "late" not in rows(confidence_set(seen, FIRST, "run"))
    assert confidence_set(panel({"B1": 1.0, "good": 0.5}), FIRST, "run") == []


def test_years_since_2020_are_judged_apart_where_they_are_enough():
    found = confidence_set(panel({"B0": 1.0, "B1": 1.0, "good": 0.5}), FIRST, "run")
    assert rows(found, "since_2020")["good"]["n_origins"] == pytest.approx(70, abs=2)
    assert not rows(confidence_set(panel({"B0": 1.0, "B1": 1.0, "good": 0.5}), date(2023, 1, 1), "run"), "since_2020")
