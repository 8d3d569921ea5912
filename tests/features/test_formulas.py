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
    assert features("season", contract_month=[date(2019, 1, 1)] * N, is_roll=is_roll)["season_to_delivery_days"][0] == 0


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


def test_hog_spread_takes_the_feed_of_seven_contracts_of_hogs():
    found = features("margins", he=constant(80), zc=constant(420), zm=constant(300))
    # 15,000 bu · 4.20 + 100 t · 300 = 93,000 USD for 280,000 lb of hogs, 33.214 USD/cwt
    assert found["spread_hog_feed_usd_per_cwt"][0] == pytest.approx(80 - 93_000 / 2_800)


def test_gasoline_heavy_cracks_by_hand():
    found = features("margins", cl=constant(80), ho=constant(2.5), rb=constant(2.2))
    assert found["spread_crack_gasoline_usd_per_bbl"][0] == pytest.approx(12.4)  # 92.4 − 80
    assert found["spread_crack_532_usd_per_bbl"][0] == pytest.approx((126 * 2.2 + 84 * 2.5) / 5 - 80)  # 17.44


def test_change_of_a_spread_is_in_deviations_of_such_changes():
    crush = RNG.normal(0, 1, N).cumsum()
    found = features("margins", spread_board_crush_usd_per_bu=crush)["spread_board_crush_change_21_ratio"]
    moved = pd.Series(crush).diff(21)
    np.testing.assert_allclose(found[273:], (moved / moved.rolling(252).std())[273:], rtol=1e-7)


def test_china_demand_is_the_mean_of_three_moves_the_yuan_turned_round():
    found = features("margins", hg_log_index=INDEX, zs_log_index=INDEX, fx_usdcny=7 * np.exp(-INDEX))
    moved = pd.Series(INDEX).diff(21)
    expected = moved / moved.rolling(252).std()
    np.testing.assert_allclose(found["signal_china_demand_ratio"][273:], expected[273:], rtol=1e-7)


def test_neighbours_are_levels_and_sums_of_held_returns():
    found = features("neighbours", zc=constant(450), zs_log_index=INDEX)
    assert found["databento_zc_front_cents_per_bu"][5] == 450
    np.testing.assert_allclose(found["databento_zs_momentum_21_ratio"][21:], INDEX[21:] - INDEX[:-21], atol=1e-12)


def test_lags_are_what_was_known_that_many_sessions_before():
    price = np.arange(N) + 20.0
    found = features("lags", zl=price, zl_return=RETURNS, cl_log_index=INDEX)
    for back in (1, 2, 3, 5, 10, 21):
        assert found[f"databento_zl_lag_{back}_cents_per_lb"][100] == price[100 - back]
        assert found[f"databento_zl_return_lag_{back}_ratio"][100] == RETURNS[100 - back]
        assert found[f"databento_cl_return_lag_{back}_ratio"][100] == pytest.approx(RETURNS[100 - back])
    assert len(found) == 8 * 2 * 6


def test_beta_is_the_slope_of_soybean_oil_on_the_other():
    noise = RNG.normal(0, 0.01, N)
    found = features("betas", zl_return=0.7 * RETURNS + noise, cl_log_index=INDEX)
    rolled = pd.Series(0.7 * RETURNS + noise).rolling(60)
    expected = rolled.cov(pd.Series(RETURNS)) / pd.Series(RETURNS).rolling(60).var()
    np.testing.assert_allclose(found["signal_beta_zl_cl_60_ratio"][61:], expected[61:], rtol=1e-7)
    assert (len(found), len(features("correlations"))) == (28, 112)


def test_roll_yield_is_what_holding_earned_beyond_the_front_price():
    price = 40 * np.exp(INDEX - 0.0002 * np.arange(N))  # each roll steps down
    found = features("curve_shape", zl_log_index=INDEX, zl=price)["curve_roll_yield_63_ratio"]
    np.testing.assert_allclose(found[63:], 63 * 0.0002, atol=1e-12)


def test_seasonal_slope_needs_three_earlier_years_and_sees_what_departs_from_them():
    flat = constant(0.1)
    flat[-1] = 0.4
    found = features("curve_shape", curve_slope_annualized_ratio=flat)["curve_slope_seasonal_ratio"]
    assert np.isnan(found[:700]).all()
    deviation = pd.Series(flat).rolling(1260, min_periods=630).std().iloc[-1]
    assert found[-1] == pytest.approx(0.3 / deviation)


def test_harvest_windows_are_dates():
    found = features("windows")
    inside = {str(DAYS[row]) for row in np.flatnonzero(found["season_us_harvest_flag"])}
    assert min(day for day in inside if day < "2020") == "2019-09-16"  # the 15th is a Sunday
    assert max(day for day in inside if day < "2020") == "2019-11-08"  # the 10th is a Sunday


def test_rates_by_hand():
    two, target = np.linspace(2, 4, N), np.where(np.arange(N) < 400, 1.5, 2.0)
    found = features("rates", fred_dgs2=two, fred_dfedtaru=target, fred_nfci=np.arange(N, dtype=float))
    assert found["fred_dfedtaru_change_21_percent"][410] == pytest.approx(0.5)
    assert found["fred_dgs2_less_dfedtaru_percent"][0] == pytest.approx(0.5)
    assert found["fred_nfci_percentile_252_ratio"][300] == 1.0


def test_pivot_proxy_ranks_the_gap_among_the_sessions_before():
    found = features("expectations", fred_fedfunds=constant(3), fred_dgs2=np.linspace(4, 1, N))
    assert np.isnan(found["fred_pivot_proxy_ratio"][400])
    assert found["fred_pivot_proxy_ratio"][-1] == 1.0, "never before did a night cost as much more than two years"


def test_crisis_intensity_is_the_mean_of_three_parts():
    found = features(
        "stress", volatility_vix_points=constant(30), regime_volatility_zscore_ratio=constant(1.5),
        tech_drawdown_252_ratio=constant(-0.15), regime_gate_state=constant(2), season_us_harvest_flag=constant(0),
        season_brazil_harvest_flag=constant(1), season_argentina_harvest_flag=constant(0),
        tech_trend_strength_63_ratio=np.r_[-0.6, 0.2, constant(0.6)[2:]],
    )  # fmt: skip
    assert found["regime_crisis_intensity_points"][0] == pytest.approx(50.0)  # a half of each ceiling
    assert list(found["regime_master_state"][:3]) == [6, 7, 8]
    assert found["regime_vix_override_flag"][0] == 0, "30 is not above 30"
    assert found["regime_harvest_override_flag"][0] == 1
    calm = features("stress", volatility_vix_points=constant(15), regime_volatility_zscore_ratio=constant(-1))
    assert calm["regime_crisis_intensity_points"][0] == 0.0, "two parts of three are enough"


def test_amihud_and_open_interest_over_volume_by_hand():
    found = features("technicals", zl_log_index=INDEX, zl_return=constant(0.01), zl_volume=np.full(N, 50_000),
                     zl=constant(50))  # fmt: skip
    assert found["tech_amihud_21_ratio"][30] == pytest.approx(log(1e9 * 0.01 / (50_000 * 50 * 600)))
    ratio = features("technicals", zl_open_interest=np.full(N, 90_000), zl_volume=np.full(N, 60_000), zl=constant(50))
    assert ratio["tech_open_interest_volume_ratio"][0] == 1.5


@pytest.mark.parametrize("family", DIRECT_FAMILIES)
def test_family_of_nothing_known_is_null_and_does_not_fail(family):
    found = features(family)
    given = [name for name, column in found.items() if not np.isnan(column).all()]
    # seasons and dated acts are known to every session without any row
    assert [name for name in given if not name.startswith(("season_", "policy_"))] == []
