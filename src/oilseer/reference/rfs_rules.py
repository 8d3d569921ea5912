"""EPA's final rules on renewable fuel volumes: what the law asked for, and the day on which each rule was published."""

import csv
import hashlib
from datetime import UTC, date, datetime, time
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


@cache
def _shipped() -> bytes:
    return files("oilseer.reference").joinpath("rfs_rules.csv").read_bytes()


def stamped_rows() -> list[dict[str, object]]:
    """One row a rule, compliance year and category, public at 17:00 New York of its publication.

    volume is in `unit`: billion gallons of biomass-based diesel up to 2025, billion RINs of all else; of 2026 and 2027
    with exemptions reallocated. Source: Federal Register; EPA, final renewable fuel standards for 2026 and 2027.
    """
    provenance = hashlib.sha256(_shipped()).hexdigest()
    rows: list[dict[str, object]] = []
    for row in csv.DictReader(_shipped().decode().splitlines()):
        day = date.fromisoformat(row["published"])
        public = datetime.combine(day, time(17), NEW_YORK).astimezone(UTC)
        rows.append(
            {
                "compliance_year": int(row["compliance_year"]), "category": row["category"], "stage": "final",
                "volume": float(row["volume"]), "unit": row["unit"], "observation_date": day, "available_at": public,
                "availability": "vintage", "ingested_at": public, "source": f"Federal Register, {row['citation']}",
                "provenance_id": provenance,
            }
        )  # fmt: skip
    return rows
