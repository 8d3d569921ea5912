"""How old the close is that a page speaks of, and what would fill an empty place of it."""

from collections.abc import Callable

from oilseer.dashboard import source_words
from oilseer.dashboard.lists import last_session
from oilseer.dashboard.words import counted, day
from oilseer.web.visit import Visit

FRESH_DAYS = 4  # a long weekend


def age_of_close(visit: Visit) -> str:
    """Words of warning where the last priced session lies back too far; "" where not, and in a simulated workspace."""
    seen = visit.see(last_session)
    if not seen or visit.site.workspace.kind == "simulated":
        return ""
    days = (visit.site.clock().date() - seen.answer).days
    if days <= FRESH_DAYS:
        return ""
    return f"Old: the last price is of {day(seen.answer)}, {counted(days, 'day')} ago."


def filled_by(visit: Visit) -> Callable[..., str]:
    """How to get what sources bring; a simulated market has only what it makes."""
    if visit.site.workspace.kind != "simulated":
        return source_words.fill
    return lambda *names: f"The simulated market makes none. In a real workspace: {source_words.fill(*names)}"
