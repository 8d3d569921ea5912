"""Regimes, Big 8 and rules as people and machines read them, over tables written through the real specs."""

import json
from datetime import UTC, date, datetime

import duckdb
import pyarrow as pa
import pytest
from rich.console import Console

from oilseer.dashboard import states
from oilseer.errors import ConfigError
from oilseer.signals import big_eight, live, regimes, rules
from oilseer.warehouse.spec import SCHEMAS
from oilseer.warehouse.write import merge

DAY = date(2025, 6, 30)
VIX = "volatility_vix_points"


@pytest.fixture
def connection():
    with duckdb.connect() as made:
        made.execute("SET TimeZone = 'UTC'")
        for schema in SCHEMAS:
            made.execute(f"CREATE SCHEMA {schema}")
        made.execute("CREATE TABLE ops.workspace AS SELECT 'simulated' AS kind")
        yield made


def printed(table) -> str:
    console = Console(width=100, record=True, file=None, quiet=True)
    with console.capture() as captured:
        console.quiet = False
        console.print(table)
    return captured.get()


def test_regimes_show_probabilities_beside_what_past_frequencies_would_earn(connection):
    merge(connection, regimes.SPEC, pa.Table.from_pylist([{
        "as_of_date": DAY, "gate": "STRESSED", "gate_score": 1.52, "vix_band": "aware", "crisis_probability": 0.03,
        "bull_probability": 0.21, "bear_probability": 0.11, "normal_probability": 0.65, "likely_state": "normal",
        "base_log_score": 0.996, "log_score": 0.979, "calendar_regime": "tariff_era",
    }]))  # fmt: skip
    answer = states.regimes(connection, 5)
    assert json.loads(json.dumps(answer))["rows"][0]["crisis_probability"] == 0.03
    text = printed(states.regimes_table(answer))
    assert "SIMULATED" in text
    for shown in ("STRESSED", "+1.5", "21", "0.979", "0.996"):
        assert shown in text


def test_big_eight_shows_what_is_missing_the_sign_of_the_data_and_the_live_score(connection):
    row = {
        "as_of_date": DAY, "bucket": "fx", "score": 52.6, "change_1": -0.5, "weight": 0.12, "missing": "",
        "assumed_sign": 1, "data_sign": -1, "rank_correlation": -0.31, "n_effective": 303,
    }  # fmt: skip
    empty = row | {"bucket": "tariff", "score": None, "change_1": None, "missing": "tone of tariff news, a week",
                   "data_sign": None, "rank_correlation": None, "n_effective": None}  # fmt: skip
    merge(connection, big_eight.DAILY, pa.Table.from_pylist([row, empty]))
    merge(connection, live.SPEC, pa.Table.from_pylist([{
        "observed_at": datetime(2025, 7, 1, 14, 15, tzinfo=UTC), "bucket": "fx", "score": 61.2, "change": 8.6,
        "input_age_minutes": 15.0, "as_of_date": DAY,
    }]))  # fmt: skip
    answer = states.big_eight(connection)
    assert [row["evidence"] for row in answer["rows"]] == ["reverses", "too early"]
    text = printed(states.big_eight_table(answer))
    for shown in (
        "Live: at 2025-07-01 14:15 UTC",
        "reverses (−0.31, 303 months)",
        "too early",
        "tone of tariff news",
        "61",
    ):
        assert shown in text


def test_rules_show_verdict_evidence_and_the_features_they_govern(connection):
    merge(connection, rules.SPEC, pa.Table.from_pylist([{
        "as_of_date": DAY, "rule": "vix_bands", "number": 2, "teaches": "Bands.", "verdict": "caution",
        "evidence": "VIX 27.0: stress", "governs": f"{VIX}, fx_dxy_points",
    }]))  # fmt: skip
    connection.execute(
        f"CREATE TABLE {states.MATRIX} AS SELECT DATE '2025-06-30' AS as_of_date, 27.04::DOUBLE AS {VIX}"
    )
    answer = states.rules(connection)
    assert answer["rows"][0]["governs"] == [
        {"feature": VIX, "value": 27.04},
        {"feature": "fx_dxy_points", "value": None},
    ]
    text = printed(states.rules_table(answer))
    for shown in ("VIX 27.0: stress", f"{VIX} 27.04", "fx_dxy_points –"):
        assert shown in text


@pytest.mark.parametrize("read", [lambda c: states.regimes(c, 1), states.big_eight, states.rules])
def test_nothing_yet_names_the_command_that_makes_it(connection, read):
    with pytest.raises(ConfigError, match="oilseer run"):
        read(connection)
