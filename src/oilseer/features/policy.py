"""Policy by dated public acts: tariffs in force, biofuel rules, and the days until deadlines and reports by rule.

From reference/event_calendar.csv; an act counts from the day after it was announced, and is in force by its own dates.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np

from oilseer.features.feature import Feature
from oilseer.reference.events import RFS_KINDS, TARIFF_KINDS, Event, events
from oilseer.reference.mandates import Mandate, mandates

LOOKBACK = 0
ACTIVE_DAYS = 90
_act = partial(
    Feature, reads=("reference.event_calendar",), max_age=timedelta(days=1), bucket="tariff",
    driver_group="TRADE_TARIFF", category="policy", source="Federal Register and press, reference/event_calendar.csv",
    publication_lag="the day after the announcement", reliability=0.7,
)  # fmt: skip
_rule = partial(_act, bucket="biofuel", driver_group="POLICY_REGULATION")
_blend = partial(
    _rule, unit="percent", why="What is burnt abroad is not exported.", reads=("reference.mandates",),
    source="reference/mandates.csv: law and press", driver_group="PALM_SUBSTITUTION",
    missing="no step of this programme is known before 2019",
)  # fmt: skip
_due = partial(_rule, source="calendar rules", publication_lag="none: known ahead", category="season", reliability=0.8)
_report = partial(_due, bucket="crush", driver_group="WEATHER_SUPPLY")

FEATURES: tuple[Feature, ...] = (
    _act("policy_section_301_flag", "1 or 0", "1 while American duties under Section 301 on Chinese goods hold",
         "China answered with duties on soybeans."),
    _act("policy_china_soybean_duty_percent", "percent", "China's extra duty on American soybeans in force",
         "The duty turns China to Brazil, and fills American bins."),
    _act("policy_tariff_acts_90d_number", "acts", "acts on tariffs announced in the last 90 days",
         "Many acts in a short time make buyers wait."),
    _rule("policy_rfs_proposal_open_flag", "1 or 0", "1 while the newest act on volumes is a proposal",
          "An open proposal keeps the market guessing."),
    _blend("policy_brazil_biodiesel_blend_percent", formula="biodiesel that Brazil asks for in diesel, in force"),
    _blend("policy_indonesia_biodiesel_blend_percent", formula="biodiesel that Indonesia asks for in diesel, in force"),
    _due("season_to_rfs_deadline_days", "days", "days until the next 30 November, EPA's date for volumes by statute",
         "Volumes are due on this day, and often late."),
    _report("season_to_wasde_days", "days", "days until the next WASDE by rule: first weekday from the 9th on",
            "Positions are closed before the report."),
)  # fmt: skip


def compute(known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Feature columns (n,) by name; of `known` only the session's date counts."""
    days = known["as_of_date"].astype(np.int64)
    return by_day(days, events()) | {
        "policy_brazil_biodiesel_blend_percent": blend(days, "Brazil biodiesel", mandates()),
        "policy_indonesia_biodiesel_blend_percent": blend(days, "Indonesia biodiesel", mandates()),
    }


def blend(days: np.ndarray, programme: str, steps: Sequence[Mandate]) -> np.ndarray:
    """Share of biodiesel, percent, that a programme asks for on each day; NaN before its first step; (n,).

    Of the steps announced before the day and effective by then the newest date counts, and of it the newest word.
    """
    out = np.full(len(days), np.nan)
    own = [step for step in steps if step.programme == programme]
    for step in sorted(own, key=lambda step: (step.effective, step.announced)):
        counts = (days >= _number(step.effective)) & (days > _number(step.announced))
        out = np.where(counts, step.value, out)
    return out


def by_day(days: np.ndarray, calendar: Sequence[Event]) -> dict[str, np.ndarray]:
    """The columns for sessions `days` (n,), days since 1970, from the acts of `calendar`."""
    tariffs = [act for act in calendar if act.kind in TARIFF_KINDS]
    measures = [act for act in tariffs if act.effective_on and act.kind != "trade_deal"]
    rules = [act for act in calendar if act.kind in RFS_KINDS]
    duty = none = np.zeros(len(days))
    for act in measures:
        if act.soybean_duty_percent is not None:
            duty = np.where(_holds(days, act), act.soybean_duty_percent, duty)
    section = [_holds(days, act) for act in measures if act.kind == "us_section_301"]
    newest = _newest(days, rules)
    proposed = np.array([act.kind == "rfs_proposed" for act in rules], dtype=float)
    return {
        "policy_section_301_flag": np.any(section, axis=0).astype(float) if section else none,
        "policy_china_soybean_duty_percent": duty,
        "policy_tariff_acts_90d_number": sum(
            (((days > _number(act.announced_on)) & (days <= _number(act.announced_on) + ACTIVE_DAYS)).astype(float)
             for act in tariffs), none),
        "policy_rfs_proposal_open_flag": np.where(newest < 0, 0.0, proposed[newest] if len(rules) else 0.0),
        "season_to_rfs_deadline_days": _until(days, 11, 30),
        "season_to_wasde_days": _until_wasde(days),
    }  # fmt: skip


def _holds(days: np.ndarray, act: Event) -> np.ndarray:
    """Whether an act is in force and was announced before the day; (n,)."""
    start = max(_number(act.effective_on), _number(act.announced_on) + 1)
    return (days >= start) & (days < (_number(act.ended_on) if act.ended_on else np.iinfo(np.int64).max))


def _newest(days: np.ndarray, acts: Sequence[Event]) -> np.ndarray:
    """Place of the newest act announced before each day, −1 before the first; (n,)."""
    announced = np.array([_number(act.announced_on) for act in acts], dtype=np.int64)
    return np.searchsorted(announced, days, side="left") - 1


def _until(days: np.ndarray, month: int, day: int) -> np.ndarray:
    """Days until the next such date, 0 on it; (n,)."""
    dates = days.astype("datetime64[D]")
    years = dates.astype("datetime64[Y]")
    this, following = (
        ((years + add).astype("datetime64[M]") + (month - 1)).astype("datetime64[D]") + (day - 1) for add in (0, 1)
    )
    return (np.where(dates <= this, this, following) - dates).astype(float)


def _until_wasde(days: np.ndarray) -> np.ndarray:
    """Days until the first weekday from the 9th of the month on, 0 on it; (n,). The real day is within three of it."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    this, following = (
        np.busday_offset((months + add).astype("datetime64[D]") + 8, 0, roll="forward") for add in (0, 1)
    )
    return (np.where(dates <= this, this, following) - dates).astype(float)


def _number(day: date) -> int:
    return (day - date(1970, 1, 1)).days
