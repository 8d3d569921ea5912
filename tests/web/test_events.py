"""The stream of events: first everything, then what changes, and an end when the server ends."""

import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from conftest import PIN, serving
from published_site import publish_again

from oilseer.ops.jobs import State
from oilseer.warehouse.workspace import open_workspace
from oilseer.web.api import events


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(events, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.3)


def listen(lines: Iterator[str], until: str, most: float = 20.0) -> dict[str, list]:
    """Events by name, each with all its data, until a line that begins with `until`."""
    told: dict[str, list] = {}
    name, begun = "", time.monotonic()
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            told.setdefault(name, []).append(json.loads(line.removeprefix("data: ")))
        if line.startswith(until) or time.monotonic() - begun > most:
            return told
    return told


def test_everything_is_told_at_first_then_only_a_heartbeat(server):
    with server.client.stream("GET", "/api/v1/events") as stream:
        lines = stream.iter_lines()
        assert stream.headers["content-type"].startswith("text/event-stream")
        told = listen(lines, ": open")
    assert set(told) == {"published", "health", "jobs", "big8"}
    assert all(len(found) == 1 for found in told.values())
    assert told["published"][0]["run_id"] == "20250630-abc1234567"


def test_a_job_that_begins_and_a_publication_are_told(server, home):
    with server.client.stream("GET", "/api/v1/events") as stream:
        lines = stream.iter_lines()
        for line in lines:
            if line.startswith(": open"):
                break
        (home / "jobs").mkdir()
        (home / "jobs" / "daily.json").write_text(json.dumps(vars(State("daily", "2025-07-01T06:00:00+00:00"))))
        names = []
        for line in lines:
            if line.startswith("data: ") and names and names[-1] == "jobs":
                jobs = {row["name"]: row["running"] for row in json.loads(line.removeprefix("data: "))}
                break
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
        assert jobs["daily"] is True
        assert sum(jobs.values()) == 1
        live = [{"observed_at": "2025-07-01T14:00:00+00:00", "bucket": "fx", "score": 77.0}]
        (home / "live.json").write_text(json.dumps(live))
        for line in lines:
            if line.startswith("event: "):
                assert line == "event: big8"
                break
        publish_again(open_workspace(home), "20250701-other00000", 99.0)
        assert server.client.get("/api/v1/forecasts").json()["price"] == 99.0


def test_a_stream_holds_no_old_publication(server, home):
    with server.client.stream("GET", "/api/v1/events") as stream:
        lines = stream.iter_lines()
        listen(lines, ": open")
        publications = server.made.site.publications
        lent = publications.lend()
        assert lent.readers == 1
        publications.give_back(lent)


def test_who_leaves_is_forgotten(server):
    pulse = server.made.site.pulse
    with server.client.stream("GET", "/api/v1/events") as stream:
        lines = stream.iter_lines()
        listen(lines, ": open")
        assert pulse.count == 1
    for _ in range(100):
        if pulse.count == 0:
            break
        time.sleep(0.05)
    assert pulse.count == 0


def test_too_many_streams_are_turned_away(server, monkeypatch):
    monkeypatch.setattr(events, "MOST_STREAMS", 0)
    found = server.client.get("/api/v1/events")
    assert (found.status_code, found.headers["content-type"]) == (503, "application/problem+json")


def test_logout_ends_the_stream_of_a_closed_site(home):
    with serving(home, is_closed=True) as served:
        served.log_in(PIN)
        token = served.form_token("/status")
        with served.client.stream("GET", "/api/v1/events") as stream:
            lines = stream.iter_lines()
            listen(lines, ": open")
            with httpx.Client(base_url=served.url, cookies=dict(served.client.cookies)) as other:
                other.post("/logout", data={"form_token": token})
            begun = time.monotonic()
            listen(lines, "never", 10)
            assert time.monotonic() - begun < 8


def test_the_server_ends_promptly_with_a_stream_open(home):
    with serving(home) as served:
        stopped = threading.Event()

        def hear() -> None:
            with httpx.Client(base_url=served.url, timeout=60) as client, client.stream("GET", "/api/v1/events") as one:
                listen(one.iter_lines(), "never", 30)
            stopped.set()

        hearer = threading.Thread(target=hear)
        hearer.start()
        time.sleep(1.0)
        begun = time.monotonic()
    assert time.monotonic() - begun < 2.5
    hearer.join(10)
    assert stopped.is_set()
