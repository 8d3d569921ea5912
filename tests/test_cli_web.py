"""The commands of the dashboard: refusals, warnings, the PIN, and a server that really runs and ends."""

import os
import re
import signal
import subprocess
import sys
import time
from io import StringIO

import httpx
import pytest
from command_line import command_line
from published_site import make_site

from oilseer.web.pin import Pins, Verdict
from oilseer.web.store import Store


@pytest.fixture
def oilseer(monkeypatch, capsys, tmp_path):
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=tmp_path / "home")
    return made


@pytest.fixture
def home(tmp_path):
    return make_site(tmp_path / "home").home


def test_the_pin_is_read_from_standard_input_and_kept(oilseer, home, monkeypatch):
    from oilseer.console import clock

    monkeypatch.setattr(sys, "stdin", StringIO("482913\n"))
    said = oilseer("pin", "set")
    assert (said.code, said.err) == (0, "")
    store = Store(home)
    assert Pins(store, clock, None).judge("482913", "127.0.0.1", None) == Verdict(True)
    store.close()


@pytest.mark.parametrize(("typed", "code", "told"), [("12", 2, "6 digits or more"), ("1234", 0, "6 are better"),
                                                     ("abcdef", 2, "6 digits"), ("", 2, "0 characters")])  # fmt: skip
def test_a_weak_pin_is_taken_with_a_warning_and_none_is_refused(oilseer, home, monkeypatch, typed, code, told):
    monkeypatch.setattr(sys, "stdin", StringIO(typed + "\n"))
    said = oilseer("pin", "set")
    assert said.code == code
    assert told in said.err


def test_another_host_is_refused_without_a_pin(oilseer, home):
    for words in (("--host", "0.0.0.0"), ("--proxy",)):
        said = oilseer("dashboard", *words, "--port", "0")
        assert said.code == 2
        assert "no PIN is set" in said.err


def test_a_taken_port_and_an_odd_pin_are_told(oilseer, home):
    from oilseer.web.serve import bound

    with bound("127.0.0.1", 0) as taken:
        taken.listen()
        said = oilseer("dashboard", "--port", taken.getsockname()[1])
    assert (said.code, "--port names another" in said.err) == (2, True)
    oilseer.set(OILSEER_PIN="12ab")
    assert oilseer("dashboard", "--port", "0").code == 2


def test_without_a_workspace_it_says_how_to_make_one(oilseer):
    said = oilseer("dashboard")
    assert (said.code, "oilseer demo" in said.err) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(home, how):
    environment = {**os.environ, "OILSEER_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "oilseer.cli", "dashboard", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as made:
        line = made.stdout.readline()
        url = re.search(r"http://localhost:\d+/", line)[0]
        for _ in range(200):
            try:
                answer = httpx.get(f"{url}api/v1/forecasts")
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        assert answer.status_code == 200
        made.send_signal(how)
        out, err = made.communicate(timeout=20)
    assert (out, err) == ("", "")
    assert made.returncode in ((0,) if how == signal.SIGINT else (0, -signal.SIGTERM))
