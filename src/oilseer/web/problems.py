"""Errors as RFC 9457 problem documents: what was found, what was expected, and what to do next."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from pydantic import BaseModel, Field
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One wrong part of a request."""

    where: str = Field(description="query.limit, body.months.0.need_lb")
    found: str = Field(description="what was sent, shortened")
    expected: str


class ProblemDocument(BaseModel):
    """RFC 9457: why there is no answer, and what to do."""

    type: str = Field(description="urn:oilseer:problem:NAME, the same for the same kind of problem")
    title: str
    status: int
    detail: str = Field(description="what was found, what was expected, and what to do")
    instance: str = Field(description="path that was asked")
    errors: list[Fault] = Field(default=[], description="every wrong part of the request")


@dataclass(eq=False)
class Problem(Exception):
    """A problem to answer with. `name` is stable, for machines; `detail` teaches."""

    status: int
    name: str
    detail: str
    errors: list[dict] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self, path: str) -> Response:
        """The problem as a response to a request of `path`."""
        document = {
            "type": f"urn:oilseer:problem:{self.name}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "instance": path,
            "errors": self.errors,
        }
        body = json.dumps(document, ensure_ascii=False).encode()
        headers = {"cache-control": "no-store", **self.headers}
        return Response(body, self.status, headers, media_type=MEDIA_TYPE)


def nothing_published(home: object) -> Problem:
    """There is no snapshot to read."""
    return Problem(404, "nothing-published", f"nothing is published in {home} yet: `oilseer run` makes a forecast")


def documented(*statuses: int) -> dict:
    """`responses` of a route that may answer with problems of these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}
