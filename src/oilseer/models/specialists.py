"""AutoGluon's quantile predictors: one for each bucket of the Big 8 and a main one, a predictor a horizon.

They learn what carry leaves of a move over its volatility, in blocks of time that share no outcome (models/purged.py).
They are believed as far as there are independent outcomes: the rest of a forecast is the typical past.
"""

import json
import logging
import pickle
import tarfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import zstandard

from oilseer.errors import ConfigError, ModelError
from oilseer.models.autogluon_fit import fit_predictor, load_predictor, pack, quietly, unpack
from oilseer.models.base import TRADING_DAYS, Window
from oilseer.models.density import carry
from oilseer.models.drivers import STEP, scaled_outcomes
from oilseer.models.lasting import require_later
from oilseer.models.local import refused_as
from oilseer.models.presets import Preset, preset_here
from oilseer.models.purged import DROPPED, time_blocks
from oilseer.models.specialist_features import READS
from oilseer.quantiles import HORIZONS, LEVELS, QuantileForecast

if TYPE_CHECKING:
    from autogluon.tabular import TabularPredictor

MEMORY = 20 * TRADING_DAYS  # sessions: before, most of these inputs did not exist
BELIEVED_AT = 500  # independent outcomes at which half of what a predictor says is believed
FEWEST_KNOWN = 30  # rows on which a column must be known to be learned from
FEWEST_ROWS = 120  # rows that are left after the gaps between blocks
MANIFEST = "manifest.json"
# what bytes of something else raise, and fits of another release of AutoGluon or of what it pickles
UNREADABLE = (
    zstandard.ZstdError, tarfile.TarError, pickle.UnpicklingError, OSError, AssertionError, AttributeError, EOFError,
    ImportError, KeyError, ValueError,
)  # fmt: skip

log = logging.getLogger("oilseer.models")


@dataclass(frozen=True)
class Learned:
    """One horizon: what was learned, from what, and how far it is believed.

    usual    (n_levels,) quantiles of all past scaled outcomes
    belief   weight of the predictor's quantiles, 0 to 1; the rest is `usual`
    columns  features it reads
    rows     number of rows it learned from
    scores   mean pinball loss of every model on the blocks it had not seen, by AutoGluon's name
    dropped  models that were asked for and that AutoGluon did not fit
    """

    usual: tuple[float, ...]
    belief: float
    columns: tuple[str, ...]
    rows: int
    scores: dict[str, float]
    dropped: tuple[str, ...]


@dataclass(frozen=True)
class SpecialistFit:
    """Fitted predictors by horizon; they live in memory, `content` is what they are kept as."""

    name: str
    fitted_at: np.datetime64
    preset: str
    learned: dict[int, Learned]
    predictors: dict[int, "TabularPredictor"]
    content: bytes

    def predict(self, window: Window, horizons: Sequence[int]) -> QuantileForecast:
        """Quantiles at each horizon. Raises ModelError before the fit's origin or where volatility is unknown."""
        require_later(self.name, self.fitted_at, window.dates[-1])
        with refused_as(self.name, window.dates[-1]), quietly():
            return QuantileForecast(tuple(horizons), np.stack([self._quantiles(window, h) for h in horizons]))

    def dump(self) -> bytes:
        """A compressed archive of the predictors and of what is known of them; `load` forecasts the same bytes."""
        return self.content

    def _quantiles(self, window: Window, horizon: int) -> np.ndarray:
        """Front price quantiles (n_levels,), ¢/lb."""
        import pandas as pd

        if horizon not in self.learned:
            raise ModelError(f"{self.name} has learned {sorted(self.learned)} sessions ahead, asked {horizon}")
        learned = self.learned[horizon]
        _, _, deviation = scaled_outcomes(window, horizon)
        today = pd.DataFrame([[window.feature(name)[-1] for name in learned.columns]], columns=list(learned.columns))
        said = np.sort(self.predictors[horizon].predict(today).to_numpy(dtype=float)[0])
        scores = learned.belief * said + (1 - learned.belief) * np.array(learned.usual)
        return window.settle[-1] * np.exp(carry(window, horizon) + scores * deviation)


@dataclass(frozen=True)
class Specialist:
    """The predictors called `name` before fitting, asked for what `preset` names."""

    name: str
    preset: Preset

    def fit(self, window: Window, seed: int) -> SpecialistFit:
        """Learn every horizon from `window` alone. Raises ModelError with the reason where it cannot."""
        seen = window.select(READS[self.name])
        with TemporaryDirectory(prefix="oilseer_autogluon_") as made, refused_as(self.name, window.dates[-1]):
            folder = Path(made)
            longest_first = sorted(HORIZONS.values(), reverse=True)  # a short window is refused before any work
            learned = {h: learn(seen, h, self.preset, seed, folder / str(h)) for h in longest_first}
            about = {
                "model": self.name, "fitted_at": str(window.dates[-1]), "preset": self.preset.name, "seed": seed,
                "learned": {horizon: asdict(what) for horizon, what in learned.items()},
            }  # fmt: skip
            (folder / MANIFEST).write_text(json.dumps(about))
            content = pack(folder)
        log.info("%s at %s: preset %s (%s)", self.name, window.dates[-1], self.preset.name, self.preset.why)
        for horizon, what in learned.items():
            if what.dropped:
                log.warning("%s, %d sessions: AutoGluon dropped %s", self.name, horizon, ", ".join(what.dropped))
        return self.load(content)

    def load(self, kept: bytes) -> SpecialistFit:
        """The fitted predictors that `dump` made bytes of. Raises ModelError for other bytes or another AutoGluon."""
        with TemporaryDirectory(prefix="oilseer_autogluon_") as made:
            try:
                unpack(kept, Path(made))
                about = json.loads((Path(made) / MANIFEST).read_text())
                learned = {int(horizon): _learned(what) for horizon, what in about["learned"].items()}
                predictors = {horizon: load_predictor(Path(made) / str(horizon)) for horizon in learned}
            except UNREADABLE as error:
                raise ModelError(f"{self.name}: these bytes are no kept fit of it ({error}); fit it anew") from error
            if about["model"] != self.name:
                raise ModelError(f"{self.name} was given a fit of {about['model']}: hand it its own")
        return SpecialistFit(
            about["model"], np.datetime64(about["fitted_at"]), about["preset"], learned, predictors, kept
        )


def learn(window: Window, horizon: int, preset: Preset, seed: int, folder: Path) -> Learned:
    """Fit one horizon on all features of `window` and leave the predictor in `folder`, ready to be kept.

    Raises ModelError where too little is known, or where AutoGluon can fit no model.
    """
    rows, outcome, _ = scaled_outcomes(window, horizon)
    recent = rows >= len(window.settle) - MEMORY
    block = time_blocks(window.session[rows[recent]], horizon, preset.blocks)
    kept, told, block = rows[recent][block != DROPPED], outcome[recent][block != DROPPED], block[block != DROPPED]
    if len(kept) < FEWEST_ROWS or len(np.unique(block)) < preset.blocks:
        raise ModelError(
            f"{len(kept)} rows in {len(np.unique(block))} blocks are left to learn {horizon} sessions ahead, expected "
            f"{FEWEST_ROWS} in {preset.blocks}: the window is too short"
        )
    found = window.features[kept]
    usable = [j for j, column in enumerate(found.T) if _moves(column[np.isfinite(column)])]
    if not usable:
        raise ModelError(f"none of {found.shape[1]} features is known and moves: the sources of this bucket are empty")
    columns = tuple(window.names[j] for j in usable)
    scores = fit_predictor(found[:, usable], columns, told, block, preset, seed, folder)
    independent = len(kept) * min(1.0, STEP / horizon)
    return Learned(
        tuple(np.quantile(outcome, LEVELS).tolist()), independent / (independent + BELIEVED_AT), columns, len(kept),
        scores, tuple(name for name in preset.asked() if name not in scores),
    )  # fmt: skip


def _moves(known: np.ndarray) -> bool:
    """Whether there is something to learn from the known values (m,) of a column."""
    return len(known) >= FEWEST_KNOWN and float(np.ptp(known)) > 0


def _learned(what: dict[str, Any]) -> Learned:
    return Learned(
        tuple(what["usual"]), what["belief"], tuple(what["columns"]), what["rows"], what["scores"],
        tuple(what["dropped"]),
    )  # fmt: skip


def make(name: str) -> Specialist:
    """The predictors called `name`, with the preset of this machine. Raises ConfigError for an unknown one."""
    if name not in READS:
        raise ConfigError(f"no AutoGluon model {name!r}; there are {', '.join(READS)}")
    return Specialist(name, preset_here())
