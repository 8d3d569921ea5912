"""What the pages of the market show beside `published_site`: currencies, credits, past prices of contracts, steps of
trade measures, and headlines whose counts and tones a hand can check."""

from datetime import UTC, date, datetime, timedelta

import duckdb
from snapshots import AS_OF, write

from oilseer.market import sessions
from oilseer.reference import tariff_events
from oilseer.staging import biofuel, fx_daily, news_bucketed

REAIS = tuple(5.0 + place / 10 for place in range(30))  # newest last
D4 = tuple(1.5 + place / 100 for place in range(20))
SECRET = "the day after the close"


def _stamped(day: date, **others: object) -> dict:
    at = sessions.cutoff(day)
    return {"observation_date": day, "available_at": at, "availability": "lagged", "ingested_at": at, "source": "test",
            "provenance_id": "0", **others}  # fmt: skip


def add_market(connection: duckdb.DuckDBPyConnection, days: list[date]) -> None:
    """Rows up to AS_OF, and some of the day after that no answer may show.

    days  sessions in order, AS_OF last
    """
    write(connection, fx_daily.SPEC, [
        _stamped(day, pair="USDBRL", quoted_pair="USDBRL", rate=rate, vendor="test", vendor_rank=0)
        for day, rate in zip(days[-len(REAIS):], REAIS, strict=True)
    ])  # fmt: skip
    write(connection, biofuel.RIN_PRICES, [
        _stamped(date(2025, 6, 2) - timedelta(weeks=len(D4) - 1 - place), d_code="D4", price_usd_per_rin=price,
                 rin_year=2025, qap="Unverified")
        for place, price in enumerate(D4)
    ])  # fmt: skip
    write(connection, tariff_events.SPEC, [
        _stamped(day, event_id=f"measure_{place}", measure="china_soybeans", step=step, imposed_by="China",
                 on_goods_of="US", goods="soybeans", added_rate_percent=25.0, effective_on=day + timedelta(days=9),
                 direction_ratio=direction, certainty="official", summary=f"Step {place} of a duty",
                 source_url="https://example.org/step" if place else "javascript:alert(1)")
        for place, (day, step, direction) in enumerate((
            (days[-200], "announced", -1.0), (days[-190], "raised", -1.0), (days[-100], "raised", -1.0),
            (days[-40], "lowered", 1.0), (days[-2], "announced", -1.0),
        ))
    ])  # fmt: skip
    later = datetime(2025, 7, 1, 15, tzinfo=UTC)
    write(connection, news_bucketed.SPEC, [
        _stamped(day, feed="test", item_id=f"told-{place}", bucket=bucket, topic="news", bucket_rule="words",
                 title=f"Headline {place}", url=url, publisher="Gazette", trust_class="major", trust_ratio=0.85,
                 sentiment_ratio=tone, sentiment_by="loughran_mcdonald test", mentions_china=False,
                 direction_ratio=direction, direction_rule="more_supply" if direction else None)
        for place, (day, bucket, tone, direction, url) in enumerate((
            (days[-3], "biofuel", 0.5, 1.0, "https://example.org/a?b=1&c=2"),
            (days[-3], "biofuel", -0.1, None, "javascript:alert(1)"),
            (days[-3], "tariff", -1.0, -1.0, None),
            (days[-20], "fed", 0.0, None, "http://example.org/fed"),
        ))
    ] + [
        _stamped(AS_OF, feed="test", item_id="secret", bucket="fed", topic="news", bucket_rule="words", title=SECRET,
                 trust_class="major", trust_ratio=0.85, sentiment_ratio=1.0, sentiment_by="loughran_mcdonald test",
                 mentions_china=False) | {"available_at": later, "observation_date": later.date()},
    ])  # fmt: skip
