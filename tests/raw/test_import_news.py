"""News of a user's own files: items whose only date is the instant at which they were seen."""

from datetime import UTC, date, datetime

import polars as pl
import yaml

from oilseer.raw.importer import import_folder
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def test_the_day_of_an_instant_is_that_of_its_declared_zone(tmp_path):
    seen = [datetime(*at, tzinfo=UTC) for at in ((2026, 3, 8, 5, 59), (2026, 3, 8, 6, 1), (2025, 11, 2, 23, 30))]
    folder = tmp_path / "files"
    folder.mkdir()
    pl.DataFrame({"title": ["a", "b", "c"], "seen": seen}).write_parquet(folder / "news.parquet")
    days = {}
    for zone in ("UTC", "America/Chicago"):
        entry = {
            "file": "news.parquet", "table": "raw.bucket_news", "source": "own",
            "columns": {
                "feed": {"constant": "own"}, "item_id": "title", "title": "title",
                "observation_date": {"column": "seen", "zone": zone},
            },
            "available": {"column": "seen", "plus_minutes": 0, "zone": "UTC"},
        }  # fmt: skip
        mapping = tmp_path / "mapping.yaml"
        mapping.write_text(yaml.safe_dump({"version": 1, "entries": [entry]}))
        workspace = create_workspace(tmp_path / zone.replace("/", "_"), "real", NOW)
        with writer(workspace) as connection:
            (report,) = import_folder(connection, folder, mapping, NOW).entries
            assert (report.loaded, report.quarantined) == (3, 0)
            found = connection.execute("SELECT observation_date, available_at FROM raw.bucket_news ORDER BY title")
            days[zone], public = zip(*found.fetchall())
        assert [instant.astimezone(UTC) for instant in public] == seen
    assert days["UTC"] == (date(2026, 3, 8), date(2026, 3, 8), date(2025, 11, 2))
    # 05:59 UTC is one minute before midnight in Chicago, in winter
    assert days["America/Chicago"] == (date(2026, 3, 7), date(2026, 3, 8), date(2025, 11, 2))
