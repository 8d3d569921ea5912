"""Headlines of the simulated market: each in one bucket by the real rules, marked, and blind to prices."""

from datetime import date

import numpy as np
import pytest

from oilseer.simulate.draws import span
from oilseer.simulate.headlines import SHARE, TOLD, news_rows
from oilseer.staging.news_reading import read


@pytest.mark.parametrize("told", TOLD)
def test_every_headline_falls_into_one_bucket(told):
    found = read("simulated", frozenset(), f"Simulated: {told.format(n=42)}")
    assert len(found.places) == 1


def test_all_buckets_are_talked_about_and_each_headline_says_that_it_is_simulated():
    buckets = {read("simulated", frozenset(), told.format(n=42)).places[0].bucket for told in TOLD}
    assert len(buckets) == 8
    rows = news_rows(span(7, date(2024, 1, 2), date(2024, 12, 31), False))
    assert all(title.startswith("Simulated: ") for title in rows["title"])
    assert len(set(rows["item_id"])) == len(rows["item_id"])
    # 252 sessions, two times each: 302 expected, 11 their deviation
    assert abs(len(rows["title"]) - 2 * 252 * SHARE) < 50


def test_a_later_end_only_adds_headlines_and_none_come_before_2018():
    short = news_rows(span(7, date(2017, 6, 1), date(2018, 3, 29), False))
    longer = news_rows(span(7, date(2017, 6, 1), date(2018, 6, 29), False))
    told = dict(zip(longer["item_id"], longer["title"], strict=True))
    assert all(told[item] == title for item, title in zip(short["item_id"], short["title"], strict=True))
    assert short["observation_date"].min() >= np.datetime64("2018-01-01")


def test_headlines_do_not_know_the_market():
    days = (date(2020, 1, 2), date(2021, 12, 31))
    assert np.array_equal(news_rows(span(7, *days, False))["title"], news_rows(span(7, *days, True))["title"])
    assert not np.array_equal(
        news_rows(span(7, *days, False))["title"][:50], news_rows(span(8, *days, False))["title"][:50]
    )
