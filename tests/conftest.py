"""Makes the helpers beside it importable by every test: `from windows import make_window`; and a browser."""

import shutil
import warnings

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    if BROWSER is None:
        pytest.skip("no chromium on this machine")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with sync_api.sync_playwright() as playwright:
            made = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
            yield made
            made.close()
