"""A published workspace and servers on it: real sockets, in a thread of their own, with a clock that tests set."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from published_site import make_site
from snapshots import NOW

from oilseer.settings import Settings
from oilseer.warehouse.workspace import open_workspace
from oilseer.web.app import Server, create_app
from oilseer.web.serve import PromptProtocol, bound, server_of

PIN = "482913"
SETTINGS = Settings(cover={"need_lb": [600_000.0] * 6, "budget_cents_per_lb": 62.0})


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


@dataclass(frozen=True)
class Served:
    """A server that runs: its address, its parts, and a client."""

    url: str
    made: Server
    clock: Clock
    client: httpx.Client

    @property
    def port(self) -> int:
        return httpx.URL(self.url).port

    def log_in(self, pin: str = PIN, **others: object) -> httpx.Response:
        """Fill in the form as a browser would."""
        return self.client.post("/login", data={"pin": pin, "form_token": self.form_token(), **others})

    def form_token(self, path: str = "/login") -> str:
        """The token in the form of a page, whose cookie the client now has."""
        page = self.client.get(path).text
        return page.split('name="form_token" value="')[1].split('"')[0]


@contextmanager
def serving(
    home: Path, clock: Clock | None = None, protocol: type[PromptProtocol] = PromptProtocol, **others: object
) -> Iterator[Served]:
    """A server on a workspace, on a free port; `others` go to `create_app`."""
    clock = clock or Clock()
    made = create_app(open_workspace(home), SETTINGS, clock, **({"pin": PIN} | others))
    listening = bound("127.0.0.1", 0)
    server = server_of(made.app, made.site.pulse, http=protocol, is_behind_proxy=True)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        with httpx.Client(base_url=url, timeout=60) as client:
            yield Served(url, made, clock, client)
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
        made.close()


@pytest.fixture(scope="session")
def published(tmp_path_factory) -> Path:
    """Home of a real workspace with a publication; read it, and copy it to change it."""
    return make_site(tmp_path_factory.mktemp("site") / "home").home


@pytest.fixture
def copied(published, tmp_path) -> Callable[[], Path]:
    """Makes a copy of the published workspace to change."""
    return lambda: shutil.copytree(published, tmp_path / "home")


@pytest.fixture
def home(copied) -> Path:
    """A copy of the published workspace."""
    return copied()


@pytest.fixture(scope="module")
def site(published, tmp_path_factory) -> Iterator[Served]:
    """A server for tests that only read."""
    with serving(shutil.copytree(published, tmp_path_factory.mktemp("served") / "home")) as served:
        yield served


@pytest.fixture
def server(home) -> Iterator[Served]:
    """A server of one test's own."""
    with serving(home) as served:
        yield served


def visited(browser, url: str, width: int, scheme: str, **others: object):
    """A page in a context of its own, and what went wrong on it; `others` go to the context."""
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, **others)
    made, faults = context.new_page(), []
    made.on("pageerror", lambda error: faults.append(str(error)))
    made.on("console", lambda told: faults.append(told.text) if told.type in ("error", "warning") else None)
    made.on("requestfailed", lambda request: faults.append(request.url) if "events" not in request.url else None)
    made.on("request", lambda request: faults.append(request.url) if "127.0.0.1" not in request.url else None)
    made.goto(url)
    return context, made, faults
