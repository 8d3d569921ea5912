"""The Big 8 as they stand: at the published close, and live from what `oilseer live` left since."""

import json
from typing import Any

from oilseer.dashboard import states
from oilseer.ops.live_scores import path_of
from oilseer.web.visit import Visit


def big_eight_now(visit: Visit) -> dict[str, Any]:
    """The publication's answer, with the live scores of the workspace where they are newer than its own."""
    answer = visit.ask(states.big_eight)
    path = path_of(visit.site.workspace.home)
    try:
        left = json.loads(path.read_text())
    except FileNotFoundError:
        return answer
    newest = max((row["observed_at"] for row in answer["live"]), default="")
    return answer | ({"live": left} if left and left[0]["observed_at"] > newest else {})
