"""Past forecasts beside what came, against the prices and quantiles that the snapshot was made of."""

from datetime import date

import numpy as np
import pytest
from explained import explain
from scipy.special import ndtri
from snapshots import AS_OF, DAILY, make_snapshot

from oilseer.dashboard import charts_morning, explanations
from oilseer.dashboard.band_record import band_record
from oilseer.dashboard.past_fan import origins, past_fan
from oilseer.errors import ConfigError


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("past") / "s.duckdb")
    explain(made.connection)
    yield made
    made.connection.close()


def place_of(snapshot, day: str) -> int:
    return int(np.flatnonzero(snapshot.days == np.datetime64(day))[0])


@pytest.mark.parametrize("origin", ["2021-03-31", "2021-12-31", "2022-08-31", "2023-05-31", "2024-03-28"])
def test_a_past_fan_says_what_was_said_and_what_came(snapshot, origin):
    found = past_fan(snapshot.connection, date.fromisoformat(origin))
    place = place_of(snapshot, origin)
    assert (found["origin"], found["made"], found["price"]) == (origin, "scored", snapshot.prices[place])
    for row in found["horizons"]:
        came = snapshot.prices[place + row["sessions"]]
        assert row["median"] == pytest.approx(found["price"])
        high = found["price"] * np.exp(DAILY * np.sqrt(row["sessions"]) * ndtri(0.9))
        assert row["bands"]["80"]["high"] == pytest.approx(high)
        assert row["outcome"] == came
        assert ("80" in row["held"]) == (row["bands"]["80"]["low"] <= came <= high)
    assert found["path"][-1]["observation_date"] == str(snapshot.days[place + 252])


def test_a_day_between_takes_the_forecast_before_it_and_never_one_after(snapshot):
    assert past_fan(snapshot.connection, date(2023, 6, 29))["origin"] == "2023-05-31"
    with pytest.raises(ConfigError, match="the first is of 2021-01-29"):
        past_fan(snapshot.connection, date(2021, 1, 28))


def test_an_outcome_that_is_not_known_yet_is_none(snapshot):
    found = past_fan(snapshot.connection, date(2025, 5, 30))
    assert [row["outcome"] is None for row in found["horizons"]] == [
        False,
        True,
        True,
        True,
        True,
    ]  # 21 sessions on is 1 July
    assert found["path"][-1]["observation_date"] == AS_OF.isoformat()


def test_without_a_day_the_newest_whole_year_is_shown(snapshot):
    found = past_fan(snapshot.connection)
    assert found["horizons"][-1]["outcome"] is not None
    later = [row["origin"] for row in origins(snapshot.connection) if row["origin"] > found["origin"]]
    assert place_of(snapshot, min(later)) + 252 >= len(snapshot.days)


def test_a_published_forecast_goes_before_the_one_scored_later(snapshot):
    connection = snapshot.connection.cursor()
    connection.execute("BEGIN")
    connection.execute(
        "INSERT INTO forecasts.zl_predictions SELECT * REPLACE (DATE '2023-05-31' AS as_of_date, p500 + 0.5 AS p500) "
        "FROM forecasts.zl_predictions"
    )
    found = past_fan(connection, date(2023, 5, 31))
    (said,) = connection.execute(
        "SELECT p500 FROM forecasts.zl_predictions WHERE as_of_date = DATE '2023-05-31' AND horizon = 21"
    ).fetchone()
    connection.execute("ROLLBACK")
    assert found["made"] == "published"
    assert found["horizons"][1]["median"] == said


def test_the_record_counts_the_last_outcomes_inside_their_bands(snapshot):
    row = next(row for row in band_record(snapshot.connection)["rows"] if row["label"] == "1m")
    months = snapshot.days.astype("datetime64[M]")
    ends = [end for end in np.flatnonzero(months[1:] != months[:-1]) if end + 21 < len(snapshot.days)]
    moved = [abs(np.log(snapshot.prices[end + 21] / snapshot.prices[end])) for end in ends]
    for nominal, level in ((50, 0.75), (80, 0.9), (90, 0.95)):
        wide = DAILY * np.sqrt(21) * ndtri(level)
        assert row[f"held{nominal}"] == sum(move <= wide for move in moved)
    assert row["of"] == len(ends)


def test_steps_lead_from_the_price_to_the_median_without_a_gap(snapshot):
    answer = explanations.explain(snapshot.connection, "1m")
    for drawn, start in (
        (charts_morning.drivers(answer, ""), answer["price_cents_per_lb"]),
        (charts_morning.moved(answer, ""),
         answer["median_cents_per_lb"] - sum(row["change_cents_per_lb"] for row in answer["changes"])),
    ):  # fmt: skip
        rises, falls, ends = drawn.figure["data"]
        order = drawn.figure["layout"]["yaxis"]["categoryarray"][::-1]
        bars = {name: (base, amount) for trace in (rises, falls)
                for name, base, amount in zip(trace["y"], trace["base"], trace["x"], strict=True)}  # fmt: skip
        at = start
        for name in order[1:-1]:
            base, amount = bars[name]
            assert base == pytest.approx(at, abs=0.006)  # steps that round to nothing are not drawn
            at = base + amount
        assert at == pytest.approx(answer["median_cents_per_lb"], abs=0.006)
        assert ends["x"] == pytest.approx([start, answer["median_cents_per_lb"]])


def test_nothing_scored_is_told(snapshot):
    connection = snapshot.connection.cursor()
    connection.execute("BEGIN")
    connection.execute("DELETE FROM training.model_backtest_zl")
    for reader in (past_fan, band_record):
        with pytest.raises(ConfigError, match="oilseer run"):
            reader(connection)
    connection.execute("ROLLBACK")
