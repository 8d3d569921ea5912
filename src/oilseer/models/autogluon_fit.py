"""AutoGluon held to what is honest here: folds that share no outcome, one thread, no clock, every drop told."""

import io
import shutil
import tarfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import zstandard

from oilseer.errors import ModelError
from oilseer.models.presets import Preset
from oilseer.quantiles import LEVELS

if TYPE_CHECKING:
    from autogluon.tabular import TabularPredictor


def fit_predictor(
    features: np.ndarray, columns: Sequence[str], outcome: np.ndarray, block: np.ndarray,
    preset: Preset, seed: int, folder: Path,
) -> dict[str, float]:  # fmt: skip
    """Fit a predictor of `outcome` (m,) on `features` (m, k), block by block left out, into `folder`.

    Returns the mean pinball loss of every fitted model on the blocks it had not seen. Raises ModelError for none.
    """
    import pandas as pd
    from autogluon.features.generators import IdentityFeatureGenerator
    from autogluon.tabular import TabularPredictor

    table = pd.DataFrame(features, columns=list(columns)).assign(outcome=outcome, block=block)
    full = folder.with_name(f"{folder.name}_full")
    with quietly():
        predictor = TabularPredictor(
            label="outcome", problem_type="quantile", quantile_levels=list(LEVELS), groups="block", path=str(full),
            verbosity=0, log_to_file=False,
        )  # fmt: skip
        try:
            predictor.fit(
                table,
                hyperparameters=preset.models,
                num_bag_folds=preset.blocks,
                num_bag_sets=1,
                num_stack_levels=preset.stack_levels,
                dynamic_stacking=False,
                calibrate=False,
                feature_generator=IdentityFeatureGenerator(),
                num_cpus=1,
                num_gpus=0,
                ag_args_ensemble={"fold_fitting_strategy": "sequential_local", "model_random_seed": seed % 2**31},
            )  # fmt: skip
        except (RuntimeError, AssertionError) as error:
            raise ModelError(f"AutoGluon fitted none of {', '.join(preset.models)}: {error}") from error
        board = predictor.leaderboard(silent=True)
        predictor.clone_for_deployment(str(folder))
    shutil.rmtree(full)
    return {str(name): -float(score) for name, score in zip(board["model"], board["score_val"])}


@contextmanager
def quietly() -> Iterator[None]:
    """What libraries below AutoGluon warn of one another is none of the user's; and a warning is no failed model."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def pack(folder: Path) -> bytes:
    """A folder of predictors as one compressed archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as members:
        members.add(folder, arcname=".")
    return zstandard.ZstdCompressor(level=9).compress(archive.getvalue())


def unpack(content: bytes, folder: Path) -> None:
    """Write what `pack` made into `folder`. Raises ZstdError or TarError for other bytes."""
    archive = io.BytesIO(zstandard.ZstdDecompressor().decompress(content))
    with tarfile.open(fileobj=archive) as members:
        members.extractall(folder, filter="data")


def load_predictor(folder: Path) -> "TabularPredictor":
    """A kept predictor, wholly in memory: `folder` may go. Raises AssertionError for one of another AutoGluon."""
    from autogluon.tabular import TabularPredictor

    with quietly():
        predictor = TabularPredictor.load(str(folder))
        predictor.persist(max_memory=None)  # measuring its memory first takes longer than all the rest
    return predictor
