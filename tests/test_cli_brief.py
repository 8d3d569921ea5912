"""`oilseer brief` and `oilseer report` as typed: what they print and which files they leave, today and as of a day."""

import email
from email.policy import default
from pathlib import Path

import duckdb
import pytest
from command_line import command_line
from explained import explain
from snapshots import AS_OF, NOW, RUN_ID, make_snapshot

from oilseer.warehouse.connect import replay_path
from oilseer.warehouse.workspace import create_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A real workspace with one published run, and a replay of its session that knew another price."""
    made = create_workspace(tmp_path_factory.mktemp("brief") / "home", "real", NOW)
    made.published.mkdir(exist_ok=True)
    snapshot = made.published / f"{RUN_ID}.duckdb"
    with make_snapshot(snapshot).connection as connection:
        explain(connection)
    (made.published / "current").write_text(snapshot.name)
    replayed = replay_path(made, AS_OF)
    replayed.parent.mkdir(exist_ok=True)
    replayed.write_bytes(snapshot.read_bytes())
    with duckdb.connect(str(replayed)) as connection:
        connection.execute("UPDATE forecasts.zl_predictions SET price_cents_per_lb = 41.23")
    return made


@pytest.fixture
def oilseer(monkeypatch, capsys, workspace):
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=workspace.home)
    return made


def _files(folder: Path) -> tuple[str, str]:
    message = email.message_from_bytes((folder / "b.eml").read_bytes(), policy=default)
    return (folder / "b.html").read_text(encoding="utf-8"), message.get_body(("html",)).get_content()


def test_the_brief_is_printed_and_written_as_page_and_mail(oilseer, tmp_path):
    said = oilseer("brief", "--html", tmp_path / "b.html", "--email", tmp_path / "b.eml")
    assert said.code == 0
    assert "Biofuel and energy      +0.42 ¢/lb  diesel cheap against oil" in said.out
    assert said.err.split() == ["Page:", str(tmp_path / "b.html"), "Mail:", str(tmp_path / "b.eml")]
    assert all("diesel cheap against oil" in text for text in _files(tmp_path))


def test_a_replayed_session_is_answered_in_every_form(oilseer, tmp_path):
    day = AS_OF.isoformat()
    files = ("--html", tmp_path / "b.html", "--email", tmp_path / "b.eml")
    answer = oilseer("brief", "--as-of", day, "--json", *files).answer
    assert answer["price"] == 41.23
    assert "41.23" in oilseer("brief", "--as-of", day).out
    assert all("41.23 ¢/lb" in text for text in _files(tmp_path))
    assert "41.23" not in oilseer("brief").out


def test_json_holds_all_of_the_brief_with_units(oilseer):
    answer = oilseer("brief", "--json").answer
    assert answer["explanation"]["drivers"][0]["largest"]["what"] == "diesel cheap against oil"
    assert answer["changes"]["since"] == "2025-06-27"
    assert {row["verdict"] for row in answer["signals"]["speaking"]} == {"bullish", "bearish", "caution"}
    assert answer["events"]["rows"][0] == {
        "date": "2025-07-02", "time_new_york": "10:30", "series": "petroleum", "name": "Petroleum (EIA)",
        "often": "weekly", "kind": "release", "describes": None, "detail": "", "moved": False,
        "source": "https://www.eia.gov/petroleum/supply/weekly/schedule.php",
    }  # fmt: skip
    for name in ("contribution_cents_per_lb", "time_new_york", "cents_per_lb", "price"):
        assert answer["units"][name]


def test_the_whole_report_has_a_command_of_its_own(oilseer, tmp_path):
    said = oilseer("report", tmp_path / "r.html")
    assert said.code == 0
    assert "Plotly" in (tmp_path / "r.html").read_text(encoding="utf-8")
