"""Joins of the families: lost rows and columns stop the build, and holes that the data have are measured."""

from datetime import date, timedelta
from functools import partial

import numpy as np
import pytest
from raw_market import raw_database

from oilseer.checks import require
from oilseer.errors import GateFailed
from oilseer.features import join
from oilseer.features.build import MATRIX, build_features
from oilseer.features.evaluate import Sessions
from oilseer.features.feature import Feature
from oilseer.features.join import CHECKS, JOINS, measure, sound
from oilseer.features.known import column_of
from oilseer.features.registry import FAMILIES, Family
from oilseer.staging.build import build_all

DAYS = np.arange("2024-01-01", "2024-02-10", dtype="datetime64[D]")
FEATURE = partial(
    Feature, unit="ratio", formula="test", why="test", reads=("staging.zl_prices_clean",), max_age=timedelta(days=1),
    source="test", bucket="crush", driver_group="TECHNICAL_REGIME", category="technical",
)  # fmt: skip
NAMES = tuple(f"spread_test_{i}_ratio" for i in range(14))
FAMILY = Family("spreads", tuple(FEATURE(name) for name in NAMES))


def made(**other: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.ones(len(DAYS)) for name in NAMES} | other


def test_every_family_has_a_join_and_every_join_a_family():
    assert [each.family for each in JOINS] == [family.name for family in FAMILIES]
    assert [(each.family, each.columns) for each in JOINS] == [(f.name, len(f.features)) for f in FAMILIES]


def test_whole_families_are_sound():
    require(sound([FAMILY], DAYS, made(), len(DAYS)))


@pytest.mark.parametrize(
    ("days", "columns", "rows", "test"),
    [
        (DAYS, made(**{NAMES[3]: np.ones(len(DAYS) - 1)}), len(DAYS), "spreads_keeps_rows"),
        (DAYS, made(), len(DAYS) + 1, "spreads_keeps_rows"),
        (DAYS, {name: made()[name] for name in NAMES[1:]}, len(DAYS), "spreads_adds_columns"),
        (np.sort(np.append(DAYS[1:], DAYS[-1])), made(), len(DAYS), "sessions_in_order_and_once"),
        (DAYS[::-1], made(), len(DAYS), "sessions_in_order_and_once"),
    ],
    ids=["a row lost", "rows short of the sessions", "a column lost", "a session twice", "out of order"],
)
def test_broken_join_stops_the_build(days, columns, rows, test):
    with pytest.raises(GateFailed, match=test):
        require(sound([FAMILY], days, columns, rows))


def measured(connection, columns, prices=None) -> dict[str, tuple]:
    """What measure writes of the test family, by join and test: passed, blocking, found."""
    prices = {"A": np.ones(len(DAYS))} if prices is None else prices
    sessions = Sessions(connection, MATRIX.name, DAYS, len(DAYS), prices)
    measure(sessions, [FAMILY], columns, {name: name for name in prices})
    rows = connection.execute(f"SELECT join_name || ' ' || test, passed, blocking, found FROM {CHECKS.name}").fetchall()
    return {name: rest for name, *rest in rows}


@pytest.fixture(scope="module")
def built():
    connection = raw_database(date(2017, 1, 3), date(2021, 12, 31))
    build_all(connection)
    build_features(connection)
    return connection


def test_simulated_market_passes_every_test_of_every_join(built):
    rows = built.execute(f"SELECT join_name, test, found FROM {CHECKS.name} WHERE NOT passed").fetchall()
    assert rows == []
    tested = {row[0] for row in built.execute(f"SELECT join_name FROM {CHECKS.name}").fetchall()}
    assert tested == {family.name for family in FAMILIES} | {"matrix"}


def test_hole_between_two_values_is_counted_and_blocks(connection):
    holes = np.ones(len(DAYS))
    holes[10:30] = np.nan
    passed, blocking, found = measured(connection, made(**{NAMES[0]: holes}))["spreads null_share"]
    assert (passed, blocking) == (False, True)
    assert found.startswith(f"{20 / (14 * len(DAYS)):.1%} null")


def test_source_that_starts_late_or_has_ended_leaves_no_hole(connection):
    late, ended = np.ones(len(DAYS)), np.ones(len(DAYS))
    late[:30], ended[-20:] = np.nan, np.nan
    never = np.full(len(DAYS), np.nan)
    passed, _, found = measured(connection, made(**dict(zip(NAMES, (late, ended, never), strict=False))))[
        "spreads null_share"
    ]
    assert passed
    assert found.endswith("13 have values in five years, 12 at the last session")


def test_markets_that_fell_silent_are_shown(connection):
    alive = {f"M{i}": np.ones(len(DAYS)) for i in range(join.SYMBOLS_AT_LEAST)}
    assert measured(connection, made(), alive)["matrix symbols"][0]
    alive["M0"] = np.r_[np.ones(len(DAYS) - 21), np.full(21, np.nan)]
    assert measured(connection, made(), alive)["matrix symbols"][:2] == [False, False]


def test_prices_of_markets_are_those_of_what_was_known(built):
    found = built.execute(f"SELECT found FROM {CHECKS.name} WHERE test = 'symbols'").fetchone()[0]
    named = found.split(": ")[1].split(", ")
    last = built.execute("SELECT * FROM features.known_inputs ORDER BY as_of_date DESC LIMIT 21").fetch_arrow_table()
    assert [s for s in named if not last[column_of(s)].is_valid().to_pylist().count(True)] == []


@pytest.fixture
def connection():
    from raw_market import empty_database

    return empty_database()
