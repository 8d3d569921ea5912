"""What stands before every route, over raw sockets where a client library would not send such a thing."""

import json
import re
import shutil
import socket
import time
from urllib.parse import quote

import httpx
import pytest
from conftest import serving

from oilseer.web.security import BODY_BYTES, host_name
from oilseer.web.serve import PromptProtocol


class QuickProtocol(PromptProtocol):
    """Waits less for dawdlers, so that tests do too."""

    header_seconds = 0.5


@pytest.fixture(scope="module")
def site(published, tmp_path_factory):
    home = shutil.copytree(published, tmp_path_factory.mktemp("shield") / "home")
    with serving(home, protocol=QuickProtocol, body_seconds=0.5) as served:
        yield served


def raw(port: int, *parts: bytes, pause: float = 0.0, wait: float = 10.0) -> bytes:
    """Send parts with pauses between; everything that comes back until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as line:
        answer = b""
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause)
            while chunk := line.recv(65536):
                answer += chunk
        except (ConnectionError, TimeoutError):
            pass
        return answer


@pytest.mark.parametrize("path", ["/status", "/login", "/nothing", "/api/health", "/api/v1/forecasts", "/api/v1/none",
                                  "/static/0/none.css"])  # fmt: skip
def test_every_answer_has_the_strict_headers(site, path):
    headers = site.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


def test_no_page_holds_a_script_or_style_of_its_own(site):
    for path in ("/status", "/login", "/nothing"):
        text = site.client.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert not re.search(r"<[^>]+\son\w+=", text)
        for script in text.split("<script")[1:]:
            assert "src=" in script.split(">")[0] or 'type="application/json"' in script.split(">")[0]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "a@localhost",
                                  "localhost/x", "localhost:x", "", "[::1", "localhost\\x"])  # fmt: skip
def test_a_strange_host_is_refused(site, host):
    found = raw(site.port, f"GET /api/v1/forecasts HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert found.split(b" ")[1] in (b"421", b"400")
    assert b"as_of_date" not in found


def test_two_hosts_or_none_are_refused(site):
    twice = b"GET /status HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert raw(site.port, twice).split(b" ")[1] in (b"421", b"400")
    assert raw(site.port, b"GET /status HTTP/1.0\r\n\r\n").split(b" ")[1] in (b"421", b"400")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "192.168.1.7:8765", "[::1]:8765", "LOCALHOST:80"])
def test_addresses_in_digits_and_localhost_are_answered(site, host):
    assert site.client.get("/status", headers={"host": host}).status_code == 200


def test_a_name_that_was_given_is_answered(home):
    with serving(home, names=["desk.example"]) as served:
        assert served.client.get("/status", headers={"host": "Desk.example:443"}).status_code == 200
        assert served.client.get("/status", headers={"host": "x.desk.example"}).status_code == 421


@pytest.mark.parametrize(("host", "name"), [("localhost:80", "localhost"), ("[::1]:80", "::1"), ("a b", None),
                                            ("a:b:c", None), ("h:", "h"), ("user@h", None), ("h/p", None)])  # fmt: skip
def test_a_host_header_is_read_strictly(host, name):
    assert host_name(host) == name


def test_pages_of_other_sites_cannot_ask_the_api(site):
    for kind in ("cross-site", "same-site"):
        assert site.client.get("/api/v1/stress?scenario=vix_spike", headers={"sec-fetch-site": kind}).status_code == 403
    assert site.client.get("/status", headers={"sec-fetch-site": "cross-site"}).status_code == 200  # a link
    posted = site.client.post("/api/v1/procurement", json={"months": []}, headers={"origin": "http://evil.example"})
    assert posted.status_code == 403


def test_a_body_over_the_cap_is_refused_before_it_is_read(site):
    head = f"POST /api/v1/procurement HTTP/1.1\r\nHost: localhost\r\nContent-Length: {BODY_BYTES + 1}\r\n\r\n"
    assert raw(site.port, head.encode()).startswith(b"HTTP/1.1 413")
    assert site.client.post("/login", content=b"x" * (BODY_BYTES + 1)).status_code == 413


def test_a_chunked_body_over_the_cap_is_refused(site):
    def chunks():
        for _ in range(40):
            yield b"x" * 8192

    try:
        found = site.client.post("/api/v1/procurement", content=chunks())
    except httpx.WriteError:  # closed while we were sending: refused all the same
        return
    assert found.status_code == 413


def test_a_body_that_dawdles_is_cut_off_and_others_are_served_meanwhile(site):
    head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"
    begun = time.perf_counter()
    found = raw(site.port, head, b"a", b"a", pause=0.1)
    assert found.startswith(b"HTTP/1.1 408")
    assert time.perf_counter() - begun < 8
    assert site.client.get("/status").status_code == 200


def test_headers_that_dawdle_are_cut_off(site):
    begun = time.perf_counter()
    found = raw(site.port, b"GET /status HTTP/1.1\r\nHost: loc", *([b"a"] * 20), pause=0.2)
    assert b"200 OK" not in found
    assert time.perf_counter() - begun < 8
    assert raw(site.port) == b""  # says nothing at all


def test_headers_without_end_are_cut_off_at_once(server):
    for parts in ([b"X-A: " + b"a" * 8000 + b"\r\n"] * 40, [b"X-A: " + b"a" * 16_000] * 20):
        begun = time.perf_counter()
        found = raw(server.port, b"GET /status HTTP/1.1\r\nHost: localhost\r\n", *parts, pause=0.01, wait=30)
        assert b"200 OK" not in found
        assert time.perf_counter() - begun < 8  # the time for headers is 10 s
    assert server.client.get("/status", headers={"x-long": "a" * 20_000}).status_code == 200


def test_a_long_body_is_no_long_head(site):
    months = [{"month": f"2025-{month:02}", "need_lb": 100_000.0} for month in range(7, 13)]
    found = site.client.post("/api/v1/procurement", content=json.dumps({"months": months}) + " " * 200_000,
                             headers={"content-type": "application/json"})  # fmt: skip
    assert found.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/static/../../../etc/passwd", "/static/x/..%2f..%2f..%2fetc%2fpasswd", "/static/%2e%2e/%2e%2e/etc/passwd",
     "/static/x/....//....//etc/passwd", "/static/x/%00site.css", "//etc/passwd", "/static//etc/passwd",
     "/static/x/site.css%00.js", "/static/x/C:%5Cwindows%5Cwin.ini", "/api/v1/../../etc/passwd",
     "/api/v1/features/..%2f..%2fetc%2fpasswd", "/api/v1/market/prices/..%5c..%5cetc", "/..%252f..%252fetc/passwd"],
)  # fmt: skip
def test_no_path_leads_out_of_the_site(site, path):
    found = raw(site.port, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert found.split(b" ")[1] in (b"404", b"422", b"400", b"421")
    assert b"root:" not in found


INJECTIONS = (
    "' OR '1'='1", "1; DROP TABLE ops.workspace", '" UNION SELECT * FROM ops.pipeline_runs --',
    "read_csv('/etc/passwd')",
    "{{7*7}}", "${7*7}", "<script>alert(1)</script>", "../../etc/passwd", "%00", "\r\nSet-Cookie: a=b", "é" * 30, "−1",
    "1e309", "NaN", "null", "[]", "true", "0x10", "1_000", "' || pg_sleep(5) --", "a" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_parameter_is_run_as_something_else(site, text):
    document = site.client.get("/api/v1/openapi.json").json()
    for path, ways in document["paths"].items():
        for one in ways.get("get", {}).get("parameters", []):
            if one["in"] not in ("query", "path") or path.endswith(("/stress", "/events")):
                continue
            known = {"horizon": "1m", "symbol": "ZL", "name": "spread_boho_usd_per_gal", "scenario_id": "x"}
            filled = path
            for name, value in known.items():
                given = text if one["in"] == "path" and one["name"] == name else value
                filled = filled.replace(f"{{{name}}}", quote(given, safe=""))
            params = {one["name"]: text} if one["in"] == "query" else {}
            found = site.client.get(filled, params=params)
            assert found.status_code in (200, 404, 405, 422, 400), (path, one["name"], text)
            assert "set-cookie" not in found.headers
            if found.status_code == 200:
                assert found.headers["content-type"].startswith(("application/json", "text/csv")), path
            assert b"root:" not in found.content
            assert b"Traceback" not in found.content


def test_what_is_not_ours_is_shown_as_text(site):
    page = site.client.get("/<script>alert(1)</script>")
    assert page.status_code == 404
    assert "<script>alert" not in page.text


def test_a_failure_tells_the_visitor_nothing_of_the_inside(home, monkeypatch):
    from oilseer.dashboard import past_answers

    def fails(*_: object) -> dict:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(past_answers, "runs", fails)
    with serving(home) as served:
        found = served.client.get("/api/v1/monitoring/runs")
        assert (found.status_code, found.headers["content-type"]) == (500, "application/problem+json")
        assert "secret" not in found.text
        assert "x-content-type-options" in found.headers
