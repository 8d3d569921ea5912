"""The feature commands as their user sees them, over a planted matrix; the page's numbers, escapes and parts."""

import re
from html.parser import HTMLParser

import pytest
from command_line import command_line
from planted_features import CRUSH, LAST, NOW, RATE, VIX, N, days, planted_features

from oilseer.dashboard import feature_answers, feature_page
from oilseer.features.registry import FAMILIES, FEATURES
from oilseer.warehouse.connect import alone, built
from oilseer.warehouse.workspace import create_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return planted_features(tmp_path_factory.mktemp("features") / "home")


@pytest.fixture
def ask(monkeypatch, capsys, workspace):
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=workspace.home)
    return made


def test_list_tells_value_age_and_the_rule_that_governs_each(ask):
    said = ask("features", "list", "--json").answer
    found = {row["name"]: row for row in said["rows"]}
    assert list(found) == [feature.name for feature in FEATURES]
    assert (found[VIX]["value"], found[VIX]["age_sessions"]) == (float(N), 0)
    assert (found[RATE]["value"], found[RATE]["age_sessions"]) == (4.5, 11)
    assert found[RATE]["available_from"] == str(days()[N // 2])
    assert found[CRUSH]["null_ratio"] == pytest.approx(6 / N)
    assert "young enough" in found[CRUSH]["missing_because"]
    assert [rule["verdict"] for rule in found[CRUSH]["rules"]] == ["caution"]
    assert found["fred_dgs10_percent"]["rules"] == []
    assert (said["simulated"], said["as_of_date"]) == (True, LAST.isoformat())


@pytest.mark.parametrize(("option", "value"), [("--family", "cot"), ("--bucket", "tariff")], ids=["family", "bucket"])
def test_list_of_a_part_holds_that_part(ask, option, value):
    found = ask("features", "list", option, value, "--json").answer["rows"]
    assert found
    assert {row[option.removeprefix("--")] for row in found} == {value}


def test_list_of_what_is_missing_says_why_each_is(ask):
    found = {
        row["name"]: row["missing_because"] for row in ask("features", "list", "--missing", "--json").answer["rows"]
    }
    assert VIX not in found
    assert len(found) == len(FEATURES) - 2
    assert all(found.values())


def test_list_in_a_terminal_shows_whole_names_and_the_mark(ask):
    said = ask("features", "list")
    assert "SIMULATED" in said.out
    for feature in FEATURES:
        assert feature.name in said.out


def test_show_tells_declaration_lineage_statistics_and_chart(ask):
    said = ask("features", "show", VIX, "--json").answer
    assert said["unit"] == "index points"
    assert said["formula"]
    assert said["statistics"]["mean"] == (N + 1) / 2
    assert said["statistics"]["median"] == (N + 1) / 2
    assert {"raw.cboe_vix", "raw.fred_economic"} <= set(said["raw_rows"])
    assert said["last_values"][0] == {"as_of_date": LAST.isoformat(), "value": float(N)}
    assert said["chart"]["parts"][-1][3] == N
    assert said["views"] == ["core"]
    assert [(row["horizon_label"], row["place"]) for row in said["importance"]] == [("1m", 1)]


def test_show_in_a_terminal_draws_the_chart_between_its_bounds_and_gives_the_verdict(ask):
    out = ask("features", "show", VIX).out
    assert re.search(r"\b500 ┤", out)
    assert re.search(r"\b1 ┤", out)
    assert "VIX 500.0: <crisis>" in out
    assert "kept at 1m (place 1, 2.00 %)" in out


def test_show_of_an_empty_feature_says_what_it_waits_for(ask):
    empty = next(feature for feature in FEATURES if feature.missing)
    out = ask("features", "show", empty.name).out
    assert "never had a value" in out
    assert " ".join(empty.missing.split()[:3]) in out


def test_an_unknown_name_suggests_close_ones(ask):
    said = ask("features", "show", "volatility_vix_poinst")
    assert said.code == 2
    assert "did you mean volatility_vix_points" in said.err


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (("list", "--family", "crosh"), "expected one of"),
        (("list", "--bucket", "soy"), "expected one of crush, china"),
        (("catalogue", "--out", "features.pdf"), "ends in .html or .md"),
    ],
)  # fmt: skip
def test_wrong_use_says_what_is_expected(ask, args, reason):
    said = ask("features", *args)
    assert said.code == 2
    assert reason in said.err


def test_a_workspace_without_features_names_the_command_that_makes_them(monkeypatch, capsys, tmp_path):
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=create_workspace(tmp_path / "home", "real", NOW).home)
    said = made("features", "list")
    assert said.code == 2
    assert "oilseer import" in said.err


def test_while_another_process_writes_features_are_read_from_the_snapshot(workspace, ask):
    with alone(workspace):
        said = ask("features", "list")
    assert said.code == 2
    assert "nothing is published" in said.err


class Page(HTMLParser):
    """Ids, links and text of a page; what an attribute or a text smuggled in would be a tag."""

    def __init__(self, content: str):
        super().__init__()
        self.ids, self.links, self.tags, self.words = [], [], [], []
        self.feed(content)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if tag == "a" else []

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def content(workspace):
    with built(workspace) as connection:
        return feature_page.page(feature_answers.everything(connection))


def test_the_page_has_each_feature_once_and_no_link_leads_nowhere(content):
    page = Page(content)
    assert len(page.ids) == len(set(page.ids))
    assert {feature.name for feature in FEATURES} <= set(page.ids)
    assert {f"family-{family.name}" for family in FAMILIES} <= set(page.ids)
    assert {link.removeprefix("#") for link in page.links} <= set(page.ids)
    assert page.tags.count("article") == len(FEATURES)
    assert page.tags.count("svg") == 3


def test_the_page_escapes_what_tables_say_and_asks_no_other_host(content):
    assert "VIX 500.0: &lt;crisis&gt;" in content
    assert "crisis" not in Page(content).tags
    assert "http" not in content.replace("http-equiv", "")
    assert "default-src 'none'" in content


def test_the_page_is_marked_simulated_and_counts_what_is_missing(content):
    text = " ".join("".join(Page(content).words).split())
    assert text.count("SIMULATED: a made-up market") == 2
    assert f"{len(FEATURES)} features, each explained" in text
    assert f"{len(FEATURES) - 2} have no value at the last of them, {len(FEATURES) - 3} of those never had one" in text


def test_the_drawn_line_runs_from_the_lower_left_to_the_upper_right_for_a_rise():
    made = feature_page.svg({"parts": [[0.0, 0.0, 1.0, 1.0], None, [2.0, 2.0, 4.0, 4.0]]})
    assert 'class="reach" d="M53.3 69.0V52.5M266.7 36.0V3.0"' in made
    assert 'class="line" d="M53.3 52.5M266.7 3.0"' in made  # the hole stays open


def test_the_catalogue_is_written_where_it_was_asked(ask, tmp_path):
    said = ask("features", "catalogue", "--out", tmp_path / "new" / "features.html")
    assert said.code == 0
    assert (tmp_path / "new" / "features.html").read_text(encoding="utf-8").startswith("<!doctype html>")
