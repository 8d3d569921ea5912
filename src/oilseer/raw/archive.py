"""Every delivered body, kept unchanged and compressed under its own hash before anyone parses it.

`<home>/archive/ab/abcd….zst`: the same bytes are one file however often they are fetched, and a reader proves them.
"""

import hashlib
import os
import threading
from pathlib import Path

import zstandard

from oilseer.errors import SourceError
from oilseer.raw.bodies import CAPS, BadBody, unpack_zstd

LEVEL = 6


def archive_path(home: Path, sha256: str) -> Path:
    """Where the body with that hash is kept."""
    return home / "archive" / sha256[:2] / f"{sha256}.zst"


def keep(home: Path, body: bytes) -> str:
    """Archive `body`; its sha256, hex. When this returns the bytes are on the disk, whole, under their name.

    Raises SourceError where the disk refuses them.
    """
    sha256 = hashlib.sha256(body).hexdigest()
    target = archive_path(home, sha256)
    if target.exists():
        return sha256
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with draft.open("wb") as handle:
            handle.write(zstandard.ZstdCompressor(level=LEVEL).compress(body))
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(draft, target)
        _sync_folder(target.parent)
    except OSError as error:
        raise SourceError(
            f"the archive could not keep {len(body):,} bytes in {target} ({error.strerror}); free the disk, run again"
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    return sha256


def recall(home: Path, sha256: str, where: str) -> bytes:
    """The body with that hash, proven. `where` names source and part in messages.

    Raises SourceError where the file is missing, damaged, or holds other bytes.
    """
    path = archive_path(home, sha256)
    try:
        body = unpack_zstd(path.read_bytes(), CAPS)
    except FileNotFoundError:
        raise SourceError(f"{where}: no archive file {path}; restore it from a backup, or fetch again") from None
    except BadBody as error:
        raise SourceError(
            f"{where}: archive file {path} is damaged: {error}; remove it and restore it from a backup, or fetch again"
        ) from None
    if hashlib.sha256(body).hexdigest() != sha256:
        raise SourceError(
            f"{where}: archive file {path} is damaged: its bytes have another hash than its name; "
            "remove it and restore it from a backup, or fetch again"
        )
    return body


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk too, where the system allows it."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
