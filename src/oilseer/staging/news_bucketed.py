"""staging.news_bucketed: news, documents and posts under the Big 8, each story once, with direction, tone and trust.

Rules are in reference/news_rules.csv. A story is what was published first; what tells it again is left out. Texts are
read and scored once: `staging.news_readings` keeps the result until rules or scorer change.
"""

import hashlib
import json
from dataclasses import asdict

import duckdb
import pyarrow as pa

from oilseer.reference.news_rules import rules_id
from oilseer.staging.news_duplicates import Story, duplicates
from oilseer.staging.news_reading import SUMMARY_CHARACTERS, read, slugs_of, text_of, trusted
from oilseer.staging.optional import existing, nothing
from oilseer.staging.sentiment import Scorer, choose_scorer
from oilseer.warehouse.spec import Column, TableSpec, stamped
from oilseer.warehouse.write import ensure, merge, replace, transaction

SPEC = TableSpec(
    "staging.news_bucketed",
    "one row per story and bucket",
    ("feed", "item_id", "bucket"),
    stamped(
        Column("feed", "VARCHAR"),
        Column("item_id", "VARCHAR"),
        Column("bucket", "VARCHAR", note="crush, china, fx, fed, tariff, biofuel, energy or volatility"),
        Column("topic", "VARCHAR", note="of the first rule: trade, biofuel, rins, budget, speech, register, news …",
               null=False),
        Column("bucket_rule", "VARCHAR", note="names of the rules that put it there", null=False),
        Column("published_at", "TIMESTAMPTZ", "UTC", "as the publisher says"),
        Column("title", "VARCHAR", null=False),
        Column("url", "VARCHAR"),
        Column("publisher", "VARCHAR"),
        Column("trust_class", "VARCHAR", note="government, major, social or unknown", null=False),
        Column("trust_ratio", "DOUBLE", "ratio", "when new; a reader lets it decay daily", null=False, low=0, high=1),
        Column("direction_ratio", "DOUBLE", "−1 to 1", "of soybean oil by mechanism: 1 bullish, 0 rules disagree, null "
               "none named", low=-1, high=1),
        Column("direction_rule", "VARCHAR", note="names of the rules that gave it"),
        Column("sentiment_ratio", "DOUBLE", "−1 to 1", "tone of the text, not of the market", null=False, low=-1,
               high=1),
        Column("sentiment_by", "VARCHAR", note="finbert or loughran_mcdonald, with the version", null=False),
        Column("mentions_china", "BOOLEAN", null=False),
    ),
    "of the story's first delivery: when published, or when first seen",
    "raw.bucket_news, raw.policy_events, raw.scrapecreators_news_buckets",
    may_be_empty=True,
)  # fmt: skip
READINGS = TableSpec(
    "staging.news_readings",
    "one row per text",
    ("text_id",),
    (
        Column("text_id", "VARCHAR", note="sha256 of feed, categories and text"),
        Column("reader", "VARCHAR", note="hash of the rules and name of the scorer", null=False),
        Column("places", "VARCHAR", note="JSON: bucket, topic, rules", null=False),
        Column("direction", "INTEGER"),
        Column("direction_rule", "VARCHAR"),
        Column("mentions_china", "BOOLEAN", null=False),
        Column("sentiment_ratio", "DOUBLE", "−1 to 1", "null for a text that belongs to no bucket"),
    ),
    "never: kept so that no text is scored twice",
    "made by staging.news_bucketed",
    may_be_empty=True,
)
SEARCH, ASKED = "scrapecreators", "searched_for_"  # a feed that asks a question a bucket, and its rules
_STAMPS = "observation_date, available_at, availability, ingested_at, source, provenance_id"
_ITEMS = {
    "bucket_news": f"""
        SELECT feed, item_id, published_at, title, summary, url, publisher, categories, {_STAMPS}
        FROM raw.bucket_news""",
    "policy_events": f"""
        SELECT feed, item_id, published_at, title, summary, url, NULL AS publisher, NULL AS categories, {_STAMPS}
        FROM raw.policy_events""",
    "scrapecreators_news_buckets": f"""
        SELECT 'scrapecreators' AS feed, item_id, published_at, title, summary, url,
            publisher, to_json([bucket]) AS categories, {_STAMPS}
        FROM raw.scrapecreators_news_buckets""",
}


def build(connection: duckdb.DuckDBPyConnection, scorer: Scorer | None = None) -> int:
    """Rebuild the table from the feeds that are there; number of rows.

    scorer  of tone; None chooses one. Raises as choose_scorer and replace.
    """
    stories = _stories(connection)
    if not stories:
        return replace(connection, SPEC, nothing(SPEC))
    scorer = scorer or choose_scorer()
    readings = _readings(connection, stories, scorer)
    rows: dict[tuple[str, str, str], dict] = {}
    for story in stories:
        reading = readings[story["text_id"]]
        trust = trusted(story["feed"], story["publisher"], story["url"])
        shared = {name: story[name] for name in SPEC.column_names if name in story} | {
            "trust_class": trust.name, "trust_ratio": trust.ratio, "mentions_china": reading["mentions_china"],
            "direction_ratio": reading["direction"], "direction_rule": reading["direction_rule"],
            "sentiment_ratio": reading["sentiment_ratio"], "sentiment_by": scorer.name,
        }  # fmt: skip
        for place in json.loads(reading["places"]):
            if not story["again"] or place["rules"].startswith(ASKED):
                row = shared | {"bucket": place["bucket"], "topic": place["topic"], "bucket_rule": place["rules"]}
                rows.setdefault((story["feed"], story["item_id"], place["bucket"]), row)
    return replace(connection, SPEC, _table(SPEC, list(rows.values())) if rows else nothing(SPEC))


def _stories(connection: duckdb.DuckDBPyConnection) -> list[dict]:
    """Items with text, in order of publication, without those that tell one again.

    An article that the search found for one bucket and then for another stands once more, as `again`.
    """
    there = existing(connection, "raw")
    parts = [query for table, query in _ITEMS.items() if table in there]
    if not parts:
        return []
    query = f"""
        SELECT * FROM ({" UNION ALL BY NAME ".join(parts)})
        WHERE trim(title) <> ''
        ORDER BY available_at, published_at NULLS LAST, feed, item_id, title
    """
    items = connection.execute(query).to_arrow_table().to_pylist()
    known = [
        Story(item["feed"], item["item_id"], item["title"], item["url"], item["available_at"]) for item in items
    ]  # fmt: skip
    again = duplicates(known)
    first = {(item["feed"], item["item_id"]) for place, item in enumerate(items) if place not in again}
    found = []
    for place, item in enumerate(items):
        item["again"] = place in again
        if item["again"] and (item["feed"] != SEARCH or (SEARCH, item["item_id"]) not in first):
            continue
        found.append(item)
        item["slugs"] = slugs_of(item["categories"])
        item["text"] = text_of(item["title"], item["summary"])
        named = json.dumps([item["feed"], sorted(item["slugs"]), item["text"]], ensure_ascii=False)
        item["text_id"] = hashlib.sha256(named.encode()).hexdigest()
    return found


def _readings(connection: duckdb.DuckDBPyConnection, stories: list[dict], scorer: Scorer) -> dict[str, dict]:
    """Readings by text_id of all stories; only texts that this reader has not read are read and scored."""
    reader = f"{rules_id()} {SUMMARY_CHARACTERS} {scorer.name}"
    ensure(connection, READINGS)
    kept = connection.execute(f"SELECT * FROM {READINGS.name} WHERE reader = ?", [reader]).to_arrow_table().to_pylist()
    known = {row["text_id"]: row for row in kept}
    unread = {story["text_id"]: story for story in stories if story["text_id"] not in known}
    made = {name: read(story["feed"], story["slugs"], story["text"]) for name, story in unread.items()}
    placed = [name for name, reading in made.items() if reading.places]
    scores = dict(zip(placed, scorer.score([unread[name]["text"] for name in placed]), strict=True)) if placed else {}
    new = [
        {
            "text_id": name, "reader": reader, "places": json.dumps([asdict(place) for place in reading.places]),
            "direction": reading.direction, "direction_rule": reading.direction_rule,
            "mentions_china": reading.mentions_china, "sentiment_ratio": scores.get(name),
        }
        for name, reading in made.items()
    ]  # fmt: skip
    with transaction(connection):
        connection.execute(f"DELETE FROM {READINGS.name} WHERE reader <> ?", [reader])
        if new:
            merge(connection, READINGS, _table(READINGS, new))
    return known | {row["text_id"]: row for row in new}


_ARROW = {
    "VARCHAR": pa.string(), "DOUBLE": pa.float64(), "INTEGER": pa.int32(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
}  # fmt: skip


def _table(spec: TableSpec, rows: list[dict]) -> pa.Table:
    """Rows in the columns and types of `spec`, so that a column of nulls has one too."""
    schema = pa.schema([(column.name, _ARROW[column.type]) for column in spec.columns])
    return pa.Table.from_pylist([{name: row.get(name) for name in spec.column_names} for row in rows], schema=schema)
