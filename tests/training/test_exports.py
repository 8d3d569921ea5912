"""Training sets: ten whole files, targets by hand, and a manifest that fits the bytes."""

import hashlib
import json

import numpy as np
import pyarrow.parquet as pq
import pytest
from planted_history import DATES, N, planted_history, spread_buckets

from oilseer.errors import ConfigError
from oilseer.quantiles import HORIZONS
from oilseer.training.exports import SETS, write_training_sets


@pytest.fixture(scope="module")
def history():
    return planted_history()


@pytest.fixture(scope="module")
def buckets(history):
    return spread_buckets(history)


@pytest.fixture(scope="module")
def written(history, buckets, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sets") / "training"
    return folder, write_training_sets(history, folder, buckets, "run-1", simulated=True)


def test_ten_files_and_nothing_half_written(written):
    folder, _ = written
    expected = {f"zl_training_{kind}_allhistory_{label}.parquet" for kind in SETS for label in HORIZONS}
    assert {path.name for path in folder.iterdir()} == expected | {"manifest.json"}


def test_manifest_fits_the_bytes(written):
    folder, manifest = written
    assert json.loads((folder / "manifest.json").read_text()) == manifest
    assert manifest["simulated"] is True
    for file in manifest["files"]:
        body = (folder / file["file"]).read_bytes()
        assert hashlib.sha256(body).hexdigest() == file["sha256"]
        table = pq.read_table(folder / file["file"])
        assert (table.num_rows, table.column_names) == (file["rows"], file["columns"])


@pytest.mark.parametrize("label", HORIZONS)
def test_target_is_the_log_change_a_horizon_ahead(written, history, label):
    table = pq.read_table(written[0] / f"zl_training_full_allhistory_{label}.parquet")
    horizon = HORIZONS[label]
    assert table.num_rows == N - horizon
    assert table["as_of_date"].to_numpy()[7] == DATES[7]
    expected = np.log(history.settle[7 + horizon] / history.settle[7])
    assert table[f"target_{label}_log_ratio"][7].as_py() == pytest.approx(expected)


def test_a_file_in_the_place_of_the_folder_is_refused(history, buckets, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(ConfigError, match="is a file"):
        write_training_sets(history, tmp_path / "taken", buckets, "run-1", simulated=False)
