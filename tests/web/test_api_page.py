"""The page about the API names every address, and nothing that is not there."""

import re
from pathlib import Path

from oilseer.web.api import ROUTERS

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_page_names_every_address():
    told = set(re.findall(r"\*\*(GET|POST) `([^`]+)`\*\*", PAGE.read_text()))
    there = {(method, route.path) for router in ROUTERS for route in router.routes for method in route.methods}
    assert told == there
