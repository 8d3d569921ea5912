import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy.stats import binomtest
from snapshots import AS_OF, HITS, REPLAYED, SKILLS, make_snapshot

from oilseer.dashboard import answers, charts_trust, evidence, report
from oilseer.errors import ConfigError
from oilseer.market import sessions

INJECTED = "<script>alert('gate')</script>"
OKABE_ITO = {"#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#000000"}


class Page(HTMLParser):
    """Tags with attributes, table cells, and the text of the scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.scripts: list[str] = []
        self.cells: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        if tag == "script":
            self.scripts.append("")
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        self._open = ""

    def handle_data(self, data):
        if self._open == "script":
            self.scripts[-1] += data
        if self._open in ("td", "th"):
            self.cells[-1] += data

    def figures(self) -> dict:
        return json.loads(self.scripts[1])


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("report") / "s.duckdb", speaker="B1", gate_text=INJECTED)
    yield made
    made.connection.close()


@pytest.fixture(scope="module")
def html(snapshot):
    return report.render(snapshot.connection)


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("report") / "m.duckdb", kind="simulated")
    with made.connection as connection:
        return report.render(connection)


def test_text_from_tables_is_escaped(html, page):
    assert INJECTED not in html
    assert INJECTED in page.cells
    assert len(page.scripts) == 3  # plotly, figures, ours


def test_chart_json_cannot_end_its_script():
    assert "<" not in report.script_json({"name": "</script><b>"})
    assert json.loads(report.script_json({"name": "</script>&"})) == {"name": "</script>&"}


def test_the_file_asks_no_other_host_for_anything(page, html):
    for tag, attributes in page.tags:
        assert not {"src", "href", "srcset", "action"} & set(attributes), (tag, attributes)
    ours = html.replace(page.scripts[0], "")
    assert "//" not in re.sub(r"^\s*//.*$", "", ours, flags=re.M).replace("</", "")
    policy = next(a["content"] for tag, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "http" not in policy


def test_fan_draws_the_stored_bands_and_prices(page, snapshot):
    traces = {trace["name"]: trace for trace in page.figures()["fan"]["data"]}
    spot = snapshot.prices[-1]
    for name, low, high in (("95 % band", 0, 8), ("80 % band", 2, 6), ("50 % band", 3, 5)):
        upper = [spot, *(stored[high] for stored in snapshot.quantiles.values())]
        lower = [spot, *(stored[low] for stored in snapshot.quantiles.values())]
        assert traces[name]["y"] == upper + lower[::-1]
    assert traces["median"]["y"] == [spot, *(stored[4] for stored in snapshot.quantiles.values())]
    assert traces["price"]["y"] == snapshot.prices[-len(traces["price"]["y"]) :].tolist()
    assert traces["price"]["x"][-1] == AS_OF.isoformat()
    assert len(traces["futures curve"]["x"]) == 4  # none at 1w


def test_skill_chart_shows_ensemble_benchmarks_and_the_best_models(page):
    traces = page.figures()["skill"]["data"]
    assert [trace["name"] for trace in traces] == [
        "published", "GARCH simulation (B1)", "futures curve (B2)", "GARCH-t-long", "Theta", "Naive",
    ]  # fmt: skip
    assert traces[0]["y"] == [100 * SKILLS["ensemble"]] * 5
    assert traces[0]["error_y"]["array"] == pytest.approx([1.0] * 5)


def test_coverage_chart_shows_what_was_stored(page):
    seen = {trace["name"]: trace["y"] for trace in page.figures()["coverage"]["data"] if "name" in trace}
    assert seen["80 % band"] == pytest.approx([100 * inside / n for inside, n in HITS.values()])


def test_luck_range_is_the_exact_binomial_one():
    low, high = charts_trust.luck_range(0.8, 18)
    at_most = [binomtest(count, 18, 0.8, alternative="less").pvalue for count in range(19)]
    assert low * 18 == next(count for count in range(19) if at_most[count] >= 0.05)
    assert high * 18 == next(count for count in range(19) if at_most[count] >= 0.95)


def test_past_bands_meet_the_price_exactly_21_sessions_later(snapshot):
    rows = evidence.past_bands(snapshot.connection, 21, 0.1, 0.9)
    place = {day: i for i, day in enumerate(snapshot.days.tolist())}
    assert len(rows) == 52  # months from 2021-01 to 2025-04; later outcomes are unknown
    for row in rows:
        assert place[row["target_date"]] - place[row["origin"]] == 21
        assert row["outcome"] == snapshot.prices[place[row["target_date"]]]
        assert row["held"] == (row["low"] <= row["outcome"] <= row["high"])
    assert rows[-1]["target_date"] <= AS_OF
    assert sessions.ahead(rows[-1]["origin"], 21) == rows[-1]["target_date"]


def test_weights_are_in_order_of_say_and_sum_to_one(snapshot):
    origins, by_model = evidence.weights(snapshot.connection, 21)
    assert list(by_model) == ["B1", "GARCH-t-long", "Theta"]
    assert np.allclose(np.sum(list(by_model.values()), axis=0), 1)
    assert origins[-1] == AS_OF


def test_cover_grid_and_replay_show_the_stored_plan(page, snapshot):
    plan = answers.plan(snapshot.connection)
    bars = {trace["name"]: trace["y"] for trace in page.figures()["cover"]["data"]}
    assert bars["buy now"] == [month["buy_now_lb"] / 1000 for month in plan["months"]]
    points = page.figures()["replay"]["data"][0]
    savings = {name: saving for name, saving, *_ in REPLAYED}
    assert points["x"][points["y"].index("this plan")] == savings["plan"]
    assert "+0.13" in page.cells


def test_risk_shows_the_chance_above_budget_only_where_there_is_one(snapshot):
    risk = answers.brief(snapshot.connection)["risk"]
    headers, rows = report.risk_table(risk)
    assert headers[-1] == "above 62.00 ¢/lb"
    assert rows[0][1] == f"+${risk[0]['value_at_risk95_usd']:,.0f}"
    without = [row | {"budget_cents_per_lb": None, "probability_above_budget": None} for row in risk]
    assert [len(row) for row in report.risk_table(without)[1]] == [3] * 5


def test_every_chart_is_a_question_with_unit_source_text_and_table(page, html):
    shown = [a for tag, a in page.tags if tag == "div" and a.get("role") == "img"]
    assert [a["id"] for a in shown] == [f"chart-{key}" for key in page.figures()]
    assert len(shown) == 7
    for attributes in shown:
        assert "?" in attributes["aria-label"]
    assert html.count("<figcaption>Prices to 30 Jun 2025;") == 7
    assert html.count('<p class="unit">') == 7
    assert html.count("<details>") == 7


def test_every_table_has_a_caption_and_headers_with_scope(page):
    tables = [tag for tag, _ in page.tags if tag == "table"]
    captions = [tag for tag, _ in page.tags if tag == "caption"]
    assert len(tables) == len(captions) > 8
    assert all(a.get("scope") in ("col", "row") for tag, a in page.tags if tag == "th")


def test_colours_are_those_of_okabe_and_ito(page):
    found = {colour.lower() for colour in re.findall(r"#[0-9A-Fa-f]{6}", page.scripts[1])}
    assert found <= OKABE_ITO


def test_simulated_reports_are_marked_on_the_page_and_in_every_chart(simulated, page):
    made = Page(simulated)
    assert simulated.count('class="simulated"') == 2
    assert "<title>SIMULATED" in simulated
    for figure in made.figures().values():
        assert [note["text"] for note in figure["layout"]["annotations"]] == ["SIMULATED"]
    assert not any("annotations" in figure["layout"] for figure in page.figures().values())


def test_a_failed_write_leaves_the_old_report(snapshot, tmp_path, monkeypatch):
    path = tmp_path / "new" / "brief.html"
    assert report.write_report(snapshot.connection, path) == path
    before = path.read_text(encoding="utf-8")
    assert before.startswith("<!doctype html>")

    def broken(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", broken)
    with pytest.raises(OSError, match="disk full"):
        report.write_report(snapshot.connection, path)
    assert path.read_text(encoding="utf-8") == before
    assert [entry.name for entry in path.parent.iterdir()] == ["brief.html"]


def test_nothing_published_is_said_before_anything_is_written(tmp_path):
    from snapshots import empty_database

    with empty_database(tmp_path / "e.duckdb") as connection, pytest.raises(ConfigError, match="oilseer run"):
        report.write_report(connection, tmp_path / "r.html")
    assert not (tmp_path / "r.html").exists()
