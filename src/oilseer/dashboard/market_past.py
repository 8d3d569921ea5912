"""The market's past as answers ready for JSON: the season, currencies, positions by week, WASDE by release, and RINs.

Everything as it was known at the close of the last priced session.
"""

from datetime import date, timedelta

import duckdb
import numpy as np

from oilseer.dashboard.lists import at_last_session, last_session
from oilseer.dashboard.measures import chart
from oilseer.dashboard.supply_answers import POSITIONS, WASDE
from oilseer.dashboard.tables import PRICES, exists, require, rows
from oilseer.errors import ConfigError
from oilseer.features.build import MATRIX
from oilseer.market import sessions
from oilseer.reference.sources import sources

FX, RINS = "staging.fx_daily", "staging.rin_prices"
WEEKS_SHOWN = 260  # five years
RIN_DAYS = 110  # an older price of a credit is not used by any feature
SPANS = {"five": 5, "ten": 10}  # calendar years before this one
BACK = {"day": 1, "week": 5, "month": 21}
YEAR = 252
PAIRS = ("USDBRL", "USDARS", "USDCNY", "USDMYR", "USDCAD", "USDMXN", "USDEUR", "USDJPY", "DXY")


def seasonality(connection: duckdb.DuckDBPyConnection) -> dict:
    """Mean front price of each week of the year: this year, and least, mean and greatest of five and ten years before.

    Weeks begin on 1, 8, 15 January and so on; the last one has eight or nine days. Raises ConfigError without prices.
    """
    last = last_session(connection)
    found = connection.execute(
        f"""SELECT year(observation_date), least((dayofyear(observation_date) - 1) // 7 + 1, 52) AS week,
            avg(price_cents_per_lb) FROM {PRICES} WHERE year(observation_date) >= $first GROUP BY ALL""",
        {"first": last.year - max(SPANS.values())},
    ).fetchall()
    by_week = {(year, week): price for year, week, price in found}
    years = {name: sorted({year for year, _ in by_week if last.year - span <= year < last.year})
             for name, span in SPANS.items()}  # fmt: skip
    made = []
    for week in range(1, 53):
        starts_on = date(last.year, 1, 1) + timedelta(days=7 * week - 7)
        row = {"week": week, "starts_on": starts_on.isoformat(), "this_year": by_week.get((last.year, week))}
        for name, known in years.items():
            prices = [by_week[year, week] for year in known if (year, week) in by_week]
            mean = sum(prices) / len(prices) if prices else None
            row |= {f"{name}_min": min(prices, default=None), f"{name}_mean": mean,
                    f"{name}_max": max(prices, default=None), f"{name}_years": len(prices)}  # fmt: skip
        made.append(row)
    units = {"this_year": "¢/lb, mean of the week's front prices; so are min, mean and max of the years before",
             "years": "years that have that week"}  # fmt: skip
    return at_last_session(connection, units) | {"year": last.year, "years": years, "rows": made}


def currencies(connection: duckdb.DuckDBPyConnection) -> dict:
    """Newest rate of each currency against the dollar, how it moved, and its place in a year."""
    require(connection, FX, "exchange rates", "ingest")
    last = last_session(connection)
    found = connection.execute(
        f"""SELECT pair, observation_date, arg_min(rate, vendor_rank), arg_min(vendor, vendor_rank) FROM {FX}
        WHERE available_at <= $cutoff AND observation_date > $start GROUP BY ALL ORDER BY pair, observation_date""",
        {"cutoff": sessions.cutoff(last), "start": last - timedelta(days=730)},
    ).fetchall()
    series: dict[str, list[tuple]] = {}
    for pair, *rest in found:
        series.setdefault(pair, []).append(rest)
    order = [pair for pair in PAIRS if pair in series] + sorted(set(series) - set(PAIRS))
    made = []
    for pair in order:
        day, rate, vendor = series[pair][-1]
        rates = np.array([one[1] for one in series[pair]])
        moved = {f"change_{name}_ratio": rate / rates[-1 - back] - 1 if len(rates) > back else None
                 for name, back in BACK.items()}  # fmt: skip
        made.append({"pair": pair, "rate": rate, **{k: None if v is None else float(v) for k, v in moved.items()},
                     "percentile_year": float((rates[-YEAR:] <= rate).mean()), "observation_date": day.isoformat(),
                     "age_days": (last - day).days, "vendor": vendor})  # fmt: skip
    units = {"rate": "of that currency for one US dollar; DXY in index points",
             "change": "ratio to the rate 1, 5 or 21 days before",
             "percentile_year": "ratio, share of the last 252 rates that are no higher",
             "age_days": "days before the close"}  # fmt: skip
    return at_last_session(connection, units) | {"rows": made}


def spread_charts(connection: duckdb.DuckDBPyConnection, names: tuple[str, ...]) -> dict[str, dict | None]:
    """Five years of each feature in stretches for a small chart; None for one without a value in them.

    Raises ConfigError where no feature is built.
    """
    require(connection, MATRIX.name, "features", "build features")
    found = connection.execute(
        f"SELECT as_of_date, {', '.join(names)} FROM {MATRIX.name} ORDER BY as_of_date DESC LIMIT {5 * YEAR + 1}"
    ).fetchnumpy()
    dates = np.ma.getdata(found["as_of_date"]).astype("datetime64[D]")[::-1]
    return {name: chart(dates, np.ma.filled(np.ma.asarray(found[name], dtype=float), np.nan)[::-1]) for name in names}


def positions_past(connection: duckdb.DuckDBPyConnection, symbol: str) -> dict:
    """Five years of weekly net positions over open interest by group, newest first, and the newest's place in them.

    Raises ConfigError for a symbol without positions, with those that have some.
    """
    require(connection, POSITIONS, "positions", "ingest")
    last = last_session(connection)
    found = rows(
        connection,
        f"""SELECT report, trader_group, observation_date, long_contracts, short_contracts, open_interest_contracts,
            net_share_ratio FROM {POSITIONS} WHERE symbol = $symbol AND available_at <= $cutoff
        QUALIFY available_at = max(available_at) OVER (PARTITION BY report, trader_group, observation_date)
            AND dense_rank() OVER (PARTITION BY report, trader_group ORDER BY observation_date DESC) <= {WEEKS_SHOWN}
        ORDER BY observation_date DESC, report, trader_group""",
        {"symbol": symbol, "cutoff": sessions.cutoff(last)},
    )
    if not found:
        known = connection.execute(f"SELECT DISTINCT symbol FROM {POSITIONS} ORDER BY 1").fetchall()
        raise ConfigError(f"no positions in {symbol!r}; there are {', '.join(one for (one,) in known)}")
    groups: dict[tuple[str, str], list[dict]] = {}
    for row in found:
        groups.setdefault((row["report"], row["trader_group"]), []).append(row)
    standing = [_crowding(series, last) for series in groups.values()]
    units = {"net_share_ratio": "long less short over open interest", "long_contracts": "contracts",
             "percentile": "ratio, share of the last 52 or 260 reports with no larger net_share_ratio; null with fewer",
             "change_week_ratio": "net_share_ratio less that of the report before",
             "age_days": "days before the close"}  # fmt: skip
    return at_last_session(connection, units) | {"symbol": symbol, "groups": standing, "rows": found}


def _crowding(series: list[dict], last: date) -> dict:
    """Where the newest of a group's reports, which comes first, stands among them."""
    newest = series[0]
    shares = np.array([row["net_share_ratio"] for row in series])
    change = float(shares[0] - shares[1]) if len(shares) > 1 else None
    placed = {name: float((shares[:weeks] <= shares[0]).mean()) if len(shares) >= weeks else None
              for name, weeks in (("percentile_year", 52), ("percentile_five_years", WEEKS_SHOWN))}  # fmt: skip
    return newest | {"change_week_ratio": change, **placed, "reports": len(shares),
                     "age_days": (last - date.fromisoformat(newest["observation_date"])).days}  # fmt: skip


def wasde_past(connection: duckdb.DuckDBPyConnection, commodity: str, balance: str, attribute: str) -> dict:
    """What each WASDE of three years said of one line, by marketing year, newest release first.

    Raises ConfigError where there is no such line.
    """
    require(connection, WASDE, "WASDE", "ingest")
    last = last_session(connection)
    found = rows(
        connection,
        f"""SELECT observation_date, marketing_year, status, value, unit, available_at FROM {WASDE}
        WHERE commodity = $commodity AND balance = $balance AND attribute = $attribute AND available_at <= $cutoff
            AND observation_date > $start
        QUALIFY available_at = max(available_at) OVER (PARTITION BY marketing_year, observation_date)
        ORDER BY observation_date DESC, marketing_year""",
        {"commodity": commodity, "balance": balance, "attribute": attribute, "cutoff": sessions.cutoff(last),
         "start": last.replace(year=last.year - 3, day=1)},
    )  # fmt: skip
    if not found:
        raise ConfigError(f"no WASDE of the last three years says {attribute!r} of {commodity!r} in {balance!r}")
    answer = at_last_session(connection, {"value": found[0]["unit"]})
    return answer | {"commodity": commodity, "balance": balance, "attribute": attribute, "rows": found}


def rins(connection: duckdb.DuckDBPyConnection) -> dict:
    """Weekly prices of biofuel credits over the five years before the newest known week, newest first.

    Raises ConfigError without any, naming the file that brings them.
    """
    if not exists(connection, RINS):
        facts = sources()["epa_rin"]
        raise ConfigError(
            f"no price of a biofuel credit is loaded: a file of {facts.key_url} in drop/epa_rin brings them"
        )
    last = last_session(connection)
    found = rows(
        connection,
        f"""SELECT observation_date, d_code, price_usd_per_rin, rin_year, qap, available_at FROM {RINS}
        WHERE available_at <= $cutoff
        QUALIFY available_at = max(available_at) OVER (PARTITION BY d_code, observation_date)
            AND observation_date > max(observation_date) OVER () - INTERVAL 5 YEAR
        ORDER BY observation_date DESC, d_code""",
        {"cutoff": sessions.cutoff(last)},
    )
    if not found:
        raise ConfigError("no price of a biofuel credit was public at this close")
    age = (last - date.fromisoformat(found[0]["observation_date"])).days
    units = {"price_usd_per_rin": "US dollars a credit of the week's own year", "age_days": "days before the close"}
    return at_last_session(connection, units) | {"age_days": age, "is_stale": age > RIN_DAYS, "rows": found}
