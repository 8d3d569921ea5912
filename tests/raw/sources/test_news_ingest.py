"""Every news source is ingested from the replay server, and again without a change."""

from datetime import UTC, date, datetime

import pytest
from feeds import make_feeds
from recorded import DELIVERIES
from replay.history import History
from replay.server import Replay

NAMES = ("federal_register", "farm_policy_news", "farmdoc", "fed_speeches", "scrapecreators", "truth_social")


@pytest.mark.skipif(not (DELIVERIES / "market").is_dir(), reason="no real data: OILSEER_REAL_DATA names its folder")
def test_news_is_ingested_and_an_unchanged_feed_adds_nothing(tmp_path):
    with Replay(History(DELIVERIES, date(2025, 11, 14))) as replay:
        feeds = make_feeds(tmp_path / "home", replay)
        feeds.now = datetime(2025, 11, 14, 12, tzinfo=UTC)
        feeds.keys = {"SCRAPECREATORS_API_KEY": "a-key-of-some-length"}
        states = feeds.ingest(*NAMES, since=date(2025, 4, 1))
        assert {
            name: (states[name]["status"], states[name]["message"]) for name in NAMES if states[name]["status"] != "ok"
        } == {}
        counts = dict(feeds.query("SELECT feed, count(*) FROM raw.policy_events GROUP BY 1"))
        assert counts == {"federal_register": 17, "truth_social": 5}
        news = feeds.query("SELECT feed, count(*), max(availability) FROM raw.bucket_news GROUP BY 1 ORDER BY 1")
        assert news == [(name, 10, "lagged") for name in ("farm_policy_news", "farmdoc", "fed_speeches")]
        assert feeds.query("SELECT count(DISTINCT bucket) FROM raw.scrapecreators_news_buckets") == [(8,)]
        before = feeds.query("SELECT count(*) FROM raw.bucket_news")
        again = feeds.ingest(*NAMES)
        assert {again[name]["status"] for name in NAMES} <= {"ok", "unchanged"}
        assert feeds.query("SELECT count(*) FROM raw.bucket_news") == before
