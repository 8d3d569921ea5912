"""Ways of calibrating bands compared in time order: each sees only outcomes known at the origin it speaks at.

All of them scale or move the same combination before calibration. The published one is `adaptive`.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from types import ModuleType

import numpy as np

from oilseer.errors import MissingExtra
from oilseer.metrics import overlap
from oilseer.quantiles import BANDS, LEVELS, MEDIAN
from oilseer.training.calibrate import scaled, width_factor
from oilseer.training.combine import CRISIS, regime_probabilities
from oilseer.training.panel import Panel

FEWEST_PAST = 60  # outcomes before any way of calibrating speaks; origins before are not scored
FEWEST_ALIKE = 40  # outcomes of one regime before it has a factor of its own
COMPARED = (0.8, 0.9)
ACI_STEP = 0.02  # of MAPIE's adaptive conformal inference: how far its level moves after an outcome


@dataclass(frozen=True)
class Story:
    """The combination and what came true, in the order of origins.

    forecasts  (n, n_levels) before calibration, ¢/lb;  outcome (n,), ¢/lb
    known      for each origin the places of those before it whose outcome was public at its cutoff
    regime     (n,) the likeliest regime, 0 to 2;  lag  how many consecutive outcomes share sessions
    ends       places of the band's ends among the levels
    """

    forecasts: np.ndarray
    outcome: np.ndarray
    known: tuple[np.ndarray, ...]
    regime: np.ndarray
    lag: int
    ends: tuple[int, int]

    @property
    def nominal(self) -> float:
        """Probability of the band."""
        return round(LEVELS[self.ends[1]] - LEVELS[self.ends[0]], 6)

    def told(self) -> list[int]:
        """Origins that know enough for every way."""
        return [i for i, known in enumerate(self.known) if len(known) >= FEWEST_PAST]

    def standard(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Ends and median (n, 3) and outcomes (n,) as log distance to the median over half the log width; and both."""
        logs = np.log(self.forecasts)
        low, high = logs[:, self.ends[0]], logs[:, self.ends[1]]
        middle, unit = logs[:, MEDIAN], (high - low) / 2
        inputs = (np.stack([low, middle, high], axis=1) - middle[:, None]) / unit[:, None]
        return inputs, (np.log(self.outcome) - middle) / unit, middle, unit


def compared(panel: Panel, pooled: np.ndarray, regimes: np.ndarray, first: date, run_id: str) -> list[dict]:
    """Rows of CALIBRATIONS on origins from `first` on whose outcome is known.

    pooled   (n, n_levels) the combination before calibration, ¢/lb, at every origin
    regimes  (n,) volatility z-score
    Raises MissingExtra where MAPIE is not installed.
    """
    days = np.array(panel.origins, dtype="datetime64[D]")
    likely = regime_probabilities(regimes).argmax(axis=1)
    known = tuple(np.flatnonzero(panel.known_at(int(session))) for session in panel.session)
    rows = []
    for band in COMPARED:
        low, high = (LEVELS.index(level) for level in BANDS[band])
        story = Story(pooled, panel.outcome, known, likely, overlap(panel.session, panel.horizon), (low, high))
        for name, way in WAYS.items():
            ends = way(story)
            kept = np.isfinite(ends).all(axis=1) & np.isfinite(panel.outcome) & (days >= np.datetime64(first))
            if kept.any():
                rows.append({"calibration": name, "horizon": panel.horizon, "band": band, "run_id": run_id}
                            | _score(panel, ends, kept, likely == CRISIS, days, band))  # fmt: skip
    return rows


def _score(panel: Panel, ends: np.ndarray, kept: np.ndarray, crisis: np.ndarray, days: np.ndarray, band: float) -> dict:
    """Coverage, width and Winkler's interval score of the bands `ends` (n, 2) on the origins `kept` (n,) bool."""
    truth, (low, high) = panel.outcome, ends.T
    inside = (truth >= low) & (truth <= high)
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    winkler = (high - low + 2 / (1 - band) * outside) / panel.spot
    late, bad = kept & (days >= np.datetime64("2020-01-01")), kept & crisis
    return {
        "n_origins": int(kept.sum()), "coverage": inside[kept].mean(),
        "coverage_since_2020": inside[late].mean() if late.any() else None,
        "coverage_in_crisis": inside[bad].mean() if bad.any() else None,
        "width": ((high - low) / panel.spot)[kept].mean(), "interval_score": winkler[kept].mean(),
    }  # fmt: skip


def none(story: Story) -> np.ndarray:
    """As the combination says."""
    ends = _silent(story)
    ends[story.told()] = story.forecasts[np.ix_(story.told(), story.ends)]
    return ends


def adaptive(story: Story) -> np.ndarray:
    """Adaptive conformal in log width, one factor a horizon (`calibrate`): what is published."""
    ends = _silent(story)
    for i in story.told():
        ends[i] = _stretched(story, i, story.known[i])
    return ends


def by_regime(story: Story) -> np.ndarray:
    """The same with a factor of today's regime alone, once it has outcomes enough; one for all until then."""
    ends = _silent(story)
    for i in story.told():
        alike = story.known[i][story.regime[story.known[i]] == story.regime[i]]
        ends[i] = _stretched(story, i, alike if len(alike) >= FEWEST_ALIKE else story.known[i])
    return ends


def quantile_conformal(story: Story) -> np.ndarray:
    """MAPIE's conformalised quantile regression (Romano et al. 2019), in units of the distance to the median."""
    mapie, said = mapie_regression()
    inputs, truth, middle, unit = story.standard()
    columns = [said(place).fit(inputs, truth) for place in (0, 2, 1)]
    ends = _silent(story)
    for i in story.told():
        fitted = mapie.ConformalizedQuantileRegressor(columns, confidence_level=story.nominal, prefit=True)
        fitted.conformalize(inputs[story.known[i]], truth[story.known[i]])
        ends[i] = np.exp(middle[i] + unit[i] * fitted.predict_interval(inputs[[i]])[1].ravel())
    return ends


def adaptive_inference(story: Story) -> np.ndarray:
    """MAPIE's adaptive conformal inference (Gibbs & Candès 2021), in the same units, one outcome after the other."""
    mapie, said = mapie_regression()
    inputs, truth, middle, unit = story.standard()
    ends, told = _silent(story), story.told()
    if not told:
        return ends
    seen = list(story.known[told[0]])
    model = mapie.TimeSeriesRegressor(said(1).fit(inputs, truth), method="aci", cv="prefit")
    model.fit(inputs[seen], truth[seen])
    for i in told:
        for new in [k for k in story.known[i] if k not in set(seen)]:
            # overlapping outcomes tell the same story: each moves the level by its share, as in `calibrate`
            model.adapt_conformal_inference(
                inputs[[new]], truth[[new]], gamma=ACI_STEP / story.lag, confidence_level=story.nominal
            )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # it tells every time that its behaviour changed once
                model.update(inputs[[new]], truth[[new]])
            seen.append(new)
        try:
            found = model.predict(inputs[[i]], confidence_level=story.nominal)[1][0, :, 0]
        except ValueError:  # misses have driven its level where so few outcomes tell nothing: no band is given
            continue
        ends[i] = np.exp(middle[i] + unit[i] * found)
    return ends


def _silent(story: Story) -> np.ndarray:
    return np.full((len(story.forecasts), 2), np.nan)


def _stretched(story: Story, i: int, past: np.ndarray) -> np.ndarray:
    factor = width_factor(story.forecasts[past], story.outcome[past], story.lag)
    return scaled(story.forecasts[i], factor)[list(story.ends)]


def mapie_regression() -> tuple[ModuleType, type]:
    """MAPIE's regression module, and a regressor that says one column of its input."""
    try:
        import mapie.regression
    except ImportError as error:
        raise MissingExtra("calibrations are compared with MAPIE's: pip install 'oilseer[compare]'") from error
    from sklearn.base import BaseEstimator, RegressorMixin

    class Said(RegressorMixin, BaseEstimator):
        def __init__(self, place: int = 0) -> None:
            self.place = place

        def fit(self, inputs: np.ndarray, truth: np.ndarray) -> "Said":
            self.fitted_ = True
            return self

        def predict(self, inputs: np.ndarray) -> np.ndarray:
            return np.asarray(inputs)[:, self.place]

    return mapie.regression, Said


WAYS: dict[str, Callable[[Story], np.ndarray]] = {  # each returns the band's ends (n, 2), NaN where it knows too little
    "none": none,
    "adaptive": adaptive,
    "adaptive by regime": by_regime,
    "MAPIE conformalised quantiles": quantile_conformal,
    "MAPIE adaptive inference": adaptive_inference,
}
