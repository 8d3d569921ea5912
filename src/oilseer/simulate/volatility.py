"""Latent volatility of soybean oil: regimes, clustering, the growing season, and report days.

The daily standard deviation is a product of known parts, so its future square has a closed form.
"""

from dataclasses import dataclass

import numpy as np

from oilseer.simulate.draws import Span, day_of_year, steady, wave

REGIMES = ("CALM", "STRESSED", "CRISIS")
REGIME_SD = np.array([0.0125, 0.0175, 0.0285])
"""Daily standard deviation by regime, before clustering and season."""
SWITCH = np.array([[0.9920, 0.0075, 0.0005], [0.0180, 0.9780, 0.0040], [0.0000, 0.0350, 0.9650]])
"""Chance per session to go from the row's regime to the column's."""
CLUSTER_SD, CLUSTER_PERSISTENCE = 0.28, 0.975
SEASON_RISE, SEASON_PEAK = 0.16, 196  # mid July: pods are set in August
REPORT_SD = 0.018  # extra shock on the session of the monthly supply report
NULL_SD = 0.20 / np.sqrt(252)
FREEDOM = 6.0


@dataclass(frozen=True, eq=False)
class Volatility:
    """Per session: regime (0 to 2), log cluster state, and the daily standard deviation (log return)."""

    regime: np.ndarray
    cluster: np.ndarray
    daily_sd: np.ndarray
    report: np.ndarray

    @property
    def stress(self) -> np.ndarray:
        """Multiplier of other markets' volatility: 0.85, 1.15 or 1.7."""
        return np.array([0.85, 1.15, 1.7])[self.regime]


def season(days: np.ndarray) -> np.ndarray:
    """Multiplier of the standard deviation over the year."""
    return np.exp(SEASON_RISE * wave(day_of_year(days), SEASON_PEAK))


def report_days(days: np.ndarray) -> np.ndarray:
    """Whether a session is the first on or after the 10th of its month: the supply report."""
    tenth = days.astype("datetime64[M]").astype("datetime64[D]") + 9
    previous = np.concatenate([days[:1] - 1, days[:-1]])
    return (days >= tenth) & (previous < tenth)


def walk(span: Span) -> Volatility:
    """The latent volatility of a span."""
    steps = np.cumsum(SWITCH, axis=1)
    regime = np.zeros(span.n, dtype=int)
    now = 0
    for place, draw in enumerate(span.uniform("regime")):
        now = int(np.searchsorted(steps[now, :2], draw, side="right"))
        regime[place] = now
    cluster = CLUSTER_SD * steady(span.normal("cluster"), CLUSTER_PERSISTENCE)
    report = report_days(span.days)
    if span.null:
        return Volatility(regime, cluster, np.full(span.n, NULL_SD), report)
    calm = REGIME_SD[regime] * np.exp(cluster - CLUSTER_SD**2) * season(span.days)
    return Volatility(regime, cluster, np.hypot(calm, np.where(report, REPORT_SD, 0.0)), report)


def expected_variance(volatility: Volatility, days: np.ndarray, place: int, ahead: np.ndarray) -> np.ndarray:
    """E[variance of each of the sessions in `ahead`], given regime and cluster at `place`; (len(ahead),).

    days    (≥ len(ahead),) the sessions after `place`, in order; ahead = 1 … h.
    """
    chance = np.zeros(3)
    chance[volatility.regime[place]] = 1.0
    squares = np.zeros(len(ahead))
    for step in range(len(ahead)):
        chance = chance @ SWITCH
        squares[step] = chance @ REGIME_SD**2
    fading = CLUSTER_PERSISTENCE**ahead
    spread = CLUSTER_SD**2 * (1 - fading**2)
    clustering = np.exp(2 * fading * volatility.cluster[place] + 2 * spread - 2 * CLUSTER_SD**2)
    return squares * clustering * season(days) ** 2 + np.where(report_days(days), REPORT_SD**2, 0.0)
