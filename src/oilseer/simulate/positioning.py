"""Weekly positions of futures traders: as of Tuesday, public on Friday 15:30 New York.

Speculators' net share of open interest follows past shocks of the price, and returns to its mean.
"""

from datetime import time

import numpy as np

from oilseer.market import sessions
from oilseer.simulate.draws import Span, days_of_week, instants, known_at, steady

CODES = {"007601": ("ZL", 400_000), "005602": ("ZS", 690_000), "026603": ("ZM", 360_000), "002602": ("ZC", 1_400_000)}
NET_MEAN, NET_SD, NET_PERSISTENCE = 0.05, 0.10, 0.95
FOLLOW = 0.4  # correlation of its shocks with those of the price


def net_share(span: Span, symbol: str, shock: np.ndarray) -> np.ndarray:
    """Non-commercial net position over open interest, by session; (n,). It follows `shock`, the price's own."""
    mixed = FOLLOW * shock + np.sqrt(1 - FOLLOW**2) * span.normal(f"{symbol} positions")
    return NET_MEAN + NET_SD * steady(mixed, NET_PERSISTENCE)


def reports(span: Span) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tuesdays of the span, the place of the last session at each, and the instant each is public."""
    tuesdays = days_of_week(span, 1)
    place = np.searchsorted(span.days, tuesdays, side="right") - 1
    calendar = sessions.sessions()
    released = calendar[np.searchsorted(calendar, tuesdays + 3)]
    return tuesdays, place, instants(released, time(15, 30))


def crowding(span: Span, share: np.ndarray, cutoffs: np.ndarray) -> np.ndarray:
    """The net share of the newest public report, in standard deviations from its mean; (n,)."""
    _, place, public = reports(span)
    return known_at((share[place] - NET_MEAN) / NET_SD, public, cutoffs)


def cot_rows(span: Span, shares: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Columns of raw.cftc_cot_legacy for all four codes; shares by symbol, (n,)."""
    tuesdays, place, public = reports(span)
    columns: dict[str, list[np.ndarray]] = {}
    for code, (symbol, typical) in CODES.items():
        years = (tuesdays - np.datetime64("2015-01-01")).astype(float) / 365.25
        wobble = steady(span.normal(f"{symbol} open interest", len(tuesdays)), 0.97)
        interest = typical * np.exp(0.03 * years + 0.15 * wobble)
        net = np.clip(shares[symbol][place], -0.45, 0.45)
        long, short = 0.25 + np.maximum(net, 0), 0.25 + np.maximum(-net, 0)
        small = 0.04 * steady(span.normal(f"{symbol} small traders", len(tuesdays)), 0.9)
        hedged = 0.48 - np.abs(net) / 2
        rows = {
            "contract_code": np.repeat(code, len(tuesdays)),
            "open_interest": interest,
            "noncommercial_long": interest * (long - np.abs(net) / 2),
            "noncommercial_short": interest * (short - np.abs(net) / 2),
            "commercial_long": interest * (hedged - 0.45 * net + np.clip(small, -0.08, 0.08) / 2),
            "commercial_short": interest * (hedged + 0.45 * net - np.clip(small, -0.08, 0.08) / 2),
            "observation_date": tuesdays,
            "available_at": public,
        }
        for name, values in rows.items():
            whole = np.round(values).astype(np.int64) if values.dtype.kind == "f" else values
            columns.setdefault(name, []).append(whole)
    return {name: np.concatenate(parts) for name, parts in columns.items()}
