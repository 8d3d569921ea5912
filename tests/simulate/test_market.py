"""The simulated market: same seed, same bytes; honest contracts; the planted truth is there to be found."""

from datetime import UTC, date, datetime

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from statsmodels.tsa.stattools import adfuller

from oilseer.errors import ConfigError, ContractError
from oilseer.market import sessions
from oilseer.raw import specs
from oilseer.simulate.market import load_market, simulate
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace
from oilseer.warehouse.write import table_hash

NOW = datetime(2025, 7, 1, tzinfo=UTC)
END = date(2025, 6, 30)
SHORT_START, SHORT_END, LATER_END = date(2019, 1, 2), date(2020, 3, 5), date(2020, 3, 20)


@pytest.fixture(scope="module")
def market():
    return simulate(7, END, NOW)


@pytest.fixture(scope="module")
def short():
    return simulate(7, SHORT_END, NOW, start=SHORT_START)


@pytest.fixture(scope="module")
def fronts(market):
    """Settlements of the busiest contract of each root and session, one column a root."""
    futures = rows_of(market, "raw.databento_futures_ohlcv_1d")
    assert futures.num_rows
    return duckdb.sql(
        "PIVOT (SELECT observation_date, symbol, arg_max(settle, volume) AS settle FROM futures GROUP BY ALL) "
        "ON symbol USING any_value(settle) ORDER BY observation_date"
    ).df()


def rows_of(market, table):
    return next(rows for spec, rows in market.deliveries if spec.name == table)


def without_load_facts(rows: pa.Table) -> pa.Table:
    return rows.drop_columns(["provenance_id", "ingested_at"])


def test_same_seed_gives_the_same_rows_and_another_seed_others(short):
    again = simulate(7, SHORT_END, NOW, start=SHORT_START)
    other = simulate(8, SHORT_END, NOW, start=SHORT_START)
    for (spec, rows), (_, same), (_, different) in zip(
        short.deliveries, again.deliveries, other.deliveries, strict=True
    ):
        assert rows.equals(same), spec.name
        assert not rows.drop_columns(["source", "provenance_id"]).equals(
            different.drop_columns(["source", "provenance_id"])
        ), spec.name


@pytest.mark.parametrize("start", [date(2000, 1, 3), SHORT_START])
def test_a_later_end_only_adds_rows(start):
    before = {spec.name: rows for spec, rows in simulate(7, SHORT_END, NOW, start=start).deliveries}
    after = {spec.name: rows for spec, rows in simulate(7, LATER_END, NOW, start=start).deliveries}
    assert before.keys() == after.keys()
    for name, rows in before.items():
        assert after[name].num_rows > rows.num_rows or name == "raw.worldbank_commodities", name
        kept = without_load_facts(after[name]).slice(0, rows.num_rows)
        assert kept.equals(without_load_facts(rows)), f"{name} changed its past"


def test_no_row_is_public_after_the_cutoff_of_the_last_session(market):
    for spec, rows in market.deliveries:
        public = rows["available_at"].to_numpy()
        assert public.max() <= np.datetime64(sessions.cutoff(END).replace(tzinfo=None)), spec.name
        described = rows["observation_date"].to_numpy().astype("datetime64[D]")
        assert (public.astype("datetime64[D]") >= described).all(), f"{spec.name} is public before its day"


def test_every_delivery_keeps_its_spec_and_loads_once(short, tmp_path):
    with writer(create_workspace(tmp_path, "simulated", NOW)) as connection:
        first = load_market(connection, short, NOW, NOW)
        hashes = {spec.name: table_hash(connection, spec) for spec, _ in short.deliveries}
        assert first == {spec.name: rows.num_rows for spec, rows in short.deliveries}
        assert set(load_market(connection, short, NOW, NOW).values()) == {0}
        assert all(connection.execute(f"FROM {spec.name} LIMIT 0").fetchall() == [] for spec in specs.SPECS)
        later = simulate(7, LATER_END, datetime(2025, 7, 2, tzinfo=UTC), start=SHORT_START)
        added = load_market(connection, later, NOW, NOW)
        for spec, rows in later.deliveries:
            assert added[spec.name] == rows.num_rows - first[spec.name], spec.name
        assert set(load_market(connection, short, NOW, NOW).values()) == {0}, "an older market has nothing new"
        assert hashes["raw.cboe_vix"] != table_hash(connection, later.deliveries[3][0])


def test_another_seed_is_refused_in_the_same_workspace(short, tmp_path):
    with writer(create_workspace(tmp_path, "simulated", NOW)) as connection:
        load_market(connection, short, NOW, NOW)
        with pytest.raises(ContractError, match="another workspace"):
            load_market(connection, simulate(8, SHORT_END, NOW, start=SHORT_START), NOW, NOW)


def test_a_real_workspace_refuses_simulated_rows(short, tmp_path):
    real = create_workspace(tmp_path, "real", NOW)
    with writer(real) as connection, pytest.raises(ContractError, match="do not belong in a real workspace"):
        load_market(connection, short, NOW, NOW)
    with writer(real) as connection:
        assert (
            connection.execute("SELECT sum(estimated_size) FROM duckdb_tables() WHERE schema_name = 'raw'").fetchone()[
                0
            ]
            == 0
        )


def test_every_source_says_simulated(market):
    for spec, rows in market.deliveries:
        sources = set(rows["source"].unique().to_pylist())
        assert sources == {"simulated market, seed 7"}, spec.name


@pytest.mark.parametrize(("start", "end"), [(END, END), (date(2000, 1, 3), date(2036, 1, 2))])
def test_a_span_without_enough_calendar_is_refused(start, end):
    with pytest.raises(ConfigError, match="sessions"):
        simulate(7, end, NOW, start=start)


def test_oil_contracts_follow_the_delivery_cycle_and_end_before_the_15th(market):
    futures = rows_of(market, "raw.databento_futures_ohlcv_1d")
    assert futures.num_rows
    last = duckdb.sql(
        "SELECT contract, contract_month, max(observation_date) AS last FROM futures WHERE symbol = 'ZL' "
        "AND contract_month < '2025-06-01' GROUP BY ALL"
    ).fetchall()
    assert {name[2] for name, _, _ in last} == set("FHKNQUVZ")
    assert len({name for name, _, _ in last}) == len(last) > 200
    for name, month, day in last:
        assert day == sessions.on_or_before(date(month.year, month.month, 14)), name


@pytest.mark.parametrize("symbol", ["ZL", "ZS", "ZM", "CL"])
def test_volume_moves_to_the_next_contract_before_expiry(market, symbol):
    futures = rows_of(market, "raw.databento_futures_ohlcv_1d")
    assert futures.num_rows
    leads = duckdb.sql(
        "WITH leaders AS (SELECT observation_date, arg_max(contract_month, volume) AS month FROM futures "
        "WHERE symbol = $symbol GROUP BY ALL), "
        "ends AS (SELECT contract_month AS month, max(observation_date) AS expiry FROM futures "
        "WHERE symbol = $symbol GROUP BY ALL) "
        "SELECT month, max(observation_date), any_value(expiry) FROM leaders JOIN ends USING (month) "
        "WHERE month < '2025-06-01' GROUP BY month ORDER BY month",
        params={"symbol": symbol},
    ).fetchall()
    assert len(leads) > 150
    assert all(last_led < expiry for _, last_led, expiry in leads)
    assert [month for month, *_ in leads] == sorted(month for month, *_ in leads)


def test_bars_hold_open_close_and_settle_between_low_and_high(market):
    for table in ("raw.databento_futures_ohlcv_1d", "raw.databento_futures_ohlcv_1h", "raw.yahoo_prices_1d"):
        rows = rows_of(market, table)
        low, high = rows["low"].to_numpy(), rows["high"].to_numpy()
        for name in ("open", "close"):
            values = rows[name].to_numpy()
            assert ((low <= values) & (values <= high)).all(), (table, name)
        assert (low > 0).all()


def test_hours_of_a_session_run_from_its_open_to_its_close(market):
    futures, hours = (rows_of(market, f"raw.databento_futures_ohlcv_{size}") for size in ("1d", "1h"))
    assert futures.num_rows
    assert hours.num_rows
    wrong, sessions_seen = duckdb.sql(
        "WITH h AS (SELECT contract, observation_date, arg_min(open, bar_start) AS open, "
        "arg_max(close, bar_start) AS close, max(high) AS high, "
        "min(low) AS low, max(available_at) AS public FROM hours GROUP BY ALL) "
        "SELECT count(*) FILTER (h.open <> d.open OR h.close <> d.close OR h.high > d.high OR h.low < d.low "
        "OR h.public > d.available_at), count(*) FROM h JOIN futures AS d USING (contract, observation_date)"
    ).fetchone()
    assert sessions_seen > 3_700
    assert wrong == 0


def test_prices_stay_in_the_ranges_of_the_last_25_years(fronts):
    assert fronts["ZL"].between(15, 90).all()
    assert fronts["ZS"].between(400, 1700).all()
    assert fronts["ZM"].between(150, 550).all()
    share = 0.11 * fronts["ZL"] / (0.11 * fronts["ZL"] + 0.022 * fronts["ZM"])
    assert share.between(0.30, 0.55).all()


def test_board_crush_is_positive_and_comes_back_to_its_mean(market, fronts):
    board = (0.022 * fronts["ZM"] + 0.11 * fronts["ZL"] - fronts["ZS"] / 100).to_numpy()
    assert board.min() > 0.3
    assert board.max() < 3.5
    spot = np.log(market.truth.spot_crush_usd_per_bu)
    assert adfuller(board)[1] < 0.01, "cointegrated"
    assert adfuller(np.log(fronts["ZL"].to_numpy()), maxlag=21)[1] > adfuller(spot)[1]
    persistence = np.polyfit(spot[:-1], spot[1:], 1)[0]
    assert np.log(0.5) / np.log(persistence) == pytest.approx(market.truth.crush_half_life, rel=0.25)
    assert np.exp(np.median(spot)) == pytest.approx(market.truth.crush_centre_usd_per_bu, rel=0.15)


def test_returns_have_fat_tails_and_clustered_volatility(market):
    returns = market.truth.held_return[1:]
    squares = returns**2 - (returns**2).mean()
    acf = [float((squares[lag:] * squares[:-lag]).mean() / squares.var()) for lag in (1, 5, 21)]
    assert ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 > 4.5
    assert min(acf[:2]) > 3 / len(returns) ** 0.5
    assert 0.15 < returns.std() * 252**0.5 < 0.35


def test_volatility_rises_by_regime_in_summer_and_on_report_days(market):
    truth = market.truth
    returns, regime = truth.held_return[1:], truth.regime[1:]
    calm, stressed, crisis = (returns[regime == name].std() for name in ("CALM", "STRESSED", "CRISIS"))
    assert calm * 1.1 < stressed < crisis / 1.1
    month = truth.dates.astype("datetime64[M]").astype(int)[1:] % 12 + 1
    assert returns[np.isin(month, (6, 7, 8))].std() > 1.1 * returns[np.isin(month, (12, 1, 2))].std()
    assert returns[truth.volatility.report[1:]].std() > 1.2 * returns[~truth.volatility.report[1:]].std()


def test_planted_drivers_are_recovered_with_their_sign_and_size(market):
    """Weighted least squares on the known signals: each estimate within 3.5 standard errors of the truth."""
    truth = market.truth
    returns, weight = truth.held_return[1:], 1 / truth.daily_sd[1:]
    columns = [truth.signals[d.name][:-1] * weight if d.lag else truth.signals[d.name][1:] for d in truth.drivers]
    inputs = np.column_stack([*columns, weight])
    outcome = returns * weight
    estimate, *_ = np.linalg.lstsq(inputs, outcome, rcond=None)
    noise = outcome - inputs @ estimate
    error = np.sqrt(np.diag(np.linalg.inv(inputs.T @ inputs)) * noise.var())
    for driver, found, spread in zip(truth.drivers, estimate, error, strict=False):
        assert abs(found - driver.effect) < 3.5 * spread, driver.name
        assert found / spread * np.sign(driver.effect) > 2, driver.name


def test_every_driver_group_has_a_planted_driver(market):
    assert {driver.group for driver in market.truth.drivers} == {
        "BIOFUEL_ENERGY", "TRADE_TARIFF", "WEATHER_SUPPLY", "PALM_SUBSTITUTION", "MACRO_RISK", "POSITIONING",
        "POLICY_REGULATION", "TECHNICAL_REGIME",
    }  # fmt: skip


def test_planted_signals_can_be_rebuilt_from_rows_public_at_the_cutoff(market):
    truth = market.truth
    place = truth.place(date(2019, 7, 17))
    cutoff = sessions.cutoff(date(2019, 7, 17))
    positions, rain, currencies = (
        rows_of(market, name) for name in ("raw.cftc_cot_legacy", "raw.weather_noaa", "raw.fx_rates_1d")
    )
    assert positions.num_rows
    assert rain.num_rows
    assert currencies.num_rows
    net = duckdb.sql(
        "SELECT (noncommercial_long - noncommercial_short) / open_interest FROM positions "
        "WHERE contract_code = '007601' AND available_at <= $cutoff ORDER BY observation_date DESC LIMIT 1",
        params={"cutoff": cutoff},
    ).fetchone()[0]
    assert (net - 0.05) / 0.10 == pytest.approx(truth.signals["crowding"][place], abs=1e-3)
    fallen, newest = duckdb.sql(
        "SELECT sum(precipitation_mm), max(observation_date) FROM rain WHERE region LIKE 'US_%' "
        "AND available_at <= $cutoff AND observation_date > DATE '2019-07-15' - INTERVAL 30 DAY",
        params={"cutoff": cutoff},
    ).fetchone()
    assert newest == date(2019, 7, 15)
    expected = 30 * (2.5 + 2.7 + 2.1 + 2.0 + 3.0) * 1.49  # 1 + 0.5 × cosine, near its top in July
    assert (1 - fallen / expected) / 0.45 == pytest.approx(truth.signals["dryness"][place], abs=0.05)
    real = duckdb.sql(
        "SELECT ln(rate) FROM currencies WHERE pair = 'USDBRL' AND available_at <= $cutoff "
        "ORDER BY observation_date DESC LIMIT 22",
        params={"cutoff": cutoff},
    ).fetchall()
    assert (real[21][0] - real[0][0]) / (0.16 * (21 / 252) ** 0.5) == pytest.approx(
        truth.signals["brl_momentum"][place], abs=5e-3
    )


def test_positions_are_as_of_tuesday_and_public_on_friday_afternoon(market):
    positions = rows_of(market, "raw.cftc_cot_legacy")
    assert positions.num_rows
    days = duckdb.sql(
        "SELECT DISTINCT observation_date, available_at AT TIME ZONE 'America/New_York' FROM positions"
    ).fetchall()
    assert {day.isoweekday() for day, _ in days} == {2}
    assert {(public.hour, public.minute) for _, public in days} == {(15, 30)}
    lags = [(public.date() - day).days for day, public in days]
    assert min(lags) == 3
    assert np.mean(np.array(lags) == 3) > 0.9


def test_random_walk_variant_has_constant_variance_and_nothing_to_find():
    truth = simulate(7, END, NOW, null=True).truth
    returns = truth.held_return[1:]
    n = len(returns)
    assert truth.drivers == ()
    assert np.diff(truth.front_settle_log) == pytest.approx(returns, abs=1e-12), "a roll changes no price"
    for series in (returns, returns**2):
        centred = series - series.mean()
        for lag in (1, 2, 5, 21):
            assert abs((centred[lag:] * centred[:-lag]).mean() / centred.var()) < 4 / n**0.5
    for name, signal in truth.signals.items():
        if np.std(signal) > 0 and name != "value":
            assert abs(np.corrcoef(signal[:-1], returns)[0, 1]) < 4 / n**0.5, name
    half = n // 2
    assert returns[:half].std() == pytest.approx(returns[half:].std(), rel=0.06)
    assert ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 == pytest.approx(3, abs=0.3)
