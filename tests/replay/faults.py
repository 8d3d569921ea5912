"""How a service can go wrong, by name: what is done to an honest answer before or while it is sent.

    503            the status alone, also 429, 500, 502; `429 retry-after=1`, `429 retry-after=date`
    truncate=k     only k/64 of the body come, then the connection closes: fewer bytes than declared
    cut=k          only k/64 of the body come, declared as if that were all
    longer         ten bytes fewer declared than the body has
    html           a login page with status 200        empty, empty-json, empty-array
    invalid, nan, infinity, bom, duplicated, reversed  the body spoiled in content
    gzip-bomb, zstd-bomb, zip-bomb                     128 MiB in a few kilobytes
    gzip, zstd, deflate                                an honest body, compressed; `gzip-cut` half of it
    reset          the connection is reset             hang        nothing comes
    drip           one byte at a time, `drip=seconds`  drip-headers  the same before the body
    redirect-loop, redirect-away, redirect-down, redirect-sibling   to itself, to another owner, to a way that is no
                   https, to another host of the same owner
    echo           the whole request, key and all, is repeated in the body

A count ends it: `503 x2` fails twice and is well again.
"""

import gzip
import io
import json
import zipfile
import zlib
from functools import cache

import zstandard

MIB = 1 << 20
BOMB_MIB = 128
PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in to go on</body></html>"


def spoiled(kind: str, body: bytes) -> bytes:
    """The body with its content spoiled."""
    if kind == "html":
        return PAGE
    if kind in ("empty", "empty-json", "empty-array"):
        return {"empty": b"", "empty-json": b"{}", "empty-array": b"[]"}[kind]
    if kind == "invalid":
        return body[:-1] + b',"oops'
    if kind in ("nan", "infinity"):
        return _numbers(body, {"nan": "NaN", "infinity": "Infinity"}[kind])
    if kind == "bom":
        return b"\xef\xbb\xbf" + body
    if kind in ("duplicated", "reversed"):
        return _lists(body, kind)
    if kind == "zip-bomb":
        return zip_bomb()
    raise ValueError(f"no fault called {kind!r}; see tests/replay/faults.py")


def compressed(kind: str, body: bytes) -> tuple[str, bytes]:
    """Content-Encoding and body."""
    if kind == "gzip-bomb":
        return "gzip", gzip_bomb()
    if kind == "zstd-bomb":
        return "zstd", zstd_bomb()
    if kind == "gzip-cut":
        whole = gzip.compress(body)
        return "gzip", whole[: len(whole) // 2]
    made = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstandard.ZstdCompressor().compress}[kind]
    return kind, made(body)


@cache
def gzip_bomb(mib: int = BOMB_MIB) -> bytes:
    """Zeros in a thousandth of their size."""
    made = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*(made.compress(bytes(MIB)) for _ in range(mib)), made.flush()])


@cache
def zstd_bomb(mib: int = BOMB_MIB) -> bytes:
    """Zeros in a ten-thousandth of their size."""
    return zstandard.ZstdCompressor().compress(bytes(mib * MIB))


@cache
def zip_bomb(mib: int = BOMB_MIB) -> bytes:
    """A zip with nothing but zeros in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made, made.open("year.txt", "w") as handle:
        for _ in range(mib):
            handle.write(bytes(MIB))
    return packed.getvalue()


def _numbers(body: bytes, word: str) -> bytes:
    """The last number of a JSON or CSV body replaced by a word that JSON does not know."""
    text = body.decode()
    end = max(place for place, letter in enumerate(text) if letter.isdigit()) + 1
    start = end
    while start and (text[start - 1].isdigit() or text[start - 1] in ".-"):
        start -= 1
    return (text[:start] + word + text[end:]).encode()


def _lists(body: bytes, kind: str) -> bytes:
    """Every list of a JSON body, or every line of a text below its header, doubled or turned round."""

    def turned(items: list) -> list:
        return items + items if kind == "duplicated" else items[::-1]

    def walk(value: object) -> object:
        if isinstance(value, list):
            return turned([walk(item) for item in value])
        if isinstance(value, dict):
            return {name: walk(item) for name, item in value.items()}
        return value

    try:
        return json.dumps(walk(json.loads(body))).encode()
    except ValueError:
        header, *lines = body.decode().splitlines()
        return "\n".join([header, *turned(lines), ""]).encode()
