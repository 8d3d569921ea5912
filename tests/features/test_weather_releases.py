"""Weather by hand: sums, degrees, heat, and a climatology that knows earlier years and what was public then."""

from datetime import date

import numpy as np
import pytest

from oilseer.features import weather
from oilseer.features.weather_releases import UNKNOWN, Daily, daily, measures, releases

EPOCH = date(1970, 1, 1).toordinal()
DAY_US = 86_400_000_000


def day_number(*parts):
    return date(*parts).toordinal() - EPOCH


def place(first, rain, maximum=25.0, minimum=15.0, lag=2):
    """A place whose days are public `lag` days later at midnight."""
    rain = np.asarray(rain, dtype=float)
    n = len(rain)
    maximum, minimum = np.broadcast_to(maximum, n).astype(float), np.broadcast_to(minimum, n).astype(float)
    public = (first + np.arange(n) + lag) * DAY_US
    return Daily(first, public, rain, maximum.copy(), minimum.copy(), (maximum + minimum) / 2)


FIRST = day_number(2015, 1, 1)
NAMES = [
    each.key.split(".")[1] for each in weather.CARRIED if each.key.startswith("weather:br.")
]  # a measure that is carried is made
YEARS = 6 * 365 + 2


@pytest.fixture
def wet():
    rng = np.random.default_rng(5)
    return place(FIRST, rng.gamma(0.5, 6.0, YEARS), maximum=25 + 12 * rng.random(YEARS))


def test_heat_is_the_days_above_35_of_the_last_30(wet):
    found = measures("br", wet, FIRST)
    at = 1000
    assert found["heat_30d_days"][at] == (wet.maximum[at - 29 : at + 1] > 35).sum()


def test_warmth_is_against_the_same_days_of_earlier_years(wet):
    found = measures("br", wet, FIRST)["temperature_anomaly_30d_degrees_c"]
    at = YEARS - 10
    means = [wet.mean[end - 29 : end + 1].mean() for year in range(1, 6)
             for end in (at - round(365.25 * year) + offset for offset in (-7, 0, 7)) if end >= 29]  # fmt: skip
    assert found[at] == pytest.approx(wet.mean[at - 29 : at + 1].mean() - np.mean(means))


def test_growing_degrees_start_at_planting_and_stop_after_180_days():
    first = day_number(2016, 8, 1)
    flat = place(first, np.zeros(700), maximum=30.0, minimum=20.0)  # 15 degree days each
    found = measures("br", flat, first)["growing_degree_days"]
    planted = day_number(2016, 9, 15) - first
    assert found[planted] == pytest.approx(15.0)
    assert found[planted + 9] == pytest.approx(150.0)
    assert found[planted + 179] == found[planted + 300] == pytest.approx(180 * 15.0)
    assert np.isnan(found[planted - 1]), "the planting before lies before the first day"
    assert found[planted + 365] == pytest.approx(15.0), "the next season starts anew"


def test_cold_days_add_nothing():
    cold = place(day_number(2016, 9, 1), np.zeros(60), maximum=12.0, minimum=2.0)
    assert measures("br", cold, cold.first)["growing_degree_days"][-1] == 0.0


def test_anomaly_stands_on_the_same_days_of_earlier_years(wet):
    found = measures("br", wet, FIRST)["precipitation_anomaly_30d_mm"]
    at = YEARS - 10
    sums = [wet.rain[end - 29 : end + 1].sum() for year in range(1, 6)
            for end in (at - round(365.25 * year) + offset for offset in (-7, 0, 7)) if end >= 29]  # fmt: skip
    assert found[at] == pytest.approx(wet.rain[at - 29 : at + 1].sum() - np.mean(sums))


def test_three_earlier_years_are_needed(wet):
    found = measures("br", wet, FIRST)["precipitation_anomaly_30d_mm"]
    first = np.flatnonzero(~np.isnan(found))[0]
    assert 3 * 365 <= first <= 3 * 365 + 35


@pytest.mark.parametrize("name", NAMES)
def test_no_measure_changes_with_later_days(wet, name):
    at = 1800
    cut = slice(0, at + 1)
    before = measures("br", Daily(FIRST, *(getattr(wet, part)[cut] for part in
                                           ("public", "rain", "maximum", "minimum", "mean"))), FIRST)  # fmt: skip
    after = measures("br", wet, FIRST)
    assert before[name].tobytes() == after[name][cut].tobytes()


def test_climate_is_blind_to_its_own_year(wet):
    at = YEARS - 10
    base = measures("br", wet, FIRST)
    wet.rain[at - 350 : at - 89] *= 50  # this season, outside the 90 days of the row
    changed = measures("br", wet, FIRST)
    for name in ("precipitation_anomaly_30d_mm", "spi_90d_ratio", "drought_90d_flag"):
        assert changed[name][at] == base[name][at], name


def test_climate_does_see_the_year_before(wet):
    at = YEARS - 10
    base = measures("br", wet, FIRST)["precipitation_anomaly_30d_mm"][at]
    wet.rain[at - 365 - 29 : at - 365 + 1] += 10
    assert measures("br", wet, FIRST)["precipitation_anomaly_30d_mm"][at] < base


def test_day_that_was_published_later_than_the_row_is_left_out():
    hot = place(FIRST, np.zeros(40), maximum=40.0)
    assert measures("br", hot, FIRST)["heat_30d_days"][39] == 30
    hot.public[35] = hot.public[39] + 1
    hot.maximum[20] = 20.0
    found = measures("br", hot, FIRST)["heat_30d_days"][39]
    assert found == pytest.approx(28 / 29 * 30), "28 hot days of 29 known ones, scaled to 30"


def test_window_with_too_few_days_is_unknown():
    holes = place(FIRST, np.zeros(60), maximum=np.where(np.arange(60) % 2, np.nan, 40.0))
    assert np.isnan(measures("br", holes, FIRST)["heat_30d_days"]).all()


def test_drought_flag_marks_the_driest_fifth():
    rain = np.concatenate(
        [np.full(365, 2.0), np.full(365, 3.0), np.full(365, 4.0), np.full(365, 5.0), np.full(200, 1.0)]
    )
    found = measures("br", place(FIRST, rain), FIRST)["drought_90d_flag"]
    assert found[-1] == 1.0
    assert found[4 * 365 - 1] == 0.0


def test_spi_is_zero_in_a_usual_season_and_bounded(wet):
    found = measures("br", wet, FIRST)["spi_90d_ratio"]
    assert abs(np.nanmean(found)) < 0.35
    assert np.nanmin(found) >= -3
    assert np.nanmax(found) <= 3


def test_spi_standardizes_cube_roots(wet):
    at = YEARS - 10
    found = measures("br", wet, FIRST)["spi_90d_ratio"][at]
    ends = [at - round(365.25 * year) + offset for year in range(1, 6) for offset in (-7, 0, 7)]
    roots = np.cbrt([wet.rain[end - 89 : end + 1].sum() for end in ends if end >= 89])
    now = np.cbrt(wet.rain[at - 89 : at + 1].sum())
    assert found == pytest.approx((now - roots.mean()) / roots.std(ddof=1))


def test_tail_has_the_bytes_of_the_whole(wet):
    since = FIRST + 1900
    whole = {key: (dates, values) for key, dates, _, values in releases({"br": wet}, FIRST)}
    for key, dates, _, values in releases({"br": wet}, since):
        keep = whole[key][0] >= since
        assert dates.tobytes() == whole[key][0][keep].tobytes()
        assert values.tobytes() == whole[key][1][keep].tobytes(), key


def test_first_vintage_of_a_day_stands():
    columns = {name: np.array([1.0, 9.0, 2.0]) for name in ("rain", "maximum", "minimum", "mean")}
    made = daily(np.array([3, 3, 5]), np.array([10, 20, 15]), columns)
    assert made.rain[0] == 1.0
    assert made.public.tolist() == [10, UNKNOWN, 15]
    assert np.isnan(made.rain[1])
