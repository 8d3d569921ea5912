"""A new publication reaches the next request, a request under way keeps the old one, and none is lost."""

import threading
import time

import httpx
import pytest
from published_site import publish_again
from snapshots import RUN_ID

from oilseer.errors import ConfigError
from oilseer.warehouse.serving import Publications
from oilseer.warehouse.workspace import Workspace, open_workspace
from oilseer.web import warming
from oilseer.web.visit import questions_of


def price(publication) -> float:
    with publication.cursor() as connection:
        return connection.execute("SELECT max(price_cents_per_lb) FROM forecasts.zl_predictions").fetchone()[0]


@pytest.fixture
def publications(home):
    found = Publications(open_workspace(home))
    yield found
    found.close()


def test_the_newest_publication_is_lent_and_the_old_one_closes_with_its_last_reader(home, publications):
    workspace = open_workspace(home)
    assert not publications.is_current()
    publications.refresh()
    first, second = publications.lend(), publications.lend()
    assert first is second
    publish_again(workspace, "20250701-other00000", 99.0)
    assert not publications.is_current()
    publications.refresh()
    assert publications.is_current()
    newest = publications.lend()
    assert (price(newest), price(first) == 99.0) == (99.0, False)
    publications.give_back(first)
    assert price(second) != 99.0  # one still reads it
    publications.give_back(second)
    with pytest.raises(Exception, match="closed"):
        price(second)
    publications.give_back(newest)
    assert price(newest) == 99.0  # the newest stays open without a reader


def test_a_publication_of_the_same_run_is_a_new_one(home, publications):
    publications.refresh()
    before = publications.lend()
    publish_again(open_workspace(home), RUN_ID, 99.0)
    publications.refresh()
    after = publications.lend()
    assert before.key != after.key
    assert (price(after), price(before) == 99.0) == (99.0, False)
    for lent in (before, after):
        publications.give_back(lent)


def test_nothing_is_left_beside_the_snapshots_and_what_is_removed_can_still_be_read(home, publications):
    publications.refresh()
    lent = publications.lend()
    for number in range(3):
        publish_again(open_workspace(home), f"2025070{number}-other00000")
    assert len(list((home / "published").iterdir())) == 3  # two snapshots and the pointer
    assert price(lent) > 0
    publications.give_back(lent)


def test_before_the_first_publication_nothing_is_lent(home, publications):
    (home / "published" / "current").rename(home / "published" / "hidden")
    assert publications.is_current()
    assert publications.lend() is None
    (home / "published" / "hidden").rename(home / "published" / "current")
    assert not publications.is_current()


def test_a_snapshot_that_cannot_be_opened_leaves_the_one_before(home, publications):
    publications.refresh()
    before = publications.lend()
    (home / "published" / "broken.duckdb").write_bytes(b"not a database")
    (home / "published" / "draft").write_text("broken.duckdb")
    (home / "published" / "draft").rename(home / "published" / "current")
    with pytest.raises(Exception, match=r"broken\.duckdb"):
        publications.refresh()
    assert publications.lend() is before
    for _ in range(2):
        publications.give_back(before)


def test_a_workspace_elsewhere_is_refused(home):
    with pytest.raises(ConfigError, match="sync md:usoil"):
        Publications(Workspace(home, "real", "md:usoil"))


def test_the_snapshot_cannot_be_written_nor_files_read_through_it(publications):
    publications.refresh()
    lent = publications.lend()
    with lent.cursor() as connection:
        with pytest.raises(Exception, match="read-only"):
            connection.execute("DELETE FROM ops.workspace")
        with pytest.raises(Exception, match="disabled by configuration"):
            connection.execute("SELECT * FROM read_csv('/etc/passwd')")
        assert connection.execute("SELECT current_setting('TimeZone')").fetchone() == ("UTC",)
    publications.give_back(lent)


def reached(server, wanted: float) -> bool:
    """Whether the new price is told soon: requests that come while it is opened still get the one before."""
    for _ in range(100):
        if server.client.get("/api/v1/forecasts").json()["price"] == wanted:
            return True
        time.sleep(0.05)
    return False


def test_a_publication_under_load_loses_no_request_and_reaches_the_next(server, home):
    workspace, codes, prices, over = open_workspace(home), [], [], threading.Event()

    def read(path: str) -> None:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            while not over.is_set():
                found = client.get(path)
                codes.append(found.status_code)
                if path.endswith("forecasts"):
                    prices.append(found.json()["price"])

    paths = ("/api/v1/forecasts", "/api/v1/forecasts", "/api/v1/predictions", "/status", "/api/v1/brief")
    readers = [threading.Thread(target=read, args=(path,)) for path in paths]
    for reader in readers:
        reader.start()
    for number in range(4):
        time.sleep(0.3)
        publish_again(workspace, RUN_ID if number % 2 else f"2025070{number}-other00000", 90.0 + number)
        assert reached(server, 90.0 + number)
    time.sleep(0.2)
    over.set()
    for reader in readers:
        reader.join()
    assert set(codes) == {200}
    assert len(codes) > 20
    assert prices[-1] == 93.0


def test_a_new_publication_is_opened_and_asked_before_anybody_comes(server, home, monkeypatch):
    monkeypatch.setattr(warming, "LOOK_SECONDS", 0.05)
    server.client.get("/api/v1/forecasts")
    server.client.get("/api/v1/curve")
    time.sleep(2.5)  # until it looks at the new pace
    publish_again(open_workspace(home), "20250701-other00000", 99.0)
    publications = server.made.site.publications
    for _ in range(200):
        lent = publications.lend()
        asked = {reader.__name__ for reader, _ in questions_of(lent)}
        publications.give_back(lent)
        if lent.key.startswith("20250701") and asked >= {"forecast", "curve"}:
            break
        time.sleep(0.05)
    assert lent.key.startswith("20250701")
    assert asked >= {"forecast", "curve"}
