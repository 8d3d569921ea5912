"""The catalogue of features in a real browser: fits a phone, finds by words, asks the network for nothing."""

import pytest
from planted_features import VIX, planted_features

from oilseer.dashboard import feature_answers, feature_page
from oilseer.warehouse.connect import built

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browser")
    with built(planted_features(folder / "home")) as connection:
        (folder / "features.html").write_text(
            feature_page.page(feature_answers.everything(connection)), encoding="utf-8"
        )
    return folder / "features.html"


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_page_fits_finds_and_stays_offline(browser, path, width, scheme):
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page, requests, faults = context.new_page(), [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.fill("#find", "VIX_points")
    visible = page.locator("article:visible")
    assert [visible.nth(i).get_attribute("id") for i in range(visible.count())] == [VIX]
    assert page.locator(".index:visible").count() == 0
    chart = page.locator(f"#{VIX} svg").bounding_box()
    assert 150 < chart["width"] <= width
    page.fill("#find", "")
    assert page.locator(".index:visible").count() > 0
    assert faults == []
    assert [url for url in requests if not url.startswith("file:")] == []
    context.close()
