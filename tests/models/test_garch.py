"""GARCH parameters, variance paths and simulations against arch's own forecasts and closed forms."""

import numpy as np
import pytest
from windows import make_window

from oilseer.errors import ModelError
from oilseer.models.garch import KINDS, Garch, fit_garch, simulate_log_changes, variance_path


@pytest.fixture(scope="module")
def returns():
    return make_window(n=2500, seed=4).known_returns()


def arch_fit(returns, kind):
    from arch import arch_model

    return arch_model(returns * 100, mean="Zero", dist="t", rescale=False, **KINDS[kind]).fit(disp="off")


@pytest.mark.parametrize("kind", ["GARCH", "GJR-GARCH"])
def test_variance_path_equals_archs_analytic_forecast(returns, kind):
    ours = variance_path(fit_garch(returns, kind), 252)[-1]
    theirs = arch_fit(returns, kind).forecast(horizon=252, method="analytic").variance.to_numpy()[-1]
    # arch counts negative returns by their observed share beyond one step, we by one half
    np.testing.assert_allclose(ours, theirs, rtol=1e-8 if kind == "GARCH" else 0.02)


def test_variance_of_the_next_session_equals_archs_at_every_session(returns):
    model, result = fit_garch(returns, "GJR-GARCH"), arch_fit(returns, "GJR-GARCH")
    theirs = result.forecast(horizon=1, start=0).variance.to_numpy()[:, 0]
    np.testing.assert_allclose(model.next_variance, theirs, rtol=1e-8)


def test_egarch_path_is_the_exponential_of_archs_mean_simulated_log_variance(returns):
    ours = variance_path(fit_garch(returns, "EGARCH"), 21)[-1]
    result = arch_fit(returns, "EGARCH")
    forecast = result.forecast(horizon=21, method="simulation", simulations=4000, random_state=np.random.RandomState(0))
    simulated = np.log(forecast.simulations.variances[-1]).mean(axis=0)
    assert np.log(ours[0]) == pytest.approx(simulated[0], rel=1e-8)  # one step is known
    np.testing.assert_allclose(np.log(ours), simulated, atol=0.02)


def model(omega=0.05, shock=0.06, memory=0.92, degrees=8.0, start=9.0):
    return Garch("GARCH", omega, shock, 0.0, memory, degrees, np.array([start]))


def test_long_run_variance_is_omega_over_one_minus_shock_minus_memory():
    path = variance_path(model(), 2000)[0]
    assert path[-1] == pytest.approx(0.05 / (1 - 0.06 - 0.92))
    assert path[1] == pytest.approx(0.05 + 0.98 * 9.0)


def test_simulated_variance_of_the_sum_equals_the_summed_path():
    changes = simulate_log_changes(model(), (5, 63), 200_000, seed=1)
    expected = variance_path(model(), 63)[0] / 1e4
    assert changes[0].var() == pytest.approx(expected[:5].sum(), rel=0.02)
    assert changes[1].var() == pytest.approx(expected.sum(), rel=0.03)


def test_simulated_first_session_is_student_t():
    from scipy import stats

    changes = simulate_log_changes(model(degrees=5.0), (1,), 200_000, seed=2)[0]
    expected = 0.03 * stats.t.ppf([0.025, 0.25, 0.75, 0.975], 5) * np.sqrt(3 / 5)
    np.testing.assert_allclose(np.quantile(changes, [0.025, 0.25, 0.75, 0.975]), expected, rtol=0.02)


def test_recovers_the_parameters_that_made_the_returns():
    found = []
    for seed in range(1, 6):
        rng, variance, percent = np.random.default_rng(seed), 2.0, np.empty(12_000)
        for t in range(len(percent)):
            percent[t] = np.sqrt(variance) * rng.standard_t(7) * np.sqrt(5 / 7)
            variance = 0.04 + 0.07 * percent[t] ** 2 + 0.91 * variance
        fitted = fit_garch(percent / 100)
        found.append((fitted.shock, fitted.memory, fitted.degrees))
    shock, memory, degrees = np.mean(found, axis=0)
    assert shock == pytest.approx(0.07, abs=0.008)
    assert memory == pytest.approx(0.91, abs=0.012)
    assert degrees == pytest.approx(7, abs=0.5)


def test_asymmetric_kinds_refuse_mirrored_paths(returns):
    with pytest.raises(ModelError, match="GJR-GARCH does not"):
        simulate_log_changes(fit_garch(returns, "GJR-GARCH"), (5,), 100, seed=0)


def test_short_or_constant_returns_are_refused():
    with pytest.raises(ModelError, match="250 known returns, found 100"):
        fit_garch(np.zeros(100))
    with pytest.raises(ModelError, match="constant"):
        fit_garch(np.zeros(300))


def test_no_convergence_is_said(monkeypatch, returns):
    from arch.univariate.base import ARCHModel

    def stuck(self, *args, **kwargs):
        result = type("Result", (), {"convergence_flag": 9, "params": None})
        return result

    monkeypatch.setattr(ARCHModel, "fit", stuck)
    with pytest.raises(ModelError, match="did not converge on 2499 returns \\(code 9\\)"):
        fit_garch(returns)
