"""A workspace: one folder with one database, marked real or simulated for life.

The mark stands in `workspace.json` and in `ops.workspace`; the two must agree.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from oilseer.errors import ConfigError

Kind = Literal["real", "simulated"]
FORMAT = 1
SIMULATED_SOURCE = "simulated"


@dataclass(frozen=True)
class Workspace:
    """Folder `home`, its `kind`, and the database: a file inside it, or an `md:` address."""

    home: Path
    kind: Kind
    database: str

    @property
    def is_remote(self) -> bool:
        """True where the database lives on MotherDuck."""
        return self.database.startswith("md:")

    @property
    def published(self) -> Path:
        """Folder of the read-only snapshots."""
        return self.home / "published"


def open_workspace(home: Path, database: str | None = None) -> Workspace:
    """The workspace in `home`. Raises ConfigError where there is none, or for an address that is not `md:NAME`."""
    _refuse_odd_address(database)
    mark = home / "workspace.json"
    if not mark.exists():
        raise ConfigError(
            f"no workspace in {home}: `oilseer import FOLDER --mapping FILE` makes a real one, "
            "`oilseer demo` a simulated one; OILSEER_HOME names another folder"
        )
    try:
        content = json.loads(mark.read_text())
        kind, made = content["kind"], content["format"]
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{mark} is damaged ({error}); restore it, it says real or simulated") from error
    if kind not in ("real", "simulated") or made != FORMAT:
        raise ConfigError(f"{mark} says kind {kind!r}, format {made!r}; expected real or simulated, format {FORMAT}")
    return Workspace(home, kind, database or str(home / "oilseer.duckdb"))


def create_workspace(home: Path, kind: Kind, now: datetime, database: str | None = None) -> Workspace:
    """Make `home` a workspace of `kind`, or return it where it is one already.

    Raises ConfigError where the folder is a workspace of the other kind: the mark is for life.
    """
    mark = home / "workspace.json"
    if mark.exists():
        workspace = open_workspace(home, database)
        if workspace.kind != kind:
            raise ConfigError(
                f"{home} is a {workspace.kind} workspace and stays one; "
                f"name another folder in OILSEER_HOME for {kind} rows"
            )
        return workspace
    _refuse_odd_address(database)
    home.mkdir(parents=True, exist_ok=True)
    draft = mark.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps({"kind": kind, "format": FORMAT, "created_at": now.isoformat()}) + "\n")
    os.replace(draft, mark)
    return open_workspace(home, database)


def _refuse_odd_address(database: str | None) -> None:
    """Raise ConfigError for an `md:` address with more than a name; it is not shown, for it may hold a token."""
    if database and database.startswith("md:") and not database.removeprefix("md:").replace("_", "").isalnum():
        raise ConfigError(
            "OILSEER_DATABASE: expected md:NAME of letters, digits and underscores; a token belongs in MOTHERDUCK_TOKEN"
        )
