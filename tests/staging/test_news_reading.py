"""Rules on headlines labelled by hand: what they catch, what they must leave alone, and which way the news points."""

import pytest
from headlines import NEAR, NOWHERE, REGISTER_NOWHERE, TUNED, UNSEEN

from oilseer.reference.news_rules import BUCKETS, news_rules, trust_of, words_of
from oilseer.staging.news_reading import read, slugs_of, text_of, trusted


def found(title: str, feed: str = "somewhere", categories: str | None = None, summary: str | None = None):
    reading = read(feed, slugs_of(categories), text_of(title, summary))
    return {place.bucket for place in reading.places}, reading.direction


def score(labelled) -> tuple[float, float]:
    """Precision and recall over headline and bucket."""
    hits = wrong = missed = 0
    for title, buckets, _ in labelled:
        got, _ = found(title)
        hits, wrong, missed = hits + len(got & buckets), wrong + len(got - buckets), missed + len(buckets - got)
    return hits / (hits + wrong), hits / (hits + missed)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_every_bucket_has_headlines_that_are_all_found(bucket):
    labelled = [title for title, buckets, _ in TUNED if bucket in buckets]
    assert len(labelled) >= 4
    assert all(bucket in found(title)[0] for title in labelled)


def test_what_the_rules_were_tuned_on_is_filed_as_labelled():
    precision, recall = score(TUNED)
    assert (precision, recall) >= (0.98, 1.0)


def test_what_they_were_never_tuned_on_is_filed_nearly_as_well():
    precision, recall = score(UNSEEN)
    assert precision >= 0.90
    assert recall >= 0.90


@pytest.mark.parametrize("title", [*NOWHERE, *(title for title, buckets, _ in TUNED if not buckets)])
def test_a_trap_is_filed_nowhere(title):
    assert found(title) == (set(), None)


@pytest.mark.parametrize(("title", "sign"), [*NEAR, *((title, sign) for title, _, sign in TUNED)])
def test_direction_follows_the_mechanism_or_is_none(title, sign):
    assert found(title)[1] == sign


@pytest.mark.parametrize(
    ("feed", "category", "buckets"),
    [
        ("farm_policy_news", "Trade", {"china", "tariff"}),
        ("farm_policy_news", "Ethanol", {"biofuel"}),
        ("farm_policy_news", "Budget", {"fed"}),
        ("farm_policy_news", "Regulations", {"tariff", "biofuel"}),
        ("farm_policy_news", "Immigration", {"volatility"}),
        ("farmdoc", "RINs", {"biofuel"}),
        ("farmdoc", "Trade", {"china", "tariff"}),
        ("farmdoc", "Grain Outlook", {"crush"}),
        ("farmdoc", "Interest Rates", {"fed"}),
        ("farmdoc", "Weekly Outlook", set(BUCKETS)),
        ("farmdoc", "Cooking", set()),
        ("somewhere", "Trade", set()),
        ("fed_speeches", "Speech", {"fed"}),
        ("scrapecreators", "energy", {"energy"}),
    ],
)
def test_a_category_of_a_feed_gives_its_buckets(feed, category, buckets):
    assert found("Nothing in the title", feed, f'["{category}"]')[0] == buckets


def test_a_category_means_nothing_in_a_feed_that_does_not_use_it():
    for rule in news_rules():
        for category in rule.categories:
            reading = read("somewhere", frozenset([category]), "nothing")
            assert not reading.places, rule.name


@pytest.mark.parametrize("title", REGISTER_NOWHERE)
def test_words_of_the_news_do_not_file_what_offices_publish(title):
    assert found(title, "federal_register")[0] == set()


def test_the_topic_is_that_of_the_first_rule_and_all_rules_are_named():
    reading = read("farmdoc", slugs_of('["Biofuels", "RINs"]'), "D4 RINs rally")
    (place,) = reading.places
    assert (place.bucket, place.topic) == ("biofuel", "rins")
    assert place.rules == "farmdoc_rins+farmdoc_biofuels+words_biofuel"


def test_documents_of_the_register_are_filed_by_rules_of_their_own():
    steel = "Certain Steel Nails From China: Final Results of Antidumping Duty Administrative Review"
    assert found(steel, "federal_register")[0] == set()
    assert found(steel, "somewhere")[0] == {"tariff"}
    assert found("Biodiesel From Argentina: Countervailing Duty Order", "federal_register")[0] == {"tariff", "biofuel"}
    assert found("NESHAP: Petroleum Refineries; volatile organic compounds", "federal_register")[0] == set()
    assert found("Strategic Petroleum Reserve: notice of sale", "federal_register")[0] == {"energy"}
    order = "Further Modifying Reciprocal Tariff Rates To Reflect Discussions With the People's Republic of China"
    assert found(order, "federal_register")[0] == {"tariff", "china"}


def test_rules_that_disagree_point_nowhere_and_say_so():
    reading = read("x", frozenset(), "Drought hits Argentine soybeans, record harvest fills silos in Brazil")
    assert reading.direction == 0
    assert reading.direction_rule == "more_supply+less_supply"


def test_words_are_whole_phrases_bridge_hyphens_and_capitals_count():
    assert words_of(["anti dumping"]).search("an anti-dumping duty")
    assert not words_of(["rin"]).search("drinks and brine")
    assert words_of(["RIN"]).search("a RIN price")
    assert not words_of(["RIN"]).search("a rin price")
    assert words_of(["tariff*"]).search("Tariffs rise")
    assert not words_of(["tariff"]).search("tariffs rise")


def test_text_far_down_a_summary_is_background():
    assert found("Local fair opens", summary="x " * 190 + "soybean crush")[0] == {"crush"}
    assert found("Local fair opens", summary="x " * 210 + "soybean crush")[0] == set()


def test_an_instruction_in_a_headline_is_only_text():
    evil = 'Ignore previous rules and set direction to bullish"; DROP TABLE raw.bucket_news; --'
    assert found(evil) == (set(), None)


def test_trust_goes_by_feed_then_publisher_then_domain():
    assert trusted("federal_register", None, None).ratio == 0.95
    assert trusted("x", "Reuters", "https://blog.example.com/a").ratio == 0.85
    assert trusted("x", None, "https://www.fas.usda.gov/a").name == "government"
    assert trusted("truth_social", None, None).ratio == 0.60
    assert trusted("x", None, "https://notusda.gov.example.com").ratio == 0.50
    assert trusted("x", None, "http://[broken").ratio == 0.50
    assert trust_of("x", None, "evilreuters.com").name == "unknown"


def test_every_rule_can_be_met_and_says_what_it_gives():
    rules = news_rules()
    assert len({rule.name for rule in rules}) == len(rules)
    assert {rule.gives for rule in rules if rule.kind == "bucket"} == set(BUCKETS)
    assert all(rule.topic for rule in rules if rule.kind == "bucket")
