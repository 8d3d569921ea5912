"""The administration changes oilseer.toml like a careful person, only for its owner, and its record tells the truth."""

import os
import re
import shutil
import sqlite3
import stat
import threading
import tomllib
from contextlib import ExitStack

import conftest
import httpx
import pytest
from conftest import serving

from oilseer.errors import ConfigError
from oilseer.settings import read_settings
from oilseer.web import changes, settings_file
from oilseer.web.admin_fields import FIELDS, NEEDS, RULE_PARTS
from oilseer.web.sessions import SESSION
from oilseer.web.settings_file import SettingsFile, edited
from oilseer.web.store import Store

FILE = """# kept by Ann
jobs = 1  # a small machine

[cover]
# agreed in March
budget_cents_per_lb = 60.5
risk_weight = 0.05 # lambda
"""
PARTS = ("needs", "budget", "thresholds", "alerts", "scoring")
OWNER_PAGES = ("/quant/admin", "/quant/admin/files/drift", "/quant/admin/files/leaderboard?format=xlsx", "/admin",
               "/admin/files/changes", "/admin/budget")  # fmt: skip


@pytest.fixture
def file(home):
    path = home / "oilseer.toml"
    path.write_text(FILE)
    return path


@pytest.fixture
def served(home, file, monkeypatch):
    """A server of one test's own, with its owner logged in."""
    monkeypatch.setattr(conftest, "SETTINGS", read_settings(home))
    with serving(home) as found:
        yield opened(found)


@pytest.fixture(scope="module")
def kept(published, tmp_path_factory):
    """A server for tests that change nothing, with its owner logged in."""
    home = shutil.copytree(published, tmp_path_factory.mktemp("kept") / "home")
    (home / "oilseer.toml").write_text(FILE)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(conftest, "SETTINGS", read_settings(home))
        yield opened(stack.enter_context(serving(home)))


def opened(served):
    """With a session, as after login."""
    served.client.cookies.set(SESSION, served.made.site.sessions.begin())
    return served


def unchanged(served) -> bool:
    """Whether the file is as it was, and nothing recorded."""
    return served.made.site.settings_file.text() == FILE and not record(served)


def sent(served, part: str, **typed: str) -> httpx.Response:
    """A form as the page shows it, some inputs typed anew, sent as a browser sends it."""
    page = served.client.get("/admin").text
    form = re.search(rf'<form method="post" action="/admin/{part}#.*?</form>', page, re.DOTALL)[0]
    inputs = dict(re.findall(r'<input (?:[^>]*? )?name="([^"]*)"[^>]*? value="([^"]*)"(?![^>]*disabled)', form))
    return served.client.post(f"/admin/{part}", data=inputs | typed)


def record(served) -> list[dict]:
    return changes.changes(served.made.site.sessions.store)


def told(page: httpx.Response) -> str:
    """What a page says was wrong."""
    return re.search(r'role="alert">(.*?)</div>', page.text, re.DOTALL)[1]


def test_a_stranger_is_shown_the_login_and_nothing_else(kept):
    for path in OWNER_PAGES:
        found = httpx.get(kept.url + path)
        assert (found.status_code, found.headers["location"].split("?")[0]) == (303, "/login"), path
    assert "/admin" not in httpx.get(f"{kept.url}/status").text


def test_without_a_session_nothing_is_changed(home, file):
    with serving(home) as served:
        token = served.form_token()
        version = settings_file.digest(FILE)
        form = {"form_token": token, "version": version, "budget_cents_per_lb": "9", "need_lb_0": "5", "jobs": "5"}
        for part in PARTS:
            assert served.client.post(f"/admin/{part}", data=form).headers["location"].startswith("/login")
        opened(served)
        ended = dict(served.client.cookies)
        ours = served.form_token("/admin")
        for part in PARTS:
            for forged in ("", "x", "0" * 64, token):
                sent_forged = served.client.post(f"/admin/{part}", data={**form, "form_token": forged})
                assert sent_forged.status_code == 403
            missing = {name: value for name, value in form.items() if name != "form_token"}
            assert served.client.post(f"/admin/{part}", data=missing).status_code == 403
        served.client.post("/logout", data={"form_token": ours})
        for part in PARTS:
            late = httpx.post(f"{served.url}/admin/{part}", data={**form, "form_token": ours}, cookies=ended)
            assert late.headers["location"].startswith("/login")
        assert not record(served)
    assert file.read_text() == FILE


def test_a_change_keeps_comments_and_order_and_the_command_line_reads_it(served, home, file):
    found = sent(served, "budget", budget_cents_per_lb="62.25", carry_rate="0.04")
    assert (found.status_code, found.headers["location"]) == (303, "/admin?saved=budget#h-budget")
    assert file.read_text() == FILE.replace("60.5", "62.25") + "carry_rate = 0.04\n"
    assert read_settings(home).cover == {"budget_cents_per_lb": 62.25, "risk_weight": 0.05, "carry_rate": 0.04}
    assert served.made.site.settings.cover["budget_cents_per_lb"] == 62.25  # the server too, at once
    page = served.client.get(found.headers["location"])
    assert "The next `oilseer run` plans with it" in page.text
    session = settings_file_session(served)
    assert [(row["field"], row["before"], row["after"], row["who"]) for row in record(served)] == [
        ("cover.carry_rate", None, "0.04", session), ("cover.budget_cents_per_lb", "60.5", "62.25", session),
    ]  # fmt: skip
    assert record(served)[0]["at"] == served.clock.now.isoformat(timespec="seconds")
    assert page.text.index("cover.carry_rate") < page.text.index("cover.budget_cents_per_lb")


def settings_file_session(served) -> str:
    from oilseer.web.pin import digest

    return f"session {digest(served.client.cookies[SESSION]).hex()[:8]}"


def test_a_blank_takes_a_setting_out_and_the_default_holds(served, home, file):
    assert sent(served, "budget", budget_cents_per_lb="").status_code == 303
    assert "budget_cents_per_lb" not in file.read_text()
    assert "# agreed in March" in file.read_text()
    assert record(served)[0]["after"] is None


def test_a_form_sent_as_it_was_shown_writes_and_records_nothing(served, file):
    before = file.stat()
    for part in PARTS:
        assert sent(served, part).headers["location"] == f"/admin?same={part}#h-{part}"
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not record(served)
    assert "Nothing was different" in served.client.get("/admin?same=budget").text


def test_needs_by_month_are_kept_as_the_plan_reads_them(served, home):
    found = sent(served, "needs", need_lb_0="900000", need_lb_2="5e5", covered_lb_0="300000",
                 covered_price_cents_per_lb_0="48.5")  # fmt: skip
    assert found.status_code == 303
    cover = read_settings(home).cover
    assert cover["need_lb"] == [900_000, 0, 500_000]
    assert (cover["covered_lb"], cover["covered_price_cents_per_lb"]) == ([300_000, 0, 0], [48.5, 0, 0])
    page = served.client.get("/admin").text
    assert 'name="covered_price_cents_per_lb_0" value="48.5"' in page
    assert 'name="covered_price_cents_per_lb_1" value=""' in page
    blank = {f"{name}_{place}": "" for name in NEEDS for place in range(12)}
    assert sent(served, "needs", **blank).status_code == 303
    assert "need_lb" not in read_settings(home).cover


def test_bounds_on_cover_are_kept_and_two_that_clash_are_refused_by_name(served, home, file):
    bounds = {"rule_through_0": "3", "rule_minimum_0": "0.25", "rule_maximum_0": "0.9"}
    assert sent(served, "thresholds", **bounds).status_code == 303
    assert read_settings(home).cover["rules"] == [[3, 0.25, 0.9]]
    before = file.read_text()
    clash = {"rule_through_1": "6", "rule_minimum_1": "0.9", "rule_maximum_1": "0.1"}
    found = sent(served, "thresholds", **clash)
    assert (found.status_code, file.read_text()) == (422, before)
    assert "two cover rules clash" in told(found).lower()


REFUSED = (
    (
        "budget",
        {"budget_cents_per_lb": "sixty"},
        "Budget price: found &#39;sixty&#39;, expected a number from 5 to 500",
    ),
    ("budget", {"budget_cents_per_lb": "4.9"}, "expected a number from 5 to 500"),
    ("budget", {"budget_cents_per_lb": "nan"}, "expected a number from 5 to 500"),
    ("budget", {"carry_rate": "inf"}, "Interest: found &#39;inf&#39;, expected a number from 0 to 1"),
    ("budget", {"basis_cents_per_lb": "1, 2"}, "Basis_cents_per_lb has 2 months, need_lb 12"),
    ("budget", {"storage_cents_per_lb_month": "-0.1"}, "Storage: found &#39;-0.1&#39;"),
    ("thresholds", {"review_sessions": "2.5"}, "expected a whole number from 1 to 252"),
    ("thresholds", {"rule_through_0": "0"}, "Bound 1, through month: found &#39;0&#39;"),
    ("thresholds", {"rule_minimum_0": "0.5"}, "Bound 1, through month: found &#39;&#39;"),
    ("scoring", {"first_scored_year": "1974"}, "First scored year: found &#39;1974&#39;"),
    ("scoring", {"jobs": "1_0"}, "Processes: found &#39;1_0&#39;"),
    ("needs", {"need_lb_0": "-5"}, "Needs, month 1: found need_lb &#39;-5&#39;, expected a number from 0 to"),
    ("needs", {"need_lb_0": "5", "covered_lb_0": "6", "covered_price_cents_per_lb_0": "50"}, "at most need_lb 5"),
    ("needs", {"need_lb_0": "9", "covered_lb_0": "6"}, "covered without a price"),
    ("needs", {"need_lb_0": "0"}, "expected pounds by month, none negative, not all zero"),
    ("alerts", {"alert_recipients": "ann@example.com\nnobody"}, "alert_recipients.1: "),
    ("alerts", {"alert_recipients": "a@b\n"}, "expected a mail address as buyer@example.com, found &#39;a@b&#39;"),
    ("alerts", {"alert_recipients": "\n".join(f"a{n}@example.com" for n in range(51))}, "at most 50"),
)


@pytest.mark.parametrize(("part", "typed", "words"), REFUSED)
def test_what_cannot_be_is_refused_with_field_found_and_expected(kept, part, typed, words):
    found = sent(kept, part, **typed)
    assert found.status_code == 422
    assert words in told(found)
    assert "Not saved, nothing was written" in told(found)
    assert next(iter(typed.values())).splitlines()[0] in found.text  # what was typed is still there
    assert unchanged(kept)


def test_recipients_are_kept_and_the_page_says_that_nothing_is_sent(served, home):
    assert (
        sent(served, "alerts", alert_recipients="ann@example.com\r\n\r\n bo+zl@mail.example.org \r\n").status_code
        == 303
    )
    assert read_settings(home).alert_recipients == ("ann@example.com", "bo+zl@mail.example.org")
    page = served.client.get("/admin").text
    assert "Nothing is sent yet." in page
    assert "ann@example.com\nbo+zl@mail.example.org</textarea>" in page


INJECTIONS = (
    '"><script>alert(1)</script>', "' OR 1=1; DROP TABLE settings_changes; --", '"\n[cover]\nneed_lb = [1]\n#',
    "{{7*7}}", "=cmd|' /C calc'!A0", "\x00\x1b[31m", "1e309", "0x10", "é" * 300, "1\r\nSet-Cookie: a=b",
)  # fmt: skip
INPUTS = {
    **{part: [field.name for field in fields] for part, fields in FIELDS.items()},
    "needs": [f"{name}_{place}" for name in NEEDS for place in (0, 11)],
    "alerts": ["alert_recipients"],
}
INPUTS["thresholds"] += [f"rule_{part}_0" for part in RULE_PARTS]


@pytest.mark.parametrize("text", INJECTIONS)
def test_no_input_is_run_or_written_as_something_else(kept, text):
    for part, names in INPUTS.items():
        found = sent(kept, part, **dict.fromkeys(names, text))
        assert found.status_code == 422
        assert "<script>alert" not in found.text
        assert "set-cookie" not in found.headers
        odd = sent(kept, part, unknown=text)
        assert odd.headers["location"] == f"/admin?same={part}#h-{part}"
    assert sent(kept, "budget", version=text).status_code == 409
    assert kept.client.get("/admin", params={"saved": text}).status_code == 422
    assert unchanged(kept)


def test_each_input_alone_is_judged(kept):
    for part, names in INPUTS.items():
        for name in names:
            assert sent(kept, part, **{name: INJECTIONS[0]}).status_code == 422, name
    assert unchanged(kept)


def test_of_edits_made_from_the_same_page_one_is_taken(served, file):
    page = served.client.get("/admin").text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    version, cookies, codes = settings_file.digest(FILE), dict(served.client.cookies), {}

    def send(price: int) -> None:
        form = {"form_token": token, "version": version, "budget_cents_per_lb": f"{price}"}
        codes[price] = httpx.post(f"{served.url}/admin/budget", data=form, cookies=cookies, timeout=60)

    threads = [threading.Thread(target=send, args=(price,)) for price in range(50, 58)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [price for price, found in codes.items() if found.status_code == 303]
    assert len(taken) == 1
    assert sorted({found.status_code for found in codes.values()}) == [303, 409]
    assert tomllib.loads(file.read_text())["cover"]["budget_cents_per_lb"] == taken[0]
    assert [row["after"] for row in record(served) if row["field"] == "cover.budget_cents_per_lb"] == [str(taken[0])]
    late = next(found for found in codes.values() if found.status_code == 409)
    price = next(price for price, found in codes.items() if found is late)
    assert "was changed since this form was shown" in told(late)
    assert f'name="budget_cents_per_lb" value="{price}"' in late.text


def test_a_crash_between_writing_and_recording_loses_no_record(served, file, monkeypatch):
    real, begun = changes.notice, served.clock.now

    def dies(store: Store, text: str, now: object) -> None:
        if "61" in text:
            raise OSError("the power went")
        real(store, text, now)

    monkeypatch.setattr(changes, "notice", dies)
    assert sent(served, "budget", budget_cents_per_lb="61").status_code == 500
    monkeypatch.undo()
    assert tomllib.loads(file.read_text())["cover"]["budget_cents_per_lb"] == 61
    served.clock.pass_(3600)
    page = httpx.get(f"{served.url}/admin", cookies=dict(served.client.cookies))
    (row,) = record(served)
    assert (row["field"], row["before"], row["after"]) == ("cover.budget_cents_per_lb", "60.5", "61")
    assert (row["who"], row["at"]) == (settings_file_session(served), begun.isoformat(timespec="seconds"))
    assert row["who"] in page.text


def test_a_write_that_fails_is_told_and_records_nothing(served, file, monkeypatch):
    def dies(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(settings_file, "write", dies)
    found = sent(served, "budget", budget_cents_per_lb="61")
    assert found.status_code == 422
    assert "cannot be written: No space left on device; it is as it was" in told(found)
    monkeypatch.undo()
    served.client.get("/admin")
    assert unchanged(served)


def test_a_file_is_never_half_written(tmp_path, monkeypatch):
    path = tmp_path / "oilseer.toml"
    path.write_text(FILE)

    def dies(*_: object) -> None:
        raise OSError(5, "Input/output error")

    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(settings_file.os, step, dies)
            with pytest.raises(OSError, match="Input/output"):
                settings_file.write(path, "jobs = 9\n")
        assert path.read_text() == FILE
        assert [entry.name for entry in tmp_path.iterdir()] == ["oilseer.toml"]


def test_a_change_by_hand_is_recorded_as_made_elsewhere(served, file):
    served.client.get("/admin")
    file.write_text(FILE.replace("jobs = 1", "jobs = 4").replace("# lambda", ""))
    page = served.client.get("/admin").text
    (row,) = record(served)
    assert (row["field"], row["before"], row["after"], row["who"]) == ("jobs", "1", "4", changes.OUTSIDE)
    assert changes.OUTSIDE in page
    file.write_text(file.read_text() + "# more\n")
    served.client.get("/admin")
    assert record(served)[0]["field"] == "comments and layout"


def test_what_is_recorded_stays(served, home):
    sent(served, "budget", budget_cents_per_lb="61")
    with sqlite3.connect(home / "dashboard.sqlite3") as connection:
        for statement in ("DELETE FROM settings_changes", "UPDATE settings_changes SET after = '0'"):
            with pytest.raises(sqlite3.IntegrityError, match="what is recorded stays"):
                connection.execute(statement)
    connection.close()


BROKEN = (
    (b"[cover\n", "Oilseer.toml: Expected"), (b"\xff\xfe", "no UTF-8 text"),
    (b"jobs = 0\n", "jobs: Input should be greater"), (b"[cover]\nneed_lb = 'many'\n", "another kind than expected"),
    (b"[cover]\nbudgets = 1\n", "nknown cover settings"),
    (b"cover = 3\n", "cover: "), (b"alert_recipients = 'a@example.com'\n", "alert_recipients: "),
)  # fmt: skip


def test_a_file_that_somebody_broke_is_told_and_changes_nothing_in_force(served, file):
    token = served.form_token("/admin")
    form = {"form_token": token, "version": settings_file.digest(""), "budget_cents_per_lb": "61"}
    for body, words in BROKEN:
        file.write_bytes(body)
        page = served.client.get("/admin")
        assert page.status_code == 200
        assert words in re.search(r'role="alert">(.*?)</p>', page.text)[1], body
        assert 'action="/admin/budget' not in page.text
        assert served.made.site.settings.cover["budget_cents_per_lb"] == 60.5
        assert served.client.post("/admin/budget", data=form).status_code in (409, 422)
        assert file.read_bytes() == body
    file.write_text(FILE)
    assert 'action="/admin/budget' in served.client.get("/admin").text


def test_what_the_environment_gives_is_shown_and_not_changed(home, file, monkeypatch):
    monkeypatch.setenv("OILSEER_COVER", '{"budget_cents_per_lb": 77}')
    monkeypatch.setenv("OILSEER_JOBS", "3")
    monkeypatch.setattr(conftest, "SETTINGS", read_settings(home))
    with serving(home) as served:
        opened(served)
        page = served.client.get("/admin").text
        assert re.search(r'name="budget_cents_per_lb" value="77"[^>]* disabled', page)
        assert re.search(r'name="jobs" value="3"[^>]* disabled', page)
        found = sent(served, "budget", budget_cents_per_lb="61", carry_rate="0.03")
        assert found.status_code == 303
        assert tomllib.loads(file.read_text())["cover"]["budget_cents_per_lb"] == 60.5
        assert served.made.site.settings.cover["budget_cents_per_lb"] == 77
        assert served.made.site.settings.cover["carry_rate"] == 0.03


def test_without_a_file_the_first_change_makes_one(home, monkeypatch):
    monkeypatch.setattr(conftest, "SETTINGS", read_settings(home))
    with serving(home) as served:
        opened(served)
        assert sent(served, "scoring", jobs="1").status_code == 303
        assert (home / "oilseer.toml").read_text() == "jobs = 1\n"
        assert stat.S_IMODE((home / "oilseer.toml").stat().st_mode) == 0o600
        assert [row["field"] for row in record(served)] == ["jobs"]


def test_a_link_stays_a_link_and_rights_stay(tmp_path):
    real = tmp_path / "kept" / "mine.toml"
    real.parent.mkdir()
    real.write_text(FILE)
    os.chmod(real, 0o640)
    (tmp_path / "oilseer.toml").symlink_to(real)
    file = SettingsFile(read_settings(tmp_path), tmp_path)
    file.change(settings_file.digest(FILE), {("jobs",): 7}, lambda _: None)
    assert (tmp_path / "oilseer.toml").is_symlink()
    assert real.read_text() == FILE.replace("jobs = 1", "jobs = 7")
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_file_that_somebody_else_is_writing_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(settings_file, "LOCK_SECONDS", 0.05)
    (tmp_path / "oilseer.toml").write_text(FILE)
    file = SettingsFile(read_settings(tmp_path), tmp_path)
    with (
        settings_file.FileLock(f"{file.path}.lock"),
        pytest.raises(ConfigError, match="being changed by somebody else"),
    ):
        file.change(settings_file.digest(FILE), {("jobs",): 7}, lambda _: None)


def test_inline_and_dotted_tables_are_edited_in_place():
    inline = edited("cover = { risk_weight = 0.1 } # mine\n", {("cover", "risk_weight"): 0.2})
    assert inline == "cover = { risk_weight = 0.2 } # mine\n"
    dotted = edited("cover.risk_weight = 0.1 # mine\njobs = 1\n", {("cover", "carry_rate"): 0.2, ("jobs",): None})
    assert tomllib.loads(dotted) == {"cover": {"risk_weight": 0.1, "carry_rate": 0.2}}
    assert "# mine" in dotted


def test_a_change_of_the_first_text_ever_seen_has_nothing_before_it(tmp_path):
    store = Store(tmp_path)
    from snapshots import NOW

    changes.notice(store, FILE, NOW)
    assert changes.changes(store) == []  # how it came to be is not known
    store.close()
