"""What every source of the registry must do, against the replay server: a new source is tested by being listed.

One ingest of a month, and the same again; what single services get wrong stands in tests/raw/sources.
"""

import sys
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from replay.drops import drop
from replay.history import History
from replay.server import Replay

from oilseer.raw.archive import recall
from oilseer.raw.ingest import Desk, Request, ingest
from oilseer.raw.network import Network
from oilseer.raw.source import Download
from oilseer.reference.sources import sources
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

sys.path.insert(0, str(Path(__file__).parents[1] / "raw" / "sources"))

from bytes_faults import assert_cuts_are_refused
from recorded import DELIVERIES

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (DELIVERIES / "market").is_dir(), reason="no real data: OILSEER_REAL_DATA names its folder"),
]
DAY, NOW = date(2025, 6, 27), datetime(2025, 6, 28, 2, tzinfo=UTC)
SINCE, LATE_SINCE = date(2025, 6, 1), date(2025, 3, 1)
LATE = ("comtrade", "usda_wasde", "federal_register")  # of which the history knows no newer
NEW_YORK, KUALA_LUMPUR, LOS_ANGELES = (
    ZoneInfo(name) for name in ("America/New_York", "Asia/Kuala_Lumpur", "America/Los_Angeles")
)
# By hand from the registry's delays: days after the observation date, clock time and zone before which nothing of the
# source was public. Databento's first hour of a session ends at 19:00 of the evening before
PUBLIC = {
    "databento": (-1, "18:00", NEW_YORK), "yahoo": (0, "17:00", NEW_YORK), "cboe_vix": (0, "17:00", NEW_YORK),
    "cftc_cot": (3, "15:30", NEW_YORK), "fred": (0, "16:00", NEW_YORK), "usda_wasde": (0, "12:00", NEW_YORK),
    "eia": (2, "10:30", NEW_YORK), "federal_register": (0, "08:45", NEW_YORK), "noaa_ncei": (4, "00:00", NEW_YORK),
    "nopa": (42, "12:00", NEW_YORK), "usda_export_sales": (7, "08:30", NEW_YORK),
    "usda_nass": (1, "16:00", NEW_YORK), "epa_rin": (56, "17:00", NEW_YORK), "farm_policy_news": (0, "00:00", UTC),
    "farmdoc": (0, "00:00", UTC), "open_meteo": (6, "00:00", NEW_YORK), "usda_psd": (0, "12:00", NEW_YORK),
    "worldbank": (29, "00:00", NEW_YORK), "bls": (40, "08:30", NEW_YORK), "comtrade": (59, "00:00", UTC),
    "epa_rfs": (0, "17:00", NEW_YORK), "fed_speeches": (0, "00:00", UTC), "lcfs": (3, "17:00", LOS_ANGELES),
    "mpob": (47, "12:30", KUALA_LUMPUR), "noaa_oni": (40, "00:00", NEW_YORK), "profarmer": (0, "00:00", UTC),
    "scrapecreators": (0, "00:00", UTC), "truth_social": (0, "00:00", UTC),
}  # fmt: skip
NAMES = pytest.mark.parametrize("name", list(sources()))


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """States of the first ingest and of the same again, and the open warehouse between: (states, again, connection)."""
    workspace = create_workspace(tmp_path_factory.mktemp("contract") / "home", "real", NOW)
    keys = {facts.key: "0123456789abcdef0123456789abcdef" for facts in sources().values() if facts.key}
    history = History(DELIVERIES, DAY)
    drop(workspace.home / "drop", history)
    with Replay(history) as replay, writer(workspace) as connection:
        network = Network(lambda: NOW, replay.url)
        desk = Desk(connection, workspace.home, network, lambda: NOW, keys)
        prompt = Request(tuple(name for name in sources() if name not in LATE), SINCE, DAY)
        runs = []
        for _ in range(2):
            ingest(desk, Request(LATE, LATE_SINCE, DAY), lambda *_: None)
            runs.append({row["source"]: row for row in ingest(desk, prompt, lambda *_: None)})
        network.close()
        yield *runs, connection, workspace.home


def downloads(month, name: str) -> list[Download]:
    """Everything that the source brought, from the archive, the smallest first."""
    _, _, connection, home = month
    found = connection.execute(
        "SELECT part, url, sha256, fetched_at FROM ops.downloads WHERE source = ? ORDER BY bytes, part", [name]
    ).fetchall()
    return [Download(name, part, url, recall(home, sha256, name), at) for part, url, sha256, at in found]


def rows_of(month, name: str) -> pl.DataFrame:
    """Days and instants of the source's rows in all its tables."""
    tables = import_module(f"oilseer.raw.sources.{name}").TABLES
    query = " UNION ALL ".join(
        f"SELECT '{spec.name}' AS table_name, observation_date, available_at, ingested_at, availability "
        f"FROM {spec.name} WHERE source = $name" for spec in tables
    )  # fmt: skip
    return month[2].execute(query, {"name": name}).pl()


@NAMES
def test_it_brings_rows_and_the_same_again_adds_nothing(month, name):
    states, again, *_ = month
    assert states[name]["status"] == "ok", states[name]["message"]
    assert states[name]["rows"] > 0
    assert (again[name]["status"], again[name]["changed"]) == ("unchanged", 0), again[name]["message"]
    assert again[name]["rows"] == states[name]["rows"]


@NAMES
def test_nothing_is_public_before_it_happened_or_sooner_than_declared(month, name):
    rows = rows_of(month, name)
    days, clock, zone = PUBLIC[name]
    whole = rows.filter(pl.col("table_name") != "raw.databento_futures_ohlcv_1h")  # an evening is of the next session
    assert (whole["available_at"].dt.date() >= whole["observation_date"]).all()
    soonest = {
        day: datetime.combine(day + timedelta(days=days), time.fromisoformat(clock), zone)
        for day in rows["observation_date"].unique()
    }
    early = [row for row in rows.rows() if row[2] < soonest[row[1]]]
    assert early == []


@NAMES
def test_the_same_bytes_give_the_same_rows_and_no_payload_is_refused(month, name):
    module, made = import_module(f"oilseer.raw.sources.{name}"), 0
    found = downloads(month, name)
    assert found
    for download in found[:: max(1, len(found) // 8)]:
        once, twice = module.parse(download), module.parse(download)
        assert [rows.spec for rows in once] == [rows.spec for rows in twice]
        assert all(one.frame.equals(other.frame) for one, other in zip(once, twice, strict=True))
        assert {rows.spec.name for rows in once} <= {spec.name for spec in module.TABLES}
        made += sum(rows.frame.height for rows in once)
    assert made > 0


@NAMES
def test_a_payload_cut_anywhere_is_refused_by_name_or_gives_rows_of_the_whole(month, name):
    module = import_module(f"oilseer.raw.sources.{name}")
    smallest = next(
        download for download in downloads(month, name) if any(rows.frame.height for rows in module.parse(download))
    )
    assert_cuts_are_refused(module.parse, smallest, may_be_shorter=True)
