"""Market intelligence: prices, curve, spreads, positions, WASDE, headlines, policy, regime, the Big 8, features."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from oilseer.dashboard import feature_answers, feature_values, market_answers, states, supply_answers
from oilseer.web.api.answering import Asking, Paging, answering
from oilseer.web.api.models import Answer, BigEight, Curve, Paged, Rows
from oilseer.web.api.parameters import End, Name, Start
from oilseer.web.big_eight import big_eight_now

router = APIRouter(prefix="/api/v1", tags=["market"])


@router.get("/market", **answering(Rows))
def market(asked: Asking) -> Response:
    """Every market's last close and how it moved over a day, a week and a month."""
    return asked.answer(market_answers.overview)


@router.get("/market/prices/{symbol}", **answering(Paged))
def prices(asked: Asking, page: Paging, symbol: Name, start: Start = None, end: End = None) -> Response:
    """The continuous front of a symbol, newest first."""
    return asked.rows(market_answers.prices, symbol, start, end, page=page)


@router.get("/market/spreads", **answering(Rows))
def spreads(asked: Asking) -> Response:
    """Board crush, oil share, BOHO, cracks, palm and canola spreads, RINs: now, moves, place in one and five years."""
    return asked.answer(market_answers.spreads)


@router.get("/market/positions", **answering(Rows))
def positions(asked: Asking) -> Response:
    """Commitments of Traders by market and group: newest, change in a week, place in three years."""
    return asked.answer(supply_answers.positions)


@router.get("/market/wasde", **answering(Rows))
def wasde(
    asked: Asking, commodity: Annotated[str, Query(max_length=40, pattern=r"^[a-z_]+$")] = "soybean_oil"
) -> Response:
    """The newest WASDE of a commodity beside the release before."""
    return asked.answer(supply_answers.wasde, commodity)


@router.get("/market/news", **answering(Paged))
def news(
    asked: Asking, page: Paging, start: Start = None,
    bucket: Annotated[str | None, Query(max_length=40, pattern=r"^[a-z_]+$", description="one of the Big 8")] = None,
) -> Response:  # fmt: skip
    """Headlines with bucket, source, time and tone, newest first."""
    return asked.rows(supply_answers.news, bucket, start, page=page)


@router.get("/market/policy", **answering(Paged))
def policy(asked: Asking, page: Paging) -> Response:
    """Policy documents and tariff steps with the day they were announced and the day they take effect."""
    return asked.rows(supply_answers.policy, page=page)


@router.get("/curve", **answering(Curve))
def curve(asked: Asking) -> Response:
    """Price of each delivery month: at the last session and a week, a month and a year before."""
    return asked.answer(market_answers.curve)


@router.get("/regime", **answering(Rows))
def regime(asked: Asking, sessions: Annotated[int, Query(ge=1, le=1000)] = 10) -> Response:
    """Volatility gate, VIX band, and the odds of crisis, bull, bear and normal, of the last sessions, newest first."""
    return asked.answer(states.regimes, sessions)


@router.get("/big8", **answering(BigEight))
def big8(asked: Asking) -> Response:
    """The Big 8 from 0 to 100 at the close, and live where bars came since."""
    return asked.give(big_eight_now(asked.visit), keep=False)


@router.get("/rules", **answering(Rows))
def rules(asked: Asking) -> Response:
    """Verdicts of the twelve signal rules, their evidence and the features that they govern."""
    return asked.answer(states.rules)


@router.get("/features", **answering(Paged))
def features(
    asked: Asking, page: Paging,
    family: Annotated[str | None, Query(max_length=40)] = None,
    bucket: Annotated[str | None, Query(max_length=40)] = None,
    missing: Annotated[bool, Query(description="only those without a value today")] = False,
) -> Response:  # fmt: skip
    """Every feature: latest value, age, how much is null, and why what is missing is missing."""
    return asked.answer(feature_answers.listed, family, bucket, missing, page=page)


@router.get("/features/{name}", **answering(Answer))
def feature(asked: Asking, name: Name) -> Response:
    """One feature in full: formula, reason, lineage, age, chart, statistics and the rules that govern it."""
    return asked.answer(feature_answers.shown, name)


@router.get("/features/{name}/values", **answering(Paged))
def feature_history(asked: Asking, page: Paging, name: Name, start: Start = None, end: End = None) -> Response:
    """Values of a feature by session, newest first; each holds what was known at that session."""
    return asked.rows(feature_values.history, name, start, end, page=page)
