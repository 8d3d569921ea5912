"""Whether what a page shows is too old to act on."""

from datetime import date, timedelta

from oilseer.market import sessions
from oilseer.web.visit import Seen, Visit

OLD_AFTER_DAYS = 5


def old_days(visit: Visit, seen: Seen) -> int:
    """Days since an answer was decided where they are too many, else 0; a simulated market stands still."""
    if not seen or seen.answer["simulated"]:
        return 0
    age = visit.site.clock() - sessions.cutoff(date.fromisoformat(seen.answer["as_of_date"]))
    return age.days if age > timedelta(days=OLD_AFTER_DAYS) else 0
