"""The rule of promotion: a model that half knows the future passes, and breaking any one condition is told by name."""

import shutil
from datetime import UTC, date, datetime

import duckdb
import numpy as np
import pytest
import snapshots
from snapshots import NOW, RUN_ID, make_snapshot, write

from oilseer.errors import ConfigError, GateFailed
from oilseer.models.local import LocalModel
from oilseer.models.predictors import PREDICTORS
from oilseer.models.zoo import ZOO, Entry
from oilseer.ops.gates import RESULTS
from oilseer.training import promotion, registry
from oilseer.training.specs import SCORES, WALK_FORWARD

ORDER = registry.Order("ada", datetime(2026, 1, 5, tzinfo=UTC), "better")
SIGNED = PREDICTORS[0].name
NAME, SHARE = "Net", 0.4  # of the coming change that the model knows


def said(connection, name, share, table="training.walk_forward"):
    """Rows of `name`: the ensemble's, moved by a share of what the log price was going to do."""
    connection.execute(
        f"""INSERT INTO {table} SELECT $name, w.target, w.origin, w.horizon, w.level,
            w.value * coalesce(exp($share * ln(p.later / p.price_cents_per_lb)), 1), w.work_hash, w.run_id
        FROM {WALK_FORWARD.name} AS w
        LEFT JOIN (SELECT observation_date AS origin, price_cents_per_lb, h.horizon,
                lead(price_cents_per_lb, h.horizon) OVER (PARTITION BY h.horizon ORDER BY observation_date) AS later
            FROM staging.zl_prices_clean, (VALUES (5), (21), (63), (126), (252)) AS h(horizon)) AS p
            USING (origin, horizon)
        WHERE w.model = 'ensemble'""",
        {"name": name, "share": share},
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A publication in which a network knew much of what came, and so did the statistical model Theta, but less."""
    made = tmp_path_factory.mktemp("promotion") / "site.duckdb"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "FIRST", date(2017, 1, 3))  # enough months for the rule
        snapshot = make_snapshot(made)
    with snapshot.connection as connection:
        connection.execute("DELETE FROM training.walk_forward WHERE model <> 'ensemble'")
        for name, share in ((NAME, SHARE), ("Theta", 0.2), ("B1", 0.0)):
            said(connection, name, share)
        connection.execute(
            f"CREATE TABLE features.daily_ml_matrix_zl AS SELECT observation_date AS as_of_date, 'ZL' AS symbol, "
            f"row_number() OVER () % 7 / 7.0 AS {SIGNED} FROM staging.zl_prices_clean"
        )
        connection.execute(f"INSERT INTO {SCORES.name} BY NAME SELECT * REPLACE ('{NAME}' AS model, 'neural' AS tier) "
                           f"FROM {SCORES.name} WHERE model = 'ensemble'")  # fmt: skip
        write(connection, RESULTS, [
            {"run_id": RUN_ID, "stage": "training", "gate": gate, "passed": True, "blocking": True, "found": "none",
             "expected": "none", "checked_at": NOW} for gate in promotion.SOUND
        ])  # fmt: skip
    return made


def learn(toward):
    """A model whose median follows its one predictor, for or against its sign."""

    def answer(window, seed):
        moved = np.exp(toward * window.features[-1, 0]) * window.settle[-1]
        return lambda horizons: np.outer(np.sqrt(horizons), np.arange(-4, 5)) * 0.1 + moved

    return LocalModel(NAME, answer)


def follows(name):
    return learn(PREDICTORS[0].sign * 0.01)


def defies(name):
    return learn(PREDICTORS[0].sign * -0.01)


@pytest.fixture
def zoo(monkeypatch):
    def put(make="follows"):
        monkeypatch.setitem(ZOO, NAME, Entry(NAME, "neural", "price", f"{__name__}:{make}", (SIGNED,)))

    put()
    return put


@pytest.fixture
def connection(path, tmp_path, zoo):
    with duckdb.connect(shutil.copy(path, tmp_path / "copy.duckdb")) as found:
        found.execute("SET TimeZone = 'UTC'")
        yield found


def failed(connection):
    return [check.name for check in promotion.judge(connection, NAME) if not check.passed]


def test_one_that_knows_more_than_the_champions_is_promoted_and_the_evidence_is_kept(connection):
    registry.sync(connection, NOW)
    registry.set_statuses(connection, {NAME: "shadow"}, "shadow", ORDER)
    assert NAME not in registry.eligible(connection, tuple(ZOO))
    promotion.promote(connection, NAME, ORDER)
    assert NAME in registry.eligible(connection, tuple(ZOO))
    query = "SELECT kind, forced, checks_json FROM reference.model_status_changes ORDER BY change DESC LIMIT 1"
    kind, forced, evidence = connection.execute(query).fetchone()
    assert (kind, forced) == ("promote", False)
    assert "better_than_the_champions" in evidence


def says_what(name, other):
    """Let a model say what another says."""
    return (
        "UPDATE training.walk_forward AS w SET value = e.value FROM training.walk_forward AS e WHERE "
        f"w.model = '{name}' AND e.model = '{other}' AND w.origin = e.origin AND w.horizon = e.horizon "
        "AND w.level = e.level"
    )


BROKEN = {
    "enough_origins": "DELETE FROM training.walk_forward WHERE model = 'Net' AND origin < "
                      "(SELECT list_sort(list(DISTINCT origin))[-58] FROM training.walk_forward)",
    "forecasts_at_most_origins": "DELETE FROM training.walk_forward WHERE model = 'Net' AND month(origin) IN (1, 7)",
    "better_than_the_champions": says_what("Net", "ensemble"),
    "better_than_statistical": says_what("Theta", "Net"),
    "quantiles_do_not_cross": "UPDATE training.walk_forward SET value = value * 3 WHERE model = 'Net' AND level = 0.25 "
                              "AND origin = (SELECT min(origin) FROM training.walk_forward)",
    "bands_widen_with_the_horizon": "UPDATE training.walk_forward SET value = value * (1 + 1.5 * (level - 0.5)) "
                                    "WHERE model = 'Net' AND horizon = 63",
    "medians_are_plausible": "UPDATE training.walk_forward SET value = value * 1.25 WHERE model = 'Net' "
                             "AND horizon = 5 AND month(origin) = 3",
    "not_too_good_to_be_true": "UPDATE ops.gate_results SET passed = false WHERE gate = 'not_too_good_to_be_true'",
    "error_grows_with_horizon": "UPDATE ops.gate_results SET passed = false WHERE gate = 'error_grows_with_horizon'",
    "no_feature_holds_the_future": "DELETE FROM ops.gate_results WHERE gate = 'no_feature_holds_the_future'",
    "explanations_add_up": "UPDATE ops.gate_results SET passed = false WHERE gate = 'explanations_add_up'",
}  # fmt: skip


def test_the_sound_one_meets_every_condition(connection):
    assert failed(connection) == []
    assert {check.name for check in promotion.judge(connection, NAME)} == {*BROKEN, "signs_hold"}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_broken_condition_refuses_by_its_name_and_changes_nothing(connection, rule):
    connection.execute(BROKEN[rule])
    assert rule in failed(connection)
    with pytest.raises(GateFailed, match=rule):
        promotion.promote(connection, NAME, ORDER)
    assert registry.statuses(connection)[NAME] == "candidate"


def test_one_that_is_significantly_worse_is_refused(connection):
    connection.execute("DELETE FROM training.walk_forward WHERE model = 'Net'")
    said(connection, NAME, -SHARE)
    assert "better_than_the_champions" in failed(connection)


def test_a_gain_on_fewer_than_sixty_origins_counts_for_nothing(connection):
    connection.execute(says_what("Net", "ensemble") + " AND w.horizon = 5")
    connection.execute("DELETE FROM training.walk_forward WHERE model = 'Net' AND horizon > 5 AND origin < "
                       "(SELECT list_sort(list(DISTINCT origin))[-58] FROM training.walk_forward)")  # fmt: skip
    checks = {check.name: check for check in promotion.judge(connection, NAME)}
    assert checks["enough_origins"].passed
    assert not checks["better_than_the_champions"].passed
    assert "1m" not in checks["better_than_the_champions"].found


def test_a_median_that_moves_against_a_sign_set_before_any_data_is_refused(connection, zoo):
    zoo("defies")
    assert failed(connection) == ["signs_hold"]


def test_a_forced_promotion_is_kept_as_forced_with_what_it_failed(connection):
    connection.execute(BROKEN["not_too_good_to_be_true"])
    order = registry.Order("ada", NOW, "the alarm was about another", forced=True)
    promotion.promote(connection, NAME, order)
    row = connection.execute(
        "SELECT status, forced, reason FROM reference.model_registry WHERE model = 'Net'"
    ).fetchone()
    assert row == ("champion", True, "the alarm was about another")


def test_only_a_significant_gain_counts_below_ten_percent():
    rng = np.random.default_rng(1)
    chance = promotion._holm({5: 0.01, 21: 0.04, 63: 0.5, 126: 0.9, 252: 0.6})
    # statsmodels' multipletests(method="holm") of the same five
    assert [round(chance[h], 10) for h in (5, 21, 63, 126, 252)] == [0.05, 0.16, 1.0, 1.0, 1.0]
    from statsmodels.stats.multitest import multipletests

    drawn = rng.uniform(size=5)
    held = promotion._holm(dict(enumerate(drawn)))
    assert [held[i] for i in range(5)] == pytest.approx(multipletests(drawn, method="holm")[1])


@pytest.mark.parametrize(("name", "told"), [
    ("B1", "B1 is a benchmark"), ("HAR-RV", "forecasts volatility"), ("SES", "no scores yet: `oilseer backtest`"),
    ("Transformer-GARCH", "forecasts regime"), ("Nett", "near it are Net"),
])  # fmt: skip
def test_what_cannot_be_judged_says_why(connection, name, told):
    with pytest.raises(ConfigError, match=told):
        promotion.judge(connection, name)
