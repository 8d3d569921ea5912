"""A raw database in which every table of staging has rows: a simulated winter, and two days of all it leaves empty."""

from datetime import date, timedelta

import duckdb
from raw_market import insert, raw_database

from oilseer.market.sessions import cutoff

START, END = date(2018, 1, 2), date(2018, 3, 9)
DAYS = (date(2018, 3, 8), END)


def every_source() -> duckdb.DuckDBPyConnection:
    """The database, in memory."""
    connection = raw_database(START, END)
    for table, rows in rows_of(DAYS[0], 0).items():
        insert(connection, table, rows)
    for table, rows in rows_of(DAYS[1], 1).items():
        insert(connection, table, rows)
    return connection


def rows_of(day: date, step: int) -> dict[str, list[dict]]:
    """What each of the rarer sources delivers of `day`; `step` moves the values."""
    public = cutoff(day) + timedelta(hours=step)
    stamps = {"observation_date": day, "available_at": public}
    wasde = [
        {"table_kind": "us", "commodity": "soybean_oil", "region": "United States", "attribute": attribute,
         "marketing_year": "2017/18", "report_column": "this_month", "status": "projection", "value": value + step,
         "unit": "million lb"}
        for attribute, value in (("ending_stocks", 1500.0), ("use_total", 22_000.0))
    ]  # fmt: skip
    rest = {
        "usda_nass_crush": {"crush_short_tons": 5_000_000 + step, "oil_produced_klb": 1_900_000, "oil_stocks_klb": 9},
        "nopa_crush": {"crush_bu": 1.6e8 + step, "oil_stocks_lb": 1.7e9},
        "usda_export_sales": {
            "commodity_code": "902", "country_code": "5700", "market_year": 2018, "weekly_exports_mt": 1.0,
            "accumulated_exports_mt": 100.0 + step, "outstanding_sales_mt": 50.0, "net_sales_mt": 5.0,
            "total_commitment_mt": 150.0 + step,
        },
        "usda_crop_progress": {
            "state": "US TOTAL", "commodity": "SOYBEANS", "statistic": "PCT PLANTED", "value": 10.0 + step,
        },
        "comtrade_imports": {
            "reporter_code": "156", "partner_code": "76", "partner": "Brazil", "commodity_code": "1201",
            "frequency": "monthly", "net_weight_kg": 5e9 + step, "value_usd": 2e9,
        },
        "mpob_palm": {"series": "exports_palm_oil", "unit": "t", "value": 1.2e6 + step},
        "eia_biofuels": {
            "series_id": "M_EPOOBDSO_YIFBP_NUS_MMLB", "route": "feedbiofuel", "product": "EPOOBDSO",
            "process": "YIFBP", "area": "NUS", "value": 900.0 + step, "unit": "MMLB",
        },
        "epa_rfs_volumes": {
            "compliance_year": 2018, "category": "renewable_fuel", "stage": "proposed", "volume": 19.0 + step,
            "unit": "billion_rins", "citation": "82 FR 1", "source_url": "https://example.org",
        },
        "noaa_oni": {"season": "JFM", "anomaly_c": -0.8 + step / 10},
        "weather_open_meteo": {
            "location": "br_mt", "latitude": -13.0, "longitude": -56.0, "precipitation_mm": 7.0 + step,
            "temperature_max_c": 31.0, "temperature_min_c": 21.0, "temperature_mean_c": 26.0,
        },
        "cftc_cot_disaggregated": {
            "contract_code": "007601", "open_interest": 400_000, "producer_long": 150_000 + step,
            "producer_short": 200_000, "managed_money_long": 90_000, "managed_money_short": 60_000,
        },
        "bucket_news": {
            "feed": "farmdoc", "item_id": f"story-{step}", "published_at": public, "categories": None,
            "title": f"Soybean oil biodiesel demand rises for week {step} of the season",
            "url": f"https://example.org/{step}",
        },
        "policy_events": {
            "feed": "federal_register", "item_id": f"2018-0000{step}", "kind": "rule", "published_at": public,
            "title": f"Renewable Fuel Standard volumes, part {step}", "url": f"https://example.org/rule-{step}",
        },
        "scrapecreators_news_buckets": {
            "bucket": "china", "item_id": f"search-{step}", "published_at": public,
            "title": f"China buys {step + 3} cargoes of American soybeans again", "question": "china soybeans",
            "url": f"https://example.org/china-{step}",
        },
    }  # fmt: skip
    found = {f"raw.{table}": [row | stamps] for table, row in rest.items()}
    return found | {"raw.usda_wasde": [row | stamps for row in wasde]}
