"""The classifier speaks out of fold, once; and where it is to gate, its word sets weights and spread, by hand."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np
import pytest
from market_history import make_history

from oilseer.errors import ConfigError, ModelError
from oilseer.models.lasting import require_later
from oilseer.models.neural.regime import RegimeForecast
from oilseer.models.regimes import NAME, ZSCORE
from oilseer.models.zoo import ZOO, Entry
from oilseer.quantiles import LEVELS, MEDIAN
from oilseer.training import ensemble, regime_forecasts, regime_gate, regime_scores, walk_forward
from oilseer.training.combine import regime_probabilities
from oilseer.training.compare import CLASSIFIED, PUBLISHED, combinations
from oilseer.training.history import monthly_origins
from oilseer.training.panel import Panel
from oilseer.training.specs import ARTEFACTS, FAILURES, WALK_FORWARD, WEIGHTS
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import ensure, table_hash

HISTORY = make_history(n=1600)
LAST = HISTORY.dates[-1].astype(object)
ORIGINS = monthly_origins(HISTORY, date(LAST.year - 3, 1, 1), LAST)
MEMBERS = ("B1", "B0-long", "B0-carry", "GARCH-t-long", "GARCH-t-carry", "HAR-empirical-carry")


@dataclass(frozen=True)
class Learned:
    """Certain of CRISIS after sessions of odd number, of CALM after even ones."""

    origin: np.datetime64

    def predict(self, window, horizons):
        require_later(NAME, self.origin, window.dates[-1])
        assert window.names == (ZSCORE,)
        return RegimeForecast(np.array([0.0, 0.0, 1.0] if window.session[-1] % 2 else [1.0, 0.0, 0.0]))

    def dump(self):
        return str(self.origin).encode()


class Classifier:
    """A model with a fit that lasts, certain of what it says."""

    name = NAME

    def fit(self, window, seed):
        return Learned(window.dates[-1])

    def load(self, kept):
        return Learned(np.datetime64(kept.decode()))


def make(name):
    return Classifier()


@pytest.fixture(autouse=True)
def listed(monkeypatch):
    monkeypatch.setitem(ZOO, NAME, Entry(NAME, "meta", "regime", f"{__name__}:make", (ZSCORE,), refit=True))


@pytest.fixture
def connection(tmp_path):
    with writer(create_workspace(tmp_path / "home", "simulated", datetime(2025, 1, 1, tzinfo=UTC))) as opened:
        yield opened


def run(connection, kept, origins=ORIGINS):
    means = walk_forward.Means(kept=kept)
    return regime_forecasts.run(connection, HISTORY, ["B0", NAME], origins, "run", means, lambda done, total: None)


def panel() -> Panel:
    """B1 is off by a tenth, others by less at odd sessions and more at even ones, B0-long by most; no price moves."""
    session = np.array([HISTORY.session[HISTORY.place(origin)] for origin in ORIGINS])
    spot = np.full(len(ORIGINS), 50.0)
    off = np.full((len(ORIGINS), len(MEMBERS)), 0.10)
    off[:, 1:] = np.where(session % 2, 0.02, 0.12)[:, None] * np.linspace(0.8, 1.0, 5)
    off[:, 1] = np.where(session % 2, 0.02, 0.15)
    width = np.r_[0.09, np.full(5, 0.03)][:, None] * np.linspace(-1, 1, len(LEVELS))
    return Panel(21, MEMBERS, tuple(ORIGINS), session, 50 * np.exp(off[:, :, None] + width), spot, spot)


# --- the classifier in the walk-forward


def test_it_speaks_at_every_origin_once_and_keeps_one_fit_a_year(connection, tmp_path):
    assert run(connection, tmp_path) == len(ORIGINS)
    said = regime_gate.said(connection, ORIGINS)
    odd = np.array([HISTORY.session[HISTORY.place(origin)] % 2 for origin in ORIGINS])
    np.testing.assert_array_equal(said, np.column_stack([1 - odd, 0 * odd, odd]))
    years = {origin.year for origin in ORIGINS}
    assert len(list((tmp_path / NAME).iterdir())) == len(years)
    stored = connection.execute(
        f"SELECT count(*) FROM {ARTEFACTS.name} AS a WHERE EXISTS (FROM {regime_gate.PROBABILITIES.name} AS p "
        "WHERE p.fit_hash = a.fit_hash AND p.origin > a.fitted_at)"
    ).fetchone()
    assert stored == (len(years),)


def test_a_rerun_does_nothing_and_what_is_lost_comes_back_from_the_kept_fits(connection, tmp_path, monkeypatch):
    run(connection, tmp_path)
    before = table_hash(connection, regime_gate.PROBABILITIES)
    assert run(connection, tmp_path) == 0
    connection.execute(f"DELETE FROM {regime_gate.PROBABILITIES.name} WHERE origin > ?", [ORIGINS[5]])
    monkeypatch.setattr(Classifier, "fit", lambda *_: pytest.fail("fitted again"))
    assert run(connection, tmp_path) == len(ORIGINS) - 6
    assert table_hash(connection, regime_gate.PROBABILITIES) == before


def test_what_comes_after_an_origin_changes_no_word_said_there(connection, tmp_path, monkeypatch):
    def fit(self, window, seed):
        mean = float(window.settle.mean() + window.features.mean())

        def predict(self, seen, horizons):
            share = 1 / (1 + np.exp(mean / 50 - seen.settle.mean() / 50 - seen.features.mean()))
            return RegimeForecast(np.array([share, 1 - share, 0.0]))

        monkeypatch.setattr(Learned, "predict", predict)
        return Learned(window.dates[-1])

    monkeypatch.setattr(Classifier, "fit", fit)
    middle = ORIGINS[20]
    after = np.arange(len(HISTORY.settle)) > HISTORY.place(middle)
    poisoned = replace(
        HISTORY, settle=np.where(after, 1e9, HISTORY.settle), features=np.where(after[:, None], 1e9, HISTORY.features)
    )
    heard = []
    for number, history in enumerate((HISTORY, poisoned)):
        means = walk_forward.Means(kept=tmp_path / str(number))
        regime_forecasts.run(connection, history, [NAME], ORIGINS, "run", means, lambda done, total: None)
        heard.append(regime_gate.said(connection, ORIGINS))
        connection.execute(f"DELETE FROM {regime_gate.PROBABILITIES.name}")
    np.testing.assert_array_equal(heard[0][:21], heard[1][:21])
    assert (heard[0][21:] != heard[1][21:]).any()


def test_a_refusal_is_told_and_leaves_no_word(connection, tmp_path, monkeypatch):
    def refuse(self, window, seed):
        raise ModelError("too short")

    monkeypatch.setattr(Classifier, "fit", refuse)
    assert run(connection, tmp_path) == 0
    query = f"SELECT DISTINCT model, target FROM {FAILURES.name} WHERE error LIKE '%too short'"
    assert connection.execute(query).fetchall() == [(NAME, "regime")]
    assert np.isnan(regime_gate.said(connection, ORIGINS)).all()


def test_without_a_classifier_among_the_models_nothing_is_made(connection):
    assert regime_forecasts.run(connection, HISTORY, ["B0"], ORIGINS, "run", walk_forward.Means(), lambda *_: None) == 0


# --- the gate


def test_the_kernel_stands_where_the_classifier_has_not_spoken_yet_and_silence_today_is_refused(connection, tmp_path):
    for told in ((), ORIGINS[:9]):
        if told:
            run(connection, tmp_path, told)
        with pytest.raises(ConfigError, match=f'"transformer".*said nothing at {LAST}'):
            regime_gate.memberships(connection, HISTORY, ORIGINS, "transformer")
    run(connection, tmp_path, ORIGINS[9:])
    connection.execute(f"DELETE FROM {regime_gate.PROBABILITIES.name} WHERE origin < ?", [ORIGINS[4]])
    zscore = HISTORY.features[[HISTORY.place(o) for o in ORIGINS], HISTORY.names.index(ZSCORE)]
    kernel = regime_gate.memberships(connection, HISTORY, ORIGINS, "kernel")
    np.testing.assert_array_equal(kernel, regime_probabilities(zscore))
    mixed = regime_gate.memberships(connection, HISTORY, ORIGINS, "transformer")
    np.testing.assert_array_equal(mixed[:4], kernel[:4])
    assert set(mixed[4:].ravel()) == {0.0, 1.0}


def test_the_classifier_gates_weights_and_spread_of_what_is_published_as_by_hand(connection, tmp_path, monkeypatch):
    run(connection, tmp_path)
    ensure(connection, WALK_FORWARD)
    monkeypatch.setattr(ensemble, "read_panels", lambda *_: {21: panel()})
    combined = {
        gate: ensemble.run(connection, HISTORY, MEMBERS, ORIGINS, "run", gate=gate)
        for gate in ("kernel", "transformer")
    }
    shown, session, losses = panel(), panel().session, panel().losses()
    gated = 0
    for i, item in enumerate(combined["transformer"]):
        known = np.flatnonzero(session + 21 <= session[i])
        if len(known) < 12 or item.weights.is_anchor:
            continue
        weight = np.where(session[known] % 2 == session[i] % 2, 1.5, 0.5)  # certain of a regime: the same, or another
        by_hand = 1 - weight @ losses[known] / (weight @ losses[known][:, [0]])
        expected = [by_hand[MEMBERS.index(model)] for model in item.weights.models]
        np.testing.assert_allclose(item.weights.scored, expected, atol=1e-12)
        gated += 1
        if session[i] % 2:  # a crisis: the spread of B1, whatever the members say
            b1 = np.log(shown.quantiles[i, 0] / shown.quantiles[i, 0, MEDIAN])
            own = np.log(item.quantiles / item.quantiles[MEDIAN]) / item.width_factor
            np.testing.assert_allclose(own, b1, atol=1e-9)
    assert gated > 10
    spoke = {gate: ["B0-long" in item.weights.models for item in items[-12:]] for gate, items in combined.items()}
    assert any(spoke["transformer"])
    assert not any(spoke["kernel"])
    last = {gate: items[-1] for gate, items in combined.items()}
    assert not np.allclose(last["kernel"].quantiles, last["transformer"].quantiles)
    assert connection.execute(f"SELECT count(DISTINCT origin) FROM {WEIGHTS.name}").fetchone() == (len(ORIGINS),)


def test_the_compared_way_is_what_the_setting_would_publish_before_its_calibration(connection, tmp_path):
    run(connection, tmp_path)
    told = regime_gate.said(connection, ORIGINS)
    kernel = regime_gate.memberships(connection, HISTORY, ORIGINS, "kernel")
    for taken, name in ((told, CLASSIFIED), (kernel, PUBLISHED)):
        ways = {way.name: way for way in combinations(panel(), panel(), kernel, told, {})}
        wanted = [
            np.log(item.quantiles / item.quantiles[MEDIAN]) / item.width_factor + np.log(item.quantiles[MEDIAN] / 50)
            for item in ensemble.combine_panel(panel(), taken)
        ]
        np.testing.assert_allclose(ways[name].quantiles, wanted, atol=1e-9)
    silent = combinations(panel(), panel(), kernel, np.full_like(told, np.nan), {})
    assert np.isnan(next(way.quantiles for way in silent if way.name == CLASSIFIED)).all()


# --- is the regime told better than by counting?


def test_log_losses_are_those_of_the_regime_that_came_on_origins_where_all_speak():
    n = len(HISTORY.settle)
    zscore = np.where(np.arange(n) // 100 % 2, 2.5, 0.0)
    features = HISTORY.features.copy()
    features[:, HISTORY.names.index(ZSCORE)] = zscore
    history = replace(HISTORY, features=features)
    came = [history.ahead(origin, 21) for origin in ORIGINS]
    told = np.full((len(ORIGINS), 3), np.nan)
    for i, end in enumerate(came[3:], start=3):
        told[i] = 1 / 3 if end is None else np.where(np.arange(3) == (2 if zscore[end] > 2 else 0), 0.8, 0.1)
    kernel = np.full((len(ORIGINS), 3), 1 / 3)
    rows = regime_scores.scored(history, ORIGINS, kernel, told, ORIGINS[0], "run")
    found = {row["way"]: row for row in rows if row["slice"] == "all"}
    assert found[NAME]["n_origins"] == sum(end is not None for end in came[3:])
    assert found[NAME]["log_loss"] == pytest.approx(-np.log(0.8))
    assert found[regime_scores.KERNEL]["log_loss"] == pytest.approx(np.log(3))
    counted = found[regime_scores.COUNTED]
    assert counted["gain"] == counted["gain_low"] == 0
    assert found[NAME]["gain"] == pytest.approx(1 - found[NAME]["log_loss"] / counted["log_loss"])
    assert regime_scores.scored(history, ORIGINS, kernel, np.full_like(told, np.nan), ORIGINS[0], "run") == []
