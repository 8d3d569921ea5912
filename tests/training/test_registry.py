"""Statuses: who starts where, who may speak, changes kept for ever, and one command that takes a change back."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from snapshots import empty_database, write

from oilseer.errors import ConfigError
from oilseer.models.zoo import ZOO, Entry
from oilseer.training import registry
from oilseer.training.registry import CHANGES, REGISTRY, Order
from oilseer.training.specs import SCORES

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def order(reason="asked", minutes=0):
    return Order("ada", NOW + timedelta(minutes=minutes), reason)


@pytest.fixture
def connection(tmp_path, monkeypatch):
    for name in ("Net-a", "Net-b"):
        monkeypatch.setitem(ZOO, name, Entry(name, "neural", "price", "nowhere:make"))
    with empty_database(tmp_path / "registry.duckdb") as opened:
        yield opened


def history(connection):
    query = f"SELECT change, model, kind, status_before, status_after, undoes FROM {CHANGES.name} ORDER BY ALL"
    return connection.execute(query).fetchall()


def test_models_of_before_the_rule_speak_from_the_start_and_newer_ones_have_to_earn_it(connection):
    held = registry.statuses(connection)  # before any table is there
    registry.sync(connection, NOW)
    assert registry.statuses(connection) == held
    founders = {name for name, entry in ZOO.items() if entry.tier in registry.FROM_THE_START} - registry.NEWCOMERS
    assert {name for name, status in held.items() if status == "champion"} == founders
    assert set(ZOO) >= registry.NEWCOMERS
    assert held["Net-a"] == held["Walk-shrunk"] == "candidate"
    assert registry.eligible(connection, tuple(ZOO)) == tuple(
        name for name in ZOO if name in founders and ZOO[name].target == "price"
    )
    assert registry.running(connection, tuple(ZOO)) == tuple(ZOO)


def test_a_candidate_is_a_shadow_once_it_has_a_score_and_that_is_kept_too(connection):
    registry.sync(connection, NOW)
    write(connection, SCORES, [dict.fromkeys(SCORES.column_names, 1.0) | {
        "model": "Net-a", "tier": "neural", "target": "price", "slice": "all", "run_id": "r",
        "first_origin": NOW.date(), "last_origin": NOW.date(),
    }])  # fmt: skip
    before = registry.fingerprint(connection)
    registry.admit(connection, NOW)
    registry.admit(connection, NOW)
    held = registry.statuses(connection)
    assert (held["Net-a"], held["Net-b"]) == ("shadow", "candidate")
    assert history(connection) == [(1, "Net-a", "rule", "candidate", "shadow", None)]
    assert registry.fingerprint(connection) == before  # no number follows from it
    with pytest.raises(ConfigError, match="no change to take back"):
        registry.rollback(connection, order())


def test_who_may_speak_is_part_of_the_identity_of_a_run(connection):
    before = registry.fingerprint(connection)
    registry.set_statuses(connection, {"Theta": "shadow"}, "shadow", order())
    shadowed = registry.fingerprint(connection)
    registry.set_statuses(connection, {"Theta": "retired"}, "retire", order())
    assert len({before, shadowed, registry.fingerprint(connection)}) == 3
    assert "Theta" not in registry.eligible(connection, tuple(ZOO))
    assert "Theta" not in registry.running(connection, tuple(ZOO))


def test_rollbacks_take_back_one_change_after_the_other(connection):
    registry.set_statuses(connection, {"Theta": "shadow"}, "shadow", order())
    registry.set_statuses(connection, {"Theta": "retired"}, "retire", order())
    registry.set_statuses(connection, {"ETS": "retired"}, "retire", order())
    assert registry.rollback(connection, order(), "Theta") == {"Theta": "shadow"}
    assert registry.rollback(connection, order()) == {"ETS": "champion"}
    assert registry.rollback(connection, order()) == {"Theta": "champion"}
    assert set(registry.statuses(connection).values()) == {"champion", "candidate"}
    with pytest.raises(ConfigError, match="no change of Theta to take back"):
        registry.rollback(connection, order(), "Theta")
    assert [row[5] for row in history(connection)] == [None, None, None, 2, 3, 1]


def test_the_statuses_of_an_earlier_run_come_back_as_one_change_that_can_be_taken_back(connection):
    held = registry.statuses(connection)
    for name in ("Theta", "ETS"):
        registry.set_statuses(connection, {name: "shadow"}, "shadow", order())
    assert registry.restore(connection, order(), held) == {"Theta": "champion", "ETS": "champion"}
    with pytest.raises(ConfigError, match="nothing to restore"):
        registry.restore(connection, order(), held)
    assert registry.rollback(connection, order()) == {"Theta": "shadow", "ETS": "shadow"}


def test_a_change_that_dies_half_way_leaves_status_and_history_as_they_were(connection, monkeypatch):
    registry.set_statuses(connection, {"Theta": "shadow"}, "shadow", order())
    before = connection.execute(f"FROM {REGISTRY.name} ORDER BY model").fetchall(), history(connection)
    added = registry.append

    def die(*arguments):
        added(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(registry, "append", die)
    with pytest.raises(KeyboardInterrupt):
        registry.set_statuses(connection, {"Theta": "retired"}, "retire", order(minutes=5))
    assert (connection.execute(f"FROM {REGISTRY.name} ORDER BY model").fetchall(), history(connection)) == before


def test_a_status_remembers_who_set_it_when_and_why_through_every_sync(connection):
    registry.set_statuses(connection, {"Theta": "shadow"}, "shadow", order("too slow", minutes=3))
    registry.sync(connection, NOW + timedelta(days=9))
    query = f"SELECT status, since, reason, set_by, forced FROM {REGISTRY.name} WHERE model = 'Theta'"
    assert connection.execute(query).fetchone() == ("shadow", NOW + timedelta(minutes=3), "too slow", "ada", False)


def test_a_model_that_left_the_zoo_leaves_the_registry_and_its_history_stays(connection, monkeypatch):
    registry.set_statuses(connection, {"Net-a": "retired"}, "retire", order())
    monkeypatch.delitem(ZOO, "Net-a")
    registry.sync(connection, NOW)
    assert connection.execute(f"SELECT count(*) FROM {REGISTRY.name} WHERE model = 'Net-a'").fetchone() == (0,)
    assert history(connection) == [(1, "Net-a", "retire", "candidate", "retired", None)]
    with pytest.raises(ConfigError, match="no change to take back"):
        registry.rollback(connection, order())


@pytest.mark.parametrize(("name", "status", "told"), [
    ("B1", "retired", "B1 is a benchmark: it is always shown"),
    ("Theta", "champion", "Theta is champion already"),
    ("AutoTeta", "shadow", "no model 'AutoTeta': near it are AutoTheta, AutoETS"),
    ("drivers-RIDGE", "shadow", "near it are Drivers-ridge"),
    ("zzzz", "shadow", "`oilseer models list` shows all"),
])  # fmt: skip
def test_what_cannot_be_set_is_refused_in_words_and_nothing_is_kept(connection, name, status, told):
    registry.sync(connection, NOW)
    with pytest.raises(ConfigError, match=told):
        registry.set_statuses(connection, {"ETS": "shadow", name: status}, "shadow", order())
    assert history(connection) == []
    assert registry.statuses(connection)["ETS"] == "champion"


def test_no_change_is_ever_overwritten(connection):
    registry.set_statuses(connection, {"Theta": "shadow"}, "shadow", order())
    with pytest.raises(duckdb.ConstraintException):
        connection.execute(f"INSERT INTO {CHANGES.name} SELECT * FROM {CHANGES.name}")
