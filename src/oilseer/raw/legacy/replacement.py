"""Which source should stand in a legacy table's place, and what a person should do: advice, never a verdict."""

import re

from oilseer.raw.legacy.agreement import LEGACY
from oilseer.raw.legacy.finding import Finding
from oilseer.raw.legacy.holding import UNPLACED
from oilseer.raw.legacy.inventory import LegacyTable
from oilseer.raw.legacy.reconcile import Outcome
from oilseer.raw.specs import BY_NAME
from oilseer.warehouse.spec import TableSpec

NONE = "no source here delivers this; nothing is read in its place"
OWN = {  # made here from raw rows
    frozenset(("target", "zl")): "training and features, point-in-time",
    frozenset(("ers", "oilcrops")): "raw.usda_psd and raw.usda_nass_crush",
    frozenset(("crush", "margin")): "features: board crush of ZS, ZM and ZL",
    frozenset(("argentina", "crisis")): "raw.fx_rates_1d for the peso; nothing delivers the rest",
    frozenset(("palm", "spread")): "features: palm against soybean oil in one unit",
    frozenset(("feature", "meaning")): "reference.feature_registry",
    frozenset(("region", "station")): "reference/weather_locations.csv",
    frozenset(("region", "weight")): "reference/weather_locations.csv",
}
WORDS = {  # words of a table's columns and name, and the raw table that delivers them
    "raw.usda_crop_progress": ("progress", "planted", "harvest", "condition", "stage"),
    "raw.usda_export_sales": ("export", "sales", "destination", "marketing"),
    "raw.comtrade_imports": ("china", "imports", "cancellations"),
    "raw.epa_rfs_volumes": ("rfs", "mandate", "policy", "compliance"),
    "raw.epa_rin_prices": ("rin", "biofuel", "biodiesel"),
    "raw.noaa_oni": ("enso", "oni", "climate", "phase"),
    "raw.usda_wasde": ("wasde", "previous", "page"),
    "raw.usda_psd": ("ers", "oilcrops", "stocks"),
    "raw.worldbank_commodities": ("rapeseed", "canola", "sunflower", "palm"),
    "raw.cftc_cot_disaggregated": ("managed", "money", "commercial"),
    "raw.weather_noaa": ("precip", "temp", "humidity"),
    "raw.weather_open_meteo": ("openmeteo", "power"),
}


def replacement_for(table: LegacyTable, target: TableSpec | None, verdict: str) -> str:
    """The source that should replace a table, in words; "" where it is kept whole."""
    if verdict == "keep":
        return ""
    if target and verdict == "keep part":
        return f"{target.name} from its source ({target.source})"
    said = set(re.findall(r"[a-z]+", f"{table.name} {' '.join(table.rows.columns)}".lower()))
    for words, place in OWN.items():
        if words <= said:
            return place
    scores = {name: len(said & set(words)) for name, words in WORDS.items() if name in BY_NAME}
    best = max(scores, key=lambda name: scores[name], default="")
    if best and scores[best]:
        return f"{best} ({BY_NAME[best].source})"
    if target:
        return f"{target.name} ({target.source})"
    return NONE


def to_do(outcome: Outcome, findings: list[Finding]) -> list[str]:
    """What is left for a person, in the order in which to do it."""
    steps = []
    if outcome.quarantined:
        steps.append(
            f"decide on {outcome.quarantined:,} held rows: oilseer quarantine list "
            f"--source {LEGACY}{outcome.file.removesuffix('.parquet')}"
        )
    if any(reason in UNPLACED for reason in outcome.reasons):
        steps.append(
            "load a source that has these series (oilseer import or ingest), then run this again: its values will tell"
        )
    stale = next((f.evidence for f in findings if f.check == "stale"), "")
    if stale and outcome.verdict in ("keep", "keep part"):
        steps.append(
            f"read what came later from the source of {' and '.join(sorted({v.table for v in outcome.values}))}"
        )
    if outcome.replacement:
        steps.append(f"use instead: {outcome.replacement}" if outcome.replacement != NONE else NONE)
    return steps or ["nothing: all of it is in the workspace"]
