"""One suite over every model in the zoo: being listed is being tested."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from market_history import make_history
from windows import cut, make_window, scaled

from oilseer.errors import ConfigError, ModelError
from oilseer.metrics import crps
from oilseer.models.zoo import ENTRIES, ZOO, build
from oilseer.quantiles import HORIZONS, LEVELS, MEDIAN, QuantileForecast
from oilseer.training.history import History

SESSIONS = tuple(HORIZONS.values())
# stackers: test_stackers.py; a fit of AutoGluon takes minutes: test_autogluon.py; regimes: test_regime.py
INSTALLED = [
    e for e in ENTRIES
    if e.learns == "window" and e.tier != "autogluon" and e.target != "regime" and not e.missing()
]  # fmt: skip
every_model = pytest.mark.parametrize("entry", INSTALLED, ids=lambda entry: entry.name)
every_price_model = pytest.mark.parametrize(
    "entry", [e for e in INSTALLED if e.target == "price"], ids=lambda e: e.name
)
every_lasting_model = pytest.mark.parametrize("entry", [e for e in INSTALLED if e.refit], ids=lambda e: e.name)


@cache
def window():
    return make_window(n=1800, seed=1)


@cache
def forecast(name: str, seed: int = 7) -> QuantileForecast:
    return build(name).fit(window(), seed).predict(window(), SESSIONS)


@every_model
def test_model_answers_all_five_horizons_with_nine_finite_quantiles(entry):
    values = forecast(entry.name).values
    assert values.shape == (5, len(LEVELS))
    assert (values > 0).all()
    around = window().settle[-1] if entry.target == "price" else 0.25
    assert (np.abs(np.log(values[:, MEDIAN] / around)) < 1.5).all(), "median is in another unit"


@every_model
def test_same_seed_gives_the_same_bytes(entry):
    again = build(entry.name).fit(window(), 7).predict(window(), SESSIONS)
    assert again.values.tobytes() == forecast(entry.name).values.tobytes()


@every_model
def test_horizons_asked_alone_get_the_same_median_as_together(entry):
    alone = build(entry.name).fit(window(), 7).predict(window(), (21,)).values[0, MEDIAN]
    assert alone == pytest.approx(forecast(entry.name).at(21)[MEDIAN], rel=1e-9)


@cache
def market() -> History:
    """The market of `make_window` on real sessions: a longer history than the origin may see."""
    plain, whole = make_history(n=1830), make_window(n=1830, seed=1)
    return History(plain.dates, plain.session, whole.settle, whole.returns, whole.features, whole.names)


@cache
def poisoned_market(origin: int) -> History:
    """The same history with every value after row `origin` changed beyond recognition."""
    after = np.arange(1830) > origin
    prices, returns = np.where(after, 1e9, market().settle), np.where(after, 9.0, market().returns)
    return replace(market(), settle=prices, returns=returns, features=np.where(after[:, None], 1e9, market().features))


@every_model
def test_poisoned_future_changes_no_byte(entry):
    origin = 1799
    answers = []
    for history in (market(), poisoned_market(origin)):
        seen = history.window(history.dates[origin].astype(object)).select(entry.reads)
        answers.append(build(entry.name).fit(seen, 7).predict(seen, SESSIONS).values.tobytes())
    assert answers[0] == answers[1]


@every_model
def test_model_changes_nothing_in_its_window(entry):
    seen = cut(window(), 1800)
    before = seen.digest()
    build(entry.name).fit(seen, 7).predict(seen, SESSIONS)
    assert seen.digest() == before


@every_price_model
def test_twice_the_price_gives_twice_the_forecast(entry):
    double = scaled(window(), 2.0)
    values = build(entry.name).fit(double, 7).predict(double, SESSIONS).values
    np.testing.assert_allclose(values, 2 * forecast(entry.name).values, rtol=1e-9)


@every_model
def test_standing_price_is_refused_with_the_models_name(entry):
    still = make_window(n=1800, seed=1)
    still.settle[:] = 50.0
    still.returns[1:] = 0.0
    with pytest.raises(ModelError):
        build(entry.name).fit(still, 7).predict(still, SESSIONS)


@every_model
def test_short_window_is_refused_not_guessed(entry):
    short = make_window(n=40, seed=1)
    with pytest.raises(ModelError):
        build(entry.name).fit(short, 7).predict(short, SESSIONS)


@every_model
def test_fit_answers_at_its_own_origin_and_only_a_lasting_one_later(entry):
    fitted = build(entry.name).fit(window(), 7)
    moved = replace(window(), dates=window().dates + (-1 if entry.refit else 1))
    with pytest.raises(ModelError, match="fit"):
        fitted.predict(moved, SESSIONS)


@every_lasting_model
def test_a_kept_fit_forecasts_the_same_bytes_later_and_changes_nothing_before(entry):
    model = build(entry.name)
    fitted = model.fit(cut(window(), 1700), 7)
    kept = model.load(fitted.dump())
    assert kept.predict(window(), SESSIONS).values.tobytes() == fitted.predict(window(), SESSIONS).values.tobytes()
    with pytest.raises(ModelError):
        model.load(b"not a fitted model")


def null_skill(name: str, seeds: range) -> float:
    """CRPS skill against B0 over independent driftless random walks of constant variance, horizon 21."""
    own, reference = [], []
    for seed in seeds:
        longer = make_window(n=1500, seed=100 + seed, stochastic=False)
        seen, outcome = cut(longer, 1479), longer.settle[[1499]]
        own.append(crps(outcome, build(name).fit(seen, seed).predict(seen, (21,)).values)[0])
        reference.append(crps(outcome, build("B0").fit(seen, seed).predict(seen, (21,)).values)[0])
    difference = np.array(reference) - np.array(own)
    return difference.mean() / (difference.std(ddof=1) / np.sqrt(len(difference)) + 1e-12)


@pytest.mark.parametrize("name", ["B1", "Naive", "RandomWalkWithDrift", "SES", "Holt"])
def test_random_walks_leave_no_skill(name):
    assert null_skill(name, range(30)) < 3


@pytest.mark.slow
@every_price_model
def test_random_walks_leave_no_skill_to_any_model(entry):
    assert null_skill(entry.name, range(20)) < 3.5


def test_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="AutoARIMA"):
        build("AutoARMIA")


def test_zoo_holds_the_31_statistical_price_models():
    assert sum(entry.tier == "statistical" and entry.target == "price" for entry in ENTRIES) == 31
    assert len(ZOO) == len(ENTRIES)
