"""One GET over a real socket to a server that misbehaves: bounded, named, and without any key in what is kept."""

import io
import logging
import socket
import threading
import time
import zipfile
from contextlib import closing, suppress
from datetime import UTC, datetime

import httpx
import pytest
from feeds import HURRY, SMALL
from replay import faults
from replay.responders import Answer
from replay.server import Replay

from oilseer import __version__
from oilseer.errors import ConfigError, SourceError
from oilseer.raw.bodies import BadBody, Caps, decode, is_page, members
from oilseer.raw.http import SourceHttp, _retry_after
from oilseer.raw.network import Network
from oilseer.reference.sources import sources

HOST = "data.example.gov"
URL = f"https://{HOST}/series.csv"
BODY = b"DATE,VALUE\n" + b"".join(b"2025-01-%02d,%d\n" % (day, day) for day in range(1, 29))
KEY = "s3cret/key+value"


@pytest.fixture
def server():
    with Replay() as replay:
        replay.answers[HOST] = Answer(BODY, "text/csv")
        yield replay


@pytest.fixture
def http(server):
    network = Network(lambda: datetime.now(UTC), server.url, HURRY, SMALL)
    yield SourceHttp(network, sources()["eia"])
    network.close()


def refused(http, **options) -> str:
    """The message of a refused GET, which came in time."""
    start = time.monotonic()
    with pytest.raises(SourceError) as error:
        http.get(URL, part="series", **options)
    assert time.monotonic() - start < HURRY.total_s + 2 * HURRY.attempt_s
    message = str(error.value)
    assert message.startswith("eia: part series (https://data.example.gov/series.csv): found ")
    return message


def test_an_answer_is_a_download_with_the_real_address_and_who_asks_says_so(http, server):
    found = http.get(URL, part="series", params={"from": "2025"})
    assert (found.body, found.url, found.part, found.source) == (BODY, URL + "?from=2025", "series", "eia")
    assert server.headers[0]["User-Agent"].startswith(f"oilseer/{__version__} ")


@pytest.mark.parametrize("fault", ["gzip", "deflate", "zstd"])
def test_a_compressed_answer_is_kept_as_what_it_unfolds_to(http, server, fault):
    server.faults[HOST] = fault
    assert http.get(URL, part="series").body == BODY


@pytest.mark.parametrize("fault", ["503 x1", "500 x1", "502 x1", "429 x1", "reset x1", "truncate=32 x1", "gzip-cut x1"])
def test_what_may_pass_is_asked_again(http, server, fault):
    server.faults[HOST] = fault
    assert http.get(URL, part="series").body == BODY
    assert server.asked[f"{HOST}/series.csv"] == 2


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("503", "status 503, expected 200, 2 attempts"),
        ("500", "status 500"),
        ("502", "status 502"),
        ("429", "status 429"),
        ("429 retry-after=3600", "status 429 with a wait of 3,600 s"),
        ("reset", "a broken connection"),
        ("hang", "no answer in time"),
        ("drip=0.05", "no answer in time"),
        ("drip-headers=0.05", "no answer in time"),
        ("gzip-bomb", "a bomb?"),
        ("zstd-bomb", "a bomb?"),
        ("gzip-cut", "ends early"),
        ("html", "an HTML page '<!DOCTYPE html>"),
        ("empty", "an empty body"),
        ("redirect-loop", "more than 5 redirects"),
        ("redirect-away", "a redirect to example.net, expected a host of example.gov"),
        ("redirect-down", "a redirect to ftp://x"),
        ("404", "status 404"),
        ("403", "the service refuses this caller"),
    ],
)
def test_a_fault_that_stays_ends_in_time_with_what_was_found(http, server, fault, found):
    for bomb in (faults.gzip_bomb, faults.zstd_bomb):
        bomb()  # made once, before the clock runs
    server.faults[HOST] = fault
    message = refused(http)
    assert found in message
    assert "expected" in message


@pytest.mark.parametrize("k", range(64))
def test_a_body_that_is_cut_anywhere_is_refused(http, server, k):
    server.faults[HOST] = f"truncate={k}"
    assert "a broken connection" in refused(http)


@pytest.mark.parametrize("wish", ["1", "date1"])
def test_the_server_is_asked_again_when_it_said_and_not_before(http, server, wish):
    server.faults[HOST] = f"429 retry-after={wish} x1"
    start = time.monotonic()
    assert http.get(URL, part="series").body == BODY
    assert time.monotonic() - start >= (0.95 if wish == "1" else 0.0)


@pytest.mark.parametrize(
    ("wish", "seconds"),
    [
        ("7", 7.0), (" 7 ", 7.0), ("0", 0.0), ("Tue, 01 Jul 2025 12:00:30 GMT", 30.0),
        ("Tue, 01 Jul 2025 08:00:30 -0400", 30.0), ("Tue, 01 Jul 2025 11:00:00 GMT", 0.0),  # over: ask at once
        ("", None), ("soon", None), ("-5", None), ("1.5", None), ("1e3", None), ("\u00b2", None), ("9" * 400, None),
        ("Tue, 99 Jul 2025 12:00:30 GMT", None),
    ],
)  # fmt: skip
def test_a_wish_to_wait_is_read_from_seconds_and_from_dates_and_from_nothing_else(wish, seconds):
    response = httpx.Response(429, headers=[(b"Retry-After", wish.encode("latin-1"))])
    assert _retry_after(response, datetime(2025, 7, 1, 12, tzinfo=UTC)) == seconds


OK = b"HTTP/1.1 200 OK\r\n"
SPLIT = b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "wire",
    [
        OK + b"Content-Length: many\r\n\r\n" + BODY,
        OK + b"Content-Length: -5\r\n\r\n" + BODY,
        OK + b"Content-Length: 10\r\nContent-Length: 20\r\n\r\n" + BODY,
        OK + b"Content-Length: %d\r\n\r\n" % (len(BODY) + 1) + BODY,
        OK + SPLIT + b"5\r\nDATE,\r\n5\r\nVA",  # cut within a part
        OK + SPLIT + b"5\r\nDATE,\r\n",  # cut between two
        OK + SPLIT + b"five\r\nDATE,\r\n0\r\n\r\n",
        OK + SPLIT + b"ffffffffffffffff\r\nDATE,",
        b"220 ftp.example.gov ready\r\n",
        OK + b"X-Long: " + b"x" * 300_000 + b"\r\n\r\n" + BODY,
        b"",
    ],
    ids=["words", "negative", "two", "one more", "cut part", "cut parts", "bad size", "vast size", "ftp", "long header",
         "nothing"],
)  # fmt: skip
def test_an_answer_that_breaks_the_protocol_is_refused_in_time(wire):
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        listening.settimeout(5)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection = listening.accept()[0]
                    with closing(connection), suppress(OSError):
                        connection.recv(65_536)
                        connection.sendall(wire)

        threading.Thread(target=serve, daemon=True).start()
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        network = Network(lambda: datetime.now(UTC), address, HURRY, SMALL)
        try:
            refused(SourceHttp(network, sources()["eia"]))
        finally:
            network.close()


@pytest.mark.parametrize("status", [202, 203, 206, 301, 304])  # 301 without saying where to
def test_an_answer_that_is_not_the_whole_is_no_answer(http, server, status):
    server.answers[HOST] = Answer(BODY, "text/csv", status)
    assert f"status {status}" in refused(http)


def test_a_status_that_means_not_there_is_no_failure(http, server):
    server.faults[HOST] = "404"
    assert http.get(URL, part="series", missing=(404,)) is None
    assert server.asked[f"{HOST}/series.csv"] == 1


def test_a_page_is_taken_where_a_page_was_asked_for(http, server):
    server.faults[HOST] = "html"
    assert is_page(http.get(URL, part="series", html=True).body)


def test_no_key_stays_in_address_body_message_or_log(http, server, caplog):
    server.faults[HOST] = "echo"
    with caplog.at_level(logging.DEBUG, "stamina"):
        found = http.get(URL, part="series", secret={"api_key": KEY}, secret_headers={"X-Api-Key": KEY})
    assert "s3cret" in str(server.headers[-1])  # it was sent
    for place in (found.url, found.body.decode(), repr(found), caplog.text):
        assert "s3cret" not in place
    server.faults[HOST] = "403"
    message = refused(http, secret={"api_key": KEY})
    assert "s3cret" not in message
    assert "check EIA_API_KEY, or get one at https://www.eia.gov" in message


def test_a_key_does_not_travel_to_another_host_of_the_owner(http, server):
    server.answers["files.example.gov"] = Answer(b"moved,1\n", "text/csv")
    server.answers[f"{HOST}/old"] = Answer(b"", status=302)
    server.faults[f"{HOST}/old"] = "redirect-sibling"
    found = http.get(f"https://{HOST}/old", part="series", secret_headers={"X-Api-Key": KEY})
    assert found.body == b"moved,1\n"
    assert "X-Api-Key" in server.headers[0]
    assert "X-Api-Key" not in server.headers[1]


@pytest.mark.parametrize("url", ["ftp://data.example.gov/x", "file:///etc/passwd", "https://user:pw@data.example.gov/"])
def test_other_ways_and_passwords_in_an_address_are_refused(http, url):
    with pytest.raises(ConfigError, match="no address to fetch"):
        http.get(url, part="series")


def test_a_key_too_short_to_be_one_is_refused_before_it_is_sent(http, server):
    with pytest.raises(ConfigError, match="EIA_API_KEY: a key of fewer than 6 characters"):
        http.get(URL, part="series", secret={"api_key": "1"})
    assert not server.asked


def test_an_answer_larger_than_the_cap_is_left_on_the_wire(http, server):
    server.answers[HOST] = Answer(bytes(SMALL.wire + 1), "text/csv")
    assert "bytes, expected at most 4,194,304" in refused(http)


def test_a_zip_is_read_within_its_caps():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("year.txt", "a,b\n" * 100)
    assert dict(members(packed.getvalue(), "cftc_cot: part 2023")) == {"year.txt": b"a,b\n" * 100}


@pytest.mark.parametrize(
    ("names", "content", "found"),
    [
        (["../up.txt"], b"x", "expected a name inside"),
        (["/etc/passwd"], b"x", "expected a name inside"),
        (["C:\\windows.txt"], b"x", "expected a name inside"),
        ([f"{n}.txt" for n in range(11)], b"x", "11 files, expected at most 10"),
        (["bomb.txt"], bytes(3 << 20), "a bomb"),
        ([], b"", "no file in it"),
    ],
)
def test_a_zip_with_tricks_is_refused_before_it_is_unpacked(names, content, found):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, content)
    with pytest.raises(SourceError, match=found) as error:
        list(members(packed.getvalue(), "cftc_cot: part 2023", Caps(body=16 << 20, files=10)))
    assert str(error.value).startswith("cftc_cot: part 2023: a zip with")


def test_a_zip_that_lies_about_its_size_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("year.txt", b"a,b\n" * 1000)
    lying = packed.getvalue().replace((4000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(SourceError, match="damaged zip"):
        list(members(lying, "cftc_cot: part 2023"))


def test_a_zip_cut_anywhere_is_refused():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("year.txt", "".join(f"{n},{n * n}\n" for n in range(500)))
    whole = packed.getvalue()
    for k in range(64):
        with pytest.raises(SourceError, match="damaged zip"):
            list(members(whole[: len(whole) * k // 64], "cftc_cot: part 2023"))


def test_an_encoding_nobody_asked_for_is_named():
    with pytest.raises(BadBody, match="Content-Encoding 'br'"):
        decode(b"x", "br")


def test_requests_to_one_host_keep_to_its_rate():
    network = Network(lambda: datetime.now(UTC))
    try:
        start = time.monotonic()
        network.wait_turn("a.example", 100)
        for _ in range(99):
            network.wait_turn("a.example", 100)
        network.wait_turn("b.example", 1)
        assert time.monotonic() - start < 1
        assert not network._limiters["a.example"].try_acquire("a.example", blocking=False)
    finally:
        network.close()
