"""Steps of policy against answers by hand: from which close a change counts, what is independent, what is claimed."""

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import binomtest
from snapshots import AS_OF, _price_row, empty_database, write

from oilseer.dashboard import policy_past, policy_words
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.reference import tariff_events
from oilseer.staging.zl_prices_clean import SPEC as PRICES

SATURDAY = date(2024, 6, 8)


def days_to(end: date) -> list[date]:
    calendar = sessions.sessions()
    return list(calendar[(calendar >= np.datetime64("2021-01-04")) & (calendar <= np.datetime64(end))].astype(object))


def step(day: date, place: int, **others: object) -> dict:
    at = sessions.cutoff(day)
    return {
        "event_id": f"{place}", "measure": "m", "step": "raised", "imposed_by": "China", "on_goods_of": "US",
        "goods": "soybeans", "added_rate_percent": None, "effective_on": None, "ends_on": None, "direction_ratio": -1.0,
        "certainty": "official", "summary": f"step {place}", "source_url": "https://example.org",
        "observation_date": day, "available_at": at, "availability": "lagged", "ingested_at": at, "source": "test",
        "provenance_id": "0",
    } | others  # fmt: skip


def build(path, steps: list[dict], prices: list[float]):
    connection = empty_database(path)
    days = days_to(AS_OF)
    write(connection, PRICES, [_price_row(*row, place) for place, row in enumerate(zip(days, prices, strict=True))])
    if steps:
        write(connection, tariff_events.SPEC, steps)
    return connection


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """A price that rises by a cent a session from 100, and steps of one kind."""
    days = days_to(AS_OF)
    steps = [step(SATURDAY, 1), step(SATURDAY + timedelta(days=3), 2, effective_on=SATURDAY),
             step(days[-3], 3, effective_on=AS_OF + timedelta(days=9)),
             step(AS_OF, 4, available_at=sessions.cutoff(AS_OF) + timedelta(hours=1))]  # fmt: skip
    with build(tmp_path_factory.mktemp("steps") / "s.duckdb", steps, [100.0 + i for i in range(len(days))]) as made:
        yield made, days


def test_a_change_counts_from_the_last_close_before_the_announcement(known):
    connection, days = known
    rows = {row["event_id"]: row for row in policy_past.steps(connection, False)["rows"]}
    friday = 100.0 + days.index(date(2024, 6, 7))
    for after in policy_past.AFTER:
        assert rows["1"][f"change_{after}_ratio"] == pytest.approx(after / friday)
    monday = 100.0 + days.index(date(2024, 6, 10))
    assert rows["2"]["change_5_ratio"] == pytest.approx(5 / monday)


def test_what_has_not_happened_yet_is_not_known(known):
    connection, _ = known
    rows = {row["event_id"]: row for row in policy_past.steps(connection, False)["rows"]}
    assert rows["3"]["change_5_ratio"] is None
    assert "4" not in rows
    later = {row["event_id"]: row for row in policy_past.steps(connection, True)["rows"]}
    assert [row["event_id"] for row in later.values() if row["after_close"]] == ["4"]


def test_outcomes_that_share_sessions_count_once(known):
    connection, _ = known
    groups = {row["sessions_after"]: row for row in policy_past.steps(connection, False)["groups"]}
    assert (groups[5]["count"], groups[5]["independent"], groups[5]["rose"]) == (2, 1, 2)
    assert groups[5]["verdict"] == "too few to say"
    assert groups[5]["group"] == "duties on US farm goods, held to lower"


@pytest.mark.parametrize(("count", "verdict"), [(9, "too few to say"), (12, "rose more often than usual")])
def test_nothing_is_claimed_from_a_handful(tmp_path, count, verdict):
    """The price falls by a cent a session, but rises by ten over the five sessions after each step."""
    days = days_to(AS_OF)
    starts = [100 + 70 * place for place in range(count)]
    prices = [5000.0 - place + sum(min(max(place - start, 0), 5) * 3 for start in starts) for place in range(len(days))]
    with build(tmp_path / "s.duckdb", [step(days[start + 1], place) for place, start in enumerate(starts)],
               prices) as connection:  # fmt: skip
        answer = policy_past.steps(connection, False)
        found = next(row for row in answer["groups"] if row["sessions_after"] == 5)
        assert (found["independent"], found["rose"]) == (count, count)
        assert found["verdict"] == verdict
        finding = policy_words.reactions(answer, 5).finding
        assert ("rose more often" in finding) == (count == 12)


@pytest.mark.parametrize(("rose", "count"), [(0, 3), (7, 12), (12, 12)])
def test_the_interval_is_wilsons(rose, count):
    low, high = policy_past._wilson(rose / count, count)
    expected = binomtest(rose, count).proportion_ci(confidence_level=0.99, method="wilson")
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-4)


def test_dates_are_told_as_seen_from_the_close(known):
    connection, _ = known
    answer = policy_past.steps(connection, False)
    told = {one["summary"]: one for _, of in policy_words.by_year(answer) for one in of}
    assert told["China: step 3"]["when"] == "takes effect 9 Jul 2025, 13 days later"
    assert told["China: step 2"]["when"] == "effective 8 Jun 2024, 3 days earlier"
    assert told["China: step 1"]["when"] == "no effective date named"
    assert told["China: step 3"]["changes"][0] == (5, "not known yet")


def test_similar_steps_are_those_of_a_kind_and_side():
    assert policy_past.kind("US and China", None, "all", "m") == "deals of the US and China"
    assert policy_past.kind("US", "Argentina and Indonesia", "biodiesel", "m") == "biodiesel and its feedstocks"
    assert policy_past.kind("US", "China", "list 4A", "m") == "US duties on other goods"
    assert policy_past.kind("Indonesia", None, "palm oil exports", "m") == "trade in other oilseeds and oils"
    assert policy_past.kind("document", None, None, "rfs") == "fuel standard documents"


def test_without_steps_it_says_what_makes_them(tmp_path):
    with build(tmp_path / "s.duckdb", [], [50.0] * len(days_to(AS_OF))) as connection:
        with pytest.raises(ConfigError, match="oilseer run"):
            policy_past.steps(connection, False)
        ahead = policy_past.calendar(connection)
        assert (ahead["from"], ahead["to"]) == ("2025-07-01", "2025-09-28")
        assert [(month, one["words"]) for month, of in policy_words.months(ahead) for one in of][:2] == [
            ("Jul 2025", "Supply and demand (WASDE), 12:00"),
            ("Jul 2025", "First notice day: ZLQ25")
            if False
            else ("Jul 2025", "Crush and oil stocks (NOPA) of Jun 2025, 12:00"),
        ]
