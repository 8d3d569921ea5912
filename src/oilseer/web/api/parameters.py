"""Parameters that several routes take."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path, Query

Label = Literal["1w", "1m", "3m", "6m", "12m"]
LabelInPath = Annotated[Label, Path(description="horizon")]
LabelAsked = Annotated[Label, Query(alias="horizon", description="horizon")]
Start = Annotated[date | None, Query(description="first day, YYYY-MM-DD")]
End = Annotated[date | None, Query(description="last day, YYYY-MM-DD")]
Name = Annotated[str, Path(max_length=120, pattern=r"^[A-Za-z0-9_.:-]+$")]
