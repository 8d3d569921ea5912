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


class Band(BaseModel):
    """A central band."""

    low: float
    high: float


class Horizon(BaseModel):
    """A forecast at one horizon, ¢/lb of the front contract."""

    label: Literal["1w", "1m", "3m", "6m", "12m"]
    sessions: int
    target_date: str
    model: str = Field(description="ensemble, or B1 where nothing beats it")
    median: float
    change_ratio: float
    bands: dict[str, Band] = Field(description="by nominal coverage in percent: 50, 80, 90, 95")
    quantiles: dict[str, float] = Field(description="by probability")
    curve_median: float | None = Field(description="median of the futures curve; null without a second contract")


class Forecast(Answer):
    """Nine quantiles at five horizons."""

    symbol: str
    price: float
    horizons: list[Horizon]


class OneForecast(Answer, Horizon):
    """The same at one horizon."""

    symbol: str
    price: float


class Brief(Forecast):
    """Everything the morning brief shows; parts that no run has made are null."""

    contract: Row
    plan: Row | None
    risk: list[Row] | None
    trust: list[Row] | None
    inputs: Row
    gates: Row | None
    run: Row | None


class Verdict(BaseModel):
    """A check or gate."""

    model_config = ConfigDict(extra="allow")

    passed: bool
    blocking: bool
    found: str
    expected: str


class Checks(Answer):
    """Whether the publication is sound."""

    sound: bool
    failed: int
    rows: list[Verdict]


class Gates(Answer):
    """Verdicts of a run's gates."""

    passed: int
    failed: int
    blocking_failed: int
    rows: list[Verdict]


class Contract(BaseModel):
    """A delivery month."""

    contract_month: str
    price_cents_per_lb: float
    volume: int | None
    open_interest: int | None


class CurveThen(BaseModel):
    """The futures curve of one session; empty where no contracts were quoted."""

    when: Literal["today", "week", "month", "year"]
    observation_date: str
    contracts: list[Contract]


class Curve(Answer):
    """The futures curve now and before."""

    symbol: str
    curves: list[CurveThen]


class BigEight(Rows):
    """The Big 8 at the close, and live where bars came since."""

    live: list[Row]


class Bands(Rows):
    """Past bands beside outcomes."""

    horizon: str
    sessions: int
    band: int
    held: int
    of: int
    words: str


class Explanation(Answer):
    """From the price to the median."""

    horizon: str
    target_date: str
    price_cents_per_lb: float
    median_cents_per_lb: float
    components: list[Row]
    driver_groups: list[Row]
    buckets: list[Row]
    since: str | None
    changes: list[Row]
    slopes: list[Row]


class Plan(Answer):
    """A cover plan."""

    action: str
    sentence: str
    need_lb: float
    open_lb: float
    months: list[Row]
    tripwires: list[Row]
    months_left_out: list[str]
    replay: list[Row] | None


class Scenarios(Answer):
    """Shipped and kept scenarios."""

    shipped: list[Row]
    saved: list[Row]
