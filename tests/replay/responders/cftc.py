"""CFTC's Socrata tables from history/cftc_cot_legacy_futonly.

The history has the legacy report only. The disaggregated answer stands in for the real one with the commercials as
producers and the non-commercials as money managers: its sums hold, its split is not the market's.
"""

import re
from datetime import date

import polars as pl

from . import as_json

HOSTS = ("publicreporting.cftc.gov", "www.cftc.gov")
LEGACY, DISAGGREGATED = "/resource/6dca-aqww.json", "/resource/72hh-3qpy.json"
LEGACY_FIELDS = {
    "open_interest_all": "open_interest_all", "noncomm_positions_long_all": "noncomm_positions_long_all",
    "noncomm_positions_short_all": "noncomm_positions_short_all",
    "noncomm_postions_spread_all": "noncomm_postions_spread_all",
    "comm_positions_long_all": "comm_positions_long_all", "comm_positions_short_all": "comm_positions_short_all",
    "nonrept_positions_long_all": "nonrept_positions_long_all",
    "nonrept_positions_short_all": "nonrept_positions_short_all",
}  # fmt: skip
STAND_INS = {
    "open_interest_all": "open_interest_all", "prod_merc_positions_long": "comm_positions_long_all",
    "prod_merc_positions_short": "comm_positions_short_all", "swap_positions_long_all": None,
    "swap__positions_short_all": None, "swap__positions_spread_all": None,
    "m_money_positions_long_all": "noncomm_positions_long_all",
    "m_money_positions_short_all": "noncomm_positions_short_all",
    "m_money_positions_spread": "noncomm_postions_spread_all", "other_rept_positions_long": None,
    "other_rept_positions_short": None, "other_rept_positions_spread": None,
    "nonrept_positions_long_all": "nonrept_positions_long_all",
    "nonrept_positions_short_all": "nonrept_positions_short_all",
}  # fmt: skip


def respond(request, history):
    """A page of rows between two report dates; yearly files are not there."""
    if request.path not in (LEGACY, DISAGGREGATED):
        return None
    where = request.query["$where"]
    first, last = (date.fromisoformat(text) for text in re.findall(r"'(\d{4}-\d{2}-\d{2})T", where))
    codes = re.findall(r"'(\w{6})'", where)
    rows = history.rows("history/cftc_cot_legacy_futonly", "report_date").filter(
        pl.col("report_date").is_between(first, last) & pl.col("cftc_contract_market_code").is_in(codes)
    )
    rows = rows.unique(["report_date", "cftc_contract_market_code"], maintain_order=True)
    rows = rows.sort("report_date", "cftc_contract_market_code")
    offset = int(request.query["$offset"])
    fields = LEGACY_FIELDS if request.path == LEGACY else STAND_INS
    return as_json([_row(row, fields) for row in rows[offset : offset + int(request.query["$limit"])].to_dicts()])


def _row(row, fields):
    numbers = {name: "0" if given is None else str(row[given]) for name, given in fields.items()}
    return {
        "market_and_exchange_names": row["market_and_exchange_names"],
        "report_date_as_yyyy_mm_dd": f"{row['report_date']}T00:00:00.000",
        "cftc_contract_market_code": row["cftc_contract_market_code"],
        "futonly_or_combined": "FutOnly",
        **numbers,
    }
