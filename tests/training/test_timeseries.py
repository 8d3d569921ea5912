"""The job of the time series models: what it is given, and what is taken from it."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from market_history import make_history

from oilseer.errors import ConfigError, ContractError
from oilseer.models.zoo import ZOO, build
from oilseer.quantiles import LEVELS
from oilseer.training import timeseries as job
from oilseer.training.timeseries import Weights
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

HISTORY = make_history(n=1800, gap=1779)
ROW = 1700
ORIGIN: date = HISTORY.dates[ROW].astype(object)
BOLT = Weights("bolt", "/nowhere", "Chronos", "2024-11-27")


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as opened:
        yield opened


def test_series_ends_at_the_origin_and_steps_by_whole_sessions():
    window = HISTORY.window(HISTORY.dates[1798].astype(object)).select(job.BIG8)  # session 1799; 1779 has no price
    found = job.series(window, 5, 1)
    target = found["target"].to_numpy()
    assert target[-2] == np.log(HISTORY.settle[1798])
    assert np.isnan(target[-1])
    assert target[-3] == np.log(HISTORY.settle[1793])
    assert np.isnan(target[-6])  # session 1779
    assert target[-7] == np.log(HISTORY.settle[1774])


def test_covariate_of_a_point_is_what_was_known_twelve_points_before():
    window = HISTORY.window(ORIGIN).select(job.BIG8)
    found = job.series(window, 21, 12)[job.BIG8[0]].to_numpy()
    column = HISTORY.features[:, HISTORY.names.index(job.BIG8[0])]
    assert found[-1] == column[ROW]
    assert found[-2] == column[ROW - 21]
    assert found[-13] == column[ROW - 12 * 21]


def test_nothing_after_the_origin_reaches_the_job(tmp_path):
    after = np.arange(len(HISTORY.dates)) > ROW
    poisoned = replace(
        HISTORY,
        settle=np.where(after, 1e9, HISTORY.settle),
        features=np.where(after[:, None], 1e9, HISTORY.features),
    )
    asked = [job.ask(history, [ORIGIN], (), tmp_path / name) for name, history in (("a", HISTORY), ("b", poisoned))]
    assert asked[0] == asked[1]
    for name in ("request.json", f"{ORIGIN}/5.parquet", f"{ORIGIN}/21.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def answer(
    folder: Path, asked: dict[date, str], fitted: tuple[str, ...] = ("Theta",), change=lambda rows: rows
) -> None:
    """What a job would have left: a fan of 40 to 60 ¢/lb at every horizon."""
    for origin, work in asked.items():
        place = folder / origin.isoformat()
        place.mkdir(parents=True, exist_ok=True)
        rows = [
            {"horizon": horizon, "level": level, "value": 40 + 20 * level}
            for horizon in (5, 21, 63, 126, 252)
            for level in LEVELS
        ]
        pq.write_table(pa.Table.from_pylist(change(rows)), place / f"{work}.parquet")
        (place / f"{work}.json").write_text(json.dumps({"5": {"fitted": fitted, "dropped": ["AutoETS"]}}))


def test_answers_become_rows_of_the_walk_forward_and_what_lacks_is_named(tmp_path, connection):
    later = HISTORY.dates[ROW + 21].astype(object)
    answer(tmp_path, {ORIGIN: "w1"})
    taken = job.take_in(connection, tmp_path, {ORIGIN: "w1", later: "w2"}, (), "r")
    rows = connection.execute(
        "SELECT model, target, count(*), min(value), max(value) FROM training.walk_forward GROUP BY ALL"
    ).fetchall()
    assert taken == job.Taken({"AutoGluon-TS": 1}, (later,), 0, ("AutoETS",))
    assert rows == [("AutoGluon-TS", "price", 45, 40.5, 59.5)]


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[:-1],
        lambda rows: [*rows, rows[0]],
        lambda rows: [row | {"horizon": 20 if row["horizon"] == 21 else row["horizon"]} for row in rows],
        lambda rows: [row | {"value": 99.0 if row["level"] == 0.25 else row["value"]} for row in rows],
        lambda rows: [row | {"value": float("nan") if row["level"] == 0.5 else row["value"]} for row in rows],
    ],
    ids=["one level lacks", "one twice", "another horizon", "quantiles cross", "no number"],
)
def test_what_is_no_forecast_is_refused_with_its_file(tmp_path, connection, change):
    answer(tmp_path, {ORIGIN: "w1"}, change=change)
    with pytest.raises(ContractError, match="w1"):
        job.take_in(connection, tmp_path, {ORIGIN: "w1"}, (), "r")


def test_pretrained_forecast_has_a_name_of_its_own_and_is_contaminated_before_the_release(tmp_path, connection):
    before, after = date(2024, 11, 26), date(2024, 11, 27)
    asked = {before: "w1", after: "w2"}
    answer(tmp_path, asked, fitted=("Theta", "Chronos[bolt][path]"))
    taken = job.take_in(connection, tmp_path, asked, (BOLT,), "r")
    marks = connection.execute(
        "SELECT model, origin, weights, released, contaminated FROM training.pretrained_forecasts ORDER BY origin"
    ).fetchall()
    name = "AutoGluon-TS-pretrained"
    assert taken.forecasts == {name: 2}
    assert taken.contaminated == 1
    assert marks == [(name, before, "bolt", after, True), (name, after, "bolt", after, False)]


def test_weights_that_were_asked_for_and_dropped_leave_the_plain_name(tmp_path, connection):
    answer(tmp_path, {ORIGIN: "w1"})
    assert job.take_in(connection, tmp_path, {ORIGIN: "w1"}, (BOLT,), "r").forecasts == {"AutoGluon-TS": 1}


def test_weights_must_say_when_they_were_published(tmp_path):
    place = tmp_path / "bolt"
    place.mkdir()
    (place / "config.json").write_text(json.dumps({"chronos_pipeline_class": "ChronosBoltPipeline"}))
    with pytest.raises(ConfigError, match="released"):
        job.weights_in(tmp_path)
    (place / "released").write_text("2024-11-27\n")
    assert job.weights_in(tmp_path) == (Weights("bolt", str(place), "Chronos", "2024-11-27"),)
    assert job.weights_in(None) == ()


def test_python_without_the_library_is_refused_with_the_command_that_makes_one(tmp_path):
    bare = tmp_path / "bare"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o755)
    with pytest.raises(ConfigError, match="make timeseries-env"):
        job.run_job(bare, tmp_path, print)


def test_model_of_the_job_stands_in_the_zoo_and_is_not_fitted_here():
    assert ZOO[job.MODEL].learns == "job"
    assert job.PRETRAINED not in ZOO  # never scored beside the others: weights may have seen the outcomes
    with pytest.raises(ConfigError, match="oilseer models timeseries"):
        build(job.MODEL)


TINY = """
import json, pathlib, sys, torch
from chronos.chronos2 import Chronos2Model
from chronos.chronos2.config import Chronos2CoreConfig
from chronos.chronos_bolt import ChronosBoltModelForForecasting
from transformers import T5Config
torch.manual_seed(0)
deciles = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
shape = dict(d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2)
cut = dict(context_length=64, input_patch_size=8, input_patch_stride=8, use_reg_token=True)
bolt = T5Config(**shape, num_decoder_layers=1, vocab_size=2, pad_token_id=0, decoder_start_token_id=0)
bolt.chronos_config = dict(cut, prediction_length=16, quantiles=deciles)
bolt.chronos_pipeline_class = "ChronosBoltPipeline"
two = Chronos2CoreConfig(**shape, chronos_config=dict(
    cut, output_patch_size=8, quantiles=[0.01, 0.05, *deciles, 0.95, 0.99], max_output_patches=2))
two.chronos_pipeline_class = "Chronos2Pipeline"
folder = pathlib.Path(sys.argv[1])
for name, model in (("bolt", ChronosBoltModelForForecasting(bolt)), ("two", Chronos2Model(two))):
    model.save_pretrained(folder / name)
    (folder / name / "released").write_text("2024-11-27")
"""


@pytest.mark.slow
def test_job_loads_tiny_pretrained_models_and_tells_of_weights_that_are_broken(tmp_path, connection):
    python = os.environ.get("OILSEER_TIMESERIES_PYTHON")
    if not python:
        pytest.skip("OILSEER_TIMESERIES_PYTHON names no environment with autogluon.timeseries: make timeseries-env")
    subprocess.run([python, "-c", TINY, str(tmp_path / "weights")], check=True, capture_output=True)
    broken = tmp_path / "weights" / "broken"
    broken.mkdir()
    for name in ("config.json", "released"):
        (broken / name).write_bytes((tmp_path / "weights" / "bolt" / name).read_bytes())
    weights, said = job.weights_in(tmp_path / "weights"), []
    asked = job.ask(HISTORY, [ORIGIN], weights, tmp_path / "job")
    job.run_job(Path(python), tmp_path / "job", said.append)
    assert said == [f"{ORIGIN} done"]
    notes = json.loads((tmp_path / "job" / ORIGIN.isoformat() / f"{asked[ORIGIN]}.json").read_text())
    for note in notes.values():
        assert {name.split("][")[0].rstrip("]") for name in note["fitted"]} >= {
            "Chronos[bolt", "Chronos2[two", "DirectTabular", "PerStepTabular", "WeightedEnsemble",
        }  # fmt: skip
        assert note["dropped"] == ["Chronos[broken]"]
    taken = job.take_in(connection, tmp_path / "job", asked, weights, "r")
    (median,) = connection.execute(
        "SELECT value FROM training.walk_forward WHERE horizon = 5 AND level = 0.5"
    ).fetchone()
    assert taken == job.Taken({"AutoGluon-TS-pretrained": 1}, (), 1, ("Chronos[broken]",))
    assert abs(np.log(median / HISTORY.settle[ROW])) < 0.2
    job.run_job(Path(python), tmp_path / "job", said.append)
    assert said[1:] == [f"{ORIGIN} done before"]
