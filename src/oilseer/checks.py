"""A check measures and never repairs; blocking ones stop the next stage, all of them named at once."""

from collections.abc import Iterable
from dataclasses import dataclass

from oilseer.errors import GateFailed


@dataclass(frozen=True)
class Check:
    """One verdict: what was found, what was expected, and whether a failure stops the next stage."""

    name: str
    passed: bool
    found: str
    expected: str
    blocking: bool = True


def require(checks: Iterable[Check]) -> None:
    """Raise GateFailed naming every blocking failure, not only the first."""
    failed = [check for check in checks if check.blocking and not check.passed]
    if failed:
        raise GateFailed(
            f"{len(failed)} gate{'s' * (len(failed) > 1)} failed: "
            + "; ".join(f"{check.name}: found {check.found}, expected {check.expected}" for check in failed)
        )
