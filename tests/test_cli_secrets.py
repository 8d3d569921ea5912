"""Planted keys: sent to their services, and nowhere in output, logs, archive, tables or any file of the workspace."""

import base64
import json
import logging
from urllib.parse import quote, quote_plus

import pytest
import zstandard
from command_line import command_line
from feeds import NOW, make_feeds
from replay.server import Replay

from oilseer.reference.sources import sources

KEYS = {facts.key: f"pl4nted/{facts.key.lower()}+42=" for facts in sources().values() if facts.key}
KEYED = [name for name, facts in sources().items() if facts.key]


def traces(key: str) -> set[bytes]:
    """A key as it may stand somewhere: plain, in an address, in JSON, in a header of basic authentication."""
    basic = base64.b64encode(f"{key}:".encode()).decode().rstrip("=")[:-1]
    return {text.encode() for text in (key, quote(key, safe=""), quote_plus(key), key.replace("/", "\\/"), basic)}


def planted(text: bytes) -> list[str]:
    """Names of the keys that can be read in `text`."""
    return [name for name, key in KEYS.items() if any(trace in text for trace in traces(key))]


class Watching(Replay):
    """A server that remembers everything that it was sent."""

    def __init__(self) -> None:
        super().__init__()
        self.heard = b""

    def fault(self, request) -> str:
        """As the server, and what came is kept."""
        self.heard += json.dumps([request.path, dict(request.query), dict(request.headers)]).encode()
        return super().fault(request)


# echo: the service repeats the whole request in its answer; 403: it refuses the key; 500 would be asked again for long
@pytest.mark.slow
@pytest.mark.parametrize("fault", ["echo", "403"])
def test_no_key_is_left_anywhere(tmp_path, monkeypatch, capsys, caplog, fault):
    command = command_line(monkeypatch, capsys)
    with Watching() as server:
        server.faults["*"] = fault
        feeds = make_feeds(tmp_path / "home", server)
        command.set(OILSEER_HOME=feeds.workspace.home, OILSEER_SOURCES_URL=server.url, OILSEER_SOURCES_NOW=NOW, **KEYS)
        with caplog.at_level(logging.DEBUG):
            said = [command("ingest", *KEYED), command("ingest", *KEYED, "--offline", "--json")]
        heard = server.heard
    assert set(planted(heard)) == set(KEYS)  # each was sent
    for each in said:
        assert planted(each.out.encode() + each.err.encode()) == []
    assert planted(caplog.text.encode()) == []
    kept = {path: path.read_bytes() for path in feeds.workspace.home.rglob("*") if path.is_file()}
    archived = {path: zstandard.ZstdDecompressor().decompressobj().decompress(body)
                for path, body in kept.items() if path.suffix == ".zst"}  # fmt: skip
    assert fault != "echo" or sum(b"***" in body for body in archived.values()) >= 5  # it was there, and blotted out
    for path, body in [*kept.items(), *archived.items()]:
        assert planted(body) == [], path
    tables = feeds.query("SELECT schema_name || '.' || table_name FROM duckdb_tables()")
    assert ("ops.source_status",) in tables
    for (table,) in tables:
        assert planted(repr(feeds.query(f"SELECT * FROM {table}")).encode()) == [], table
