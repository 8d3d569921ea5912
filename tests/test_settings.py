"""Settings: the environment before the file, each wrong one named, and a text judged as the file would be."""

import json

import pytest

from oilseer.errors import ConfigError
from oilseer.settings import read_settings, settings_of

FILE = 'jobs = 3\nalert_recipients = ["ann@example.com"]\n[cover]\nrisk_weight = 0.1\nbudget_cents_per_lb = 60\n'


@pytest.fixture
def home(tmp_path, monkeypatch):
    for name in ("OILSEER_JOBS", "OILSEER_COVER", "OILSEER_ALERT_RECIPIENTS", "OILSEER_HOME"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "oilseer.toml").write_text(FILE)
    return tmp_path


def test_a_text_gives_what_the_file_of_that_text_gives(home, monkeypatch):
    monkeypatch.setenv("OILSEER_JOBS", "5")
    monkeypatch.setenv("OILSEER_COVER", '{"risk_weight": 0.2}')
    read = read_settings(home)
    assert (read.jobs, read.cover) == (5, {"risk_weight": 0.2, "budget_cents_per_lb": 60})
    assert read.environment == {"jobs": "5", "cover": {"risk_weight": 0.2}}
    monkeypatch.setenv("OILSEER_JOBS", "9")  # read once: what was given at the start stays
    given = settings_of(FILE, read)
    assert given.model_dump() == read.model_dump()
    assert given.fingerprint() == read.fingerprint()
    assert settings_of("", read).cover == {"risk_weight": 0.2}  # what the file says no more is gone
    assert settings_of("", read).home == home


def test_recipients_change_no_number_and_so_no_identity_of_a_run(home):
    before = read_settings(home)
    assert settings_of(FILE.replace("ann@", "bo@"), before).fingerprint() == before.fingerprint()


WRONG = (
    "ann", "ann@", "@example.com", "ann@example", "a b@example.com", "ann@-x.com",
    "ann@example.com\nBcc: all@example.com", "ann@exa_mple.com", f"{'a' * 65}@x.com",
    "ann@example..com", "<ann@example.com>",
    "ann@example.com,bo@example.com",
)  # fmt: skip
RIGHT = ("ann@example.com", "a.b+zl@mail.example.co.uk", "o'neil@x-y.example", "1@2.example")


@pytest.mark.parametrize("address", WRONG)
def test_what_is_no_mail_address_is_refused_by_name(home, monkeypatch, address):
    monkeypatch.setenv("OILSEER_ALERT_RECIPIENTS", json.dumps(["bo@example.com", address]))
    with pytest.raises(ConfigError, match=r"OILSEER_ALERT_RECIPIENTS\.1: .*expected a mail address"):
        read_settings(home)


@pytest.mark.parametrize(
    "address", ["ann@example.com", "a.b+zl@mail.example.co.uk", "o'neil@x-y.example", "1@2.example"]
)
def test_what_is_one_is_taken(home, address):
    assert settings_of(f'alert_recipients = ["{address}"]', read_settings(home)).alert_recipients == (address,)


def test_every_wrong_setting_of_a_text_is_named(home):
    with pytest.raises(ConfigError, match=r"oilseer\.toml: jobs: .*found 0; warm_up_years: .*found 99"):
        settings_of("jobs = 0\nwarm_up_years = 99\n", read_settings(home))
    with pytest.raises(ConfigError, match=r"oilseer\.toml: "):
        settings_of("jobs =", read_settings(home))
