"""The mapping: which file feeds which raw table, declared in YAML and checked before anything is read.

It holds names, units, symbols and publication rules, and neither SQL nor Python. Errors say file, entry and field.
"""

import hashlib
import json
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from oilseer.errors import ConfigError
from oilseer.market.units import CONVERSIONS
from oilseer.raw.availability import Rule
from oilseer.raw.specs import BY_NAME
from oilseer.warehouse.spec import TableSpec

MADE_BY_IMPORT = ("available_at", "availability", "ingested_at", "source", "provenance_id")
Scalar = str | int | float | date


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class Take(_Strict):
    """Where a column comes from: a file column (`else` fills its gaps), a constant, or a contract code."""

    column: str | None = None
    else_: list[str] = Field(default=[], alias="else")
    constant: Scalar | None = None
    contract_code: str | None = None
    format: str | None = None
    zone: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Take":
        given = [n for n in ("column", "constant", "contract_code") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError(f"expected exactly one of column, constant, contract_code; found {given or 'none'}")
        return self

    @property
    def file_columns(self) -> tuple[str, ...]:
        """The file columns that it reads."""
        return tuple(n for n in (self.column, *self.else_, self.contract_code) if n is not None)


class Conversion(_Strict):
    """Units of one column in the file and in the table."""

    from_: str = Field(alias="from")
    to: str

    @model_validator(mode="after")
    def _known(self) -> "Conversion":
        if (self.from_, self.to) not in CONVERSIONS:
            known = ", ".join(f"{a} to {b}" for a, b in CONVERSIONS)
            raise ValueError(f"no conversion from {self.from_} to {self.to}; known: {known}")
        return self


def _take(value: object) -> object:
    if isinstance(value, str):
        return {"column": value}
    if isinstance(value, dict) and isinstance(value.get("else"), str):
        return {**value, "else": [value["else"]]}
    return value


class Entry(_Strict):
    """One file feeding one table under one source name."""

    file: str
    table: str
    source: str = Field(min_length=1)
    columns: dict[str, Annotated[Take, BeforeValidator(_take)]]
    available: Rule
    values: dict[str, dict[str, str]] = {}
    convert: dict[str, Conversion] = {}
    keep: dict[str, list[Scalar]] = {}
    require: list[str] = []
    missing: list[str] = [""]
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] = "."
    encoding: str = "utf-8"

    @field_validator("file")
    @classmethod
    def _inside(cls, file: str) -> str:
        if PurePosixPath(file).is_absolute() or ".." in PurePosixPath(file).parts:
            raise ValueError(f"{file!r} leaves the folder; expected a path below it with forward slashes")
        return file

    @model_validator(mode="after")
    def _fits_the_table(self) -> "Entry":
        if self.table not in BY_NAME:
            raise ValueError(f"table {self.table!r} is unknown; expected one of {', '.join(sorted(BY_NAME))}")
        spec = BY_NAME[self.table]
        own = [c for c in spec.column_names if c not in MADE_BY_IMPORT]
        unknown = [c for c in (*self.columns, *self.values, *self.convert) if c not in own]
        if unknown:
            raise ValueError(f"{self.table} has no column {unknown[0]!r} to fill; it has {', '.join(own)}")
        needed = [c.name for c in spec.columns if c.name in own and (not c.null or c.name in spec.key)]
        absent = [c for c in needed if c not in self.columns]
        if absent:
            raise ValueError(f"{self.table} needs {', '.join(absent)}; add to `columns`")
        rule = self.available
        if rule.of not in self.columns:
            raise ValueError(f"available.of names {rule.of!r}, which `columns` does not fill")
        start = next(c.type for c in spec.columns if c.name == rule.of)
        wanted = "TIMESTAMPTZ" if rule.plus_minutes is not None else "DATE"
        if not rule.column and start != wanted:
            raise ValueError(
                f"available starts at {rule.of}, a {start}; minutes count from a timestamp, `at` from a date"
            )
        if rule.reference and "series_id" not in self.columns:
            raise ValueError(f"available.reference needs a column series_id, and {self.table} has none")
        stray = [c for c in (*self.values, *self.convert) if c not in self.columns]
        if stray:
            raise ValueError(f"{stray[0]!r} has values or convert but stands not in `columns`")
        return self

    @property
    def spec(self) -> TableSpec:
        """Spec of the table that it feeds."""
        return BY_NAME[self.table]

    @property
    def file_columns(self) -> tuple[str, ...]:
        """Every file column that the entry reads, in order, each once."""
        names = [n for take in self.columns.values() for n in take.file_columns]
        names += [*self.keep, *self.require, *([self.available.column] if self.available.column else [])]
        return tuple(dict.fromkeys(names))

    @property
    def reading(self) -> tuple:
        """How its file is to be read; entries of one file must agree."""
        return (self.delimiter, self.encoding)

    def fingerprint_with(self, reference: bytes) -> str:
        """sha256 of the declaration, the table's promise and the reference file: another one loads the file anew."""
        declared = json.dumps([self.model_dump(mode="json", by_alias=True), repr(self.spec)], sort_keys=True)
        return hashlib.sha256(declared.encode() + reference).hexdigest()


class Ignored(_Strict):
    """A file, or a glob of files, left out on purpose."""

    file: str
    reason: str = Field(min_length=3)


class Mapping(_Strict):
    """A whole mapping file."""

    version: Literal[1]
    entries: list[Entry] = Field(min_length=1)
    ignore: list[Ignored] = []

    @model_validator(mode="after")
    def _distinct(self) -> "Mapping":
        seen: dict[tuple[str, str, str], int] = {}
        reading: dict[str, tuple] = {}
        for place, entry in enumerate(self.entries):
            key = (entry.file, entry.table, entry.source)
            if key in seen:
                raise ValueError(
                    f"entries.{seen[key]} and entries.{place} share file, table and source {entry.source!r}; "
                    "give each its own source name"
                )
            seen[key] = place
            if reading.setdefault(entry.file, entry.reading) != entry.reading:
                raise ValueError(f"entries.{place}: {entry.file} is declared with two delimiters or encodings")
        return self


class _Loader(yaml.SafeLoader):
    """Safe YAML that refuses a key given twice."""


def _no_duplicates(loader: _Loader, node: yaml.MappingNode, deep: bool = False) -> dict:
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", key_node.start_mark)
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, lambda lo, node: _no_duplicates(lo, node))


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping file. Raises ConfigError naming the file, the entry, the field and the remedy."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except FileNotFoundError:
        raise ConfigError(f"no mapping file {path}; docs/import.md shows one to start from") from None
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}; name a readable YAML file") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path} is not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds {type(content).__name__}; expected keys version, entries, ignore")
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        raise ConfigError(_explain(path, content, error)) from None


def _explain(path: Path, content: dict, error: ValidationError) -> str:
    """One line a fault: entry number and its file, field, what is wrong, what was found."""
    lines = []
    for fault in error.errors(include_url=False):
        place = [str(part) for part in fault["loc"] if not str(part).startswith("function-")]
        label = ".".join(place) or "mapping"
        entries = content.get("entries")
        if fault["loc"][:1] == ("entries",) and len(fault["loc"]) > 1 and isinstance(entries, list):
            entry = entries[fault["loc"][1]]
            named = entry.get("file", "no file") if isinstance(entry, dict) else entry
            label = f"entries.{fault['loc'][1]} ({named}) {'.'.join(place[2:])}".rstrip()
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            message = "this key is unknown; check its spelling"
        elif fault["type"] == "missing":
            message = "this key is missing; add it"
        elif fault["type"] != "value_error":
            message += f", found {fault['input']!r}" + ("; quote it" if fault["type"] == "string_type" else "")
        lines.append(f"{label}: {message}")
    return f"{path}: " + "; ".join(dict.fromkeys(lines))
