"""Markets and macro from the replay server to raw tables: what the real folder says stands in them, and no more."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
from recorded import DELIVERIES, real_file
from replay.history import History
from replay.server import Replay

from oilseer.raw.ingest import Desk, Request, ingest
from oilseer.raw.network import Network
from oilseer.warehouse.connect import writer
from oilseer.warehouse.workspace import create_workspace

NOW = datetime(2025, 7, 1, 2, tzinfo=UTC)  # 22:00 New York of Monday 2025-06-30
SINCE, UNTIL = date(2025, 5, 1), date(2025, 6, 30)
KEYS = dict.fromkeys(("FRED_API_KEY", "BLS_API_KEY", "DATABENTO_API_KEY"), "0123456789abcdef0123456789abcdef")
NAMES = ("yahoo", "cboe_vix", "fred", "worldbank", "bls")


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    """States of one ingest of all these sources, and a function that reads rows."""
    real_file("market/prices_yahoo_daily.parquet")
    workspace = create_workspace(tmp_path_factory.mktemp("markets") / "home", "real", NOW)
    with Replay(History(DELIVERIES, UNTIL)) as replay, writer(workspace) as connection:
        network = Network(lambda: NOW, replay.url)
        desk = Desk(connection, workspace.home, network, lambda: NOW, KEYS)
        states = {row["source"]: row for row in ingest(desk, Request(NAMES, SINCE, UNTIL), lambda *_: None)}
        again = {row["source"]: row for row in ingest(desk, Request(NAMES, SINCE, UNTIL), lambda *_: None)}
        network.close()
        yield states, again, lambda sql: connection.execute(sql).pl()


def real(file: str, **names: str) -> pl.DataFrame:
    return pl.read_parquet(real_file(f"{file}.parquet")).select(**names)


def test_every_source_succeeds_and_a_second_time_changes_nothing(market):
    states, again, _ = market
    found = {name: (states[name]["status"], states[name]["quarantined"]) for name in NAMES}
    assert found == dict.fromkeys(NAMES, ("ok", 0)), [states[name]["message"] for name in NAMES]
    assert {name: (again[name]["status"], again[name]["changed"]) for name in NAMES} == dict.fromkeys(
        NAMES, ("unchanged", 0)
    )


def test_prices_are_those_of_the_real_folder(market):
    rows = market[2]("SELECT symbol, observation_date, close, availability FROM raw.yahoo_prices_1d")
    history = real("market/prices_yahoo_daily", symbol="symbol", observation_date="date", other="close")
    both = rows.join(history, on=["symbol", "observation_date"])
    assert both.height == rows.height > 600
    assert both["symbol"].n_unique() >= 15
    assert both.filter((pl.col("close") - pl.col("other")).abs() > 1e-4).is_empty()
    assert rows["availability"].unique().to_list() == ["lagged"]


def test_vintages_carry_the_day_on_which_they_came(market):
    rows = market[2](
        "SELECT series_id, observation_date, value, available_at, availability FROM raw.fred_economic "
        "WHERE series_id = 'UNRATE' ORDER BY observation_date"
    )
    # May's rate came on Friday 2025-06-06, 08:30 New York
    assert rows.rows() == [("UNRATE", date(2025, 5, 1), 4.2, datetime(2025, 6, 6, 12, 30, tzinfo=UTC), "vintage")]


def test_months_are_those_of_the_real_folder_and_no_more(market):
    rows = market[2]("SELECT code, observation_date, value FROM raw.worldbank_commodities")
    history = real("history/worldbank_pinksheet_monthly", code="code", observation_date="month", other="value")
    both = rows.join(history, on=["code", "observation_date"])
    assert both.height == rows.height > 40_000
    assert both.filter((pl.col("value") - pl.col("other")).abs() > 1e-9).is_empty()
    assert rows["observation_date"].max() == date(2025, 5, 1)  # June comes on the second working day of July


def test_consumer_prices_are_those_of_the_real_folder(market):
    rows = market[2]("SELECT series_id, observation_date, value FROM raw.bls_series")
    history = real("history/fred_macro", series_id="series_id", observation_date="date", other="value")
    history = history.filter(pl.col("series_id") == "CPIAUCSL").drop("series_id")
    both = rows.filter(pl.col("series_id") == "CUSR0000SA0").join(history, on="observation_date")
    assert both.height >= 4
    assert (both["value"] == both["other"]).all()


def test_futures_come_through_the_clients_own_library(tmp_path):
    pytest.importorskip("databento", reason="the extra databento is not installed")
    history = real("market/futures_daily", symbol="root", contract="contract", observation_date="date", other="close")
    workspace = create_workspace(tmp_path / "home", "real", NOW)
    with Replay(History(DELIVERIES, UNTIL)) as replay, writer(workspace) as connection:
        network = Network(lambda: NOW, replay.url)
        desk = Desk(connection, workspace.home, network, lambda: NOW, KEYS)
        request = Request(("databento",), date(2025, 6, 16), UNTIL)
        states = {row["source"]: row for row in ingest(desk, request, lambda *_: None)}
        network.close()
        rows = connection.execute(
            "SELECT symbol, contract, observation_date, close, availability FROM raw.databento_futures_ohlcv_1d"
        ).pl()
        hours = connection.execute(
            "SELECT symbol, count(*) FROM raw.databento_futures_ohlcv_1h GROUP BY ALL"
        ).fetchall()
    assert states["databento"]["status"] == "ok", states["databento"]["message"]
    rows = rows.filter(
        pl.col("observation_date") != date(2025, 6, 19)
    )  # a holiday, which the history joins to the 20th
    both = rows.join(history, on=["symbol", "contract", "observation_date"])
    assert both.height == rows.height
    assert {"ZL", "ZS", "ZM", "CL", "HO"} <= set(rows["symbol"])
    assert both.filter((pl.col("close") - pl.col("other")).abs() > 1e-9).is_empty()
    assert {symbol for symbol, _ in hours} == {"ZL", "ZS", "ZM", "CL", "HO"}
