"""The AnoFox engine as far as it can be proved without its extension: names, SQL, parser, and the refusal."""

import duckdb
import numpy as np
import pytest
from scipy.special import ndtri
from windows import make_window

from oilseer.errors import ConfigError, MissingExtra, ModelError
from oilseer.models import anofox
from oilseer.models.zoo import STATISTICAL
from oilseer.quantiles import LEVELS

LOG_SIXTY = np.log(60.0)
ORIGIN = np.datetime64("2022-05-02")


def answer_rows(centre=LOG_SIXTY, daily=0.02, steps=5, upside_down=False):
    """What the extension returns for a log random walk, built in DuckDB from the normal quantiles."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE answer (nominal DOUBLE, step BIGINT, yhat DOUBLE, yhat_lower DOUBLE, yhat_upper DOUBLE)"
    )
    for nominal in (0.5, 0.8, 0.9, 0.95):
        reach = ndtri(0.5 + nominal / 2) * (-1 if upside_down else 1)
        for step in range(1, steps + 1):
            half = daily * np.sqrt(step) * reach
            connection.execute(
                "INSERT INTO answer VALUES (?, ?, ?, ?, ?)",
                [nominal, step, centre, centre - half, centre + half],
            )
    return connection.execute("SELECT nominal, step, yhat, yhat_lower, yhat_upper FROM answer").to_arrow_table()


def test_every_statistical_name_is_served_or_listed_as_not_served():
    assert set(anofox.METHODS) | set(anofox.NOT_SERVED) == set(STATISTICAL)
    assert not set(anofox.METHODS) & set(anofox.NOT_SERVED)


def test_sql_calls_the_extension_once_a_band_with_its_own_names():
    sql = anofox.forecast_sql("WindowAverage", 252)
    calls = [line for line in sql.splitlines() if line.startswith("FROM")]
    assert calls[0] == (
        "FROM ts_forecast_by('anofox_input', series, day, value, 'SMA', 252, '1d', "
        "MAP{'window': '21', 'confidence_level': '0.5'})"
    )
    assert [call.split("'confidence_level': ")[1] for call in calls] == ["'0.5'})", "'0.8'})", "'0.9'})", "'0.95'})"]


@pytest.mark.parametrize("name", sorted(anofox.METHODS))
def test_sql_is_accepted_by_duckdbs_parser(name):
    connection = duckdb.connect()
    statements = connection.extract_statements(anofox.forecast_sql(name, 252))
    assert [statement.type.name for statement in statements] == ["SELECT"]


@pytest.mark.parametrize("name", ["HistoricAverage", "B1", "'; DROP TABLE x; --"])
def test_name_that_is_not_served_is_refused_before_any_sql(name):
    with pytest.raises(ConfigError, match="does not serve"):
        anofox.forecast_sql(name, 252)


def test_sql_runs_on_a_macro_of_the_same_signature_and_parses_to_the_normal_quantiles():
    """A stand-in with the documented signature proves everything but the extension's own numbers."""
    connection = duckdb.connect()
    connection.execute("""
        CREATE MACRO ts_forecast_by(source, grp, d, target, method, steps, frequency, params) AS TABLE
        SELECT 'ZL' AS series, DATE '2030-01-01' + i::INTEGER AS day, ln(60.0) AS yhat,
               ln(60.0) - sqrt(i) * params['confidence_level']::DOUBLE AS yhat_lower,
               ln(60.0) + sqrt(i) * params['confidence_level']::DOUBLE AS yhat_upper
        FROM range(1, steps + 1) AS t(i)
    """)
    window = make_window(n=300)
    connection.register(anofox.INPUT, anofox.input_rows("Naive", window))
    connection.execute(f"CREATE VIEW series AS SELECT * FROM {anofox.INPUT}")
    sql = anofox.forecast_sql("Naive", 5).replace("series, day, value", "'series', 'day', 'value'")
    rows = connection.execute(sql).to_arrow_table()
    forecast = anofox.parse("Naive", ORIGIN, rows, (1, 4))
    expected = 60 * np.exp([-1.9, -1.8, -1.6, -1.0, 0, 1.0, 1.6, 1.8, 1.9])
    np.testing.assert_allclose(forecast.at(4), expected)


def test_parser_turns_four_intervals_into_nine_price_quantiles():
    forecast = anofox.parse("Naive", ORIGIN, answer_rows(), (5,))
    np.testing.assert_allclose(forecast.at(5), 60 * np.exp(0.02 * np.sqrt(5) * ndtri(LEVELS)))


def test_parser_leaves_prices_of_the_demand_methods_as_they_are():
    forecast = anofox.parse("TSB", ORIGIN, answer_rows(centre=60.0, daily=2.0), (5,))
    np.testing.assert_allclose(forecast.at(5), 60 + 2 * np.sqrt(5) * ndtri(LEVELS))


def test_parser_refuses_a_missing_step_and_crossing_bands_with_the_models_name():
    with pytest.raises(ModelError, match=r"Naive \(AnoFox\) at 2022-05-02: no row for the 0.5 band at step 21"):
        anofox.parse("Naive", ORIGIN, answer_rows(), (5, 21))
    with pytest.raises(ModelError, match=r"Naive \(AnoFox\) at 2022-05-02.*cross"):
        anofox.parse("Naive", ORIGIN, answer_rows(upside_down=True), (5,))


def test_input_is_the_last_thousand_log_prices_on_consecutive_days():
    window = make_window(n=1200)
    rows = anofox.input_rows("Naive", window)
    assert rows.num_rows == 1000
    np.testing.assert_allclose(rows["value"].to_numpy(), np.log(window.settle[-1000:]))
    np.testing.assert_allclose(anofox.input_rows("TSB", window)["value"].to_numpy(), window.settle[-1000:])
    assert (np.diff(rows["day"].to_numpy()) == np.timedelta64(1, "D")).all()


def test_missing_extension_is_said_with_its_remedy(tmp_path):
    connection = duckdb.connect(config={"extension_directory": str(tmp_path)})  # nothing is installed there
    window = make_window(n=300)
    with pytest.raises(MissingExtra, match="INSTALL anofox_forecast FROM community"):
        anofox.AnoFox("Naive", connection).fit(window, 0).predict(window, (5,))
