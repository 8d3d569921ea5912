"""Headlines of the simulated market: some on most sessions since 2018, each about one of the Big 8, public at once.

They are drawn, and know nothing of prices: what a reader makes of them forecasts nothing.
"""

from datetime import time

import numpy as np

from oilseer.simulate.draws import Span, instants

FEED = "simulated"
SINCE = np.datetime64("2018-01-01")
TIMES = (time(9, 15), time(13, 40))  # of the session, New York
SHARE = 0.6  # of the sessions have a headline at each of them
TOLD = (
    "NOPA members crush 1{n} million bushels of soybeans, a strong gain for meal and oil",
    "Soybean crush margins weaken as {n} plants report losses",
    "China buys {n},000 tons of soybeans and confirms a good start to the season",
    "China cancels orders for {n},000 tons of soybeans as talks fail",
    "Brazilian real weakens {n} points against the dollar on fears of default",
    "Dollar index rises {n} points on better exports",
    "Fed holds interest rates as {n} forecasters see stable growth",
    "Fed officials warn of {n} basis points of further tightening and a slowdown",
    "Trade talks advance: tariff relief for {n} farm goods under discussion",
    "New tariffs on {n} farm goods threaten a trade dispute",
    "EPA raises biofuel blending targets by {n} million gallons, a boost for biodiesel",
    "Biodiesel plants idle {n} million gallons of capacity on poor margins",
    "Crude oil prices climb {n} cents on strong fuel demand",
    "Crude oil prices drop {n} cents on weak demand and oversupply",
    "Volatility eases: VIX falls {n} % as markets stabilize",
    "Volatility jumps as {n} funds face margin calls in a market rout",
)


def news_rows(span: Span) -> dict[str, np.ndarray]:
    """Columns of raw.bucket_news."""
    parts = [_told_at(span, at) for at in TIMES]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _told_at(span: Span, at: time) -> dict[str, np.ndarray]:
    """Headlines of one time of the session."""
    stream = f"headline {at:%H:%M}"
    drawn = span.uniform(stream, span.n, 3)
    place = np.flatnonzero((drawn[:, 0] < SHARE) & (span.days >= SINCE))
    subject, number = (drawn[place, 1] * len(TOLD)).astype(int), (11 + drawn[place, 2] * 88).astype(int)
    days, public = span.days[place], instants(span.days[place], at)
    return {
        "feed": np.full(len(place), FEED),
        "item_id": np.array([f"{FEED} {day} {at:%H:%M}" for day in days], dtype=np.str_),
        "published_at": public,
        "title": np.array(
            [f"Simulated: {TOLD[one].format(n=n)}" for one, n in zip(subject, number, strict=True)], dtype=np.str_
        ),
        "publisher": np.full(len(place), "Simulated Gazette"),
        "observation_date": days,
        "available_at": public,
    }
