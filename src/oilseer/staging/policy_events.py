"""staging.policy_events: documents of the Federal Register and posts, as first published, with the topic they name."""

from functools import partial

from oilseer.staging.optional import build_from
from oilseer.warehouse.spec import Column, TableSpec, stamped

SPEC = TableSpec(
    "staging.policy_events",
    "one row per feed, document or post",
    ("feed", "item_id"),
    stamped(
        Column("feed", "VARCHAR"),
        Column("item_id", "VARCHAR"),
        Column("kind", "VARCHAR", note="rule, proposed_rule, notice, presidential_document or post", null=False),
        Column("topic", "VARCHAR", note="rfs, tariff, biofuel_credit or other", null=False),
        Column("title", "VARCHAR", null=False),
        Column("effective_on", "DATE"),
        Column("comments_close_on", "DATE"),
    ),
    "when first published",
    "raw.policy_events",
    may_be_empty=True,
)
build = partial(build_from, spec=SPEC, parts={"policy_events": "policy_events"})
