"""Supply, trade, positions and policy by hand, from raw rows to the session on which they were known."""

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from known_columns import by_day, known_of, with_rows

from oilseer.features import biofuel, cot, crush, news, policy, positioning, substitution, trade, wasde
from oilseer.features.releases import MEASURES
from oilseer.features.series import SERIES
from oilseer.market.sessions import cutoff
from oilseer.reference.events import Event

FIRST, LAST = date(2024, 1, 2), date(2024, 6, 28)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def family(module, first=FIRST, last=LAST, **tables):
    """Columns of one family by name and session."""
    known = known_of(with_rows(first, last, **tables))
    return of_family(module, known)


def of_family(module, known):
    """Columns of one family by name and session."""
    return {name: by_day(known, values) for name, values in module.compute(known).items()}


@pytest.fixture(scope="module")
def shared():
    """One market in which every source has the rows of its own test."""
    return known_of(with_rows(FIRST, LAST, usda_wasde=APRIL + MAY, cftc_cot_disaggregated=[MANAGED],
                              eia_biofuels=FUELS, epa_rin_prices=RINS, usda_nass_crush=CRUSHED, nopa_crush=[MEMBERS],
                              worldbank_commodities=OILS, usda_export_sales=SALES,
                              comtrade_imports=IMPORTS))  # fmt: skip


# ---- WASDE ----


def wasde_rows(day, years, at=None):
    """One report: balance sheet of US soybean oil by marketing year, million lb."""
    rows = []
    for year, sheet in years.items():
        for attribute, value in sheet.items():
            rows.append({
                "table_kind": "us", "commodity": "soybean_oil", "region": "United States", "attribute": attribute,
                "marketing_year": year, "report_column": "current_month", "status": "projection", "value": value,
                "unit": "million pounds", "observation_date": day,
                "available_at": at or datetime(day.year, day.month, day.day, 17, tzinfo=UTC),
            })  # fmt: skip
    return rows


def sheet(stocks, use, biofuel_use=10_000.0):
    return {"ending_stocks": stocks, "use_total": use, "biofuel_use": biofuel_use}


APRIL = wasde_rows(date(2024, 4, 11), {"2023/24": sheet(1_500.0, 25_000.0, 12_000.0)})
MAY = wasde_rows(
    date(2024, 5, 10), {"2023/24": sheet(1_650.0, 25_000.0, 12_600.0), "2024/25": sheet(1_400.0, 28_000.0)}
)


def test_stocks_to_use_and_biofuel_use_are_those_of_the_newest_marketing_year(shared):
    found = of_family(wasde, shared)
    stocks = found["usda_wasde_us_oil_stocks_to_use_percent"]
    assert math.isnan(stocks[date(2024, 4, 10)])
    assert stocks[date(2024, 4, 11)] == pytest.approx(100 * 1_500 / 25_000)
    assert stocks[date(2024, 5, 10)] == pytest.approx(100 * 1_400 / 28_000)
    assert found["usda_wasde_us_oil_biofuel_use_mlb"][date(2024, 4, 11)] == 12_000.0
    assert found["usda_wasde_age_sessions"][date(2024, 4, 15)] == 2.0


def test_revision_compares_one_marketing_year_over_the_step_of_may(shared):
    found = of_family(wasde, shared)
    revision = found["usda_wasde_us_oil_ending_stocks_revision_percent"]
    assert math.isnan(revision[date(2024, 5, 9)])
    assert revision[date(2024, 5, 10)] == pytest.approx(10.0), "1,650 over 1,500 of 2023/24, not 1,400"
    used = found["usda_wasde_us_oil_biofuel_use_revision_percent"][date(2024, 5, 10)]
    assert used == pytest.approx(5.0), "12,600 over 12,000"


def test_corrected_report_counts_from_its_own_instant():
    corrected = wasde_rows(date(2024, 5, 10), {"2024/25": sheet(2_800.0, 28_000.0)}, utc(2024, 5, 16, 17))
    stocks = family(wasde, usda_wasde=APRIL + MAY + corrected)["usda_wasde_us_oil_stocks_to_use_percent"]
    assert [stocks[date(2024, 5, day)] for day in (10, 15, 16)] == pytest.approx([5.0, 5.0, 10.0])


def test_surprise_is_the_revision_against_its_own_trend():
    reports, stocks = [], 1_000.0
    months = [date(2023, month, 10) for month in range(1, 13)] + [date(2024, 1, 10)]
    steps = [1.02, 0.99, 1.01, 1.03, 0.98, 1.0, 1.01, 0.97, 1.02, 1.04, 0.99, 1.10]
    for i, day in enumerate(months):
        stocks *= steps[i - 1] if i else 1.0
        reports += wasde_rows(day, {"2023/24": sheet(stocks, 25_000.0)})
    found = family(wasde, usda_wasde=reports)["usda_wasde_us_oil_ending_stocks_surprise_ratio"]
    past = 100 * (np.array(steps[:-1]) - 1)
    assert found[date(2024, 1, 10)] == pytest.approx((10.0 - past.mean()) / past.std(ddof=1))


# ---- Commitments of Traders ----


def positions(day, funds, trade_net, at=None, code="007601", interest=1_000):
    friday = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=3, hours=20, minutes=30)
    return {
        "contract_code": code, "open_interest": interest, "noncommercial_long": 400 + max(funds, 0),
        "noncommercial_short": 400 + max(-funds, 0), "commercial_long": 300 + max(trade_net, 0),
        "commercial_short": 300 + max(-trade_net, 0), "observation_date": day, "available_at": at or friday,
    }  # fmt: skip


def test_report_of_a_holiday_week_is_known_on_its_late_day():
    late = utc(2024, 1, 8, 20, 30)  # Monday: New Year's week
    rows = [positions(date(2023, 12, 26), 100, -100), positions(date(2024, 1, 2), 200, -250, late)]
    net = family(positioning, cftc_cot_legacy=rows)["cftc_zl_noncommercial_change_1w_ratio"]
    assert math.isnan(net[date(2024, 1, 5)])
    assert net[date(2024, 1, 8)] == pytest.approx(0.10)


def test_percentiles_need_a_history_and_mark_crowding():
    tuesdays = [date(2021, 1, 5) + timedelta(weeks=week) for week in range(180)]
    rows = [positions(day, week, -week) for week, day in enumerate(tuesdays)]
    rows += [positions(day, -week, week, code="005602") for week, day in enumerate(tuesdays)]
    found = family(cot, cftc_cot_legacy=rows)
    friday = tuesdays[-1] + timedelta(days=3)
    assert found["cftc_zl_noncommercial_percentile_260w_ratio"][friday] == 1.0
    assert found["cftc_zs_noncommercial_percentile_52w_ratio"][friday] == 0.0
    early = family(cot, cftc_cot_legacy=rows[:130])["cftc_zl_noncommercial_percentile_260w_ratio"]
    assert math.isnan(early[FIRST]), "130 reports before it are needed"


def test_other_symbols_have_columns_of_their_own():
    found = family(cot, cftc_cot_legacy=[positions(date(2024, 1, 2), 100, -50, code="005602")])
    assert found["cftc_zs_divergence_ratio"][date(2024, 1, 5)] == pytest.approx(0.15)
    assert math.isnan(found["cftc_zm_divergence_ratio"][date(2024, 1, 5)])
    assert found["cftc_zs_age_sessions"][date(2024, 1, 5)] == 3.0


MANAGED = {
    "contract_code": "007601", "open_interest": 1_000, "producer_long": 100, "producer_short": 300,
    "managed_money_long": 250, "managed_money_short": 150, "observation_date": date(2024, 1, 2),
    "available_at": utc(2024, 1, 5, 20, 30),
}  # fmt: skip


def test_managed_money_is_of_the_disaggregated_report(shared):
    found = of_family(cot, shared)
    assert found["cftc_zl_managed_money_net_ratio"][date(2024, 1, 5)] == pytest.approx(0.10)


# ---- biofuel ----


def rin(week, price, code="D4", at=None, **more):
    return {
        "transfer_year": week.year, "rin_year": week.year, "d_code": code, "qap": "Unverified", "price_usd": price,
        "observation_date": week, "available_at": at or cutoff(week + timedelta(days=50)),
    } | more  # fmt: skip


MONDAYS = [date(2023, 10, 2) + timedelta(weeks=week) for week in range(16)]


RINS = [rin(week, 1.0 + 0.05 * i) for i, week in enumerate(MONDAYS)] + [rin(week, 0.5, "D6") for week in MONDAYS]


def test_rin_prices_and_momentum_are_known_when_posted(shared):
    found = of_family(biofuel, shared)
    posted = date(2024, 1, 29)  # 50 days after 2023-12-10, so the week of 2023-12-04 is the newest
    newest = max(i for i, week in enumerate(MONDAYS) if week + timedelta(days=50) <= posted)
    price = 1.0 + 0.05 * newest
    assert found["epa_rin_d4_usd_per_rin"][posted] == pytest.approx(price)
    assert found["epa_rin_d4_momentum_4w_ratio"][posted] == pytest.approx(math.log(price / (price - 0.2)))
    assert found["epa_rin_d6_usd_per_rin"][posted] == 0.5
    assert found["epa_rin_age_sessions"][posted] > 30


def test_revised_rin_price_counts_from_its_posting():
    week = MONDAYS[0]
    rows = [rin(week, 1.0), rin(week, 1.4, at=cutoff(date(2024, 1, 17)))]
    price = family(biofuel, epa_rin_prices=rows)["epa_rin_d4_usd_per_rin"]
    assert (price[date(2024, 1, 16)], price[date(2024, 1, 17)]) == (1.0, 1.4)


def test_margin_adds_the_credit_and_takes_the_oil(shared):
    known = shared | {"ho": np.full(len(shared["zl"]), 2.6), "rin_d4": np.full(len(shared["zl"]), 1.2)}
    margin = by_day(known, biofuel.compute(known)["spread_biodiesel_margin_usd_per_gal"])
    oil = by_day(known, known["zl"])[date(2024, 1, 4)]
    assert margin[date(2024, 1, 4)] == pytest.approx(2.6 + 1.5 * 1.2 - 7.5 * oil / 100)


def feedstock(month, value, at=None):
    return {
        "series_id": "M_EPOOBDSO_YIFBP_NUS_MMLB", "route": "petroleum/pnp/feedbiofuel", "product": "EPOOBDSO",
        "process": "YIFBP", "area": "NUS", "value": value, "unit": "MMLB", "observation_date": month,
        "available_at": at or cutoff(month + timedelta(days=95)),
    }  # fmt: skip


FUELS = [
    feedstock(date(2022, 11, 1), 1_000.0),
    feedstock(date(2023, 11, 1), 1_150.0),
    *(
        feedstock(month, barrels)
        | {"series_id": "M_EPOORDB_YNP_NUS_MBBL", "product": "EPOORDB", "process": "YNP", "unit": "MBBL"}
        for month, barrels in ((date(2022, 11, 1), 2_500.0), (date(2023, 8, 1), 3_300.0), (date(2023, 11, 1), 3_000.0))
    ),
]


def test_feedstock_growth_is_over_the_same_month_of_the_year_before(shared):
    found = of_family(biofuel, shared)
    growth = found["eia_soyoil_feedstock_yoy_percent"]
    assert growth[date(2024, 2, 5)] == pytest.approx(15.0)
    assert found["eia_soyoil_feedstock_mlb"][date(2024, 2, 5)] == 1_150.0


def test_biodiesel_growth_is_over_a_year_and_over_three_months(shared):
    found = of_family(biofuel, shared)
    assert found["eia_biodiesel_production_yoy_percent"][date(2024, 2, 5)] == pytest.approx(20.0)
    momentum = found["eia_biodiesel_production_momentum_3m_ratio"][date(2024, 2, 5)]
    assert momentum == pytest.approx(math.log(3_000 / 3_300))


def test_mandate_of_2024_is_known_since_the_rule_of_july_2023():
    found = family(biofuel, first=date(2023, 7, 3))
    current, ahead = (found[f"epa_rfs_biomass_based_diesel_{name}billion_gal"] for name in ("", "next_"))
    assert [current[date(2023, 7, day)] for day in (11, 12)] == [2.76, 2.82]
    assert math.isnan(ahead[date(2023, 7, 11)])
    assert (ahead[date(2023, 7, 12)], current[date(2024, 1, 2)], ahead[date(2024, 1, 2)]) == (3.04, 3.04, 3.35)


def test_mandate_of_2026_in_rins_leaves_gallons_unknown():
    found = family(biofuel, first=date(2026, 3, 30), last=date(2026, 4, 3))
    before, after = date(2026, 3, 31), date(2026, 4, 2)
    diesel, total = found["epa_rfs_biomass_based_diesel_billion_gal"], found["epa_rfs_total_billion_rins"]
    assert (diesel[before], total[before], total[after]) == (3.35, 22.33, 26.81)
    assert math.isnan(diesel[after])


# ---- crush, substitutes, trade ----


def crush_row(month, tons, stocks, lag=62):
    return {
        "crush_short_tons": tons, "oil_produced_klb": 2_100_000, "oil_stocks_klb": stocks, "observation_date": month,
        "available_at": cutoff(month + timedelta(days=lag)),
    }  # fmt: skip


CRUSHED = [
    crush_row(date(year, 1, 1), 5_400_000, stocks)
    for year, stocks in ((2021, 1_800_000), (2022, 2_000_000), (2023, 2_200_000), (2024, 1_500_000))
]
MEMBERS = {
    "crush_bu": 185.8e6, "oil_stocks_lb": 1.5e9, "observation_date": date(2024, 1, 1),
    "available_at": cutoff(date(2024, 2, 15)),
}  # fmt: skip


def test_crush_is_in_bushels_and_stocks_are_against_the_season(shared):
    found = of_family(crush, shared)
    day = date(2024, 3, 5)
    assert found["usda_nass_crush_mbu"][day] == pytest.approx(180.0)  # 5.4 million short tons of 2,000 lb by 60 lb
    assert found["usda_nass_oil_stocks_mlb"][day] == pytest.approx(1_500.0)
    assert found["usda_nass_oil_stocks_season_percent"][day] == pytest.approx(-25.0)


def test_nopa_members_crush_is_in_million_bushels(shared):
    found = of_family(crush, shared)
    assert math.isnan(found["nopa_crush_mbu"][date(2024, 2, 14)])
    assert found["nopa_crush_mbu"][date(2024, 2, 15)] == pytest.approx(185.8)
    assert found["nopa_oil_stocks_mlb"][date(2024, 2, 15)] == pytest.approx(1_500.0)


def pink(code, month, value, unit="$/mt"):
    return {"code": code, "unit": unit, "value": value, "observation_date": month,
            "available_at": cutoff(month + timedelta(days=35))}  # fmt: skip


MONTHS = [date(2023, 12, 1), date(2024, 1, 1)]
OILS = [
    *(pink("PALM_OIL", month, 850.0 + 20 * i) for i, month in enumerate(MONTHS)),
    *(pink("SOYBEAN_OIL", month, 1_000.0) for month in MONTHS),
    pink("SUNFLOWER_OIL", MONTHS[0], 950.0),
    pink("RAPESEED_OIL", MONTHS[1], 99.0, "$/lb"),
]


def test_substitutes_are_compared_in_dollars_a_ton_of_one_month(shared):
    found = of_family(substitution, shared)
    day = date(2024, 2, 6)
    assert found["spread_palm_soyoil_usd_per_mt"][day] == pytest.approx(-130.0)
    assert found["spread_sunflower_soyoil_usd_per_mt"][day] == pytest.approx(-50.0), "of the month that both have"
    assert math.isnan(found["spread_rapeseed_soyoil_usd_per_mt"][day]), "another unit is left out"


def test_palm_of_another_unit_is_no_price(shared):
    for price, plausible in ((400.0, False), (700.0, True), (6_000.0, False)):  # 50 ¢/lb is 1,102 USD/t
        known = shared | {"cpo": np.full(len(shared["zl"]), price), "zl": np.full(len(shared["zl"]), 50.0)}
        gap = substitution.compute(known)["spread_palm_soyoil_day_usd_per_mt"]
        assert np.isfinite(gap).all() == plausible, price
    known = shared | {"cpo": np.full(len(shared["zl"]), 1_000.0), "zl": np.full(len(shared["zl"]), 50.0)}
    gap = substitution.compute(known)["spread_palm_soyoil_day_usd_per_mt"]
    assert gap[0] == pytest.approx(1_000.0 - 50 * 22.046226)


def sale(week, commitment, country="5700", net=100_000.0, at=None, year=2024):
    return {
        "commodity_code": "801", "country_code": country, "market_year": year,
        "weekly_exports_mt": 0.0, "accumulated_exports_mt": commitment / 2, "outstanding_sales_mt": commitment / 2,
        "gross_new_sales_mt": net, "net_sales_mt": net, "total_commitment_mt": commitment,
        "next_year_outstanding_sales_mt": 0.0, "next_year_net_sales_mt": 0.0, "observation_date": week,
        "available_at": at or cutoff(week + timedelta(days=7)),
    }  # fmt: skip


SALES = [
    sale(week, share * total, country, year=week.year)
    for week, total in (
        (date(2021, 2, 4), 40e6), (date(2022, 2, 3), 44e6), (date(2023, 2, 2), 42e6), (date(2024, 2, 1), 35e6)
    )
    for country, share in (("5700", 0.4), ("2010", 0.6))
]  # fmt: skip


def test_export_pace_is_against_the_same_week_of_earlier_years_and_china_has_its_share(shared):
    found = of_family(trade, shared)
    day = date(2024, 2, 8)
    assert math.isnan(found["usda_export_beans_pace_percent"][date(2024, 2, 7)])
    assert found["usda_export_beans_pace_percent"][day] == pytest.approx(100 * (35 / 42 - 1))
    assert found["usda_export_china_share_percent"][day] == pytest.approx(40.0)


def test_momentum_of_sales_is_over_four_weeks():
    rows = [sale(date(2024, 1, 4) + timedelta(weeks=i), 30e6 + 1e6 * i) for i in range(5)]
    found = family(trade, usda_export_sales=rows)["usda_export_beans_momentum_4w_ratio"]
    assert math.isnan(found[date(2024, 2, 7)])
    assert found[date(2024, 2, 8)] == pytest.approx(math.log(34 / 30))


def imports(month, weight, partner="0"):
    return {
        "reporter_code": "156", "partner_code": partner, "partner": partner, "commodity_code": "1201",
        "frequency": "monthly", "net_weight_kg": weight, "value_usd": 1.0, "observation_date": month,
        "available_at": cutoff(month + timedelta(days=120)),
    }  # fmt: skip


IMPORTS = [
    *(imports(date(year, 1, 1), weight) for year, weight in ((2021, 8e9), (2022, 9e9), (2023, 10e9), (2024, 12e9))),
    imports(date(2024, 1, 1), 3e9, "842"),
]


def test_china_imports_against_their_season(shared):
    found = of_family(trade, shared)
    day = date(2024, 5, 1)
    assert found["comtrade_age_sessions"][day] == 84, (
        "from the last session of 2023: 21 + 20 + 20 + 22 of January to April, and one"
    )
    assert found["comtrade_china_beans_season_percent"][day] == pytest.approx(100 * (12 / 9 - 1))


# ---- policy and news ----


def acts(day, *calendar):
    number = np.array([(day - date(1970, 1, 1)).days])
    return {name: float(values[0]) for name, values in policy.by_day(number, calendar).items()}


DUTY = Event("duty", "china_retaliation", date(2018, 6, 16), date(2018, 7, 6), date(2019, 9, 1), 25.0, "t", "u")
SECTION = Event("list", "us_section_301", date(2018, 6, 15), date(2018, 7, 6), None, None, "t", "u")
PROPOSAL = Event("rule", "rfs_proposed", date(2018, 6, 26), None, None, None, "t", "u")


def test_measure_is_in_force_from_its_date_to_its_end():
    assert acts(date(2018, 7, 5), DUTY, SECTION)["policy_section_301_flag"] == 0
    begun = acts(date(2018, 7, 6), DUTY, SECTION)
    assert (begun["policy_section_301_flag"], begun["policy_china_soybean_duty_percent"]) == (1, 25.0)
    assert acts(date(2019, 8, 31), DUTY, SECTION)["policy_china_soybean_duty_percent"] == 25.0
    assert acts(date(2019, 9, 1), DUTY, SECTION)["policy_china_soybean_duty_percent"] == 0.0


def test_act_counts_from_the_day_after_it_was_announced():
    assert acts(date(2018, 6, 15), SECTION)["policy_tariff_acts_90d_number"] == 0
    assert acts(date(2018, 6, 16), SECTION)["policy_tariff_acts_90d_number"] == 1
    assert acts(date(2018, 9, 14), SECTION)["policy_tariff_acts_90d_number"] == 0


def test_open_proposal_and_deadlines():
    found = acts(date(2018, 6, 27), PROPOSAL)
    assert found["policy_rfs_proposal_open_flag"] == 1
    assert acts(date(2018, 6, 26), PROPOSAL)["policy_rfs_proposal_open_flag"] == 0
    assert found["season_to_rfs_deadline_days"] == (date(2018, 11, 30) - date(2018, 6, 27)).days
    assert acts(date(2018, 12, 1))["season_to_rfs_deadline_days"] == 364


@pytest.mark.parametrize(("day", "left"), [(date(2024, 5, 9), 0), (date(2024, 5, 10), 31), (date(2024, 6, 7), 3)])
def test_wasde_is_due_on_the_first_weekday_from_the_ninth(day, left):
    assert acts(day)["season_to_wasde_days"] == left  # 2024-06-09 is a Sunday


def headline(item_id, at, title, feed="farm_policy_news"):
    return {
        "feed": feed, "item_id": item_id, "published_at": at, "title": title, "summary": None, "url": None,
        "author": None, "publisher": None, "categories": '["Trade"]', "observation_date": at.date(), "available_at": at,
    }  # fmt: skip


def test_news_of_a_bucket_is_counted_from_the_day_it_appears():
    rows = [
        headline("a", utc(2024, 3, 4, 12), "China buys more American soybeans, exporters report to the department"),
        headline("b", utc(2024, 3, 5, 21, 30), "Talks on farm trade with China resume in the capital next week"),
    ]
    found = family(news, bucket_news=rows)
    count = found["news_trade_count_7d_number"]
    assert math.isnan(count[date(2024, 3, 1)])
    assert [count[date(2024, 3, day)] for day in (4, 5, 6, 8)] == [1, 1, 2, 2], "after 21:00 UTC is the next day's"
    assert count[date(2024, 3, 11)] == 1, "the first has left the week"
    assert found["news_china_mentions_7d_number"][date(2024, 3, 6)] == 2


# ---- declarations ----


def test_every_measure_that_is_made_is_looked_up():
    wanted = {series.key for series in SERIES}
    assert [measure.key for measure in MEASURES if measure.key not in wanted] == []


def test_no_two_series_share_a_column():
    assert len({series.name for series in SERIES}) == len(SERIES)


def test_source_that_is_not_loaded_leaves_its_features_unknown():
    known = known_of(with_rows(FIRST, date(2024, 1, 31)))
    for module in (wasde, crush, cot, trade, news):
        for name, values in module.compute(known).items():
            assert np.isnan(values).all(), name
