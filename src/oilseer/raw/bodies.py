"""What arrives over the wire made into bytes of a known size: decompressed under a cap, unzipped under a cap.

A few kilobytes can unfold into gigabytes, so nothing here trusts a declared size; it stops where the cap is reached.
"""

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath
from urllib.parse import quote, quote_plus

import zstandard

from oilseer.errors import SourceError

MIB = 1 << 20
CHUNK = 256 * 1024
ENCODINGS = "gzip, deflate, zstd"
PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
SHORTEST_SECRET = 6  # characters; blotting out a shorter one would blot out figures


@dataclass(frozen=True)
class Caps:
    """Largest sizes, bytes: on the wire, after decompression; of an archive the number of files and the ratio."""

    wire: int = 64 * MIB
    body: int = 256 * MIB
    files: int = 500
    ratio: int = 300  # of packed text rarely 50; a bomb's is 1,000 and more


CAPS = Caps()


class BadBody(ValueError):
    """Found and expected of bytes that cannot be accepted; the caller says whose they are."""


class TooLarge(BadBody):
    """Bytes that another try would not make smaller."""


def decode(wire: bytes, encoding: str, caps: Caps = CAPS) -> bytes:
    """`wire` after the Content-Encoding that the answer names. Raises BadBody for damage, other codes and bombs."""
    name = encoding.strip().lower()
    if name in ("", "identity", "none"):
        return wire
    if name in ("gzip", "x-gzip"):
        return _inflate(wire, zlib.MAX_WBITS | 16, name, caps)
    if name == "deflate":
        raw = len(wire) < 2 or int.from_bytes(wire[:2], "big") % 31 != 0 or wire[0] & 0x0F != 8
        return _inflate(wire, -zlib.MAX_WBITS if raw else zlib.MAX_WBITS, name, caps)
    if name == "zstd":
        return unpack_zstd(wire, caps)
    raise BadBody(f"Content-Encoding {encoding[:40]!r}, expected one of {ENCODINGS}, which was asked for")


def _inflate(wire: bytes, wbits: int, name: str, caps: Caps) -> bytes:
    parts: list[bytes] = []
    size, rest = 0, wire
    while rest:
        stream = zlib.decompressobj(wbits)
        while not stream.eof:
            try:
                part = stream.decompress(rest, CHUNK)
            except zlib.error as error:
                raise BadBody(f"damaged {name} ({error}), expected a whole stream") from None
            size += len(part)
            _refuse_more_than(caps.body, size, len(wire), name)
            parts.append(part)
            rest = stream.unconsumed_tail
            if not part and not rest and not stream.eof:
                raise BadBody(f"{name} that ends early after {size:,} bytes, expected a whole stream")
        rest = stream.unused_data.lstrip(b"\0")  # further members, after padding
    return b"".join(parts)


def unpack_zstd(packed: bytes, caps: Caps = CAPS) -> bytes:
    """Zstandard frames unpacked. Raises BadBody for damage and bombs."""
    parts: list[bytes] = []
    size, rest = 0, packed
    while rest:
        stream = zstandard.ZstdDecompressor(max_window_size=128 * MIB).decompressobj()
        while rest and not stream.eof:
            # One block of 128 KiB may stand in four bytes, so a small bite is a bounded mouthful.
            bite, rest = rest[:1024], rest[1024:]
            try:
                part = stream.decompress(bite)
            except zstandard.ZstdError as error:
                raise BadBody(f"damaged zstd ({error}), expected a whole stream") from None
            size += len(part)
            _refuse_more_than(caps.body, size, len(packed), "zstd")
            parts.append(part)
        if not stream.eof:
            raise BadBody(f"zstd that ends early after {size:,} bytes, expected a whole stream")
        rest = stream.unused_data + rest
    return b"".join(parts)


def _refuse_more_than(cap: int, size: int, wire: int, name: str) -> None:
    if size > cap:
        raise TooLarge(f"{name} of {wire:,} bytes that unfolds beyond {cap:,} bytes, expected less: a bomb?")


def members(body: bytes, where: str, caps: Caps = CAPS) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each file of a zip, in order, one at a time. `where` names source and part in messages.

    Raises SourceError for damage, encryption, names that leave the folder, too many files, and bombs.
    """
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed:
            infos = [info for info in packed.infolist() if not info.is_dir()]
            _check_listing(infos, where, len(body), caps)
            total = 0
            for info in infos:
                with packed.open(info) as handle:
                    content = handle.read(caps.body - total + 1)
                total += len(content)
                if total > caps.body:
                    raise SourceError(
                        f"{where}: a zip that unfolds beyond {caps.body:,} bytes, expected less: a bomb? "
                        "Look at it by hand"
                    )
                yield info.filename, content
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceError(
            f"{where}: a damaged zip of {len(body):,} bytes ({error}), expected a whole one; fetch it again"
        ) from None


def _check_listing(infos: list[zipfile.ZipInfo], where: str, packed: int, caps: Caps) -> None:
    """Raise SourceError for what the listing alone gives away."""
    declared = sum(info.file_size for info in infos)
    bad = [info.filename for info in infos if _leaves_folder(info.filename)]
    locked = [info.filename for info in infos if info.flag_bits & 1]
    found = None
    if not infos:
        found = "no file in it, expected at least one"
    elif bad:
        found = f"a file called {bad[0][:80]!r}, expected a name inside the archive"
    elif locked:
        found = f"a password on {locked[0][:80]!r}, expected none"
    elif len(infos) > caps.files:
        found = f"{len(infos):,} files, expected at most {caps.files}"
    elif declared > caps.body or (declared > MIB and declared > caps.ratio * packed):
        found = f"{declared:,} bytes out of {packed:,}, expected at most {caps.body:,} and {caps.ratio} times: a bomb?"
    if found:
        raise SourceError(f"{where}: a zip with {found}; look at it by hand before it is let in")


def _leaves_folder(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\0" in name


def is_page(body: bytes) -> bool:
    """Whether the body is an HTML page, as login, maintenance and error pages are, whatever its status says."""
    head = body[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(b"<?xml"):
        head = head.partition(b"?>")[2].lstrip()
    while head.startswith(b"<!--"):
        head = head.partition(b"-->")[2].lstrip()
    return head.startswith(PAGE_STARTS)


def excerpt(body: bytes) -> str:
    """The first words of a body, for a message."""
    return " ".join(body[:400].decode("utf-8", errors="replace").split())[:160]


def blot_out(text: bytes, secrets: Mapping[str, str]) -> bytes:
    """`text` without any of the secrets, plain or as an URL writes them; none is shorter than SHORTEST_SECRET."""
    for secret in sorted(secrets.values(), key=len, reverse=True):
        for shape in {secret, quote(secret, safe=""), quote_plus(secret), secret.replace("/", "\\/")}:
            text = text.replace(shape.encode(), b"***")
    return text
