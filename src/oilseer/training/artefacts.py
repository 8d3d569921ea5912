"""Fitted models that last, kept as files: one a fit, named by the hash of all that made it, and never half written."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from oilseer.training.work import NewFit

DIGEST = 64  # characters of a SHA-256 in hex: the head of a file, which tells whether the rest is whole


@dataclass(frozen=True)
class Artefacts:
    """The folder of kept fits; None keeps nothing, and each is made when it is needed."""

    folder: Path | None

    def path(self, model: str, fit_hash: str) -> Path | None:
        """Where a fit is kept, or would be."""
        return None if self.folder is None else self.folder / model / f"{fit_hash}.fit"

    def read(self, model: str, fit_hash: str) -> bytes | None:
        """A kept fit; None where there is none, or where its file is damaged: it is then made anew."""
        path = self.path(model, fit_hash)
        if path is None or not path.is_file():
            return None
        found = path.read_bytes()
        content = found[DIGEST:]
        return content if hashlib.sha256(content).hexdigest().encode() == found[:DIGEST] else None

    def keep(self, new: NewFit) -> str:
        """Write a fit, whole or not at all; its SHA-256."""
        digest = hashlib.sha256(new.content).hexdigest()
        path = self.path(new.model, new.fit.fit_hash)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            part.write_bytes(digest.encode() + new.content)
            os.replace(part, path)
        return digest
