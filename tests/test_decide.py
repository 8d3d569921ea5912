"""From a published snapshot to a plan of one's own table, and to policies replayed over its stored forecasts."""

import json

import pytest
from snapshots import AS_OF, RUN_ID, make_snapshot, write

from oilseer import decide
from oilseer.dashboard import answers, replay_tables
from oilseer.dashboard.layout import Narrow
from oilseer.decisions.needs import example, read_needs
from oilseer.errors import ConfigError
from oilseer.settings import Settings
from oilseer.signals import regimes


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("decide") / "s.duckdb")
    made.connection.execute(
        "UPDATE staging.zl_prices_clean SET return_log = moved FROM (SELECT observation_date AS day, "
        "ln(price_cents_per_lb / lag(price_cents_per_lb) OVER (ORDER BY observation_date)) AS moved "
        "FROM staging.zl_prices_clean) WHERE observation_date = day"
    )
    made.connection.execute(
        "CREATE TABLE features.daily_ml_matrix_zl AS SELECT observation_date AS as_of_date, 'ZL' AS symbol, "
        f'0.0 AS "{decide.CURVE_SLOPE}" FROM staging.zl_prices_clean'
    )
    write(made.connection, regimes.SPEC, [
        {"as_of_date": AS_OF, "gate": "STRESSED", "gate_score": 1.4, "calendar_regime": "tariff_era"}
    ])  # fmt: skip
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def own(snapshot, tmp_path_factory):
    """The answer of `plan --needs` for the example table."""
    path = tmp_path_factory.mktemp("needs") / "needs.csv"
    path.write_text(example(AS_OF, 55.0))
    settings = Settings(home=path.parent, cover={"budget_cents_per_lb": 62.0})
    return answers.plan_of(snapshot.connection, *decide.plan_needs(snapshot.connection, read_needs(path), settings))


def test_the_plan_of_ones_own_table_answers_like_the_published_one(snapshot, own):
    published = answers.plan(snapshot.connection)
    assert set(own) == set(published)
    assert json.loads(json.dumps(own, allow_nan=False)) == own
    assert (own["run_id"], own["as_of_date"]) == (RUN_ID, AS_OF.isoformat())
    assert own["action"] in ("BUY", "LADDER", "WAIT", "MONITOR")
    assert [row["calendar_month"] for row in own["months"]][:2] == ["2025-07", "2025-08"]
    assert (own["need_lb"], own["months"][0]["covered_lb"]) == (12e6, 3e5)
    assert own["months_left_out"] == []
    assert [wire["now"] for wire in own["signal_tripwires"]][1] == "STRESSED at +1.4"
    for row in own["months"]:
        assert 0 <= row["probability_above_budget"] <= 1


def test_policies_are_replayed_over_the_stored_forecasts_from_the_year_asked(snapshot):
    report = decide.backtest_policies(snapshot.connection, Settings(home="/nowhere"), 2022)
    assert str(report.first_month) == "2022-01-03"
    assert str(report.last_month) == "2025-05-01"
    answer = answers.policy_backtest(snapshot.connection, report.to_dict())
    json.dumps(answer, allow_nan=False)
    names = [row["policy"] for row in answer["policies"]]
    assert names[0] == "foresight"
    assert sorted(names) == ["forecast_tilt", "foresight", "full_cover", "ladder", "plan", "ratable", "spot", "trend"]
    promised = {"saving_vs_ratable_cents_lb", "low", "high", "cvar95_overrun_change", "share_of_ceiling"}
    assert promised <= set(answer["policies"][0])
    assert isinstance(replay_tables.policies(answer), Narrow)


def test_a_replay_of_years_without_forecasts_is_refused(snapshot):
    with pytest.raises(ConfigError, match="0 origins: expected 7 or more"):
        decide.backtest_policies(snapshot.connection, Settings(home="/nowhere"), 2026)
