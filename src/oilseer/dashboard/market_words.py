"""Prices, currencies and positions as rows of a table, in words."""

from datetime import date

from oilseer.dashboard.charts_market import GROUPS
from oilseer.dashboard.supply_answers import WEEKS
from oilseer.dashboard.words import NOTHING, counted, day, number, percent, short
from oilseer.reference.sources import sources
from oilseer.reference.symbols import symbols

UNITS = {
    "cents_per_lb": "¢/lb", "cents_per_bu": "¢/bu", "usd_per_short_ton": "USD/short ton", "usd_per_bbl": "USD/bbl",
    "usd_per_gal": "USD/gal", "usd_per_mmbtu": "USD/MMBtu", "usd_per_lb": "USD/lb", "usd_per_oz": "USD/oz",
    "usd_per_mt": "USD/t", "usd_per_brl": "USD/BRL", "usd_per_eur": "USD/EUR", "usd_per_jpy": "USD/JPY",
    "usd_per_mxn": "USD/MXN", "index_points": "points",
}  # fmt: skip
CURRENCIES = {
    "USDBRL": "Brazilian real", "USDARS": "Argentine peso", "USDCNY": "Chinese yuan", "USDMYR": "Malaysian ringgit",
    "USDCAD": "Canadian dollar", "USDMXN": "Mexican peso", "USDEUR": "Euro", "USDJPY": "Japanese yen",
    "USDAUD": "Australian dollar", "USDGBP": "British pound", "DXY": "Dollar index",
}  # fmt: skip
PRICE_HEADERS = ("market", "last", "1 day", "1 week", "1 month", "contract", "close of")
CURRENCY_HEADERS = ("currency", "per dollar", "1 day", "1 week", "1 month", "higher than", "of", "age, days", "vendor")
POSITION_HEADERS = ("market", "group", "net", "1 week", "higher than", "long", "short", "Tuesday", "age, days")


def moved(ratio: float | None) -> str:
    """▲ +1.2 %: the sign in shape too, for who sees no colour."""
    if ratio is None:
        return NOTHING
    text = percent(ratio, 1, signed=True)
    return f"{'▲' if text.startswith('+') else '▼' if text.startswith('−') else '='} {text}"


def price_rows(answer: dict) -> list[tuple[str, ...]]:
    """Every market's last close."""
    return [
        (f"{_sentence(row['name'])}, {UNITS.get(row['unit'], row['unit'])}", short(row["close"]),
         *(moved(row[f"change_{span}_ratio"]) for span in ("day", "week", "month")), row["contract"] or NOTHING,
         day(row["observation_date"]))
        for row in answer["rows"]
    ]  # fmt: skip


def currency_rows(answer: dict) -> list[tuple[str, ...]]:
    """Every currency's last rate."""
    return [
        (CURRENCIES.get(row["pair"], row["pair"]), short(row["rate"]),
         *(moved(row[f"change_{span}_ratio"]) for span in ("day", "week", "month")),
         f"{percent(row['percentile_year'], 0)} of a year", day(row["observation_date"]), number(row["age_days"], 0),
         row["vendor"])
        for row in answer["rows"]
    ]  # fmt: skip


def position_rows(answer: dict) -> list[tuple[str, ...]]:
    """The newest positions of every market and group, soybean oil first; no place among too few reports."""
    order = list(symbols())
    return [
        (_sentence(symbols()[row["symbol"]].name), GROUPS[row["trader_group"]],
         percent(row["net_share_ratio"], signed=True), percent(row["change_week_ratio"], signed=True),
         f"{percent(row['percentile_three_years'], 0)} of 3 years" if row["reports"] == WEEKS
         else counted(row["reports"], "report"), number(row["long_contracts"], 0), number(row["short_contracts"], 0),
         day(row["observation_date"]), _age(row["observation_date"], answer["as_of_date"]))
        for row in sorted(answer["rows"], key=lambda row: order.index(row["symbol"]))
    ]  # fmt: skip


def _age(newest: str, as_of: str) -> str:
    """Days before the close, with a sign where the source is stale."""
    days = (date.fromisoformat(as_of) - date.fromisoformat(newest)).days
    return f"{'▲ ' if days > sources()['cftc_cot'].stale_after_days else ''}{number(days, 0)}"


def _sentence(name: str) -> str:
    return f"{name[0].upper()}{name[1:]}"
