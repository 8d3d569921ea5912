"""All detectors in order, over one table."""

from datetime import date

from oilseer.raw.legacy import evidence_course as course
from oilseer.raw.legacy import evidence_made_up as made_up
from oilseer.raw.legacy import evidence_shape as shape
from oilseer.raw.legacy import evidence_units as units
from oilseer.raw.legacy import identity, identity_panel, identity_units
from oilseer.raw.legacy.finding import Finding
from oilseer.raw.legacy.identity import Identities
from oilseer.raw.legacy.inventory import LegacyTable

ALONE = (
    shape.nothing_in_it, shape.no_observation_date, shape.load_time_named_date, shape.loaded_twice,
    shape.keys_that_disagree,
    shape.not_finite, shape.weekend_prices, shape.stuck_columns, shape.stuck_series, shape.stuck_runs,
    shape.counted_back_from_load, made_up.same_in_every_group, made_up.calendar_constants,
    made_up.fixed_share_of_another, made_up.whole_number_ratio, made_up.constant_increments, made_up.perfect_curves,
    made_up.zeros_for_missing, made_up.says_so_itself, units.weather_scales, units.fill_values, units.two_scales,
    units.same_claim_other_level, units.truncated_bars, course.spikes, course.zeros_of_silent_instruments,
)  # fmt: skip
TOGETHER = (
    identity.mislabelled, identity.two_labels, identity.dated_late, identity_units.other_units,
    identity_units.unit_claims, identity.moves_with,
    identity.holds_the_future, identity_panel.known_by_place, identity.repeats_known, course.ends_early,
)  # fmt: skip


def detect(table: LegacyTable, today: date, identities: Identities | None = None) -> list[Finding]:
    """Everything found in one table; without `identities` only what it shows by itself."""
    if table.fault:
        return [Finding("unreadable", "table", table.fault)]
    # Whose values they are comes first: a row is held for the first reason found.
    found = [finding for detector in TOGETHER for finding in detector(table, identities)] if identities else []
    found += shape.dates_that_cannot_be(table, today)
    return found + [finding for detector in ALONE for finding in detector(table)]
