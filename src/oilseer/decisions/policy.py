"""The buyer's rules: monthly need, cover in place, bounds by distance, lots, costs and appetite for risk.

A policy that contradicts itself is refused with the names of the two rules that clash.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from oilseer.errors import ConfigError
from oilseer.market.units import CONTRACT_LB

SESSIONS_PER_MONTH = 21


@dataclass(frozen=True)
class CoverRule:
    """Bounds on cover (pounds bought over pounds needed, ratios) up to `through_months` ahead.

    minimum_ratio  of all months through this one together: nearby cover may stand in for later cover
    maximum_ratio  of each single month after the previous rule's through this one
    """

    through_months: int
    minimum_ratio: float
    maximum_ratio: float

    def __post_init__(self) -> None:
        if self.through_months < 1 or not 0 <= self.minimum_ratio <= 1 or not 0 <= self.maximum_ratio <= 1:
            raise ConfigError(
                f"cover rule {self}: expected 1 or more months and ratios within 0 and 1 (0.25 = 25 %): correct it"
            )


# The ladder of 100,000 lb by a week, 250,000 by a month, 500,000 by 3 and 1,000,000 by 6 months, for a need of
# 1,000,000 lb a month, is the minimum; its week lies inside month 1. Maxima are settings of our own.
LADDER: tuple[CoverRule, ...] = (
    CoverRule(1, 1 / 4, 1.0),
    CoverRule(3, 1 / 6, 1.0),
    CoverRule(6, 1 / 6, 0.8),
    CoverRule(12, 0.0, 0.5),
)


@dataclass(frozen=True)
class CoverPolicy:
    """What a buyer needs and allows; month 1 is the calendar month of the next session, or what is left of it.

    need_lb                     pounds needed by month; its length is the number of months planned
    covered_lb                  pounds already bought by month; empty for none
    covered_price_cents_per_lb  what they cost, basis included, ¢/lb, for all or by month; None: today's price
    rules                       bounds by distance; a minimum that ends beyond the last month planned is ignored
    lot_lb                      one contract
    storage_cents_per_lb_month  cost of holding a pound bought today, ¢/lb a month
    carry_rate                  yearly interest on it (ratio); neither applies where a futures curve is given
    basis_cents_per_lb          cash price over the board, ¢/lb, for all or by month; paid whether bought now or later
    risk_weight                 λ: ¢/lb of expected cost one would give to cut CVaR95 of the cost by 1 ¢/lb
    budget_cents_per_lb         price in the budget, basis included; None for none
    buy_step_ratio              a purchase of this share of the need, or more, is BUY and not LADDER
    review_sessions             the answer stands this many sessions, unless a tripwire is crossed

    Raises ConfigError for values out of range, and for two rules that cannot both hold.
    """

    need_lb: tuple[float, ...] = (1_000_000.0,) * 12
    covered_lb: tuple[float, ...] = ()
    covered_price_cents_per_lb: float | tuple[float, ...] | None = None
    rules: tuple[CoverRule, ...] = LADDER
    lot_lb: float = CONTRACT_LB
    storage_cents_per_lb_month: float = 0.1
    carry_rate: float = 0.05
    basis_cents_per_lb: float | tuple[float, ...] = 0.0
    risk_weight: float = 0.05
    budget_cents_per_lb: float | None = None
    buy_step_ratio: float = 0.10
    review_sessions: int = 5

    def __post_init__(self) -> None:
        need, covered = self.need, self.covered
        if not len(need) or not np.isfinite(need).all() or (need < 0).any() or need.sum() <= 0:
            raise ConfigError(f"need_lb is {self.need_lb}: expected pounds by month, none negative, not all zero")
        if len(covered) != len(need) or not (covered >= 0).all():
            raise ConfigError(f"covered_lb has {len(covered)} months, need_lb {len(need)}: give pounds for each month")
        for month in np.flatnonzero(covered > need) + 1:
            raise ConfigError(
                f"month {month}: already covered {covered[month - 1]:,.0f} lb, needed {need[month - 1]:,.0f} lb: "
                "these two clash; move the surplus to a later month"
            )
        for name in ("covered_price_cents_per_lb", "basis_cents_per_lb"):
            value = getattr(self, name)
            if isinstance(value, tuple) and len(value) != len(need):
                raise ConfigError(f"{name} has {len(value)} months, need_lb {len(need)}: give one, or one a month")
        positive = ("lot_lb", "buy_step_ratio", "review_sessions")
        for name in (*positive, "storage_cents_per_lb_month", "carry_rate", "risk_weight"):
            value = getattr(self, name)
            if not np.isfinite(value) or value < 0 or (name in positive and value == 0):
                raise ConfigError(f"{name} is {value}: expected {'more than' if name in positive else 'at least'} 0")
        refuse_clashes(self.rules, need)

    @property
    def months(self) -> int:
        """Number of months planned."""
        return len(self.need_lb)

    @property
    def need(self) -> np.ndarray:
        """Pounds needed by month; (months,)."""
        return np.asarray(self.need_lb, float)

    @property
    def covered(self) -> np.ndarray:
        """Pounds already bought by month; (months,)."""
        return np.asarray(self.covered_lb if len(self.covered_lb) else np.zeros(self.months), float)

    @property
    def basis(self) -> np.ndarray:
        """Cash price over the board by month, ¢/lb; (months,)."""
        return np.broadcast_to(np.asarray(self.basis_cents_per_lb, float), (self.months,))

    def covered_prices(self, spot: float) -> np.ndarray:
        """What cover in place cost by month, ¢/lb, at today's front `spot` where the buyer gave no price; (months,)."""
        if self.covered_price_cents_per_lb is None:
            return spot + self.basis
        return np.broadcast_to(np.asarray(self.covered_price_cents_per_lb, float), (self.months,))

    @classmethod
    def from_mapping(cls, settings: Mapping[str, Any]) -> "CoverPolicy":
        """Policy from a settings file's table, `rules` as triples. Raises ConfigError for unknown names."""
        unknown = sorted(set(settings) - set(cls.__dataclass_fields__))
        if unknown:
            raise ConfigError(f"unknown cover settings {unknown}; known are {sorted(cls.__dataclass_fields__)}")
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in settings.items()}
        if "rules" in values:
            values["rules"] = tuple(CoverRule(*rule) for rule in values["rules"])
        return cls(**values)


def month_caps(rules: tuple[CoverRule, ...], months: int) -> np.ndarray:
    """Greatest cover of each month (ratio), 1 beyond the last rule; (months,)."""
    caps, start = np.ones(months), 0
    for rule in sorted(rules, key=lambda rule: rule.through_months):
        caps[start : rule.through_months] = rule.maximum_ratio
        start = rule.through_months
    return caps


def refuse_clashes(rules: tuple[CoverRule, ...], need: np.ndarray) -> None:
    """Raise ConfigError with the two rules that no purchases can both meet: a minimum above its months' maxima."""
    ends = [rule.through_months for rule in rules]
    for month in sorted({end for end in ends if ends.count(end) > 1}):
        raise ConfigError(f"two cover rules end at month {month}, and only one can hold: remove one of them")
    most = np.cumsum(month_caps(rules, len(need)) * need)
    for low in rules:
        if low.through_months > len(need):
            continue
        least = low.minimum_ratio * need[: low.through_months].sum()
        if least > most[low.through_months - 1] + 1e-6:
            starts = {
                rule.through_months: max([0, *(end for end in ends if end < rule.through_months)]) for rule in rules
            }
            high = min((rule for rule in rules if starts[rule.through_months] < low.through_months), key=_maximum)
            raise ConfigError(
                f"two cover rules clash: minimum {low.minimum_ratio:.0%} through month {low.through_months} "
                f"({least:,.0f} lb) and maximum {high.maximum_ratio:.0%} of each month from "
                f"{starts[high.through_months] + 1} through {high.through_months} (all maxima up to there allow "
                f"{most[low.through_months - 1]:,.0f} lb): lower the minimum or raise the maximum"
            )


def _maximum(rule: CoverRule) -> float:
    return rule.maximum_ratio


def purchase_bounds(policy: CoverPolicy) -> tuple[np.ndarray, np.ndarray]:
    """Least pounds to buy now through each month, and most for each month; two (months,).

    Pounds already bought stay bought: a month covered beyond its maximum gets no more, and where too
    little room is left to reach a minimum, what room there is counts as the minimum.
    """
    room = np.maximum(month_caps(policy.rules, policy.months) * policy.need - policy.covered, 0.0)
    total, bought = np.cumsum(policy.need), np.cumsum(policy.covered)
    least = np.zeros(policy.months)
    for rule in policy.rules:
        if rule.through_months <= policy.months:
            month = rule.through_months - 1
            least[month] = rule.minimum_ratio * total[month] - bought[month]
    return np.maximum.accumulate(np.clip(least, 0.0, np.cumsum(room))), room
