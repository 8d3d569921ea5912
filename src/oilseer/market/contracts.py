"""Contracts by delivery month: their codes, the time between two of them, and the calendar's roll day.

A delivery month is the datetime64[M] of its first day; ZLZ25 is soybean oil for December 2025.
"""

import re
from datetime import date

import numpy as np

from oilseer.errors import ConfigError
from oilseer.market.sessions import sessions

MONTH_CODES = "FGHJKMNQUVXZ"  # January to December
ROLL_SESSIONS = 6  # before the delivery month: median of CBOT's 76 ZL volume rolls 2010 to 2025, mean 5.8


def code(symbol: str, month: date) -> str:
    """Contract code of a delivery month: ("ZL", 2025-12-01) is ZLZ25."""
    return f"{symbol}{MONTH_CODES[month.month - 1]}{month.year % 100:02d}"


def delivery_month(contract: str, near: date) -> date:
    """First day of the delivery month of a code like ZLZ25, in the century closest to `near`.

    Raises ConfigError where the code is none: two digits of year are needed.
    """
    match = re.fullmatch(rf"[A-Z0-9]{{1,4}}?([{MONTH_CODES}])(\d\d)", contract)
    if match is None:
        raise ConfigError(f"{contract!r} is no contract code; expected a symbol, a month letter and two digits: ZLZ25")
    years = [century + int(match[2]) for century in (near.year // 100 * 100 + shift for shift in (-100, 0, 100))]
    return date(min(years, key=lambda year: abs(year - near.year)), MONTH_CODES.index(match[1]) + 1, 1)


def roll_days(months: np.ndarray, ahead: int = ROLL_SESSIONS) -> np.ndarray:
    """First session on which a contract is no longer front by the calendar: `ahead` CBOT sessions
    before its delivery month starts; (n,) datetime64[D].

    With 6, ZLH19 is left on 2019-02-21: six sessions remain until 2019-03-01 (volume left it on 02-22).
    """
    starts = np.asarray(months, "datetime64[M]").astype("datetime64[D]")
    place = np.searchsorted(sessions(), starts, side="left") - ahead
    return sessions()[np.clip(place, 0, len(sessions()) - 1)]
