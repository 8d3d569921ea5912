"""Login over HTTP: sessions, fixation, forged forms, closed sites, cookies, and the time of an answer."""

import asyncio
import re
import time

import httpx
import pytest
from conftest import PIN, serving

from oilseer.web.pages import login
from oilseer.web.sessions import DEVICE, SESSION, VISIT


@pytest.fixture
def closed(home):
    with serving(home, is_closed=True) as served:
        yield served


def test_the_right_pin_opens_and_logout_ends_it_on_the_server(closed):
    assert closed.client.get("/api/v1/forecasts").status_code == 401
    assert closed.log_in().status_code == 303
    kept = dict(closed.client.cookies)
    assert closed.client.get("/api/v1/forecasts").status_code == 200
    token = closed.form_token("/status")
    assert closed.client.post("/logout", data={"form_token": token}).status_code == 303
    assert SESSION not in closed.client.cookies
    stolen = httpx.get(f"{closed.url}/api/v1/forecasts", cookies=kept)
    assert stolen.status_code == 401


def test_a_closed_site_shows_only_login_health_and_files(closed):
    assert closed.client.get("/status").headers["location"] == "/login?next=%2Fstatus"
    assert closed.client.get("/api/v1/events").status_code == 401
    assert closed.client.get("/api/v1/openapi.json").status_code == 401
    page = closed.client.get("/login")
    assert page.status_code == 200
    assert closed.client.get("/api/health").status_code in (200, 503)
    (style,) = re.findall(r'href="(/static/\w+/site\.css)"', page.text)
    assert closed.client.get(style).status_code == 200


def test_wrong_pins_are_refused_and_then_have_to_wait(server):
    assert [server.log_in("000000").status_code for _ in range(7)] == [401] * 5 + [429] * 2
    refused = server.log_in()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "31")
    assert SESSION not in server.client.cookies
    server.clock.pass_(31)
    assert server.log_in().status_code == 303


def test_of_a_flood_of_guesses_over_http_at_most_twenty_are_judged(home):
    with serving(home) as served:
        token = served.form_token()
        cookies = dict(served.client.cookies)

        async def flood() -> list[int]:
            limits = httpx.Limits(max_connections=100)
            async with httpx.AsyncClient(base_url=served.url, cookies=cookies, timeout=120, limits=limits) as client:

                async def guess(n: int) -> int:
                    headers = {"x-forwarded-for": f"198.51.{n % 250}.{n // 250}"}  # of 300 addresses
                    form = {"pin": f"{n:06}", "form_token": token}
                    return (await client.post("/login", data=form, headers=headers)).status_code

                return await asyncio.gather(*map(guess, range(300)))

        codes = asyncio.run(flood())
    assert set(codes) <= {401, 429}
    assert codes.count(401) <= 20
    with serving(home) as restarted:
        assert restarted.log_in("000001").status_code == 429


def test_login_gives_a_new_session_and_adopts_no_cookie(server):
    planted = "planted-by-an-attacker"
    token = server.form_token()
    cookies = f"{SESSION}={planted}; {VISIT}={server.client.cookies[VISIT]}"
    found = httpx.post(f"{server.url}/login", data={"pin": PIN, "form_token": token}, headers={"cookie": cookies})
    assert found.status_code == 303
    assert found.cookies[SESSION] != planted
    assert not server.made.site.sessions.holds(planted)
    assert server.made.site.sessions.holds(found.cookies[SESSION])


def test_a_second_login_ends_the_first_session(server):
    server.log_in()
    first = server.client.cookies[SESSION]
    token = server.form_token("/status")
    server.client.post("/login", data={"pin": PIN, "form_token": token})
    assert server.client.cookies[SESSION] != first
    assert not server.made.site.sessions.holds(first)


def test_a_session_ends_after_a_day(server):
    server.log_in()
    session = server.client.cookies[SESSION]
    server.clock.pass_(86_399)
    assert server.made.site.sessions.holds(session)
    server.clock.pass_(2)
    assert not server.made.site.sessions.holds(session)


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(server):
    plain = server.log_in().headers.get_list("set-cookie")
    kept = [cookie for cookie in plain if "Max-Age=0" not in cookie]
    assert {cookie.split("=")[0] for cookie in kept} == {SESSION, DEVICE}
    for cookie in kept:
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Secure" not in cookie
    behind = {"x-forwarded-proto": "https"}
    page = server.client.get("/login", headers=behind)
    token = page.text.split('name="form_token" value="')[1].split('"')[0]
    visit = page.headers["set-cookie"].split(";")[0]
    form = {"pin": PIN, "form_token": token}
    found = httpx.post(f"{server.url}/login", data=form, headers={**behind, "cookie": visit})
    secure = [cookie for cookie in found.headers.get_list("set-cookie") if "Max-Age=0" not in cookie]
    assert all(cookie.startswith("__Host-oilseer_") and "; Secure" in cookie for cookie in secure)
    assert len(secure) == 2
    assert found.headers["strict-transport-security"].startswith("max-age=")


@pytest.mark.parametrize("forged", [{}, {"form_token": ""}, {"form_token": "0" * 64}, {"form_token": "é"}])
def test_a_form_that_we_did_not_give_out_changes_nothing(server, forged):
    server.client.get("/login")
    assert server.client.post("/login", data={"pin": PIN, **forged}).status_code == 403
    server.log_in()
    session = server.client.cookies[SESSION]
    assert server.client.post("/logout", data=forged).status_code == 403
    assert server.made.site.sessions.holds(session)


def test_the_form_of_another_visitor_is_refused(server):
    theirs = server.form_token()
    with httpx.Client(base_url=server.url) as other:
        other.get("/login")
        assert other.post("/login", data={"pin": PIN, "form_token": theirs}).status_code == 403


@pytest.mark.parametrize(
    "headers", [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
                {"sec-fetch-site": "same-site"}],
)  # fmt: skip
def test_a_form_sent_by_another_site_is_refused(server, headers):
    token = server.form_token()
    found = server.client.post("/login", data={"pin": PIN, "form_token": token}, headers=headers)
    assert found.status_code == 403
    ours = {"origin": server.url, "sec-fetch-site": "same-origin"}
    assert server.client.post("/login", data={"pin": PIN, "form_token": token}, headers=ours).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [("/status", "/status"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil.example", "/"),
     ("/a\\b", "/"), ("/\r\nSet-Cookie: a=b", "/"), ("javascript:alert(1)", "/"), ("", "/")],
)  # fmt: skip
def test_after_login_one_stays_on_this_site(server, wanted, sent):
    assert server.log_in(next=wanted).headers["location"] == sent


def test_a_right_and_a_wrong_pin_take_the_same_time(server, monkeypatch):
    monkeypatch.setattr(login, "ANSWER_SECONDS", 1.0)  # this machine may be slow and shared

    def seconds(pin: str) -> float:
        begun = time.perf_counter()
        server.log_in(pin)
        return time.perf_counter() - begun

    seconds(PIN)
    took = [seconds("000000"), seconds(PIN)]
    assert min(took) >= 1.0
    assert abs(took[0] - took[1]) < 0.5


def test_strange_forms_are_refused_without_a_failure(server):
    token = server.form_token()
    post = server.client.post
    assert post("/login", json={"pin": PIN, "form_token": token}).status_code == 415
    assert post("/login", files={"pin": b"1"}).status_code == 415
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert post("/login", content=b"\xff\xfe", headers=kind).status_code == 400
    assert post("/login", content=b"a=1&" * 1000, headers=kind).status_code == 400
    assert server.log_in("é" * 10).status_code == 401
    assert server.log_in("1" * 100_000).status_code == 401
