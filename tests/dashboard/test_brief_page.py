"""The page and the mail of the brief: what stands in them, that text stays text, and what they never ask for."""

import email
import re
from datetime import date, timedelta
from email.policy import default
from html.parser import HTMLParser

import pytest
from explained import explain
from snapshots import make_snapshot

from oilseer.dashboard import answers, brief_chart, brief_page
from oilseer.dashboard.words import SIMULATED_MARK

INJECTED = "<script>alert('why')</script>"
MODELS = ("ensemble", "B0", "B1", "B2", "Theta", "Naive", "GARCH")


class Page(HTMLParser):
    """Tags with attributes, and the text that a reader sees."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.seen, self._hidden = [], False
        self.feed(text)
        self.text = " ".join(" ".join(self.seen).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._hidden = tag in ("style", "title")

    def handle_endtag(self, tag):
        self._hidden = False

    def handle_data(self, data):
        if not self._hidden:
            self.seen.append(data)


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    made = make_snapshot(tmp_path_factory.mktemp("page") / "s.duckdb").connection
    explain(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def answer(connection):
    return answers.brief(connection)


@pytest.fixture(scope="module")
def html(connection):
    return brief_page.page(connection)


@pytest.fixture(scope="module")
def made(answer):
    return email.message_from_bytes(bytes(brief_page.mail(answer)), policy=default)


@pytest.fixture(scope="module", params=["page", "mail"])
def shown(request, html, made):
    return html if request.param == "page" else made.get_body(("html",)).get_content()


def test_every_part_stands_in_page_and_mail_in_the_order_of_the_brief(shown, answer):
    text = Page(shown).text
    wanted = [
        answer["plan"]["sentence"], f"{answer['price']:.2f} ¢/lb", "187 of 233", "Biofuel and energy",
        "diesel cheap against oil", "These 4 make +0.21 (72 % of the move)", "Since 27 Jun 2025",
        f"+${answer['risk'][1]['expected_shortfall95_usd']:,.0f}", "The 80 % band held 190 of the last 232 times",
        "Inputs: ", "When to decide again sooner?", "or higher prices the path of the Fed",
        "Supply and demand (WASDE), 12:00", "Export sales (USDA) 3, 11 (Fri), 17, 24 Jul", answer["run_id"],
    ]  # fmt: skip
    places = [text.find(" ".join(part.split())) for part in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)
    assert not [name for name in MODELS if re.search(rf"\b{name}\b", text)]


def test_numbers_of_drivers_carry_sign_and_unit(shown):
    text = Page(shown).text
    for amount in ("+0.42 ¢/lb", "−0.30 ¢/lb", "+0.20 ¢/lb", "−0.11 ¢/lb"):
        assert amount in text


def test_neither_page_nor_mail_runs_a_script_or_asks_another_host(shown):
    for tag, attributes in Page(shown).tags:
        assert tag not in ("script", "img", "iframe", "form")
        assert not any(name.startswith("on") for name in attributes)
        assert attributes.get("href", "data:,").startswith("data:")
        assert "src" not in attributes
    assert "url(" not in shown
    assert "@import" not in shown


def test_the_page_forbids_whatever_it_does_not_need(html):
    policy = next(a["content"] for tag, a in Page(html).tags if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_text_from_tables_stays_text(tmp_path):
    with make_snapshot(tmp_path / "s.duckdb", gate_text=INJECTED).connection as connection:
        explain(connection, words=INJECTED)
        connection.execute("UPDATE signals.rule_verdicts SET rule = ? WHERE rule = 'fed_path'", [INJECTED])
        connection.execute("UPDATE ops.gate_results SET passed = false")
        answer = answers.brief(connection)
        for text in (brief_page.page(connection), brief_page.mail(answer).get_body(("html",)).get_content()):
            assert "<script" not in text
            assert INJECTED in Page(text).text


def test_a_simulated_market_is_marked_above_below_in_the_chart_and_in_the_subject(tmp_path):
    with make_snapshot(tmp_path / "s.duckdb", kind="simulated").connection as connection:
        html, mail = brief_page.page(connection), brief_page.mail(answers.brief(connection))
    text = Page(html).text
    assert text.startswith(SIMULATED_MARK)
    assert text.endswith(SIMULATED_MARK)
    assert '<text class="watermark"' in html
    assert "<title>SIMULATED" in html
    assert mail["Subject"].startswith("SIMULATED: ")
    assert mail.get_body(("plain",)).get_content().startswith(f" {SIMULATED_MARK}")
    assert SIMULATED_MARK in Page(mail.get_body(("html",)).get_content()).text


def test_real_markets_carry_no_mark(html, made):
    assert "SIMULATED" not in html
    assert "SIMULATED" not in bytes(made).decode()


def test_a_brief_without_plan_scores_explanation_and_risk_names_the_commands(tmp_path):
    with make_snapshot(tmp_path / "s.duckdb").connection as connection:
        for table in ("forecasts.procurement_recommendations", "forecasts.monte_carlo_scenarios",
                      "training.model_backtest_zl", "ops.gate_results"):  # fmt: skip
            connection.execute(f"DROP TABLE {table}")
        answer = answers.brief(connection)
        for text in (brief_page.page(connection), brief_page.mail(answer).get_body(("html",)).get_content()):
            seen = Page(text).text
            for wanted in ("No cover plan yet: oilseer run", "oilseer backtest does it", "Why: not explained yet",
                           "Risk on the open pounds: not drawn yet"):  # fmt: skip
                assert wanted in seen.replace(" .", ".")
    assert brief_page.subject(answer) == f"Soybean oil 30 Jun 2025: no cover plan, {answer['price']:.2f} ¢/lb"


def test_the_mail_is_a_draft_with_the_terminals_text_and_without_sender_or_receiver(made, answer):
    assert [part.get_content_type() for part in made.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert not {"From", "To", "Cc", "Bcc", "Date"} & set(made.keys())
    assert made["X-Unsent"] == "1"
    plan = answer["plan"]
    assert made["Subject"] == (
        f"Soybean oil 30 Jun 2025: {plan['action']}, {100 * plan['cover_ratio_after']:.0f} % covered, "
        f"{answer['price']:.2f} ¢/lb"
    )
    assert made.get_body(("plain",)).get_content().rstrip() == brief_page.text(answer).rstrip()


def test_the_same_brief_makes_the_same_files(connection, answer, tmp_path):
    first = brief_page.write_mail(connection, tmp_path / "a.eml").read_bytes()
    assert first == brief_page.write_mail(connection, tmp_path / "new" / "b.eml").read_bytes()
    page = brief_page.write_page(connection, tmp_path / "a.html").read_text(encoding="utf-8")
    assert page == brief_page.page(connection)


def _answer(bands: list[tuple[float, float]], price: float = 50.0) -> dict:
    days = [date(2025, 6, 30) + timedelta(days=n) for n in (10, 20)]
    return {
        "as_of_date": "2025-06-30", "price": price,
        "horizons": [
            {"target_date": day.isoformat(), "median": price, "curve_median": None if n else 52.0,
             "bands": {name: {"low": low, "high": high} for name in ("95", "80", "50")}}
            for n, (day, (low, high)) in enumerate(zip(days, bands, strict=True))
        ],
    }  # fmt: skip


def test_the_fan_puts_prices_at_their_height_and_days_at_their_place():
    history = [(date(2025, 6, 10), 45.0), (date(2025, 6, 20), 48.0), (date(2025, 6, 30), 50.0)]
    fan = brief_chart.fan(_answer([(45.0, 55.0), (40.0, 60.0)]), history)
    # 40 to 60 leaves room above: 40 to 65 in steps of 5, over 206 points from 10 to 216
    assert [label for _, label in fan.rows] == ["40", "45", "50", "55", "60", "65"]
    assert fan.rows[0][0] == 216
    assert fan.rows[-1][0] == 10
    # a third of 332 points for the past: 34 to 144.7; the second of two steps ahead ends at 366
    assert fan.history == "34,174.8 89.3,150.1 144.7,133.6"
    assert fan.dots == ((255.3, 133.6), (366.0, 133.6))
    assert fan.bands[0] == ("95", "144.7,133.6 255.3,92.4 366,51.2 366,216 255.3,174.8")
    assert fan.curve == ((255.3, 117.1),)
    assert [text for _, text, _ in fan.ends] == ["60.0", "50.0", "40.0"]


@pytest.mark.parametrize("width", [0.02, 0.7, 3, 24, 90, 400])
def test_the_fan_has_a_handful_of_grid_lines_around_all_it_shows(width):
    low, high = 50 - width / 2, 50 + width / 2
    fan = brief_chart.fan(_answer([(low, high), (low, high)]), [(date(2025, 6, 30), 50.0)])
    labels = [float(label) for _, label in fan.rows]
    assert labels[0] <= low
    assert high <= labels[-1]
    assert 2 <= len(labels) <= 8
