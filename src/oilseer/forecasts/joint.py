"""Joint daily paths of ZL and its drivers, and the same paths under a shock; ZL in ¢/lb, drivers as log changes.

ZL has the published quantiles at every horizon; its drivers move with it as on past days.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from oilseer.errors import ConfigError, ShapeError
from oilseer.forecasts.links import OWN, SPAN, Links
from oilseer.forecasts.paths import fit_to_forecast
from oilseer.quantiles import QuantileForecast

BLOCK = 10  # sessions: mean length of the runs of past days that are drawn together


@dataclass(frozen=True)
class JointPaths:
    """n paths over `sessions` sessions, column 0 the origin.

    oil      (n, sessions + 1)  front price of ZL, ¢/lb
    drivers  (n, sessions + 1)  by symbol: log change since the origin
    """

    oil: np.ndarray
    drivers: dict[str, np.ndarray]


@dataclass(frozen=True)
class Response:
    """What a shock does: log changes by its last session.

    push     (sessions, m)  extra log return of each market a session, along links.symbols
    error    standard error of ZL's whole change
    """

    push: np.ndarray
    error: float

    @property
    def total(self) -> np.ndarray:
        """Log change of each market over the whole shock; (m,)."""
        return self.push.sum(axis=0)


def draw_joint(
    spot: float, forecast: QuantileForecast, links: Links, seed: int, n: int = 10_000, sessions: int = 252
) -> JointPaths:
    """Joint paths that reproduce the published quantiles at every published horizon.

    1. Runs of past days are drawn, of ten sessions in the mean (stationary bootstrap: Politis & Romano 1994). A day
       brings the residuals of all markets at once, so that their dependence, in the tails too, is that of the days.
    2. Each market's residual is scaled by its GARCH(1, 1) deviation, which goes on from today's: filtered historical
       simulation (Barone-Adesi, Giannopoulos & Vosper 1999).
    3. At each session the k-th lowest ZL path gets the price at (k − ½) / n of the published distribution, which
       leaves ranks, and so clustering and dependence, as they are (`paths.fit_to_forecast`).

    The same seed gives the same paths. Raises ShapeError for a spot or forecast that cannot be used.
    """
    oil, drivers = simulate(links, seed, n, sessions)
    return _assemble(fit_to_forecast(oil, spot, forecast, links.expected_variance(sessions)), drivers, links)


def draw_shocked(
    spot: float,
    forecast: QuantileForecast,
    links: Links,
    push: np.ndarray,
    seed: int,
    n: int = 10_000,
    sessions: int = 252,
) -> tuple[JointPaths, JointPaths]:
    """Paths without and with a shock from the same draws.

    The shocked ZL path is the published one times what the shock changes in the simulation: the push itself, and
    the wider moves that follow because the volatility model takes the push for what it is, a large return. A push
    of zero changes no bit.
    """
    oil, drivers = simulate(links, seed, n, sessions)
    calm = fit_to_forecast(oil, spot, forecast, links.expected_variance(sessions))
    moved, moved_drivers = simulate(links, seed, n, sessions, push)
    shocked = calm.copy()
    shocked[:, 1:] *= np.exp(moved - oil).T
    return _assemble(calm, drivers, links), _assemble(shocked, moved_drivers, links)


def simulate(
    links: Links, seed: int, n: int, sessions: int, push: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Cumulative log returns before they meet the forecast: ZL (sessions, n), drivers (m − 1, sessions, n) float32.

    push  (k, m)  extra log return of each market in each of the first k sessions
    """
    rng = np.random.default_rng(seed)
    days, m = links.residuals.shape
    columns = np.ascontiguousarray(links.residuals.T)
    reaction, memory = links.reaction[:, None], links.memory[:, None]
    level = (1 - reaction - memory) * links.usual_variance[:, None]
    variance = np.repeat(links.next_variance[:, None], n, axis=1)
    total = np.zeros((m, n))
    oil, drivers = np.empty((sessions, n)), np.empty((m - 1, sessions, n), np.float32)
    place = rng.integers(0, days, n)
    for t in range(sessions):
        if t:
            place = np.where(rng.random(n) < 1 / BLOCK, rng.integers(0, days, n), (place + 1) % days)
        moves = np.take(columns, place, axis=1)
        moves *= np.sqrt(variance)
        if push is not None and t < len(push):
            moves += push[t][:, None]
        total += moves
        oil[t], drivers[:, t] = total[0], total[1:]
        np.square(moves, out=moves)
        variance *= memory
        moves *= reaction
        variance += moves
        variance += level
    return oil, drivers


def respond(links: Links, shock: Mapping[str, float], sessions: int) -> Response:
    """What every market does, in the mean, when some move by `shock` (log change by symbol) over `sessions`.

    Linear regression of 10-session sums of residuals on those of the shocked markets, scaled by the markets' usual
    deviations, in equal parts a session; on itself a market's regression is the shock. The error counts sums that
    share no session. Source: Kupiec (1998), conditional stress tests of a value-at-risk model.

    Raises ConfigError for a market that the links do not have.
    """
    if sessions < 1:
        raise ConfigError(f"a shock over {sessions} sessions: expected 1 or more")
    for symbol in shock:
        if symbol not in links.symbols:
            why = links.left_out.get(symbol, "it is no driver")
            raise ConfigError(f"{symbol} cannot be shocked: {why}; there are {', '.join(links.symbols)}")
    if not shock:
        raise ConfigError("no shock given: name one market or more")
    hit = [links.symbols.index(symbol) for symbol in shock]
    usual = np.sqrt(links.usual_variance)
    scaled = np.array(list(shock.values())) / usual[hit]
    inverse = np.linalg.inv(links.covariance[np.ix_(hit, hit)])
    total = links.covariance[:, hit] @ inverse @ scaled * usual
    own = links.covariance[0, hit]
    unexplained = max(0.0, links.covariance[0, 0] - own @ inverse @ own) if OWN not in shock else 0.0
    independent = max(len(links.residuals) / SPAN - len(hit) - 1, 1)
    error = float(usual[0] * np.sqrt(unexplained / independent * (scaled @ inverse @ scaled)))
    return Response(np.repeat(total[None] / sessions, sessions, axis=0), error)


def contract_paths(front: np.ndarray, today: float, front_from: int) -> np.ndarray:
    """Price of one contract, ¢/lb, until it is the front; (n, front_from + 1).

    front       (n, sessions + 1)  paths of the front
    today       the contract's price now, ¢/lb
    front_from  sessions until it becomes the front

    Its log distance to the front shrinks evenly to nothing, so that all of its risk is that of the front: spreads
    between contracts, which move on their own too, are left out. Raises ShapeError.
    """
    if not 1 <= front_from < front.shape[1] or not today > 0:
        raise ShapeError(
            f"contract at {today} ¢/lb, front in {front_from} sessions: expected a positive price and "
            f"1 to {front.shape[1] - 1} sessions"
        )
    left = 1 - np.arange(front_from + 1) / front_from
    return front[:, : front_from + 1] * np.exp(np.log(today / front[0, 0]) * left)


def _assemble(oil: np.ndarray, drivers: np.ndarray, links: Links) -> JointPaths:
    """Drivers with the origin's zero before them."""
    named = {}
    for symbol, changes in zip(links.symbols[1:], drivers, strict=True):
        whole = np.zeros((oil.shape[0], oil.shape[1]), np.float32)
        whole[:, 1:] = changes.T
        named[symbol] = whole
    return JointPaths(oil, named)
