"""Calendar months as sessions ahead: needs are given by month, paths by session.

The one step between the two; made from the exchange's sessions.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from oilseer.market import sessions


@dataclass(frozen=True)
class MonthSpan:
    """One calendar month seen from a session: its sessions are start + 1 to end ahead, both included."""

    month: date
    start: int
    end: int

    @property
    def middle(self) -> float:
        """Sessions from now to the middle of the month."""
        return (self.start + self.end) / 2


def month_spans(as_of_date: date, months: int) -> tuple[MonthSpan, ...]:
    """The calendar months ahead of the close of `as_of_date`; the first is that of the next session.

    A month under way has only its sessions that are left. Raises ConfigError where `as_of_date` is no session.
    """
    place = int(sessions.number(as_of_date)[0])
    first = sessions.sessions()[place + 1].astype("datetime64[M]")
    named = first + np.arange(months + 1)
    edges = np.searchsorted(sessions.sessions(), named.astype("datetime64[D]")) - place - 1
    edges[0] = 0
    return tuple(
        MonthSpan(month.astype("datetime64[D]").astype(object), int(start), int(end))
        for month, start, end in zip(named[:-1], edges[:-1], edges[1:], strict=True)
    )
