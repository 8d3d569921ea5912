"""What a series' course and its places show: ticks, early ends, zeros for silence, a stage under another's name."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from desk import Desk
from test_legacy_import import NOW, WEEKDAYS, counts, migrate, outcome, prices, trusted, walk

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy import evidence_course as course
from oilseer.raw.legacy.inventory import LegacyTable, with_parts


def table_of(rows: pl.DataFrame) -> LegacyTable:
    return with_parts("t.parquet", "t", "0" * 64, rows.with_row_index(ROW, offset=1))


def quiet(count: int, seed: int = 1) -> list[float]:
    """A rate that moves by about 0.1 % a day."""
    return (4 * np.exp(np.random.default_rng(seed).normal(0, 0.001, count).cumsum())).round(4).tolist()


# ---- ticks ----


@pytest.mark.parametrize("factor", [1.06, 0.94])
def test_a_rate_far_from_both_neighbours_is_doubted(factor):
    rate = quiet(80)
    rate[40] = round(rate[40] * factor, 4)
    found = course.spikes(table_of(pl.DataFrame({"date": WEEKDAYS[:80], "rate": rate})))
    assert [(f.check, f.effect, f.rows.to_list()) for f in found] == [("spike", "doubt", [41])]


@pytest.mark.parametrize("after", [1.06, 1.03])  # stays; comes back half the way
def test_a_move_that_does_not_come_back_is_no_tick(after):
    rate = quiet(80)
    rate = [*rate[:40], rate[40] * 1.06, *(r * after for r in rate[41:])]
    assert course.spikes(table_of(pl.DataFrame({"date": WEEKDAYS[:80], "rate": rate}))) == []


def test_a_wild_market_is_no_tick():
    rate = (50 * np.exp(np.random.default_rng(3).normal(0, 0.03, 400).cumsum())).tolist()
    assert course.spikes(table_of(pl.DataFrame({"date": WEEKDAYS[:400], "rate": rate[:400]}))) == []


def test_a_tick_is_held_where_only_this_table_has_it_and_known_where_a_source_has_it_too(desk):
    close = walk(300, 1, step=0.1)
    close[100] = close[200] = 60.0
    trusted(desk, "ZL", close[:150])
    desk.put("oil.parquet", prices("ZL", close))
    found = outcome(migrate(desk), "oil")
    assert (found.verdict, counts(found)) == ("keep part", (300, 149, 150, 0, 0, 1))
    held = desk.rows("SELECT row_number, reason, found FROM staging.quarantine")
    assert held == [(201, "spike", "60.0")]


# ---- ends ----


def test_a_table_that_ends_years_before_the_others_is_stale_and_kept(desk):
    for name, symbol in (("a", "ZL"), ("b", "ZS"), ("c", "ZM")):
        desk.put(f"{name}.parquet", prices(symbol, walk(300, ord(name))))
    old = [day - timedelta(days=1463) for day in WEEKDAYS]
    desk.put("old.parquet", prices("HG", walk(300, 9, 4, 0.05), days=old))
    report = migrate(desk)
    stale = outcome(report, "old")
    assert (stale.verdict, stale.loaded) == ("keep", 300)
    assert f"stale: ends {old[299]}, 4.0 years before most of the folder ({WEEKDAYS[299]})" in stale.reason
    assert stale.to_do == ["read what came later from the source of raw.yahoo_prices_1d"]
    assert all("stale" not in outcome(report, name).reason for name in "abc")


def test_two_names_of_one_product_are_one_series_and_go_on(desk):
    close = walk(400, 1, 1800, 9)
    desk.put("gold.parquet", pl.concat([prices("GC", close[:150]), prices("GC=F", close[140:], WEEKDAYS[140:])]))
    desk.put("oil.parquet", prices("ZL", walk(400, 2)))
    assert "stale" not in outcome(migrate(desk), "gold").reason


def test_an_annual_table_is_not_stale_after_half_a_year(desk):
    for name, symbol in (("a", "ZL"), ("b", "ZS")):
        desk.put(f"{name}.parquet", prices(symbol, walk(400, ord(name))))
    desk.put("years.parquet", pl.DataFrame({"d": [date(y, 1, 1) for y in range(2001, 2024)], "v": walk(23, 5)}))
    assert "stale" not in [f["check"] for f in outcome(migrate(desk), "years").findings]


# ---- zeros ----


def rain(silent_from: int, wet: float) -> pl.DataFrame:
    """Two years of one station; from a day on its thermometer is silent and its rain is 0."""
    rng = np.random.default_rng(4)
    days = [date(2022, 1, 1) + timedelta(days=n) for n in range(730)]
    told = np.where(rng.random(730) < wet, rng.gamma(1, 8, 730).round(1) + 0.1, 0.0)
    told[silent_from:] = 0.0
    warm = [None if n >= silent_from else round(float(25 + v), 1) for n, v in enumerate(rng.normal(0, 4, 730))]
    other = pl.DataFrame({"date": days, "station": "B", "rain": rng.gamma(1, 5, 730).round(1), "warm": walk(730, 6)})
    return pl.concat([pl.DataFrame({"date": days, "station": "A", "rain": told, "warm": warm}), other])


def test_rain_of_zero_from_a_silent_station_is_unknown_where_those_months_are_wet():
    found = course.zeros_of_silent_instruments(table_of(rain(500, 0.4)))
    assert [(f.check, f.effect, f.columns, f.count) for f in found] == [("zeros_for_silence", "rows", ("rain",), 230)]


@pytest.mark.parametrize(("silent_from", "wet"), [(718, 0.4), (500, 0.02)])  # twelve days; a desert
def test_a_short_silence_and_a_dry_place_prove_nothing(silent_from, wet):
    assert course.zeros_of_silent_instruments(table_of(rain(silent_from, wet))) == []


# ---- places ----

STATES = ["Iowa", "Illinois", "Ohio", "Indiana", "Kansas", "Missouri", "Nebraska"]


def progress(seed: int = 5) -> pl.DataFrame:
    """A season of seven states, in percent."""
    rng = np.random.default_rng(seed)
    cells = []
    for state in STATES:
        done = np.minimum(100, rng.integers(2, 12, 14).cumsum())
        cells += [(date(2024, 4, 7) + timedelta(days=7 * w), state, float(v)) for w, v in enumerate(done)]
    return pl.DataFrame(cells, schema=["week", "state", "value"], orient="row")


def planted(desk: Desk, rows: pl.DataFrame) -> None:
    known = Desk(desk.folder.parent / "trusted", desk.workspace)
    known.folder.mkdir()
    known.put("p.parquet", rows)
    known.load({
        "file": "p.parquet", "table": "raw.usda_crop_progress", "source": "nass",
        "available": {"next_weekday": "monday", "at": "16:00"},
        "columns": {"state": "state", "commodity": {"constant": "SOYBEANS"}, "statistic": {"constant": "PCT PLANTED"},
                    "observation_date": "week", "value": "value"},
    })  # fmt: skip


@pytest.mark.parametrize(
    ("column", "apart", "verdict"),
    [("harvested_percent", 0, "reject"), ("planted_percent", 0, "replace"), ("harvested_percent", 49, "replace")],
)
def test_a_crop_stage_under_the_name_of_another_is_found_state_by_state(desk, column, apart, verdict):
    planted(desk, progress())
    rows = progress().with_columns(pl.col("value") + pl.when(pl.int_range(pl.len()) < apart).then(0.4).otherwise(0))
    desk.put("crop.parquet", rows.rename({"value": column}).with_columns(pl.col("state").str.to_uppercase()))
    found = outcome(migrate(desk, NOW), "crop")
    assert found.verdict == verdict
    assert ("98 of 98 rows of 7 state" in json_of(found)) == (apart == 0)


def json_of(found) -> str:
    return " ".join(f["evidence"] for f in found.findings)


# ---- what a person reads ----


def test_what_is_left_out_quotes_rows_and_says_what_to_do(desk):
    desk.put("bio.parquet", prices("BDOV", walk(100, 6, 970)))
    found = outcome(migrate(desk), "bio")
    assert found.verdict == "replace"
    (left,) = found.left_out
    assert (left["reason"], left["rows"], left["kept_in"]) == ("identity is not proven", 100, None)
    assert left["examples"][0] == {"date": "2023-01-02", "symbol": "BDOV", "close": walk(100, 6, 970)[0]}
    assert "run this again" in found.to_do[0]


def test_rows_that_say_they_are_made_up_do_not_make_the_others_a_second_unit(desk):
    days = [date(2000 + n, 1, 1) for n in range(24)]
    billions = walk(24, 5, 15)
    gallons = [value * 1e9 for value in billions]
    rows = {"d": [*days, *days], "kind": ["a"] * 24 + ["b"] * 24, "v": billions + gallons, "source_name": ["EPA"] * 48}
    mixed = pl.DataFrame(rows)
    desk.put("mixed.parquet", mixed)
    desk.put("told.parquet", mixed.with_columns(pl.Series("source_name", ["EPA"] * 24 + ["Fallback_RFS"] * 24)))
    report = migrate(desk)
    assert outcome(report, "mixed").reasons == {"two_units": 48}
    assert outcome(report, "told").reasons == {"admitted": 24}
