"""Daily variances and their scores: hand sums, nothing seen early, nothing computed twice."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pytest
from market_history import make_history

from oilseer.models.variance_ahead import LEARN, TO_DELIVERY, TO_REPORT, VIX
from oilseer.training import volatility_scores
from oilseer.training.volatility_scores import FORECASTS, SCORES, proxies, quarters, score, variances
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

FIRST = date(2013, 7, 1)


def usual(history):
    """The history with a usual VIX, no report, and a front of usual age."""
    features = history.features.copy()
    for name, value in ((VIX, 20.0), (TO_REPORT, 0.0), (TO_DELIVERY, 45.0)):
        features[:, history.names.index(name)] = value
    return replace(history, features=features)


HISTORY = usual(make_history(n=1700, seed=3))


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as opened:
        yield opened


def run(connection, history=HISTORY):
    return volatility_scores.run(connection, history, FIRST, "run", lambda done, total: None)


def stored(connection, before=date(2030, 1, 1)):
    return connection.execute(
        f"SELECT model, origin, horizon, variance FROM {FORECASTS.name} WHERE origin < ? ORDER BY ALL", [before]
    ).fetchall()


def test_quarters_follow_each_other_and_each_fit_is_of_the_session_before():
    blocks = quarters(HISTORY, FIRST)
    assert HISTORY.dates[blocks[0][0]] == np.datetime64("2013-06-28")
    assert all(a[1] + 1 == b[0] for a, b in pairwise(blocks))
    assert blocks[-1][1] == len(HISTORY.dates) - 1
    months = {str(HISTORY.dates[refit + 1])[5:7] for refit, _ in blocks}
    assert months <= {"01", "04", "07", "10"}


def test_proxies_are_the_sums_of_the_squares_to_come():
    daily = 0.015  # of the simulated hourly volatility, constant
    found = proxies(HISTORY, 5)
    squares = HISTORY.returns**2
    assert found["returns"][100] == pytest.approx(squares[101:106].sum(), rel=1e-12)
    assert found["hourly"][100] == pytest.approx(5 * squares[1:].mean(), rel=1e-9)  # 5 · daily², brought to their mean
    assert np.isnan(found["returns"][-5:]).all()
    assert squares[1:].mean() == pytest.approx(daily**2, rel=0.1)


def test_session_without_a_move_counts_as_half_a_tick():
    still = replace(HISTORY, returns=np.where(np.arange(1700) == 101, 0.0, HISTORY.returns))
    assert proxies(still, 1)["returns"][100] == pytest.approx((0.005 / HISTORY.settle[100]) ** 2)


def test_gain_is_the_share_of_qlike_saved_and_the_truth_saves_most():
    rows = np.arange(900, 1600)
    outcome = np.stack([proxies(HISTORY, span)["returns"][rows] for span in (1, 5, 21)], axis=1)
    forecasts = np.repeat(outcome[:, None] * 2, len(LEARN), axis=1)  # twice too much: QLIKE = 1/2 + ln 2 − 1
    forecasts[:, list(LEARN).index("HAR")] = outcome * 1.1
    scored = {(row["model"], row["horizon"], row["proxy"]): row for row in score(HISTORY, rows, forecasts, "run")}
    row = scored["HAR", 5, "returns"]
    assert scored["GARCH", 5, "returns"]["qlike"] == pytest.approx(0.5 + np.log(2) - 1, rel=1e-9)
    expected = 1 - (1 / 1.1 + np.log(1.1) - 1) / (0.5 + np.log(2) - 1)
    assert (row["gain_garch"], row["gain_garch_low"]) == pytest.approx((expected, expected), rel=1e-6)
    assert (row["n_origins"], row["n_effective"]) == (700, 140)


def test_origins_at_which_one_model_is_missing_are_scored_for_none():
    rows = np.arange(900, 1600)
    forecasts = np.full((700, len(LEARN), 3), 0.015**2)
    forecasts[:100, 2] = np.nan
    assert {row["n_origins"] for row in score(HISTORY, rows, forecasts, "run")} == {600}


def test_rerun_forecasts_nothing_and_a_new_or_corrected_session_costs_one_quarter(connection, monkeypatch):
    asked = []
    monkeypatch.setattr(
        volatility_scores,
        "variances",
        lambda history, refit, last: asked.append(refit) or variances(history, refit, last),
    )
    shorter = HISTORY.until(HISTORY.dates[-2].astype(object))
    run(connection, shorter)
    blocks = len(asked)
    assert blocks == len(quarters(HISTORY, FIRST))
    run(connection, shorter)
    assert len(asked) == blocks
    run(connection)
    assert asked[blocks:] == [quarters(HISTORY, FIRST)[-1][0]]
    refit = asked[-1]
    corrected = replace(HISTORY, returns=np.where(np.arange(1700) == refit + 3, 0.01, HISTORY.returns))
    run(connection, corrected)
    assert asked[blocks + 1 :] == [refit]  # within the last quarter, after its fit


def test_forecasts_are_blind_to_what_comes_after_their_origin(connection, tmp_path):
    run(connection)
    cut = 1690  # in the middle of the last quarter
    wild = np.where(np.arange(1700) > cut, 0.05, HISTORY.returns)
    features = np.where((np.arange(1700) > cut)[:, None], 30.0, HISTORY.features)
    day = HISTORY.dates[cut + 1].astype(object)
    with writer(create_workspace(tmp_path / "other", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as other:
        run(other, replace(HISTORY, returns=wild, features=features))
        assert stored(other, day) == stored(connection, day)
        assert stored(other) != stored(connection)


def test_every_model_is_scored_on_both_proxies(connection):
    assert run(connection) == connection.execute(f"SELECT count(*) FROM {SCORES.name}").fetchone()[0]
    found = connection.execute(f"SELECT model, proxy, count(*) FROM {SCORES.name} GROUP BY ALL").fetchall()
    assert {(model, proxy) for model, proxy, _ in found} == {(m, p) for m in LEARN for p in ("returns", "hourly")}
    assert connection.execute(
        f"SELECT bool_and(gain_garch = 0 AND gain_garch_low = 0) FROM {SCORES.name} WHERE model = 'GARCH'"
    ).fetchone()[0]
