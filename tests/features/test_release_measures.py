"""Measures over several dates of a release: each by hand, and never from a vintage that was not public yet."""

from datetime import date

import numpy as np
import pytest

from oilseer.features import replay
from oilseer.features.mandates import Rule, steps
from oilseer.features.replay import Measure, Releases, replayed

WEEK = 7
EVER = -(10**6)


def rows(*triples):
    """Releases of (date, public, value), in order of publication."""
    dates, publics, values = zip(*sorted(triples, key=lambda row: (row[1], row[0])), strict=True)
    return Releases(np.array(dates), np.array(publics), np.array(values, dtype=float))


def made(make, *inputs, first=EVER):
    keys = tuple(f"k{i}" for i in range(len(inputs)))
    released = dict(zip(keys, inputs, strict=True))
    return list(replayed(Measure("made", keys, make), released, first))


def last(make, *series):
    """The measure of whole series (values by week), all public at once in order of their dates."""
    return made(make, *(rows(*((WEEK * i, WEEK * i, v) for i, v in enumerate(values))) for values in series))[-1][2]


def test_measure_follows_a_revision_only_from_its_publication():
    series = rows((0, 10, 100.0), (365, 400, 110.0), (0, 500, 50.0), (730, 760, 121.0))
    found = made(replay.percent_change(365, 3), series)
    assert [(day, public) for day, public, _ in found] == [(0, 10), (365, 400), (365, 500), (730, 760)]
    values = [value for _, _, value in found]
    assert np.isnan(values[0])
    assert values[1:] == pytest.approx([10.0, 120.0, 10.0])


def test_late_old_date_never_becomes_the_newest():
    series = rows((7, 10, 1.0), (14, 17, 2.0), (0, 20, 9.0))
    assert made(replay.change(7, 1), series)[-1] == (14, 20, 1.0)


def test_two_inputs_meet_on_the_newest_date_that_both_have():
    first, second = rows((0, 1, 10.0), (7, 8, 30.0)), rows((0, 2, 4.0), (7, 12, 5.0))
    found = made(replay.combined(lambda a, b: a - b), first, second)
    assert found == [(0, 2, 6.0), (0, 8, 6.0), (7, 12, 25.0)]


def test_of_what_was_public_by_the_first_cutoff_the_last_is_made_from_all_of_it():
    series = rows(*((7 * i, 7 * i + 3, float(i * i)) for i in range(10)), (49, 80, 1.0))
    whole = made(replay.change(7, 1), series)
    assert [public for _, public, _ in whole] == [*range(3, 67, 7), 80]
    assert made(replay.change(7, 1), series, first=60) == whole[8:], "60 is a cutoff that sees what came at 59"
    assert made(replay.change(7, 1), series, first=59) == whole[8:]
    assert made(replay.change(7, 1), series, first=58) == whole[7:]
    assert made(replay.change(7, 1), series, first=99) == whole[10:]


def test_input_without_rows_gives_nothing():
    assert list(replayed(Measure("made", ("a", "b"), max), {"a": rows((0, 0, 1.0))}, EVER)) == []


def test_rank_is_the_share_of_earlier_values_no_higher():
    assert last(replay.rank(364, 4), [1, 5, 3, 3, 3]) == pytest.approx(3 / 4)
    assert np.isnan(last(replay.rank(364, 5), [1, 5, 3, 3, 3])), "below the least number"
    assert last(replay.rank(14, 2), [9, 9, 1, 2, 3]) == 1.0, "older than the window"


def test_zscore_stands_on_earlier_values_alone():
    assert last(replay.zscore(364, 3), [2, 4, 6, 10]) == pytest.approx((10 - 4) / 2)


def test_surprise_is_what_the_trailing_trend_did_not_say():
    assert last(replay.surprise(3, 3), [90, 1, 2, 3, 7]) == pytest.approx((7 - 2) / 1)


def test_volatility_is_of_weekly_log_changes_a_year():
    values = np.exp([0.0, 0.1, 0.0, 0.3])
    expected = np.std([0.1, -0.1, 0.3], ddof=1) * np.sqrt(52)
    assert last(replay.weekly_volatility(12, 3), values.tolist()) == pytest.approx(expected)


def test_volatility_leaves_out_the_step_over_a_gap():
    gap = rows((0, 0, 1.0), (7, 7, 2.0), (28, 28, 99.0), (35, 35, 198.0))
    assert made(replay.weekly_volatility(12, 2), gap)[-1][2] == pytest.approx(0.0), "two equal steps of log 2"


def test_season_is_the_mean_of_the_same_date_in_earlier_years():
    years = rows(*((round(365.25 * i), round(365.25 * i), v) for i, v in enumerate([80.0, 90.0, 100.0, 135.0])))
    assert made(replay.against_season(5, 3, 4), years)[-1][2] == pytest.approx(50.0)
    assert np.isnan(made(replay.against_season(5, 3, 4), years)[-2][2]), "two years are too few"


def test_log_change_of_a_negative_value_is_unknown():
    assert np.isnan(last(replay.log_change(7, 1), [-1, 2]))
    assert last(replay.log_change(7, 1), [1, np.e]) == pytest.approx(1.0)


def micros(year, month, day, hour=22):
    return int(
        (np.datetime64(f"{year}-{month:02d}-{day:02d}T{hour:02d}") - np.datetime64("1970-01-01T00"))
        / np.timedelta64(1, "us")
    )


def days_of(found, key):
    return [(date(1970, 1, 1).toordinal() + day, value) for name, day, _, value in found if name == key]


def test_mandate_of_a_year_counts_from_its_first_day_or_its_rule_and_a_late_rule_never():
    rules = [
        Rule(2013, "biomass_based_diesel", 1.28, micros(2012, 9, 27), "billion_gallons"),
        Rule(2014, "biomass_based_diesel", 1.63, micros(2015, 12, 14), "billion_gallons"),
        Rule(2015, "biomass_based_diesel", 1.73, micros(2015, 12, 14), "billion_gallons"),
        Rule(2016, "biomass_based_diesel", 1.90, micros(2015, 12, 14), "billion_gallons"),
    ]
    found = list(steps(rules))
    ordinal = date.toordinal
    assert days_of(found, "rfs_current:biomass_based_diesel") == [
        (ordinal(date(2013, 1, 1)), 1.28),
        (ordinal(date(2015, 12, 14)), 1.73),
        (ordinal(date(2016, 1, 1)), 1.90),
    ]
    growth = [value for _, value in days_of(found, "rfs_growth:biomass_based_diesel")]
    assert np.isnan(growth[0])
    assert growth[1:] == pytest.approx([100 * (1.73 / 1.63 - 1), 100 * (1.90 / 1.73 - 1)])
    ahead = dict(days_of(found, "rfs_next:biomass_based_diesel"))
    assert ahead[ordinal(date(2012, 9, 27))] == 1.28
    assert np.isnan(ahead[ordinal(date(2013, 1, 1))]), "no rule had set 2014 then"
    assert ahead[ordinal(date(2015, 12, 14))] == 1.90


def test_volume_stated_in_rins_is_never_a_volume_in_gallons():
    final = micros(2026, 4, 1)
    rules = [
        Rule(2025, "biomass_based_diesel", 3.35, micros(2023, 7, 12), "billion_gallons"),
        Rule(2026, "biomass_based_diesel", 9.07, final, "billion_rins"),
        Rule(2027, "biomass_based_diesel", 9.20, final, "billion_rins"),
        Rule(2026, "renewable_fuel", 26.81, final, "billion_rins"),
    ]
    found = list(steps(rules))
    published = date.toordinal(date(2026, 4, 1))
    diesel = dict(days_of(found, "rfs_current:biomass_based_diesel"))
    assert diesel[date.toordinal(date(2025, 1, 1))] == 3.35
    assert np.isnan(diesel[published]), "null rather than 3.35 carried on, or 9.07 as gallons"
    assert np.isnan(dict(days_of(found, "rfs_next:biomass_based_diesel"))[published])
    growth = dict(days_of(found, "rfs_growth:biomass_based_diesel"))
    assert np.isnan(growth[published]), "RINs over gallons are no growth"
    assert growth[date.toordinal(date(2027, 1, 1))] == pytest.approx(100 * (9.20 / 9.07 - 1)), "RINs over RINs are"
    assert dict(days_of(found, "rfs_current:renewable_fuel"))[published] == 26.81
