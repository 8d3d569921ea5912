"""The market as answers ready for JSON: prices, the futures curve now and before, and the spreads of soybean oil.

Everything as it was known at the close of the last priced session.
"""

from datetime import date

import duckdb
import numpy as np

from oilseer.dashboard.lists import at_last_session, part
from oilseer.dashboard.measures import latest
from oilseer.dashboard.tables import PRICES, exists, require, rows
from oilseer.errors import ConfigError
from oilseer.features.build import MATRIX
from oilseer.features.registry import SPEC as REGISTRY
from oilseer.market import sessions
from oilseer.reference.symbols import symbols

DAILY = "staging.market_daily"
CURVES = {"today": 0, "week": 5, "month": 21, "year": 252}  # sessions ago
CONTRACTS = ("raw.databento_futures_ohlcv_1d", "raw.user_futures_contracts_1d")  # the exchange's before one's own
SPREADS = (
    "spread_board_crush_usd_per_bu", "spread_oil_share_ratio", "spread_boho_usd_per_gal",
    "spread_biodiesel_margin_usd_per_gal", "spread_crack_321_usd_per_bbl", "spread_crack_heating_oil_usd_per_bbl",
    "spread_crack_gasoline_usd_per_bbl", "spread_soyoil_palm_ratio", "spread_palm_soyoil_day_usd_per_mt",
    "spread_palm_soyoil_usd_per_mt", "spread_rapeseed_soyoil_usd_per_mt", "spread_sunflower_soyoil_usd_per_mt",
    "spread_hog_feed_usd_per_cwt", "spread_terms_of_trade_brl_cents_per_lb", "curve_carry_cents_per_lb",
    "curve_slope_annualized_ratio", "epa_rin_d4_usd_per_rin", "epa_rin_d6_usd_per_rin",
)  # fmt: skip
BACK = {"day": 1, "week": 5, "month": 21}
YEAR, FIVE_YEARS = 252, 1260


def prices(
    connection: duckdb.DuckDBPyConnection, symbol: str, start: date | None, end: date | None, limit: int | None,
    offset: int,
) -> dict:  # fmt: skip
    """The continuous front of a symbol, newest first. Raises ConfigError for an unknown symbol, with the known ones."""
    if symbol not in symbols():
        raise ConfigError(f"no symbol {symbol!r}; there are {', '.join(symbols())}")
    fact = symbols()[symbol]
    columns = "observation_date, contract, open, high, low, close, settle, volume, open_interest, is_roll, available_at"
    query = f"SELECT {columns} FROM {DAILY} WHERE symbol = $symbol {SPAN} ORDER BY observation_date DESC"
    answer = at_last_session(connection, {"open, high, low, close, settle": fact.quote_unit, "volume": "contracts"})
    require(connection, DAILY, "prices", "run")
    bound = {"symbol": symbol, "start": start, "end": end}
    return answer | {"symbol": symbol, "name": fact.name} | part(connection, query, bound, limit, offset)


SPAN = (
    "AND ($start::DATE IS NULL OR observation_date >= $start::DATE) "
    "AND ($end::DATE IS NULL OR observation_date <= $end::DATE)"
)


def curve(connection: duckdb.DuckDBPyConnection) -> dict:
    """Price of each delivery month of soybean oil, at the last session and a week, a month and a year before.

    `curves` by session, and the same as `rows`, one a contract.
    """
    units = {"price_cents_per_lb": "¢/lb: settlement, or last trade where a source gives only that"}
    answer = at_last_session(connection, units)
    days = connection.execute(
        f"SELECT observation_date FROM {PRICES} ORDER BY observation_date DESC LIMIT ?", [max(CURVES.values()) + 1]
    ).fetchall()
    found = [
        {"when": name, "observation_date": days[back][0].isoformat(),
         "contracts": _contracts(connection, days[back][0])}
        for name, back in CURVES.items() if back < len(days)
    ]  # fmt: skip
    flat = [{"when": then["when"], "observation_date": then["observation_date"], **contract}
            for then in found for contract in then["contracts"]]  # fmt: skip
    return answer | {"symbol": "ZL", "curves": found, "rows": flat}


def _contracts(connection: duckdb.DuckDBPyConnection, day: date) -> list[dict]:
    """Every delivery month quoted that day and known at its close, nearest first."""
    kept: dict[str, dict] = {}
    for table in (table for table in CONTRACTS if exists(connection, table)):
        settle = "coalesce(settle, close)" if table == CONTRACTS[0] else "close"
        query = (
            f"SELECT contract_month, {settle} AS price_cents_per_lb, volume, open_interest FROM {table} "
            "WHERE symbol = 'ZL' AND observation_date = $day AND available_at <= $cutoff ORDER BY contract_month"
        )
        for row in rows(connection, query, {"day": day, "cutoff": sessions.cutoff(day)}):
            kept.setdefault(row["contract_month"], row)
    return sorted(kept.values(), key=lambda row: row["contract_month"])


def spreads(connection: duckdb.DuckDBPyConnection) -> dict:
    """The spreads and margins around soybean oil: now, how they moved, and where they stand in one and five years.

    `available_until` is the last session with a value.
    """
    require(connection, MATRIX.name, "features", "build features")
    known = rows(
        connection, f"SELECT name, unit, formula, why, source, missing_because, available_until FROM {REGISTRY.name}"
    )
    facts = {row["name"]: row for row in known}
    names = [name for name in SPREADS if name in facts]
    columns = connection.execute(
        f"SELECT as_of_date, {', '.join(names)} FROM {MATRIX.name} ORDER BY as_of_date DESC LIMIT ?", [FIVE_YEARS + 1]
    ).fetchnumpy()
    dates = np.ma.getdata(columns["as_of_date"]).astype("datetime64[D]")[::-1]
    units = {
        "value": "the unit of the row; so are the changes",
        "percentile": "ratio, share of the known values of the span that are no larger",
        "age_days": "days before the close since the value came to be what it is; a carried one since its release",
    }
    values = {name: np.ma.filled(np.ma.asarray(columns[name], dtype=float), np.nan)[::-1] for name in names}
    made = [
        facts[name] | _standing(values[name]) | {"age_days": latest(dates, values[name])["age_days"]} for name in names
    ]
    return at_last_session(connection, units) | {"rows": made}


def _standing(values: np.ndarray) -> dict:
    """Value, changes and percentiles of a series whose last row is today; None where unknown."""
    now = values[-1]
    moved = {f"change_{name}": _plain(now - values[-1 - back]) if len(values) > back else None
             for name, back in BACK.items()}  # fmt: skip
    spans = {"percentile_year": values[-YEAR:], "percentile_five_years": values[-FIVE_YEARS:]}
    return {"value": _plain(now), **moved, **{name: _percentile(span, now) for name, span in spans.items()}}


def _percentile(span: np.ndarray, now: float) -> float | None:
    known = span[~np.isnan(span)]
    return None if np.isnan(now) or not known.size else float((known <= now).mean())


def _plain(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def overview(connection: duckdb.DuckDBPyConnection) -> dict:
    """Every market's last close, and how it moved over a day, a week and a month."""
    require(connection, DAILY, "prices", "run")
    answer = at_last_session(connection, {"close": "the unit of the row", "change": "ratio to the close before"})
    found = []
    for fact in symbols().values():
        last = connection.execute(
            f"SELECT observation_date, close, contract FROM {DAILY} WHERE symbol = ? "
            "ORDER BY observation_date DESC LIMIT ?",
            [fact.symbol, max(BACK.values()) + 1],
        ).fetchall()
        if last:
            moved = {f"change_{name}_ratio": last[0][1] / last[back][1] - 1 if len(last) > back and last[back][1] > 0
                     else None for name, back in BACK.items()}  # fmt: skip
            found.append({"symbol": fact.symbol, "name": fact.name, "unit": fact.quote_unit, "close": last[0][1],
                          "observation_date": last[0][0].isoformat(), "contract": last[0][2], **moved})  # fmt: skip
    return answer | {"price": rows(connection, f"SELECT * FROM {PRICES} ORDER BY observation_date DESC LIMIT 1")[0],
                     "rows": found}  # fmt: skip
