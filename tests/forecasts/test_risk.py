"""Tail measures against closed forms, dollars and probabilities by hand."""

from datetime import date

import duckdb
import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import norm

from oilseer.errors import ShapeError
from oilseer.forecasts import risk
from oilseer.forecasts.paths import draw_paths
from oilseer.quantiles import HORIZONS, LEVELS, QuantileForecast

SPREAD = 0.016  # daily


@pytest.fixture(scope="module")
def paths():
    """Paths whose log price at h is N(log 50, 0.016² h) exactly, up to 1 / n."""
    horizons = tuple(HORIZONS.values())
    values = np.array([50 * np.exp(SPREAD * np.sqrt(h) * ndtri(np.array(LEVELS))) for h in horizons])
    return draw_paths(50.0, QuantileForecast(horizons, values), SPREAD, seed=1, n=20_000)


@pytest.mark.parametrize("horizon", HORIZONS.values())
@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
def test_tail_of_a_lognormal_price_meets_its_closed_form(paths, horizon, level):
    spread = SPREAD * np.sqrt(horizon)
    value = 50 * np.exp(spread * norm.ppf(level))
    shortfall = 50 * np.exp(spread**2 / 2) * norm.cdf(spread - norm.ppf(level)) / (1 - level)
    prices = risk.prices_at(paths, horizon)
    assert risk.value_at_risk(prices, level) == pytest.approx(value, rel=1e-3)
    assert risk.expected_shortfall(prices, level) == pytest.approx(shortfall, rel=2e-3)
    value_usd, shortfall_usd = risk.tail_cost_usd(paths, horizon, 600_000, level)
    assert value_usd == pytest.approx(6_000 * (value - 50), rel=0.01)  # 600,000 lb: 1 ¢/lb is 6,000 USD
    assert shortfall_usd == pytest.approx(6_000 * (shortfall - 50), rel=0.01)


def test_expected_shortfall_counts_the_edge_with_its_fraction():
    # Of 1..10 the dearest 25 % are 10, 9 and half of 8: (10 + 9 + 4) / 2.5.
    assert risk.expected_shortfall(np.arange(1.0, 11.0), 0.75) == pytest.approx(9.2)
    assert risk.expected_shortfall(np.arange(1.0, 11.0), 0.999) == 10.0


def test_expected_shortfall_is_the_minimum_of_rockafellar_and_uryasev(paths):
    prices = risk.prices_at(paths, 63)[:1_999]
    auxiliary = [tau + np.maximum(prices - tau, 0).mean() / 0.05 for tau in prices]  # the minimum lies at a sample
    assert risk.expected_shortfall(prices, 0.95) == pytest.approx(min(auxiliary), rel=1e-12)


def test_probability_above_budget_meets_the_closed_form(paths):
    found = risk.probability_above(paths, 55.0)
    for horizon, probability in found.items():
        assert probability == pytest.approx(norm.sf(np.log(55 / 50) / (SPREAD * np.sqrt(horizon))), abs=1e-3)


def test_rows_fit_the_table_they_are_written_to(paths):
    rows = [r.to_row(date(2024, 5, 2), 1, "run") for r in risk.risk_by_horizon(paths, 1e6, 55.0)]
    connection = duckdb.connect()
    connection.execute(risk.MONTE_CARLO.ddl("scenarios"))
    marks = ", ".join("?" * len(rows[0]))
    connection.executemany(f"INSERT INTO scenarios VALUES ({marks})", [list(row.values()) for row in rows])
    assert connection.execute("SELECT count(*), count(DISTINCT horizon) FROM scenarios").fetchone() == (5, 5)


def test_without_a_budget_there_is_no_probability(paths):
    answer = risk.risk_by_horizon(paths, horizons=(21,))[0].to_dict()
    assert answer["probability_above_budget"] is None
    assert answer["label"] == "1m"
    assert answer["value_at_risk95_usd"] == 0.0
    assert answer["percentiles_cents_per_lb"]["p50"] == pytest.approx(50, rel=1e-3)


def test_paths_that_end_early_and_nan_are_refused(paths):
    with pytest.raises(ShapeError, match="horizon 300"):
        risk.prices_at(paths, 300)
    with pytest.raises(ShapeError, match="finite"):
        risk.expected_shortfall(np.array([1.0, np.nan]))
