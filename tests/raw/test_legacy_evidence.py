"""Each detector on a small table with the fault, and on one of the same kind without it."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from oilseer.raw.delivery import ROW
from oilseer.raw.legacy import evidence_made_up as made_up
from oilseer.raw.legacy import evidence_shape as shape
from oilseer.raw.legacy import evidence_units as units
from oilseer.raw.legacy.detect import detect
from oilseer.raw.legacy.inventory import LegacyTable, with_parts

TODAY = date(2025, 1, 15)
START = date(2024, 1, 1)
LOADED = datetime(2024, 12, 1, 10, 27, 21, 264032, tzinfo=UTC)


def table_of(columns: dict) -> LegacyTable:
    rows = pl.DataFrame(columns)
    return with_parts("t.parquet", "t", "0" * 64, rows.with_row_index(ROW, offset=1))


def days(count: int, step: int = 1, start: date = START) -> list[date]:
    return [start + timedelta(days=step * n) for n in range(count)]


def walk(count: int, seed: int = 1, level: float = 50.0, step: float = 0.6) -> list[float]:
    return (level + np.random.default_rng(seed).normal(0, step, count).cumsum()).round(2).tolist()


def checks(findings) -> list[str]:
    return [finding.check for finding in findings]


def panel(values, states: list[str], count: int) -> LegacyTable:
    """One row a state and week; `values(state number, week number)`."""
    cells = [(day, state, values(s, w)) for w, day in enumerate(days(count, 7)) for s, state in enumerate(states)]
    return table_of({"week": [c[0] for c in cells], "place": [c[1] for c in cells], "done": [c[2] for c in cells]})


STATES = ["Iowa", "Illinois", "Ohio", "Indiana", "Kansas", "Missouri"]


# ---- roles of columns ----


def test_the_observation_date_is_told_from_load_times_by_its_values():
    table = table_of({"when": [LOADED] * 30, "x": days(30), "close": walk(30)})
    assert (table.date, table.loads) == ("x", ("when",))


def test_bars_of_whole_hours_are_no_load():
    hours = [datetime(2024, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(48)]
    table = table_of({"date": [h.date() for h in hours], "ts": hours, "close": walk(48)})
    assert table.loads == ()
    assert table.dims == ("ts",)
    assert shape.keys_that_disagree(table) == []


def test_publication_times_spread_over_months_are_dates():
    rng = np.random.default_rng(3)
    times = [datetime(2024, 1, 1, 8, 13, 5, tzinfo=UTC) + timedelta(hours=int(h)) for h in rng.integers(1, 8000, 50)]
    assert table_of({"published": times, "title": [f"news {n}" for n in range(50)]}).date == "published"


def test_text_dates_and_years_are_dates():
    assert table_of({"d": [str(day) for day in days(9)], "v": walk(9)}).date == "d"
    assert table_of({"year": list(range(2000, 2012)), "v": walk(12)}).date == "year"


# ---- shape ----


def test_an_empty_table_is_refused_and_null_columns_are_left_out():
    empty = table_of({"d": pl.Series([], dtype=pl.Date), "v": pl.Series([], dtype=pl.Float64)})
    assert checks(shape.nothing_in_it(empty)) == ["empty"]
    half = table_of({"d": days(3), "v": [1.0, 2.0, 3.5], "rin": pl.Series([None] * 3, dtype=pl.Float64)})
    (finding,) = shape.nothing_in_it(half)
    assert (finding.effect, finding.columns) == ("columns", ("rin",))
    assert shape.nothing_in_it(table_of({"d": days(3), "v": [1.0, None, 2.0]})) == []


def test_a_table_with_load_times_only_has_no_date():
    table = table_of({"time": [LOADED + timedelta(seconds=n) for n in range(40)], "close": walk(40)})
    assert checks(shape.no_observation_date(table)) == ["load_time_for_date"]
    dated = table_of({"time": [LOADED] * 40, "date": days(40), "close": walk(40)})
    assert shape.no_observation_date(dated) == []
    assert checks(shape.load_time_named_date(dated)) == ["load_time_for_date"]
    assert shape.load_time_named_date(table_of({"time": days(40), "close": walk(40)})) == []


def test_copies_are_counted_once_and_differ_in_load_stamps_only():
    close = walk(10)
    loads = [LOADED] * 10 + [LOADED + timedelta(days=1)] * 10
    table = table_of(
        {"d": days(10) * 2, "close": close * 2, "ingested_at": loads, "source_name": ["a"] * 10 + ["b"] * 10}
    )
    (finding,) = shape.loaded_twice(table)
    assert finding.rows.to_list() == list(range(11, 21))
    other = table_of({"d": days(10) * 2, "symbol": ["ZL"] * 10 + ["ZS"] * 10, "close": close * 2})
    assert shape.loaded_twice(other) == []


def test_a_key_with_two_values_is_found_and_gaps_are_not():
    close = walk(40)
    table = table_of({"d": days(40) + days(2), "close": close + [close[0] * 6, close[1]]})
    (finding,) = shape.keys_that_disagree(table)
    assert finding.count == 2  # the day with two values, twice; the repeated one agrees
    gaps = table_of({"d": days(40) + days(1), "close": close + [close[0]], "open": close + [None]})
    assert shape.keys_that_disagree(gaps) == []


@pytest.mark.parametrize(
    ("bad", "check"),
    [(date(2031, 5, 1), "future_date"), (date(1700, 1, 1), "placeholder_date"), (date(1900, 7, 1), "placeholder_date")],
)
def test_days_that_cannot_be_are_held(bad, check):
    table = table_of({"d": [*days(40), bad], "v": walk(41)})
    (finding, *_) = shape.dates_that_cannot_be(table, TODAY)
    assert (finding.check, finding.rows.to_list()) == (check, [41])
    assert shape.dates_that_cannot_be(table_of({"d": days(40), "v": walk(40)}), TODAY) == []


def test_a_day_after_the_load_that_wrote_it_is_held():
    table = table_of({"d": [*days(20), LOADED.date() + timedelta(days=3)], "v": walk(21), "loaded": [LOADED] * 21})
    (finding,) = shape.dates_that_cannot_be(table, TODAY)
    assert finding.rows.to_list() == [21]


def test_a_stray_weekend_price_is_held_and_a_market_of_every_day_is_not():
    weekdays = [day for day in days(140) if day.weekday() < 5]
    table = table_of({"d": [*weekdays, date(2024, 3, 9)], "close": walk(len(weekdays) + 1)})
    assert [finding.rows.to_list() for finding in shape.weekend_prices(table)] == [[len(weekdays) + 1]]
    assert shape.weekend_prices(table_of({"d": days(140), "close": walk(140)})) == []


def test_a_column_or_a_station_that_never_moves_is_a_default():
    rain = [0.0, 3.1, 0.0, 12.4, 1.0] * 20
    table = table_of(
        {"d": days(100) * 2, "station": ["A1"] * 100 + ["B2"] * 100, "rain": rain + [0.0] * 100, "net": [0.0] * 200}
    )
    (column,) = shape.stuck_columns(table)
    assert column.columns == ("net",)
    (station,) = [f for f in shape.stuck_series(table) if f.columns == ("rain",)]
    assert (station.effect, station.count) == ("cells", 100)
    both = table_of({"d": days(100) * 2, "station": ["A1"] * 100 + ["B2"] * 100, "rain": rain * 2})
    assert shape.stuck_columns(both) == shape.stuck_series(both) == []


def test_a_peg_is_only_noted_as_stale():
    (finding,) = shape.stuck_runs(table_of({"d": days(60), "rate": [3.8] * 40 + walk(20, level=4)}))
    assert finding.effect == "note"
    assert shape.stuck_runs(table_of({"d": days(60), "rate": walk(60)})) == []


def test_dates_counted_back_from_the_load_are_no_calendar():
    load = datetime(2024, 12, 25, 21, 0, 48, 355, tzinfo=UTC)
    back = [load.date() - timedelta(days=30 * n) for n in range(12)]
    stamps = [load + timedelta(microseconds=n) for n in range(12)]
    assert checks(shape.counted_back_from_load(table_of({"d": back, "v": walk(12), "at": stamps}))) == ["counted_dates"]
    weekly = [load.date() - timedelta(days=7 * n) for n in range(12)]
    assert shape.counted_back_from_load(table_of({"d": weekly, "v": walk(12), "at": stamps})) == []
    months = [date(2024, month, 15) for month in range(1, 13)]
    assert shape.counted_back_from_load(table_of({"d": months, "v": walk(12), "at": stamps})) == []


# ---- made up ----


def test_one_value_for_all_states_is_made_up():
    table = panel(lambda state, week: 10.0 * (week // 4) + 5, STATES, 13)
    assert checks(made_up.same_in_every_group(table)) == ["same_everywhere"]


def test_states_that_start_and_end_alike_are_real():
    def planted(state: int, week: int) -> float:
        return float(np.clip(8 * week - 11 * state, 0, 100))  # all 0 at first, all 100 in the end, apart between

    assert made_up.same_in_every_group(panel(planted, STATES, 30)) == []


def test_one_value_for_kinds_that_are_no_places_is_no_proof():
    table = panel(lambda kind, week: 10.0 * week, ["Planted", "Good", "Poor", "Blooming", "Fair", "Excellent"], 13)
    assert made_up.same_in_every_group(table) == []


def test_a_value_of_the_month_alone_is_made_up_and_a_season_with_weather_is_not():
    months = [date(year, month, 15) for year in range(2020, 2025) for month in range(1, 13)]
    index = [0.9 + 0.03 * (day.month % 7) for day in months]
    assert checks(made_up.calendar_constants(table_of({"d": months, "index": index}))) == ["calendar_constant"]
    noise = np.random.default_rng(5).normal(0, 0.01, len(months))
    real = [round(value + n, 4) for value, n in zip(index, noise, strict=True)]
    assert made_up.calendar_constants(table_of({"d": months, "index": real})) == []


def test_a_round_share_of_another_column_is_a_rule_of_thumb():
    total = [8.2, 7.9, 8.7, 9.5, 10.9, 11.8, 12.1, 11.5, 10.2, 9.8]
    made = table_of({"d": days(10, 30), "total": total, "part": [0.3 * value for value in total]})
    assert checks(made_up.fixed_share_of_another(made)) == ["fixed_share"]
    shares = [0.31, 0.28, 0.3, 0.29, 0.33, 0.3, 0.27, 0.3, 0.31, 0.3]
    real = table_of({"d": days(10, 30), "total": total, "part": [a * b for a, b in zip(total, shares, strict=True)]})
    assert made_up.fixed_share_of_another(real) == []


@pytest.mark.parametrize("factor", [0.1, 0.01, 22.0462262, 60.0, 2.20462262])
def test_a_unit_beside_another_is_no_rule_of_thumb(factor):
    total = [8.2, 7.9, 8.7, 9.5, 10.9, 11.8, 12.1, 11.5, 10.2, 9.8]
    table = table_of({"d": days(10, 30), "here": total, "there": [value * factor for value in total]})
    assert made_up.fixed_share_of_another(table) == []


def test_a_ratio_that_counts_is_made_by_a_loop():
    net = [
        1919423.892654,
        2634608.830011,
        2949561.871019,
        1969510.172114,
        1122199.51,
        725429.588913,
        571913.5,
        352356.063,
    ]
    looped = table_of({"d": days(8, 30), "net": net, "total": [(n + 2) * value for n, value in enumerate(net)]})
    assert checks(made_up.whole_number_ratio(looped)) == ["whole_ratio"]
    summed = table_of({"d": days(8, 30), "net": net, "total": np.cumsum(net).tolist()})
    assert made_up.whole_number_ratio(summed) == []


def test_constant_steps_are_a_pattern_and_a_policy_rate_is_not():
    peso = [955.0 + 5 * n for n in range(10)]
    assert checks(made_up.constant_increments(table_of({"d": days(10, 7), "peso": peso}))) == ["constant_steps"]
    rate = [5.25, 5.25, 5.25, 5.5, 5.5, 5.5, 5.25, 5.0, 5.0, 4.75]
    assert made_up.constant_increments(table_of({"d": days(10, 30), "rate": rate})) == []


def test_a_drawn_curve_is_not_measured():
    n = np.arange(120)
    drawn = (40 + 10 * np.sin(2 * np.pi * n / 120)).tolist()
    assert checks(made_up.perfect_curves(table_of({"d": days(120), "v": drawn}))) == ["perfect_curve"]
    prices = (100 * 1.002**n + np.random.default_rng(2).normal(0, 0.3, 120)).round(1).tolist()
    assert made_up.perfect_curves(table_of({"d": days(120), "v": prices})) == []


def test_zeros_at_the_end_stand_for_unknown_only_where_the_series_is_never_near_zero():
    imports = [8.2, 7.9, 8.7, 9.5, 10.9, 11.8, 12.1, 11.5, 10.2, 9.8]
    (finding,) = made_up.zeros_for_missing(table_of({"d": days(14, 30), "mt": [*imports, 0.0, 0.0, 0.0, 0.0]}))
    assert finding.rows.to_list() == [11, 12, 13, 14]
    rain = [0.0, 3.0, 0.0, 12.0, 0.0, 0.0, 5.0, 1.0, 9.0, 2.0, 0.0, 0.0, 0.0]
    assert made_up.zeros_for_missing(table_of({"d": days(13), "mm": rain})) == []
    fading = [90.0, 70.0, 50.0, 33.0, 21.0, 13.0, 8.0, 4.0, 1.0, 0.0, 0.0, 0.0]
    assert made_up.zeros_for_missing(table_of({"d": days(12), "mt": fading})) == []


def test_rows_that_call_themselves_made_up_are_taken_at_their_word():
    table = table_of({"d": days(4), "v": walk(4), "source_name": ["USDA", "Baseline_Pattern", "Synthetic", "USDA"]})
    (finding,) = made_up.says_so_itself(table)
    assert finding.rows.to_list() == [2, 3]
    assert made_up.says_so_itself(table_of({"d": days(4), "v": walk(4), "source_name": ["USDA"] * 4})) == []


# ---- units ----


def weather(highs: list[float], lows: list[float], station: str = "USW1") -> LegacyTable:
    return table_of({"d": days(len(highs)), "station_id": [station] * len(highs), "temp_max": highs, "temp_min": lows})


def test_degrees_too_hot_for_earth_are_fahrenheit():
    assert checks(units.weather_scales(weather([84.5, 80.1, 68.0] * 4, [47.0, 50.5, 39.9] * 4))) == ["fahrenheit"]
    assert units.weather_scales(weather([43.7, 39.0, 41.2] * 4, [24.0, 22.1, 20.0] * 4)) == []


def test_days_without_a_night_are_tenths():
    assert checks(units.weather_scales(weather([2.39, 1.33, 1.61, 2.2] * 3, [1.33, 0.72, 0.39, 0.7] * 3))) == ["tenths"]
    island = weather([24.0, 25.1, 23.8, 24.4] * 3, [20.1, 21.0, 20.2, 19.9] * 3)
    winter = weather([-2.0, 1.5, 3.0, 0.4] * 3, [-9.0, -4.4, -3.1, -6.0] * 3)
    assert units.weather_scales(island) == units.weather_scales(winter) == []


def test_only_the_stations_in_another_unit_are_held():
    good = ([25.0, 31.2, 28.8, 30.0] * 3, [15.0, 18.8, 16.1, 17.0] * 3)
    bad = ([2.5, 3.12, 2.88, 3.0] * 3, [1.5, 1.88, 1.61, 1.7] * 3)
    table = table_of({
        "d": days(12) * 2, "station_id": ["A1"] * 12 + ["B2"] * 12,
        "temp_max": good[0] + bad[0], "temp_min": good[1] + bad[1],
    })  # fmt: skip
    (finding,) = units.weather_scales(table)
    assert finding.rows.to_list() == list(range(13, 25))


def test_fill_codes_are_found_and_cold_is_not():
    (finding,) = units.fill_values(table_of({"d": days(5), "t": [31.0, -999.0, 30.2, 29.9, -999.0]}))
    assert finding.rows.to_list() == [2, 5]
    assert units.fill_values(table_of({"d": days(3), "t": [-31.0, -38.2, -40.0]})) == []
    assert units.fill_values(table_of({"d": days(3), "v": [-1500.0, -999.0, 2000.0]})) == []


def test_two_clumps_of_one_column_are_two_units():
    mixed = [12.95, 13.95, 15.2, 16.55, 16.28, 2.5e9, 2.6e9, 2.08e10, 2.1e10, 2.3e10]
    assert checks(units.two_scales(table_of({"d": days(10), "volume_of_year": mixed}))) == ["two_units"]
    peso = np.geomspace(1.65, 1204, 60).tolist()
    assert units.two_scales(table_of({"d": days(60), "rate": peso})) == []


def test_columns_that_claim_one_unit_must_have_one_level():
    prices = {
        "d": days(5),
        "soy_usd_lb": [52.0, 51.5, 53.0, 52.2, 52.1],
        "palm_usd_lb": [0.078, 0.077, 0.079, 0.078, 0.08],
    }
    assert checks(units.same_claim_other_level(table_of(prices))) == ["unit_claims"]
    prices["palm_usd_lb"] = [41.0, 40.2, 41.3, 41.0, 40.9]
    assert units.same_claim_other_level(table_of(prices)) == []


def test_cut_off_opens_are_left_out():
    close = [35.79, 36.17, 36.81, 37.14] * 6
    cut = table_of({"d": days(24), "open": [35, 36, 36, 37] * 6, "high": [36, 37, 37, 38] * 6, "close": close})
    (finding,) = units.truncated_bars(cut)
    assert (finding.effect, finding.columns) == ("columns", ("open", "high"))
    whole = table_of({"d": days(24), "open": [940, 941, 938, 944] * 6, "close": [941.0, 940.0, 943.0, 939.0] * 6})
    assert units.truncated_bars(whole) == []


def test_a_sound_price_table_has_no_finding():
    weekdays = [day for day in days(400) if day.weekday() < 5]
    close = walk(len(weekdays))
    bars = {"date": weekdays, "symbol": ["ZL"] * len(weekdays), "open": walk(len(weekdays), 1, 50.1), "close": close,
            "volume": np.random.default_rng(4).integers(1, 90_000, len(weekdays)).tolist()}  # fmt: skip
    assert detect(table_of(bars), date(2025, 6, 1)) == []
