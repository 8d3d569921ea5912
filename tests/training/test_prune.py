"""Pruning on a made-up history: what is planted stays, copies and noise go, and nothing after the origin is read."""

from datetime import date

import numpy as np
import pytest
from planted_history import BUCKETS, DATES, N, planted_history, spread_buckets

from oilseer.errors import ContractError
from oilseer.training.history import History
from oilseer.training.prune import BLOCKS, KEEP, PER_BUCKET, known_outcomes, prune


@pytest.fixture(scope="module")
def history():
    return planted_history()


@pytest.fixture(scope="module")
def buckets(history):
    return spread_buckets(history)


def day(i: int) -> date:
    return DATES[i].astype(object)


@pytest.fixture(scope="module")
def choices(history, buckets):
    return {choice.feature: choice for choice in prune(history, day(N - 1), 1, buckets)}


def test_every_feature_gets_one_verdict_and_80_to_120_stay(choices, history):
    assert set(choices) == set(history.names)
    assert KEEP[0] <= sum(choice.kept for choice in choices.values()) <= KEEP[1]


def test_the_planted_feature_comes_first_in_every_part_of_history(choices):
    first = min((choices["planted"], choices["copy"]), key=lambda choice: choice.place)
    assert first.place == 1
    assert first.stable_blocks == BLOCKS
    assert first.kept


def test_of_two_copies_the_less_important_goes_and_names_the_other(choices):
    pair = sorted((choices["planted"], choices["copy"]), key=lambda choice: choice.place)
    assert not pair[1].kept
    assert f"moves as {pair[0].feature}" in pair[1].reason


def test_empty_and_constant_features_go_with_their_reason(choices):
    assert choices["constant"].reason == "constant"
    assert "known on" in choices["empty"].reason
    assert not choices["empty"].kept


def test_every_bucket_keeps_its_best_few(choices, buckets):
    for bucket in BUCKETS:
        mine = [c for c in choices.values() if buckets[c.feature] == bucket and c.place and "moves as" not in c.reason]
        best = sorted(mine, key=lambda choice: choice.place)[:PER_BUCKET]
        assert all(choice.kept for choice in best)


def test_choices_ignore_what_comes_after_the_origin(history, buckets):
    cut = 3000
    after = np.arange(N) > cut
    poisoned = History(
        history.dates, history.session, np.where(after, 1e9, history.settle), history.returns,
        np.where(after[:, None], 1e9, history.features), history.names,
    )  # fmt: skip
    assert prune(history, day(cut), 21, buckets) == prune(poisoned, day(cut), 21, buckets)


def test_outcomes_are_exactly_the_horizon_ahead_and_known(history):
    rows, target = known_outcomes(history, day(1000), 21)
    assert rows[-1] == 1000 - 21
    assert target[5] == pytest.approx(np.log(history.settle[26] / history.settle[5]))


def test_too_short_a_history_is_refused(history, buckets):
    with pytest.raises(ContractError, match="known outcomes, expected 300"):
        prune(history, day(600), 252, buckets)
