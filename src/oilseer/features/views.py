"""Views of the matrix: the core that all buckets share, and one a bucket with the core and what it adds."""

from collections.abc import Collection

import duckdb

from oilseer.features.buckets import ADDITIONS, CORE

CORE_VIEW = "features.core_macro_fx"
VIEWS: dict[str, str] = {bucket: f"features.bucket_{bucket}" for bucket in ADDITIONS}


def columns_of(bucket: str | None) -> tuple[str, ...]:
    """Features of a bucket's view in order, the core first; of the core alone for None."""
    added = () if bucket is None else ADDITIONS[bucket]
    return (*CORE, *(name for name in added if name not in CORE))


def make_views(connection: duckdb.DuckDBPyConnection, matrix: str, made: Collection[str]) -> None:
    """Make the views over table `matrix` from the features `made`; one that is not there is left out."""
    for view, bucket in ((CORE_VIEW, None), *((view, bucket) for bucket, view in VIEWS.items())):
        columns = ", ".join(f'"{name}"' for name in columns_of(bucket) if name in made)
        chosen = "as_of_date, symbol" + (f", {columns}" if columns else "")
        connection.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT {chosen} FROM {matrix}")
