"""How a feature may be called: its source's or family's prefix first, its unit last."""

PREFIXES: tuple[str, ...] = (
    "fred_", "databento_", "weather_", "eia_", "epa_", "usda_", "cftc_", "scrc_", "policy_", "fx_",
    "tech_", "spread_", "curve_", "volatility_", "season_", "news_", "signal_", "regime_", "target_",
    "nopa_", "comtrade_",
)  # fmt: skip
UNITS: dict[str, str] = {
    "_ratio": "ratio, log ratio or standard deviations: a number without a unit",
    "_percent": "percent",
    "_points": "index points",
    "_state": "a coded state",
    "_flag": "1 or 0",
    "_number": "a count or ordinal",
    "_sessions": "CBOT sessions",
    "_days": "calendar days",
    "_contracts": "contracts",
    "_cents_per_lb": "US cents per pound",
    "_brl_cents_per_lb": "Brazilian cents per pound",
    "_cents_per_bu": "US cents per bushel",
    "_usd_per_bu": "USD per bushel",
    "_usd_per_short_ton": "USD per short ton",
    "_usd_per_mt": "USD per metric ton",
    "_usd_per_gal": "USD per gallon",
    "_usd_per_bbl": "USD per barrel",
    "_usd_per_lb": "USD per pound",
    "_usd_per_rin": "USD per RIN",
    "_usd_per_cwt": "USD per hundredweight",
    "_usd_per_oz": "USD per troy ounce",
    "_usd_per_mmbtu": "USD per million British thermal units",
    "_usd_per_brl": "USD per real",
    "_usd_per_eur": "USD per euro",
    "_usd_per_jpy": "USD per yen",
    "_usd_per_mxn": "USD per Mexican peso",
    "_oz_per_mt": "troy ounces of gold per metric ton",
    "_brl_per_usd": "reais per dollar",
    "_cny_per_usd": "yuan per dollar",
    "_mm": "millimetres of rain",
    "_degrees_c": "degrees Celsius, or their difference",
    "_degree_days": "degrees Celsius above 10, summed over days",
    "_mlb": "million pounds",
    "_mbu": "million bushels",
    "_mmt": "million metric tons",
    "_kt": "thousand metric tons",
    "_lb_per_bu": "pounds per bushel",
    "_billion_gal": "billion gallons",
    "_million_gal": "million gallons",
    "_billion_rins": "billion RINs",
}


def fault(name: str) -> str | None:
    """What is wrong with a feature's name; None where nothing is."""
    if not name.startswith(PREFIXES):
        return f"{name}: prefix {name.split('_')[0]}_ is none of {', '.join(PREFIXES)}"
    if not name.endswith(tuple(UNITS)):
        return f"{name}: ends in no unit; one of {', '.join(UNITS)} stands last"
    if name != name.lower() or "__" in name:
        return f"{name}: lower case words joined by single underscores are expected"
    return None
