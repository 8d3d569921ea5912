"""Dated trade steps: what was in force on days that are well known, and nothing before it was announced."""

from datetime import UTC, date, datetime

import pytest
from raw_market import empty_database

from oilseer.errors import ConfigError
from oilseer.reference import tariff_events
from oilseer.reference.events import events
from oilseer.reference.tariff_events import CERTAINTIES, SPEC, write


@pytest.fixture(scope="module")
def connection():
    found = empty_database()
    write(found)
    return found


def china_rate(connection, day: date) -> float | None:
    """China's added duty on US soybeans by the measure of 2018, as known and in force on a day."""
    row = connection.execute(
        """SELECT added_rate_percent FROM staging.tariff_events
        WHERE measure = 'china_soybeans_301' AND added_rate_percent IS NOT NULL AND effective_on <= $day
            AND available_at <= $day::TIMESTAMP AT TIME ZONE 'UTC'
        ORDER BY effective_on DESC, available_at DESC LIMIT 1""",
        {"day": day},
    ).fetchone()
    return row and row[0]


@pytest.mark.parametrize(
    ("day", "rate"),
    [
        (date(2018, 7, 5), None),
        (date(2018, 7, 7), 25),  # from 6 July 2018
        (date(2019, 8, 31), 25),
        (date(2019, 9, 2), 30),  # five points more from 1 September 2019
        (date(2020, 2, 13), 30),
        (date(2020, 2, 15), 27.5),  # halved rise from 14 February 2020
        (date(2020, 3, 3), 0),  # exclusions on application from 2 March 2020
    ],
)
def test_the_duty_on_soybeans_is_what_was_known_and_in_force(connection, day, rate):
    assert china_rate(connection, day) == rate


def test_no_step_is_usable_before_the_evening_of_its_announcement():
    for event in tariff_events.tariff_events():
        assert event.available_at.date() >= event.announced_on
        assert event.available_at >= datetime(*event.announced_on.timetuple()[:3], 21, tzinfo=UTC)
    doubtful = [event for event in tariff_events.tariff_events() if event.certainty == "approximate"]
    assert doubtful
    assert all((event.available_at.date() - event.announced_on).days == 1 for event in doubtful)


def test_steps_agree_with_the_calendar_that_features_read():
    """Two files written apart: where both name a measure and a day of effect, they are the same."""
    steps = {(event.announced_on, event.effective_on) for event in tariff_events.tariff_events()}
    named = {
        "section_301_list_1", "section_301_list_2", "section_301_list_3", "section_301_list_3_raised",
        "section_301_list_4a", "section_301_list_4a_lowered", "section_301_review", "china_soybeans_25",
        "china_soybeans_30", "china_soybeans_27_5", "china_soybeans_2025_10", "china_soybeans_2025_135",
        "ieepa_china_10", "ieepa_china_20", "reciprocal_tariffs", "reciprocal_china_125", "reciprocal_china_cut",
        "truce_buenos_aires", "phase_one", "truce_korea", "china_soybeans_2025_after",
    }  # fmt: skip
    shared = [event for event in events() if event.event in named]
    assert len(shared) == len(named)
    assert [event.event for event in shared if (event.announced_on, event.effective_on) not in steps] == []


def test_every_step_has_a_source_and_a_known_certainty(connection):
    rows = connection.execute("SELECT certainty, source_url, summary FROM staging.tariff_events").fetchall()
    assert len(rows) == len(tariff_events.tariff_events()) >= 45
    assert all(kind in CERTAINTIES and url.startswith("https://") and text for kind, url, text in rows)
    late = "SELECT count(*) FROM staging.tariff_events WHERE ends_on < effective_on"
    assert connection.execute(late).fetchone() == (0,)
    assert SPEC.name == "staging.tariff_events"


def test_mechanisms_point_where_the_rules_of_news_point(connection):
    said = dict(connection.execute("SELECT event_id, direction_ratio FROM staging.tariff_events").fetchall())
    assert said["biodiesel_cvd_order_20180104"] == 1  # duty on imported biodiesel
    assert said["china_farm_2025_announced_20250304"] == -1  # duty on US exports
    assert said["argentina_export_tax_suspended_20250922"] == -1  # more supply
    assert said["us_301_list_1_announced_20180615"] is None  # not soybeans themselves


def test_a_wrong_row_is_named():
    row = dict.fromkeys(tariff_events.TariffEvent.__dataclass_fields__, "") | {"event_id": "x"}
    with pytest.raises(ConfigError, match="row x"):
        tariff_events._event(row)
    with pytest.raises(ConfigError, match="certainty"):
        tariff_events._event(row | {"announced_on": "2020-01-01", "certainty": "sure"})
