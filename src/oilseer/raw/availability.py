"""When the world could know a row: publication rules declared in a mapping, applied to whole columns.

A rule starts at a day (`of`, else the observation date), moves by months, days, business days and weekdays in that
order, and ends at a clock time of a zone; the result is UTC. Rules are lags unless the file records the day itself.
"""

from datetime import date, time
from functools import cache
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import polars as pl
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
HOLIDAYS_FROM, HOLIDAYS_TO = "1940-01-01", "2040-12-31"


def _clock(value: object) -> object:
    """A clock time from text only: YAML reads an unquoted 17:00 as the number 1020."""
    if value is None or isinstance(value, time):
        return value
    try:
        clock = time.fromisoformat(value)
    except (TypeError, ValueError):
        clock = None
    if clock is None or clock.tzinfo is not None:
        raise ValueError(f'expected a clock time in quotes such as "15:30", without zone; found {value!r}')
    return clock


class Hold(BaseModel):
    """A time without releases, such as a shutdown: what was due in it came out at `until`, same clock."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    from_: date = Field(alias="from")
    until: date
    reason: str


class Rule(BaseModel):
    """A publication rule. Without any move it is the same day at `at`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    of: str = "observation_date"
    column: str | None = None
    reference: Literal["fred_series"] | None = None
    format: str | None = None  # of text in `column`
    plus_minutes: int | None = Field(default=None, ge=0)
    plus_months: int = Field(default=0, ge=0)
    month_end: bool = False
    day: int | None = Field(default=None, ge=1, le=31)
    plus_days: int = Field(default=0, ge=0)
    business_days: int = Field(default=0, ge=0)
    weekday: Weekday | None = None
    next_weekday: Weekday | None = None
    delayed_by_holidays: bool = False
    held: tuple[Hold, ...] = ()
    at: Annotated[time | None, BeforeValidator(_clock)] = None
    zone: str = "America/New_York"

    @model_validator(mode="after")
    def _complete(self) -> "Rule":
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"zone {self.zone!r} is unknown; expected a name such as America/New_York") from None
        ways = [self.reference is not None, self.plus_minutes is not None, self.at is not None]
        if sum(ways) != 1:
            raise ValueError('expected exactly one of at: "HH:MM", plus_minutes (of a timestamp), reference')
        if self.weekday and self.next_weekday:
            raise ValueError("weekday (on or after) and next_weekday (after) exclude each other")
        if (self.plus_minutes is not None or self.reference) and self._moves:
            raise ValueError("plus_minutes and reference take no days, months or weekdays")
        return self

    @property
    def _moves(self) -> bool:
        return bool(self.plus_months or self.month_end or self.plus_days or self.held or self._official)

    @property
    def _official(self) -> bool:
        """Whether an office publishes on working days, so that the result may not be a holiday."""
        return bool(self.business_days or self.weekday or self.next_weekday or self.day or self.delayed_by_holidays)

    @property
    def kind(self) -> str:
        """Availability: vintage where the file records the publication day, else "lagged"."""
        return "vintage" if self.column else "lagged"


def published(rule: Rule, base: pl.Series) -> pl.Series:
    """UTC instants of publication for `base`: dates, or UTC timestamps where the rule adds minutes. Null stays null."""
    if rule.plus_minutes is not None:
        return pl.select(base + pl.duration(minutes=rule.plus_minutes)).to_series()
    distinct = base.unique()  # few days, many rows
    instants = _instants(_release_days(rule, distinct), rule.at, rule.zone)
    known = pl.DataFrame({"day": distinct, "instant": instants})
    return pl.DataFrame({"day": base}).join(known, on="day", how="left", maintain_order="left", nulls_equal=True)[
        "instant"
    ]


def _release_days(rule: Rule, base: pl.Series) -> pl.Series:
    days = base.to_numpy().astype("datetime64[D]")
    known = ~np.isnat(days)
    start = days[known]
    moved = start
    if rule.plus_months or rule.month_end or rule.day:
        month = start.astype("datetime64[M]") + rule.plus_months
        first, last = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]") - 1
        if rule.day:
            moved = np.minimum(first + (rule.day - 1), last)
        elif rule.month_end:
            moved = last
        else:
            moved = np.minimum(first + (start - start.astype("datetime64[M]").astype("datetime64[D]")), last)
    moved = moved + rule.plus_days
    if rule.business_days:
        moved = np.busday_offset(moved, rule.business_days, roll="backward", holidays=us_holidays())
    if rule.weekday or rule.next_weekday:
        if rule.next_weekday:
            moved = moved + 1
        wanted = WEEKDAYS.index(rule.weekday or rule.next_weekday)
        today = (moved.astype(int) + 3) % 7  # 1970-01-01 was a Thursday
        moved = moved + (wanted - today) % 7
    if rule.delayed_by_holidays:
        closed = us_holidays()
        between = np.searchsorted(closed, moved, side="right") - np.searchsorted(closed, start, side="left")
        moved = np.busday_offset(
            moved, np.maximum(between - np.isin(moved, closed), 0), roll="forward", holidays=closed
        )
    elif rule._official:
        moved = np.busday_offset(moved, 0, roll="forward", holidays=us_holidays())
    for hold in rule.held:
        inside = (moved >= np.datetime64(hold.from_)) & (moved < np.datetime64(hold.until))
        moved = np.where(inside, np.datetime64(hold.until), moved)
    out = np.full(len(days), "NaT", dtype="datetime64[D]")
    out[known] = moved
    return pl.Series(out).cast(pl.Date)


def _instants(days: pl.Series, at: time, zone: str) -> pl.Series:
    """Clock time `at` of `zone` on each day, in UTC; of a doubled hour the later, of a skipped one the next."""
    frame = pl.DataFrame({"day": days}).select(local=pl.col("day").dt.combine(at))
    local = pl.col("local")

    def utc(moment: pl.Expr) -> pl.Expr:
        return moment.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null").dt.convert_time_zone("UTC")

    return frame.select(pl.coalesce(utc(local), utc(local.dt.offset_by("1h"))).alias("available_at")).to_series()


@cache
def us_holidays() -> np.ndarray:
    """US federal holidays on weekdays, increasing datetime64[D]; offices do not publish on them."""
    from pandas.tseries.holiday import USFederalHolidayCalendar

    found = USFederalHolidayCalendar().holidays(HOLIDAYS_FROM, HOLIDAYS_TO)
    return np.unique(found.values.astype("datetime64[D]"))
