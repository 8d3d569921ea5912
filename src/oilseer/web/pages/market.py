"""The Market overview: curve, season, spreads, currencies, positions, WASDE and credits, each with age and source."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from oilseer.dashboard import (
    charts_market,
    feature_values,
    market_answers,
    market_past,
    source_words,
    spread_words,
    supply_answers,
    wasde_words,
)
from oilseer.dashboard import market_words as words
from oilseer.dashboard.figure import Chart
from oilseer.errors import ConfigError
from oilseer.web.pages.age import age_of_close, filled_by
from oilseer.web.pages.rendering import page
from oilseer.web.visit import Seen, Visit, Visiting

FIRST_SPREAD = "spread_board_crush_usd_per_bu"
FEW_CONTRACTS = 2
FIVE_YEARS = timedelta(days=5 * 365 + 1)
Word = Annotated[str, Query(max_length=40, pattern=r"^[A-Za-z0-9_]+$")]
router = APIRouter(include_in_schema=False)


@router.get("/market")
def market(
    visit: Visiting, spread: Annotated[str, Query(max_length=80)] = FIRST_SPREAD, symbol: Word = "ZL",
    commodity: Word = "soybean_oil",
) -> Response:  # fmt: skip
    """Everything around the price, as it was known at the last close.

    spread     the one drawn large
    symbol     whose positions are drawn
    commodity  whose WASDE is shown
    """
    if spread not in spread_words.WORDS:
        raise ConfigError(f"no spread {spread[:80]!r}; there are {', '.join(spread_words.WORDS)}")
    prices, curve, season = (
        visit.see(reader) for reader in (market_answers.overview, market_answers.curve, market_past.seasonality)
    )
    spreads, spread_past, charts = _spreads(visit, spread)
    currencies, standing = visit.see(market_past.currencies), visit.see(supply_answers.positions)
    past = visit.see(market_past.positions_past, symbol)
    wasde, said = (
        visit.see(supply_answers.wasde, commodity),
        visit.see(market_past.wasde_past, commodity, "us", "ending_stocks"),
    )
    rins = visit.see(market_past.rins)
    drawn = {
        "curve": _drawn(curve, charts_market.curve),
        "seasonality": _drawn(season, charts_market.seasonality),
        "spread": spread_past,
        "positions": _drawn(past, charts_market.positions),
        "wasde": _drawn(said, charts_market.wasde, wasde_words.NAMES.get(commodity, commodity) + "'s ending stocks"),
        "rins": _drawn(rins, charts_market.rins),
    }
    return page(
        visit, "market.html", charts=tuple(chart for chart in drawn.values() if chart),
        old=age_of_close(visit), drawn=drawn, prices=prices, curve=curve, season=season, spreads=spreads,
        chosen=spread, symbol=symbol, commodity=commodity, currencies=currencies, standing=standing, past=past,
        wasde=wasde, rins=rins, fill=filled_by(visit), ages=_ages(past, wasde, rins),
        few=bool(curve) and len((curve.answer["curves"] or [{"contracts": []}])[0]["contracts"]) <= FEW_CONTRACTS,
        spread_start=_five_years_before(spreads), symbols=_symbols(standing),
        price_headers=words.PRICE_HEADERS, price_rows=words.price_rows(prices.answer) if prices else [],
        groups=spread_words.cards(spreads.answer, charts) if spreads else [],
        currency_headers=words.CURRENCY_HEADERS,
        currency_rows=words.currency_rows(currencies.answer) if currencies else [],
        position_headers=words.POSITION_HEADERS,
        position_rows=words.position_rows(standing.answer) if standing else [],
        balance=wasde_words.balance(wasde.answer) if wasde else None,
        revisions=wasde_words.revisions(wasde.answer) if wasde else [],
        commodities=wasde_words.NAMES,
    )  # fmt: skip


def _spreads(visit: Visit, chosen: str) -> tuple[Seen, Chart | None, dict]:
    """The spreads, the chosen one drawn over five years, and small charts of all."""
    spreads = visit.see(market_answers.spreads)
    facts = {row["name"]: row for row in spreads.answer["rows"]} if spreads else {}
    if chosen not in facts:
        return spreads, None, {}
    charts = visit.ask(market_past.spread_charts, tuple(name for name in facts if name in spread_words.WORDS))
    past = visit.see(feature_values.history, chosen, _five_years_before(spreads), None, None, 0)
    return spreads, _drawn(past, spread_words.spread, facts[chosen]), charts


def _five_years_before(seen: Seen) -> date | None:
    return date.fromisoformat(seen.answer["as_of_date"]) - FIVE_YEARS if seen else None


def _symbols(seen: Seen) -> list[str]:
    """Symbols that have positions, soybean oil first."""
    return sorted({row["symbol"] for row in seen.answer["rows"]}, key=lambda one: (one != "ZL", one)) if seen else []


def _drawn(seen: Seen, make: Callable[..., Chart], *others: Any) -> Chart | None:
    return make(seen.answer, *others) if seen else None


def _ages(past: Seen, wasde: Seen, rins: Seen) -> dict[str, dict]:
    """How old the newest report of each kind is at the close."""
    newest = {
        "positions": ("cftc_cot", past and max(row["observation_date"] for row in past.answer["groups"])),
        "wasde": ("usda_wasde", wasde and wasde.answer["rows"] and wasde.answer["rows"][0]["observation_date"]),
        "rins": ("epa_rin", rins and rins.answer["rows"][0]["observation_date"]),
    }
    as_of = next((seen.answer["as_of_date"] for seen in (past, wasde, rins) if seen), "")
    return {name: source_words.age(source, day, as_of) for name, (source, day) in newest.items() if day}
