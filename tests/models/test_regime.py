"""The regime classifier: what it learns and may see, where it starts from, and what it keeps."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from windows import cut, make_window

from oilseer.errors import ModelError
from oilseer.models.neural.inputs import learn_variance
from oilseer.models.neural.regime import LOOKBACK, STEP, RegimeFit, make, make_fold, read_channels
from oilseer.models.regimes import AHEAD, HEARSAY, NAME, ZSCORE, states, transitions

torch = pytest.importorskip("torch")

N = 4500
SWITCH = 0.005  # chance a session that the planted market changes its state: one stays for 200 sessions
DAILY = (0.01, 0.03)


@cache
def planted(n: int = N, seed: int = 4):
    """A GARCH market of two persistent states, whose z-score tells them late and with noise across the borders."""
    rng = np.random.default_rng(seed)
    state = np.cumsum(rng.random(n) < SWITCH) % 2
    returns, variance = np.zeros(n), 1.0
    for t in range(n):
        returns[t] = DAILY[state[t]] * np.sqrt(variance) * rng.standard_normal()
        variance = 0.1 + 0.05 * (returns[t] / DAILY[state[t]]) ** 2 + 0.85 * variance
    month = np.array([returns[max(0, t - 20) : t + 1].std() for t in range(n)])
    zscore = 2.0 * (month - DAILY[0]) / (DAILY[1] - DAILY[0]) + 0.7 * rng.standard_normal(n)
    returns[0] = np.nan
    plain = make_window(n)
    return replace(
        plain, returns=returns, settle=50 * np.exp(np.cumsum(np.nan_to_num(returns))),
        features=zscore[:, None], names=(ZSCORE,),
    )  # fmt: skip


@cache
def taught(end: int = 3000) -> RegimeFit:
    return make(NAME).fit(cut(planted(), end), 7)


def log_losses(fit: RegimeFit, first: int, last: int) -> tuple[float, float]:
    """Mean log loss over later origins, of the classifier and of the frequencies that it started from."""
    state = states(planted().feature(ZSCORE))
    own, base = [], []
    for end in range(first, last, 10):
        came = state[end - 1 + AHEAD]
        own.append(-np.log(fit.predict(cut(planted(), end)).values[came]))
        base.append(-np.log(fit.frequencies[state[end - 1], came]))
    return float(np.mean(own)), float(np.mean(base))


def test_states_that_persist_are_told_better_than_by_frequencies():
    own, base = log_losses(taught(), 3010, N - AHEAD)
    assert own < 0.99 * base
    half, _ = log_losses(replace(taught(), belief=0.5), 3010, N - AHEAD)  # as after fifty years
    assert half < 0.97 * base


def test_probabilities_are_positive_and_add_up_to_one():
    for end in range(3000, N, 100):
        values = taught().predict(cut(planted(), end)).values
        assert values.shape == (3,)
        assert (values > 0).all()
        assert values.sum() == pytest.approx(1, abs=1e-12)


def test_what_has_learned_nothing_says_how_often_each_regime_followed_todays():
    untaught = replace(taught(), belief=0.0)
    now = states(planted().feature(ZSCORE))[-1]
    np.testing.assert_allclose(untaught.predict(planted()).values, taught().frequencies[now])


def test_frequencies_are_counted_by_hand_and_rare_states_drawn_to_all():
    zscore = np.r_[np.zeros(60), np.full(40, 1.5), np.full(20, 2.5)]
    window = replace(make_window(120), features=zscore[:, None], names=(ZSCORE,))
    # 99 pairs: of 60 calm ones 39 stay and 21 are stressed, of 39 stressed 19 stay and 20 are crises
    overall = np.array([40, 41, 21]) / 102
    found = transitions(window, 119)
    np.testing.assert_allclose(found[0], (np.array([39, 21, 0]) + HEARSAY * overall) / (60 + HEARSAY))
    np.testing.assert_allclose(found[1], (np.array([0, 19, 20]) + HEARSAY * overall) / (39 + HEARSAY))
    np.testing.assert_allclose(found[2], overall)
    assert transitions(window, 59)[0, 0] > found[0, 0]  # before the first stress only calm was seen


def test_regimes_are_those_of_the_z_score():
    assert states(np.array([-3, 0.99, 1.01, 1.99, 2.01, np.nan])).tolist() == [0, 0, 1, 1, 2, -1]


def test_no_regime_that_is_learned_from_rests_on_a_session_of_the_tail():
    window = cut(planted(), 3000)
    fold = make_fold(window)
    tail = fold.rows[fold.stopping][0]
    assert (fold.rows[fold.learned] + AHEAD).max() <= tail < (fold.rows[fold.learned] + AHEAD).max() + STEP
    assert not (fold.learned & fold.stopping).any()
    assert (fold.came == states(window.feature(ZSCORE))[fold.rows + AHEAD]).all()


def test_a_poisoned_future_changes_neither_fit_nor_forecast():
    after = np.arange(N) >= 3000
    poisoned = replace(
        planted(), settle=np.where(after, 1e9, planted().settle), returns=np.where(after, 9.0, planted().returns),
        features=np.where(after[:, None], 9.0, planted().features),
    )  # fmt: skip
    assert make(NAME).fit(cut(poisoned, 3000), 7).dump() == taught().dump()


def test_what_lies_before_the_sessions_that_it_sees_matters_through_variance_alone():
    features = planted().features.copy()
    features[: 3000 - LOOKBACK] = 0.0
    changed = cut(replace(planted(), features=features), 3000)
    np.testing.assert_array_equal(taught().predict(changed).values, taught().predict(cut(planted(), 3000)).values)


def test_a_kept_fit_tells_the_same_bytes_and_other_bytes_are_refused():
    kept = make(NAME).load(taught().dump())
    assert kept.dump() == taught().dump()
    assert kept.predict(planted()).values.tobytes() == taught().predict(planted()).values.tobytes()
    with pytest.raises(ModelError, match="fit it anew"):
        make(NAME).load(b"not a fitted model")


def test_an_earlier_origin_an_unknown_regime_another_horizon_and_a_short_past_are_refused():
    with pytest.raises(ModelError, match="fitted at"):
        taught().predict(cut(planted(), 2999))
    unknown = replace(planted(), features=np.where(np.arange(N)[:, None] == N - 1, np.nan, planted().features))
    with pytest.raises(ModelError, match="unknown at the origin"):
        taught().predict(unknown)
    with pytest.raises(ModelError, match="asked for"):
        taught().predict(planted(), (5,))
    with pytest.raises(ModelError):
        make(NAME).fit(cut(planted(), 900), 7)


def test_channels_are_the_return_its_variance_realized_volatility_and_the_z_score():
    window = cut(planted(), 3000)
    channels = read_channels(window, learn_variance(window))
    deviation = np.exp(channels[-2, 1] / 2) / 100  # expected for the last session at the close before
    assert channels[-1, 0] == pytest.approx(window.returns[-1] / deviation)
    assert channels[-1, 2] == pytest.approx(np.log(window.returns[-21:].std(ddof=1) * np.sqrt(252)))
    assert channels[-1, 3] == window.feature(ZSCORE)[-1]
