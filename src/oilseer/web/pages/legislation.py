"""Legislation and trade: steps with announced and effective dates, what soybean oil did after, and what comes."""

from typing import Literal

from fastapi import APIRouter
from starlette.responses import Response

from oilseer.dashboard import event_words, policy_past
from oilseer.dashboard import policy_words as words
from oilseer.web.pages.age import age_of_close, filled_by
from oilseer.web.pages.rendering import page
from oilseer.web.visit import Visiting

SOURCES = ("federal_register", "epa_rfs", "truth_social")
router = APIRouter(include_in_schema=False)


@router.get("/legislation")
def legislation(visit: Visiting, sessions: Literal["5", "21", "63"] = "21", later: bool = False) -> Response:
    """Steps of policy and trade, as known at the close.

    sessions  after the announcement, in the chart
    later     also steps that became public after the close
    """
    steps, calendar = visit.see(policy_past.steps, later), visit.see(policy_past.calendar)
    timeline = reactions = None
    if steps:
        timeline = words.timeline(
            steps.answer, visit.ask(policy_past.prices_since, words.start_of(steps.answer["as_of_date"]))
        )
        reactions = words.reactions(steps.answer, int(sessions))
    return page(
        visit, "legislation.html", charts=tuple(one for one in (timeline, reactions) if one), timeline=timeline,
        reactions=reactions, old=age_of_close(visit), fill=filled_by(visit)(*SOURCES),
        steps=steps, later=later, sessions=sessions, choices=tuple(str(after) for after in policy_past.AFTER),
        years=words.by_year(steps.answer) if steps else [], enough=words.ENOUGH_WORDS,
        group_headers=words.GROUP_HEADERS, group_rows=words.group_rows(steps.answer, int(sessions)) if steps else [],
        calendar=calendar, months=words.months(calendar.answer) if calendar else [],
        weekly=event_words.weekly(calendar.answer) if calendar else [],
        undated=event_words.undated(calendar.answer) if calendar else [],
    )  # fmt: skip
