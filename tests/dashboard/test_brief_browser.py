"""The brief's page in a real browser: one sheet of paper, a phone's width, no request and no error."""

import json

import pytest
from explained import explain
from snapshots import make_snapshot

from oilseer.dashboard import brief_page

pytestmark = pytest.mark.slow
WIRES = [
    {"signal": "trend of 3 to 12 months", "now": "+0.80 of −1 to 1", "change": "below 0",
     "meaning": "the rise that called for buying sooner has ended"},
    {"signal": "volatility gate", "now": "STRESSED at +1.5", "change": "out of STRESSED, into another",
     "meaning": "the forecast weighs its models anew, and its bands change"},
]  # fmt: skip
LONG = "a long reason that a careful person wrote about diesel, palm and the weather in Iowa and Illinois this month"


@pytest.fixture(scope="module", params=["real", "simulated"])
def path(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("brief")
    with make_snapshot(folder / "s.duckdb", kind=request.param).connection as connection:
        explain(connection, words=LONG)
        connection.execute(
            "UPDATE forecasts.procurement_recommendations SET plan_json = json_merge_patch(plan_json, ?)",
            [json.dumps({"signal_tripwires": WIRES})],
        )
        return brief_page.write_page(connection, folder / f"{request.param}.html")


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_brief_prints_to_exactly_one_sheet(browser, path, paper):
    page = browser.new_page()
    page.goto(path.as_uri())
    assert WIRES[0]["meaning"] in page.content()
    pdf = page.pdf(format=paper)
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") == 1
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_the_brief_fits_the_width_without_errors_or_requests(browser, path, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page, requests, faults = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text))
    page.goto(path.as_uri())
    assert faults == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".simulated").count() == (2 if path.stem == "simulated" else 0)
    bars = page.locator(".bar")
    assert bars.count() == 4
    assert all(0 < bars.nth(i).bounding_box()["width"] < width for i in range(4))
    context.close()
