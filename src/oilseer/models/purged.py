"""Time blocks for cross-validation of targets that overlap: what one block is judged on, no other has learned from."""

import numpy as np

DROPPED = -1


def time_blocks(session: np.ndarray, horizon: int, count: int) -> np.ndarray:
    """Number of each row's block, 0 to `count` − 1, and DROPPED within one horizon before a border; (m,) int.

    session  (m,) session of each row, increasing; its outcome spans the `horizon` sessions after it

    The last outcome of a block ends when the next block's first begins, so whichever block is left out, no outcome
    that others learn from overlaps one of its own: one gap a border serves both directions.
    """
    block = np.arange(len(session)) * count // len(session)
    borders = session[np.searchsorted(block, np.arange(1, count))]
    ahead = np.append(borders, np.iinfo(np.int64).max)[block]
    return np.where(session + horizon > ahead, DROPPED, block)
