"""The sales manager's page: demand for frying oil by events and venues. Its place, and what it lacks."""

from fastapi import APIRouter
from starlette.responses import Response

from oilseer.dashboard import answers
from oilseer.dashboard.words import day, horizon, number
from oilseer.web.pages.rendering import page
from oilseer.web.visit import Visiting

router = APIRouter(include_in_schema=False)
NEEDED = (
    ("Events", "date, venue, attendance", "how many meals are cooked, and where"),
    ("Venues", "place, distance to each kitchen", "which kitchens an event reaches"),
    (
        "Restaurants",
        "fryers and size, cuisine, oil a week, supplier, price agreed",
        "demand, and accounts at risk",
    ),
)


@router.get("/vegas")
def vegas(visit: Visiting) -> Response:
    """What is there for a seller today: the price ahead. Accounts have no source yet."""
    seen = visit.see(answers.forecast)
    ahead = seen.answer["horizons"] if seen else []
    rows = [
        (horizon(row["label"]), day(row["target_date"]), number(row["bands"]["80"]["low"]), number(row["median"]),
         number(row["bands"]["80"]["high"]))
        for row in ahead
    ]  # fmt: skip
    return page(visit, "vegas.html", needed=NEEDED, seen=seen, rows=rows)
