"""From the published forecast to a buyer's price risk, and how such risk did in the past, ready for JSON.

Reads published tables only and writes none.
"""

from dataclasses import asdict, dataclass
from datetime import date

import duckdb
import numpy as np

from oilseer.dashboard.tables import PREDICTIONS, identity, newest, require
from oilseer.decisions.calendar import MonthSpan, month_spans
from oilseer.decisions.costs import monthly_prices
from oilseer.decisions.policy import CoverPolicy
from oilseer.forecasts.exceedances import past_exceedances
from oilseer.forecasts.joint import contract_paths, draw_joint
from oilseer.forecasts.links import Links, MarketHistory, learn_links, read_markets
from oilseer.forecasts.responses import judge_responses
from oilseer.forecasts.risk import risk_by_horizon, risk_by_month
from oilseer.market import contracts, sessions
from oilseer.market.units import usd
from oilseer.metrics import expected_shortfall
from oilseer.models.base import seed_of
from oilseer.quantiles import QUANTILE_COLUMNS, QuantileForecast
from oilseer.settings import Settings

UNITS = {
    "cents_per_lb": "¢/lb", "usd": "USD", "lb": "pounds", "ratio": "share, 0.25 = 25 %", "probability": "0 to 1",
    "sessions": "trading sessions", "points": "index points of the VIX",
    "gate_score": "standard deviations of ZL's volatility over its two years",
}  # fmt: skip


@dataclass(frozen=True)
class Desk:
    """What every answer starts from: the published forecast, the markets up to it, and the buyer's needs."""

    as_of: date
    run_id: str
    spot: float
    forecast: QuantileForecast
    history: MarketHistory
    links: Links
    policy: CoverPolicy
    spans: tuple[MonthSpan, ...]

    @property
    def seed(self) -> int:
        """The same for every scenario of a session, so that answers differ by their shocks alone."""
        return seed_of("joint paths", sessions.cutoff(self.as_of))

    @property
    def open_lb(self) -> np.ndarray:
        """Pounds still to be bought by month; (months,)."""
        return self.policy.need - self.policy.covered

    def prices(self, paths: np.ndarray) -> np.ndarray:
        """Average price of each month by path, basis included, ¢/lb; (n, months)."""
        return monthly_prices(paths, self.spans) + self.policy.basis


def price_risk(connection: duckdb.DuckDBPyConnection, settings: Settings, n: int = 10_000) -> dict:
    """A buyer's price risk by horizon and by month on the open pounds, from `n` joint paths."""
    desk = read_desk(connection, settings)
    paths = draw_joint(desk.spot, desk.forecast, desk.links, desk.seed, n)
    budget, prices = desk.policy.budget_cents_per_lb, desk.prices(paths.oil)
    by_horizon = risk_by_horizon(paths.oil, float(desk.open_lb.sum()), budget)
    months = [span.month for span in desk.spans]
    by_month = risk_by_month(prices, months, desk.open_lb, desk.spot + desk.policy.basis, budget)
    bill = prices @ desk.open_lb / 100
    now = usd(float((desk.spot + desk.policy.basis) @ desk.open_lb), 1.0)
    return identity(connection, desk.run_id, desk.as_of, UNITS) | {
        "price_cents_per_lb": desk.spot,
        "open_lb": float(desk.open_lb.sum()),
        "budget_cents_per_lb": budget,
        "path_count": len(paths.oil),
        "seed": desk.seed,
        "horizons": [risk.to_dict() for risk in by_horizon],
        "months": [asdict(risk) | {"month": risk.month.isoformat()} for risk in by_month],
        "bill": {
            "today_usd": now,
            "expected_usd": float(bill.mean()),
            "value_at_risk95_usd": float(np.quantile(bill, 0.95)),
            "expected_shortfall95_usd": expected_shortfall(bill),
        },
        "next_contract": _next_contract(connection, desk.as_of, paths.oil),
        "links": links_shown(desk.links),
        "left_out": desk.links.left_out,
    }


def past_risk(connection: duckdb.DuckDBPyConnection, settings: Settings) -> dict:
    """How often outcomes went beyond the upper bands since the first scored year, and how responses to drivers did."""
    as_of, run_id = newest(connection, PREDICTIONS)
    first = settings.first_scored_year
    followed = judge_responses(read_markets(connection, as_of), first)
    return (
        identity(connection, run_id, as_of, UNITS)
        | past_exceedances(connection, first)
        | {"responses": [asdict(one) | {"first": one.first.isoformat()} for one in followed]}
    )


def read_desk(connection: duckdb.DuckDBPyConnection, settings: Settings) -> Desk:
    """The newest published forecast with what goes with it. Raises ConfigError where there is none."""
    require(connection, PREDICTIONS, "forecast", "run")
    as_of, run_id = newest(connection, PREDICTIONS)
    rows = connection.execute(
        f"SELECT horizon, price_cents_per_lb, {', '.join(QUANTILE_COLUMNS)} FROM {PREDICTIONS} "
        "WHERE as_of_date = ? ORDER BY horizon",
        [as_of],
    ).fetchall()
    forecast = QuantileForecast(tuple(row[0] for row in rows), np.array([row[2:] for row in rows]))
    history, policy = read_markets(connection, as_of), CoverPolicy.from_mapping(settings.cover)
    return Desk(
        as_of, run_id, rows[0][1], forecast, history, learn_links(history), policy,
        month_spans(as_of, policy.months),
    )  # fmt: skip


def _next_contract(connection: duckdb.DuckDBPyConnection, as_of: date, front: np.ndarray) -> dict | None:
    """The contract that is front after this one: its price, and its bands on the session it becomes so.

    None where no second contract is quoted: then there is nothing to start from.
    """
    month, second, price = connection.execute(
        "SELECT contract_month, second_contract_month, second_close_cents_per_lb FROM staging.zl_prices_clean "
        "WHERE observation_date = ?",
        [as_of],
    ).fetchone()
    if month is None or price is None or second <= month:
        return None
    roll = contracts.roll_days(np.array([month], dtype="datetime64[M]"))[0].astype(object)
    until = int((sessions.number(roll) - sessions.number(as_of))[0])
    if not 1 <= until < front.shape[1]:
        return None
    ends = contract_paths(front, price, until)[:, -1]
    low, median, high = np.quantile(ends, (0.1, 0.5, 0.9)).tolist()
    return {
        "contract": contracts.code("ZL", second), "price_cents_per_lb": price, "front_from": roll.isoformat(),
        "sessions": until, "p10_cents_per_lb": low, "median_cents_per_lb": median, "p90_cents_per_lb": high,
        "expected_shortfall95_cents_per_lb": expected_shortfall(ends),
    }  # fmt: skip


def links_shown(links: Links) -> dict:
    """How many days taught the dependence, and each driver's correlation with ZL over ten sessions."""
    return {
        "days": len(links.residuals),
        "correlation_with_oil": dict(zip(links.symbols[1:], links.correlation[0, 1:].tolist(), strict=True)),
    }
