"""One suite over every feature: being listed is being tested."""

from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from importlib.resources import files

import numpy as np
import pytest
from raw_market import copy_of, poison_after, raw_database, shuffle, truncate_after

from oilseer.features.buckets import ADDITIONS, CORE
from oilseer.features.build import MATRIX, build_features
from oilseer.features.feature import BUCKETS, DRIVER_GROUPS, Feature
from oilseer.features.names import fault
from oilseer.features.registry import FAMILIES, FEATURES, SPEC, Family
from oilseer.market.sessions import cutoff as cutoff_of
from oilseer.staging.build import build_all

START, END = date(2017, 1, 3), date(2021, 12, 31)
# a Tuesday that a report describes, the Friday that publishes it, a ZL roll and the day before, a half day
CUTOFFS = (date(2020, 3, 10), date(2020, 3, 13), date(2021, 6, 18), date(2021, 6, 21), date(2021, 11, 26))


def build(connection, families=FAMILIES) -> dict[str, np.ndarray]:
    """Staging and features anew; days and every column as float64."""
    build_all(connection)
    build_features(connection, families)
    return matrix_of(connection)


def matrix_of(connection) -> dict[str, np.ndarray]:
    found = connection.execute(f"SELECT * EXCLUDE (symbol) FROM {MATRIX.name} ORDER BY as_of_date").fetchnumpy()
    days = found.pop("as_of_date")
    return {"as_of_date": np.ma.getdata(days).astype("datetime64[D]")} | {
        name: np.ma.filled(np.ma.asarray(column, dtype=float), np.nan) for name, column in found.items()
    }


def until(matrix, day: date) -> dict[str, np.ndarray]:
    keep = matrix["as_of_date"] <= np.datetime64(day)
    return {name: column[keep] for name, column in matrix.items()}


def same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()


@pytest.fixture(scope="module")
def market():
    return raw_database(START, END)


@pytest.fixture(scope="module")
def built(market):
    connection = copy_of(market)
    build_all(connection)
    build_features(connection)
    return connection


@pytest.fixture(scope="module")
def matrix(built):
    return matrix_of(built)


@pytest.fixture(scope="module", params=CUTOFFS, ids=str)
def poisoned(request, market):
    connection = copy_of(market)
    poison_after(connection, cutoff_of(request.param))
    return request.param, build(connection)


def test_no_feature_sees_what_is_public_after_the_cutoff(matrix, poisoned):
    day, after = poisoned
    before, after = until(matrix, day), until(after, day)
    assert same_bits(before["as_of_date"], after["as_of_date"]), "sessions before the cutoff changed"
    first = {}
    for feature in FEATURES:
        differ = before[feature.name].view(np.int64) != after[feature.name].view(np.int64)
        if differ.any():
            first[feature.name] = str(before["as_of_date"][differ][0])
    assert first == {}, f"first session that differs, by feature, cutoff {day}"


def test_poison_reaches_the_sessions_after_the_cutoff(matrix, poisoned):
    day, after = poisoned
    early, late = len(until(matrix, day)["as_of_date"]), after["databento_zl_front_cents_per_lb"]
    clean = matrix["databento_zl_front_cents_per_lb"]
    assert len(late) < len(clean) or not same_bits(late[early:], clean[early:])


def test_replay_from_rows_public_by_then_gives_the_same_bytes(matrix, replayed):
    day, then = replayed
    now = until(matrix, day)
    assert [feature.name for feature in FEATURES if not same_bits(now[feature.name], then[feature.name])] == []


@pytest.fixture(scope="module")
def replayed(market):
    day = date(2021, 6, 18)
    connection = copy_of(market)
    truncate_after(connection, cutoff_of(day))
    return day, build(connection)


def test_rows_in_any_order_give_the_same_bytes(market, matrix):
    connection = copy_of(market)
    shuffle(connection, 3)
    again = build(connection)
    assert [name for name in matrix if not same_bits(matrix[name], again[name])] == []


def leak(name, compute):
    feature = Feature(
        name, "ratio", "planted", "planted", ("staging.zl_prices_clean",), timedelta(days=1), "test", "crush",
        "TECHNICAL_REGIME", "technical",
    )  # fmt: skip
    return Family("leak", (feature,), lambda known: {name: compute(known["zl"])})


@pytest.mark.parametrize(
    "compute",
    [
        lambda price: np.append(price[1:], np.nan),
        lambda price: (price - np.nanmean(price)) / np.nanstd(price),
        lambda price: np.flip(np.maximum.accumulate(np.flip(price))),
    ],
    ids=["tomorrow's price", "z-score over the whole sample", "highest price to come"],
)
def test_planted_leak_is_caught_by_the_poison(market, compute):
    day = CUTOFFS[0]
    families = (leak("tech_leak_ratio", compute),)
    clean, poisoned = copy_of(market), copy_of(market)
    poison_after(poisoned, cutoff_of(day))
    before, after = until(build(clean, families), day), until(build(poisoned, families), day)
    assert not same_bits(before["tech_leak_ratio"], after["tech_leak_ratio"])


def test_every_name_starts_with_its_source_and_ends_with_its_unit():
    assert [fault(feature.name) for feature in FEATURES if fault(feature.name)] == []


@pytest.mark.parametrize("name", ["zl_close_cents_per_lb", "tech_rsi_14", "fred_DGS10_percent", "curve__slope_ratio"])
def test_other_names_are_refused(name):
    assert fault(name)


def test_no_two_features_share_a_name():
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)


def test_registry_has_every_feature_with_all_fields_filled(built):
    rows = built.execute(f"SELECT * FROM {SPEC.name}").to_arrow_table().to_pylist()
    assert sorted(row["name"] for row in rows) == sorted(feature.name for feature in FEATURES)
    optional = {"available_from", "available_until", "null_ratio", "missing_because", "lookback_sessions"}
    filled = [(row["name"], key, value) for row in rows for key, value in row.items() if key not in optional]
    empty = [entry for entry in filled if entry[2] in ("", None)]
    assert empty == []
    assert all(row["available_from"] >= START for row in rows if row["available_from"])


# sources that the simulated market leaves out, or that no one loads; everything else must have values
NOT_SIMULATED = {
    feature.name
    for feature in FEATURES
    if feature.missing or feature.name in ("fred_dfii10_percent", "fred_bamlh0a0hym2_percent")
}


def test_every_simulated_feature_has_values_and_few_gaps_a_year(matrix):
    years = matrix["as_of_date"].astype("datetime64[Y]").astype(int) + 1970
    sparse = {}
    for feature in FEATURES:
        column = matrix[feature.name]
        for year in (2020, 2021):
            rate = float(np.isnan(column[years == year]).mean())
            if rate > 0.15 and feature.name not in NOT_SIMULATED:
                sparse[feature.name, year] = round(rate, 2)
    assert sparse == {}, "null rates by year above 15 %"


def columns(connection, view: str) -> list[str]:
    return [row[0] for row in connection.execute(f"DESCRIBE {view}").fetchall()][2:]


def test_core_has_about_fifty_features_of_five_kinds(built):
    assert columns(built, "features.core_macro_fx") == list(CORE)
    assert len(CORE) == 50 + len([name for name in CORE if name.endswith("_age_sessions")])
    kinds = {"fx_": 15, "fred_": 16, "tech_": 7, "season_": 5, "databento_": 4, "spread_": 4, "volatility_": 3}
    counted = {prefix: sum(name.startswith(prefix) for name in CORE) for prefix in kinds}
    assert counted == kinds | {"fx_": 16}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_bucket_inherits_the_core_and_adds_ten_to_twenty_five(built, bucket):
    found = columns(built, f"features.bucket_{bucket}")
    assert found[: len(CORE)] == list(CORE)
    assert len(set(found)) == len(found)
    assert 10 <= len(set(ADDITIONS[bucket]) - set(CORE)) <= 25
    assert set(ADDITIONS[bucket]) <= set(found)
    rows, sessions = built.execute(
        f"SELECT (SELECT count(*) FROM features.bucket_{bucket}), (SELECT count(*) FROM {MATRIX.name})"
    ).fetchone()
    assert rows == sessions


def test_every_feature_has_one_of_the_eight_driver_groups(built):
    rows = built.execute(
        "SELECT count(*), count(g.driver_group), count(DISTINCT m.feature), count(DISTINCT g.driver_group) "
        "FROM reference.feature_to_driver_group_map AS m LEFT JOIN reference.driver_group AS g USING (driver_group)"
    ).fetchone()
    assert rows == (len(FEATURES), len(FEATURES), len(FEATURES), len(DRIVER_GROUPS))


def test_feature_without_a_value_says_why(built):
    rows = built.execute(
        f"SELECT r.name, r.missing_because, r.available_until, r.known_sessions FROM {SPEC.name} AS r"
    ).fetchall()
    last = built.execute(f"SELECT max(as_of_date) FROM {MATRIX.name}").fetchone()[0]
    assert all((reason is None) == (until == last) for _, reason, until, _ in rows)
    reasons = {name: reason for name, reason, *_ in rows}
    assert reasons["curve_butterfly_cents_per_lb"].startswith("needs a third delivery month")
    assert reasons["fx_brl_us_rate_differential_percent"].startswith("needs Brazil's policy rate")


def test_coverage_by_year_gives_null_rates_and_ages(built, matrix):
    years = matrix["as_of_date"].astype("datetime64[Y]").astype(int) + 1970
    rows = built.execute("SELECT * FROM features.coverage_by_year ORDER BY feature, year").fetchall()
    assert len(rows) == len(FEATURES) * len(np.unique(years))
    for name in ("databento_zl_front_cents_per_lb", "cftc_zl_age_sessions", "curve_butterfly_cents_per_lb"):
        for _, year, sessions, empty, age in [row for row in rows if row[0] == name]:
            column = matrix[name][years == year]
            assert (sessions, empty) == (column.size, pytest.approx(float(np.isnan(column).mean())))
            median = float(np.nanmedian(column)) if name.endswith("_age_sessions") and empty < 1 else None
            assert age == median


def test_no_feature_reads_the_calendar_of_regimes():
    """It is drawn in hindsight: in the crisis nobody knew the day on which it would have begun."""
    texts = {
        path.name: path.read_text() for path in files("oilseer.features").iterdir() if path.name[-3:] in (".py", "sql")
    }
    assert len(texts) > 40
    assert [name for name, text in texts.items() if "reference.regimes" in text or "regime_calendar" in text] == []
    made = {name for family in FAMILIES if family.compute for name in vars(import_module(family.compute.__module__))}
    assert not made & {"regime_calendar", "regime_places", "sample_weights"}
    assert all("reference.regime_calendar" not in feature.reads for feature in FEATURES)


def test_cutoff_is_five_in_the_afternoon_of_new_york():
    assert cutoff_of(date(2020, 3, 6)) == datetime(2020, 3, 6, 22, tzinfo=UTC)
    assert cutoff_of(date(2020, 3, 9)) == datetime(2020, 3, 9, 21, tzinfo=UTC)  # daylight saving since the Sunday
