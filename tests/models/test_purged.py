"""Blocks of time for cross-validation share no outcome."""

import numpy as np
import pytest

from oilseer.models.purged import DROPPED, time_blocks


def spans(session: np.ndarray, horizon: int) -> set[int]:
    """Every session that an outcome of these rows runs over, counted one by one."""
    return {s + step for s in session.tolist() for step in range(1, horizon + 1)}


@pytest.mark.parametrize("horizon", [5, 21, 63, 126, 252])
@pytest.mark.parametrize("seed", range(3))
def test_no_session_lies_in_outcomes_of_two_blocks(horizon, seed):
    session = np.flatnonzero(np.random.default_rng(seed).random(4000) < 0.4)
    block = time_blocks(session, horizon, 4)
    run_over = [spans(session[block == k], horizon) for k in range(4)]
    for first in range(4):
        for second in range(first):
            assert not run_over[first] & run_over[second]


def test_only_what_reaches_over_a_border_is_dropped():
    session = np.arange(0, 100, 5)  # borders before 25, 50 and 75
    block = time_blocks(session, 10, 4)
    assert session[block == DROPPED].tolist() == [20, 45, 70]
    assert [int((block == k).sum()) for k in range(4)] == [4, 4, 4, 5]
