"""Explanations in a real database: they add up, name what changed, and are made anew without leftovers."""

import shutil
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from market_history import make_history

from oilseer.dashboard.explanations import explain
from oilseer.errors import ConfigError, ContractError
from oilseer.explain import explain_published
from oilseer.forecasts.publish import publish
from oilseer.models.zoo import ZOO
from oilseer.ops import runs
from oilseer.quantiles import HORIZONS
from oilseer.settings import Settings
from oilseer.training import ensemble, walk_forward
from oilseer.training.specs import WALK_FORWARD, WEIGHTS
from oilseer.warehouse import connect
from oilseer.warehouse.tables import tables
from oilseer.warehouse.workspace import create_workspace, open_workspace
from oilseer.warehouse.write import ensure, merge

HISTORY = make_history(1800)
NOW, BEFORE = (HISTORY.dates[i].astype(object) for i in (-1, -2))
MEMBERS = {"B1": 0.4, "GARCH-t-carry-value": 0.3, "Drivers-ridge": 0.3}
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """A workspace in which three models spoke at the last two sessions, and their pool is the ensemble."""
    workspace = create_workspace(tmp_path_factory.mktemp("explain") / "home", "simulated", NOON)
    with connect.writer(workspace) as connection:
        ran(connection, "r", NOW, "1.0 a")
        origins = [BEFORE, NOW]
        means = walk_forward.Means()
        walk_forward.run(connection, HISTORY, [*MEMBERS, "B2"], origins, "r", means, lambda done, total: None)
        ensure(connection, WEIGHTS)
        pooled, weights = [], []
        for origin in origins:
            for horizon in HORIZONS.values():
                for model, weight in MEMBERS.items():
                    weights.append((origin, horizon, model, weight, 9, 0.0, 0.0, 1.0, "r"))
                values = {
                    model: dict(connection.execute(
                        f"SELECT level, value FROM {WALK_FORWARD.name} WHERE model = ? AND origin = ? AND horizon = ?",
                        [model, origin, horizon],
                    ).fetchall())
                    for model in MEMBERS
                }  # fmt: skip
                for level in values["B1"]:
                    value = np.exp(sum(w * np.log(values[m][level]) for m, w in MEMBERS.items()))
                    pooled.append((ensemble.NAME, "price", origin, horizon, level, value, "combination", "r"))
        for spec, rows in ((WALK_FORWARD, pooled), (WEIGHTS, weights)):
            merge(connection, spec, pa.table(dict(zip(spec.column_names, zip(*rows, strict=True), strict=True))))
        connection.execute(
            "CREATE TABLE reference.feature_registry AS "
            "SELECT name, 'a formula' AS formula, 'crush' AS bucket, 'WEATHER_SUPPLY' AS driver_group, 'ratio' AS unit "
            "FROM (SELECT unnest(?) AS name)",
            [list(dict.fromkeys(HISTORY.names))],
        )
    return workspace


@pytest.fixture
def connection(said, tmp_path):
    """The workspace's database, copied so that a test may change it."""
    shutil.copytree(said.home, tmp_path / "home")
    with connect.writer(open_workspace(tmp_path / "home")) as copied:
        yield copied


def ran(connection, run_id, day, code):
    """A run of that code took place."""
    runs.note(connection, runs.Run(run_id, day, code, "d", "l", 1, NOON), "complete", NOON)


def explained(connection, run_id="r"):
    explain_published(connection, HISTORY, Settings(), run_id)


def median(connection, origin, horizon, model=ensemble.NAME):
    query = f"SELECT value FROM {WALK_FORWARD.name} WHERE model = ? AND origin = ? AND horizon = ? AND level = 0.5"
    return connection.execute(query, [model, origin, horizon]).fetchone()[0]


def total(connection, table, column, horizon):
    query = f"SELECT sum({column}) FROM {table} WHERE horizon = ? AND as_of_date = ?"
    return connection.execute(query, [horizon, NOW]).fetchone()[0]


@pytest.mark.parametrize("horizon", HORIZONS.values())
def test_contributions_and_groups_add_up_to_the_median(connection, horizon):
    explained(connection)
    expected = median(connection, NOW, horizon) - HISTORY.settle[-1]
    for table in ("forecasts.contributions", "signals.driver_group_contribution"):
        assert total(connection, table, "contribution_cents_per_lb", horizon) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("horizon", HORIZONS.values())
def test_causes_add_up_to_the_move_since_the_session_before(connection, horizon):
    explained(connection)
    expected = median(connection, NOW, horizon) - median(connection, BEFORE, horizon)
    assert total(connection, "forecasts.median_changes", "change_cents_per_lb", horizon) == pytest.approx(expected)
    found = dict(connection.execute(
        "SELECT cause, change_cents_per_lb FROM forecasts.median_changes WHERE horizon = ?", [horizon]
    ).fetchall())  # fmt: skip
    assert found["price"] == pytest.approx(HISTORY.settle[-2] * np.expm1(HISTORY.returns[-1]))
    # nothing was published, no weight moved: what is left is the rounding of sums
    assert (found["revisions"], found["model"]) == pytest.approx((0, 0), abs=1e-12)


def published_before(connection, p500: float, code: str):
    """The session before was published with this median of the month, by a run of this code."""
    ran(connection, "old", BEFORE, code)
    publish(connection, BEFORE, float(HISTORY.settle[-2]), "old")
    connection.execute("UPDATE forecasts.zl_predictions SET p500 = ? WHERE horizon = 21", [p500])


@pytest.mark.parametrize(("code", "cause"), [("1.0 a", "revisions"), ("0.9 b", "model")])
def test_what_is_said_anew_of_yesterday_is_a_revision_or_the_model(connection, code, cause):
    anew = median(connection, BEFORE, 21)
    published_before(connection, anew - 0.25, code)
    explained(connection)
    found = dict(connection.execute(
        "SELECT cause, change_cents_per_lb FROM forecasts.median_changes WHERE horizon = 21"
    ).fetchall())  # fmt: skip
    assert found[cause] == pytest.approx(0.25)
    assert sum(found.values()) == pytest.approx(median(connection, NOW, 21) - (anew - 0.25))


def test_other_weights_are_the_models_doing(connection):
    connection.execute(
        f"UPDATE {WEIGHTS.name} SET weight = CASE model WHEN 'B1' THEN 1.0 ELSE 0.0 END WHERE origin = ?", [BEFORE]
    )
    explained(connection)
    (found,) = connection.execute(
        "SELECT change_cents_per_lb FROM forecasts.median_changes WHERE horizon = 252 AND cause = 'model'"
    ).fetchone()
    assert found == pytest.approx(median(connection, NOW, 252) - median(connection, NOW, 252, "B1"))


def test_a_component_that_no_longer_speaks_leaves_no_row(connection):
    explained(connection)
    connection.execute(
        f"UPDATE {WEIGHTS.name} SET weight = CASE model WHEN 'B1' THEN 1.0 ELSE 0.0 END WHERE origin = ?", [NOW]
    )
    connection.execute(f"DELETE FROM {WEIGHTS.name} WHERE origin = ? AND model <> 'B1'", [NOW])
    connection.execute(
        f"UPDATE {WALK_FORWARD.name} AS w SET value = b.value FROM {WALK_FORWARD.name} AS b "
        "WHERE w.model = 'ensemble' AND b.model = 'B1' AND b.origin = w.origin AND b.horizon = w.horizon "
        "AND b.level = w.level AND w.origin = ?",
        [NOW],
    )
    explained(connection)
    query = "SELECT DISTINCT component FROM forecasts.contributions WHERE as_of_date = ?"
    assert connection.execute(query, [NOW]).fetchall() == [("own_past",)]


def test_members_of_another_run_are_refused_and_nothing_is_written(connection):
    connection.execute(f"UPDATE {WALK_FORWARD.name} SET value = value * 1.001 WHERE model = 'B1' AND origin = ?", [NOW])
    with pytest.raises(ContractError, match="come from different runs"):
        explained(connection)
    assert "forecasts.contributions" not in tables(connection)


def test_the_answer_has_every_part_in_order_and_the_slopes_beside(connection):
    published_before(connection, 50.0, "1.0 a")
    publish(connection, NOW, float(HISTORY.settle[-1]), "r")
    explained(connection)
    answer = explain(connection, "1m")
    sizes = [abs(part["contribution_cents_per_lb"]) for part in answer["components"]]
    assert sizes == sorted(sizes, reverse=True)
    for parts in ("components", "driver_groups", "buckets"):
        found = sum(part["contribution_cents_per_lb"] for part in answer[parts])
        assert answer["price_cents_per_lb"] + found == pytest.approx(answer["median_cents_per_lb"], abs=1e-6)
    assert {row["feature"] for row in answer["slopes"]} == set(ZOO["Drivers-ridge"].reads)
    assert answer["since"] == BEFORE.isoformat()


def test_an_unknown_horizon_is_named_with_the_known_ones(connection):
    with pytest.raises(ConfigError, match="1w, 1m, 3m, 6m, 12m"):
        explain(connection, "2m")


def test_nothing_explained_yet_says_which_command_explains(connection):
    with pytest.raises(ConfigError, match="oilseer run"):
        explain(connection)
