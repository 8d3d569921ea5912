"""The PIN: how often it may be tried, by whom, and that neither a flood nor a restart gives more tries."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from conftest import Clock

from oilseer.errors import ConfigError
from oilseer.web import pin as pins
from oilseer.web.pin import Pins, Verdict, Wait, checked
from oilseer.web.store import Store

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
RIGHT, WRONG = Verdict(True), Verdict(False)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def made(tmp_path, clock):
    store = Store(tmp_path)
    found = Pins(store, clock, None, QUICK)
    found.set("482913")
    yield found
    store.close()


def tries(made, count, pin="000000", address="203.0.113.5", device=None):
    return [made.judge(pin, address, device) for _ in range(count)]


@pytest.mark.parametrize(("pin", "warned"), [("482913", False), ("48291", True), ("4829", True), ("123456", True),
                                             ("654321", True), ("777777", True), ("112233", False)])  # fmt: skip
def test_six_digits_are_taken_and_weaker_ones_with_a_warning(pin, warned):
    assert checked(pin)[0] == pin
    assert (checked(pin)[1] is not None) is warned


@pytest.mark.parametrize("pin", ["", "123", "12345a", "１２３４５６", "12 3456", "-12345", "1" * 65])
def test_what_is_no_pin_is_refused(pin):
    with pytest.raises(ConfigError, match="6 digits or more"):
        checked(pin)


def test_five_tries_are_judged_and_then_the_wait_doubles(made, clock):
    assert tries(made, 5) == [WRONG] * 5
    waits = []
    for _ in range(9):
        (found,) = tries(made, 1)
        assert isinstance(found, Wait)
        waits.append(found.seconds)
        clock.pass_(found.seconds)
        assert tries(made, 1) == [WRONG]
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_the_right_pin_waits_too_and_then_clears_the_count(made, clock):
    tries(made, 5)
    assert tries(made, 1, "482913") == [Wait(30.0)]
    clock.pass_(30)
    assert tries(made, 1, "482913") == [RIGHT]
    assert tries(made, 5) == [WRONG] * 5


def test_other_addresses_share_the_count_of_the_account(made):
    found = [made.judge("000000", f"198.51.100.{n}", None) for n in range(50)]
    assert found.count(WRONG) == 5


def test_neighbours_in_a_network_of_ipv6_are_one_address(made, clock):
    found = [made.judge("000000", f"2001:db8::{n:x}", None) for n in range(5)]
    assert found == [WRONG] * 5
    assert pins._network("2001:db8::1") == pins._network("2001:db8::ffff") != pins._network("2001:db8:0:1::1")


def test_a_stranger_does_not_lock_the_owner_out_of_a_known_device(made):
    device = made.new_device()
    tries(made, 100)
    assert isinstance(made.judge("482913", "203.0.113.5", None), Wait)
    assert made.judge("482913", "203.0.113.5", device) == RIGHT
    assert isinstance(made.judge("482913", "203.0.113.5", None), Wait)  # and frees no one else


def test_a_device_has_no_more_tries_than_an_address_and_a_made_up_one_none_of_its_own(made):
    assert tries(made, 20, device=made.new_device()).count(WRONG) == 5
    found = [made.judge("000000", "203.0.113.5", f"made-up-{n}") for n in range(20)]
    assert found.count(WRONG) == 5


def test_a_device_is_forgotten_after_half_a_year(made, clock):
    device = made.new_device()
    clock.pass_(181 * 86_400)
    tries(made, 6)
    assert isinstance(made.judge("482913", "203.0.113.5", device), Wait)


def test_of_ten_thousand_guesses_at_once_five_are_judged_and_a_restart_gives_no_more(tmp_path, made, clock):
    def guess(n):
        return made.judge(f"{n:06}", f"10.0.{n % 200}.{n % 250}", None)

    with ThreadPoolExecutor(32) as pool:
        judged = sum(isinstance(found, Verdict) for found in pool.map(guess, range(10_000)))
    assert judged == 5
    stores = [Store(tmp_path) for _ in range(2)]  # two more servers on the same workspace
    again = [Pins(store, clock, None, QUICK).judge("482913", "203.0.113.9", None) for store in stores]
    assert all(isinstance(found, Wait) for found in again)
    for store in stores:
        store.close()


def test_a_day_without_a_wrong_try_forgets_them(made, clock):
    tries(made, 5)
    clock.pass_(86_401)
    assert tries(made, 5) == [WRONG] * 5


def test_without_a_pin_nothing_is_right(tmp_path, clock):
    store = Store(tmp_path)
    found = Pins(store, clock, None, QUICK)
    assert not found.is_set
    assert [found.judge(pin, "127.0.0.1", None) for pin in ("", "None", "000000")] == [WRONG] * 3
    store.close()


def test_the_environment_goes_before_and_another_one_ends_sessions(tmp_path, clock, made):
    store = Store(tmp_path)
    with store.change() as change:
        change.execute("INSERT INTO sessions VALUES (x'00', 9e9)")
    first = Pins(store, clock, "777111", QUICK)
    assert store.one("SELECT count(*) FROM sessions") == (0,)
    assert (first.judge("777111", "a", None), first.judge("482913", "a", None)) == (RIGHT, WRONG)
    with store.change() as change:
        change.execute("INSERT INTO sessions VALUES (x'00', 9e9)")
    Pins(store, clock, "777111", QUICK)  # the same again after a restart
    assert store.one("SELECT count(*) FROM sessions") == (1,)
    store.close()


def test_only_a_hash_is_kept_and_only_the_user_may_read_it(tmp_path, made):
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"482913" not in kept
    assert b"$argon2id$" in kept
    assert (tmp_path / "dashboard.sqlite3").stat().st_mode & 0o077 == 0
