"""Conversions between the units of the soybean complex; each has its inverse, each is exact.

Weights: 1 short ton = 2,000 lb; 1 metric ton = 2,204.62262 lb; 1 bushel of soybeans = 60 lb.
"""

LB_PER_METRIC_TON = 2204.62262185
CONTRACT_LB = 60_000  # one ZL contract


def cents_per_lb_to_usd_per_mt(price: float) -> float:
    """¢/lb to USD per metric ton: × 22.046."""
    return price * LB_PER_METRIC_TON / 100


def usd_per_mt_to_cents_per_lb(price: float) -> float:
    """USD per metric ton to ¢/lb."""
    return price * 100 / LB_PER_METRIC_TON


def cents_per_lb_to_usd_per_cwt(price: float) -> float:
    """¢/lb to USD per hundredweight (100 lb): the same number."""
    return price


def dollars_to_cents(price: float) -> float:
    """USD to cents, whatever the weight: × 100."""
    return price * 100


def cents_to_dollars(price: float) -> float:
    """Cents to USD, whatever the weight: ÷ 100."""
    return price / 100


def usd(price_cents_per_lb: float, pounds: float) -> float:
    """Value in USD of `pounds` at a price in ¢/lb."""
    return price_cents_per_lb * pounds / 100


CONVERSIONS = {
    ("usd_per_mt", "cents_per_lb"): usd_per_mt_to_cents_per_lb,
    ("cents_per_lb", "usd_per_mt"): cents_per_lb_to_usd_per_mt,
    ("cents_per_lb", "usd_per_cwt"): cents_per_lb_to_usd_per_cwt,
    ("usd_per_cwt", "cents_per_lb"): cents_per_lb_to_usd_per_cwt,
    ("usd_per_lb", "cents_per_lb"): dollars_to_cents,
    ("cents_per_lb", "usd_per_lb"): cents_to_dollars,
}  # from, to: names that a mapping file may use
