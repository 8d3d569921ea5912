"""55 years of soybean oil from two vendors: where they overlap they agree, and where they join nothing jumps."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml

from oilseer.market.sessions import sessions
from oilseer.raw.importer import import_folder
from oilseer.raw.specs import SPECS
from oilseer.staging import market_daily, zl_prices_clean
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import ensure

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data"))
OLD, NEW = "history/futures_curve_daily_pysystemtrade.parquet", "market/futures_daily.parquet"
FILES = (OLD, NEW, "market/futures_rolls.parquet", "market/futures_contracts_barchart.parquet")
pytestmark = [
    pytest.mark.skipif(
        not all((SHARED / file).exists() for file in FILES), reason=f"no price files in {SHARED}; set OILSEER_REAL_DATA"
    ),
    pytest.mark.slow,
]
NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    """Staged prices from the four price files alone."""
    folder = tmp_path_factory.mktemp("long")
    mapping = yaml.safe_load((ROOT / "tests/real/mapping.yaml").read_text())
    mapping["entries"] = [entry for entry in mapping["entries"] if entry["file"] in FILES]
    (folder / "prices.yaml").write_text(yaml.safe_dump(mapping, sort_keys=False))
    with writer(create_workspace(folder / "home", "real", NOW)) as opened:
        for spec in SPECS:
            ensure(opened, spec)
        import_folder(opened, SHARED, folder / "prices.yaml", NOW)
        market_daily.build(opened)
        zl_prices_clean.build(opened)
        yield opened


@pytest.fixture(scope="module")
def prices(connection):
    found = connection.execute(
        "SELECT observation_date AS day, basis, return_log AS change "
        "FROM staging.zl_prices_clean ORDER BY observation_date"
    ).fetchnumpy()
    change = np.ma.filled(np.ma.asarray(found["change"], dtype=float), np.nan)
    return found["day"].astype("datetime64[D]"), found["basis"].astype(str), change


def test_two_vendors_agree_on_the_same_contract_and_session(connection):
    gaps = connection.execute(
        "SELECT abs(ln(u.close / e.close)) FROM raw.user_futures_contracts_1d AS u "
        "INNER JOIN raw.databento_futures_ohlcv_1d AS e ON e.symbol = u.symbol "
        "AND e.observation_date = u.observation_date AND date_trunc('month', e.contract_month) = u.contract_month "
        "WHERE u.symbol = 'ZL' AND u.source LIKE 'pysystemtrade%'"
    ).fetchnumpy()
    (gap,) = gaps.values()
    assert len(gap) > 1500  # quotes from 2010 to 2021 that both have
    assert np.median(gap) == 0
    assert np.mean(gap < 0.001) > 0.99
    assert gap.max() < 0.01


def test_history_runs_from_1970_without_a_hole(prices):
    days, _, change = prices
    calendar = sessions()
    expected = calendar[(calendar >= days[0]) & (calendar <= days[-1])]
    assert days[0].astype(object) < date(1970, 3, 1)
    assert len(days) > 0.995 * len(expected)
    assert np.diff(days).max() <= np.timedelta64(7, "D")
    assert (~np.isfinite(change)).sum() <= 3


def test_nothing_jumps_where_one_vendor_follows_the_other(prices):
    _, basis, change = prices
    joins = np.flatnonzero(basis[1:] != basis[:-1]) + 1
    usual = np.array([np.nanstd(change[row - 63 : row]) for row in joins])
    moves = np.abs(change[joins]) / usual
    assert 20 < len(joins) < 60
    assert np.nanmax(moves) < 3
    assert np.sqrt(np.nanmean(moves**2)) < 1.3  # as much as any other session, sampling of some thirty apart


def test_first_join_is_a_roll_and_its_return_that_of_one_contract(connection):
    row = connection.execute(
        "SELECT is_roll, return_basis, return_log FROM staging.zl_prices_clean WHERE basis = 'exchange' "
        "ORDER BY observation_date LIMIT 1"
    ).fetchone()
    assert row[:2] == (True, "roll_ratio")
    assert abs(row[2]) < 0.02
