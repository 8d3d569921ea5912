"""Which code made a table: one hash of a stage's files and of the libraries that run them."""

import hashlib
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

_KEPT = (".py", ".sql", ".csv", ".yaml")


def package_files(package: str) -> list[Traversable]:
    """Code, SQL and tables of a package, without its subpackages, by name."""
    return sorted((p for p in files(package).iterdir() if p.name.endswith(_KEPT)), key=lambda path: path.name)


def code_hash(packages: Sequence[str], libraries: Sequence[str]) -> str:
    """sha256 of the files of `packages` and of the versions of `libraries`; hex."""
    digest = hashlib.sha256()
    for package in packages:
        for path in package_files(package):
            digest.update(path.name.encode() + path.read_bytes())
    for library in libraries:
        digest.update(f"{library}{version(library)}".encode())
    return digest.hexdigest()
