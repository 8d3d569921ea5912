"""Which released series every session looks up: column of `known`, key in `releases`, and how long a value serves."""

from datetime import date

from oilseer.features import biofuel, cot, crush, news, substitution, trade, wasde, weather
from oilseer.features.carried import Series

DAILY, WEEKLY, MONTHLY = 12, 24, 100  # days from what a value describes until it is null
SERIES: tuple[Series, ...] = (
    *(Series(f"fred_{name.lower()}", f"fred:{name}", DAILY) for name in (
        "DGS10", "DGS2", "DGS3MO", "T10Y2Y", "T10Y3M", "DFEDTARU", "VIXCLS", "VXVCLS", "DFII10",
        "BAMLH0A0HYM2",
    )),
    *(Series(f"fred_{name.lower()}", f"fred:{name}", WEEKLY) for name in ("NFCI", "STLFSI4")),
    *(Series(f"fred_{name.lower()}", f"fred:{name}", MONTHLY) for name in ("FEDFUNDS", "UNRATE")),
    Series("fred_cpi_change_12m", "fred_change_12m:CPIAUCSL", MONTHLY),
    Series("fx_usdbrl", "fx:USDBRL", DAILY),
    Series("fx_usdcny", "fx:USDCNY", DAILY),
    Series("fx_dxy", "fx:DXY", DAILY),
    Series("cot_noncommercial", "cot:ZL.noncommercial", WEEKLY),
    Series("cot_commercial", "cot:ZL.commercial", WEEKLY),
    Series("cot_percentile_52w", "cot_rank_52w:ZL.noncommercial", WEEKLY),
    Series("cot_change_1w", "cot_change:ZL.noncommercial", WEEKLY),
    *wasde.SERIES, *cot.SERIES, *biofuel.SERIES, *crush.SERIES, *substitution.SERIES, *trade.SERIES, *weather.SERIES,
    *news.SERIES,
)  # fmt: skip
LONGEST_DAYS = max(series.max_age_days for series in SERIES)


def oldest(after: date, days: int = LONGEST_DAYS) -> date:
    """The earliest day that a value may describe which serves `days` and which a session after `after` still uses."""
    return date.fromordinal(max(after.toordinal() - days, 1))
