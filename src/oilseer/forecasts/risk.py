"""A buyer's price risk by horizon, from price paths: the upper tail hurts.

Makes the rows of `forecasts.monte_carlo_scenarios`; prices in ¢/lb, money in USD on the open pounds.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np

from oilseer.errors import ShapeError
from oilseer.market.units import usd
from oilseer.metrics import expected_shortfall, value_at_risk
from oilseer.quantiles import HORIZON_LABELS, HORIZONS
from oilseer.warehouse.spec import Column, TableSpec

PERCENTILES: tuple[int, ...] = (1, 5, 10, 25, 50, 75, 90, 95, 99)

MONTE_CARLO = TableSpec(
    "forecasts.monte_carlo_scenarios",
    "one row per as-of date and horizon",
    ("as_of_date", "horizon"),
    (
        Column("as_of_date", "DATE", note="session at whose close the paths start"),
        Column("horizon", "INTEGER", "sessions", low=1),
        Column("spot_cents_per_lb", "DOUBLE", "¢/lb", "front price at the origin", null=False, low=0),
        Column("mean_cents_per_lb", "DOUBLE", "¢/lb", null=False, low=0),
        *(Column(f"percentile{p:02d}_cents_per_lb", "DOUBLE", "¢/lb", null=False, low=0) for p in PERCENTILES),
        Column("value_at_risk95_cents_per_lb", "DOUBLE", "¢/lb", "price exceeded by 5 % of paths", null=False, low=0),
        Column("value_at_risk99_cents_per_lb", "DOUBLE", "¢/lb", "price exceeded by 1 % of paths", null=False, low=0),
        Column("expected_shortfall95_cents_per_lb", "DOUBLE", "¢/lb", "mean of the dearest 5 %", null=False, low=0),
        Column("expected_shortfall99_cents_per_lb", "DOUBLE", "¢/lb", "mean of the dearest 1 %", null=False, low=0),
        Column("open_lb", "DOUBLE", "lb", "pounds still to be bought, to which the dollars apply", null=False, low=0),
        Column("value_at_risk95_usd", "DOUBLE", "USD", "cost of the open pounds over today's price", null=False),
        Column("expected_shortfall95_usd", "DOUBLE", "USD", "cost of the open pounds over today's price", null=False),
        Column("budget_cents_per_lb", "DOUBLE", "¢/lb", "null where the buyer gave none"),
        Column("probability_above_budget", "DOUBLE", "ratio", "null where the buyer gave no budget", low=0, high=1),
        Column("path_count", "INTEGER", "paths", null=False, low=1),
        Column("seed", "BIGINT", null=False),
        Column("run_id", "VARCHAR", null=False),
    ),
    "at the end of the run that made it, after 17:00 New York of the as-of date",
    "drawn from forecasts.zl_predictions by forecasts/paths.py",
)


@dataclass(frozen=True)
class HorizonRisk:
    """Price risk at one horizon; the unit is part of each field's name.

    The USD fields are the cost of `open_lb` above today's price: (tail price − spot) × pounds / 100.
    """

    horizon: int
    spot_cents_per_lb: float
    mean_cents_per_lb: float
    percentiles_cents_per_lb: dict[int, float]
    value_at_risk95_cents_per_lb: float
    value_at_risk99_cents_per_lb: float
    expected_shortfall95_cents_per_lb: float
    expected_shortfall99_cents_per_lb: float
    open_lb: float
    value_at_risk95_usd: float
    expected_shortfall95_usd: float
    budget_cents_per_lb: float | None
    probability_above_budget: float | None
    path_count: int

    def to_dict(self) -> dict:
        """Plain numbers and strings for JSON."""
        named = {f"p{percentile:02d}": price for percentile, price in self.percentiles_cents_per_lb.items()}
        return asdict(self) | {"label": HORIZON_LABELS.get(self.horizon), "percentiles_cents_per_lb": named}

    def to_row(self, as_of_date: date, seed: int, run_id: str) -> dict:
        """A row of MONTE_CARLO."""
        row = asdict(self) | {"as_of_date": as_of_date, "seed": seed, "run_id": run_id}
        percentiles = row.pop("percentiles_cents_per_lb")
        row |= {f"percentile{percentile:02d}_cents_per_lb": price for percentile, price in percentiles.items()}
        return {name: row[name] for name in MONTE_CARLO.column_names}


def prices_at(paths: np.ndarray, horizon: int) -> np.ndarray:
    """Prices `horizon` sessions ahead, ¢/lb; (n,). Raises ShapeError where the paths end before."""
    if paths.ndim != 2 or not 0 <= horizon < paths.shape[1]:
        raise ShapeError(f"horizon {horizon} is not within paths of shape {paths.shape} (paths, sessions + 1)")
    return paths[:, horizon]


def probability_above(
    paths: np.ndarray, budget_cents_per_lb: float, horizons: tuple[int, ...] = tuple(HORIZONS.values())
) -> dict[int, float]:
    """Probability (ratio) by horizon that the price exceeds the budget, ¢/lb."""
    return {horizon: float((prices_at(paths, horizon) > budget_cents_per_lb).mean()) for horizon in horizons}


def tail_cost_usd(paths: np.ndarray, horizon: int, open_lb: float, level: float = 0.95) -> tuple[float, float]:
    """VaR and CVaR in USD: what `open_lb` pounds cost above today's price if bought at `horizon`."""
    prices, spot = prices_at(paths, horizon), paths[0, 0]
    value, shortfall = value_at_risk(prices, level), expected_shortfall(prices, level)
    return usd(value - spot, open_lb), usd(shortfall - spot, open_lb)


def risk_by_horizon(
    paths: np.ndarray,
    open_lb: float = 0.0,
    budget_cents_per_lb: float | None = None,
    horizons: tuple[int, ...] = tuple(HORIZONS.values()),
) -> tuple[HorizonRisk, ...]:
    """Risk of the front price at each horizon, from `paths` (n, sessions + 1) in ¢/lb."""
    return tuple(_horizon_risk(paths, horizon, open_lb, budget_cents_per_lb) for horizon in horizons)


@dataclass(frozen=True)
class MonthRisk:
    """Price risk of one month's average, basis included; USD as in HorizonRisk, on the month's open pounds."""

    month: date
    open_lb: float
    mean_cents_per_lb: float
    value_at_risk95_cents_per_lb: float
    expected_shortfall95_cents_per_lb: float
    value_at_risk95_usd: float
    expected_shortfall95_usd: float
    probability_above_budget: float | None


def risk_by_month(
    prices: np.ndarray,
    months: Sequence[date],
    open_lb: np.ndarray,
    today: np.ndarray,
    budget_cents_per_lb: float | None = None,
) -> tuple[MonthRisk, ...]:
    """Risk of each month's average price.

    prices   (n, months)  average price of each month by path, basis included, ¢/lb
    open_lb  (months,)    pounds still to be bought
    today    (months,)    today's front with each month's basis, ¢/lb: what the USD are compared with
    """
    budget = budget_cents_per_lb
    made = []
    for place, month in enumerate(months):
        column, pounds = prices[:, place], float(open_lb[place])
        value, shortfall = value_at_risk(column), expected_shortfall(column)
        above = None if budget is None else float((column > budget).mean())
        over = (usd(value - today[place], pounds), usd(shortfall - today[place], pounds))
        made.append(MonthRisk(month, pounds, float(column.mean()), value, shortfall, *over, above))
    return tuple(made)


def _horizon_risk(paths: np.ndarray, horizon: int, open_lb: float, budget: float | None) -> HorizonRisk:
    prices = prices_at(paths, horizon)
    value_usd, shortfall_usd = tail_cost_usd(paths, horizon, open_lb)
    percentiles = np.quantile(prices, np.array(PERCENTILES) / 100)
    return HorizonRisk(
        horizon=horizon,
        spot_cents_per_lb=float(paths[0, 0]),
        mean_cents_per_lb=float(prices.mean()),
        percentiles_cents_per_lb=dict(zip(PERCENTILES, percentiles.tolist(), strict=True)),
        value_at_risk95_cents_per_lb=value_at_risk(prices, 0.95),
        value_at_risk99_cents_per_lb=value_at_risk(prices, 0.99),
        expected_shortfall95_cents_per_lb=expected_shortfall(prices, 0.95),
        expected_shortfall99_cents_per_lb=expected_shortfall(prices, 0.99),
        open_lb=float(open_lb),
        value_at_risk95_usd=value_usd,
        expected_shortfall95_usd=shortfall_usd,
        budget_cents_per_lb=budget,
        probability_above_budget=None if budget is None else probability_above(paths, budget, (horizon,))[horizon],
        path_count=len(prices),
    )
