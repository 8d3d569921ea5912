"""What a specialist makes of its predictors' quantiles, by hand; AutoGluon itself: contracts/test_autogluon.py."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from windows import make_window

from oilseer.errors import ConfigError, ModelError
from oilseer.models.specialists import Learned, SpecialistFit, make
from oilseer.quantiles import LEVELS

COLUMN = "policy_section_301_flag"


@dataclass
class Said:
    """In place of a predictor: notes what it is asked and answers the same, highest first."""

    quantiles: np.ndarray
    asked: list[float]

    def predict(self, today: pd.DataFrame) -> pd.DataFrame:
        self.asked.append(today[COLUMN].item())
        return pd.DataFrame([self.quantiles[::-1]])


def test_forecast_is_carry_and_the_believed_share_of_what_was_said_times_volatility_today():
    window, horizon, belief = make_window(n=1800, seed=1), 21, 0.25
    usual, said = np.linspace(-2, 2, len(LEVELS)), Said(np.linspace(-1, 3, len(LEVELS)), [])
    learned = {horizon: Learned(tuple(usual), belief, (COLUMN,), 300, {}, ())}
    fitted = SpecialistFit("AutoGluon-tariff", window.dates[-1], "medium", learned, {horizon: said}, b"")

    deviation = np.sqrt((window.returns[-63:] ** 2).mean() * horizon)
    rolled = np.log(window.settle[-1] / window.settle[-253]) - window.returns[-252:].sum()
    scores = belief * np.linspace(-1, 3, len(LEVELS)) + (1 - belief) * usual
    expected = window.settle[-1] * np.exp(rolled * horizon / 252 + scores * deviation)
    np.testing.assert_allclose(fitted.predict(window, (horizon,)).values[0], expected, rtol=1e-12)
    assert said.asked == [window.feature(COLUMN)[-1]]
    with pytest.raises(ModelError, match="learned"):
        fitted.predict(window, (5,))


def test_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match="AutoGluon-crush"):
        make("AutoGluon-palm")
