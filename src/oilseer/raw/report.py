"""What became of an imported folder: counts an entry, for people and JSON, and the record kept in `ops.imports`."""

from dataclasses import asdict, dataclass

from oilseer.warehouse.spec import Column, TableSpec

COUNTS = ("read", "loaded", "repeated", "skipped", "quarantined", "flagged", "conflicting")
STALE = ""  # fingerprint of a delivery that is to be loaded anew
IMPORTS = TableSpec(
    "ops.imports",
    "one row per table, delivery and source",
    ("table_name", "provenance_id", "source"),
    (
        Column("table_name", "VARCHAR"),
        Column("provenance_id", "VARCHAR", note="sha256 of the delivered bytes"),
        Column("source", "VARCHAR"),
        Column("file", "VARCHAR", null=False),
        Column("fingerprint", "VARCHAR", note="of the mapping's entry; another one loads the file anew", null=False),
        *(Column(f"{name}_count", "BIGINT", "rows", null=False, low=0) for name in COUNTS),
        Column("imported_at", "TIMESTAMPTZ", "UTC", null=False),
    ),
    "at the end of the import",
    "written by the import",
)


@dataclass(frozen=True)
class EntryReport:
    """What became of one entry: read = loaded + repeated + skipped + quarantined.

    changed      rows inserted or updated in the table
    skipped      left out by `keep` or `require`; repeated: exact repetitions of a row within the file
    flagged      loaded, but moved more than 30 % from the row before
    conflicting  loaded, but another delivery gives the same key other values: later entries win, later imports add
    status       "loaded"; "unchanged", imported before; "remapped", the mapping's entry changed; "held", all of it
    """

    file: str
    table: str
    source: str
    read: int
    loaded: int
    changed: int
    skipped: int
    repeated: int
    quarantined: int
    flagged: int
    conflicting: int
    status: str


@dataclass(frozen=True)
class ImportReport:
    """What became of a folder: entries in the mapping's order, files that no entry names, files left out and why."""

    entries: tuple[EntryReport, ...]
    not_mapped: tuple[str, ...]
    ignored: tuple[tuple[str, str], ...]

    def total(self, count: str) -> int:
        """Sum of one count over all entries."""
        return sum(getattr(entry, count) for entry in self.entries)

    def to_dict(self) -> dict:
        """Plain dicts and lists for JSON."""
        counts = (*COUNTS, "changed")
        return {
            "entries": [asdict(entry) for entry in self.entries],
            "not_mapped": list(self.not_mapped),
            "ignored": [{"file": file, "reason": reason} for file, reason in self.ignored],
            "totals": {count: self.total(count) for count in counts},
        }
