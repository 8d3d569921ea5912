"""The neural tier: what it may see, when it stops, what it says when it has learned nothing, and what it keeps."""

import io
import pickle
import random
import warnings
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from windows import cut, make_window, planted_window

from oilseer.errors import ConfigError, ModelError
from oilseer.metrics import crps, pinball_loss
from oilseer.models.attribution import log_contributions
from oilseer.models.density import make as make_density
from oilseer.models.garch import fit_garch
from oilseer.models.neural.folds import LOOKBACK, make_fold, past_quantiles, sequences
from oilseer.models.neural.inputs import (
    SESSIONS,
    filtered,
    learn_scaling,
    learn_variance,
    read_garch,
    read_har,
    read_plain,
)  # fmt: skip
from oilseer.models.zoo import HYBRID, NEURAL, SIGNED
from oilseer.quantiles import LEVELS, MEDIAN

torch = pytest.importorskip("torch")
pytest.importorskip("neuralforecast")

from oilseer.models.neural import learning  # noqa: E402
from oilseer.models.neural.learning import choose_device, learn, pinball  # noqa: E402
from oilseer.models.neural.model import make  # noqa: E402
from oilseer.models.neural.networks import FARTHEST, WIDEST, build_network, moved  # noqa: E402
from oilseer.models.neural.shares import predictor_shares, read_attention  # noqa: E402

DRIVER = "tech_momentum_252_ratio"
QUICK = ("LSTM", "GRU", "TCN", "N-BEATS", "GARCH-LSTM", "HAR-LSTM")


@cache
def window():
    return make_window(n=1800, seed=1).select(SIGNED)


@cache
def fitted(name: str):
    return make(name).fit(window(), 7)


@cache
def planted():
    return planted_window(SIGNED, DRIVER, slope=0.25, n=3400)


@cache
def taught(name: str):
    """Fitted on the first 2,600 sessions of a market whose next return follows one predictor."""
    return make(name).fit(cut(planted(), 2600), 5)


# --- what is learned


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_predictor_is_found_and_beats_the_past_it_started_from(name):
    base = replace(taught(name), belief=np.zeros(5))
    own, untaught = [], []
    for end in range(2610, 3379, 8):
        seen, outcome = cut(planted(), end), planted().settle[[end + 20]]
        own.append(crps(outcome, taught(name).predict(seen, (21,)).values)[0])
        untaught.append(crps(outcome, base.predict(seen, (21,)).values)[0])
    assert np.mean(own) < 0.97 * np.mean(untaught)


def test_the_median_follows_the_planted_predictor_up_and_down():
    fit, seen = taught("LSTM"), cut(planted(), 3000)
    moves = []
    for deviations in (2.0, -2.0):
        features = seen.features.copy()
        features[-LOOKBACK:, SIGNED.index(DRIVER)] = 0.4 + 0.05 * deviations
        moves.append(fit.predict(replace(seen, features=features), (21,)).values[0, MEDIAN])
    assert moves[0] > 1.01 * moves[1]


@pytest.mark.parametrize("name", ["LSTM", "TFT"])
def test_what_has_learned_nothing_says_what_the_scaled_past_says(name):
    untaught = replace(fitted(name), network=build_network(name, fitted(name).names, 3).eval())
    past = make_density("GARCH-empirical-carry").fit(window(), 7).predict(window(), SESSIONS).values
    # the start of the filtered variance is ours, and fades
    np.testing.assert_allclose(untaught.predict(window(), SESSIONS).values, past, rtol=2e-3)


# --- what may be seen


def test_no_outcome_that_is_learned_from_shares_a_session_with_the_tail():
    seen = window()
    fold = make_fold(seen, read_plain(seen, learn_variance(seen)))
    tail = fold.rows[fold.stopping.any(axis=1)][0]
    for i, horizon in enumerate(SESSIONS):
        assert (seen.session[fold.rows[fold.learned[:, i]]] + horizon <= seen.session[tail]).all()
        assert fold.learned[:, i].sum() > 30
    assert not (fold.learned & fold.stopping).any()


def test_prices_of_the_tail_change_nothing_that_is_learned_from():
    seen, learned = window(), learn_variance(window())
    inputs = read_plain(seen, learned)
    fold = make_fold(seen, inputs)
    tail = fold.rows[fold.stopping.any(axis=1)][0]
    after = np.arange(len(seen.settle)) > tail
    poisoned = replace(seen, settle=np.where(after, 9999.0, seen.settle), returns=np.where(after, 0.5, seen.returns))
    poisoned_inputs = read_plain(poisoned, learned)
    again = make_fold(poisoned, poisoned_inputs)
    np.testing.assert_array_equal(again.learned, fold.learned)
    np.testing.assert_array_equal(again.outcome[fold.learned], fold.outcome[fold.learned])
    assert (again.outcome[fold.stopping] != fold.outcome[fold.stopping]).any()
    np.testing.assert_array_equal(
        past_quantiles(poisoned, poisoned_inputs.deviation, tail), past_quantiles(seen, inputs.deviation, tail)
    )


def test_outcomes_are_the_log_change_less_carry_over_the_garch_volatility():
    seen = window()
    inputs = read_plain(seen, learn_variance(seen))
    fold = make_fold(seen, inputs)
    row = fold.rows[40]
    change = np.log(seen.settle[row + 21] / seen.settle[row])
    expected = (change - inputs.centre[row, 1]) / inputs.deviation[row, 1]
    assert fold.outcome[40, 1] == pytest.approx(expected, abs=1e-6)


def test_scaling_is_learned_where_the_network_learns():
    seen = window()
    features = seen.features.copy()
    features[1600:] += 50.0
    shifted = replace(seen, features=features)
    place = 2 + SIGNED.index(DRIVER)
    fit = make("N-BEATS").fit(shifted, 7)
    assert fit.scaling.mean[place] == pytest.approx(fitted("N-BEATS").scaling.mean[place])
    assert abs(fit.scaling.mean[place]) < 1


def test_a_channel_that_is_unknown_or_stands_still_is_zero_and_others_are_clipped():
    known = np.column_stack([np.full(100, np.nan), np.full(100, 3.0), np.arange(100.0)])
    scores = learn_scaling(known).apply(np.array([[5.0, 9.0, 1e6], [np.nan, 3.0, np.nan]]))
    np.testing.assert_array_equal(scores, [[0, 0, 3], [0, 0, 0]])


def test_a_sequence_ends_at_its_row_and_holds_the_sessions_before():
    scores = np.arange(200.0)[:, None]
    np.testing.assert_array_equal(sequences(scores, np.array([99, 150]))[1, :, 0], np.arange(151 - LOOKBACK, 151))


def test_variance_is_filtered_on_with_the_parameters_of_the_fold():
    known = make_window(n=2000, seed=2, rolls=False)
    whole = fit_garch(known.known_returns()[:1499])
    later = filtered(learn_variance(cut(known, 1500)), known)
    expected = whole.next_variance[-1]
    for value in known.returns[1500:] * 100:
        expected = whole.omega + whole.shock * value**2 + whole.memory * expected
    assert later.next_variance[-1] == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(later.next_variance[1000:1500], whole.next_variance[-500:], rtol=1e-3)


def test_garch_and_har_networks_read_what_their_names_say():
    seen, learned = window(), learn_variance(window())
    plain, path, har = (read(seen, learned) for read in (read_plain, read_garch, read_har))
    assert set(path.names) - set(plain.names) == {f"garch_{horizon}" for horizon in SESSIONS}
    np.testing.assert_allclose(path.channels[-1, -1], np.log(plain.deviation[-1, -1] / np.sqrt(252)))
    assert har.names[-3:] == ("har_day", "har_week", "har_month")
    month = 0.5 * np.log((seen.returns[-21:] ** 2).mean() * 252)
    assert har.channels[-1, -1] == pytest.approx(month)


# --- when it stops


def make_lesson(sign_in_tail: float):
    """A fold whose first channel tells the outcome; in the tail it says so with another sign."""
    seen = window()
    inputs = read_plain(seen, learn_variance(seen))
    fold = make_fold(seen, inputs)
    signal = np.random.default_rng(1).standard_normal(len(fold.rows))
    sign = np.where(fold.stopping.any(axis=1), sign_in_tail, 1.0)
    outcome = np.where(np.isfinite(fold.outcome), 0.5 * fold.outcome + (sign * signal)[:, None], np.nan)
    past = np.repeat(signal.astype(np.float32)[:, None, None], LOOKBACK, axis=1)
    past = np.concatenate([past, np.zeros_like(past)], axis=2)
    base = np.quantile(outcome[fold.learned], LEVELS)
    base = np.repeat((base - base[MEDIAN])[None], 5, axis=0)
    return past, replace(fold, outcome=outcome), base


def outputs_of(lesson) -> np.ndarray:
    return learning.answer(learn("LSTM", ("series", "other"), *lesson, 3), lesson[0])


def test_a_network_keeps_what_helps_on_the_tail_and_nothing_that_does_not():
    helps, hurts = make_lesson(1.0), make_lesson(-1.0)
    signal = helps[0][:, 0, 0]
    assert np.corrcoef(signal, outputs_of(helps)[:, 0, 0])[0, 1] > 0.5
    assert (outputs_of(hurts) == 0).all()


def test_learning_stops_when_the_tail_has_not_gained_for_a_while(monkeypatch):
    lesson, looked = make_lesson(-1.0), []
    spoken = learning.pinball
    monkeypatch.setattr(learning, "pinball", lambda *found: looked.append(torch.is_grad_enabled()) or spoken(*found))
    outputs_of(lesson)
    epochs = looked.count(False) - 1
    assert learning.PATIENCE <= epochs < learning.EPOCHS


def test_pinball_is_that_of_the_metrics_over_known_outcomes_weighed_by_horizon():
    quantiles = np.sort(np.random.default_rng(0).standard_normal((6, 5, 9)), axis=2)
    outcome, mask = np.random.default_rng(1).standard_normal((6, 5)), np.ones((6, 5), bool)
    mask[2:, 4] = False
    found = float(pinball(torch.tensor(quantiles), torch.tensor(outcome), torch.tensor(mask)))
    each = [pinball_loss(outcome[mask[:, i], i], quantiles[mask[:, i], i]).mean() for i in range(5)]
    assert found == pytest.approx(np.sqrt(5 / np.array(SESSIONS)) @ each)


# --- what it says


def test_the_widest_outputs_never_cross_and_move_no_farther_than_they_may():
    base = past_quantiles(window(), read_plain(window(), learn_variance(window())).deviation, 1799)
    for move in (-1, 1):
        outputs = np.tile(np.array([move * FARTHEST, -move * WIDEST, move * WIDEST]), (1, 5, 1))
        found = moved(base, outputs, np.ones(5))[0]
        assert (np.diff(found, axis=1) > 0).all()
        np.testing.assert_allclose(found[:, MEDIAN], move * FARTHEST)
        np.testing.assert_allclose(
            np.diff(found[:, [MEDIAN, -1]]), np.diff(base[:, [MEDIAN, -1]]) * np.exp(move * WIDEST)
        )


def test_a_year_is_believed_less_than_a_week():
    # 309 rows every 5 sessions: 309 independent weeks, and about 6 years
    np.testing.assert_allclose(fitted("LSTM").belief[[0, 4]], [309 / 809, (309 * 5 / 252) / (309 * 5 / 252 + 500)])


def test_other_horizons_are_refused_by_name():
    with pytest.raises(ModelError, match="42"):
        fitted("LSTM").predict(window(), (5, 42))


# --- what is kept


@pytest.mark.parametrize("name", [*NEURAL, *HYBRID])
def test_a_kept_fit_says_the_same_bytes_and_is_the_same_bytes(name):
    kept = fitted(name).dump()
    again = make(name).load(kept)
    assert again.dump() == kept
    assert (
        again.predict(window(), SESSIONS).values.tobytes() == fitted(name).predict(window(), SESSIONS).values.tobytes()
    )


def test_a_fit_of_another_model_and_code_in_bytes_are_refused():
    with pytest.raises(ModelError, match="GRU"):
        make("LSTM").load(fitted("GRU").dump())
    kept = io.BytesIO()
    torch.save({"name": print}, kept)
    for wrong in (kept.getvalue(), pickle.dumps({"name": "LSTM"}, protocol=2), b""):
        with pytest.raises(ModelError, match="cannot read"):
            make("LSTM").load(wrong)


def test_learning_leaves_every_other_random_number_as_it_was():
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002 - the process's own state is what is tested
    random.seed(1)
    expected = torch.rand(1).item(), np.random.random(), random.random()  # noqa: NPY002
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002 - the process's own state is what is tested
    random.seed(1)
    torch.set_num_threads(2)
    make("N-BEATS").fit(window(), 9)
    assert (torch.rand(1).item(), np.random.random(), random.random()) == expected  # noqa: NPY002
    assert torch.get_num_threads() == 2
    torch.set_num_threads(1)


@pytest.mark.parametrize(
    ("cuda", "mps", "device"),
    [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu"), (True, False, "cuda")],
)
def test_the_fastest_device_there_is_is_chosen(cuda, mps, device):
    assert choose_device(cuda, mps) == device


def test_half_precision_is_for_cuda_alone():
    with learning.precision("cpu"):
        assert not torch.is_autocast_enabled("cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # there is no such device here: what would be used is asked
        assert learning.precision("cuda").fast_dtype == torch.bfloat16


# --- why


@pytest.mark.parametrize("name", ["LSTM", "N-BEATS"])
def test_shares_of_predictors_add_up_to_what_all_of_them_move(name):
    fit, seen = taught(name), cut(planted(), 3000)
    shares = predictor_shares(fit, seen)
    without = seen.features.copy()
    without[:] = np.nan
    moves = [np.log(fit.predict(each, SESSIONS).values[:, MEDIAN]) for each in (seen, replace(seen, features=without))]
    np.testing.assert_allclose(sum(shares.values()), moves[0] - moves[1], atol=1e-6)


def test_the_planted_predictor_has_the_largest_share():
    seen = cut(planted(), 3000)
    features = seen.features.copy()
    features[-LOOKBACK:, SIGNED.index(DRIVER)] = 0.5
    shares = predictor_shares(taught("LSTM"), replace(seen, features=features))
    assert max(shares, key=lambda name: abs(shares[name][1])) == DRIVER
    assert shares[DRIVER][1] > 0


@pytest.mark.parametrize("horizon", SESSIONS)
def test_what_a_network_said_is_told_by_predictor_carry_and_own_past_and_adds_up(horizon):
    fit, seen = taught("LSTM"), cut(planted(), 3000)
    median = fit.predict(seen, (horizon,)).values[0, MEDIAN]
    told = log_contributions("LSTM", seen, horizon, median, fit.dump())
    assert sum(told.values()) == pytest.approx(np.log(median / seen.settle[-1]))
    assert told[DRIVER] == pytest.approx(predictor_shares(fit, seen)[DRIVER][SESSIONS.index(horizon)])
    assert set(log_contributions("LSTM", seen, horizon, median)) == {"carry", "own_past"}


def test_attention_and_input_shares_of_tft_add_up_to_one_and_see_no_later_horizon():
    found = read_attention(fitted("TFT"), window())
    assert found.names == fitted("TFT").names
    assert found.inputs.sum() == pytest.approx(1, abs=1e-5)
    assert found.sessions.shape == (5, LOOKBACK + 5)
    np.testing.assert_allclose(found.sessions.sum(axis=1), 1, atol=1e-5)
    assert (found.sessions[0, LOOKBACK + 1 :] == 0).all()
    with pytest.raises(ModelError, match="attention"):
        read_attention(fitted("LSTM"), window())


def test_an_unknown_network_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="GARCH-LSTM"):
        make("LTSM")
