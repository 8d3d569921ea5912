"""Parameters that several routes take."""

import re
from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BeforeValidator


def _written_out(text: object) -> date:
    """A day as YYYY-MM-DD; pydantic alone would take a number for seconds since 1970."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ValueError("expected a day as YYYY-MM-DD")
    return date.fromisoformat(text)


Day = Annotated[date, BeforeValidator(_written_out)]
Label = Literal["1w", "1m", "3m", "6m", "12m"]
LabelInPath = Annotated[Label, Path(description="horizon")]
LabelAsked = Annotated[Label, Query(alias="horizon", description="horizon")]
LabelOrAll = Annotated[Label | None, Query(alias="horizon", description="one horizon; without it all")]
Start = Annotated[Day | None, Query(description="first day, YYYY-MM-DD")]
End = Annotated[Day | None, Query(description="last day, YYYY-MM-DD")]
Name = Annotated[str, Path(max_length=120, pattern=r"^[A-Za-z0-9_.:-]+$")]
