"""The market's past against answers by hand: weeks of the season, rates by vendor, places among reports, credits."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from snapshots import AS_OF, _price_row, empty_database, write

from oilseer.dashboard import charts_market, market_past, market_words, spread_words, wasde_words
from oilseer.errors import ConfigError
from oilseer.market import sessions
from oilseer.staging import biofuel, cot_positions, fx_daily, supply
from oilseer.staging.zl_prices_clean import SPEC as PRICES

NEXT_WEEK = datetime(2025, 7, 7, 21, tzinfo=UTC)
WEEKS = 60


def stamped(day: date, **others: object) -> dict:
    at = sessions.cutoff(day)
    return {"observation_date": day, "available_at": at, "availability": "lagged", "ingested_at": at, "source": "test",
            "provenance_id": "0", **others}  # fmt: skip


@pytest.fixture(scope="module")
def connection(tmp_path_factory):
    """Soybean oil costs as many cents as its year has after 2000, and 27 at the first session of 2025."""
    with empty_database(tmp_path_factory.mktemp("past") / "s.duckdb") as connection:
        calendar = sessions.sessions()
        days = calendar[(calendar >= np.datetime64("2013-01-01")) & (calendar <= np.datetime64(AS_OF))].astype(object)
        first = next(day for day in days if day.year == 2025)
        write(connection, PRICES, [_price_row(day, 27.0 if day == first else day.year - 2000.0, place)
                                   for place, day in enumerate(days)])  # fmt: skip
        rates = [stamped(day, pair="USDBRL", quoted_pair="USDBRL", rate=5.0 + place / 100, vendor="second",
                         vendor_rank=1) for place, day in enumerate(days[-30:])]  # fmt: skip
        best = stamped(days[-1], pair="USDBRL", quoted_pair="USDBRL", rate=6.0, vendor="first", vendor_rank=0)
        late = stamped(AS_OF, pair="DXY", quoted_pair="DXY", rate=99.0, vendor="first", vendor_rank=0)
        old = stamped(days[-3], pair="DXY", quoted_pair="DXY", rate=98.0, vendor="first", vendor_rank=0)
        write(connection, fx_daily.SPEC, [*rates, best, late | {"available_at": NEXT_WEEK}, old])
        tuesday = date(2025, 6, 24)
        reports = [
            stamped(tuesday - timedelta(weeks=back), symbol="ZL", report="legacy", trader_group="noncommercial",
                    long_contracts=100, short_contracts=90, open_interest_contracts=500, net_share_ratio=-back / 100)
            for back in range(WEEKS)
        ]  # fmt: skip
        few = [row | {"report": "disaggregated", "trader_group": "managed_money"} for row in reports[:3]]
        revised = reports[0] | {"available_at": NEXT_WEEK, "net_share_ratio": 0.9}
        write(connection, cot_positions.SPEC, [*reports, *few, revised])
        write(connection, supply.WASDE, [
            stamped(day, balance=balance, commodity="soybean_oil", attribute=line, marketing_year="2024/25",
                    status="estimate", value=value, unit="million pounds")
            for balance, line, day, value in (
                ("us", "ending_stocks", date(2025, 5, 12), 1500.0), ("us", "ending_stocks", date(2025, 6, 12), 1450.0),
                ("us", "production", date(2025, 6, 12), 29_000.0),
                ("brazil", "exports", date(2025, 5, 12), 10.0), ("brazil", "exports", date(2025, 6, 12), 12.0),
                ("china", "imports", date(2025, 5, 12), 10.0), ("china", "imports", date(2025, 6, 12), 9.5),
            )
        ])  # fmt: skip
        write(connection, biofuel.RIN_PRICES, [
            stamped(date(2025, 6, 2) - timedelta(weeks=back), d_code="D4", price_usd_per_rin=1.0 + back, rin_year=2025,
                    qap="Unverified") for back in range(3)
        ])  # fmt: skip
        yield connection


def test_a_week_stands_beside_least_mean_and_greatest_of_the_years_before(connection):
    found = market_past.seasonality(connection)
    spring = found["rows"][13]
    assert (spring["five_min"], spring["five_mean"], spring["five_max"], spring["five_years"]) == (20, 22, 24, 5)
    assert (spring["ten_min"], spring["ten_mean"], spring["ten_max"], spring["ten_years"]) == (15, 19.5, 24, 10)
    assert spring["this_year"] == 25
    # 2, 3, 6 and 7 January 2025 were sessions: (27 + 3 · 25) / 4
    assert found["rows"][0]["this_year"] == 25.5
    assert found["rows"][40]["this_year"] is None  # October lies ahead
    assert [found["rows"][i]["starts_on"] for i in (0, 1, 51)] == ["2025-01-01", "2025-01-08", "2025-12-24"]


def test_the_first_vendor_that_was_known_stands_for_a_day(connection):
    rows = {row["pair"]: row for row in market_past.currencies(connection)["rows"]}
    real = rows["USDBRL"]
    assert (real["rate"], real["vendor"], real["age_days"]) == (6.0, "first", 0)
    assert real["change_day_ratio"] == pytest.approx(6 / 5.28 - 1)
    assert real["change_week_ratio"] == pytest.approx(6 / 5.24 - 1)
    assert real["change_month_ratio"] == pytest.approx(6 / 5.08 - 1)
    assert real["percentile_year"] == 1
    assert (rows["DXY"]["rate"], rows["DXY"]["change_day_ratio"]) == (98.0, None)  # 99 is public a week later


def test_places_need_their_whole_span_and_revisions_to_come_are_not_known(connection):
    groups = {row["trader_group"]: row for row in market_past.positions_past(connection, "ZL")["groups"]}
    told = groups["noncommercial"]
    assert (told["net_share_ratio"], told["reports"], told["age_days"]) == (0, WEEKS, 6)
    assert told["change_week_ratio"] == pytest.approx(0.01)
    assert (told["percentile_year"], told["percentile_five_years"]) == (1, None)
    assert groups["managed_money"]["percentile_year"] is None
    with pytest.raises(ConfigError, match="ZL"):
        market_past.positions_past(connection, "XX")


def test_no_place_is_told_among_too_few_reports_and_old_ones_are_marked():
    row = {"symbol": "ZL", "trader_group": "producer", "net_share_ratio": -0.1, "change_week_ratio": 0.01,
           "percentile_three_years": 0.5, "long_contracts": 1, "short_contracts": 2}  # fmt: skip
    answer = {"as_of_date": "2025-06-30", "rows": [
        row | {"reports": 156, "observation_date": "2025-06-24"},
        row | {"reports": 8, "observation_date": "2023-02-21"},
    ]}  # fmt: skip
    full, few = market_words.position_rows(answer)
    assert (full[4], full[-1]) == ("50 % of 3 years", "6")
    assert (few[4], few[-1]) == ("8 reports", "▲ 860")


@pytest.mark.parametrize(
    ("place", "verdict"),
    [(0.95, "the top of their range"), (0.85, "crowded"), (0.5, "neither"), (0.05, "the bottom of their range")],
)
def test_crowding_is_said_by_the_place_among_five_years(place, verdict):
    group = {"trader_group": "noncommercial", "net_share_ratio": -0.123, "percentile_five_years": place,
             "percentile_year": None, "reports": 260}  # fmt: skip
    words = charts_market.crowding_words(group)
    assert words.startswith("Speculators are net short by 12.3 % of open interest")
    assert verdict in words


def test_few_reports_say_nothing_of_crowding():
    group = {"trader_group": "producer", "net_share_ratio": 0.1, "percentile_five_years": None,
             "percentile_year": None, "reports": 8}  # fmt: skip
    assert "8 reports are too few to say" in charts_market.crowding_words(group)


def test_a_line_of_the_wasde_is_told_release_by_release(connection):
    found = market_past.wasde_past(connection, "soybean_oil", "us", "ending_stocks")
    assert [(row["observation_date"], row["value"]) for row in found["rows"]] == [
        ("2025-06-12", 1450), ("2025-05-12", 1500)]  # fmt: skip
    assert "1,450 million pounds in the report of 12 Jun 2025, −50" in charts_market.wasde(found, "oil").finding


def test_a_balance_shows_each_revision_and_what_is_new(connection):
    from oilseer.dashboard.supply_answers import wasde

    found = wasde(connection, "soybean_oil")
    balance = wasde_words.balance(found)
    assert balance["years"] == [("2024/25", "estimate")]
    lines = {name: cells[0] for name, _, cells in balance["rows"]}
    assert lines["Ending stocks"] == {"value": "1,450", "moved": "▼ −50"}
    assert lines["Production"] == {"value": "29,000", "moved": "first"}
    assert list(lines) == ["Production", "Ending stocks"]
    moved = [(row[0], row[5]) for row in wasde_words.revisions(found)]
    assert moved == [("Brazil", "▲ +2.00"), ("China", "▼ −0.50")]  # 20 % before 5 %


def test_a_credit_says_its_age_and_when_no_feature_uses_it(connection):
    found = market_past.rins(connection)
    assert (found["age_days"], found["is_stale"]) == (28, False)
    assert "Week of 2 Jun 2025, 28 days before this close: D4 1.000 USD." in charts_market.rins(found).finding
    assert "too old for any feature" in charts_market.rins(found | {"age_days": 120, "is_stale": True}).finding


def contracts(*prices: float) -> dict:
    months = ("2025-08-01", "2025-12-01", "2026-03-01")
    found = [{"contract_month": month, "price_cents_per_lb": price, "volume": None, "open_interest": None}
             for month, price in zip(months, prices, strict=False)]  # fmt: skip
    return {"as_of_date": "2025-06-30", "simulated": False,
            "curves": [{"when": "today", "observation_date": "2025-06-30", "contracts": found}]}  # fmt: skip


@pytest.mark.parametrize(
    ("prices", "words"),
    [((), "No delivery month was quoted"), ((50.0,), "It is the only delivery month known"),
     ((50.0, 51.5), "Dec 2025 costs 1.50 more. Only these two delivery months are known"),
     ((50.0, 51.5, 48.0), "Aug 2025 closed at 50.00 ¢/lb; Mar 2026 costs 2.00 less."),
     ((50.0, 51.5, 50.0), "Mar 2026 costs as much.")],
)  # fmt: skip
def test_the_curve_says_what_it_does_not_know(prices, words):
    drawn = charts_market.curve(contracts(*prices))
    assert words in drawn.finding
    assert len(drawn.rows) == len(prices)
    assert [trace["x"] for trace in drawn.figure["data"]] == ([[2, 6, 9][: len(prices)]] if prices else [])


def test_a_spread_without_a_value_says_since_when_and_why():
    row = {"name": "spread_biodiesel_margin_usd_per_gal", "unit": "USD/gal", "value": None, "formula": "f", "why": "w",
           "source": "s", "available_until": "2023-03-10", "missing_because": "no credit is young enough"}  # fmt: skip
    cards = dict(spread_words.cards({"rows": [row]}, {}))["Fuel"]
    assert cards[0]["value"] == "–"
    assert cards[0]["age"] == "No value since 10 Mar 2023: no credit is young enough."
