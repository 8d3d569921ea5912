"""Each formula against numbers worked by hand or by pandas, in the unit that its name promises."""

from datetime import date
from functools import cache
from math import log, pi, sin, sqrt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from raw_market import empty_database

from oilseer.features import gate
from oilseer.features.evaluate import family_query, known_arrays
from oilseer.features.known import inputs_spec
from oilseer.features.registry import FAMILIES, FEATURES
from oilseer.market import sessions
from oilseer.warehouse.write import ensure

N = 800
DAYS = sessions.sessions()[sessions.number(date(2019, 1, 2))[0] :][:N]
DIRECT_FAMILIES = [family.name for family in FAMILIES if family.name not in ("gate", "memory")]  # these never read null


class Inputs(dict):
    """Columns of `known`; a feature of an earlier family that the test does not give is unknown."""

    def __missing__(self, name: str) -> np.ndarray:
        assert name in {feature.name for feature in FEATURES}, f"{name} is neither known nor a feature"
        return np.full(N, np.nan)


@cache
def known_schema():
    """The columns of `known`, so that a test fills only what it needs."""
    connection = empty_database()
    ensure(connection, inputs_spec())
    return connection.execute(f"SELECT * FROM {inputs_spec().name}").to_arrow_table().schema


def features(family: str, **columns) -> dict[str, np.ndarray]:
    """Run a family over a `known` of N sessions that holds `columns` or earlier features, all else null."""
    connection = empty_database()
    place = sessions.number(DAYS)
    filled = {"as_of_date": pa.array(DAYS), "place": pa.array(place)}
    made = {name: columns.pop(name) for name in list(columns) if name not in known_schema().names}
    filled |= {name: pa.array(column, from_pandas=True) for name, column in columns.items()}
    arrays = [filled.get(field.name, pa.nulls(N)).cast(field.type) for field in known_schema()]
    schema = pa.schema([pa.field(field.name, field.type) for field in known_schema()])
    connection.register("rows", pa.Table.from_arrays(arrays, schema=schema))
    connection.execute("CREATE TEMP TABLE known AS SELECT * FROM rows")
    compute = next(f.compute for f in FAMILIES if f.name == family)
    if compute is not None:
        return compute(Inputs(known_arrays(connection, "known") | made))
    found = connection.execute(f"SELECT * FROM ({family_query(family)}) ORDER BY as_of_date").fetchnumpy()
    found.pop("as_of_date")
    return {name: np.ma.filled(np.ma.asarray(column, dtype=float), np.nan) for name, column in found.items()}


def constant(value):
    return np.full(N, float(value))


RNG = np.random.default_rng(3)
RETURNS = RNG.normal(0, 0.015, N)
INDEX = RETURNS.cumsum()


def test_board_crush_oil_share_and_boho_by_hand():
    found = features("spreads", zl=constant(48), zm=constant(300), zs=constant(1050), ho=constant(2.5))
    # meal 0.022·300 = 6.60, oil 0.11·48 = 5.28, beans 10.50 USD/bu
    assert found["spread_board_crush_usd_per_bu"][0] == pytest.approx(1.38)
    assert found["spread_oil_share_ratio"][0] == pytest.approx(5.28 / 11.88)
    assert found["spread_boho_usd_per_gal"][0] == pytest.approx(7.5 * 0.48 - 2.5)  # 3.60 − 2.50 = 1.10


def test_cracks_by_hand():
    found = features("spreads", cl=constant(80), ho=constant(2.5), rb=constant(2.2))
    assert found["spread_crack_321_usd_per_bbl"][0] == pytest.approx((2 * 92.4 + 105) / 3 - 80)  # 16.60
    assert found["spread_crack_heating_oil_usd_per_bbl"][0] == pytest.approx(25.0)
    assert found["spread_ho_rb_usd_per_gal"][0] == pytest.approx(0.3)


def test_terms_of_trade_need_a_positive_real():
    brl = constant(0.2)
    brl[1:3] = (0.0, -0.1)
    found = features("spreads", zl=constant(48), brl=brl)["spread_terms_of_trade_brl_cents_per_lb"]
    assert found[0] == pytest.approx(240.0)
    assert np.isnan(found[1:3]).all()


def test_soyoil_over_palm_is_in_one_unit():
    found = features("spreads", zl=constant(48), cpo=constant(900))
    assert found["spread_soyoil_palm_ratio"][0] == pytest.approx(48 * 22.0462 / 900)  # 1,058 USD/t over 900


def test_percentile_counts_the_sessions_no_wider():
    def percentile(crush):
        found = features("spreads", zl=constant(0), zm=crush / 0.022, zs=constant(0))
        return found["spread_board_crush_percentile_252_ratio"]

    rising = np.arange(N, dtype=float)
    assert np.isnan(percentile(rising)[198])
    assert percentile(rising)[251] == 1.0
    assert percentile(rising[::-1])[300] == pytest.approx(1 / 252)


def test_boho_zscore_equals_pandas():
    ho = np.exp(INDEX)
    found = features("spreads", zl=constant(40), ho=ho)["spread_boho_zscore_252_ratio"]
    boho = pd.Series(3 - ho)
    rolled = boho.rolling(252, min_periods=200)
    np.testing.assert_allclose(found, (boho - rolled.mean()) / rolled.std(), rtol=1e-8, atol=1e-10)


def test_correlations_of_returns_equal_pandas():
    other = 0.5 * RETURNS + RNG.normal(0, 0.01, N)
    found = features(
        "spreads", hg_log_index=INDEX, zs_log_index=other.cumsum(), cl_log_index=other.cumsum(), zl_return=RETURNS
    )
    expected = pd.Series(INDEX).diff().rolling(60, min_periods=45).corr(pd.Series(other.cumsum()).diff())
    np.testing.assert_allclose(found["signal_china_pulse_60_ratio"], expected, rtol=1e-8, atol=1e-10)
    with_oil = pd.Series(other.cumsum()).diff().rolling(60, min_periods=45).corr(pd.Series(RETURNS))
    np.testing.assert_allclose(
        features("correlations", cl_log_index=other.cumsum(), zl_return=RETURNS)["signal_corr_zl_cl_60_ratio"][60:],
        with_oil[60:], rtol=1e-8, atol=1e-10,
    )  # fmt: skip


def test_slope_is_the_log_ratio_over_the_years_between_deliveries():
    months = {"contract_month": [date(2024, 7, 1)] * N, "second_contract_month": [date(2024, 12, 1)] * N}
    found = features("curve", zl_close=constant(50), zl_second=constant(52), **months)
    assert found["curve_slope_annualized_ratio"][0] == pytest.approx(log(52 / 50) / (153 / 365.25))
    assert found["curve_carry_cents_per_lb"][0] == pytest.approx(-2.0)
    assert found["curve_span_days"][0] == 153


def test_slope_and_carry_have_the_same_sign_when_the_other_contract_is_the_nearer():
    months = {"contract_month": [date(2024, 12, 1)] * N, "second_contract_month": [date(2024, 7, 1)] * N}
    found = features("curve", zl_close=constant(52), zl_second=constant(50), **months)
    assert found["curve_slope_annualized_ratio"][0] == pytest.approx(log(52 / 50) / (153 / 365.25))
    assert found["curve_carry_cents_per_lb"][0] == pytest.approx(-2.0)


def test_season_places_the_session_in_year_and_contract():
    is_roll = [True] + [False] * (N - 1)
    found = features("season", contract_month=[date(2019, 3, 1)] * N, is_roll=is_roll)
    assert found["season_year_sine_ratio"][0] == pytest.approx(sin(2 * pi * 2 / 365.25))  # 2 January
    assert found["season_month_number"][0] == 1
    assert found["season_to_delivery_days"][0] == 58  # 29 days of January, 28 of February, 1
    assert list(found["season_roll_flag"][:2]) == [1, 0]


def test_returns_add_up_over_the_index():
    found = features("technicals", zl_log_index=INDEX, zl_return=RETURNS, zl=constant(40))
    for sessions_back in (5, 21, 63):
        added = pd.Series(RETURNS).rolling(sessions_back).sum()
        np.testing.assert_allclose(found[f"tech_return_{sessions_back}_ratio"][63:], added[63:], atol=1e-12)
    np.testing.assert_allclose(found["tech_momentum_252_ratio"][252:], INDEX[252:] - INDEX[:-252], atol=1e-12)


def test_value_is_the_log_of_the_mean_price_over_the_price_after_three_years():
    price = constant(40)
    price[-1] = 20
    found = features("technicals", zl=price, zl_log_index=INDEX)["tech_value_1260_ratio"]
    assert np.isnan(found[:755]).all()
    assert found[755] == 0
    assert found[-1] == pytest.approx(log((799 * 40 + 20) / 800 / 20))


def test_averages_and_bands_equal_pandas():
    held = pd.Series(np.exp(INDEX))
    found = features("technicals", zl_log_index=INDEX, zl=40 * held)
    for length in (63, 200):
        expected = held / held.rolling(length).mean() - 1
        np.testing.assert_allclose(found[f"tech_distance_sma_{length}_ratio"], expected, rtol=1e-8, atol=1e-11)
    mean, deviation = held.rolling(20).mean(), held.rolling(20).std(ddof=0)
    band = (held - (mean - 2 * deviation)) / (4 * deviation)
    np.testing.assert_allclose(found["tech_bollinger_b_ratio"], band, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(found["tech_bollinger_width_ratio"], 4 * deviation / mean, rtol=1e-8, atol=1e-10)


def test_volume_surprise_by_hand():
    volume = constant(100)
    volume[30] = 310  # the mean of 21 is then 110
    found = features("technicals", zl_volume=volume.astype(int), zl=constant(40), zl_log_index=INDEX)
    assert found["tech_volume_surprise_21_ratio"][30] == pytest.approx(log(310 / 110))


def test_ppo_equals_pandas():
    held = pd.Series(np.exp(INDEX))
    found = features("memory", zl_log_index=INDEX)
    ppo = held.ewm(span=12, adjust=False).mean() / held.ewm(span=26, adjust=False).mean() - 1
    np.testing.assert_allclose(found["tech_ppo_12_26_ratio"][25:], ppo[25:], rtol=1e-9, atol=1e-12)
    signal = ppo[25:].ewm(span=9, adjust=False).mean()
    np.testing.assert_allclose(found["tech_ppo_histogram_ratio"][33:], (ppo[25:] - signal)[8:], rtol=1e-9, atol=1e-12)
    distance = held / held.ewm(span=21, adjust=False).mean() - 1
    np.testing.assert_allclose(found["tech_distance_ema_21_ratio"][20:], distance[20:], rtol=1e-9, atol=1e-12)


def test_memory_is_the_same_whatever_the_scale_of_the_index():
    shifted = features("memory", zl_log_index=INDEX + 3)["tech_rsi_14_points"]
    np.testing.assert_allclose(shifted, features("memory", zl_log_index=INDEX)["tech_rsi_14_points"], rtol=1e-9)


@pytest.mark.parametrize("length", [21, 63])
def test_realized_volatility_is_annualised_by_252(length):
    found = features("volatility", zl_return=RETURNS)[f"volatility_realized_{length}_ratio"]
    expected = pd.Series(RETURNS).rolling(length).std() * sqrt(252)
    np.testing.assert_allclose(found[length - 1 :], expected[length - 1 :], rtol=1e-9)


def test_mean_variance_turns_into_annual_volatility():
    found = features("volatility", variance_hourly_ratio=constant(1e-4), variance_parkinson_ratio=constant(4e-4))
    assert found["volatility_hourly_21_ratio"][20] == pytest.approx(sqrt(252) / 100)  # 15.9 % a year
    assert found["volatility_parkinson_21_ratio"][20] == pytest.approx(2 * sqrt(252) / 100)


def test_vix_of_the_session_stands_before_freds_of_yesterday():
    vix = constant(20)
    vix[5] = np.nan
    found = features("volatility", vix=vix, fred_vixcls=constant(19))["volatility_vix_points"]
    assert list(found[4:7]) == [20, 19, 20]


@pytest.mark.parametrize(("level", "band"), [(14.9, 0), (15, 1), (24.9, 1), (25, 2), (30, 2), (30.1, 3)])
def test_vix_bands(level, band):
    assert features("regime", vix=constant(level))["regime_vix_band_state"][0] == band


def test_volatility_score_compares_with_the_sessions_before():
    found = features("regime", zl_return=RETURNS)["regime_volatility_zscore_ratio"]
    volatility = pd.Series(RETURNS).rolling(21, min_periods=18).std()
    before = volatility.shift(1).rolling(504, min_periods=252)
    np.testing.assert_allclose(found, (volatility - before.mean()) / before.std(), rtol=1e-7, atol=1e-9)


def test_gate_reads_the_score_of_two_years():
    score = np.array([0.0, 1.5, 0.8, 2.5, 0.0])
    assert list(gate.compute({"regime_volatility_zscore_ratio": score})["regime_gate_state"]) == [0, 1, 1, 2, 0]


def test_currency_momentum_is_a_log_change_of_what_was_known():
    rate = 5 * np.exp(INDEX)
    found = features("fx", fx_usdbrl=rate, fx_dxy=rate, zl_return=RETURNS)
    np.testing.assert_allclose(found["fx_usdbrl_momentum_21_ratio"][21:], INDEX[21:] - INDEX[:-21], atol=1e-12)
    assert found["fx_corr_zl_dxy_60_ratio"][-1] == pytest.approx(1.0)
    expected = pd.Series(INDEX).diff().rolling(21).std() * sqrt(252)
    np.testing.assert_allclose(found["fx_usdbrl_volatility_21_ratio"][22:], expected[22:], rtol=1e-9)


def test_changes_of_rates_are_in_percentage_points():
    found = features("macro", fred_dgs10=np.linspace(2, 4, N))["fred_dgs10_change_21_percent"]
    assert found[21] == pytest.approx(2 * 21 / (N - 1))


def test_divergence_is_speculators_less_commercials():
    found = features("positioning", cot_noncommercial=constant(0.2), cot_commercial=constant(-0.15))
    assert found["cftc_zl_divergence_ratio"][0] == pytest.approx(0.35)


@pytest.mark.parametrize("family", DIRECT_FAMILIES)
def test_family_of_nothing_known_is_null_and_does_not_fail(family):
    found = features(family)
    given = [name for name, column in found.items() if not np.isnan(column).all()]
    # seasons and dated acts are known to every session without any row
    assert [name for name in given if not name.startswith(("season_", "policy_"))] == []
