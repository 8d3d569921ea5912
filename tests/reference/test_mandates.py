"""Mandate paths: facts with a source, known from their announcement on and not before."""

from datetime import date

import duckdb

from oilseer.reference import rfs_rules
from oilseer.reference.mandates import STATUSES, known_on, mandates, write


def share(programme: str, day: date) -> list[tuple[date, float]]:
    """(effective, value) of a programme as known on a day."""
    return [(step.effective, step.value) for step in known_on(day).get(programme, ())]


def test_every_step_has_a_source_and_a_unit():
    for step in mandates():
        assert step.source_url.startswith("https://"), step
        assert step.unit, step
        assert step.document, step
        assert step.status in STATUSES, step
        assert step.value > 0, step


def test_brazil_knew_of_b15_in_march_2025_until_it_was_put_off():
    assert share("Brazil biodiesel", date(2025, 2, 17))[-1] == (date(2025, 3, 1), 15.0)
    assert share("Brazil biodiesel", date(2025, 2, 18))[-1] == (date(2025, 3, 1), 14.0)
    assert share("Brazil biodiesel", date(2025, 6, 25))[-1] == (date(2025, 8, 1), 15.0)


def test_indonesia_went_from_b35_to_b40_when_the_decree_was_announced():
    assert share("Indonesia biodiesel", date(2025, 1, 2))[-1][1] == 35.0
    assert share("Indonesia biodiesel", date(2025, 1, 3))[-1] == (date(2025, 1, 1), 40.0)


def test_steps_of_one_year_of_the_rfs_stand_beside_each_other():
    steps = known_on(date(2026, 3, 27))["RFS"]
    assert sorted(step.value for step in steps if step.effective == date(2026, 1, 1)) == [9.07, 26.81]
    assert "RFS" not in known_on(date(2023, 7, 11))


def test_the_rfs_steps_agree_with_the_shipped_rules():
    rules = {(r["compliance_year"], r["category"], r["unit"]): r["volume"] for r in rfs_rules.stamped_rows()}
    for year, value in ((2023, 2.82), (2024, 3.04), (2025, 3.35)):
        assert rules[year, "biomass_based_diesel", "billion_gallons"] == value
    for step in mandates():
        if step.unit == "billion RINs":
            category = "renewable_fuel" if step.what.startswith("all renewable fuel") else "biomass_based_diesel"
            assert rules[step.effective.year, category, "billion_rins"] == step.value


def test_the_table_holds_every_step():
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA reference")
        assert write(connection) == len(mandates())
        assert connection.execute("SELECT count(*) FROM reference.mandates").fetchone() == (len(mandates()),)
