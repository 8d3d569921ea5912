"""One suite over every model that learns from the panel: blind to the future, the same bytes, no skill from nothing."""

from dataclasses import replace

import numpy as np
import pytest
from stacked_panel import MODELS, simulated_panel

from oilseer.metrics import crps, skill_interval
from oilseer.models.stackers import FEWEST
from oilseer.models.zoo import ENTRIES
from oilseer.quantiles import LEVELS
from oilseer.training.panel import Panel
from oilseer.training.stack import Work, tabulate, teach

every_stacker = pytest.mark.parametrize(
    "name", [entry.name for entry in ENTRIES if entry.learns == "panel" and not entry.missing()]
)


def said(name: str, panel: Panel, regimes: dict[str, np.ndarray], i: int) -> np.ndarray:
    """Quantiles (n_levels,) of a stacker at origin number `i`."""
    table = tabulate(panel, regimes)
    lesson = table.lesson(i, np.ones(len(panel.origins), bool))
    answer = teach(
        Work(name, panel.origins[i], "", [(panel.horizon, lesson, float(table.middle[i]), float(table.spread[i]))])
    )
    assert answer.forecast is not None, answer.error
    return answer.forecast.values[0]


@every_stacker
@pytest.mark.parametrize("horizon", [21, 252])
def test_nothing_that_was_not_public_at_the_origin_changes_a_byte(name, horizon):
    panel, regimes = simulated_panel(horizon=horizon)
    i = 120
    late = np.arange(160) > i
    unknown = panel.session + horizon > panel.session[i]
    assert unknown.sum() == late.sum() + horizon // 21  # the last outcome that counts was settled at the origin
    poisoned = replace(
        panel,
        quantiles=np.where(late[:, None, None], 1e9 * np.arange(1, 1 + len(LEVELS)), panel.quantiles),
        outcome=np.where(unknown, 1e9, panel.outcome),
        spot=np.where(late, 1e9, panel.spot),
    )
    later = {feature: np.where(late, 1e9, values) for feature, values in regimes.items()}
    assert said(name, poisoned, later, i).tobytes() == said(name, panel, regimes, i).tobytes()


@every_stacker
def test_what_was_public_does_change_it(name):
    panel, regimes = simulated_panel()
    changed = replace(panel, outcome=np.where(np.arange(160) < 40, 1.3 * panel.outcome, panel.outcome))
    assert said(name, changed, regimes, 120).tobytes() != said(name, panel, regimes, 120).tobytes()


@every_stacker
def test_twice_the_price_gives_twice_the_forecast(name):
    panel, regimes = simulated_panel()
    double = replace(panel, quantiles=2 * panel.quantiles, outcome=2 * panel.outcome, spot=2 * panel.spot)
    np.testing.assert_allclose(said(name, double, regimes, 150), 2 * said(name, panel, regimes, 150), rtol=1e-6)


@every_stacker
def test_its_quantiles_never_cross(name):
    panel, regimes = simulated_panel(wide=3.0)
    for i in range(FEWEST + 1, 160, 12):
        assert (np.diff(said(name, panel, regimes, i)) >= 0).all()


def losses(name: str, wide: float) -> tuple[np.ndarray, np.ndarray]:
    """Relative CRPS of a stacker and of the pool that it corrects, on origins with 80 and more behind them."""
    ours, pools = [], []
    for seed in (1, 2):
        panel, regimes = simulated_panel(n=160, seed=seed, wide=wide)
        pooled = [MODELS.index(model) for model in ("GARCH-empirical-carry", "Drivers-ridge", "Drivers-trees")]
        for i in range(81, 159, 2):
            truth = panel.outcome[[i]]
            pool = np.exp(np.log(panel.quantiles[i, pooled]).mean(axis=0))
            ours.append(crps(truth, said(name, panel, regimes, i)[None])[0] / panel.spot[i])
            pools.append(crps(truth, pool[None])[0] / panel.spot[i])
    return np.array(ours), np.array(pools)


@every_stacker
def test_forecasts_that_are_right_leave_a_stacker_no_skill(name):
    ours, pool = losses(name, wide=1.0)
    assert skill_interval(ours, pool, 1, 0.98)[0] <= 0
    assert 1 - ours.mean() / pool.mean() > -0.03


@every_stacker
def test_forecasts_that_are_too_narrow_in_a_regime_give_it_skill(name):
    ours, pool = losses(name, wide=3.0)
    assert 1 - ours.mean() / pool.mean() > 0.01
