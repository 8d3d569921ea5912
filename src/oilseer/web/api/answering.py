"""From a reader's answer to a response: JSON or a file, whole or a page of it, kept until the next publication."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from oilseer.dashboard.tables import plain
from oilseer.web.exports import WRITERS, export
from oilseer.web.problems import Problem, documented
from oilseer.web.visit import Visit, Visiting

MOST_ROWS = 1000
FARTHEST = 10_000_000
Format = Annotated[
    Literal["json", "csv", "xlsx", "parquet"],
    Query(description="json, or a table of the answer as a file; a file holds all rows, not one page of them"),
]
Table = Annotated[
    str | None,
    Query(
        max_length=60, pattern=r"^[A-Za-z0-9_.]+$",
        description="which table of the answer goes into the file; without it the first, in Excel all",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Page:
    """Which rows of a long list."""

    limit: int
    offset: int


@dataclass(frozen=True)
class Asked:
    """A request to the API."""

    visit: Visit
    format: str
    table: str | None

    def answer(self, reader: Callable[..., dict], *args: Any, page: Page | None = None) -> Response:
        """What `reader(connection, *args)` says of the publication; the same address has the same answer."""
        return self.give(self.visit.ask(reader, *args), page=page)

    def rows(self, reader: Callable[..., dict], *args: Any, page: Page) -> Response:
        """A page of what `reader(connection, *args, limit, offset)` reads; a file holds all of it."""
        if self.format != "json":
            return self.give(self.visit.read(reader, *args, None, 0))
        found = self.visit.read(reader, *args, page.limit, page.offset)
        return self.give(found | self._places(found["total"], page))

    def give(self, answer: dict, keep: bool = True, page: Page | None = None) -> Response:
        """An answer made; `keep` where it follows from the address and the publication alone."""
        self.visit.request.state.keep = keep
        if self.format != "json":
            body, media, name = export(answer, self.format, self.table)
            disposition = f'attachment; filename="{name}.{self.format}"'
            return Response(body, headers={"content-disposition": disposition}, media_type=media)
        if page is not None:
            rows = answer["rows"][page.offset : page.offset + page.limit]
            answer = answer | self._places(len(answer["rows"]), page) | {"rows": rows}
        return as_json(answer)

    def _places(self, total: int, page: Page) -> dict:
        """Which rows these are, and where the next are."""
        following, end = None, page.offset + page.limit
        if end < total:
            asked = dict(self.visit.request.query_params) | {"limit": page.limit, "offset": end}
            following = f"{self.visit.request.url.path}?{urlencode(asked)}"
        return {"total": total, "limit": page.limit, "offset": page.offset, "next": following}


async def asked_of(visit: Visiting, format: Format = "json", table: Table = None) -> Asked:
    """What was asked. Raises Problem 422 for a parameter that the route does not have, naming those it has."""
    known = _parameters(visit.request)
    odd = sorted(set(visit.request.query_params) - known)
    if odd:
        faults = [{"where": f"query.{name[:60]}", "found": "a parameter of that name",
                   "expected": f"one of {', '.join(sorted(known))}"} for name in odd[:20]]  # fmt: skip
        raise Problem(422, "bad-request", f"unknown parameter {odd[0][:60]!r}: {faults[0]['expected']}", faults)
    return Asked(visit, format, table)


async def page_of(
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="rows of this page")] = 100,
    offset: Annotated[int, Query(ge=0, le=FARTHEST, description="rows before this page")] = 0,
) -> Page:
    """Which rows are asked for."""
    return Page(limit, offset)


Asking = Annotated[Asked, Depends(asked_of)]
Paging = Annotated[Page, Depends(page_of)]


def as_json(answer: dict, status: int = 200) -> Response:
    """Strict JSON: no NaN, text as it is."""
    body = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain)
    return Response(body.encode(), status, media_type="application/json")


def answering(model: type[BaseModel], *statuses: int) -> dict:
    """What a route that gives answers says in the OpenAPI document: its model, files, and problems."""
    files = {media.split(";")[0]: {"schema": {"type": "string", "format": "binary"}} for _, media in WRITERS.values()}
    described = {200: {"description": "the answer, or a table of it as a file", "content": files},
                 304: {"description": "not changed since the ETag in If-None-Match"}}  # fmt: skip
    return {"response_model": model, "responses": described | documented(404, 422, *statuses)}


def _parameters(request: Request) -> set[str]:
    """Names of the query parameters of the route, from its description."""
    route = request.app.openapi()["paths"][request.scope["route"].path_format][request.method.lower()]
    return {one["name"] for one in route["parameters"] if one["in"] == "query"}
