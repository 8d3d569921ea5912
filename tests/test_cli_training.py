"""`oilseer prune` and `oilseer export training` as their user calls them, over a planted history."""

import json

import duckdb
import pytest
from command_line import command_line
from planted_features import planted_features
from planted_history import DATES, planted_history, spread_buckets

from oilseer import cli_training
from oilseer.quantiles import HORIZONS
from oilseer.training import exports
from oilseer.training import prune as pruning
from oilseer.training.prune import Choice


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return planted_features(tmp_path_factory.mktemp("training") / "home")


@pytest.fixture
def ask(monkeypatch, capsys, workspace):
    history = planted_history()
    monkeypatch.setattr(cli_training, "_learned_from", lambda connection: (history, spread_buckets(history)))
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=workspace.home)
    return made


def test_prune_logs_every_choice_of_every_horizon_with_its_reason(ask, workspace, monkeypatch):
    chosen = [Choice(f"f{i}", 0.01, 2, i + 1, i < 100, "kept" if i < 100 else "a copy") for i in range(130)]
    monkeypatch.setattr(pruning, "prune", lambda *arguments: chosen)
    said = ask("prune", "--json")
    assert [(row["label"], row["kept"]) for row in said.answer["horizons"]] == [(label, 100) for label in HORIZONS]
    with duckdb.connect(workspace.database, read_only=True) as connection:
        logged = connection.execute(
            f"SELECT horizon, count(*), count(*) FILTER (kept), count(DISTINCT reason) FROM {pruning.LOG.name} "
            "WHERE origin = ? GROUP BY horizon ORDER BY horizon",
            [DATES[-1].astype(object)],
        ).fetchall()
    assert logged == [(horizon, 130, 100, 2) for horizon in HORIZONS.values()]


def test_export_writes_ten_files_and_a_manifest_of_hash_span_and_columns(ask, tmp_path, monkeypatch):
    chosen = [Choice("planted", 0.5, 3, 1, True, "important")]
    monkeypatch.setattr(exports, "prune", lambda *arguments: chosen)
    said = ask("export", "training", "--out", tmp_path / "sets", "--json")
    assert said.code == 0
    manifest = json.loads((tmp_path / "sets" / "manifest.json").read_text())
    assert said.answer == manifest
    assert manifest["simulated"] is True
    assert len(manifest["files"]) == len(list((tmp_path / "sets").glob("*.parquet"))) == 10
    for file in manifest["files"]:
        assert len(file["sha256"]) == 64
        assert (file["first"], file["rows"]) == (str(DATES[0]), len(DATES) - file["horizon_sessions"])
        assert file["columns"][0] == "as_of_date"


def test_without_features_both_name_the_command_that_makes_them(monkeypatch, capsys, workspace, tmp_path):
    with duckdb.connect(workspace.database) as connection:
        connection.execute("ALTER TABLE reference.feature_registry RENAME TO taken_away")
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=workspace.home)
    for arguments in (("prune",), ("export", "training", "--out", tmp_path)):
        said = made(*arguments)
        assert said.code == 2
        assert "oilseer build features" in said.err
