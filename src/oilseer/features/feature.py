"""What every feature declares; from it come the matrix, the registry and the tests."""

from dataclasses import dataclass, fields
from datetime import timedelta

from oilseer.errors import ContractError

BUCKETS = ("crush", "china", "fx", "fed", "tariff", "biofuel", "energy", "volatility")
DRIVER_GROUPS = (
    "BIOFUEL_ENERGY", "TRADE_TARIFF", "WEATHER_SUPPLY", "PALM_SUBSTITUTION",
    "MACRO_RISK", "POSITIONING", "POLICY_REGULATION", "TECHNICAL_REGIME",
)  # fmt: skip


@dataclass(frozen=True)
class Feature:
    """One column of the matrix.

    name              prefix of its source or family first, unit last
    unit              unit in words, as a person writes it
    formula           how it is made, in the words of its inputs
    reads             tables it is made from
    max_age           older input becomes null, never silently filled
    why               the economic reason, one sentence
    source            who publishes the input
    bucket            one of the Big 8
    driver_group      one of the eight driver groups
    category          core, technical, spread, curve, season, volatility, positioning or regime
    update_frequency  daily, weekly, monthly
    publication_lag   when the input becomes public
    reliability       0 to 1: how far the input's history is complete and its release times documented
    missing           what it waits for, where no loaded source may feed it; the registry shows it while it is null

    Raises ContractError where a field is empty or a bucket or group is unknown.
    """

    name: str
    unit: str
    formula: str
    why: str
    reads: tuple[str, ...]
    max_age: timedelta
    source: str
    bucket: str
    driver_group: str
    category: str
    update_frequency: str = "daily"
    publication_lag: str = "none: the session's 17:00 New York"
    reliability: float = 0.9
    missing: str = ""

    def __post_init__(self) -> None:
        empty = [field.name for field in fields(self) if field.name != "missing" and not getattr(self, field.name)]
        if empty:
            raise ContractError(f"feature {self.name!r} leaves {', '.join(empty)} empty")
        if self.bucket not in BUCKETS or self.driver_group not in DRIVER_GROUPS:
            raise ContractError(
                f"feature {self.name!r}: no bucket {self.bucket!r} or driver group {self.driver_group!r}"
            )
