"""`oilseer models` as its user calls it, over a small workspace: what it says, sets, refuses and takes back."""

import duckdb
import pytest
from command_line import command_line
from published_site import make_site
from snapshots import NOW, RUN_ID

from oilseer.models.zoo import ZOO
from oilseer.ops import training_audit
from oilseer.quantiles import HORIZONS
from oilseer.training import model_runs, registry
from oilseer.warehouse.connect import alone, writer
from oilseer.warehouse.workspace import create_workspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """A publication whose database was trained as it is published."""
    made = make_site(tmp_path_factory.mktemp("models") / "home")
    (published,) = made.published.glob("*.duckdb")
    (made.home / "oilseer.duckdb").write_bytes(published.read_bytes())
    with duckdb.connect(made.database) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        record = model_runs.Made(RUN_ID, "0.1.0@abc", "prices", "libraries", 7, "{}")
        model_runs.record(connection, record, {"Theta": 1.5}, NOW)
        training_audit.log(connection, RUN_ID, [], NOW)
    return made


@pytest.fixture
def ask(monkeypatch, capsys, workspace):
    made = command_line(monkeypatch, capsys)
    made.set(OILSEER_HOME=workspace.home)
    yield made
    with duckdb.connect(workspace.database) as connection:  # every test starts without a change
        connection.execute("DROP TABLE IF EXISTS reference.model_registry")
        connection.execute("DROP TABLE IF EXISTS reference.model_status_changes")


def status(workspace, name):
    with duckdb.connect(workspace.database, read_only=True) as connection:
        return registry.statuses(connection)[name]


def test_the_list_has_every_model_with_tier_status_scores_weight_and_why(ask, workspace):
    answer = ask("models", "list", "--json").answer
    assert {row["model"] for row in answer["rows"]} == set(ZOO)
    assert answer["rows"][0]["horizons"]["1m"]["weight"] > 0
    theta = next(row for row in answer["rows"] if row["model"] == "Theta")
    assert (theta["tier"], theta["status"], theta["target"]) == ("statistical", "champion", "price")
    with duckdb.connect(workspace.database, read_only=True) as connection:
        query = "SELECT horizon, crps, skill_b0, skill_b1 FROM training.model_backtest_zl WHERE model = 'Theta'"
        scores = {row[0]: row[1:] for row in connection.execute(query).fetchall()}
    for label, horizon in HORIZONS.items():
        at = theta["horizons"][label]
        assert (at["crps"], at["skill_b0"], at["skill_b1"]) == scores[horizon]
    assert theta["horizons"]["1m"]["why"] == "a member"
    assert "as if they always had been" in answer["note"]


@pytest.mark.parametrize("arguments", [
    ("list",), ("list", "--horizon", "1m"), ("show", "Theta"), ("show", "HAR-RV"), ("audit",), ("shadow-report",),
])  # fmt: skip
def test_every_screen_fits_100_columns(ask, arguments):
    ask("models", "shadow", "Theta")
    said = ask("models", *arguments)
    assert said.code == 0, said.err
    assert max(map(len, said.out.splitlines())) <= 100
    assert {"audit": "GARCH-t-long", "show": arguments[-1]}.get(arguments[0], "Theta") in said.out


def test_a_shadow_says_so_everywhere_and_one_command_takes_it_back(ask):
    said = ask("models", "shadow", "GARCH-t-long", "--reason", "tried")
    assert "GARCH-t-long is shadow now, and was champion" in said.out
    answer = ask("models", "show", "GARCH-t-long", "--json").answer
    assert (answer["status"], answer["reason"]) == ("shadow", "tried")
    why = answer["horizons"]["1m"]["why"]
    assert why.startswith("a member in the last run; the next one heeds that it is a shadow")
    (change,) = answer["changes"]
    assert (change["kind"], change["status_before"], change["status_after"]) == ("shadow", "champion", "shadow")
    assert ask("models", "rollback", "--json").answer["changes"] == {
        "GARCH-t-long": {"before": "shadow", "after": "champion"}
    }
    assert [row["kind"] for row in ask("models", "show", "GARCH-t-long", "--json").answer["changes"]] == [
        "rollback", "shadow",
    ]  # fmt: skip


def test_a_promotion_that_the_rule_refuses_exits_3_names_why_and_changes_nothing(ask, workspace):
    ask("models", "shadow", "Theta")
    said = ask("models", "promote", "Theta")
    assert said.code == 3
    for name in ("enough_origins: found 1w 0", "better_than_the_champions: found nothing to compare",
                 "not_too_good_to_be_true: found no verdict"):  # fmt: skip
        assert name in said.err
    assert status(workspace, "Theta") == "shadow"


def test_force_asks_for_a_reason_and_is_shown_for_ever(ask, workspace):
    ask("models", "retire", "Theta")
    assert ask("models", "promote", "Theta", "--force").code == 2
    assert status(workspace, "Theta") == "retired"
    answer = ask("models", "promote", "Theta", "--force", "--reason", "the owner wishes it", "--json").answer
    assert (answer["forced"], answer["changes"]["Theta"]["after"]) == (True, "champion")
    assert not all(check["passed"] for check in answer["checks"])
    shown = ask("models", "show", "Theta")
    assert "against the rule: the owner wishes it" in " ".join(shown.out.split())
    assert "promote, forced" in shown.out


def test_the_statuses_of_an_earlier_run_come_back(ask):
    for name in ("Theta", "B0-carry"):
        ask("models", "shadow", name)
    answer = ask("models", "rollback", "--to", RUN_ID, "--json").answer
    back = {"before": "shadow", "after": "champion"}
    assert answer["changes"] == {"Theta": back, "B0-carry": back}  # one was scored in that run, the other was not
    assert ask("models", "rollback", "--to", "20200101-0000000000").code == 2


@pytest.mark.parametrize(("arguments", "told"), [
    (("show", "Thetaa"), "near it are Theta"),
    (("retire", "B1"), "B1 is a benchmark: it is always shown"),
    (("promote", "B0"), "B0 is a benchmark"),
    (("shadow", "zzzz"), "`oilseer models list` shows all"),
    (("rollback",), "no change to take back"),
    (("rollback", "Theta", "--to", RUN_ID), "not both"),
    (("list", "--horizon", "2y"), "1w, 1m, 3m, 6m, 12m"),
    (("audit", "--run", "none"), f"newest are {RUN_ID}"),
])  # fmt: skip
def test_wrong_use_exits_2_and_teaches(ask, arguments, told):
    said = ask("models", *arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err


def test_another_process_that_writes_is_told_and_nothing_changes(ask, workspace):
    with alone(workspace):
        assert ask("models", "shadow", "Theta").code == 1
    assert status(workspace, "Theta") == "champion"


def test_the_audit_is_json_with_leaderboard_time_and_alarms(ask):
    answer = ask("models", "audit", "--json").answer
    first = next(row for row in answer["rows"] if row["horizon"] == 21)
    assert (first["model"], first["place"], first["lift_b0"]) == ("ensemble", 1, pytest.approx(0.021))
    assert (answer["seconds"], answer["alarms"], answer["run_id"]) == (1.5, [], RUN_ID)


def test_a_shadow_is_scored_beside_what_was_published_since_it_became_one(ask, workspace):
    ask("models", "shadow", "B0-carry")
    with duckdb.connect(workspace.database) as connection:
        query = "SELECT observation_date, price_cents_per_lb FROM staging.zl_prices_clean ORDER BY 1 DESC LIMIT 60"
        found = connection.execute(query).fetchall()
        # its forecasts were nearly right at both sessions, and it became a shadow between the two
        early, late = found[40][0], found[30][0]
        connection.execute("UPDATE reference.model_registry SET since = ? WHERE model = 'B0-carry'", [found[35][0]])
        for day, (_, outcome) in ((early, found[19]), (late, found[9])):
            connection.execute("INSERT INTO forecasts.zl_predictions BY NAME SELECT * REPLACE (? AS as_of_date) "
                               "FROM forecasts.zl_predictions WHERE as_of_date = '2025-06-30'", [day])  # fmt: skip
            connection.execute(
                "INSERT INTO training.walk_forward SELECT 'B0-carry', 'price', $day, 21, level, "
                "$outcome * (1 + (level - 0.5) * 0.001), 'h', 'r' "
                "FROM (SELECT DISTINCT level FROM training.walk_forward)",
                {"day": day, "outcome": outcome},
            )
    try:
        answer = ask("models", "shadow-report", "--json").answer
        (row,) = answer["rows"]
        assert (row["model"], row["n_outcomes"], row["n_effective"]) == ("B0-carry", 1, 1)
        assert row["crps"] < 0.05 < row["crps_published"]
        assert row["gain"] == pytest.approx(1 - row["crps"] / row["crps_published"])
        assert row["published"]["low"] < row["published"]["median"] < row["published"]["high"]
    finally:
        with duckdb.connect(workspace.database) as connection:
            connection.execute("DELETE FROM training.walk_forward WHERE model = 'B0-carry'")
            connection.execute("DELETE FROM forecasts.zl_predictions WHERE as_of_date < '2025-06-30'")


def test_before_anything_was_run_the_list_tells_where_each_model_starts(monkeypatch, capsys, tmp_path):
    made = create_workspace(tmp_path / "home", "real", NOW)
    with writer(made):
        pass
    ask = command_line(monkeypatch, capsys)
    ask.set(OILSEER_HOME=made.home)
    held = {row["model"]: row for row in ask("models", "list", "--json").answer["rows"]}
    assert (held["Theta"]["status"], held["LSTM"]["status"]) == ("champion", "candidate")
    assert held["Theta"]["horizons"]["1m"] is None
    assert ask("models", "list").code == ask("models", "list", "--horizon", "1m").code == 0
    for arguments, told in ((("audit",), "`oilseer run` or `oilseer backtest`"), (("shadow-report",), "`oilseer run`"),
                            (("promote", "LSTM"), "no scores yet")):  # fmt: skip
        said = ask("models", *arguments)
        assert said.code == 2
        assert told in said.err
