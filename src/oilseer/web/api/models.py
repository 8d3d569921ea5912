"""What answers look like, for the OpenAPI document; tests hold every answer against it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Row = dict[str, Any]


class Answer(BaseModel):
    """What every answer starts with."""

    model_config = ConfigDict(extra="allow")

    run_id: str | None = Field(description="the run that published it; empty or null where no run has")
    as_of_date: str | None = Field(description="session at whose close it was known, YYYY-MM-DD")
    workspace: Literal["real", "simulated"]
    simulated: bool = Field(description="true: a made-up market; no number is a real price")
    units: dict[str, str] = Field(description="unit or meaning by field name, or by the end of field names")


class Rows(Answer):
    """An answer with one list of rows."""

    rows: list[Row]


class Paged(Rows):
    """A part of a long list of rows."""

    total: int = Field(description="rows in all")
    limit: int
    offset: int
    next: str | None = Field(description="path of the next part; null at the end")


class HealthRow(BaseModel):
    """How long one table has been silent."""

    table: str
    what: str
    status: Literal["fresh", "late", "stale", "never"]
    critical: bool = Field(description="a forecast needs it")
    cadence: str
    rows: int
    newest_observation_date: str | None
    newest_available_at: str | None
    age_days: float | None
    late_after_days: float
    stale_after_days: float


class Health(BaseModel):
    """Whether the product can be acted on; 200 where it can, 503 where not."""

    healthy: bool
    why: list[str] = Field(description="why it cannot be acted on; empty where it can")
    published: bool
    run_id: str | None
    as_of_date: str | None
    workspace: Literal["real", "simulated"]
    simulated: bool
    measured_at: str
    status: Literal["fresh", "late", "stale", "never"]
    words: str
    counts: dict[str, int] = Field(description="tables by status")
    critical_stale: list[str]
    critical_sources_stale: list[str]
    rows: list[HealthRow]
    sources: list[Row]
    jobs: list[Row]
    version: str
    units: dict[str, str]
