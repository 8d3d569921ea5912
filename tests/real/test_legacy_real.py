"""The sample of an older warehouse, its names shuffled and its sources blanked: the evidence is in the values.

The other way round, the detectors refuse nothing of the curated data.
"""

import os
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import polars as pl
import pytest
import yaml

from oilseer.raw.importer import import_folder
from oilseer.raw.legacy.detect import detect
from oilseer.raw.legacy.inventory import read_table
from oilseer.raw.legacy.migrate import MigrationReport, import_legacy
from oilseer.raw.legacy.reconcile import Outcome
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import Workspace, create_workspace

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("OILSEER_REAL_DATA", ROOT.parent / "shared" / "data"))
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
TRUSTED = ("prices_yahoo_daily", "futures_contracts_barchart", "weather_daily", "fx_daily", "fred_economic",
           "worldbank_pinksheet_monthly", "usda_crop_progress")  # fmt: skip
CLAIMS = ("source", "source_name", "provenance_uuid", "confidence_score", "data_quality_score")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (FOLDER / "legacy").is_dir(), reason=f"no legacy files in {FOLDER}; OILSEER_REAL_DATA names another folder"
    ),
]


@pytest.fixture(scope="module")
def shuffled(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A copy of the folder with its file names dealt anew and all claims about sources blank; old name to new."""
    target = tmp_path_factory.mktemp("shuffled")
    names = sorted(path.stem for path in (FOLDER / "legacy").glob("*.parquet"))
    dealt = names.copy()
    Random(7).shuffle(dealt)
    for name, other in zip(names, dealt, strict=True):
        rows = pl.read_parquet(FOLDER / "legacy" / f"{name}.parquet")
        blank = [pl.lit(None, rows.schema[c]).alias(c) for c in CLAIMS if c in rows.columns]
        rows.with_columns(blank).write_parquet(target / f"{other}.parquet")
    return target, dict(zip(names, dealt, strict=True))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory, shuffled) -> tuple[Workspace, MigrationReport, dict[str, str]]:
    """A workspace with curated prices, rates and weather, and the shuffled folder imported into it."""
    folder, names = shuffled
    content = yaml.safe_load((ROOT / "tests" / "real" / "mapping.yaml").read_text())
    content["entries"] = [e for e in content["entries"] if Path(e["file"]).stem in TRUSTED]
    mapping = tmp_path_factory.mktemp("mapping") / "mapping.yaml"
    mapping.write_text(yaml.safe_dump(content))
    workspace = create_workspace(tmp_path_factory.mktemp("legacy"), "real", NOW)
    with writer(workspace) as connection:
        import_folder(connection, FOLDER, mapping, NOW)
        return workspace, import_legacy(connection, folder, NOW), names


def found(migrated, name: str) -> Outcome:
    _, report, names = migrated
    stem = next(new for old, new in names.items() if old.endswith(name))
    return next(o for o in report.outcomes if o.file == f"{stem}.parquet")


def evidence(outcome: Outcome, check: str) -> str:
    return " | ".join(f["evidence"] for f in outcome.findings if f["check"] == check)


def test_every_row_of_every_table_is_accounted_for(migrated):
    workspace, report, _ = migrated
    assert len(report.outcomes) == 46
    read = sum(
        pl.scan_parquet(path).select(pl.len()).collect().item() for path in (FOLDER / "legacy").glob("*.parquet")
    )
    totals = report.to_dict()["totals"]
    assert totals["read"] == read
    assert read == sum(totals[name] for name in ("loaded", "known", "copies", "rejected", "quarantined"))
    with writer(workspace) as connection:
        failed = connection.execute("SELECT count(*) FROM ops.migration_validation WHERE verdict = 'failed'").fetchone()
    assert failed == (0,)


@pytest.mark.parametrize("name", ["rapeseed_oil_prices", "canola_oil_prices"])
def test_foreign_rows_of_the_oil_tables_are_the_treasury_notes(migrated, name):
    outcome = found(migrated, name)
    assert outcome.verdict == "reject"
    assert "ZN 2025-12-01 (ten-year Treasury note CBOT)" in evidence(outcome, "mislabelled")
    assert outcome.reasons["mislabelled"] == 69
    assert outcome.loaded == outcome.known == 0


@pytest.mark.parametrize(
    ("name", "check", "words"),
    [
        ("usda_crop_progress", "same_everywhere", "one value for all 21"),
        ("usda_export_sales", "whole_ratio", "by date 2, 3, 4, 5, 6, 7"),
        ("usda_export_sales", "counted_dates", "each 30 days apart"),
        ("china_soybean_imports", "fixed_share", "0.3 ×"),
        ("argentina_crisis_tracker", "constant_steps", "exactly 5 in all 9 steps"),
        ("production_training_data_1w", "holds_future", "rows later"),
        ("production_training_data_3m", "calendar_constant", "of the month"),
        ("baltic_dry_index", "empty", "0 rows"),
    ],
)
def test_tables_that_no_one_measured_are_refused_on_evidence(migrated, name, check, words):
    outcome = found(migrated, name)
    assert outcome.verdict == "reject"
    assert words in evidence(outcome, check)


def test_the_units_of_palm_are_named(migrated):
    spread = found(migrated, "vw_palm_soy_spread_daily")
    claims = evidence(spread, "unit_claims")
    assert "palm_close_myr_ton claims myr/ton and equals CPO (crude palm oil), quoted usd_per_mt" in claims
    assert "0.91 × the World Bank's PALM_OIL in USD/t" in claims
    assert "zl_close_usd_lb claims usd/lb and equals ZL (soybean oil CBOT), quoted cents_per_lb" in claims
    assert "USDBRL" in evidence(spread, "conversion_rate")  # reais turned ringgit into dollars


def test_the_units_of_weather_are_named_and_only_what_is_proven_is_converted(migrated):
    outcome = found(migrated, "weather_data")
    assert "11 of 40 station(s), 341 rows" in evidence(outcome, "fahrenheit")
    assert "3 of 40 station(s), 8,644 rows" in evidence(outcome, "tenths")
    assert "after × 10" in evidence(outcome, "unit_factor")
    assert outcome.reasons["fahrenheit"] == 341
    assert "tenths" not in outcome.reasons  # their stations are known, and agree after the conversion
    clean = found(migrated, "weather_us_midwest_clean")
    assert (clean.verdict, set(clean.reasons)) == ("reject", {"tenths"})  # no shared day proves these
    with writer(migrated[0]) as connection:
        extremes = connection.execute(
            "SELECT min(temperature_min_c), max(temperature_max_c), max(precipitation_mm) FROM raw.weather_noaa "
            "WHERE source LIKE 'legacy:%' AND station_id LIKE 'GHCND:US%'"
        ).fetchone()
    assert 0 < extremes[0] < 15  # July to September in Iowa and Illinois
    assert 25 < extremes[1] < 45
    assert extremes[2] > 20


def test_the_combined_positions_are_not_taken_for_the_futures_only_report(migrated):
    assert set(found(migrated, "cftc_cot").reasons) == {"not proven to be the futures-only report"}


def test_a_harvest_in_spring_is_the_planting_of_the_same_states(migrated):
    outcome = found(migrated, "usda_harvest_progress")
    assert outcome.verdict == "reject"
    assert "PCT PLANTED value in 368 of 368 rows of 31 state" in evidence(outcome, "mislabelled")


def test_rain_of_a_silent_station_is_unknown(migrated):
    assert "INMET_A923" in evidence(found(migrated, "weather_data"), "zeros_for_silence")


@pytest.mark.parametrize("name", ["copper_prices", "silver_prices"])
def test_what_ended_in_2019_is_stale_and_kept(migrated, name):
    outcome = found(migrated, name)
    assert outcome.verdict == "keep"
    assert "stale: ends 2019-12-31" in outcome.reason


@pytest.mark.parametrize("name", ["cftc_cot", "biofuel_prices", "vw_crush_margins_daily", "region_weight_map"])
def test_what_nothing_speaks_against_is_replaced_and_not_accused(migrated, name):
    assert found(migrated, name).verdict == "replace"


def test_ticks_of_a_currency_are_held_and_its_other_rows_kept(migrated):
    outcome = found(migrated, "currency_data")
    assert (outcome.verdict, outcome.reasons) == ("keep part", {"spike": 2})


@pytest.mark.parametrize("name", ["corn_prices", "gold_prices", "sp500_prices", "vix_daily", "palm_oil_prices"])
def test_sound_prices_are_kept(migrated, name):
    outcome = found(migrated, name)
    assert outcome.verdict == "keep"
    assert outcome.quarantined == outcome.rejected == 0
    assert outcome.known > 1000


def test_no_row_is_public_before_its_source_could_have_said_it(migrated):
    with writer(migrated[0]) as connection:
        early = connection.execute(
            "SELECT count(*) FROM raw.weather_noaa WHERE source LIKE 'legacy:%' "
            "AND available_at < observation_date + INTERVAL 4 DAY"
        ).fetchone()
    assert early == (0,)


@pytest.mark.parametrize("folder", ["market", "history"])
def test_nothing_of_the_curated_data_is_refused(folder):
    harmless = ("note", "cells", "copies", "doubt")  # doubted rows are held only where no other source has them
    for path in sorted((FOLDER / folder).glob("*.parquet")):
        findings = detect(read_table(path), date(2026, 9, 1))
        refused = {f.check for f in findings if f.effect not in harmless and f.check != "null_columns"}
        # One station of the curated weather has the zeros of a silent gauge too: the finding is true there as well.
        assert refused == ({"zeros_for_silence"} if path.stem == "weather_daily" else set()), path.name
