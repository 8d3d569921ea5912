"""What must hold of the features before a model reads them: how many there are, what is known, what is in range.

Each reads the matrix and the registry, and says found and expected; the stage's list of them is in gates.py.
"""

from collections.abc import Iterator

import duckdb
import numpy as np

from oilseer.checks import Check
from oilseer.market import sessions
from oilseer.quantiles import HORIZONS
from oilseer.reference.regimes import regime_calendar, regime_places

MATRIX, REGISTRY = "features.daily_ml_matrix_zl", "reference.feature_registry"
FEWEST, MOST = 150, 500  # features
NAMED_REGIMES = 7
OVERRIDES = ("regime_vix_override_flag", "regime_harvest_override_flag")
TARGET_SHARE = 0.95
GATE_YEARS = 10
CORE_NULL_SHARE, TRADE_NULL_SHARE = 0.10, 0.05
OWN = (  # of ZL's prices alone, which the gate before has seen: no missing source excuses a hole
    "databento_zl_front_cents_per_lb", "tech_return_21_ratio", "volatility_realized_21_ratio",
    "regime_volatility_zscore_ratio",
)  # fmt: skip
TERMS_OF_TRADE = "spread_terms_of_trade_brl_cents_per_lb"
BOUNDS = {  # of the units that name them
    "0 to 1": (0, 1), "1 or 0": (0, 1), "0 to 100": (0, 100), "−1 to 1": (-1, 1), "correlation": (-1, 1),
    "1 to 12": (1, 12), "contracts": (0, np.inf), "sessions": (0, np.inf), "days": (0, np.inf),
}  # fmt: skip
ROUNDING = 1e-9  # of a correlation that is one


def breadth(connection: duckdb.DuckDBPyConnection) -> Iterator[Check]:
    """One row a session, as many features as asked for, all of them built, regimes named, override flags present."""
    rows, prices = connection.execute(
        f"SELECT (SELECT count(*) FROM {MATRIX}), (SELECT count(*) FROM staging.zl_prices_clean)"
    ).fetchone()
    yield Check("matrix_keeps_every_session", rows == prices, f"{rows:,} rows", f"{prices:,}, one a priced session")
    built = set(_columns(connection))
    declared = {name for (name,) in connection.execute(f"SELECT name FROM {REGISTRY}").fetchall()}
    enough = FEWEST <= len(declared) <= MOST and declared == built
    yield Check(
        "features_declared_and_built", enough,
        f"{len(declared)} declared, {len(built)} built" + _named(" and apart: ", declared ^ built),
        f"{FEWEST} to {MOST}, the same ones",
    )  # fmt: skip
    days = connection.execute(f"SELECT as_of_date FROM {MATRIX}").fetchnumpy()["as_of_date"]
    spanned = len(np.unique(regime_places(np.ma.getdata(days)))) if rows else 0
    named = len({regime.regime for regime in regime_calendar()})
    yield Check(
        "regimes_are_named", named >= NAMED_REGIMES, f"{named}, of which {spanned} in the history",
        f"{NAMED_REGIMES} or more",
    )  # fmt: skip
    empty = [name for name in OVERRIDES if name not in built or not _known(connection, name)]
    yield Check(
        "override_flags_are_there", not empty, _named("without a value: ", empty) or "both", ", ".join(OVERRIDES)
    )


def knowable_targets(connection: duckdb.DuckDBPyConnection) -> Check:
    """Where the session `horizon` ahead has come, its price must be there, at every horizon."""
    days = connection.execute(
        "SELECT observation_date FROM staging.zl_prices_clean ORDER BY observation_date"
    ).fetchnumpy()["observation_date"]
    places = sessions.number(np.ma.getdata(days).astype("datetime64[D]"))
    shares = {}
    for label, horizon in HORIZONS.items():
        ahead = places[places + horizon <= places[-1]] + horizon
        shares[label] = float(np.isin(ahead, places).mean()) if len(ahead) else 1.0
    found = ", ".join(f"{share:.1%} at {label}" for label, share in shares.items())
    return Check("targets_are_known", min(shares.values()) > TARGET_SHARE, found, f"over {TARGET_SHARE:.0%} at each")


def core(connection: duckdb.DuckDBPyConnection) -> Iterator[Check]:
    """Every feature of the core, mostly known over the last ten years.

    A hole between a feature's first and last value blocks, and any lack of those made of ZL's prices alone. One that
    began late or never, or has ended, for want of its source is shown with the reason and does not block.
    """
    last = connection.execute(f"SELECT max(as_of_date) FROM {MATRIX}").fetchone()[0]
    rows = connection.execute(
        f"SELECT name, available_from, available_until, missing_because FROM {REGISTRY} "
        "WHERE (is_core OR list_contains($own, name)) AND list_contains($built, name) ORDER BY name",
        {"own": list(OWN), "built": _columns(connection)},
    ).fetchall()
    for name, begun, ended, reason in rows:
        limit = TRADE_NULL_SHARE if name == TERMS_OF_TRADE else CORE_NULL_SHARE
        empty, holes, infinite = connection.execute(
            f'SELECT avg(("{name}" IS NULL)::INT), '
            f'coalesce(avg(("{name}" IS NULL)::INT) FILTER (as_of_date BETWEEN $begun AND $ended), 0), '
            f'count(*) FILTER (NOT isfinite("{name}")) FROM {MATRIX} '
            f"WHERE as_of_date > $last - INTERVAL {GATE_YEARS} YEAR",
            {"begun": begun, "ended": ended, "last": last},
        ).fetchone()
        found = f"{empty:.1%} null" + (f", {infinite} infinite" if infinite else "")
        if empty > limit:
            found += f"; {reason}" if reason else f"; known from {begun} on"
        yield Check(
            f"{name}_is_known", empty <= limit and not infinite, found, f"at most {limit:.0%} of {GATE_YEARS} years",
            blocking=name in OWN or holes > limit or infinite > 0,
        )  # fmt: skip


def in_range(connection: duckdb.DuckDBPyConnection) -> Check:
    """No value outside what its unit allows: a share beyond one, a correlation beyond it, a negative count."""
    bounded = connection.execute(
        f"SELECT name, unit FROM {REGISTRY} WHERE list_contains($units, unit) AND list_contains($built, name) "
        "ORDER BY name",
        {"units": list(BOUNDS), "built": _columns(connection)},
    ).fetchall()
    tests = ", ".join(f'count(*) FILTER ("{name}" NOT BETWEEN ? AND ?)' for name, _ in bounded)
    limits = [bound for _, unit in bounded for bound in (BOUNDS[unit][0] - ROUNDING, BOUNDS[unit][1] + ROUNDING)]
    counts = connection.execute(f"SELECT {tests or 0} FROM {MATRIX}", limits).fetchone()  # one scan for all of them
    beyond = [f"{name} {count}" for (name, _), count in zip(bounded, counts, strict=False) if count]
    found = _named("", beyond) or f"none in {len(bounded)} bounded features"
    return Check("features_are_in_range", not beyond, found, "no value outside its unit's bounds")


def joins(connection: duckdb.DuckDBPyConnection) -> Check:
    """The tests of features.join_checks: one that failed and blocks does so here too."""
    rows = connection.execute(
        "SELECT join_name || ' ' || test AS name, passed OR NOT blocking, found, expected FROM features.join_checks "
        "ORDER BY name"
    ).fetchall()
    failed = [f"{test}: {found}, expected {expected}" for test, passed, found, expected in rows if not passed]
    found = "; ".join(failed) or f"none of {len(rows)} failed"
    return Check("joins_are_sound", bool(rows) and not failed, found, "every blocking test of features.join_checks")


def _columns(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Features of the matrix as it stands."""
    return [row[0] for row in connection.execute(f"DESCRIBE {MATRIX}").fetchall() if row[0] not in _KEYS]


_KEYS = ("as_of_date", "symbol")


def _known(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return connection.execute(f'SELECT count("{name}") FROM {MATRIX}').fetchone()[0]


def _named(head: str, names: object) -> str:
    """`head` and the first five names, nothing where there are none."""
    listed = sorted(names)
    more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
    return head + ", ".join(listed[:5]) + more if listed else ""
