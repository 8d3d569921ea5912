"""A new session costs one row, and the matrix has the bytes of one made anew, whatever came in between."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import numpy as np
import pytest
from raw_market import copy_of, raw_database, shuffle, truncate_after

from oilseer.errors import ContractError
from oilseer.features import build as features_build
from oilseer.features.build import BESIDE, MATRIX, Built, build_features
from oilseer.features.evaluate import Sessions, known_arrays
from oilseer.features.known import inputs_spec
from oilseer.features.registry import FAMILIES, Family
from oilseer.features.state import STATE, declarations, prints, standing
from oilseer.features.views import CORE_VIEW
from oilseer.market.sessions import cutoff
from oilseer.staging.build import build_all

START, END = date(2017, 1, 3), date(2020, 3, 13)


@pytest.fixture(scope="module")
def market():
    return raw_database(START, END)


def before(market, day: date) -> duckdb.DuckDBPyConnection:
    """Staging and features as they stood after session `day`."""
    connection = copy_of(market)
    truncate_after(connection, cutoff(day))
    build_all(connection)
    build_features(connection)
    return connection


def deliver(connection, market, until: date) -> None:
    """Raw rows public by the cutoff of `until`, and staging over them."""
    from oilseer.raw.specs import SPECS

    for spec in SPECS:
        rows = market.execute(f"SELECT * FROM {spec.name} WHERE available_at <= $cutoff", {"cutoff": cutoff(until)})
        connection.register("incoming", rows.to_arrow_table())
        connection.execute(f"DELETE FROM {spec.name}; INSERT INTO {spec.name} BY NAME SELECT * FROM incoming")
        connection.unregister("incoming")
    build_all(connection)


def bits(connection) -> dict[str, bytes]:
    found = connection.execute(f"SELECT * EXCLUDE (symbol) FROM {MATRIX.name} ORDER BY as_of_date").fetchnumpy()
    return {
        name: np.ma.filled(column, np.nan).tobytes() if column.dtype == float else np.ma.getdata(column).tobytes()
        for name, column in found.items()
    }


def inputs(connection) -> list[tuple]:
    return connection.execute(f"SELECT * FROM {inputs_spec().name} ORDER BY as_of_date").fetchall()


def beside(connection) -> dict[str, list[str]]:
    """Rows of everything that a build leaves beside the matrix, in any order."""
    return {name: sorted(map(repr, connection.execute(f"FROM {name}").fetchall())) for name in (*BESIDE, STATE.name)}


# a session after which a report, a roll and a half-filled week follow; one and several sessions at once
@pytest.mark.parametrize(("last", "until"), [(date(2020, 3, 12), END), (date(2020, 3, 5), END)], ids=["one", "six"])
def test_added_sessions_have_the_bytes_of_a_rebuild(market, last, until):
    connection = before(market, last)
    deliver(connection, market, until)
    added = build_features(connection)
    assert (added.reason, added.made) == ("", 1 if last == date(2020, 3, 12) else 6)
    matrix, known = bits(connection), beside(connection)
    again = build_features(connection, rebuild=True)
    assert again.made == again.sessions == added.sessions
    assert [name for name, column in bits(connection).items() if column != matrix[name]] == []
    assert [name for name, rows in beside(connection).items() if rows != known[name]] == []


def test_features_that_stand_are_read_as_far_back_as_they_are_asked_for():
    connection = duckdb.connect()
    days = np.arange("2024-01-01", "2024-01-07", dtype="datetime64[D]")
    connection.execute("CREATE TABLE m AS SELECT DATE '2024-01-05' - CAST(i AS INTEGER) AS as_of_date, 10.0 - i AS x "
                       "FROM range(5) AS r(i)")  # fmt: skip
    sessions = Sessions(connection, "m", days, 1, {}, known_arrays(connection, "m", days[3]))
    assert sessions.before["x"].tolist() == [9.0, 10.0]
    assert [sessions.stored("x", count).tolist() for count in (0, 1, 2, 4)] == [
        [], [10.0], [9.0, 10.0], [7.0, 8.0, 9.0, 10.0],
    ]  # fmt: skip


def test_nothing_new_makes_nothing(market):
    connection = before(market, END)
    shuffle(connection, 3)
    build_all(connection)
    found = build_features(connection)
    assert (found.made, found.reason) == (0, "")


def test_backfill_of_the_past_makes_all_rows_anew_and_says_why(market):
    connection = before(market, date(2020, 3, 12))
    late = date(2020, 1, 15)
    connection.execute("DELETE FROM raw.fred_economic WHERE series_id = 'DGS10' AND observation_date = ?", [late])
    build_all(connection)
    found = build_features(connection)
    assert found.made == found.sessions
    assert found.reason == "rows public by 2020-03-12 changed in staging.fred_macro_panel"


def test_correction_of_any_row_that_was_used_makes_all_rows_anew(market):
    """Also of one that became public between two builds, of which the second only added to the first."""
    connection = before(market, date(2020, 3, 11))
    deliver(connection, market, date(2020, 3, 12))
    assert build_features(connection).reason == ""
    for day in (date(2017, 1, 4), date(2019, 1, 15), date(2020, 3, 11), date(2020, 3, 12)):
        connection.execute("BEGIN")
        connection.execute(
            "UPDATE staging.market_daily SET close = close + 0.01 WHERE symbol = 'ZS' AND observation_date = ?", [day]
        )
        found = standing(connection, MATRIX.name, declarations(FAMILIES), BESIDE)
        connection.execute("ROLLBACK")
        assert found == "rows public by 2020-03-12 changed in staging.market_daily", day
    assert build_features(connection) == Built(len(inputs(connection)), 0, "")


def test_two_rows_that_exchange_their_last_hashed_column_have_changed(market):
    connection = before(market, date(2020, 3, 12))
    until = datetime(2020, 3, 12, 23, tzinfo=UTC)
    honest = prints(connection, until)
    connection.execute(
        "UPDATE staging.fx_daily AS ours SET available_at = theirs.available_at FROM staging.fx_daily AS theirs "
        "WHERE (ours.pair, ours.vendor) = (theirs.pair, theirs.vendor) "
        "AND (ours.observation_date, theirs.observation_date) IN (($a, $b), ($b, $a))",
        {"a": date(2020, 1, 15), "b": date(2020, 1, 16)},
    )
    assert prints(connection, until)["fx_daily"] != honest["fx_daily"]


def test_what_is_gone_beside_the_matrix_is_made_again(market):
    connection = before(market, END)
    connection.execute(f"DROP VIEW {CORE_VIEW}")
    assert build_features(connection).reason == "no earlier build"
    assert connection.execute(f"SELECT count(*) FROM {CORE_VIEW}").fetchone()[0] == len(inputs(connection))


def test_row_that_was_public_only_after_the_last_session_changes_nothing_before(market):
    connection = before(market, date(2020, 3, 12))
    old = date(2020, 1, 15)
    connection.execute(
        "INSERT INTO raw.fred_economic SELECT * REPLACE (999 AS value, $at AS available_at) "
        "FROM raw.fred_economic WHERE series_id = 'DGS10' AND observation_date = $old",
        {"at": cutoff(date(2020, 3, 12)) + timedelta(hours=1), "old": old},
    )
    build_all(connection)
    assert build_features(connection).reason == ""


def test_other_declarations_make_all_rows_anew(market):
    connection = before(market, END)
    fewer = tuple(family for family in FAMILIES if family.name != "positioning")
    found = build_features(connection, fewer)
    assert found.reason == "the features' declarations, code or libraries changed"
    assert "cftc_zl_divergence_ratio" not in bits(connection)


def test_build_that_is_killed_leaves_the_old_matrix_whole(market, monkeypatch):
    connection = before(market, date(2020, 3, 12))
    matrix, known = bits(connection), inputs(connection)
    deliver(connection, market, END)

    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(features_build.state, "remember", killed)
        with pytest.raises(KeyboardInterrupt):
            build_features(connection)
    assert bits(connection) == matrix
    assert inputs(connection) == known
    assert build_features(connection).made == 1


def test_family_that_makes_other_columns_than_it_declares_is_refused(market):
    broken = Family("memory", FAMILIES[2].features, lambda known: {"tech_other_ratio": known["zl"]}, 0)
    with pytest.raises(ContractError, match="features/memory: columns missing"):
        build_features(before(market, END), (broken,))
