"""Bytes that go wrong on the way, for every parser: cut short, empty, or another page with status 200.

A parser may refuse, naming source and part, or give rows that also stand in the whole answer; nothing else.
"""

from collections.abc import Callable
from dataclasses import replace

from oilseer.errors import SourceError
from oilseer.raw.source import Download, Rows

PARTS = 64
HTML = b"<!DOCTYPE html>\n<html><head><title>Service unavailable</title></head><body>Sorry</body></html>\n"
NOT_THE_ANSWER = {
    "empty body": b"",
    "white space": b" \r\n\t ",
    "byte order mark only": b"\xef\xbb\xbf",
    "HTML page": HTML,
    "HTML page after a mark": b"\xef\xbb\xbf\n" + HTML,
    "zero bytes": b"\x00" * 64,
    "random bytes": bytes((37 * i * i + 11 * i + 200) % 256 for i in range(997)),
    "plain sentence": b"upstream connect error or disconnect/reset before headers",
}


def cuts(body: bytes, parts: int = PARTS) -> list[bytes]:
    """`body` cut after every 1/parts of its length, the whole excluded, each length once."""
    return [body[:n] for n in sorted({len(body) * i // parts for i in range(1, parts)} - {0, len(body)})]


def rows_of(tables: tuple[Rows, ...]) -> dict[str, list[tuple]]:
    """Rows by table, as tuples in the order of the spec's columns that are there."""
    found: dict[str, list[tuple]] = {}
    for rows in tables:
        names = [name for name in rows.spec.column_names if name in rows.frame.columns]
        assert set(names) == set(rows.frame.columns), "a parser gave columns that its spec does not have"
        found.setdefault(rows.spec.name, []).extend(rows.frame.select(names).rows())
    return found


def refusal(parse: Callable, download: Download) -> str | None:
    """The message with which `parse` refuses, or None; a message that does not name source and part fails the test."""
    try:
        parse(download)
    except SourceError as error:
        message = str(error)
    else:
        return None
    missing = [word for word in (download.source, download.part) if word not in message]
    assert not missing, f"{missing} missing in: {message}"
    return message


def assert_refused(parse: Callable, download: Download, *words: str) -> str:
    """`parse` raises SourceError whose message names source, part and `words`; gives the message."""
    message = refusal(parse, download)
    assert message is not None, f"{download.body[:200]!r} was taken for an answer"
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} missing in: {message}"
    return message


def assert_cuts_are_refused(parse: Callable, download: Download, may_be_shorter: bool = False) -> int:
    """Every cut of the body is refused; where `may_be_shorter`, it may give rows that the whole body gives too.

    Gives the number of cuts that were refused.
    """
    whole = rows_of(parse(download))
    refused = 0
    for body in cuts(download.body):
        cut = replace(download, body=body)
        if refusal(parse, cut) is not None:
            refused += 1
            continue
        assert may_be_shorter, f"the first {len(body)} of {len(download.body)} bytes were taken for the whole"
        for name, rows in rows_of(parse(cut)).items():
            assert set(rows) <= set(whole[name]), f"a cut at {len(body)} bytes invented rows of {name}"
    assert refused or may_be_shorter, "no cut was refused"
    return refused


def assert_strangers_are_refused(parse: Callable, download: Download) -> None:
    """An empty body, an HTML page with status 200, noise: each is refused by name."""
    for what, body in NOT_THE_ANSWER.items():
        assert refusal(parse, replace(download, body=body)) is not None, f"{what} was taken for an answer"
