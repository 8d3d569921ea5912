"""The report in a real browser: it draws, stays within a phone's width, and asks the network for nothing."""

import pytest
from snapshots import make_snapshot

from oilseer.dashboard import report

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["real", "simulated"])
def path(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    with make_snapshot(folder / "s.duckdb", kind=request.param).connection as connection:
        return report.write_report(connection, folder / f"{request.param}.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_report_draws_every_chart_without_errors_requests_or_sideways_scrolling(browser, path, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page, requests, faults = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn=true]", state="attached")
    assert faults == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    charts = page.locator(".chart")
    assert charts.count() == page.locator(".chart .main-svg").count() / 3 == 7
    boxes = [charts.nth(i).bounding_box() for i in range(7)]
    assert all(box["height"] > 200 and 0 < box["width"] <= width for box in boxes)
    marks = page.locator(".chart .annotation-text", has_text="SIMULATED").count()
    assert marks == (7 if path.stem == "simulated" else 0)
    context.close()


def test_report_prints_to_a_few_pages(browser, path):
    page = browser.new_page()
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-drawn=true]", state="attached")
    pdf = page.pdf(format="A4")
    assert 2 <= pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") <= 10
    page.close()
