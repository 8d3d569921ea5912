"""Styles, scripts and Plotly as they lie in the packages, under addresses that change with their content."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from oilseer.web.problems import Problem

KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class Asset:
    """One file."""

    kind: str
    body: bytes
    zipped: bytes
    digest: str


@cache
def assets() -> dict[str, Asset]:
    """Every file that may be asked for, by name; nothing else is ever read."""
    found = {entry.name: entry.read_bytes() for entry in files("oilseer.web").joinpath("static").iterdir()}
    found["plotly.js"] = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    return {name: _asset(name, body) for name, body in found.items()}


def _asset(name: str, body: bytes) -> Asset:
    kind = KINDS[name.rsplit(".", 1)[1]]
    return Asset(kind, body, gzip.compress(body, 6, mtime=0), hashlib.sha256(body).hexdigest()[:16])


@cache
def style_ids() -> tuple[str, ...]:
    """Identities of the style elements that Plotly's parts would add, which the content policy forbids.

    Each part adds none where an element of that identity is there already.
    """
    found = re.findall(rb'getElementById\("([0-9a-f]{64})"\)', assets()["plotly.js"].body)
    return tuple(one.decode() for one in found)


def address(name: str) -> str:
    """Where a file is served."""
    return f"/static/{assets()[name].digest}/{name}"


@router.get("/static/{digest}/{name}")
async def asset(request: Request, digest: str, name: str) -> Response:
    """A file; it never changes under its address."""
    found = assets().get(name)
    if found is None or found.digest != digest:
        raise Problem(404, "no-such-file", f"no file {name[:60]!r} of that content: open the page again")
    headers = {"cache-control": FOREVER, "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(found.zipped, headers=headers | {"content-encoding": "gzip"}, media_type=found.kind)
    return Response(found.body, headers=headers, media_type=found.kind)
