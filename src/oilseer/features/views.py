"""Views of the matrix: the core that all buckets share, one a bucket with the core and what it adds, and how much of
each feature was known in each year."""

from collections.abc import Collection

import duckdb

from oilseer.features.buckets import ADDITIONS, CORE

CORE_VIEW = "features.core_macro_fx"
COVERAGE_VIEW = "features.coverage_by_year"
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
    connection.execute(f"""
        CREATE OR REPLACE VIEW {COVERAGE_VIEW} AS
        SELECT
            feature,
            CAST(year(as_of_date) AS INTEGER) AS year,
            count(*) AS sessions,
            1 - count(value) / count(*) AS null_ratio,
            median(value) FILTER (ends_with(feature, '_age_sessions')) AS median_age_sessions
        FROM {matrix} UNPIVOT INCLUDE NULLS (value FOR feature IN (COLUMNS(* EXCLUDE (as_of_date, symbol))))
        GROUP BY ALL""")
