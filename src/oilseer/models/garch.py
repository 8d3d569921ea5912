"""GARCH(1,1), GJR-GARCH and EGARCH with Student's t, fitted by `arch`, and what follows in closed form.

Variances are in percent² a session (returns × 100), the scale on which the optimiser is well behaved.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import beta as beta_function

from oilseer.errors import ModelError

KINDS: dict[str, dict] = {
    "GARCH": {"vol": "GARCH", "p": 1, "o": 0, "q": 1},
    "GJR-GARCH": {"vol": "GARCH", "p": 1, "o": 1, "q": 1},
    "EGARCH": {"vol": "EGARCH", "p": 1, "o": 1, "q": 1},
}
MIN_RETURNS = 250


@dataclass(frozen=True)
class Garch:
    """Parameters in arch's notation (alpha, gamma, beta) and the filtered variance.

    next_variance  (n,)  variance of return t + 1 given returns up to t, percent²
    """

    kind: str
    omega: float
    shock: float
    asymmetry: float
    memory: float
    degrees: float
    next_variance: np.ndarray


def fit_garch(returns: np.ndarray, kind: str = "GARCH") -> Garch:
    """Fit one kind to daily log returns (ratio, (n,)) with zero mean.

    Raises ModelError for fewer than 250 returns, or where neither of two starting points converges.
    """
    from arch import arch_model

    if len(returns) < MIN_RETURNS:
        raise ModelError(f"{kind} needs {MIN_RETURNS} known returns, found {len(returns)}: lengthen the window")
    percent = np.asarray(returns, float) * 100
    if percent.std() == 0:
        raise ModelError(f"{kind} found constant returns: nothing to learn from")
    model = arch_model(percent, mean="Zero", dist="t", rescale=False, **KINDS[kind])
    starts = (None, _second_start(percent.var(), kind))
    for start in starts:
        result = model.fit(disp="off", show_warning=False, starting_values=start)
        if result.convergence_flag == 0 and np.isfinite(result.params.to_numpy()).all():
            break
    else:
        raise ModelError(f"{kind} did not converge on {len(returns)} returns (code {result.convergence_flag})")
    value = result.params.get
    found = Garch(
        kind,
        value("omega"), value("alpha[1]"), value("gamma[1]", 0.0), value("beta[1]"), value("nu"),
        np.empty(0),
    )  # fmt: skip
    return Garch(**{**found.__dict__, "next_variance": _step(found, percent, result.conditional_volatility**2)})


def _second_start(variance: float, kind: str) -> np.ndarray:
    """Persistent, mildly reactive parameters: where daily returns of commodities usually end up."""
    if kind == "EGARCH":
        return np.array([0.02 * np.log(variance), 0.1, 0.0, 0.98, 8.0])
    if kind == "GJR-GARCH":
        return np.array([0.02 * variance, 0.05, 0.0, 0.93, 8.0])
    return np.array([0.02 * variance, 0.05, 0.93, 8.0])


def _step(model: Garch, percent: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Variance of the next return from this one and its variance; shapes follow the arguments."""
    if model.kind == "EGARCH":
        score = percent / np.sqrt(variance)
        move = model.shock * (np.abs(score) - np.sqrt(2 / np.pi)) + model.asymmetry * score
        return np.exp(model.omega + move + model.memory * np.log(variance))
    reaction = model.shock + model.asymmetry * (percent < 0)
    return model.omega + reaction * percent**2 + model.memory * variance


def variance_path(model: Garch, steps: int) -> np.ndarray:
    """Expected variance of returns t + 1 … t + steps at every t; (n, steps), percent².

    GARCH and GJR: exact. EGARCH: exponential of the expected log variance, which is a little low;
    whoever needs a level corrects it by past errors, as `volatility` does.
    """
    power = np.arange(steps)
    if model.kind == "EGARCH":
        nu = model.degrees
        mean_size = 2 * np.sqrt(nu - 2) / ((nu - 1) * beta_function(nu / 2, 0.5))
        constant = model.omega + model.shock * (mean_size - np.sqrt(2 / np.pi))
        decay, start = model.memory**power, np.log(model.next_variance)
    else:
        constant = model.omega
        decay = (model.shock + model.asymmetry / 2 + model.memory) ** power
        start = model.next_variance
    drift = constant * np.concatenate([[0.0], np.cumsum(decay)[:-1]])
    path = drift + start[:, None] * decay
    return np.exp(path) if model.kind == "EGARCH" else path


def simulate_log_changes(model: Garch, horizons: tuple[int, ...], n_paths: int, seed: int) -> np.ndarray:
    """Simulated cumulative log returns from the last origin; (n_horizons, n_paths), ratio.

    Every path has a mirror image: for a variance that ignores the sign of a return (GARCH) it is as
    likely, and the median is exactly zero. Raises ModelError for the kinds that do not ignore it.
    """
    if model.kind != "GARCH":
        raise ModelError(f"mirrored paths need a variance that ignores signs, {model.kind} does not")
    half, rng = n_paths // 2, np.random.default_rng(seed)
    score = rng.standard_t(model.degrees, (max(horizons), half)) * np.sqrt((model.degrees - 2) / model.degrees)
    variance, total = np.full(half, model.next_variance[-1]), np.zeros(half)
    reached = {}
    for step in range(1, max(horizons) + 1):
        change = np.sqrt(variance) * score[step - 1]
        total = total + change
        variance = _step(model, change, variance)
        if step in horizons:
            reached[step] = np.concatenate([total, -total]) / 100
    return np.stack([reached[h] for h in horizons])
