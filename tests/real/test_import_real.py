"""The real folder imported once by its mapping: every row accounted for, nothing unmapped, public times right."""

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from oilseer.raw.importer import ImportReport, import_folder
from oilseer.raw.specs import BY_NAME, news
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace
from oilseer.warehouse.write import table_hash

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data"))
MAPPING = ROOT / "tests" / "real" / "mapping.yaml"
NOW = datetime(2026, 9, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(
    not (FOLDER / "market").is_dir(), reason=f"no real market files in {FOLDER}; OILSEER_REAL_DATA names another folder"
)


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> tuple[Workspace, ImportReport]:
    """A workspace with the whole folder, and the report."""
    workspace = create_workspace(tmp_path_factory.mktemp("real"), "real", NOW)
    with writer(workspace) as connection:
        return workspace, import_folder(connection, FOLDER, MAPPING, NOW)


def query(imported, sql: str) -> list[tuple]:
    with writer(imported[0]) as connection:
        return connection.execute(sql).fetchall()


def test_every_row_of_every_file_is_accounted_for(imported):
    _, report = imported
    for entry in report.entries:
        read = pl.scan_parquet(FOLDER / entry.file).select(pl.len()).collect().item()
        assert entry.read == read == entry.loaded + entry.repeated + entry.skipped + entry.quarantined, entry
        assert entry.status == "loaded"
    by_source = {entry.source: entry for entry in report.entries}
    skipped = sum(by_source[name].skipped for name in ("fx of vendors", "fx of the H.10 release"))
    assert skipped == by_source["fx of vendors"].read  # the two share one file
    assert report.not_mapped == ()


def test_what_is_held_is_held_for_a_known_reason(imported):
    found = query(imported, "SELECT file, column_name, reason, count(*) FROM staging.quarantine GROUP BY ALL")
    assert found == [("market/futures_hourly.parquet", "contract", "value is missing", 57)]


def test_the_second_import_changes_nothing(imported):
    workspace, _ = imported
    specs = [BY_NAME[name] for name in sorted({entry.table for entry in imported[1].entries})]
    with writer(workspace) as connection:
        before = [table_hash(connection, spec) for spec in specs]
        again = import_folder(connection, FOLDER, MAPPING, datetime(2026, 9, 2, tzinfo=UTC))
        assert [table_hash(connection, spec) for spec in specs] == before
    assert {entry.status for entry in again.entries} == {"unchanged"}
    assert again.total("changed") == 0
    assert again.total("loaded") == imported[1].total("loaded")


def test_keys_are_unique_in_every_table(imported):
    with writer(imported[0]) as connection:
        for name in {entry.table for entry in imported[1].entries}:
            key = ", ".join(BY_NAME[name].key)
            total, distinct = connection.execute(
                f"SELECT count(*), count(DISTINCT ({key})) FROM {name}"  # no index stands behind the key
            ).fetchone()
            assert total == distinct > 0, name


def test_cot_is_public_on_friday_1530_new_york_or_later(imported):
    found = query(
        imported,
        """
        SELECT available_at AT TIME ZONE 'America/New_York' AS local, observation_date, count(*)
        FROM raw.cftc_cot_legacy WHERE contract_code = '007601' GROUP BY ALL
        """,
    )
    assert len(found) > 800
    assert {(local.hour, local.minute) for local, _, _ in found} == {(15, 30)}
    assert {local.weekday() for local, _, _ in found} == {0, 4}  # Friday, or Monday after a holiday
    on_time = [local for local, day, _ in found if (local.date() - day).days == 3]
    assert len(on_time) / len(found) > 0.85
    assert min((local.date() - day).days for local, day, _ in found) == 3


def test_wasde_is_public_at_noon_of_its_report_and_nothing_else_claims_a_vintage(imported):
    found = query(
        imported,
        """
        SELECT DISTINCT extract('hour' FROM available_at AT TIME ZONE 'America/New_York'), availability,
               (available_at AT TIME ZONE 'America/New_York')::DATE = observation_date
        FROM raw.usda_wasde
        """,
    )
    assert found == [(12, "vintage", True)]
    assert query(imported, "SELECT count(DISTINCT observation_date) FROM raw.usda_wasde") == [(178,)]
    assert query(imported, "SELECT DISTINCT availability FROM raw.fred_economic") == [("lagged",)]


def test_nothing_is_public_before_the_day_it_describes(imported):
    with writer(imported[0]) as connection:
        for name in {entry.table for entry in imported[1].entries}:
            zone = "UTC" if name in {spec.name for spec in news.SPECS} else "America/New_York"  # news has UTC's dates
            early = connection.execute(
                f"SELECT count(*) FROM {name} WHERE (available_at AT TIME ZONE $zone)::DATE < observation_date"
                + (" - 1" if name.endswith("_1h") else ""),  # a session opens the evening before its date
                {"zone": zone},
            ).fetchone()
            assert early == (0,), name


def test_the_curve_of_single_contracts_agrees_with_the_front_closes(imported):
    sql = """
        SELECT count(*), median(abs(c.close / f.close - 1))
        FROM raw.user_futures_contracts_1d AS c
        JOIN raw.databento_futures_ohlcv_1d AS f USING (symbol, contract_month, observation_date)
        WHERE symbol = 'ZL' AND c.source LIKE 'pysystemtrade%'
    """
    count, difference = query(imported, sql)[0]
    assert count > 2_000
    assert difference < 1e-4  # their README says a median of 0.0 basis points


def test_the_day_crude_oil_settled_below_zero_is_there(imported):
    found = query(
        imported, "SELECT close FROM raw.yahoo_prices_1d WHERE symbol = 'CL' AND observation_date = '2020-04-20'"
    )
    assert found == [(-37.63,)]


def test_two_files_of_one_fred_series_make_one_vintage(imported):
    found = query(
        imported,
        """
        SELECT count(*), count(DISTINCT observation_date), min(observation_date)::VARCHAR
        FROM raw.fred_economic WHERE series_id = 'DGS10'
        """,
    )
    rows, days, first = found[0]
    assert rows == days > 15_000
    assert first == "1962-01-02"
