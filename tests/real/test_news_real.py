"""The headlines and policy events of the real folder, imported and filed."""

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
import yaml

from oilseer.raw.importer import import_folder
from oilseer.staging import news_bucketed
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

FOLDER = Path(os.environ.get("OILSEER_REAL_DATA", Path(__file__).parents[3] / "shared" / "data"))
FILES = ("market/news.parquet", "market/policy_events.parquet")
NOW = datetime(2026, 7, 1, tzinfo=UTC)
pytestmark = pytest.mark.skipif(
    not all((FOLDER / file).is_file() for file in FILES), reason=f"no {FILES} in {FOLDER}; set OILSEER_REAL_DATA"
)


def test_every_item_is_imported_and_most_of_what_matters_is_filed(tmp_path):
    mapping = yaml.safe_load((Path(__file__).parent / "mapping.yaml").read_text())
    mapping["entries"] = [entry for entry in mapping["entries"] if entry["file"] in FILES]
    mapping["ignore"] = [{"file": "*", "reason": "not of this test"}]
    (tmp_path / "files" / "market").mkdir(parents=True)
    for file in FILES:
        (tmp_path / "files" / file).symlink_to(FOLDER / file)
    (tmp_path / "mapping.yaml").write_text(yaml.safe_dump(mapping))
    workspace = create_workspace(tmp_path / "home", "real", NOW)
    with writer(workspace) as connection:
        report = import_folder(connection, tmp_path / "files", tmp_path / "mapping.yaml", NOW)
        assert [(entry.loaded, entry.repeated, entry.quarantined) for entry in report.entries] == [
            (17, 0, 0), (16, 1, 0), (5, 0, 0), (99, 0, 0),
        ]  # fmt: skip
        news_bucketed.build(connection)
        filed = {row[0] for row in connection.execute("SELECT DISTINCT item_id FROM staging.news_bucketed").fetchall()}
        late = "SELECT count(*) FROM staging.news_bucketed WHERE published_at > available_at"
        assert connection.execute(late).fetchone() == (0,)
    news = pl.read_parquet(FOLDER / FILES[0]).with_columns(pl.coalesce("url", "title").alias("item_id"))
    share = {
        label: sum(item in filed for item in group["item_id"]) / group.height
        for (label,), group in news.group_by("label")
    }
    # the collector's own labels are of impact, not of buckets: what it called high is filed, Portuguese notices are not
    assert share["high"] == 1.0
    assert share["brazil_policy"] == 0.0
    assert 0.3 < share["low"] < share["medium"]
