"""How often outcomes went beyond the upper bands of past forecasts: a buyer's value at risk, tested.

From the walk-forward's stored quantiles, as the paths carry them between horizons, and the prices that followed.
"""

from dataclasses import asdict, dataclass
from datetime import date

import duckdb
import numpy as np

from oilseer.errors import ConfigError
from oilseer.forecasts.paths import fit_to_forecast
from oilseer.market import sessions
from oilseer.metrics import christoffersen, expected_shortfall, kupiec
from oilseer.quantiles import LEVELS, QuantileForecast

TESTED = (5, 10, 21, 42, 63, 126, 252)  # sessions; 10 and 42 lie between published horizons
UPPER = (0.9, 0.95, 0.975)
GRID = 400  # equally likely prices that stand for a distribution


@dataclass(frozen=True)
class Exceedances:
    """Outcomes that share no session against one upper quantile.

    kupiec_p, christoffersen_p  chances of such a count, and of such runs, if the quantile is right
    mean_beyond_ratio           mean change of the price over the outcomes beyond; None where there are none
    said_beyond_ratio           expected shortfall over spot that was forecast at the same origins
    """

    horizon: int
    level: float
    count: int
    beyond: int
    expected: float
    kupiec_p: float
    christoffersen_p: float
    mean_beyond_ratio: float | None
    said_beyond_ratio: float | None


def judge_exceedances(
    forecasts: dict[date, QuantileForecast], dates: np.ndarray, prices: np.ndarray
) -> tuple[Exceedances, ...]:
    """Every tested horizon and upper level, over origins whose outcomes share no session.

    forecasts  by origin, a session of `dates`
    dates      (n,) sessions, increasing; an outcome is the price exactly `horizon` exchange sessions later
    prices     (n,) front price, ¢/lb
    """
    number = sessions.number(dates)
    origins = sorted(forecasts)
    starts = np.searchsorted(dates, np.array(origins, dtype="datetime64[D]"))
    ranks = np.tile(np.arange(GRID, dtype=float), (max(TESTED), 1))
    curves = [
        fit_to_forecast(ranks, float(prices[start]), forecasts[origin], np.ones(max(TESTED)))[:, TESTED]
        for origin, start in zip(origins, starts, strict=True)
    ]
    made = []
    for column, horizon in enumerate(TESTED):
        ends = np.searchsorted(number, number[starts] + horizon)
        kept, free_from = [], 0
        for place, (start, end) in enumerate(zip(starts, ends, strict=True)):
            known = end < len(number) and number[end] == number[start] + horizon
            if known and number[start] >= free_from:
                kept.append(place)
                free_from = number[start] + horizon
        if len(kept) >= 2:
            outcome, spot = prices[ends[kept]], prices[starts[kept]]
            drawn = np.array([curves[place][:, column] for place in kept])
            made += [_tested(horizon, level, outcome, spot, drawn) for level in UPPER]
    return tuple(made)


def past_exceedances(connection: duckdb.DuckDBPyConnection, first_year: int) -> dict:
    """`judge_exceedances` of the combination's stored forecasts from January of `first_year`, ready for JSON.

    Raises ConfigError where there are none.
    """
    rows = connection.execute(
        "SELECT origin, horizon, level, value FROM training.walk_forward WHERE model = 'ensemble' AND target = 'price' "
        "AND year(origin) >= ? ORDER BY origin, horizon, level",
        [first_year],
    ).fetchall()
    if not rows:
        raise ConfigError(f"no stored forecasts from {first_year} on: `oilseer run` makes them")
    found: dict[date, dict[int, list[float]]] = {}
    for origin, horizon, _, value in rows:
        found.setdefault(origin, {}).setdefault(horizon, []).append(value)
    forecasts = {
        origin: QuantileForecast(tuple(by), np.array(list(by.values())).reshape(len(by), len(LEVELS)))
        for origin, by in found.items()
    }
    known = connection.execute(
        "SELECT observation_date, price_cents_per_lb FROM staging.zl_prices_clean ORDER BY observation_date"
    ).fetchnumpy()
    dates = np.ma.getdata(known["observation_date"]).astype("datetime64[D]")
    tested = judge_exceedances(forecasts, dates, np.asarray(known["price_cents_per_lb"], float))
    return {
        "first_origin": min(forecasts).isoformat(),
        "last_origin": max(forecasts).isoformat(),
        "rows": [asdict(row) for row in tested],
    }


def _tested(horizon: int, level: float, outcome: np.ndarray, spot: np.ndarray, drawn: np.ndarray) -> Exceedances:
    beyond = outcome > np.quantile(drawn, level, axis=1)
    said = np.array([expected_shortfall(row, level) for row in drawn]) / spot - 1
    hit = bool(beyond.any())
    return Exceedances(
        horizon, level, len(outcome), int(beyond.sum()), len(outcome) * (1 - level),
        kupiec(beyond, 1 - level)[1], christoffersen(beyond)[1],
        float((outcome / spot - 1)[beyond].mean()) if hit else None,
        float(said[beyond].mean()) if hit else None,
    )  # fmt: skip
