"""The twelve signal rules: how a signal may be read, each a function of one session's row that gives a verdict.

A verdict never changes a feature; it stands beside the features it governs, with the evidence it rests on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import merge

VERDICTS = ("bullish", "bearish", "neutral", "caution", "unknown")
Row = Mapping[str, float | None]


@dataclass(frozen=True)
class Verdict:
    """What a rule says today: one of VERDICTS, and the numbers it rests on."""

    verdict: str
    evidence: str


@dataclass(frozen=True)
class Rule:
    """One rule: number, name, what it teaches, the features it governs, and its judgement of a session's row.

    reads  features without which the verdict is unknown
    """

    number: int
    name: str
    teaches: str
    reads: tuple[str, ...]
    judge: Callable[..., Verdict]  # takes the values of `reads` in their order, none of them null

    def apply(self, row: Row) -> Verdict:
        """The verdict on one row of the matrix; unknown where an input is missing, which is named."""
        missing = [name for name in self.reads if row.get(name) is None]
        if missing:
            return Verdict("unknown", f"no value of {', '.join(missing)}")
        return self.judge(*(row[name] for name in self.reads))


def treasury_curve(slope_change: float, rate_change: float, dollar: float) -> Verdict:
    """Changes, not levels, and together with the dollar: percent points over 63 and 21 sessions, ratio over 21."""
    found = f"slope {slope_change:+.2f} points in 63 sessions, 10-year {rate_change:+.2f} in 21, dollar {dollar:+.1%}"
    if slope_change > 0.25 and dollar < 0:
        return Verdict("bullish", found)
    return Verdict("bearish" if rate_change > 0.25 and dollar > 0.01 else "neutral", found)


def vix_bands(vix: float) -> Verdict:
    """Bands at 15, 25 and 30: in a crisis a clear direction is not a precise forecast."""
    band = "complacent" if vix < 15 else "aware" if vix < 25 else "stress" if vix <= 30 else "crisis"
    return Verdict("caution" if vix >= 25 else "neutral", f"VIX {vix:.1f}: {band}")


def sentiment_persistence(week: float, month: float) -> Verdict:
    """A mood counts once it lasts: net tone of 7 days of the same sign as that of 30, −1 to 1."""
    found = f"net tone {week:+.2f} over 7 days, {month:+.2f} over 30"
    if week * month <= 0 or abs(week) < 0.2:
        return Verdict("neutral", found + ": no persistence")
    return Verdict("bullish" if week > 0 else "bearish", found)


def fed_path(two_year: float, policy: float) -> Verdict:
    """The expected path over the level: 2-year yield less the policy rate, percent points."""
    path = two_year - policy
    found = f"2-year yield {path:+.2f} points from the policy rate"
    return Verdict("bullish" if path < -0.5 else "bearish" if path > 0.5 else "neutral", found)


def dollar_order(real: float, dollar: float) -> Verdict:
    """The real first, the broad dollar after: month's changes of reais per dollar and of the index, ratios."""
    found = f"reais per dollar {real:+.1%}, dollar index {dollar:+.1%} in a month"
    if abs(real) > 0.03:
        return Verdict("bearish" if real > 0 else "bullish", found)
    return Verdict("bearish" if dollar > 0.02 else "bullish" if dollar < -0.02 else "neutral", found)


def biofuel_tons(revision: float) -> Verdict:
    """Policy counts in tons of oil, not in words: the WASDE's revision of what biofuel takes, percent."""
    found = f"USDA moved soybean oil for biofuel by {revision:+.1f} % in its last report"
    return Verdict("bullish" if revision > 1 else "bearish" if revision < -1 else "neutral", found)


def measured_logistics(queue_days: float) -> Verdict:
    """Only a measured bottleneck counts: ships that wait more than 14 days."""
    return Verdict("bullish" if queue_days > 14 else "neutral", f"queue of {queue_days:.0f} days")


def weather_week(anomaly: float, drought: float) -> Verdict:
    """Physics over weeks: rain of 30 days against its climatology in mm, and a flag for a dry fifth over 90 days."""
    found = f"30-day rain {anomaly:+.0f} mm from usual, {'a' if drought else 'no'} drought over 90 days"
    return Verdict("bullish" if anomaly < -20 and drought else "bearish" if anomaly > 20 else "neutral", found)


def positions(percentile: float, divergence: float) -> Verdict:
    """Percentile and divergence: crowded above 80 % of the year, a top above 90 %, a bottom below 10 %."""
    found = f"speculators at {percentile:.0%} of the year, {divergence:+.0%} of open interest from the trade"
    if percentile > 0.9:
        return Verdict("bearish", found + ": a top is near")
    if percentile > 0.8:
        return Verdict("caution", found + ": crowded")
    return Verdict("bullish" if percentile < 0.1 else "neutral", found)


def crush_behaviour(crush: float, change: float) -> Verdict:
    """Behaviour, not one day: the crush, USD/bu, and its month's change in usual sizes; negative is an alert."""
    found = f"board crush {crush:.2f} USD/bu, {change:+.1f} usual sizes of a month's change"
    if crush < 0:
        return Verdict("caution", found + ": crushers lose money")
    return Verdict("bearish" if change > 1 else "bullish" if change < -1 else "neutral", found)


def palm_relative(ratio: float) -> Verdict:
    """Palm counts relative to soybean oil, same unit: soybean oil over palm; freight and quality are worth a tenth."""
    if not 0.5 <= ratio <= 5:
        return Verdict("unknown", f"ratio {ratio:.2f} is outside 0.5 to 5: check the units")
    found = f"soybean oil at {ratio:.2f} times palm"
    return Verdict("bearish" if ratio > 1.3 else "bullish" if ratio < 1.0 else "neutral", found)


def china_imports(pace: float) -> Verdict:
    """Bought tons against the seasonal norm, not talk: percent above it."""
    found = f"China's purchases {pace:+.0f} % against the seasonal norm"
    return Verdict("bullish" if pace > 10 else "bearish" if pace < -10 else "neutral", found)


RULES: tuple[Rule, ...] = (
    Rule(1, "treasury_curve", "Changes, not levels; with the dollar.",
         ("fred_t10y2y_change_63_percent", "fred_dgs10_change_21_percent", "fx_dxy_momentum_21_ratio"), treasury_curve),
    Rule(2, "vix_bands", "Bands; conviction is not confidence.", ("volatility_vix_points",), vix_bands),
    Rule(3, "sentiment_persistence", "Sentiment needs a mechanism and days of persistence.",
         ("news_biofuel_net_7d_ratio", "news_biofuel_net_30d_ratio"), sentiment_persistence),
    Rule(4, "fed_path", "The path over the level.", ("fred_dgs2_percent", "fred_dfedtaru_percent"), fed_path),
    Rule(5, "dollar_order", "The real first, then the dollar.",
         ("fx_usdbrl_momentum_21_ratio", "fx_dxy_momentum_21_ratio"), dollar_order),
    Rule(6, "biofuel_tons", "Biofuel policy in metric tons, not words.",
         ("usda_wasde_us_oil_biofuel_use_revision_percent",), biofuel_tons),
    Rule(7, "measured_logistics", "Measured bottlenecks: queues over 14 days.",
         ("usda_port_queue_days",), measured_logistics),
    Rule(8, "weather_week", "Physics over 7 days and more, not one anomaly.",
         ("weather_us_all_precipitation_anomaly_30d_mm", "weather_us_all_drought_90d_flag"), weather_week),
    Rule(9, "positions", "Percentile and divergence.",
         ("cftc_zl_noncommercial_percentile_52w_ratio", "cftc_zl_divergence_ratio"), positions),
    Rule(10, "crush_behaviour", "Behaviour over weeks; alert when negative.",
         ("spread_board_crush_usd_per_bu", "spread_board_crush_change_21_ratio"), crush_behaviour),
    Rule(11, "palm_relative", "A relative ratio, freight adjusted.", ("spread_soyoil_palm_ratio",), palm_relative),
    Rule(12, "china_imports", "Imports against the seasonal norm, not talk.",
         ("usda_export_china_pace_percent",), china_imports),
)  # fmt: skip

SPEC = TableSpec(
    "signals.rule_verdicts",
    "one row per ZL session and rule",
    ("as_of_date", "rule"),
    (
        Column("as_of_date", "DATE"),
        Column("rule", "VARCHAR"),
        Column("number", "INTEGER", null=False, low=1, high=12),
        Column("teaches", "VARCHAR", null=False),
        Column("verdict", "VARCHAR", "", ", ".join(VERDICTS), null=False),
        Column("evidence", "VARCHAR", null=False),
        Column("governs", "VARCHAR", "", "features, by commas", null=False),
    ),
    "as_of_date 17:00 New York",
    "features.daily_ml_matrix_zl",
)


def build_verdicts(connection: duckdb.DuckDBPyConnection, sessions_back: int = 21) -> int:
    """Judge the last `sessions_back` sessions; number of rows changed."""
    found = connection.execute(
        "SELECT * FROM features.daily_ml_matrix_zl ORDER BY as_of_date DESC LIMIT ?", [sessions_back]
    ).to_arrow_table()
    rows = [_row(row["as_of_date"], rule, rule.apply(row)) for row in found.to_pylist() for rule in RULES]
    return merge(connection, SPEC, pa.Table.from_pylist(rows))


def _row(day: date, rule: Rule, found: Verdict) -> dict:
    return {
        "as_of_date": day, "rule": rule.name, "number": rule.number, "teaches": rule.teaches,
        "verdict": found.verdict, "evidence": found.evidence, "governs": ", ".join(rule.reads),
    }  # fmt: skip
