"""The import of an older warehouse's folder: inventory, evidence, load of what is sound, and the account of it all.

Each file is one transaction: its rows, its quarantine and its record together, or nothing. A second import of the same
folder changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from oilseer.errors import ConfigError
from oilseer.raw.conform import Conformed
from oilseer.raw.conform import conform as conform_rows
from oilseer.raw.delivery import ROW, Delivery
from oilseer.raw.legacy.agreeing import against_known, contested, one_a_key
from oilseer.raw.legacy.agreement import LEGACY, known_to_workspace
from oilseer.raw.legacy.conform import Part, fit, fits_into, proven_factors
from oilseer.raw.legacy.detect import detect
from oilseer.raw.legacy.finding import Finding
from oilseer.raw.legacy.holding import (
    FALSE,
    UNPLACED,
    WHOLE_SERIES,
    WORDS,
    hold,
    nothing_held,
    quarantine,
    take_back,
    told,
)
from oilseer.raw.legacy.identity import Identities, identify
from oilseer.raw.legacy.inventory import DAY, LegacyTable, read_folder
from oilseer.raw.legacy.reconcile import COUNTS, Outcome, arrived, record, summed, together
from oilseer.raw.legacy.replacement import replacement_for, to_do
from oilseer.raw.mapping import Entry, Take
from oilseer.warehouse.spec import TableSpec
from oilseer.warehouse.write import ensure, load, transaction

Progress = Callable[[str, int, int], None]
MADE_UP = ("same_everywhere", "calendar_constant", "fixed_share", "whole_ratio", "constant_steps", "perfect_curve",
           "counted_dates", "holds_future", "mislabelled")  # fmt: skip


@dataclass
class Candidate:
    """A table on its way: what was found, rows for raw tables, and the rows held so far with reasons."""

    table: LegacyTable
    findings: list[Finding]
    copies: int
    parts: tuple[Part, ...]
    held: pl.DataFrame
    merged: int
    fits: TableSpec | None


@dataclass(frozen=True)
class MigrationReport:
    """What became of a folder, file by file."""

    folder: str
    outcomes: tuple[Outcome, ...]
    not_parquet: tuple[str, ...]

    def to_dict(self) -> dict:
        """Plain values for JSON: tables, totals, and how many of each verdict."""
        verdicts: dict[str, int] = {}
        for outcome in self.outcomes:
            verdicts[outcome.verdict] = verdicts.get(outcome.verdict, 0) + 1
        return {
            "folder": self.folder,
            "tables": [outcome.to_dict() for outcome in self.outcomes],
            "totals": {name: sum(getattr(o, name) for o in self.outcomes) for name in (*COUNTS, "changed")},
            "verdicts": dict(sorted(verdicts.items())),
            "not_parquet": list(self.not_parquet),
        }


def import_legacy(
    connection: duckdb.DuckDBPyConnection, folder: Path, now: datetime, progress: Progress | None = None
) -> MigrationReport:
    """Import the sound rows of every Parquet file in `folder` as of `now` (UTC, aware), and account for all others.

    Raises ConfigError where there is no folder or no Parquet file in it; a damaged file is reported and left out.
    """
    if now.tzinfo is None:
        raise ConfigError(f"now is {now}, without a zone; pass an aware instant in UTC")
    say = progress or (lambda step, done, total: None)
    tables = read_folder(folder)
    say("inventory", 1, 1)
    identities = identify(tables, known_to_workspace(connection))
    say("agreement", 1, 1)
    candidates = []
    for place, table in enumerate(tables):
        candidates.append(_candidate(table, identities, now))
        say("evidence", place + 1, len(tables))
    rivals = contested([part for candidate in candidates for part in candidate.parts])
    outcomes = []
    for place, candidate in enumerate(candidates):
        with transaction(connection):
            outcomes.append(_write(connection, candidate, rivals, now))
        say("load", place + 1, len(tables))
    others = tuple(sorted(p.name for p in folder.iterdir() if p.suffix.lower() != ".parquet"))
    return MigrationReport(str(folder), tuple(outcomes), others)


def _candidate(table: LegacyTable, identities: Identities, now: datetime) -> Candidate:
    """Everything that can be said of a table before others are asked."""
    findings = detect(table, now.date(), identities)
    unique = table.panel if table.height else table.rows
    copies = table.height - unique.height
    held = nothing_held()
    if any(finding.effect == "table" for finding in findings) or table.date is None:
        return Candidate(table, findings, copies, (), held, 0, None)
    factors = proven_factors(table, identities)
    rows, frames = unique, [held]
    for finding in findings:
        # Rows of one key that disagree may be two known series: that is seen once they have their names.
        if finding.effect == "rows" and finding.check != "keys_disagree":
            rows, lost = _take_out(table, rows, finding, factors)
            frames.append(lost)
    dropped = {c for f in findings if f.effect == "columns" for c in f.columns if c in table.numbers}
    rows = rows.with_columns(pl.lit(None, table.rows.schema[c]).alias(c) for c in dropped)
    for finding in findings:
        if finding.effect == "cells":
            marked = pl.col(ROW).is_in(finding.rows.implode())
            rows = rows.with_columns(pl.when(~marked).then(pl.col(c)).alias(c) for c in finding.columns)
    spec = fits_into(table)
    if spec is None or rows.is_empty():
        return Candidate(table, findings, copies, (), pl.concat(frames), 0, spec)
    fitted = fit(table, rows, identities)
    parts, merged = [], 0
    for part in fitted.parts:
        made, lost, again = one_a_key(part)
        merged += again
        parts.append(made)
        frames.append(lost)
    frames.append(fitted.held)
    return Candidate(table, findings, copies, tuple(parts), pl.concat(frames), merged, spec)


def _take_out(
    table: LegacyTable, rows: pl.DataFrame, finding: Finding, factors: dict[tuple[str, str], float]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows without those of a finding, and these as held; a unit that is proven takes no row out."""
    marked = rows.filter(pl.col(ROW).is_in(finding.rows.implode()))
    if finding.check in ("tenths", "fahrenheit") and factors and table.dims:
        proven = [name for name in {n for n, _ in factors} if all((name, c) in factors for c in finding.columns)]
        label = pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in table.dims], separator="|")
        marked = marked.filter(~label.is_in(proven))
    column = finding.columns[0] if finding.columns else str(table.date)
    lost = hold(marked, column, finding.evidence, finding.check)
    return rows.filter(~pl.col(ROW).is_in(marked[ROW].implode())), lost


def _write(
    connection: duckdb.DuckDBPyConnection, candidate: Candidate, rivals: dict[str, pl.DataFrame], now: datetime
) -> Outcome:
    """Load a candidate's new rows, hold the others, and record the account; inside the file's transaction."""
    table, source = candidate.table, f"{LEGACY}{candidate.table.name}"
    outcome = _outcome(candidate)
    held, kept = [candidate.held], {}
    for part in candidate.parts:
        ensure(connection, part.spec)
        fresh, lost, values = against_known(connection, part, rivals[part.spec.name], source)
        outcome.known += part.rows.height - fresh.height - lost.height
        fresh, doubted = _doubts(part, fresh, candidate.findings)
        made = _conformed(table, Part(part.spec, part.rule, fresh), source, now)
        held += [lost, doubted, made.held.drop("row_json")]
        kept.setdefault(part.spec.name, []).append(made.rows)
        fresh = fresh.filter(~pl.col(ROW).is_in(made.held[ROW].implode()))
        for value in values:
            value.before = summed(fresh, value.column) if value.column in fresh.columns else value.before
        outcome.values += values
    rows = {name: pl.concat(frames) for name, frames in kept.items()}
    specs = {part.spec.name: part for part in candidate.parts}
    outcome.changed += take_back(
        connection, {name: made.select(specs[name].key) for name, made in rows.items()}, source
    )
    for name, made in rows.items():
        if made.height:
            stamps = pl.col("availability", "source", "provenance_id").cast(pl.Categorical)
            outcome.changed += load(connection, specs[name].spec, made.with_columns(stamps).to_arrow(), now, now)
            outcome.loaded += made.height
            outcome.targets.append(name)
    left_out = pl.concat(held)
    outcome.left_out = told(table, left_out)
    outcome.reasons = {each["reason"]: each["rows"] for each in outcome.left_out}
    single = left_out.filter(~pl.col("reason").is_in(WHOLE_SERIES))
    outcome.quarantined = single.height
    target = candidate.fits.name if candidate.fits else "no table"
    outcome.changed += quarantine(connection, table, single, target, source, now)
    _settle(outcome, candidate)
    outcome.values = together(outcome.values)
    for value in outcome.values:
        value.after = arrived(connection, value, source)
    outcome.add_up()
    outcome.changed += record(connection, outcome, now)
    return outcome


def _doubts(part: Part, fresh: pl.DataFrame, findings: list[Finding]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that no one else has, without those that a finding doubts; these as held."""
    frames = [nothing_held()]
    for finding in findings:
        if finding.effect == "doubt":
            marked = pl.col(ROW).is_in(finding.rows.implode())
            frames.append(hold(fresh.filter(marked), part.measures[0], finding.evidence, finding.check))
            fresh = fresh.filter(~marked)
    return fresh, pl.concat(frames)


def _outcome(candidate: Candidate) -> Outcome:
    table = candidate.table
    columns = [{"name": name, "type": str(kind)} for name, kind in table.rows.schema.items() if name not in (ROW, DAY)]
    return Outcome(
        table.file, table.provenance_id, "", "", "", table.height, copies=candidate.copies + candidate.merged,
        columns=columns, span=table.span, findings=[finding.to_dict() for finding in candidate.findings],
    )  # fmt: skip


def _conformed(table: LegacyTable, part: Part, source: str, now: datetime) -> Conformed:
    """The rows through the checks of every import: ranges, types, keys, dates, and when each was public."""
    columns = {c: Take(column=c) for c in part.rows.columns if c != ROW}
    entry = Entry(file=table.file, table=part.spec.name, source=source, columns=columns, available=part.rule)
    misfits = pl.DataFrame(schema={ROW: pl.UInt32, "found": pl.String, "text": pl.String})
    delivery = Delivery(table.file, table.provenance_id, part.rows.cast({ROW: pl.UInt32}), misfits)
    return conform_rows(entry, delivery, now, now.replace(microsecond=0))


def _settle(outcome: Outcome, candidate: Candidate) -> None:
    """Verdict, its reason, the rows rejected with the table, and what should stand in its place."""
    findings = candidate.findings
    whole = [finding for finding in findings if finding.effect == "table"]
    outcome.rejected = outcome.read - outcome.copies - outcome.loaded - outcome.known - outcome.quarantined
    sound = outcome.loaded + outcome.known
    if whole:
        outcome.verdict, outcome.reason = "reject", whole[0].evidence
        made_up = [finding.evidence for finding in whole if finding.check in MADE_UP]
        outcome.reason = "; ".join(made_up[:2]) or outcome.reason
        if {finding.check for finding in whole} == {"no_date"}:
            outcome.verdict = "replace"
    elif candidate.fits is None:
        outcome.verdict = "replace"
        doubts = [
            finding.evidence
            for finding in findings
            if finding.effect in ("rows", "columns") and finding.check != "null_columns"
        ]
        outcome.reason = "; ".join(["no raw table takes such columns", *doubts[:2]])
    elif outcome.reasons:
        unplaced = any(reason in UNPLACED for reason in outcome.reasons)
        wrong = any(reason in FALSE for reason in outcome.reasons)
        outcome.verdict = "keep part" if sound else "replace" if unplaced and not wrong else "reject"
        counted = [f"{count:,} rows: {WORDS.get(reason, reason)}" for reason, count in outcome.reasons.items()]
        beside = () if sound else ("moves_with", "stuck_column")
        proof = [f.evidence for f in findings if f.check in (*outcome.reasons, *beside)]
        outcome.reason = "; ".join([*counted, *proof[:3]])
    else:
        outcome.verdict, outcome.reason = "keep", "sound after its copies were dropped" if outcome.copies else "sound"
    if sound:
        outcome.reason = "; ".join([outcome.reason, *(f.evidence for f in findings if f.check == "stale")])
    outcome.replacement = replacement_for(candidate.table, candidate.fits, outcome.verdict)
    outcome.to_do = to_do(outcome, findings)
