"""Import of small folders of legacy tables written here: what is loaded, held and refused, counted by hand."""

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import numpy as np
import polars as pl
import pytest
from desk import Desk
from typer.testing import CliRunner

from oilseer.cli import app
from oilseer.dashboard import migration
from oilseer.errors import ConfigError
from oilseer.raw.legacy.migrate import MigrationReport, import_legacy
from oilseer.raw.specs import FRED, FX, WEATHER, YAHOO
from oilseer.warehouse.connect import writer
from oilseer.warehouse.write import table_hash

NOW = datetime(2025, 1, 15, 12, tzinfo=UTC)
LOADED = datetime(2025, 1, 10, 10, 27, 21, 264032, tzinfo=UTC)
WEEKDAYS = [day for n in range(560) if (day := date(2023, 1, 2) + timedelta(days=n)).weekday() < 5]


def walk(count: int, seed: int, level: float = 50.0, step: float = 0.6) -> list[float]:
    return (level + np.random.default_rng(seed).normal(0, step, count).cumsum()).round(2).tolist()


def prices(symbol: str, close: list[float], days: list[date] = WEEKDAYS, **columns: object) -> pl.DataFrame:
    return pl.DataFrame({
        "date": days[: len(close)], "symbol": [symbol] * len(close), "close": close,
        "source_name": ["Yahoo"] * len(close), "ingest_timestamp_utc": [LOADED] * len(close), **columns,
    })  # fmt: skip


def trusted(desk: Desk, symbol: str, close: list[float], days: list[date] = WEEKDAYS) -> None:
    """Rows of a source that is no legacy table."""
    path = desk.folder.parent / "trusted"
    path.mkdir(exist_ok=True)
    rows = pl.DataFrame({"date": days[: len(close)], "symbol": [symbol] * len(close), "close": close})
    other = Desk(path, desk.workspace)
    other.put(f"{symbol}.parquet", rows)
    other.load({
        "file": f"{symbol}.parquet", "table": YAHOO.name, "source": f"trusted {symbol}", "available": {"at": "17:00"},
        "columns": {"symbol": "symbol", "observation_date": "date", "close": "close"},
    })  # fmt: skip


def migrate(desk: Desk, now: datetime = NOW) -> MigrationReport:
    with writer(desk.workspace) as connection:
        return import_legacy(connection, desk.folder, now)


def outcome(report: MigrationReport, name: str):
    return next(o for o in report.outcomes if o.file == f"{name}.parquet")


def counts(found) -> tuple[int, ...]:
    """read, loaded, known, copies, rejected, quarantined"""
    return found.read, found.loaded, found.known, found.copies, found.rejected, found.quarantined


def test_a_sound_table_is_loaded_once_with_its_stamps(desk):
    close = walk(300, 1)
    rows = prices("ZL", close)
    path = desk.put("oil.parquet", pl.concat([rows, rows]))
    found = outcome(migrate(desk), "oil")
    assert (found.verdict, counts(found)) == ("keep", (600, 300, 0, 300, 0, 0))
    first = desk.rows("SELECT * EXCLUDE (open, high, low, volume) FROM raw.yahoo_prices_1d ORDER BY observation_date")[
        0
    ]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    # 17:00 New York on the day itself, and not when the old warehouse or we loaded it
    available = datetime(2023, 1, 2, 22, tzinfo=UTC)
    assert first == ("ZL", close[0], WEEKDAYS[0], available, "lagged", NOW, "legacy:oil", digest)


def test_the_second_import_changes_nothing(desk):
    trusted(desk, "ZS", walk(300, 2, 900))
    desk.put("oil.parquet", prices("ZL", walk(300, 1)))
    desk.put("beans.parquet", prices("CORN_OIL", walk(300, 2, 900)))
    desk.put("odd.parquet", prices("ZW", [*walk(299, 3), 1.0], [*WEEKDAYS[:299], date(2031, 1, 1)]))
    migrate(desk)

    def state():
        with writer(desk.workspace) as connection:
            rows = connection.execute("SELECT * FROM ops.migration_validation ORDER BY ALL").fetchall()
            held = connection.execute("SELECT * FROM staging.quarantine ORDER BY ALL").fetchall()
            return rows, held, table_hash(connection, YAHOO)

    before = state()
    again = migrate(desk, NOW + timedelta(days=3))
    assert again.to_dict()["totals"]["changed"] == 0
    assert state() == before
    assert len(before[1]) == 300 + 1  # foreign prices, and the day in the future


def test_what_a_trusted_source_has_is_known_and_what_differs_is_held(desk):
    close = walk(300, 1)
    trusted(desk, "ZL", close[:200])
    close[10] += 5
    desk.put("oil.parquet", prices("ZL", close))
    found = outcome(migrate(desk), "oil")
    assert (found.verdict, counts(found)) == ("keep part", (300, 100, 199, 0, 0, 1))
    held = desk.rows("SELECT row_number, found, expected, reason FROM staging.quarantine")
    assert held == [(11, str(close[10]), f"{round(close[10] - 5, 2)} of trusted ZL", "differs from a known source")]
    values = desk.rows(
        "SELECT value_count_before, value_count_after, overlap_count, overlap_agreeing_count, verdict "
        "FROM ops.migration_validation WHERE check_name = 'values:raw.yahoo_prices_1d.close'"
    )
    assert values == [(100, 100, 200, 199, "passed")]


def test_a_series_that_mostly_contradicts_its_name_is_refused_whole_and_its_table_is_not_believed(desk):
    trusted(desk, "ZL", walk(300, 1))
    rolled = [round(value * 1.03, 2) for value in walk(300, 1)]  # adjusted for rolls: alike, and not the same numbers
    desk.put("continuous.parquet", pl.concat([prices("ZL", rolled), prices("ZS", walk(300, 2, 900))]))
    found = outcome(migrate(desk), "continuous")
    assert (found.verdict, counts(found)) == ("reject", (600, 0, 0, 0, 600, 0))
    assert found.reasons == {
        "disagrees with the known series of its name": 300,
        "other series of this table disagree with the known ones": 300,
    }


def test_open_interest_that_two_sources_have_is_no_foreign_product(desk):
    interest = [float(value) for value in np.random.default_rng(3).integers(300_000, 600_000, 120)]
    trusted(desk, "007601", interest)  # a name that says no product
    desk.put("oil.parquet", prices("ZL", walk(120, 1), oi_all=interest))
    found = outcome(migrate(desk), "oil")
    assert (found.verdict, found.loaded) == ("keep", 120)


def test_prices_of_another_product_are_foreign_whatever_the_name_says(desk):
    notes = walk(120, 4, 110, 0.2)
    trusted(desk, "ZN", notes)
    desk.put("rape.parquet", prices("RAPESEED_OIL_PRICES", notes))
    desk.put("mine.parquet", prices("ZL", [*walk(100, 1), *notes[100:]]))
    report = migrate(desk)
    assert (outcome(report, "rape").verdict, counts(outcome(report, "rape"))) == ("reject", (120, 0, 0, 0, 0, 120))
    # 20 of its rows are the notes', under a known symbol: these alone are held
    assert counts(outcome(report, "mine")) == (120, 100, 0, 0, 0, 20)
    assert desk.rows("SELECT DISTINCT reason FROM staging.quarantine") == [("mislabelled",)]


def test_a_vendors_other_name_for_the_same_prices_is_the_same_product(desk):
    close = walk(300, 5, 4000, 20)
    trusted(desk, "SPX", close[:250])
    desk.put("stocks.parquet", prices("^GSPC", close))
    found = outcome(migrate(desk), "stocks")
    assert (found.verdict, found.loaded, found.known) == ("keep", 50, 250)
    assert desk.rows("SELECT DISTINCT symbol FROM raw.yahoo_prices_1d") == [("SPX",)]


def test_a_name_that_nothing_proves_is_refused(desk):
    desk.put("biodiesel.parquet", prices("BDOV", walk(100, 6, 970)))
    found = outcome(migrate(desk), "biodiesel")
    assert (found.verdict, counts(found)) == ("replace", (100, 0, 0, 0, 100, 0))
    assert "identity is not proven" in found.reason


def test_the_same_prices_under_two_products_names_are_both_refused_without_a_known_source(desk):
    close = walk(120, 7)
    desk.put("a.parquet", prices("ZL", close))
    desk.put("b.parquet", prices("PALM_OIL", close))
    report = migrate(desk)
    assert [outcome(report, name).verdict for name in "ab"] == ["reject", "reject"]
    assert "PALM_OIL" in outcome(report, "a").reason


def test_two_files_that_contradict_each_other_are_both_held_where_nothing_decides(desk):
    close = walk(300, 1)
    desk.put("a.parquet", prices("ZL", close))
    desk.put("b.parquet", prices("ZL", [value + (7 if n == 40 else 0) for n, value in enumerate(close)]))
    report = migrate(desk)
    assert counts(outcome(report, "a")) == (300, 299, 0, 0, 0, 1)
    assert counts(outcome(report, "b")) == (300, 0, 299, 0, 0, 1)
    assert desk.rows("SELECT count(*) FROM raw.yahoo_prices_1d") == [(299,)]


def test_single_precision_is_written_as_the_decimal_that_it_was(desk):
    close = walk(300, 1)
    desk.put("oil.parquet", prices("ZL", close).with_columns(pl.col("close").cast(pl.Float32).cast(pl.Float64)))
    migrate(desk)
    assert [row[0] for row in desk.rows("SELECT close FROM raw.yahoo_prices_1d ORDER BY observation_date")] == close


def test_gaps_are_filled_from_the_twin_and_cut_off_bars_left_out(desk):
    close = walk(60, 1, 36)
    rows = prices("CL", close, open=[int(value) for value in close], volume=[(37 * n * n) % 911 for n in range(60)])
    later = prices("CL", close, open=[None] * 60, volume=[None] * 60).cast({"open": pl.Int64, "volume": pl.Int64})
    desk.put("crude.parquet", pl.concat([rows, later]))
    found = outcome(migrate(desk), "crude")
    assert counts(found) == (120, 60, 0, 60, 0, 0)
    assert desk.rows("SELECT count(open), count(volume), count(close) FROM raw.yahoo_prices_1d") == [(0, 60, 60)]


def stations(
    high: list[float], low: list[float], rain: list[float], station: str = "GHCND:USW00014933"
) -> pl.DataFrame:
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(len(high))]
    return pl.DataFrame({
        "date": days, "station_id": [station] * len(days), "temp_max": high, "temp_min": low, "precip_mm": rain,
    })  # fmt: skip


def degrees(seed: int = 8, count: int = 200) -> tuple[list[float], list[float], list[float]]:
    rng = np.random.default_rng(seed)
    low = (10 + 10 * np.sin(np.arange(count) / 58) + rng.normal(0, 3, count)).round(1)
    rain = np.where(rng.random(count) < 0.4, rng.gamma(1, 8, count), 0).round(1)
    return (low + rng.uniform(5, 14, count)).round(1).tolist(), low.tolist(), rain.tolist()


def test_tenths_are_converted_where_a_known_station_proves_them_and_refused_elsewhere(desk):
    high, low, rain = degrees()
    known = Desk(desk.folder.parent / "trusted", desk.workspace)
    known.folder.mkdir()
    known.put("w.parquet", stations(high[:150], low[:150], rain[:150]))
    known.load({
        "file": "w.parquet", "table": WEATHER.name, "source": "noaa", "available": {"plus_days": 4, "at": "17:00"},
        "columns": {"station_id": "station_id", "observation_date": "date", "temperature_max_c": "temp_max",
                    "temperature_min_c": "temp_min", "precipitation_mm": "precip_mm"},
    })  # fmt: skip
    small = stations(*([round(value / 10, 2) for value in column] for column in (high, low, rain)))
    other = small.with_columns(pl.lit("GHCND:USW00099999").alias("station_id"))
    desk.put("weather.parquet", pl.concat([small, other]))
    found = outcome(migrate(desk), "weather")
    assert (found.verdict, counts(found)) == ("keep part", (400, 50, 150, 0, 200, 0))
    last = desk.rows(
        f"SELECT temperature_max_c, precipitation_mm, available_at FROM {WEATHER.name} ORDER BY observation_date DESC"
    )
    assert last[0] == (high[199], rain[199], datetime(2024, 7, 22, 21, tzinfo=UTC))  # 18 July and four days


def test_rates_dated_one_session_late_are_refused(desk):
    rate = walk(250, 9, 5.2, 0.02)
    known = Desk(desk.folder.parent / "trusted", desk.workspace)
    known.folder.mkdir()
    known.put("fx.parquet", pl.DataFrame({"d": WEEKDAYS[:250], "r": rate}))
    known.load({
        "file": "fx.parquet", "table": FX.name, "source": "fx", "available": {"at": "17:00"},
        "columns": {"pair": {"constant": "USDBRL"}, "vendor": {"constant": "yahoo"}, "observation_date": "d",
                    "rate": "r"},
    })  # fmt: skip
    late = pl.DataFrame({"date": WEEKDAYS[1:250], "indicator": ["usd_brl_rate"] * 249, "value": rate[:249]})
    desk.put("macro.parquet", late)
    found = outcome(migrate(desk), "macro")
    assert (found.verdict, counts(found)) == ("reject", (249, 0, 0, 0, 249, 0))
    assert "one too late" in found.reason


def test_a_monthly_series_takes_no_daily_values_of_another_one(desk):
    months = [date(2010 + n // 12, n % 12 + 1, 1) for n in range(156)]
    monthly = walk(156, 10, 3.0, 0.07)
    known = Desk(desk.folder.parent / "trusted", desk.workspace)
    known.folder.mkdir()
    known.put("ff.parquet", pl.DataFrame({"d": months, "v": monthly}))
    known.load({
        "file": "ff.parquet", "table": FRED.name, "source": "fred", "available": {"reference": "fred_series"},
        "columns": {"series_id": {"constant": "FEDFUNDS"}, "observation_date": "d", "value": "v"},
    })  # fmt: skip
    mixed = pl.DataFrame({
        "date": months + WEEKDAYS[:90], "indicator": ["fed_funds_rate"] * 246, "value": monthly + [5.5] * 90,
    })  # fmt: skip
    desk.put("macro.parquet", mixed)
    found = outcome(migrate(desk), "macro")
    firsts = sum(day.day == 1 for day in WEEKDAYS[:90])
    assert (found.loaded, found.known) == (firsts, 156)
    assert found.quarantined == 90 - firsts


def test_a_made_up_table_is_refused_whole_with_its_evidence(desk):
    total = [8.2, 7.9, 8.7, 9.5, 10.9, 11.8, 12.1, 11.5, 10.2, 9.8, 10.5, 11.2]
    months = [date(2024, month, 15) for month in range(1, 13)]
    desk.put(
        "china.parquet", pl.DataFrame({"date": months, "all_mt": total, "us_mt": [0.3 * value for value in total]})
    )
    found = outcome(migrate(desk), "china")
    assert (found.verdict, counts(found)) == ("reject", (12, 0, 0, 0, 12, 0))
    row = desk.rows("SELECT verdict, evidence_json FROM ops.migration_validation WHERE check_name = 'fixed_share'")[0]
    assert row[0] == "table"
    assert json.loads(row[1])["examples"][0] == {"date": "2024-01-15", "all_mt": 8.2, "us_mt": 2.46}


def test_every_row_is_accounted_for_in_the_workspace(desk):
    desk.put("oil.parquet", pl.concat([prices("ZL", walk(300, 1)), prices("ZL", walk(300, 1))[:50]]))
    desk.put("x.parquet", prices("NOTHING", walk(60, 2)))
    migrate(desk)
    rows = desk.rows(
        "SELECT file, read_count, loaded_count + known_count + copies_count + rejected_count + quarantined_count "
        "FROM ops.migration_validation WHERE check_name = 'rows' ORDER BY file"
    )
    assert rows == [("oil.parquet", 350, 350), ("x.parquet", 60, 60)]


def test_a_table_that_is_no_longer_sound_is_taken_back(desk):
    notes = walk(120, 4, 110, 0.2)
    desk.put("oil.parquet", prices("ZL", notes))
    assert outcome(migrate(desk), "oil").loaded == 120
    trusted(desk, "ZN", notes)
    assert outcome(migrate(desk, NOW + timedelta(days=1)), "oil").loaded == 0
    assert desk.rows("SELECT DISTINCT symbol FROM raw.yahoo_prices_1d") == [("ZN",)]


# ---- bad input ----


def test_damaged_and_empty_files_are_reported_and_the_others_loaded(desk):
    whole = desk.put("oil.parquet", prices("ZL", walk(300, 1))).read_bytes()
    for part in range(0, 64, 7):
        desk.put(f"cut{part}.parquet", whole[: len(whole) * part // 64])
    desk.put("html.parquet", b"<html>not found</html>")
    desk.put("notes.txt", "hello")
    report = migrate(desk)
    assert outcome(report, "oil").loaded == 300
    bad = [o for o in report.outcomes if o.file != "oil.parquet"]
    assert len(bad) == 11
    assert all(o.verdict == "reject" and o.read == 0 and "export it again" in o.reason for o in bad)
    assert report.not_parquet == ("notes.txt",)


def test_nested_and_unknown_columns_do_no_harm(desk):
    desk.put("tags.parquet", pl.DataFrame({"name": ["a", "b"], "tags": [["x"], ["y", "z"]], "w": [1.5, 2.5]}))
    desk.put(
        "bits.parquet", pl.DataFrame({"d": WEEKDAYS[:3], "raw": [b"\x00\xff", b"", None], "flag": [True, None, False]})
    )
    desk.put("none.parquet", pl.DataFrame({"d": pl.Series([None] * 30, dtype=pl.Date), "v": walk(30, 1)}))
    desk.put("nan.parquet", prices("ZL", [float("nan"), float("inf"), *walk(60, 1)]))
    report = migrate(desk)
    assert counts(outcome(report, "nan")) == (62, 60, 0, 0, 0, 2)
    assert {o.verdict for o in report.outcomes if o.file != "nan.parquet"} == {"replace"}


def test_a_missing_or_empty_folder_is_refused_and_makes_no_workspace(tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="is no folder"):
        import_legacy(None, tmp_path / "nowhere", NOW)
    (tmp_path / "bare").mkdir()
    monkeypatch.setenv("OILSEER_HOME", str(tmp_path / "home"))
    result = CliRunner().invoke(app, ["import-legacy", str(tmp_path / "bare")])
    assert isinstance(result.exception, ConfigError)
    assert result.exception.exit_code == 2
    assert not (tmp_path / "home").exists()


def test_the_command_prints_json_and_writes_a_page_that_escapes(tmp_path, monkeypatch):
    folder = tmp_path / "old"
    folder.mkdir()
    prices("<script>alert(1)</script>", walk(60, 1)).write_parquet(folder / "<b>x.parquet")
    monkeypatch.setenv("OILSEER_HOME", str(tmp_path / "home"))
    page = tmp_path / "home" / "reports" / "legacy.html"
    result = CliRunner().invoke(app, ["import-legacy", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["tables"][0]["verdict"] == "replace"
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;b&gt;x.parquet" in text
    assert "http" not in text.replace("http-equiv", "")


def test_the_terminal_names_every_table_and_its_verdict(desk):
    from rich.console import Console

    desk.put("oil.parquet", prices("ZL", walk(300, 1)))
    desk.put("[bold]x.parquet", prices("NOTHING", walk(60, 2)))
    console = Console(width=100, record=True, file=StringIO())
    console.print(migration.terminal(migrate(desk).to_dict()))
    text = console.export_text()
    assert "keep" in text
    assert "[bold]x" in text
    assert "identity is not proven" in text
    assert max(map(len, text.splitlines())) <= 100
