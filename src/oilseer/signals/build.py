"""The steps of signals in their order, after features."""

import duckdb

from oilseer.reference import regimes as calendar
from oilseer.signals import big_eight, live, regimes, rules


def build_signals(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rebuild every table of signals, and the regime calendar; rows by table. Raises ContractError."""
    return {
        calendar.SPEC.name: calendar.write(connection),
        regimes.SPEC.name: regimes.build_regimes(connection),
        big_eight.DAILY.name: big_eight.build_big_eight(connection),
        live.SPEC.name: live.build_live(connection),
        rules.SPEC.name: rules.build_verdicts(connection),
    }
