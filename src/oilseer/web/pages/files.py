"""Tables behind a page as files: CSV, Excel and Parquet, as the API gives them."""

from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from oilseer.web.exports import WRITERS, export

FileKind = Annotated[Literal["csv", "xlsx", "parquet"], Query(alias="format")]
TableName = Annotated[str | None, Query(alias="table", max_length=60, pattern=r"^[A-Za-z0-9_.]+$")]


def as_file(answer: dict, kind: str, table: str | None) -> Response:
    """A table of an answer to keep. Raises Problem 404 where the answer has no such table."""
    body, _, name = export(answer, kind, table)
    disposition = f'attachment; filename="{name}.{kind}"'
    return Response(body, headers={"content-disposition": disposition}, media_type=WRITERS[kind][1])
