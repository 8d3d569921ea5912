"""How the families are joined to the sessions, and the tests that the joined matrix must pass.

One join a family: on as_of_date, one row a priced session. What a broken program would do (rows lost or doubled,
columns missing) stops the build before anything is written; what the data may do is measured into
features.join_checks, and the gates after the features block on it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from oilseer.checks import Check
from oilseer.features.evaluate import Sessions
from oilseer.features.registry import Family
from oilseer.warehouse.spec import Column, TableSpec
from oilseer.warehouse.write import replace

RECENT = 1260  # sessions over which null rates are bounded: five years
SYMBOLS_AT_LEAST = 12  # other markets with a price in the last month
REGIME = "regime_master_state"


@dataclass(frozen=True)
class Join:
    """One family joined on as_of_date: it adds at least `columns` columns, and of their cells of the last five years,
    each column's from its first value to its last there, at most `null_share` are null: a source that has not been
    loaded, or has ended, is no fault of the join."""

    family: str
    columns: int
    null_share: float


# since 2000 no family of the real history had more than two thirds of its limit null, most had none
JOINS: tuple[Join, ...] = (
    Join("prices", 10, 0.10),
    Join("neighbours", 8, 0.05),
    Join("technicals", 16, 0.02),
    Join("memory", 7, 0.02),
    Join("spreads", 14, 0.02),
    Join("margins", 6, 0.02),
    Join("curve", 3, 0.30),
    Join("curve_shape", 4, 0.30),
    Join("season", 5, 0.00),
    Join("windows", 4, 0.00),
    Join("volatility", 16, 0.05),
    Join("positioning", 6, 0.08),
    Join("macro", 18, 0.02),
    Join("rates", 7, 0.02),
    Join("fx", 22, 0.02),
    Join("correlations", 112, 0.02),
    Join("betas", 28, 0.02),
    Join("lags", 96, 0.02),
    Join("wasde", 13, 0.05),
    Join("crush", 7, 0.10),
    Join("cot", 8, 0.08),
    Join("biofuel", 18, 0.15),
    Join("substitution", 7, 0.05),
    Join("trade", 8, 0.10),
    Join("weather", 23, 0.10),
    Join("policy", 8, 0.02),
    Join("news", 12, 0.60),  # a bucket without a headline that points anywhere has no direction
    Join("expectations", 1, 0.02),
    Join("regime", 2, 0.02),
    Join("gate", 1, 0.02),
    Join("stress", 6, 0.02),
)
RULES: dict[str, Join] = {join.family: join for join in JOINS}

CHECKS = TableSpec(
    "features.join_checks",
    "one row per join and test",
    ("join_name", "test"),
    (
        Column("join_name", "VARCHAR", "", "family, or matrix for all together"),
        Column("test", "VARCHAR"),
        Column("passed", "BOOLEAN", null=False),
        Column("blocking", "BOOLEAN", null=False),
        Column("found", "VARCHAR", null=False),
        Column("expected", "VARCHAR", null=False),
    ),
    "at the build",
    "measured on features.daily_ml_matrix_zl",
)


def sound(families: Sequence[Family], days: np.ndarray, made: Mapping[str, np.ndarray], rows: int) -> list[Check]:
    """What must hold before anything is written: rows kept, columns added, no session twice or out of order."""
    checks = [
        Check("sessions_in_order_and_once", bool((np.diff(days) > np.timedelta64(0, "D")).all()), f"{len(days):,} rows",
              "as_of_date increasing"),
    ]  # fmt: skip
    for family in families:
        lengths = {len(made[feature.name]) for feature in family.features if feature.name in made}
        names = {feature.name for feature in family.features} & set(made)
        least = RULES[family.name].columns if family.name in RULES else 1
        checks += [
            Check(f"{family.name}_keeps_rows", lengths == {rows}, f"{sorted(lengths)} rows", f"{rows} each"),
            Check(f"{family.name}_adds_columns", len(names) >= least, f"{len(names)} columns", f"{least} or more"),
        ]
    return checks


def measure(
    sessions: Sessions, families: Sequence[Family], recent: Mapping[str, np.ndarray], prices: Mapping[str, str]
) -> int:
    """Write features.join_checks; number of checks.

    recent  the last RECENT sessions or more of every feature; more are cut off
    prices  column of `known` by symbol
    """
    rows = []

    def add(join: str, test: str, passed: bool, found: str, expected: str, blocking: bool = True) -> None:
        rows.append({"join_name": join, "test": test, "passed": bool(passed), "blocking": blocking, "found": found,
                     "expected": expected})  # fmt: skip

    for family in families:
        lately = [recent[feature.name][-RECENT:] for feature in family.features]
        given = [np.flatnonzero(~np.isnan(column)) for column in lately]
        fed = [places for places in given if places.size]
        total = sum(int(places[-1] - places[0]) + 1 for places in fed)
        empty = total - sum(places.size for places in fed)
        today = sum(places[-1] == column.size - 1 for column, places in zip(lately, given, strict=True) if places.size)
        limit = RULES[family.name].null_share if family.name in RULES else 1.0
        share = empty / total if total else 0.0
        found = (
            f"{share:.1%} null between first and last value; of {len(family.features)} features {len(fed)} have "
            f"values in five years, {today} at the last session"
        )
        add(family.name, "null_share", share <= limit, found, f"at most {limit:.0%} null",
            blocking=family.name in RULES)  # fmt: skip
    month = slice(-21, None)
    priced = sorted(symbol for symbol, name in prices.items() if not np.isnan(sessions.known[name][month]).all())
    add("matrix", "symbols", len(priced) >= SYMBOLS_AT_LEAST, f"{len(priced)}: {', '.join(priced)}",
        f"{SYMBOLS_AT_LEAST} or more with a price in the last 21 sessions", blocking=False)  # fmt: skip
    regimes = np.unique(recent[REGIME][~np.isnan(recent[REGIME])]).size if REGIME in recent else 0
    add("matrix", "regimes_of_late", regimes >= 3, str(regimes), "3 or more states in five years", blocking=False)
    return replace(sessions.connection, CHECKS, pa.Table.from_pylist(rows))
