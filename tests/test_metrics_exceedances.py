"""Coverage and independence of exceedances against published and hand-made answers."""

import numpy as np
import pytest
from scipy import stats

from oilseer.errors import ShapeError
from oilseer.metrics import christoffersen, kupiec


def hits(count: int, n: int) -> np.ndarray:
    return np.arange(n) < count


@pytest.mark.parametrize(
    ("probability", "n", "kept"),
    [(0.01, 510, range(2, 11)), (0.05, 255, range(7, 21)), (0.05, 510, range(17, 36)), (0.1, 255, range(17, 36))],
)
def test_kupiec_rejects_outside_the_published_regions(probability, n, kept):
    """Kupiec (1995), table 3, as in Jorion, Value at Risk, table 6-2: regions that are not rejected at 95 %."""
    not_rejected = [count for count in range(n) if kupiec(hits(count, n), probability)[1] > 0.05]
    assert not_rejected == list(kept)


def test_kupiec_is_twice_the_difference_of_binomial_log_likelihoods():
    expected = 2 * (stats.binom.logpmf(14, 200, 14 / 200) - stats.binom.logpmf(14, 200, 0.05))
    statistic, p = kupiec(hits(14, 200), 0.05)
    assert statistic == pytest.approx(expected, rel=1e-12)
    assert p == pytest.approx(stats.chi2.sf(expected, 1))


def test_christoffersen_by_hand():
    # Of eight steps: after none 4 none and 1 exceeded, after one 1 none and 2 exceeded.
    exceeded = np.array([0, 0, 0, 0, 1, 1, 1, 0, 0], bool)
    apart = 4 * np.log(4 / 5) + np.log(1 / 5) + np.log(1 / 3) + 2 * np.log(2 / 3)
    together = 5 * np.log(5 / 8) + 3 * np.log(3 / 8)
    assert christoffersen(exceeded)[0] == pytest.approx(2 * (apart - together), rel=1e-12)


def test_both_keep_their_size_on_independent_exceedances_and_see_runs():
    rng = np.random.default_rng(1)
    draws = rng.random((400, 500)) < 0.1
    for test in (lambda row: kupiec(row, 0.1), christoffersen):
        rejected = np.mean([test(row)[1] < 0.05 for row in draws])
        assert 0.02 < rejected < 0.10  # 0.05 ± 0.011, and asymptotics on 50 exceedances
    assert christoffersen(np.repeat(draws[0, :50], 10))[1] < 1e-6


def test_no_exceedance_at_all_is_judged_too():
    assert kupiec(hits(0, 100), 0.05)[0] == pytest.approx(-200 * np.log(0.95))
    assert christoffersen(hits(0, 100)) == (0.0, 1.0)
    with pytest.raises(ShapeError, match="within"):
        kupiec(np.empty(0, bool), 0.05)
