"""Where nothing can be known nothing is scored as skill: random walks, and outcomes dealt to the wrong origins."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from market_history import make_history
from scipy.stats import norm

from oilseer.metrics import crps, skill_interval
from oilseer.models.base import seed_of
from oilseer.models.zoo import ENTRIES, build
from oilseer.quantiles import LEVELS
from oilseer.training.combine import OUTCOMES_NEEDED, regime_probabilities
from oilseer.training.ensemble import combine_panel
from oilseer.training.history import History
from oilseer.training.panel import Panel

SEEDS = (1, 2, 3)
STORM = 4  # the seed of the market whose volatility clusters
HORIZON = 21  # also the step between origins: no two outcomes share a session
NOMINAL = 0.98  # two-sided: a model without skill is found skilled once in a hundred
QUICK = tuple(
    e.name
    for e in ENTRIES
    if e.target == "price" and e.tier in ("benchmark", "density", "direct") and not (e.refit or e.missing())
)
STATISTICAL = tuple(e.name for e in ENTRIES if e.target == "price" and e.tier == "statistical")


@cache
def walk(seed: int) -> History:
    """Constant variance and no drift; rolls every 42 sessions give carry and the curve something to be wrong about.

    Of seed `STORM` the volatility of returns is persistent, so GARCH and HAR know something, until outcomes are dealt.
    """
    plain = make_history(2200, seed)
    rng = np.random.default_rng(100 + seed)
    returns = plain.returns.copy()
    if seed == STORM:
        log_variance = np.zeros(len(returns))
        for t in range(1, len(returns)):
            log_variance[t] = 0.98 * log_variance[t - 1] + 0.25 * rng.standard_normal()
        returns *= np.exp(log_variance / 2)
    jumps = np.where(np.arange(len(returns)) % 42 == 41, 0.01 * rng.standard_normal(len(returns)), 0.0)
    return replace(plain, returns=returns, settle=50 * np.exp(np.cumsum(np.nan_to_num(returns) + jumps)))


@cache
def panel(seed: int, models: tuple[str, ...] = QUICK, n: int = 24) -> Panel:
    """What the models say of `HORIZON` sessions ahead at the last `n` origins that have an outcome."""
    history, reads = walk(seed), {entry.name: entry.reads for entry in ENTRIES}
    rows = np.arange(len(history.dates) - 1 - n * HORIZON, len(history.dates) - 1, HORIZON)
    origins = tuple(history.dates[row].astype(object) for row in rows)
    quantiles = np.empty((n, len(models), len(LEVELS)))
    for i, origin in enumerate(origins):
        for m, name in enumerate(models):
            seen = history.window(origin).select(reads[name])
            quantiles[i, m] = build(name).fit(seen, seed_of(name, seen.cutoff)).predict(seen, (HORIZON,)).values[0]
    outcome = np.array([history.outcome(origin, HORIZON) for origin in origins])
    return Panel(HORIZON, models, origins, history.session[rows], quantiles, outcome, history.settle[rows])


def dealt(whole: Panel, seed: int) -> Panel:
    """The panel with each origin's relative change given to another origin."""
    change = np.random.default_rng(seed).permutation(whole.outcome / whole.spot)
    return replace(whole, outcome=whole.spot * change)


def relative_losses(panels: list[Panel]) -> dict[str, np.ndarray]:
    """CRPS over the price at the origin, by model, of all panels in a row."""
    table = np.concatenate([each.losses() / each.spot[:, None] for each in panels])
    return dict(zip(panels[0].models, table.T, strict=True))


def ensemble_losses(panels: list[Panel]) -> tuple[np.ndarray, np.ndarray]:
    """Relative CRPS of the ensemble, and of B0, from the origins on that have enough outcomes behind them."""
    ours, reference = [], []
    for each in panels:
        late = slice(OUTCOMES_NEEDED, None)
        combined = np.array(
            [item.quantiles for item in combine_panel(each, regime_probabilities(np.zeros(len(each.origins))))]
        )
        ours.append((crps(each.outcome, combined) / each.spot)[late])
        reference.append((each.losses()[:, each.column("B0")] / each.spot)[late])
    return np.concatenate(ours), np.concatenate(reference)


def skill(loss: np.ndarray, reference: np.ndarray) -> tuple[float, float, float]:
    """Skill and its block-bootstrap interval."""
    return (1 - loss.mean() / reference.mean(), *skill_interval(loss, reference, 1, NOMINAL))


@pytest.mark.parametrize("benchmark", ["B0", "B1"])
@pytest.mark.parametrize("name", QUICK)
def test_a_random_walk_leaves_no_skill(name, benchmark):
    losses = relative_losses([panel(seed) for seed in SEEDS])
    found, low, high = skill(losses[name], losses[benchmark])
    assert low <= 0
    assert high >= 0 or found > -0.05, "much worse than no change: something is broken"


@pytest.mark.parametrize("name", QUICK)
def test_no_model_knows_a_random_walk_better_than_its_own_law(name):
    # 21 sessions of 1.5 %, and a roll of 1 % in every other span. A window that ends too late gains here.
    deviation = np.sqrt(HORIZON * 0.015**2 + 0.01**2 / 2)
    panels = [panel(seed) for seed in SEEDS]
    laws = [each.spot[:, None] * np.exp(deviation * norm.ppf(LEVELS)) for each in panels]
    truth = np.concatenate([crps(each.outcome, law) / each.spot for each, law in zip(panels, laws, strict=True)])
    assert skill(relative_losses(panels)[name], truth)[1] <= 0


def test_a_random_walk_leaves_the_ensemble_no_skill():
    found, low, _ = skill(*ensemble_losses([panel(seed) for seed in SEEDS]))
    assert low <= 0
    assert found > -0.05


@pytest.mark.parametrize("name", QUICK)
def test_dealt_outcomes_leave_no_skill(name):
    losses = relative_losses([dealt(panel(seed), seed) for seed in (*SEEDS, STORM)])
    assert skill(losses[name], losses["B0"])[1] <= 0


def test_members_chosen_on_dealt_outcomes_show_no_skill_on_later_ones():
    # dealing keeps how stormy the span was as a whole, which GARCH may know and B0 does not: one of eight may show it
    deals = [skill(*ensemble_losses([dealt(panel(seed), deal) for seed in (*SEEDS, STORM)])) for deal in range(8)]
    assert sum(low > 0 for _, low, _ in deals) <= 1
    assert all(-0.1 < found < 0.05 for found, _, _ in deals)


def test_these_proofs_would_find_a_model_that_looks_a_fifth_of_the_way_ahead():
    def peeking(whole: Panel) -> Panel:
        ahead = (whole.outcome / whole.spot) ** 0.2
        return replace(whole, quantiles=whole.quantiles * ahead[:, None, None])

    losses = relative_losses([panel(seed) for seed in SEEDS])
    for name, looked in relative_losses([peeking(panel(seed)) for seed in SEEDS]).items():
        assert skill(looked, losses["B0"])[1] > 0, name


@pytest.mark.slow
@pytest.mark.parametrize("name", STATISTICAL)
def test_dealt_outcomes_leave_no_skill_to_any_statistical_model(name):
    losses = relative_losses([dealt(panel(seed, (name, "B0"), 12), seed) for seed in (*SEEDS, STORM)])
    assert skill(losses[name], losses["B0"])[1] <= 0
