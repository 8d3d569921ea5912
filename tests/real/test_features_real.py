"""Staging and features on the real history: known ranges, rolls without jumps, and the poison once more."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
from raw_market import copy_of, poison_after, truncate_after

from oilseer.features.build import MATRIX, build_features
from oilseer.features.registry import FEATURES
from oilseer.market.sessions import cutoff
from oilseer.ops import gates
from oilseer.raw.importer import import_folder
from oilseer.raw.specs import SPECS
from oilseer.staging.build import build_all
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import ensure

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data"))
pytestmark = [
    pytest.mark.skipif(not (SHARED / "market").is_dir(), reason=f"no real rows at {SHARED}; set OILSEER_REAL_DATA"),
    pytest.mark.slow,
]  # fmt: skip
NOW = datetime(2025, 7, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    workspace = create_workspace(tmp_path_factory.mktemp("real"), "real", NOW)
    with writer(workspace) as opened:
        for spec in SPECS:
            ensure(opened, spec)
        import_folder(opened, SHARED, ROOT / "tests/real/mapping.yaml", NOW)
        build_all(opened)
        build_features(opened)
        yield opened


def columns(connection):
    found = connection.execute(f"SELECT * EXCLUDE (symbol) FROM {MATRIX.name} ORDER BY as_of_date").fetchnumpy()
    days = np.ma.getdata(found.pop("as_of_date")).astype("datetime64[D]")
    return days, {name: np.ma.filled(np.ma.asarray(column, dtype=float), np.nan) for name, column in found.items()}


@pytest.fixture(scope="module")
def matrix(connection):
    return columns(connection)


def test_fifty_five_years_of_sessions_are_priced(matrix):
    days, _ = matrix
    assert days[0] == np.datetime64("1970-02-03")
    assert len(days) > 13_900


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("databento_zl_front_cents_per_lb", 9, 91),
        ("spread_board_crush_usd_per_bu", -2.5, 5),
        ("spread_oil_share_ratio", 0.15, 0.65),
        ("spread_boho_usd_per_gal", -1.5, 4),
        ("spread_crack_321_usd_per_bbl", -10, 65),
        ("spread_crack_532_usd_per_bbl", -10, 65),
        ("spread_crack_gasoline_usd_per_bbl", -10, 65),
        ("spread_crack_heating_oil_usd_per_bbl", -5, 80),
        ("spread_ho_rb_usd_per_gal", -0.7, 1.6),
        ("spread_hog_feed_usd_per_cwt", 0, 110),
        ("spread_palm_soyoil_usd_per_mt", -800, 300),
        ("spread_terms_of_trade_brl_cents_per_lb", 20, 450),
        ("spread_soyoil_palm_ratio", 0.5, 5),
        ("tech_rsi_14_points", 0, 100),
        ("volatility_realized_21_ratio", 0.03, 0.8),
        ("volatility_realized_hourly_ratio", 0.03, 1.2),
        ("volatility_vix_points", 9, 83),
        ("cftc_zl_noncommercial_net_ratio", -0.5, 0.5),
        ("fred_dgs10_percent", 0.5, 16),
        ("regime_crisis_intensity_points", 0, 100),
    ],
)
def test_feature_stays_inside_what_history_allows(matrix, name, low, high):
    values = matrix[1][name]
    assert np.nanmin(values) >= low
    assert np.nanmax(values) <= high


def test_oil_share_is_mostly_between_35_and_55_percent_since_2010(matrix):
    days, found = matrix
    share = found["spread_oil_share_ratio"][days >= np.datetime64("2010-06-08")]
    assert np.nanmean((share > 0.28) & (share < 0.55)) > 0.95


def test_crush_margin_is_positive_nearly_always(matrix):
    crush = matrix[1]["spread_board_crush_usd_per_bu"]
    assert (crush[np.isfinite(crush)] > 0).mean() > 0.97


def test_roll_days_bring_no_jump_into_returns(connection):
    rows = connection.execute(
        "SELECT is_roll, quantile_cont(abs(return_log), 0.5), quantile_cont(abs(return_log), 0.99), "
        "max(abs(return_log)) FROM staging.zl_prices_clean WHERE return_log IS NOT NULL "
        "GROUP BY is_roll ORDER BY is_roll"
    ).fetchall()
    (_, median, tail, most), (_, roll_median, roll_tail, roll_most) = rows
    assert roll_median < 1.25 * median
    assert roll_tail < 1.25 * tail
    assert roll_most < 1.1 * most


def test_no_roll_is_among_the_largest_returns_of_the_features(matrix):
    _, found = matrix
    rolls, moves = found["season_roll_flag"] == 1, np.abs(found["tech_return_1_ratio"])
    known = np.isfinite(moves)
    share = rolls[known].mean()
    largest = np.argsort(moves[known])[-140:]  # one in a hundred
    assert rolls[known][largest].mean() < 2 * share
    assert np.nanmax(moves[rolls]) <= np.nanmax(moves[~rolls])


def test_gates_of_the_features_do_not_block(connection):
    failed = [check for check in gates.after_features(connection) if not check.passed]
    assert [check for check in failed if check.blocking] == []
    assert [check.name for check in failed if not check.name.endswith("_is_known")] == []


def test_unadjusted_levels_do_jump_on_roll_days(connection):
    step = connection.execute(
        "SELECT median(abs(ln(price_cents_per_lb / before) - return_log)) FROM (SELECT *, lag(price_cents_per_lb) "
        "OVER (ORDER BY observation_date) AS before FROM staging.zl_prices_clean) "
        "WHERE is_roll AND return_log IS NOT NULL"
    ).fetchone()[0]
    assert step > 0.002, "the spread between two contracts stays in the level"


@pytest.mark.parametrize(
    ("day", "left", "taken"),
    [
        (date(2019, 2, 22), "ZLH19", "ZLK19"),
        (date(2019, 4, 24), "ZLK19", "ZLN19"),
        (date(2019, 11, 22), "ZLZ19", "ZLF20"),
        (date(2024, 6, 24), "ZLN24", "ZLZ24"),
    ],
)
def test_volume_rolls_are_those_of_the_exchange_or_days_earlier(connection, day, left, taken):
    found = connection.execute(
        "SELECT min(observation_date) FROM staging.zl_prices_clean WHERE contract = ? AND is_roll", [taken]
    ).fetchone()[0]
    before = connection.execute(
        "SELECT arg_max(contract, observation_date) FROM staging.zl_prices_clean WHERE observation_date < ?", [found]
    ).fetchone()[0]
    assert before == left
    assert 0 <= (day - found).days <= 7, f"rolled on {found}"


def test_levels_agree_with_an_independent_vendor(connection):
    """Yahoo's nearest expiry shares the contract for most of each month: most daily returns must be equal."""
    same, correlation = connection.execute(
        "SELECT avg(CASE WHEN abs(z.return_log - y.step) < 0.003 THEN 1.0 ELSE 0.0 END), corr(z.return_log, y.step) "
        "FROM staging.zl_prices_clean AS z JOIN (SELECT observation_date, ln(close / lag(close) OVER "
        "(ORDER BY observation_date)) AS step FROM raw.yahoo_prices_1d WHERE symbol = 'ZL') AS y "
        "USING (observation_date)"
    ).fetchone()
    assert same > 0.6
    assert correlation > 0.9


def test_quality_report_has_no_failure_over_the_whole_history(connection):
    failed = connection.execute(
        "SELECT check_name, value FROM ops.data_quality_zl_daily WHERE period = 'all' AND status = 'fail'"
    ).fetchall()
    assert failed == []


HOLES_OF_THE_SOURCE = {
    "fx_corr_zl_usdcny_60_ratio",  # DEXCHUS is not in the file from 2019-05 to 2023-10
    "epa_rfs_biomass_based_diesel_next_billion_gal",  # EPA set no volume for the year ahead from 2020 to 2022
}


def test_no_feature_vanishes_for_a_year_in_its_middle(connection):
    """A feature may start late and a source may end; a hole of a year between two values is a fault of ours."""
    names = [feature.name for feature in FEATURES if not feature.name.startswith(("curve_", "databento_zl_open"))]
    holes = {}
    for name in names:
        gap = connection.execute(
            "SELECT max(as_of_date - before) FROM (SELECT as_of_date, "
            f"lag(as_of_date) OVER (ORDER BY as_of_date) AS before FROM {MATRIX.name} WHERE {name} IS NOT NULL)"
        ).fetchone()[0]
        if gap is not None and gap > 365:
            holes[name] = gap
    assert set(holes) <= HOLES_OF_THE_SOURCE, holes


@pytest.mark.parametrize("day", [date(2018, 2, 20), date(2024, 6, 26)], ids=str)
@pytest.mark.parametrize("change", [poison_after, truncate_after], ids=["poison", "replay"])
def test_real_history_is_blind_to_its_future(connection, matrix, day, change):
    other = copy_of(connection)
    change(other, cutoff(day))
    build_all(other)
    build_features(other)
    days, found = columns(other)
    keep, kept = matrix[0] <= np.datetime64(day), days <= np.datetime64(day)
    differ = [name for name, column in matrix[1].items() if column[keep].tobytes() != found[name][kept].tobytes()]
    assert differ == []
