"""Trailing operators on arrays of sessions: every row is a function of its own window alone.

A window is summed up by doubling: the block of 2k rows that ends at a row is two blocks of k rows, and a window is
put together from such blocks. Which values meet in which order depends on the window's length and not on where
the array starts, so the last rows computed from a tail have the bytes of the whole computed at once. Mean and squares
are joined by the rule of Chan, Golub and LeVeque (1979): exact for constants, and without cancellation.
"""

from collections.abc import Callable

import numpy as np

MIN_SHARE = 0.9  # of a window's rows that must hold a value
CACHED = 2**14  # values an array may have so that a dozen of them stay in the processor's cache
Moments = tuple[np.ndarray, ...]


def lag(values: np.ndarray, sessions: int) -> np.ndarray:
    """Each value moved down by `sessions` rows, NaN before; (n, …) as `values`."""
    return _shift(np.asarray(values, dtype=float), sessions, np.nan)


def change(values: np.ndarray, sessions: int) -> np.ndarray:
    """Value less that of `sessions` rows before; (n, …), unit of `values`."""
    return values - lag(values, sessions)


def log_change(values: np.ndarray, sessions: int) -> np.ndarray:
    """Log of the value over that of `sessions` rows before; (n, …), NaN where either is not positive."""
    positive = np.where(np.asarray(values, dtype=float) > 0, values, np.nan)
    return np.log(positive / lag(positive, sessions))


def percent(values: np.ndarray, sessions: int) -> np.ndarray:
    """Change over `sessions` rows in percent of the value before; (n, …), NaN where that is not positive."""
    before = lag(values, sessions)
    return 100 * (values / np.where(before > 0, before, np.nan) - 1)


def rolling_sum(values: np.ndarray, window: int, min_share: float = MIN_SHARE) -> np.ndarray:
    """Sum of the values of the last `window` rows, own row included; (n, …), missing values count as nothing."""
    given = ~np.isnan(values)
    count, total = _fold((given.astype(float), np.where(given, values, 0.0)), window, _add)
    return np.where(_enough(count, window, min_share), total, np.nan)


def rolling_mean(values: np.ndarray, window: int, min_share: float = MIN_SHARE) -> np.ndarray:
    """Mean of the last `window` rows, own row included; (n, …)."""
    count, mean, _ = _moments(values, window)
    return np.where(_enough(count, window, min_share), mean, np.nan)


def rolling_std(values: np.ndarray, window: int, min_share: float = MIN_SHARE) -> np.ndarray:
    """Standard deviation (n − 1) of the last `window` rows, own row included; (n, …), exactly 0 for constants."""
    count, _, squares = _moments(values, window)
    return np.where(_enough(count, window, min_share), np.sqrt(squares / np.maximum(count - 1, 1)), np.nan)


def rolling_min(values: np.ndarray, window: int, min_share: float = MIN_SHARE) -> np.ndarray:
    """Least of the last `window` rows, own row included; (n, …)."""
    return -rolling_max(-np.asarray(values, dtype=float), window, min_share)


def rolling_max(values: np.ndarray, window: int, min_share: float = MIN_SHARE) -> np.ndarray:
    """Greatest of the last `window` rows, own row included; (n, …)."""
    given = ~np.isnan(values)
    (most,) = _fold((np.where(given, values, -np.inf),), window, lambda a, b: (np.maximum(a[0], b[0]),), -np.inf)
    (count,) = _fold((given.astype(float),), window, _add)
    return np.where(_enough(count, window, min_share), most, np.nan)


def rank_share(values: np.ndarray, window: int, min_share: float = MIN_SHARE, own: bool = False) -> np.ndarray:
    """Share, 0 to 1, of the `window` earlier values that are no higher than the row's; (n, …).

    own  the row itself is the last of the `window` values, so the share is above 0
    """
    values = np.asarray(values, dtype=float)
    lower, count = np.zeros(values.shape), np.zeros(values.shape)
    for sessions in range(0 if own else 1, window if own else window + 1):
        earlier = lag(values, sessions)
        lower += earlier <= values  # a comparison with NaN is false
        count += earlier == earlier
    known = _enough(count, window, min_share) & ~np.isnan(values)
    return np.where(known, lower / np.maximum(count, 1), np.nan)


def rolling_zscore(values: np.ndarray, window: int, min_share: float = MIN_SHARE, own: bool = True) -> np.ndarray:
    """Value less the mean of `window` rows, over their standard deviation; (n, …), NaN where that is 0.

    own  the row itself is the last of the `window` rows; otherwise they end at the row before
    """
    base = values if own else lag(values, 1)
    spread = rolling_std(base, window, min_share)
    return (values - rolling_mean(base, window, min_share)) / np.where(spread > 0, spread, np.nan)


def rolling_corr(x: np.ndarray, y: np.ndarray, window: int, min_share: float = MIN_SHARE) -> np.ndarray:
    """Correlation, −1 to 1, over the rows of the last `window` that hold both; (n, …), NaN where one is constant."""
    count, product, square_x, square_y = _comoments(x, y, window)
    scale = np.sqrt(square_x) * np.sqrt(square_y)
    known = _enough(count, window, min_share) & (scale > 0)
    return np.where(known, np.clip(product / np.where(scale > 0, scale, 1), -1, 1), np.nan)


def rolling_beta(y: np.ndarray, x: np.ndarray, window: int, min_share: float = MIN_SHARE) -> np.ndarray:
    """Slope of the least squares line of `y` on `x` over the last `window` rows that hold both; (n, …)."""
    count, product, square_x, _ = _comoments(x, y, window)
    known = _enough(count, window, min_share) & (square_x > 0)
    return np.where(known, product / np.where(square_x > 0, square_x, 1), np.nan)


def _enough(count: np.ndarray, window: int, min_share: float) -> np.ndarray:
    """Whether a window holds `min_share` of its rows, and two at least where it has two."""
    return count >= max(min_share * window - 1e-9, min(window, 2))


def _moments(values: np.ndarray, window: int) -> Moments:
    """Count, mean, and sum of squares about the mean of each window."""
    given = ~np.isnan(values)
    start = (given.astype(float), np.where(given, values, 0.0), np.zeros(np.shape(values)))
    return _fold(start, window, _join_moments)


def _comoments(x: np.ndarray, y: np.ndarray, window: int) -> Moments:
    """Count of pairs, and the sums of products and of both squares about the means of each window."""
    if x.ndim == 2 and x.shape[1] > 1 and x.size > CACHED:  # columns know nothing of each other: half the time
        width = max(CACHED // len(x), 1)
        parts = [_comoments(x[:, i : i + width], y[:, i : i + width], window) for i in range(0, x.shape[1], width)]
        return tuple(np.concatenate(part, axis=1) for part in zip(*parts, strict=True))
    given = ~(np.isnan(x) | np.isnan(y))
    zero = np.zeros(given.shape)
    start = (given.astype(float), np.where(given, x, 0.0), np.where(given, y, 0.0), zero, zero, zero)
    count, _, _, product, square_x, square_y = _fold(start, window, _join_comoments)
    return count, product, square_x, square_y


def _fold(start: Moments, window: int, join: Callable[[Moments, Moments], Moments], empty: float = 0.0) -> Moments:
    """What `join` makes of the last `window` rows of each row, block by block; rows before the first are `empty`."""
    block, size, done, covered = start, 1, None, 0
    while True:
        if window & size:
            done = block if done is None else join(tuple(_shift(part, covered, empty) for part in block), done)
            covered += size
        if covered == window:
            return done
        block = join(tuple(_shift(part, size, empty) for part in block), block)
        size *= 2


def _add(older: Moments, newer: Moments) -> Moments:
    return tuple(a + b for a, b in zip(older, newer, strict=True))


def _join_moments(older: Moments, newer: Moments) -> Moments:
    n, mean, squares = older
    m, other, more = newer
    count = n + m
    share = m / np.maximum(count, 1)  # exactly 0 or 1 where one side is empty, so nothing is rounded there
    step = other - mean
    return count, mean + step * share, squares + more + step * step * (n * share)


def _join_comoments(older: Moments, newer: Moments) -> Moments:
    n, mean_x, mean_y, product, square_x, square_y = older
    m, other_x, other_y, more, more_x, more_y = newer
    count = n + m
    share = m / np.maximum(count, 1)
    weight = n * share
    x, y = other_x - mean_x, other_y - mean_y
    return (
        count, mean_x + x * share, mean_y + y * share,
        product + more + x * y * weight, square_x + more_x + x * x * weight, square_y + more_y + y * y * weight,
    )  # fmt: skip


def _shift(values: np.ndarray, rows: int, fill: float) -> np.ndarray:
    """Rows moved down by `rows`, `fill` above."""
    if rows == 0:
        return values
    out = np.empty_like(values)
    out[:rows] = fill
    out[rows:] = values[:-rows] if rows < len(values) else values[:0]
    return out
