"""News, policy documents and events, as their publishers gave them.

An item that is delivered again unchanged changes nothing; one that its publisher has edited since becomes a vintage,
public from the delivery that showed it first. Lists are JSON arrays of text.
"""

from oilseer.warehouse.spec import Column, TableSpec, stamped

BUCKET_NEWS = TableSpec(
    "raw.bucket_news",
    "one row per feed, item, vintage",
    ("feed", "item_id", "available_at"),
    stamped(
        Column("feed", "VARCHAR", note="farm_policy_news, farmdoc, fed_speeches, profarmer, or a user's own"),
        Column("item_id", "VARCHAR", note="the feed's own identifier, else its address, else a hash of the title"),
        Column("published_at", "TIMESTAMPTZ", "UTC", "as the feed says; null where it does not"),
        Column("title", "VARCHAR", note="plain text, no markup", null=False),
        Column("summary", "VARCHAR", note="plain text, no markup"),
        Column("url", "VARCHAR"),
        Column("author", "VARCHAR"),
        Column("publisher", "VARCHAR", note="who wrote it, where the feed gathers others"),
        Column("categories", "VARCHAR", note="JSON array of the feed's categories, sorted"),
    ),
    "the instant the feed gives; when we saw it first where there is none or it lies in the future",
    "RSS feeds of farmpolicynews.illinois.edu, farmdocdaily.illinois.edu, federalreserve.gov; a user's own export",
)
POLICY_EVENTS = TableSpec(
    "raw.policy_events",
    "one row per feed, document or post, vintage",
    ("feed", "item_id", "available_at"),
    stamped(
        Column("feed", "VARCHAR", note="federal_register, truth_social, or a user's own"),
        Column("item_id", "VARCHAR", note="document number or post id"),
        Column("kind", "VARCHAR", note="rule, proposed_rule, notice, presidential_document or post", null=False),
        Column("published_at", "TIMESTAMPTZ", "UTC", "of posts: as the service says"),
        Column("title", "VARCHAR", note="plain text; of posts the first 200 characters", null=False),
        Column("summary", "VARCHAR", note="abstract of a document, the whole text of a post"),
        Column("url", "VARCHAR"),
        Column("author", "VARCHAR", note="of posts: the account"),
        Column(
            "agencies",
            "VARCHAR",
            note="JSON array of the register's short names, such as environmental-protection-agency",
        ),
        Column("action", "VARCHAR", note="the register's words, such as Final rule"),
        Column("subtype", "VARCHAR", note="of presidential documents, such as Executive Order"),
        Column("executive_order_number", "INTEGER"),
        Column("docket_ids", "VARCHAR", note="JSON array"),
        Column("citation", "VARCHAR", note="such as 88 FR 44468"),
        Column("signing_date", "DATE"),
        Column("effective_on", "DATE"),
        Column("comments_close_on", "DATE"),
        Column("is_significant", "BOOLEAN", note="significant under Executive Order 12866"),
    ),
    "documents: the day of publication 08:45 New York; posts: when we saw them first",
    "federalregister.gov API v1, US public domain; ScrapeCreators Truth Social posts, commercial",
)
SCRAPECREATORS_NEWS = TableSpec(
    "raw.scrapecreators_news_buckets",
    "one row per bucket, item, vintage",
    ("bucket", "item_id", "available_at"),
    stamped(
        Column("bucket", "VARCHAR", note="one of the Big 8, whose question found it"),
        Column("item_id", "VARCHAR", note="address of the article"),
        Column("published_at", "TIMESTAMPTZ", "UTC", "where the answer says"),
        Column("title", "VARCHAR", note="plain text, no markup", null=False),
        Column("summary", "VARCHAR", note="plain text, no markup"),
        Column("url", "VARCHAR"),
        Column("publisher", "VARCHAR"),
        Column("question", "VARCHAR", note="what was searched for", null=False),
    ),
    "when we saw it first",
    "ScrapeCreators API, commercial; headlines with link",
)

SPECS: tuple[TableSpec, ...] = (
    BUCKET_NEWS,
    POLICY_EVENTS,
    SCRAPECREATORS_NEWS,
)
