"""Market overview, Sentiment, Legislation and trade in a browser: silent, no wider than a phone, readable by all."""

import shutil
from contextlib import ExitStack

import pytest
from conftest import serving, visited
from published_site import make_site
from snapshots import NOW

from oilseer.warehouse.workspace import create_workspace

pytestmark = pytest.mark.slow
PAGES = {"/market?spread=spread_boho_usd_per_gal": 6, "/sentiment": 0, "/legislation": 2}  # charts
SERIOUS = ("serious", "critical")


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    """Real, simulated and empty sites, and a real one a month later."""
    root = tmp_path_factory.mktemp("market")
    homes = {"real": make_site(root / "real").home, "simulated": make_site(root / "simulated", "simulated").home,
             "empty": create_workspace(root / "empty", "real", NOW).home}  # fmt: skip
    homes["stale"] = shutil.copytree(homes["real"], root / "stale")
    with ExitStack() as open_:
        served = {name: open_.enter_context(serving(home)) for name, home in homes.items()}
        served["stale"].clock.pass_(30 * 86_400)
        yield served
    shutil.rmtree(root)


@pytest.mark.parametrize(
    ("state", "width", "scheme"),
    [("real", 390, "light"), ("real", 1280, "dark"), ("simulated", 390, "dark"), ("empty", 390, "light"),
     ("stale", 1280, "light")],
)  # fmt: skip
def test_pages_are_silent_fit_the_width_and_can_be_read_by_all(browser, sites, state, width, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    for path, charts in PAGES.items():
        context, made, faults = visited(browser, sites[state].url + path, width, scheme)
        if charts and state != "empty":
            made.wait_for_selector("html[data-drawn=true]", state="attached")
            assert made.locator(".chart .main-svg").count() == 3 * charts
        assert faults == []
        assert made.evaluate("document.documentElement.scrollWidth") <= width
        assert made.locator("h1").count() == 1
        made.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        found = axe.run(made).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in SERIOUS] == []
        context.close()


def test_without_scripts_every_number_is_still_there(browser, sites):
    context, made, _ = visited(browser, sites["real"].url + "/market", 390, "light", java_script_enabled=False)
    made.get_by_text("The numbers").first.click()
    assert made.locator("details table").first.is_visible()
    assert made.locator(".spreads .value").first.is_visible()
    context.close()


def test_a_spread_is_chosen_with_the_keyboard(browser, sites):
    context, made, faults = visited(browser, sites["real"].url + "/market", 1280, "light")
    made.get_by_role("link", name="Soybean oil over diesel (BOHO)").focus()
    made.keyboard.press("Enter")
    made.wait_for_url("**/market?spread=spread_boho_usd_per_gal#h-spread")
    assert made.get_by_role("heading", name="What does soybean oil cost above diesel?").count() == 1
    assert faults == []
    context.close()
