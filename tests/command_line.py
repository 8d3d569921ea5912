"""A command as its user sees it: the real entry point in this process, its exit code, output and error text."""

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from oilseer import cli


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The output read as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class CommandLine:
    """Calls `oilseer` with arguments, in an environment that holds nothing of the tester's own."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def set(self, **variables: object) -> None:
        """Set environment variables."""
        for name, value in variables.items():
            self.monkeypatch.setenv(name, str(value))

    def __call__(self, *args: object) -> Said:
        self.monkeypatch.setattr(sys, "argv", ["oilseer", *map(str, args)])
        self.capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)


def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """A command line without settings, keys or a system keyring."""
    from oilseer.reference.sources import sources

    keys = {facts.key for facts in sources().values()}
    for name in [name for name in os.environ if name.startswith("OILSEER_") or name in keys]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(monkeypatch, capsys)
