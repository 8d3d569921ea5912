"""Deliveries: columns become arrow rows of a raw spec, stamped, ordered by when they were public."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from oilseer.errors import ContractError
from oilseer.warehouse.spec import TableSpec

GENERATOR = 1  # raise it when the same seed gives other rows
ARROW = {
    "VARCHAR": pa.string(),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Stamp:
    """What every row of a market says of itself; rows public after `limit` (UTC) are held back."""

    source: str
    identity: str
    now: datetime
    limit: np.datetime64


def deliver(spec: TableSpec, columns: dict[str, np.ndarray], stamp: Stamp) -> pa.Table:
    """Rows of `spec` that are public by the limit, ordered by available_at, then key.

    Columns that may be null and are not given are null; `availability` is "lagged" unless given.
    Raises ContractError where a required column is missing or an unknown one is given.
    """
    known = set(spec.column_names)
    required = {c.name for c in spec.columns if not c.null or c.name in spec.key}
    required -= {"availability", "ingested_at", "source", "provenance_id"}
    if not set(columns) <= known or not required <= set(columns):
        raise ContractError(
            f"{spec.name}: simulated columns {sorted(columns)} lack {sorted(required - set(columns))} "
            f"or are unknown {sorted(set(columns) - known)}; change the simulation with the spec"
        )
    public = columns["available_at"]
    keep = np.flatnonzero(public <= stamp.limit)
    by = [name for name in reversed(spec.key) if name != "available_at"]
    codes = [
        np.unique(columns[name], return_inverse=True)[1] if columns[name].dtype.kind == "U" else columns[name]
        for name in by
    ]
    order = keep[np.lexsort([code[keep] for code in codes] + [public[keep]])]
    rows = len(order)
    provenance = hashlib.sha256(
        f"{stamp.source}|{stamp.identity}|{spec.name}|generator {GENERATOR}".encode()
    ).hexdigest()
    constants = {
        "availability": "lagged",
        "ingested_at": stamp.now,
        "source": stamp.source,
        "provenance_id": provenance,
    }
    arrays = []
    for column in spec.columns:
        kind = ARROW[column.type]
        if column.name in columns:
            arrays.append(_arrow(columns[column.name][order], kind))
        elif column.name in constants:
            arrays.append(pa.repeat(pa.scalar(constants[column.name], kind), rows))
        else:
            arrays.append(pa.nulls(rows, kind))
    return pa.Table.from_arrays(arrays, names=list(spec.column_names))


def _arrow(values: np.ndarray, kind: pa.DataType) -> pa.Array:
    """One arrow array; repeated words go through a dictionary, which is many times faster."""
    if values.dtype.kind == "U":
        words, place = np.unique(values, return_inverse=True)
        return pa.DictionaryArray.from_arrays(pa.array(place.astype(np.int32)), pa.array(words.tolist())).cast(kind)
    if values.dtype.kind == "M" and pa.types.is_timestamp(kind):
        return pa.array(values.astype("datetime64[us]")).cast(kind)
    return pa.array(values).cast(kind)
